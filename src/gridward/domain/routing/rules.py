"""Routing rules: an ordered list, first match wins, published as a whole and never edited.

A rule says when it holds (kinds of problem, kind of ground, grids, areas) and whom it chooses. With the rules goes the
duty list (事项清单): which kind of unit, or which unit, answers for a category wherever it happens. Both have one
version, so a choice can be explained years later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from gridward.domain.territory import ServiceKind, UnitKind


class Ground(StrEnum):
    """What a place is for routing: inside a property firm's estate, else on a unit's work area, else neither."""

    estate = "estate"
    lane = "lane"
    neither = "neither"


class By(StrEnum):
    """How a rule chooses: by the service area that holds the place, the duty list, whom the standard names as 主办 (by the
    table of names), a name, 兜底, or a person.
    """

    service_area = "service_area"
    duty = "duty"
    standard = "standard"
    unit = "unit"
    last_resort = "last_resort"
    tray = "tray"


class Part(StrEnum):
    """主体责任 · 协助责任."""

    main = "main"
    assist = "assist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A line of the duty list. Without ``unit_id`` the unit of that kind that answers at the place is meant.

    With ``area_id`` it holds in that area and all below it, and goes before lines that hold everywhere.
    """

    category: str
    unit_kind: UnitKind
    part: Part = Part.main
    unit_id: UUID | None = None
    area_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When a rule holds, by local dates and times of day: a festival, the night shift.

    Args:
        from_on, to_on: First and last date, both included; None: open.
        from_time, to_time: Both or neither; the end is the first minute outside. 22:00–06:00 runs over midnight.
    """

    from_on: date | None = None
    to_on: date | None = None
    from_time: time | None = None
    to_time: time | None = None

    def holds(self, at: datetime) -> bool:
        """``at`` is local, without a zone. Of a night that runs over midnight each part counts on its own date."""
        on, clock = at.date(), at.time()
        if (self.from_on is not None and on < self.from_on) or (self.to_on is not None and on > self.to_on):
            return False
        if self.from_time is None or self.to_time is None:
            return True
        if self.from_time < self.to_time:
            return self.from_time <= clock < self.to_time
        return clock >= self.from_time or clock < self.to_time

    @property
    def is_empty(self) -> bool:
        ends_first = self.from_on is not None and self.to_on is not None and self.to_on < self.from_on
        return ends_first or (self.from_time is not None and self.from_time == self.to_time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a rule is asked about. ``area_ids`` are the community and everything above it, ``local_at`` its local time."""

    category: str
    condition_id: str | None
    urgent: bool
    ground: Ground
    grid_id: UUID | None
    area_ids: frozenset[UUID] = frozenset()
    area_class: str | None = None
    local_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Conditions of a rule; all that are given must hold, None stands for any."""

    categories: frozenset[str] | None = None
    conditions: frozenset[str] | None = None
    grounds: frozenset[Ground] | None = None
    grids: frozenset[UUID] | None = None
    areas: frozenset[UUID] | None = None
    area_classes: frozenset[str] | None = None
    urgent: bool | None = None
    window: Window | None = None

    def holds(self, case: Case) -> bool:
        return (
            (self.categories is None or case.category in self.categories)
            and (self.conditions is None or case.condition_id in self.conditions)
            and (self.grounds is None or case.ground in self.grounds)
            and (self.grids is None or case.grid_id in self.grids)
            and (self.areas is None or not self.areas.isdisjoint(case.area_ids))
            and (self.area_classes is None or case.area_class in self.area_classes)
            and (self.urgent is None or case.urgent is self.urgent)
            and (self.window is None or (case.local_at is not None and self.window.holds(case.local_at)))
        )

    @property
    def is_catch_all(self) -> bool:
        return self == When()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose:
    """Whom a rule chooses. ``kind`` goes with ``service_area``, ``unit_id`` with ``unit``."""

    by: By
    kind: ServiceKind | None = None
    unit_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. ``before`` names later rules that it partly overlaps and goes before on purpose."""

    rule_id: str
    name: str
    when: When
    choose: Choose
    before: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """One published version; 0 is the empty set of a jurisdiction that has published none."""

    version: int
    rules: tuple[Rule, ...]
    duties: tuple[Duty, ...] = field(default=())

    @property
    def named_units(self) -> frozenset[UUID]:
        """Every unit that a rule or a duty names."""
        by_rule = (rule.choose.unit_id for rule in self.rules)
        by_duty = (duty.unit_id for duty in self.duties)
        return frozenset(unit_id for unit_id in (*by_rule, *by_duty) if unit_id is not None)

    @property
    def asks_the_time(self) -> bool:
        return any(rule.when.window is not None for rule in self.rules)

    def name_of(self, rule_id: str | None) -> str | None:
        """What a rule is called; None for no rule."""
        return next((rule.name for rule in self.rules if rule.rule_id == rule_id), None)


def default_rules(duties: Sequence[Duty]) -> tuple[Rule, ...]:
    """What a jurisdiction starts with: professional kinds by the duty list, then the ground decides, then a person."""
    listed = frozenset(duty.category for duty in duties if duty.part is Part.main)
    professional = Rule(
        rule_id="duty",
        name="专业事项按事项清单",
        when=When(categories=listed),
        choose=Choose(by=By.duty),
        before=frozenset({"estate", "lane"}),
    )
    by_ground = (
        Rule(
            rule_id="estate",
            name="小区内归物业企业",
            when=When(grounds=frozenset({Ground.estate})),
            choose=Choose(by=By.service_area, kind=ServiceKind.estate),
        ),
        Rule(
            rule_id="lane",
            name="巷道归作业单位",
            when=When(grounds=frozenset({Ground.lane})),
            choose=Choose(by=By.service_area, kind=ServiceKind.work),
        ),
        Rule(rule_id="rest", name="其余由派遣员定", when=When(), choose=Choose(by=By.tray)),
    )
    return (professional, *by_ground) if listed else by_ground
