"""The life of a ticket as it was agreed: each row works, each missing row is refused."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from types import MappingProxyType

import pytest

from agreed import AGREED, ANY_OPEN, FOUNDING
from gridward.domain.accounts import POLICY
from gridward.domain.errors import Conflict, Forbidden, NotFound
from gridward.domain.sla.advance import replay
from gridward.domain.tickets.bodies import FIELDS
from gridward.domain.tickets.decide import BY_PROGRAM, RULES, allowed
from gridward.domain.tickets.printing import as_json, as_markdown, as_mermaid
from gridward.domain.tickets.state import Request
from gridward.domain.tickets.table import ACTIONS, LIFECYCLE
from gridward.domain.tickets.words import OPEN, Intent, RequestKind, Status
from story import CAST, CLEANER, DISPATCHER, PROPERTY, SANITATION, Story, the

ROWS = [
    (intent, source, target)
    for intent, moves in AGREED.items()
    for sources, target in moves
    for source in sources.split()
]
MISSING = sorted(
    set(itertools.product(AGREED, (s.value for s in Status))) - {(intent, source) for intent, source, _ in ROWS}
)

ROADS: dict[Status, list[str]] = {
    Status.RECEIVED: ["file"],
    Status.ACCEPTED: ["file", "accept"],
    Status.ASSIGNED: ["file", "accept", "assign"],
    Status.IN_PROGRESS: ["file", "accept", "assign", "acknowledge"],
    Status.DEFERRED: ["file", "accept", "assign", "ask_defer", "grant_defer"],
    Status.SHELVED: ["file", "accept", "assign", "ask_shelve", "grant_shelve"],
    Status.RESOLVED: ["file", "accept", "assign", "resolve"],
    Status.SPLIT: ["file", "accept", "split"],
    Status.CLOSED: ["file", "accept", "assign", "resolve", "verify"],
    Status.REJECTED: ["file", "reject"],
    Status.CANCELLED: ["file", "accept", "cancel"],
    Status.MERGED: ["file", "accept", "assign", "merge"],
    Status.WITHDRAWN: ["file", "withdraw"],
}


def road_to(status: Status, condition_id: str = "built", *, late: bool = False) -> Story:
    story = Story(condition_id=condition_id)
    for intent in ROADS[status]:
        story.do("Tue+9 08:00" if late and intent in ("resolve", "verify") else "Mon 08:00", intent)
    assert story.status is status
    return story


def ready_for(intent: str, status: Status) -> Story:
    """A ticket in that status with whatever the step refers to: an open request, an order, a child, a breached clock."""
    story = road_to(status, "desk" if intent == "close_informed" else "built", late=intent == "appeal")
    assert story.ticket is not None
    state = story.ticket.state
    asked = [] if intent.startswith(("ask_", "appeal")) else list(RequestKind)
    requests = tuple(
        Request(
            request_id=the(kind),
            kind=kind,
            asked_at=state.received_at,
            received_at=state.received_at,
            actor_id=CLEANER.person_id if kind is not RequestKind.REOPEN else the("黄阿姨"),
            unit_id=state.assignment.unit_id if state.assignment else None,
            terms={
                "by": {"kind": "work_hour", "amount": 4},
                "until": "2026-03-04T00:00:00+00:00",
                "clock": "resolve-1-1",
            },
        )
        for kind in asked
    )
    children = tuple(replace(child, open=False) for child in state.children)
    if intent in ("child_ended",):
        children = state.children
    if intent == "return_to_split" and not children:
        from_split = road_to(Status.SPLIT).state.children
        children = tuple(replace(child, open=False) for child in from_split)
    state = replace(
        state,
        requests=requests,
        children=children,
        orders={the("order"): None},
        late_work=MappingProxyType({the("late"): state.received_at}),
        suspensions=MappingProxyType({the("typhoon"): (state.received_at, state.received_at)})
        if intent == "change_suspension"
        else state.suspensions,
        waits_for_reporter=True,
        waiting_turn=intent == "take_turn",
        unit_ids=state.unit_ids | ({SANITATION} if intent == "rule_shirking" else frozenset()),
    )
    story.ticket = replace(story.ticket, state=state)
    return story


WHEN = {"close_unverified": "Fri+1 10:00", "appeal": "Wed+9 08:00"}


@pytest.mark.parametrize(("intent", "source", "target"), ROWS)
def test_each_row_leads_where_it_should(intent: str, source: str, target: str) -> None:
    story = ready_for(intent, Status(source))
    before = story.state
    outcome = story.do(WHEN.get(intent, "Mon 08:10"), intent)
    if target == "back":
        assert story.status is Status.ASSIGNED
    elif target == "stays":
        assert story.status is Status(source)
    else:
        assert story.status is Status(target)
    verb = LIFECYCLE[Status(source), Intent(intent)].verb
    wished = intent == "withdraw" and target == "stays"
    assert ("report.withdrawal_wished" if wished else verb) in [fact.verb for fact in outcome.facts]
    assert story.state.version > before.version


@pytest.mark.parametrize(("intent", "source"), MISSING)
def test_each_missing_row_is_refused(intent: str, source: str) -> None:
    story = ready_for(intent, Status(source))
    before, facts = story.ticket, story.facts
    with pytest.raises(Conflict) as refused:
        story.do("Mon 08:10", intent)
    assert refused.value.code == ("ticket.merged" if source == "merged" else "ticket.not_a_step")
    assert (story.ticket, story.facts) == (before, facts)


@pytest.mark.parametrize("source", list(Status))
@pytest.mark.parametrize("intent", FOUNDING)
def test_a_ticket_is_founded_once(intent: str, source: Status) -> None:
    story = road_to(source)
    with pytest.raises(Conflict):
        story.do("Mon 08:10", intent)
    fresh = Story()
    fresh.do("Mon 08:10", intent)
    assert fresh.status == FOUNDING[intent]


@pytest.mark.parametrize("intent", AGREED)
def test_nothing_happens_to_a_ticket_that_is_not_there(intent: str) -> None:
    story = Story()
    with pytest.raises(NotFound, match=r"ticket\.unknown"):
        story.do("Mon 08:10", intent, replace(DISPATCHER, may=ACTIONS))


def test_every_intent_of_the_program_was_agreed() -> None:
    assert {intent.value for intent in Intent} == AGREED.keys() | FOUNDING.keys()
    assert set(FIELDS) == set(Intent)
    assert set(RULES) == {Intent(intent) for intent in AGREED}


def test_the_policy_has_a_row_for_every_step() -> None:
    assert POLICY.keys() >= ACTIONS


@pytest.mark.parametrize("intent", [*FOUNDING, *AGREED])
def test_nobody_steps_without_the_right(intent: str) -> None:
    """Each of the cast, against the policy table: who has no cell in the row is told so, whatever the status."""
    action = next(t.action for (_, i), t in LIFECYCLE.items() if i == intent)
    for acting in CAST:
        if action in acting.may:
            continue
        source = next((s for i, s, _ in ROWS if i == intent), None)
        story = ready_for(intent, Status(source)) if source else Story()
        with pytest.raises(Forbidden, match="not_permitted"):
            story.do("Mon 08:10", intent, acting)


def test_only_what_leads_somewhere_is_offered() -> None:
    """Every button on every screen is a cell of the table, and a right of the person in front of it."""
    for status in Status:
        story = road_to(status)
        for acting in CAST:
            for transition in allowed(story.state, acting):
                assert (status, transition.intent) in LIFECYCLE
                assert transition.action in acting.may
                assert transition.intent not in BY_PROGRAM
    assert allowed(road_to(Status.WITHDRAWN).state, DISPATCHER)


def test_printed_table_is_the_whole_table() -> None:
    printed = json.loads(json.dumps(as_json()))
    assert {
        (source, intent, tuple(targets)) for intent, row in printed.items() for source, targets in row["moves"].items()
    } == {
        (s.value if s else "none", i.value, tuple(x.value for x in Status if x in t.targets))
        for (s, i), t in LIFECYCLE.items()
    }
    assert as_mermaid().startswith("stateDiagram-v2")
    table = as_markdown().splitlines()
    assert len(table) == len(Intent) + 2
    assert all(line.count(" | ") == 4 for line in table[2:])


TOUCHED_BY = {"unit": {"acknowledge", "respond", "milestone", "resolve"}}


@pytest.mark.parametrize(("intent", "source", "_target"), ROWS)
def test_a_step_touches_only_the_clocks_that_its_row_names(intent: str, source: str, _target: str) -> None:
    story = ready_for(intent, Status(source))
    assert story.ticket is not None
    before = {clock.key: clock for clock in story.ticket.clocks.clocks}
    outcome = story.do(WHEN.get(intent, "Mon 08:10"), intent)
    own = [f for f in outcome.facts if f.detail.get("intent") == intent]
    named = {kind for _, kind in LIFECYCLE[Status(source), Intent(intent)].clocks}
    kinds = named | {kind for name in named for kind in TOUCHED_BY.get(name, ())}
    assert own
    marks = ("breached_at", "lifted_at", "lift_why", "reminded")
    for clock in story.ticket.clocks.clocks:
        old = before.get(clock.key)
        unmarked = replace(clock, **{name: getattr(old or clock, name) for name in marks})
        if unmarked != old:
            assert clock.kind.value in kinds, f"{intent} moved {clock.key}"


def test_open_is_what_was_called_open() -> None:
    assert {status.value for status in OPEN} == set(ANY_OPEN.split())


def test_replay_of_every_road() -> None:
    for status in Status:
        story = road_to(status)
        assert story.ticket is not None
        assert replay(story.facts, story.terms) == story.ticket.clocks


def test_the_units_of_a_split_are_units_of_the_ticket() -> None:
    assert PROPERTY in road_to(Status.SPLIT).state.unit_ids
