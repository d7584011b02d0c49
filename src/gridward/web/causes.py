"""成因 over HTTP: what came back too often in a building, with its tickets and its history, and what was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.accounts import Actor, Subject, may_anywhere, require
from gridward.domain.causes import MOST_WORDS, USUAL, CauseState, Helped, Rule, effect
from gridward.domain.errors import Forbidden, NotFound
from gridward.persistence import causes as stored
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.causes import EVERY_KIND, Pair, Seen
from gridward.persistence.database import ReadSession
from gridward.persistence.statistics.asking import Group
from gridward.persistence.statistics.naming import names
from gridward.persistence.tickets import lists
from gridward.persistence.tickets.asking import Reach
from gridward.services import causes
from gridward.web.deps import CurrentActor, Now, Read, Write
from gridward.web.tickets.reach import desk_reach
from gridward.web.tickets.shapes import TicketBrief, brief, fields_for

router = APIRouter(tags=["causes"])

LISTED = 200
HISTORY = timedelta(days=365)


class EffectOut(BaseModel):
    """Tickets in the ``days`` of the rule before something was done, and after it until ``until`` or now."""

    before: int
    after: int
    until: datetime
    helped: Helped


class CauseOut(BaseModel):
    """``tickets``: how many were counted; ``words``: what was done, or why it was set aside."""

    cause_id: UUID
    building_id: UUID
    building: str
    category: str
    category_name: str | None
    grid: str | None
    community_id: UUID | None
    community: str | None
    times: int
    days: int
    tickets: int
    found_at: datetime
    state: CauseState
    words: str | None
    decided_by: str | None
    decided_at: datetime | None
    effect: EffectOut | None


class CausesOut(BaseModel):
    """Newest first, at most 200. ``counts``: how many of each state there are."""

    causes: list[CauseOut]
    counts: dict[CauseState, int]


class CauseMonth(BaseModel):
    """``month`` as 2026-09, local."""

    month: str
    tickets: int


class CauseDetail(BaseModel):
    """One cause. ``counted``: its tickets; ``since``: those of the same kind and building after the decision; ``before``:
    earlier causes there; ``months``: how often it happened in each of the last twelve months that had any."""

    cause: CauseOut
    counted: list[TicketBrief]
    since: list[TicketBrief]
    before: list[CauseOut]
    months: list[CauseMonth]


class OwnCause(BaseModel):
    """A cause in a building that the reader looks after, as :class:`CauseOut`. ``months``: how often it happened there in
    each of the last twelve months that had any."""

    cause_id: UUID
    building: str
    category: str
    category_name: str | None
    times: int
    days: int
    tickets: int
    found_at: datetime
    state: CauseState
    words: str | None
    decided_at: datetime | None
    effect: EffectOut | None
    months: list[CauseMonth]


class OwnCauses(BaseModel):
    """Newest first, at most 200."""

    causes: list[OwnCause]


class CauseDecision(BaseModel):
    """``words``: what is done about it, or why it is no cause."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["taken_up", "set_aside"]
    words: Annotated[str, Field(max_length=MOST_WORDS)]


class CauseRuleOut(BaseModel):
    """``category`` null: every kind without a rule of its own."""

    category: str | None
    category_name: str | None
    times: int
    days: int
    watched: bool


class CauseRulesOut(BaseModel):
    """The general rule first."""

    rules: list[CauseRuleOut]


class CauseRuleIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    category: Annotated[str | None, Field(max_length=80)] = None
    times: int
    days: int
    watched: bool = True


def _reach(actor: Actor) -> Reach:
    reach = desk_reach(actor)
    if reach is None or not may_anywhere(actor, "cause:read"):
        raise Forbidden("not_permitted", action="cause:read")
    return reach


@router.get("/causes")
async def list_causes(
    session: Read,
    actor: CurrentActor,
    now: Now,
    state: CauseState | None = None,
    ticket_id: Annotated[UUID | None, Query(description="only those that count this ticket")] = None,
) -> CausesOut:
    """The causes of this desk's communities."""
    reach = _reach(actor)
    rows = await stored.causes(session, reach, state=state, ticket_id=ticket_id, limit=LISTED)
    counts = await stored.counts(session, reach)
    return CausesOut(
        causes=await causes_shown(session, actor, rows, now),
        counts={one: counts.get(one.value, 0) for one in CauseState},
    )


@router.get("/my/causes")
async def own_causes(session: Read, actor: CurrentActor, now: Now) -> OwnCauses:
    """What keeps coming back in the buildings that I look after (楼长), and what the desk did about it."""
    owners = frozenset({actor.person_id} if actor.person_id is not None else ())
    require(actor, "cause:read_of_building", Subject(jurisdiction_id=actor.jurisdiction_id, owner_ids=owners))
    assert actor.person_id is not None
    rows = await stored.in_buildings_of(session, actor.jurisdiction_id, actor.person_id, LISTED)
    pairs = {Pair(row.building_id, row.category_code) for row in rows}
    seen = await stored.occurrences(session, pairs, now - HISTORY)
    zone = await time_zone_of(session, actor.jurisdiction_id)
    shown = await causes_shown(session, actor, rows, now)

    def months(one: CauseOut) -> list[CauseMonth]:
        there = seen.get(Pair(one.building_id, one.category))
        return _months([happened.received_at for happened in there.occurrences], zone) if there else []

    return OwnCauses(causes=[OwnCause.model_validate(one.model_dump() | {"months": months(one)}) for one in shown])


@router.get("/causes/{cause_id}")
async def read_cause(cause_id: UUID, session: Read, actor: CurrentActor, now: Now) -> CauseDetail:
    """A cause with its tickets and what was before it."""
    reach = _reach(actor)
    row = await stored.cause(session, actor.jurisdiction_id, cause_id)
    if row is None or not (reach.everything or row.community_id in reach.community_ids):
        raise NotFound("cause.unknown")
    pair = Pair(row.building_id, row.category_code)
    counted = (await stored.tickets_of(session, [cause_id])).get(cause_id, [])
    seen = (await stored.occurrences(session, [pair], now - HISTORY)).get(pair)
    happened = seen.occurrences if seen else ()
    since = [one.ticket_id for one in happened if row.decided_at is not None and one.received_at > row.decided_at]
    earlier = [one for one in await stored.causes(session, reach, pair=pair, limit=LISTED) if one.cause_id != cause_id]
    zone = await time_zone_of(session, actor.jurisdiction_id)
    cause, *before = await causes_shown(
        session, actor, [row, *(one for one in earlier if one.found_at < row.found_at)], now
    )
    return CauseDetail(
        cause=cause,
        counted=await _briefs(session, actor, counted, now),
        since=await _briefs(session, actor, since, now),
        before=before,
        months=_months([one.received_at for one in happened], zone),
    )


def _months(instants: Sequence[datetime], zone: ZoneInfo) -> list[CauseMonth]:
    counted = Counter(f"{one.astimezone(zone):%Y-%m}" for one in instants)
    return [CauseMonth(month=month, tickets=n) for month, n in sorted(counted.items())]


async def _briefs(session: ReadSession, actor: Actor, ids: Sequence[UUID], now: datetime) -> list[Any]:
    reach = desk_reach(actor)
    rows = await lists.briefs(session, reach, ids) if reach else {}
    fields = fields_for(actor)
    shown = (brief(row, fields(row), now) for row in sorted(rows.values(), key=lambda row: row.received_at))
    return [one for one in shown if one is not None]


async def causes_shown(session: ReadSession, actor: Actor, rows: Sequence[Any], now: datetime) -> list[CauseOut]:
    kinds = await names(session, actor.jurisdiction_id, Group.category, {row.category_code for row in rows})
    watched = [row for row in rows if row.state == CauseState.taken_up.value]
    seen: Mapping[Pair, Seen] = {}
    if watched:
        since = min(row.decided_at - timedelta(days=row.days) for row in watched)
        seen = await stored.occurrences(session, {Pair(row.building_id, row.category_code) for row in watched}, since)
    return [_cause(row, kinds, seen.get(Pair(row.building_id, row.category_code)), now) for row in rows]


def _cause(row: Any, kinds: Mapping[str, str], seen: Seen | None, now: datetime) -> CauseOut:
    became = None
    if row.state == CauseState.taken_up.value:
        happened = [one.received_at for one in seen.occurrences] if seen else []
        found = effect(happened, row.decided_at, row.days, now)
        became = EffectOut(before=found.before, after=found.after, until=found.until, helped=found.helped)
    return CauseOut(
        cause_id=row.cause_id,
        building_id=row.building_id,
        building=row.building,
        category=row.category_code,
        category_name=kinds.get(row.category_code),
        grid=row.grid,
        community_id=row.community_id,
        community=row.community,
        times=row.times,
        days=row.days,
        tickets=row.tickets,
        found_at=row.found_at,
        state=CauseState(row.state),
        words=row.words,
        decided_by=row.decided_by_name,
        decided_at=row.decided_at,
        effect=became,
    )


@router.put("/causes/{cause_id}/decision", status_code=204)
async def decide(cause_id: UUID, decision: CauseDecision, session: Write, actor: CurrentActor, now: Now) -> None:
    """Take a cause up, or set it aside."""
    verb = causes.take_up if decision.state == "taken_up" else causes.set_aside
    await verb(session, actor, cause_id, decision.words, now)


@router.get("/cause-rules")
async def read_rules(session: Read, actor: CurrentActor) -> CauseRulesOut:
    """How often is too often: in general, and for kinds with a rule of their own."""
    _reach(actor)
    found = {kind: rule for (_, kind), rule in (await stored.rules(session, [actor.jurisdiction_id])).items()}
    kinds = await names(session, actor.jurisdiction_id, Group.category, found)
    general = found.pop(EVERY_KIND, USUAL)
    return CauseRulesOut(
        rules=[_rule(None, None, general), *(_rule(kind, kinds.get(kind), found[kind]) for kind in sorted(found))]
    )


def _rule(category: str | None, name: str | None, rule: Rule) -> CauseRuleOut:
    return CauseRuleOut(category=category, category_name=name, times=rule.times, days=rule.days, watched=rule.watched)


@router.put("/cause-rules", status_code=204)
async def set_rule(rule: CauseRuleIn, session: Write, actor: CurrentActor, now: Now) -> None:
    """Set how often is too often; it holds for what comes from now on."""
    wanted = Rule(times=rule.times, days=rule.days, watched=rule.watched)
    await causes.set_rule(session, actor, rule.category, wanted, now)
