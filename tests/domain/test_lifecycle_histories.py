"""Random histories: all intents, legal and not, by anybody, with gaps, late sending, and a sweep that comes or does not.

What must hold is checked against the agreed table, against a replay, and against a second way of counting.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from agreed import AGREED, FOUNDING
from gridward.domain.accounts import Role
from gridward.domain.errors import Refusal
from gridward.domain.facts import Fact
from gridward.domain.sla.advance import replay
from gridward.domain.sla.clocks import UNIT_KINDS, Clock
from gridward.domain.sla.ledger import ledger
from gridward.domain.sla.sweep import is_late
from gridward.domain.standards import ClockKind, LimitKind
from gridward.domain.tickets.act import Outcome, next_step_at, settled
from gridward.domain.tickets.apply import apply, fold
from gridward.domain.tickets.table import transitions_from
from gridward.domain.tickets.whose import Hand, age, pieces, whose_time
from gridward.domain.tickets.words import Intent, RequestKind, Status
from proof.sizes import size
from story import (
    CAST,
    CLEANER,
    KINDS,
    LAST_RESORT,
    PHOTO,
    PORTER,
    PROPERTY,
    SANITATION,
    SECOND_SUPERVISOR,
    STEWARD,
    Story,
    at,
    may,
    the,
)

BOTH_HATS = replace(
    STEWARD, person_id=the("两顶帽子"), may=may(Role.steward, Role.unit_lead), unit_ids=frozenset({SANITATION})
)
EVERYBODY = (*CAST, BOTH_HATS, SECOND_SUPERVISOR)
UNITS = (SANITATION, PROPERTY, SANITATION, PROPERTY, LAST_RESORT)
HOURLY = ("litter", "desk", "phone", "short")
OTHERS = ("cover", "days", "built", "anew", "free")
SPANS = (
    {"kind": "work_hour", "amount": 4},
    {"kind": "work_day", "amount": 1},
    {"kind": "urgent_hour", "amount": "5/2"},
)


@dataclass(frozen=True)
class Move:
    """One thing somebody tries: ``legal`` picks among the steps of the table, otherwise among all intents."""

    gap: timedelta
    legal: bool
    pick: int
    by: int | None
    late: timedelta | None
    sweep_after: timedelta | None
    vary: int


def plan(seed: int, moves: int) -> list[Move]:
    """A plan from a seed; a shorter one is the beginning of a longer one, so a failure shrinks to its last move."""
    dice = Random(seed)
    return [
        Move(
            gap=gap(dice),
            legal=dice.random() < 0.8,
            pick=dice.randrange(10_000),
            by=dice.randrange(len(EVERYBODY)) if dice.random() < 0.15 else None,
            late=timedelta(seconds=dice.randint(1, 400_000)) if dice.random() < 0.3 else None,
            sweep_after=gap(dice) if dice.random() < 0.3 else None,
            vary=dice.randrange(1000),
        )
        for _ in range(moves)
    ]


def gap(dice: Random) -> timedelta:
    (most,) = dice.choices([0, 1_800, 7_200, 40_000, 1_500_000], weights=[2, 4, 4, 3, 1])
    return timedelta(seconds=dice.randint(0, most))


PLANS = st.builds(plan, st.integers(0, 2**32), st.integers(1, 35))
WORK = (
    Intent.ACCEPT,
    Intent.ASSIGN,
    Intent.ACKNOWLEDGE,
    Intent.RESOLVE,
    Intent.VERIFY,
    Intent.REWORK,
    Intent.GRANT_EXTEND,
    Intent.GRANT_DEFER,
    Intent.GRANT_SHELVE,
    Intent.SEND_BACK,
    Intent.ASK_EXTEND,
    Intent.ASK_DEFER,
    Intent.ASK_SHELVE,
    Intent.RESUME,
    Intent.UNMERGE,
    Intent.RESTORE,
    Intent.REOPEN,
)
DULL = frozenset({"note", "add_photo", "hide_photo", "urge", "supervise", "join", "part", "answer_supervision"})


@dataclass
class History:
    """A story in which every attempt is allowed to fail, but only by a refusal."""

    story: Story
    conditions: tuple[str, ...]
    sweeping: bool = True
    now: datetime = field(default_factory=lambda: at("Mon 07:30"))
    refused: Counter[str] = field(default_factory=Counter)

    def live(self, moves: list[Move]) -> History:
        self.story.condition_id = self.conditions[moves[0].vary % len(self.conditions)] if moves else "litter"
        self.story.do(self.now, Intent.FILE)
        for move in moves:
            self.now += move.gap
            self.attempt(move)
            if move.sweep_after is not None:
                self.now += move.sweep_after
                if self.sweeping:
                    self.story.sweep(self.now)
        self.story.sweep(self.now)
        return self

    def attempt(self, move: Move) -> None:
        intent = self.chosen(move)
        acting = None if move.by is None else EVERYBODY[move.by]
        captured = None if move.late is None else self.now - move.late
        before = self.story.ticket, self.story.facts
        try:
            self.story.do(
                self.now, intent, acting, captured=captured, draw=move.vary / 1000, **self.varied(intent, move)
            )
        except Refusal as refusal:
            self.refused[refusal.code] += 1
            assert before == (self.story.ticket, self.story.facts)

    @property
    def seen(self) -> Outcome:
        """The ticket as it stands now, swept or not: what people do must not hang on when a sweep came by."""
        assert self.story.ticket is not None
        return settled(self.story.ticket, self.now, self.story.terms)

    def chosen(self, move: Move) -> Intent:
        if not move.legal:
            return list(Intent)[move.pick % len(Intent)]
        steps = [t.intent for t in transitions_from(Status(self.seen.state.status)) if self.sensible(t.intent)]
        likely = [intent for intent in WORK if intent in steps]
        likely += [Intent.ASSIGN] * (3 * (Intent.ASSIGN in likely))
        pending = [intent for intent in steps if self.answers(intent)]
        pool = (pending or steps, likely or steps, steps)[move.pick % 3]
        return pool[move.pick // 3 % len(pool)] if pool else Intent.NOTE

    def answers(self, intent: Intent) -> bool:
        """Whether the step answers something that was asked on this ticket."""
        state = self.seen.state
        if intent is Intent.ANSWER_MORE:
            return bool(state.waits_for_reporter)
        if intent in (Intent.EXEMPT, Intent.REFUSE_APPEAL, Intent.WITHDRAW_APPEAL):
            return state.request(RequestKind.APPEAL) is not None
        verb, _, kind = intent.value.partition("_")
        open_ = kind in set(RequestKind) and state.request(RequestKind(kind)) is not None
        return open_ and verb in ("grant", "refuse", "withdraw")

    def sensible(self, intent: Intent) -> bool:
        """Decisions where there is something to decide; the rest is tried by the moves that are not legal."""
        verb, _, kind = intent.value.partition("_")
        if kind in set(RequestKind) and verb in ("grant", "refuse", "withdraw", "ask"):
            return (self.seen.state.request(RequestKind(kind)) is None) == (verb == "ask")
        if intent is Intent.SEND_BACK:
            return self.seen.state.request(RequestKind.SEND_BACK) is not None
        return intent.value not in DULL

    def varied(self, intent: Intent, move: Move) -> dict[str, Any]:
        match intent:
            case Intent.ASSIGN:
                unit = UNITS[move.vary % len(UNITS)]
                role = "last_resort" if unit == LAST_RESORT else "lead"
                return {"unit_id": unit, "unit_kind": KINDS[unit], "role": role}
            case Intent.ACCEPT | Intent.CORRECT:
                return {"condition_id": self.conditions[move.vary % len(self.conditions)]}
            case Intent.ASK_EXTEND:
                return {"by": SPANS[0 if self.conditions == HOURLY else move.vary % len(SPANS)]}
            case Intent.ASK_DEFER | Intent.ASK_SHELVE:
                return {"until": (self.now + timedelta(hours=1 + move.vary % 300)).isoformat()}
            case Intent.GRANT_DEFER | Intent.GRANT_EXTEND:
                return {"form": [PHOTO]} if move.vary % 2 else {}
            case Intent.SUSPEND:
                start = self.now - timedelta(hours=move.vary % 30)
                end = start + timedelta(hours=1 + move.vary % 70)
                return {"from": start.isoformat(), "to": end.isoformat()}
            case Intent.CHANGE_SUSPENSION:
                return {"to": (self.now + timedelta(hours=move.vary % 48 - 24)).isoformat()}
            case Intent.VERIFY:
                return {"way": ("spot", "desk", "phone")[move.vary % 3], "call": "说好了"}
            case Intent.APPEAL:
                known = self.seen.clocks.clocks
                clocks = [c.key for c in known if c.breached and c.kind in UNIT_KINDS]
                return {"clock": clocks[move.vary % len(clocks)]} if clocks else {}
            case Intent.FINISH_SPLIT:
                return {"stopped_at": self.now.isoformat()}
            case _:
                return {}


def stepped(facts: tuple[Fact, ...]) -> Iterator[tuple[str | None, Fact]]:
    """Each fact with the status before it."""
    status: str | None = None
    for fact in facts:
        yield status, fact
        status = fact.status or status


def check_path(facts: tuple[Fact, ...]) -> None:
    """Every change of status is a row of the agreed table."""
    before_merge: str | None = None
    for status, fact in stepped(facts):
        if fact.status is None or fact.status == status:
            continue
        intent = fact.detail["intent"]
        if status is None:
            assert FOUNDING[intent] == fact.status
            continue
        targets = {target for sources, target in AGREED[intent] if status in sources.split()}
        if fact.status == "merged":
            before_merge = status
        assert fact.status in targets or (targets == {"back"} and fact.status == before_merge), (
            status,
            intent,
            fact.status,
        )


def check_replay(story: Story) -> None:
    """The facts, written down and read again, give the same ticket and the same clocks."""
    assert story.ticket is not None
    read = tuple(replace(fact, detail=json.loads(json.dumps(fact.detail))) for fact in story.facts)
    assert fold(read) == story.ticket.state
    assert replay(read, story.terms) == story.ticket.clocks


def check_time(story: Story, now: datetime) -> None:
    """Every second of the age is in one hand; every clock's ledger is gapless and adds up to what it counted."""
    assert story.ticket is not None
    spent = whose_time(story.facts, now)
    assert sum(spent.values(), timedelta()) == age(story.facts, now)
    parts = pieces(story.facts, now)
    assert all(a.end <= b.start for a, b in pairwise(parts))
    for clock in story.ticket.clocks.clocks:
        book = ledger(clock, story.terms, now)
        assert sum((line.span for line in book.lines if line.counted), timedelta()) == book.counted
        assert sum((line.span for line in book.lines), timedelta()) == book.until - clock.started_at
        edges = [(line.start, line.end) for line in book.lines]
        assert all(a[1] == b[0] for a, b in pairwise(edges))
        if book.left is not None and clock.voided_at is None:
            assert book.left <= timedelta() if is_late(clock, now) else book.left >= timedelta()


def check_marks(story: Story, now: datetime) -> None:
    """Reminders once; breaches once per due time, with that time; what is recorded is what is true."""
    assert story.ticket is not None
    told = Counter((f.detail["clock"], f.detail["step"]) for f in story.facts if f.verb == "clock.reminded")
    assert not [key for key, times in told.items() if times > 1]
    last: dict[str, str | None] = {}
    for fact in story.facts:
        if fact.verb == "clock.breached":
            assert fact.detail["breached_at"] != last.get(fact.detail["clock"])
            assert fact.instant("breached_at") == fact.occurred_at
            last[fact.detail["clock"]] = fact.detail["breached_at"]
        elif fact.verb == "clock.breach_lifted":
            assert last[fact.detail["clock"]] is not None
            last[fact.detail["clock"]] = None
    clocks = story.ticket.clocks
    assert all(held.kind in ("extend", "defer", "shelve") for held in clocks.held if held.clocks)
    for clock in clocks.clocks:
        if clock.voided_at is None and not clocks.is_held(clock):
            assert clock.breached == is_late(clock, now)
        if clock.breached:
            assert clock.breached_at == clock.due_at
        if clock.stopped_at is not None:
            assert clock.started_at <= clock.stopped_at <= now


def check_people(facts: tuple[Fact, ...]) -> None:
    """Nobody verifies the work of the own unit; a kind of request is open once; nothing personal is in a fact."""
    state = None
    units = {a.person_id: a.unit_ids for a in (BOTH_HATS, CLEANER, PORTER)}
    for fact in facts:
        if fact.verb in ("ticket.verified", "ticket.reworked"):
            assert state is not None
            assert not units.get(fact.actor_id, frozenset()) & state.unit_ids
        state = apply(state, fact)
        kinds = [request.kind for request in state.requests]
        assert len(kinds) == len(set(kinds))
        assert fact.occurred_at <= fact.recorded_at
        assert "因为" not in json.dumps(fact.detail, ensure_ascii=False)


def check_sweep(story: Story, now: datetime) -> None:
    """Swept twice nothing is added; before the announced instant there is nothing to do."""
    assert story.ticket is not None
    assert not settled(story.ticket, now, story.terms).facts
    upcoming = next_step_at(story.state, story.ticket.clocks, story.terms)
    assert upcoming is None or upcoming >= now
    quiet = (upcoming - timedelta(seconds=1)) if upcoming else now + timedelta(days=400)
    if quiet > now:
        assert not settled(story.ticket, quiet, story.terms).facts


def in_the_unit(story: Story, clock: Clock, now: datetime) -> timedelta:
    """What a clock of a unit should have counted, from the hands that the ticket was in: a second way of counting."""
    mine: list[tuple[datetime, datetime]] = []
    state = None
    ends = [fact.recorded_at for fact in story.facts[1:]] + [now]
    for fact, end in zip(story.facts, ends, strict=True):
        state = apply(state, fact)
        unit = state.assignment.unit_id if state.assignment else None
        if state.round == clock.round and unit == clock.unit_id:
            mine.append((fact.recorded_at, end))
    measure = story.terms.measure(clock)
    until = min(clock.voided_at or now, clock.stopped_at or now)
    total = timedelta()
    for piece in pieces(story.facts, now):
        for start, end in mine if piece.hand is Hand.UNIT else ():
            a, b = max(piece.start, start), min(piece.end, end, until)
            if b > a:
                total += measure.between(a, b)
    return total


def check_nothing_gained(story: Story, now: datetime) -> None:
    """A resolve clock counts exactly the time that its unit had the ticket, whatever was said done, asked or passed on."""
    assert story.ticket is not None
    if any(fact.verb == "late_work.accepted" for fact in story.facts):
        return
    check_waiting(story.facts)
    for clock in story.ticket.clocks.clocks:
        if clock.kind is ClockKind.RESOLVE and clock.limit.kind is LimitKind.WORK_HOUR and clock.void_why != "correct":
            counted = ledger(clock, story.terms, now).counted
            assert counted == in_the_unit(story, clock, now), clock.key


def check_waiting(facts: tuple[Fact, ...]) -> None:
    """No breach of a clock while a request that was asked in time waits for its answer; passing on holds nothing up."""
    waiting: dict[str, datetime] = {}
    breached: set[str] = set()
    for fact in facts:
        detail = fact.detail
        if fact.verb == "request.asked" and detail["kind"] in ("extend", "defer", "shelve"):
            waiting[detail["request_id"]] = fact.occurred_at
        elif fact.verb.startswith("request."):
            waiting.pop(detail["request_id"], None)
        elif fact.verb == "clock.breach_lifted":
            breached.discard(detail["clock"])
        elif fact.verb == "clock.breached" and detail["kind"] in ("resolve", "overall"):
            in_time = [asked for asked in waiting.values() if asked <= fact.occurred_at]
            assert detail["clock"] in breached or not in_time
            breached.add(detail["clock"])


def check(history: History) -> None:
    story, now = history.story, history.now
    check_path(story.facts)
    check_replay(story)
    check_time(story, now)
    check_marks(story, now)
    check_people(story.facts)
    check_sweep(story, now)


SETTINGS = settings(
    max_examples=size(100, 5_000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@SETTINGS
@given(PLANS)
def test_any_history_keeps_the_rules(moves: list[Move]) -> None:
    history = History(Story(), HOURLY + OTHERS).live(moves)
    event(str(history.story.status))
    check(history)


@SETTINGS
@given(PLANS)
def test_no_clock_gains_time(moves: list[Move]) -> None:
    history = History(Story(), HOURLY).live(moves)
    check(history)
    check_nothing_gained(history.story, history.now)


def marks(story: Story) -> Counter[tuple[Any, ...]]:
    return Counter(
        (f.verb, f.detail["clock"], f.detail.get("step"), f.detail.get("breached_at"))
        for f in story.facts
        if f.verb in ("clock.reminded", "clock.breached", "clock.breach_lifted")
    )


@SETTINGS
@given(PLANS, st.sets(st.integers(0, 30)))
def test_a_sweep_that_was_killed_changes_nothing_that_is_recorded(moves: list[Move], killed: set[int]) -> None:
    """The same history with every sweep, with none, and with some: the same reminders, breaches and lifts."""
    every = History(Story(), HOURLY + OTHERS).live(moves)
    none = History(Story(), HOURLY + OTHERS, sweeping=False).live(moves)
    some = [
        replace(m, gap=m.gap, sweep_after=None) if n in killed and m.sweep_after is None else m
        for n, m in enumerate(moves)
    ]
    assert marks(every.story) == marks(none.story)
    assert marks(every.story) == marks(History(Story(), HOURLY + OTHERS).live(some).story)
    times = {(f.detail["clock"], f.detail["step"]): f.occurred_at for f in every.story.of("clock.reminded")}
    assert times == {(f.detail["clock"], f.detail["step"]): f.occurred_at for f in none.story.of("clock.reminded")}


def test_the_histories_go_everywhere() -> None:
    """The generator is no use if it stays on the shore: every status, and nearly every intent, is reached."""
    stories = [History(Story(), HOURLY).live(plan(seed, 30)).story for seed in range(120)]
    assert {fact.status for story in stories for fact in story.facts if fact.status} == {
        status.value for status in Status
    }
    taken = {fact.detail["intent"] for story in stories for fact in story.facts if "intent" in fact.detail}
    assert len(taken) > len(Intent) - 15
