"""Routing rules: an ordered list, first match wins, published as a whole and never edited.

A rule says when it holds (kinds of problem, kind of ground, grids, areas) and whom it chooses. With the rules goes the
duty list (事项清单): which kind of unit, or which unit, answers for a category wherever it happens. Both have one
version, so a choice can be explained years later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from gridward.domain.territory import ServiceKind, UnitKind


class Ground(StrEnum):
    """What a place is for routing: inside a property firm's estate, else on a unit's work area, else neither."""

    estate = "estate"
    lane = "lane"
    neither = "neither"


class By(StrEnum):
    """How a rule chooses: by the service area that holds the place, the duty list, a name, 兜底, or a person."""

    service_area = "service_area"
    duty = "duty"
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
class Case:
    """What a rule is asked about. ``area_ids`` are the community and everything above it."""

    category: str
    condition_id: str | None
    urgent: bool
    ground: Ground
    grid_id: UUID | None
    area_ids: frozenset[UUID] = frozenset()
    area_class: str | None = None


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

    def holds(self, case: Case) -> bool:
        return (
            (self.categories is None or case.category in self.categories)
            and (self.conditions is None or case.condition_id in self.conditions)
            and (self.grounds is None or case.ground in self.grounds)
            and (self.grids is None or case.grid_id in self.grids)
            and (self.areas is None or not self.areas.isdisjoint(case.area_ids))
            and (self.area_classes is None or case.area_class in self.area_classes)
            and (self.urgent is None or case.urgent is self.urgent)
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
