"""Rows of registers (台账): what the tables hold, put in the order in which offices hand it upward.

Nobody who reported is in any of it, and no words of theirs: what a ticket is about is said by its filing condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from gridward.persistence.database import ReadSession, plan_for_values


@dataclass(frozen=True, slots=True, kw_only=True)
class Of:
    """Whose and when: ``[since, until)``; ``community_ids`` None: the whole jurisdiction. ``at``: as it stands then."""

    jurisdiction_id: UUID
    since: datetime
    until: datetime
    at: datetime
    community_ids: tuple[UUID, ...] | None

    def values(self) -> dict[str, Any]:
        found = {"jurisdiction_id": self.jurisdiction_id, "since": self.since, "until": self.until, "at": self.at}
        return found if self.community_ids is None else found | {"community_ids": list(self.community_ids)}

    def here(self, alias: str) -> str:
        if self.community_ids is None:
            return f"{alias}.jurisdiction_id = :jurisdiction_id"
        return (
            f"{alias}.jurisdiction_id = :jurisdiction_id AND {alias}.community_id = ANY(CAST(:community_ids AS uuid[]))"
        )


Place = tuple[datetime, UUID]
"""Where a page ended: pages follow by the instant and the id of their lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A ticket in the case register. ``late``: its newest round ran over its limit, or is over it now; null without a
    limit. ``result``: the unit's own sentence; ``satisfied``: the newest word of a reporter."""

    ticket_id: UUID
    number_day: date
    number: int
    source: str
    received_at: datetime
    kind: str | None
    what: str | None
    community: str | None
    grid: str | None
    place_note: str | None
    unit: str | None
    dispatched_at: datetime | None
    due_at: datetime | None
    resolved_at: datetime | None
    ended_at: datetime | None
    status: str
    result: str | None
    late: bool | None
    satisfied: bool | None

    @property
    def place(self) -> Place:
        return self.received_at, self.ticket_id


def _cases(of: Of, further: str) -> str:
    return f"""
WITH listed AS MATERIALIZED (
    SELECT t.ticket_id FROM ticket t
    WHERE {of.here("t")} AND t.received_at >= :since AND t.received_at < :until AND t.parent_id IS NULL {further}
    ORDER BY t.received_at, t.ticket_id LIMIT :most OFFSET :skip
)
SELECT t.ticket_id, t.number_day, t.number, t.source, t.received_at, k.name AS kind,
       c.document ->> 'filing_text' AS what, a.name AS community, g.name AS grid, t.place_note, u.name AS unit,
       r.dispatched_at, coalesce(t.resolve_due_at, t.due_at, r.due_at) AS due_at, r.resolved_at, t.ended_at, t.status,
       (SELECT x.body FROM ticket_text x
        WHERE x.ticket_id = t.ticket_id AND x.kind = 'resolve.note' AND x.body IS NOT NULL
          AND x.audiences && ARRAY['reporter', 'unit']
        ORDER BY x.written_at DESC LIMIT 1) AS result,
       CASE WHEN r.due_at IS NULL THEN NULL ELSE coalesce(r.done_at, r.ended_at, :at) > r.due_at END AS late,
       coalesce(
           (SELECT v.satisfied FROM visit v WHERE v.follows = t.ticket_id AND v.satisfied IS NOT NULL
            ORDER BY v.visited_at DESC LIMIT 1),
           (SELECT (e.detail ->> 'satisfied')::boolean FROM entry e
            WHERE e.ticket_id = t.ticket_id AND e.verb = 'ticket.rated' ORDER BY e.recorded_at DESC LIMIT 1)
       ) AS satisfied
FROM listed JOIN ticket t USING (ticket_id)
LEFT JOIN category k ON k.standard_id = t.standard_id AND k.code = t.category_code
LEFT JOIN condition c ON c.standard_id = t.standard_id AND c.condition_id = t.condition_id
LEFT JOIN area a ON a.area_id = t.community_id
LEFT JOIN grid g ON g.grid_id = t.grid_id
LEFT JOIN unit u ON u.unit_id = t.unit_id
LEFT JOIN ticket_round r ON r.ticket_id = t.ticket_id AND r.round = t.round
ORDER BY t.received_at, t.ticket_id
"""  # noqa: S608


TOLD = """AND EXISTS (
    SELECT FROM report p WHERE p.ticket_id = t.ticket_id AND p.erased_at IS NULL
      AND (p.visit_id IS NOT NULL OR p.source = ANY(CAST(:told AS text[])))
)"""


async def cases(
    session: ReadSession, of: Of, after: Place | None, limit: int, skip: int = 0, told: Sequence[str] | None = None
) -> list[CaseLine]:
    """The tickets received in the period, the oldest first, those after a place and without ``skip`` more; ``told``: only
    those that somebody of the public told of, at a visit or as one of these sources."""
    values = {**of.values(), "most": limit, "skip": skip} | ({} if told is None else {"told": list(told)})
    further = "" if told is None else TOLD
    if after is not None:
        further += " AND (t.received_at, t.ticket_id) > (:after_at, :after_id)"
        values |= {"after_at": after[0], "after_id": after[1]}
    await plan_for_values(session)
    return [CaseLine(**row._mapping) for row in await session.execute(text(_cases(of, further)), values)]


async def count_cases(session: ReadSession, of: Of, told: Sequence[str] | None = None) -> int:
    statement = f"""SELECT count(*) FROM ticket t
WHERE {of.here("t")} AND t.received_at >= :since AND t.received_at < :until AND t.parent_id IS NULL
{"" if told is None else TOLD}"""  # noqa: S608
    values = of.values() | ({} if told is None else {"told": list(told)})
    return int((await session.execute(text(statement), values)).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLine:
    """A visit in its register: the house, no door and nobody who lives there. ``demand``: what was asked for, by kind;
    ``open``, ``raised``: of that, how much is open, how much there is; ``satisfied``: with what was asked for before."""

    visit_id: UUID
    visited_at: datetime
    community: str | None
    building: str
    outcome: str
    demand: str | None
    raised: int
    open: int
    satisfied: bool | None
    liaison: str

    @property
    def place(self) -> Place:
        return self.visited_at, self.visit_id


def _in_month(of: Of) -> str:
    # The days on either side are for the index; the instants decide.
    return f"""{of.here("v")} AND v.visited_on >= CAST(:since AS timestamptz)::date - 1
  AND v.visited_on <= CAST(:until AS timestamptz)::date + 1 AND v.visited_at >= :since AND v.visited_at < :until
  AND NOT v.erased"""


async def visits(session: ReadSession, of: Of, after: Place | None, limit: int, skip: int = 0) -> list[VisitLine]:
    """The visits of the period, the oldest first, those after a place and without ``skip`` more."""
    values = {**of.values(), "most": limit, "skip": skip}
    further = ""
    if after is not None:
        further = "AND (v.visited_at, v.visit_id) > (:after_at, :after_id)"
        values |= {"after_at": after[0], "after_id": after[1]}
    values.pop("at")
    statement = f"""
SELECT v.visit_id, v.visited_at, a.name AS community, coalesce(b.name, b.house_no, b.code) AS building, v.outcome,
       d.demand, coalesce(d.raised, 0) AS raised, coalesce(d.open, 0) AS open, v.satisfied, p.name AS liaison
FROM visit v
JOIN building b ON b.building_id = v.building_id
JOIN person p ON p.person_id = v.liaison_id
LEFT JOIN area a ON a.area_id = v.community_id
LEFT JOIN LATERAL (
    SELECT string_agg(DISTINCT k.name, '、') AS demand, count(*) AS raised, count(*) FILTER (WHERE t.is_open) AS open
    FROM report r JOIN ticket t ON t.ticket_id = r.ticket_id
    LEFT JOIN category k ON k.standard_id = t.standard_id AND k.code = t.category_code
    WHERE r.visit_id = v.visit_id AND r.erased_at IS NULL
) d ON true
WHERE {_in_month(of)} {further}
ORDER BY v.visited_at, v.visit_id LIMIT :most OFFSET :skip"""  # noqa: S608
    return [VisitLine(**row._mapping) for row in await session.execute(text(statement), values)]


async def count_visits(session: ReadSession, of: Of) -> int:
    statement = f"SELECT count(*) FROM visit v WHERE {_in_month(of)}"  # noqa: S608
    return int((await session.execute(text(statement), of.values())).scalar_one())


async def overdue(session: ReadSession, of: Of, limit: int) -> list[UUID]:
    """Open tickets whose limit has run out, what was due first first."""
    statement = f"""SELECT t.ticket_id FROM ticket t
WHERE {of.here("t")} AND t.is_open AND t.breached_at IS NOT NULL ORDER BY t.order_at, t.ticket_id LIMIT :most"""  # noqa: S608
    return list(await session.scalars(text(statement), {**of.values(), "most": limit}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A unit asked to send a ticket back. ``turns``: to how many units it was sent in all; ``outcome`` null: undecided.

    ``reason_zh``, ``reason_en``: the reason in the words of the ticket's standard; null or empty: it has none.
    """

    ticket_id: UUID
    unit: str | None
    asked_at: datetime
    reason: str | None
    reason_zh: str | None
    reason_en: str | None
    outcome: str | None
    turns: int


async def refused(session: ReadSession, of: Of, limit: int) -> list[Refused]:
    """What units did not want in the period, the oldest first."""
    statement = f"""
SELECT q.ticket_id, u.name AS unit, q.asked_at, q.reason, q.outcome,
       line -> 'text' ->> 'zh' AS reason_zh, line -> 'text' ->> 'en' AS reason_en,
       (SELECT count(*) FROM assignment n WHERE n.ticket_id = q.ticket_id
          AND n.begun_by IN ('ticket.assigned', 'ticket.split_off')) AS turns
FROM request q JOIN ticket t ON t.ticket_id = q.ticket_id JOIN standard s ON s.standard_id = t.standard_id
CROSS JOIN LATERAL jsonb_path_query_first(
    s.document, '$.reasons.send_back[*] ? (@.code == $said)', jsonb_build_object('said', q.reason)
) line
LEFT JOIN unit u ON u.unit_id = CAST(q.detail ->> 'unit_id' AS uuid)
WHERE {of.here("t")} AND q.jurisdiction_id = :jurisdiction_id AND q.kind = 'send_back'
  AND q.asked_at >= :since AND q.asked_at < :until
ORDER BY q.asked_at, q.request_id LIMIT :most"""  # noqa: S608
    rows = await session.execute(text(statement), {**of.values(), "most": limit})
    return [Refused(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unhappy:
    """Somebody was not satisfied with a ticket, or wanted it done again (``asked_again``). ``at_visit``: a household said so
    when it was visited again."""

    ticket_id: UUID
    at: datetime
    asked_again: bool
    at_visit: bool


async def unhappy(session: ReadSession, of: Of, limit: int) -> list[Unhappy]:
    """The newest word of the period on each ticket, the oldest first. A visit counts from the day on which it was told:
    the meeting of the month before is over."""
    statement = f"""
WITH said AS (
    SELECT e.ticket_id, e.recorded_at AS at, false AS asked_again, false AS at_visit FROM entry e
    WHERE e.jurisdiction_id = :jurisdiction_id AND e.verb = 'ticket.rated' AND e.recorded_at >= :since
      AND e.recorded_at < :until AND e.detail ->> 'satisfied' = 'false'
    UNION ALL
    SELECT q.ticket_id, q.asked_at, true, false FROM request q
    WHERE q.jurisdiction_id = :jurisdiction_id AND q.kind = 'reopen' AND q.asked_at >= :since AND q.asked_at < :until
    UNION ALL
    SELECT v.follows, v.received_at, false, true FROM visit v
    WHERE v.jurisdiction_id = :jurisdiction_id AND v.follows IS NOT NULL AND NOT v.satisfied
      AND v.received_at >= :since AND v.received_at < :until
)
SELECT * FROM (
    SELECT DISTINCT ON (s.ticket_id) s.ticket_id, s.at, s.asked_again, s.at_visit
    FROM said s JOIN ticket t ON t.ticket_id = s.ticket_id WHERE {of.here("t")}
    ORDER BY s.ticket_id, s.at DESC, s.asked_again DESC
) newest ORDER BY at, ticket_id LIMIT :most"""  # noqa: S608
    rows = await session.execute(text(statement), {**of.values(), "most": limit})
    return [Unhappy(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanks:
    """What a group found and what of it is done. Things, not reports: what several saw counts once."""

    found: int
    done: int


async def thanks(session: ReadSession, of: Of, sources: Sequence[str], reporter_id: UUID | None = None) -> Thanks:
    """Of what was reported in the period by people who came as one of ``sources`` (or by one person): how much stands,
    and how much of that is closed. What was turned down, cancelled or taken back is not counted."""
    whose = "AND p.reporter_id = :reporter_id" if reporter_id is not None else ""
    statement = f"""
WITH seen AS (
    SELECT DISTINCT coalesce(t.merged_into_id, t.ticket_id) AS ticket_id
    FROM report p JOIN ticket t ON t.ticket_id = p.ticket_id
    WHERE p.jurisdiction_id = :jurisdiction_id AND p.source = ANY(CAST(:sources AS text[])) AND p.received_at >= :since
      AND p.received_at < :until AND {of.here("t")} {whose}
)
SELECT count(*) AS found, count(*) FILTER (WHERE t.status = 'closed') AS done
FROM seen JOIN ticket t USING (ticket_id) WHERE t.status NOT IN ('rejected', 'cancelled', 'withdrawn')"""  # noqa: S608
    values = {**of.values(), "sources": list(sources)}
    if reporter_id is not None:
        values["reporter_id"] = reporter_id
    row = (await session.execute(text(statement), values)).one()
    return Thanks(found=row.found, done=row.done)
