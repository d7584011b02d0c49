"""Every index counted from the log alone, by SQL written for this and nothing else: it shares no code with the program.

It reads ``entry``, and of the clocks only what each was held against (their readings are proved elsewhere).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

# A round begins with the founding fact, a restore, a reopening, or the return of a part to its split.
TURNS = """
WITH told AS (
    SELECT e.ticket_id, e.ticket_version AS v, e.verb, e.via, e.recorded_at AS at, e.detail AS d,
           1 + count(*) FILTER (WHERE e.verb IN ('ticket.restored', 'ticket.reopened')
                                   OR (e.verb = 'ticket.split_resumed' AND e.detail ? 'status'))
               OVER (PARTITION BY e.ticket_id ORDER BY e.ticket_version) AS turn
    FROM entry e WHERE e.jurisdiction_id = :j AND e.ticket_version IS NOT NULL AND e.recorded_at <= :now
),
begun AS (
    SELECT ticket_id, turn,
           bool_or(verb = 'ticket.split_off') AS split_off,
           bool_or(verb = 'ticket.imported') AS brought,
           bool_or(verb = 'report.filed' AND d ->> 'status' = 'closed') AS done_at_once,
           min(at) FILTER (WHERE verb IN ('ticket.reopened', 'ticket.split_resumed', 'ticket.split_off')
                              OR (verb = 'report.filed' AND d ->> 'status' = 'closed')) AS begun_accepted,
           max(at) FILTER (WHERE verb = 'ticket.accepted') AS accepted,
           min(at) FILTER (WHERE verb IN ('ticket.assigned', 'ticket.split', 'ticket.split_off')) AS sent,
           min(at) FILTER (WHERE verb = 'ticket.resolved') AS said_done,
           min(at) FILTER (WHERE verb IN ('ticket.verified', 'ticket.reworked')) AS looked,
           count(*) FILTER (WHERE verb = 'ticket.reworked') AS failed,
           count(*) FILTER (WHERE verb IN ('ticket.acknowledged', 'ticket.arrived', 'milestone.reached',
                                           'ticket.resolved')) AS steps,
           count(*) FILTER (WHERE verb IN ('ticket.acknowledged', 'ticket.arrived', 'milestone.reached',
                                           'ticket.resolved') AND d ->> 'late' = 'true') AS late,
           count(*) FILTER (WHERE verb IN ('ticket.acknowledged', 'ticket.arrived', 'milestone.reached', 'ticket.resolved')
                                  AND via = 'link') AS linked,
           count(*) FILTER (WHERE verb IN ('ticket.acknowledged', 'ticket.arrived', 'milestone.reached', 'ticket.resolved')
                                  AND via <> 'link' AND d ->> 'on_behalf' = 'true') AS by_others,
           bool_or(verb = 'request.granted' AND d ->> 'kind' = 'extend') AS longer,
           bool_or(verb = 'request.granted' AND d ->> 'kind' = 'defer') AS put_off,
           (array_agg(d ->> 'unit_id' ORDER BY v DESC) FILTER (WHERE verb IN (
               'ticket.assigned', 'ticket.split_off', 'ticket.imported') AND d ? 'unit_id'))[1]::uuid AS unit,
           (array_agg(verb ORDER BY v) FILTER (WHERE verb IN ('ticket.verified', 'ticket.reworked')))[1] AS first_look,
           (array_agg(d ->> 'status' ORDER BY v DESC) FILTER (WHERE d ? 'status'))[1] AS last_status,
           max(at) FILTER (WHERE d ? 'status') AS last_moved
    FROM told GROUP BY ticket_id, turn
),
measured AS (
    SELECT b.*, coalesce(b.accepted, b.begun_accepted) AS taken_at,
           -- An appeal that is granted later counts from the beginning.
           EXISTS (SELECT FROM entry x WHERE x.ticket_id = b.ticket_id AND x.verb = 'clock.exempted'
                      AND split_part(x.detail ->> 'clock', '-', 2)::int = b.turn) AS let_off,
           (b.split_off OR EXISTS (SELECT FROM begun o WHERE o.ticket_id = b.ticket_id AND o.split_off)) AS a_part,
           EXISTS (SELECT FROM told n WHERE n.ticket_id = b.ticket_id AND n.turn = b.turn + 1 AND n.at <= :now
                      AND n.verb IN ('ticket.reopened', 'ticket.split_resumed')) AS opened_again,
           b.last_status IN ('closed', 'rejected', 'cancelled', 'merged', 'withdrawn') AS over,
           w.due_at, w.stopped_at,
           (SELECT c.binding IS NULL FROM clock c WHERE c.ticket_id = b.ticket_id AND c.round = b.turn
               AND c.kind = 'resolve' AND c.started_at <= :now AND (c.voided_at IS NULL OR c.voided_at > :now)
               ORDER BY split_part(c.key, '-', 3)::int DESC LIMIT 1) AS unbound
    FROM begun b
    LEFT JOIN LATERAL (
        SELECT c.due_at, c.stopped_at FROM clock c
        WHERE c.ticket_id = b.ticket_id AND c.round = b.turn AND c.kind = 'overall' AND c.state <> 'void'
        ORDER BY c.key DESC LIMIT 1
    ) w ON true
),
mine AS (
    SELECT *, last_status = 'closed' AS shut,
           NOT let_off AND NOT coalesce(unbound, false) AND due_at IS NOT NULL AND last_status <> 'shelved' AS fair
    FROM measured
    WHERE taken_at >= :since AND taken_at < :until AND NOT brought AND NOT a_part
),
work AS (SELECT * FROM mine WHERE NOT done_at_once)
"""

TICKETS = (
    TURNS
    + """
SELECT {of}count(*) AS "ticket.accepted",
       count(*) FILTER (WHERE fair AND (shut OR (NOT over AND due_at < :now)
                        OR (over AND NOT shut AND due_at < coalesce(stopped_at, last_moved)))) AS "ticket.should_close",
       count(*) FILTER (WHERE fair AND shut) AS "ticket.closed",
       count(*) FILTER (WHERE fair AND shut AND stopped_at <= due_at) AS "ticket.closed_in_time",
       count(*) FILTER (WHERE shut) AS "ticket.ended_closed",
       count(*) FILTER (WHERE shut AND opened_again) AS "ticket.reopened",
       count(*) FILTER (WHERE looked IS NOT NULL) AS "ticket.checked",
       count(*) FILTER (WHERE first_look = 'ticket.verified') AS "ticket.first_passed",
       count(*) FILTER (WHERE said_done IS NOT NULL) AS "ticket.reported_done",
       count(*) FILTER (WHERE said_done IS NOT NULL AND failed > 0) AS "ticket.reworked",
       count(*) FILTER (WHERE sent IS NOT NULL) AS "ticket.dispatched",
       count(*) FILTER (WHERE sent IS NOT NULL AND longer) AS "ticket.extended",
       count(*) FILTER (WHERE sent IS NOT NULL AND put_off) AS "ticket.deferred",
       coalesce(sum(steps), 0)::int AS "ticket.steps",
       coalesce(sum(late), 0)::int AS "ticket.late_steps",
       coalesce(sum(linked + by_others), 0)::int AS "ticket.steps_for_unit",
       coalesce(sum(by_others), 0)::int AS "ticket.desk_steps",
       coalesce(sum(linked), 0)::int AS "ticket.link_steps",
       (SELECT count(*) FROM mine WHERE done_at_once) AS "ticket.self_solved"
FROM work {by}
"""
)

SENT_OUT = """
WITH named AS (
    SELECT e.ticket_id, e.ticket_version AS v, e.verb, e.recorded_at AS at, e.detail ->> 'unit_id' AS unit,
           e.detail ? 'by_rule' AS ruled
    FROM entry e
    WHERE e.jurisdiction_id = :j AND e.verb IN ('ticket.assigned', 'ticket.split_off')
      AND e.recorded_at >= :since AND e.recorded_at < :until
), fate AS (
    SELECT n.*, (
        SELECT x.verb = 'ticket.sent_back' OR (x.verb = 'ticket.assigned' AND x.detail ->> 'unit_id' <> n.unit)
        FROM entry x
        WHERE x.ticket_id = n.ticket_id AND x.ticket_version > n.v
          AND x.recorded_at <= :now
          AND x.verb IN ('ticket.sent_back', 'ticket.assigned', 'ticket.reworked', 'ticket.split', 'ticket.reopened',
                         'ticket.restored')
        ORDER BY x.ticket_version LIMIT 1
    ) AS undone
    FROM named n
)
SELECT {of}count(*) FILTER (WHERE NOT ruled) AS "turn.made",
       count(*) FILTER (WHERE NOT ruled AND undone IS NOT TRUE) AS "turn.kept",
       count(*) FILTER (WHERE undone) AS "turn.taken_back",
       count(*) FILTER (WHERE ruled) AS "turn.by_rule"
FROM fate {by}
"""

RULED = """
SELECT (SELECT count(*) FROM entry WHERE jurisdiction_id = :j AND verb = 'request.refused'
           AND detail ->> 'kind' = 'send_back' AND recorded_at >= :since AND recorded_at < :until) AS "send_back.refused",
       (SELECT count(*) FROM entry WHERE jurisdiction_id = :j AND verb = 'shirking.ruled'
           AND recorded_at >= :since AND recorded_at < :until) AS "shirking.ruled",
       (SELECT count(*) FROM entry WHERE jurisdiction_id = :j AND verb = 'supervision.ordered'
           AND recorded_at >= :since AND recorded_at < :until) AS "order.made",
       (SELECT count(*) FROM (
            SELECT detail ->> 'order_id' FROM entry WHERE jurisdiction_id = :j AND verb = 'supervision.ordered'
               AND recorded_at >= :since AND recorded_at < :until
            EXCEPT SELECT detail ->> 'order_id' FROM entry WHERE jurisdiction_id = :j AND verb = 'supervision.answered'
               AND recorded_at <= :now
        ) open_orders) AS "order.unanswered"
"""

# A clock is late when it ran over; undecided while the work waits to be checked, or a request asked in time is open.
TIMED = """
WITH judged AS (
    SELECT c.kind, c.unit_id AS unit, c.due_at, c.stopped_at,
           CASE WHEN c.exempt THEN 'exempt'
                WHEN c.kind IN ('acknowledge', 'respond', 'resolve') AND c.binding IS NULL THEN 'reference'
                WHEN c.kind IN ('file', 'dispatch') AND EXISTS (
                    SELECT FROM entry e WHERE e.ticket_id = c.ticket_id AND e.via = 'rules' AND e.occurred_at = c.stopped_at
                      AND e.verb = CASE c.kind WHEN 'file' THEN 'ticket.accepted' ELSE 'ticket.assigned' END)
                THEN 'by_rule'
                WHEN c.stopped_at IS NULL AND c.due_at >= :now THEN 'not_yet'
                WHEN c.stopped_at <= c.due_at AND NOT c.is_final THEN 'pending'
                WHEN c.stopped_at IS NULL AND c.kind IN ('acknowledge', 'respond', 'resolve') AND NOT EXISTS (
                        SELECT FROM entry b WHERE b.ticket_id = c.ticket_id AND b.verb = 'clock.breached'
                          AND b.detail ->> 'clock' = c.key)
                     AND EXISTS (SELECT FROM entry a WHERE a.ticket_id = c.ticket_id AND a.verb = 'request.asked'
                          AND a.detail ->> 'kind' IN ('extend', 'defer', 'shelve')
                          AND (a.detail ->> 'kind' <> 'extend' OR c.kind = 'resolve') AND a.occurred_at <= c.due_at
                          AND NOT EXISTS (SELECT FROM entry z WHERE z.ticket_id = a.ticket_id
                              AND z.detail ->> 'request_id' = a.detail ->> 'request_id' AND z.entry_id <> a.entry_id))
                THEN 'pending'
                WHEN c.stopped_at <= c.due_at THEN 'in_time' ELSE 'late' END AS how
    FROM clock c
    WHERE c.jurisdiction_id = :j AND c.state <> 'void' AND c.due_at >= :since AND c.due_at < :until
      AND c.kind IN ('file', 'dispatch', 'acknowledge', 'respond', 'resolve', 'verify')
)
SELECT {of}kind || '.' || how AS name, count(*) AS n FROM judged GROUP BY kind, how{and_by}
"""


async def by_hand(
    session: Any, jurisdiction_id: UUID, since: datetime, until: datetime, now: datetime
) -> dict[str, int]:
    """Set → how many, for a period that ends at ``now`` or later."""
    asked = {"j": jurisdiction_id, "since": since, "until": until, "now": now}
    found: dict[str, int] = {}
    for statement in (TICKETS, SENT_OUT, RULED):
        found |= dict((await _told(session, statement.format(of="", by=""), asked)).one()._mapping)
    for row in await _told(session, TIMED.format(of="", and_by=""), asked):
        _add_timed(found, row.name, row.n)
    return found


async def by_hand_of_units(
    session: Any, jurisdiction_id: UUID, since: datetime, until: datetime, now: datetime
) -> dict[str, dict[str, int]]:
    """Unit's id → set → how many: of a ticket the unit that had it, of a turn or clock the one whose it was; "": nobody's."""
    asked = {"j": jurisdiction_id, "since": since, "until": until, "now": now}
    found: dict[str, dict[str, int]] = {}
    for statement in (TICKETS, SENT_OUT):
        for row in await _told(session, statement.format(of="unit::text AS unit, ", by="GROUP BY unit"), asked):
            told = {name: n for name, n in row._mapping.items() if name not in ("unit", "ticket.self_solved")}
            found.setdefault(row.unit or "", {}).update(told)
    for row in await _told(session, TIMED.format(of="unit::text AS unit, ", and_by=", unit"), asked):
        _add_timed(found.setdefault(row.unit or "", {}), row.name, row.n)
    return found


async def _told(session: Any, statement: str, asked: dict[str, Any]) -> Any:
    needs = {name: value for name, value in asked.items() if f":{name}" in statement}
    return await session.execute(text(statement), needs)


def _add_timed(found: dict[str, int], name: str, n: int) -> None:
    kind, _, how = name.partition(".")
    due = found.get(f"{kind}.due", 0)
    if how != "late":
        found[name] = found.get(name, 0) + n
    if how in ("late", "in_time"):
        found[f"{kind}.due"] = due + n
