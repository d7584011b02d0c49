"""Looking at a staged change: everything it would move, and everything that forbids it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from gridward.domain.imports import Finding
from gridward.domain.routing.rules import RuleSet
from gridward.domain.territory import Layer
from gridward.domain.territory_carry import Carried, Successors, carry_rules, carry_stewards
from gridward.domain.territory_change import fault
from gridward.domain.territory_preview import (
    AreaAnswering,
    LeftOut,
    Line,
    Moved,
    OpenTickets,
    Patch,
    Preview,
    RuleNamed,
    StewardMoved,
)
from gridward.persistence.database import WriteSession
from gridward.persistence.routing.rule_sets import current_rules
from gridward.persistence.territory import change, importing, moves
from gridward.persistence.territory.change import EXAMPLES, Staged
from gridward.services.territory.proposing import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A preview, and what publishing it will write. ``rules``: the next version, None when none has to change."""

    preview: Preview
    successors: Successors
    carried: tuple[Carried, ...]
    rules: RuleSet | None


async def look(
    session: WriteSession, staged: Staged, plan: Plan, now: datetime, said: tuple[Finding, ...] = ()
) -> Looked:
    """Everything about a staged change, from its links to its stewards. ``said``: what was refused while reading."""
    unlinked = await importing.link(session, staged.import_id, staged.jurisdiction_id, staged.layer, staged.at)
    faults = [*plan.faults, *said]
    faults += [fault(one.code, one.place, one.why, field=one.attribute, text=one.text) for one in unlinked]
    lines = [Line(**row._mapping) for row in await change.look(session, moves.lines(staged.layer), staged)]
    lines = [line for line in lines if line.is_new or line.ends or line.gained_m2 >= 0.01 or line.lost_m2 >= 0.01]
    overlaps = [Patch(**row._mapping) for row in await change.look(session, moves.new_overlaps(staged.layer), staged)]
    gaps = [
        Patch(**row._mapping, other=None) for row in await change.look(session, moves.new_gaps(staged.layer), staged)
    ]
    faults += map(_overlapping, overlaps)
    made = Preview(
        kind=plan.kind,
        on=plan.on,
        at=staged.at,
        past=staged.at < now,
        lines=tuple(lines),
        succession=tuple((old, new) for old, news in plan.after.items() for new in news),
        buildings=(),
        outside=(),
        tickets=(),
        received_since=0,
        stewards=(),
        rules=(),
        service_areas=(),
        overlaps=tuple(overlaps),
        gaps=tuple(gaps),
        grids_outside=(),
        faults=tuple(faults),
    )
    if staged.layer is Layer.area:
        outside = await change.look(session, moves.GRIDS_OUTSIDE, staged)
        nobody = Successors(after={}, standing=frozenset(), ended=frozenset(), codes={})
        looked = replace(made, grids_outside=tuple(row.code for row in outside))
        return Looked(preview=looked, successors=nobody, carried=(), rules=None)
    return await _with_grids(session, staged, plan, made, now)


async def _with_grids(session: WriteSession, staged: Staged, plan: Plan, made: Preview, now: datetime) -> Looked:
    faults = list(made.faults)
    if staged.at > now:
        faults += map(_field_later, await change.look(session, moves.FIELDS_LATER, staged))
    buildings = await change.look(session, moves.BUILDINGS, staged, examples=EXAMPLES)
    examples = [one for row in buildings for one in row.examples or ()]
    tickets = await change.look(session, moves.OPEN_TICKETS, staged)
    since = await change.look(session, moves.RECEIVED_SINCE, staged, now=now) if made.past else []
    areas = await change.look(session, moves.SERVICE_AREAS, staged)

    successors = _successors(plan, made)
    held = await change.held(session, staged.jurisdiction_id, successors.codes, staged.at)
    carried, unsettled = carry_stewards(held, successors, at=staged.at, lead_of=plan.lead_of)
    rule_set = await current_rules(session, staged.jurisdiction_id)
    rules, touched, named_in_part = carry_rules(rule_set.rules, successors, ended_too=staged.at > now)
    names = [
        RuleNamed(place=rule.rule_id, name=rule.name, carried=rule.rule_id in touched)
        for rule in rule_set.rules
        if (rule.when.grids or frozenset()) & successors.codes.keys()
    ]
    preview = replace(
        made,
        buildings=tuple(Moved(from_code=row.from_code, to_code=row.to_code, things=row.things) for row in buildings),
        outside=tuple(
            LeftOut(name=one["name"], from_code=one["from"], lon=one["lon"], lat=one["lat"])
            for one in examples
            if one["from"] is not None
        ),
        tickets=tuple(
            OpenTickets(
                code=row.code,
                open=row.open,
                elsewhere=row.elsewhere,
                with_unit=row.with_unit,
                duty=plan.after.get(row.code, ()) if row.ended else (row.code,),
            )
            for row in tickets
        ),
        received_since=since[0][0] if since else 0,
        stewards=tuple(_steward(one, successors) for one in carried),
        rules=tuple(names),
        service_areas=tuple(AreaAnswering(**row._mapping) for row in areas),
        faults=(*faults, *unsettled, *named_in_part),
    )
    version = replace(rule_set, version=rule_set.version + 1, rules=rules) if touched else None
    return Looked(preview=preview, successors=successors, carried=carried, rules=version)


def _successors(plan: Plan, made: Preview) -> Successors:
    ids = {line.code: line.id for line in made.lines if not line.ends}
    codes = {line.id: line.code for line in made.lines} | {old: code for code, old in plan.ended.items()}
    olds = {**{line.code: line.id for line in made.lines if not line.is_new}, **plan.ended}
    after: dict[UUID, tuple[UUID, ...]] = {
        olds[old]: tuple(ids[new] for new in news if new in ids) for old, news in plan.after.items() if old in olds
    }
    standing = frozenset(line.id for line in made.lines if not line.is_new and not line.ends)
    return Successors(after=after, standing=standing, ended=frozenset(plan.ended.values()), codes=codes)


def _steward(one: Carried, successors: Successors) -> StewardMoved:
    return StewardMoved(
        person_id=one.of.person_id,
        name=one.of.name,
        from_code=successors.codes[one.of.grid_id],
        to_code=successors.codes[one.grid_id],
        was_lead=one.of.is_lead,
        is_lead=one.is_lead,
    )


def _overlapping(one: Patch) -> Finding:
    why = f"{one.area_m2:,.0f} m² at {one.lon:.6f}, {one.lat:.6f} belong to {one.other} as well; draw them apart."
    facts = {"area_m2": round(one.area_m2, 1), "lon": one.lon, "lat": one.lat, "other": one.other}
    return fault("overlaps_neighbour", one.code, why, field="geometry", text=f"{one.code} × {one.other}", **facts)


def _field_later(row: object) -> Finding:
    place, code, name = getattr(row, "place"), getattr(row, "code"), getattr(row, "name")  # noqa: B009
    why = f"Name, kind and community of {name} change from today on only; leave them as they are, or make it today."
    return fault("grid_field_later", place, why, text=code)
