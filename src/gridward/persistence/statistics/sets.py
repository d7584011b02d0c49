"""Each set that a figure names, as a condition over rows. Counts filter by it, lists select by it: they cannot differ.

``:since`` … ``:until`` is the period, ``:judged`` its end or now, whichever is earlier.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from gridward.domain.standards import ClockKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Rows that sets are taken from.

    Args:
        table: With its alias.
        here: What belongs to the jurisdiction and period.
        at: The instant by which a row lies in the period.
        place: Joins ``pl``, which knows kind and place; empty where ``row`` knows them itself.
        of: The alias that has ``category_code``, ``grid_id`` and ``community_id``.
        unit: Who answered.
        key: Tells several rows of one ticket apart; text.
        due, done: What it was held against, and when it was done; ``NULL`` where neither is meant.
        settled: The instant from which on the row counts the same whenever it is judged; ``NULL``: not yet. Empty where rows
            are few and are always counted themselves. Indexed as it is written here (migration ``20261201v``).
        judges: Whether conditions also ask what ``:judged`` was: such a row counts the same only where it settled before.
    """

    table: str
    here: str
    at: str
    place: str
    of: str
    ticket: str
    unit: str
    key: str
    due: str = "NULL::timestamptz"
    done: str = "NULL::timestamptz"
    settled: str = ""
    judges: bool = True


KINDS = (
    ClockKind.FILE,
    ClockKind.DISPATCH,
    ClockKind.ACKNOWLEDGE,
    ClockKind.RESPOND,
    ClockKind.RESOLVE,
    ClockKind.VERIFY,
)
"""The clocks that indices judge. ``overall`` is read with the rounds; it judges the whole chain."""

TOLD = (*KINDS, ClockKind.MILESTONE)
"""Those with sets: a milestone (阶段) is told to its unit line by line and is in no index, since the last one is ``resolve``."""


ROUND_SETTLED = """(CASE WHEN r.ended_at IS NOT NULL THEN greatest(r.ended_at, r.accepted_at, r.dispatched_at,
    r.resolved_at, r.first_checked_at, r.reopened_at, r.extended_at, r.deferred_at, r.shelved_at, r.last_listed_at,
    r.due_at, r.done_at) END)"""


TAKEN_BACK = """(a.ended_at <= :judged AND (a.ended_by = 'ticket.sent_back' OR a.ended_by = 'ticket.assigned' AND NOT EXISTS (
    SELECT FROM assignment n WHERE n.ticket_id = a.ticket_id AND n.assigned_at = a.ended_at AND n.unit_id = a.unit_id
)))"""
"""Sent back, or given to another unit; naming the same unit again is no change. Three sets ask it of each turn: it is looked up
once (``OFFSET 0``: PostgreSQL would write it into each of them)."""


def _passed(instants: str) -> str:
    """How many of a list of instants, which are in their order, had passed at the judged one."""
    return f"width_bucket(CAST(:judged AS timestamptz), {instants})"


def _rounds(which: str, *, at: str = "r.accepted_at", settled: str = "") -> Source:
    """Rounds of tickets; they know kind and place themselves, and which unit was the last one named by the judged instant."""
    return Source(
        table="ticket_round r",
        here=f"r.jurisdiction_id = :jurisdiction_id AND {which}",
        at=at,
        place="",
        of="r",
        ticket="r.ticket_id",
        unit=f"r.units[{_passed('r.units_at')}]",
        key="r.round::text",
        due="r.due_at",
        done="r.done_at",
        settled=settled,
    )


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        **{
            kind.value: Source(
                table="clock c",
                here=f"c.jurisdiction_id = :jurisdiction_id AND c.kind = '{kind.value}' AND c.state <> 'void' "
                "AND c.due_at >= :since AND c.due_at < :until",
                at="c.due_at",
                place="JOIN ticket_round pl ON pl.ticket_id = c.ticket_id AND pl.round = c.round",
                of="pl",
                ticket="c.ticket_id",
                unit="c.unit_id",
                key="c.key",
                due="c.due_at",
                done="c.stopped_at",
                settled="(CASE WHEN c.state = 'stopped' AND c.is_final THEN c.stopped_at END)",
                judges=False,
            )
            for kind in TOLD
        },
        "ticket": _rounds(
            "r.accepted_at >= :since AND r.accepted_at < :until AND NOT r.imported AND NOT r.part",
            settled=ROUND_SETTLED,
        ),
        "past": _rounds(
            "r.accepted_at >= :since AND r.accepted_at < :until AND r.imported",
            settled=ROUND_SETTLED,
        ),
        "shelved": _rounds(
            "r.shelved_at IS NOT NULL AND r.shelved_at <= :judged AND NOT r.imported",
            at=f"r.shelf_at[{_passed('r.shelf_at')}]",
        ),
        "turn": Source(
            table=f"assignment a CROSS JOIN LATERAL (SELECT {TAKEN_BACK} AS taken_back OFFSET 0) b",
            here="a.jurisdiction_id = :jurisdiction_id AND a.assigned_at >= :since AND a.assigned_at < :until "
            "AND a.begun_by IN ('ticket.assigned', 'ticket.split_off')",
            at="a.assigned_at",
            place="JOIN ticket pl ON pl.ticket_id = a.ticket_id",
            of="pl",
            ticket="a.ticket_id",
            unit="a.unit_id",
            key="a.assignment_id::text",
            done="a.ended_at",
            settled="greatest(a.assigned_at, a.ended_at)",
        ),
        "send_back": Source(
            table="request q",
            here="q.jurisdiction_id = :jurisdiction_id AND q.kind = 'send_back' AND q.decided_at IS NOT NULL "
            "AND q.decided_at >= :since AND q.decided_at < :until",
            at="q.decided_at",
            place="JOIN ticket pl ON pl.ticket_id = q.ticket_id",
            of="pl",
            ticket="q.ticket_id",
            unit="CAST(q.detail ->> 'unit_id' AS uuid)",
            key="q.request_id::text",
            done="q.decided_at",
        ),
        "open": Source(
            table="ticket o",
            here="o.jurisdiction_id = :jurisdiction_id AND o.is_open AND o.received_at <= :at",
            at="o.order_at",
            place="",
            of="o",
            ticket="o.ticket_id",
            unit="o.unit_id",
            key="''",
            due="coalesce(o.resolve_due_at, o.due_at)",
        ),
        "order": Source(
            table="entry e JOIN ticket ot ON ot.ticket_id = e.ticket_id "
            "LEFT JOIN supervision_order so ON so.order_id = CAST(e.detail ->> 'order_id' AS uuid)",
            here="e.jurisdiction_id = :jurisdiction_id AND e.verb IN ('supervision.ordered', 'supervision.answered') "
            "AND e.verb = 'supervision.ordered' AND e.recorded_at >= :since AND e.recorded_at < :until",
            at="e.recorded_at",
            place="",
            of="ot",
            ticket="e.ticket_id",
            # Whom it was given to, whoever has the ticket now.
            unit="so.unit_id",
            key="e.entry_id::text",
        ),
        "shirking": Source(
            table="entry e JOIN ticket st ON st.ticket_id = e.ticket_id",
            here="e.jurisdiction_id = :jurisdiction_id AND e.verb = 'shirking.ruled' "
            "AND e.recorded_at >= :since AND e.recorded_at < :until",
            at="e.recorded_at",
            place="",
            of="st",
            ticket="e.ticket_id",
            unit="CAST(e.detail ->> 'unit_id' AS uuid)",
            key="e.entry_id::text",
        ),
    }
)

HELD = """EXISTS (
    SELECT FROM request q
    WHERE q.ticket_id = c.ticket_id AND q.decided_at IS NULL AND q.asked_at <= c.due_at
      AND (q.kind IN ('defer', 'shelve') AND c.kind IN ('acknowledge', 'respond', 'milestone', 'resolve')
           OR q.kind = 'extend' AND c.kind = 'resolve')
)"""
"""A request asked in time and not decided: until then nobody can say that the clock is late."""

BASED = "(c.unit_id IS NULL OR c.binding IS NOT NULL)"
PENDING = f"""(c.state = 'stopped' AND NOT c.is_final AND c.stopped_at <= c.due_at
    OR c.state = 'running' AND c.due_at < :judged AND c.breached_at IS NULL AND {HELD})"""
NOT_YET = "(c.state = 'running' AND c.due_at >= :judged)"
JUDGED = f"(NOT c.exempt AND {BASED} AND NOT c.by_rule AND NOT {NOT_YET} AND NOT {PENDING})"

OF_CLOCKS = {
    "due": JUDGED,
    "in_time": f"({JUDGED} AND c.stopped_at <= c.due_at)",
    "late": f"({JUDGED} AND (c.stopped_at IS NULL OR c.stopped_at > c.due_at))",
    "exempt": "c.exempt",
    "reference": f"(NOT c.exempt AND NOT {BASED})",
    "by_rule": f"(NOT c.exempt AND {BASED} AND c.by_rule)",
    "not_yet": f"(NOT c.exempt AND {BASED} AND NOT c.by_rule AND {NOT_YET})",
    "pending": f"(NOT c.exempt AND {BASED} AND NOT c.by_rule AND NOT {NOT_YET} AND {PENDING})",
}

OWN = "NOT r.self_solved"
CLOSED = "coalesce(r.ended_as = 'closed' AND r.ended_at <= :judged, false)"
OPEN = "(r.ended_at IS NULL OR r.ended_at > :judged)"
GONE = "coalesce(r.ended_as <> 'closed' AND r.ended_at <= :judged, false)"
ON_SHELF = f"({OPEN} AND r.shelved_at <= :judged AND {_passed('r.shelf_at')} % 2 = 1)"
REFERENCE = f"({_passed('r.reference_at')} % 2 = 1)"
RAN_OVER = "(r.due_at < coalesce(r.done_at, r.ended_at, :judged))"
COUNTS = f"({OWN} AND NOT r.exempt AND NOT {REFERENCE} AND r.due_at IS NOT NULL AND NOT coalesce({ON_SHELF}, false))"
SHOULD_CLOSE = f"({COUNTS} AND ({CLOSED} OR {OPEN} AND r.due_at < :judged OR {GONE} AND {RAN_OVER}))"

VOLUNTEERS = "SELECT unit_id FROM unit WHERE jurisdiction_id = :jurisdiction_id AND kind = 'volunteers'"

OF_TICKETS = {
    "accepted": OWN,
    "self_solved": "r.self_solved",
    "should_close": SHOULD_CLOSE,
    "closed": f"({SHOULD_CLOSE} AND {CLOSED})",
    "closed_in_time": f"({SHOULD_CLOSE} AND {CLOSED} AND r.done_at <= r.due_at)",
    "not_closed_in_time": f"({SHOULD_CLOSE} AND NOT ({CLOSED} AND r.done_at <= r.due_at))",
    "exempt": f"({OWN} AND r.exempt)",
    "reference": f"({OWN} AND NOT r.exempt AND {REFERENCE})",
    "untimed": f"({OWN} AND NOT r.exempt AND NOT {REFERENCE} AND r.due_at IS NULL)",
    "shelved": f"({OWN} AND NOT r.exempt AND NOT {REFERENCE} AND r.due_at IS NOT NULL AND {ON_SHELF})",
    "gone": f"({COUNTS} AND {GONE} AND NOT {RAN_OVER})",
    "not_yet": f"({COUNTS} AND {OPEN} AND r.due_at >= :judged)",
    "ended_closed": f"({OWN} AND {CLOSED})",
    "reopened": f"({OWN} AND {CLOSED} AND r.reopened_at <= :judged)",
    "reported_done": f"({OWN} AND r.resolved_at <= :judged)",
    "reworked": f"({OWN} AND r.resolved_at <= :judged AND r.first_reworked_at <= :judged)",
    "checked": f"({OWN} AND r.first_checked_at <= :judged)",
    "first_passed": f"({OWN} AND r.first_checked_at <= :judged AND r.first_passed)",
    "dispatched": f"({OWN} AND r.dispatched_at <= :judged)",
    "extended": f"({OWN} AND r.dispatched_at <= :judged AND r.extended_at <= :judged)",
    "deferred": f"({OWN} AND r.dispatched_at <= :judged AND r.deferred_at <= :judged)",
    "steps": f"({OWN} AND r.steps_at[1] <= :judged)",
    "late_steps": f"({OWN} AND r.late_steps_at[1] <= :judged)",
    "steps_for_unit": f"({OWN} AND least(r.desk_steps_at[1], r.link_steps_at[1]) <= :judged)",
    "desk_steps": f"({OWN} AND r.desk_steps_at[1] <= :judged)",
    "link_steps": f"({OWN} AND r.link_steps_at[1] <= :judged)",
    "closed_or_solved": f"(r.self_solved OR {CLOSED})",
    "in_grid": f"(r.self_solved OR {CLOSED} AND r.unit_id IN ({VOLUNTEERS}))",
}

OF_TURNS = {
    "made": "NOT a.by_rule",
    "kept": "(NOT a.by_rule AND NOT coalesce(b.taken_back, false))",
    "taken_back": "b.taken_back",
    "by_rule": "a.by_rule",
    "by_rule_taken_back": "(a.by_rule AND b.taken_back)",
}
ANSWERED = """EXISTS (
    SELECT FROM entry x
    WHERE x.ticket_id = e.ticket_id AND x.verb = 'supervision.answered' AND x.recorded_at <= :judged
      AND x.detail ->> 'order_id' = e.detail ->> 'order_id'
)"""
OF_ORDERS = {"made": "true", "unanswered": f"NOT {ANSWERED}"}
OF_PAST = {
    "accepted": "true",
    "closed": CLOSED,
    "due": f"(r.due_at IS NOT NULL AND ({CLOSED} OR r.due_at < :judged))",
    "closed_in_time": f"(r.due_at IS NOT NULL AND {CLOSED} AND r.done_at <= r.due_at)",
}

MINUTE, HOUR, DAY = 60, 3600, 86400
EDGES_S = (15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY, 14 * DAY)
"""Upper edges of the steps over which times are spread, in seconds; the last step has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """Rows of which is told how long they took. ``seconds`` from start to stop; ``where``: those that are done."""

    source: str
    seconds: str
    where: str

    @property
    def whole(self) -> str:
        """The set of all of them."""
        return f"{self.source}.spent"

    @property
    def steps(self) -> tuple[str, ...]:
        """The sets of each step of the ladder, named by its edges."""
        return tuple(f"{self.whole}_{since}_{until or 'more'}" for since, until in pairwise((0, *EDGES_S, None)))

    def sets(self) -> Iterator[tuple[str, str]]:
        """Each set with its condition."""
        yield self.whole, self.where
        for name, (since, until) in zip(self.steps, pairwise((None, *EDGES_S, None)), strict=True):
            least = "" if since is None else f" AND {self.seconds} >= {since}"
            most = "" if until is None else f" AND {self.seconds} < {until}"
            yield name, f"({self.where}{least}{most})"


TIMED: Mapping[str, Timed] = MappingProxyType(
    {
        **{
            kind.value: Timed(
                source=kind.value,
                seconds="extract(epoch FROM c.stopped_at - c.started_at)",
                where="(c.stopped_at IS NOT NULL AND c.is_final AND c.ended_by IS NULL)",
            )
            for kind in (ClockKind.ACKNOWLEDGE, ClockKind.RESPOND, ClockKind.RESOLVE, ClockKind.VERIFY)
        },
        "whole": Timed(
            source="ticket",
            seconds="extract(epoch FROM r.ended_at - r.accepted_at)",
            where=OF_TICKETS["ended_closed"],
        ),
    }
)
"""What is timed. ``whole``: from the acceptance of a ticket to its closing."""

SETS: Mapping[str, str] = MappingProxyType(
    {
        **{name: condition for timed in TIMED.values() for name, condition in timed.sets()},
        **{f"{kind.value}.{name}": condition for kind in TOLD for name, condition in OF_CLOCKS.items()},
        **{f"ticket.{name}": condition for name, condition in OF_TICKETS.items()},
        **{f"turn.{name}": condition for name, condition in OF_TURNS.items()},
        **{f"order.{name}": condition for name, condition in OF_ORDERS.items()},
        **{f"past.{name}": condition for name, condition in OF_PAST.items()},
        "open.all": "true",
        "open.near": "(o.near_breach_at <= :at AND o.breached_at IS NULL)",
        "open.breached": "o.breached_at IS NOT NULL",
        "send_back.refused": "q.outcome = 'refused'",
        "shirking.ruled": "true",
        "shelved.standing": f"coalesce({ON_SHELF}, false)",
    }
)

SUMMED: Mapping[str, str] = MappingProxyType(
    {
        "ticket.steps": _passed("r.steps_at"),
        "ticket.late_steps": _passed("r.late_steps_at"),
        "ticket.steps_for_unit": f"({_passed('r.desk_steps_at')} + {_passed('r.link_steps_at')})",
        "ticket.desk_steps": _passed("r.desk_steps_at"),
        "ticket.link_steps": _passed("r.link_steps_at"),
    }
)
"""Sets that count something of their rows instead of the rows."""


SPENT: Mapping[str, str] = MappingProxyType(
    {name: f"greatest({timed.seconds}, 0)" for timed in TIMED.values() for name, _ in timed.sets()}
)
"""Of the sets of times, how long each of their rows took, in seconds."""


def source_of(name: str) -> Source:
    """Raises: KeyError: no such set."""
    if name not in SETS:
        raise KeyError(name)
    return SOURCES[name.partition(".")[0]]
