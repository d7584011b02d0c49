"""What names a grid that ends is carried over to the grids that come after it, or refused with its place. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from gridward.domain.imports import Finding
from gridward.domain.routing.rules import Rule
from gridward.domain.territory_change import fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Successors:
    """Who comes after whom. ``codes`` names every grid concerned; ``ended`` are those that no longer stand.

    A grid that takes up others or gives ground away and goes on comes after none of itself; it is in ``standing``.
    """

    after: Mapping[UUID, tuple[UUID, ...]]
    standing: frozenset[UUID]
    ended: frozenset[UUID]
    codes: Mapping[UUID, str]

    def predecessors(self, grid_id: UUID) -> frozenset[UUID]:
        return frozenset(old for old, new in self.after.items() if grid_id in new)

    def sources(self, grid_id: UUID) -> frozenset[UUID]:
        """The grids whose ground it has: those it comes after, and itself if it stood before."""
        return self.predecessors(grid_id) | ({grid_id} & self.standing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A stewardship (网格分工) of a grid concerned, as it stands at the instant of the change or begins later."""

    stewardship_id: UUID
    grid_id: UUID
    person_id: UUID
    name: str
    is_lead: bool
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A stewardship that begins on a successor at the instant of the change, in place of ``of`` or beside it."""

    of: Held
    grid_id: UUID
    is_lead: bool


def carry_stewards(
    held: Sequence[Held], successors: Successors, *, at: datetime, lead_of: UUID | None
) -> tuple[tuple[Carried, ...], tuple[Finding, ...]]:
    """Everybody who holds a grid goes on in all that comes after it; a grid that stands keeps its own people.

    A grid has one lead. Of several leads the one of ``lead_of`` leads on (a grid that stands: its own) and the others
    stay as stewards; without such a choice it is refused.

    Findings: ``several_leads``, ``steward_planned`` (a stewardship of an ended grid that begins later).
    """
    faults = [
        fault("steward_planned", successors.codes[one.grid_id], "A stewardship of it begins later; end that one first.")
        for one in held
        if one.grid_id in successors.ended and one.valid_from > at
    ]
    standing = [one for one in held if one.valid_from <= at]
    carried: list[Carried] = []
    for grid_id in dict.fromkeys(new for news in successors.after.values() for new in news):
        own = [one for one in standing if one.grid_id == grid_id]
        coming = [one for one in standing if one.grid_id in successors.predecessors(grid_id)]
        leads = [one for one in coming if one.is_lead]
        led = any(one.is_lead for one in own)
        agreed = leads[0] if len({one.person_id for one in leads}) == 1 else None
        lead = next((one for one in leads if one.grid_id == lead_of), agreed)
        if not led and leads and lead is None:
            codes = ", ".join(successors.codes[one.grid_id] for one in leads)
            why = f"{codes} each have a lead; a grid has one. Say whose goes on."
            faults.append(fault("several_leads", successors.codes[grid_id], why, text=codes))
        there = {one.person_id for one in own}
        for one in sorted(coming, key=lambda one: one is not lead):
            if one.person_id not in there:
                there.add(one.person_id)
                carried.append(Carried(of=one, grid_id=grid_id, is_lead=one is lead and not led))
    return tuple(carried), tuple(faults)


def carry_rules(
    rules: Sequence[Rule], successors: Successors, *, ended_too: bool
) -> tuple[tuple[Rule, ...], tuple[str, ...], tuple[Finding, ...]]:
    """Rules with the successors named where their predecessors were; the ids of those that changed; what cannot be.

    A rule holds on the ground it held on before. So one that names only some of the grids that become one is refused.

    Findings: ``rule_names_part`` with the rule's id.

    Args:
        ended_too: Grids that end stay named as well: until the instant has come the rule must hold for them.
    """
    faults: list[Finding] = []
    made: list[Rule] = []
    touched: list[str] = []
    every = sorted({new for news in successors.after.values() for new in news}, key=str)
    for rule in rules:
        named = rule.when.grids or frozenset()
        coming = frozenset(new for new in every if successors.sources(new) & named)
        if not coming:
            made.append(rule)
            continue
        faults += [
            _part(rule, new, missing, successors)
            for new in sorted(coming, key=str)
            if (missing := successors.sources(new) - named)
        ]
        grids = named | coming if ended_too else (named | coming) - successors.ended
        made.append(replace(rule, when=replace(rule.when, grids=grids)))
        if grids != named:
            touched.append(rule.rule_id)
    return tuple(made), tuple(touched), tuple(faults)


def _part(rule: Rule, new: UUID, missing: Iterable[UUID], successors: Successors) -> Finding:
    codes = ", ".join(sorted(successors.codes[one] for one in missing))
    why = f"The rule {rule.name} does not name {codes}, which also goes into {successors.codes[new]}. Name all or none."
    return fault("rule_names_part", rule.rule_id, why, text=codes, name=rule.name)


def without_ended(rules: Sequence[Rule], ended: frozenset[UUID]) -> tuple[Rule, ...]:
    """Rules that no longer name what has ended; one that would name nothing more is left as it is, for its author."""
    return tuple(
        replace(rule, when=replace(rule.when, grids=rule.when.grids - ended))
        if rule.when.grids is not None and rule.when.grids & ended and rule.when.grids - ended
        else rule
        for rule in rules
    )
