"""The rules inside the steps, each as a short story with the cast: what is refused, and what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from gridward.domain.accounts import Role
from gridward.domain.errors import Conflict, Forbidden, Malformed, Refusal
from gridward.domain.facts import Fact
from gridward.domain.sla.advance import replay
from gridward.domain.standards import ClockKind, Verification
from gridward.domain.sync import Seen
from gridward.domain.tickets.act import Outcome, act, catch_up, next_step_at
from gridward.domain.tickets.bodies import read_body
from gridward.domain.tickets.decide import allowed
from gridward.domain.tickets.rules_split import children_of
from gridward.domain.tickets.step import Moment
from gridward.domain.tickets.whose import Hand, age, whose_time
from gridward.domain.tickets.words import Closing, Intent, RequestKind, Status
from story import (
    CLEANER,
    DISPATCHER,
    LAST_RESORT,
    PHOTO,
    PORTER,
    PROGRAM,
    PROPERTY,
    REPORTER,
    SANITATION,
    SHIFT_LEADER,
    STEWARD,
    SUPERVISOR,
    Story,
    at,
    may,
    person,
    the,
)


def closed(condition_id: str = "litter") -> Story:
    story = Story(condition_id=condition_id).opened("Mon 08:00")
    story.do("Mon 09:00", "resolve")
    story.do("Mon 10:00", "verify")
    return story


def later(story: Story, days: float) -> str:
    return (at("Mon 10:00") + timedelta(days=days)).isoformat()


# Who ---------------------------------------------------------------------------------------------------------------------


def test_nobody_of_a_unit_on_the_ticket_verifies() -> None:
    """Not the unit that worked, nor one that had it before and knows how to spoil it."""
    both = replace(STEWARD, may=may(Role.steward, Role.unit_worker))
    for unit in (SANITATION, PROPERTY):
        story = Story().opened("Mon 08:00")
        story.do("Mon 08:10", "assign", unit_id=PROPERTY, unit_kind="estate")
        story.do("Mon 09:00", "resolve", PORTER)
        for intent in ("verify", "rework"):
            with pytest.raises(Forbidden, match=r"verify\.own_unit"):
                story.do("Mon 09:30", intent, replace(both, unit_ids=frozenset({unit})))
        story.do("Mon 09:30", "verify", replace(both, unit_ids=frozenset({LAST_RESORT})))


def test_a_steward_checks_no_report_of_ones_own() -> None:
    story = Story()
    story.do("Mon 08:00", "file", reporter_id=STEWARD.person_id)
    with pytest.raises(Forbidden, match=r"check\.own_report"):
        story.do("Mon 08:10", "check")


def test_only_the_asker_takes_a_request_back() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 08:10", "ask_extend")
    with pytest.raises(Forbidden, match=r"request\.not_yours"):
        story.do("Mon 08:20", "withdraw_extend", replace(PORTER, may=CLEANER.may))
    story.do("Mon 08:20", "withdraw_extend")
    assert not story.state.requests


def test_who_grants_is_a_table_of_the_standard() -> None:
    story = Story().opened("Mon 08:00")
    until = at("Fri 18:00").isoformat()
    story.do("Mon 08:10", "ask_defer", until=until)
    with pytest.raises(Forbidden, match=r"request\.not_yours_to_grant"):
        story.do("Mon 08:20", "grant_defer", SHIFT_LEADER)
    with pytest.raises(Malformed, match=r"evidence\.missing"):
        story.do("Mon 08:20", "grant_defer", SUPERVISOR)
    story.do("Mon 08:20", "grant_defer", SUPERVISOR, form=[PHOTO])
    assert story.status is Status.DEFERRED


def test_the_second_extension_is_not_for_the_shift_leader_and_there_is_no_third() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 08:10", "ask_extend")
    with pytest.raises(Conflict, match=r"request\.open"):
        story.do("Mon 08:11", "ask_extend")
    story.do("Mon 08:20", "grant_extend")
    story.do("Mon 08:30", "ask_extend")
    with pytest.raises(Forbidden):
        story.do("Mon 08:40", "grant_extend", SHIFT_LEADER)
    story.do("Mon 08:40", "grant_extend", SUPERVISOR, form=[PHOTO])
    with pytest.raises(Refusal, match=r"extend\.too_many"):
        story.do("Mon 08:50", "ask_extend")
    assert story.clock("resolve").due_at == at("Tue 12:00")


# Stale -------------------------------------------------------------------------------------------------------------------


def test_a_step_on_a_ticket_that_was_moved_is_stale() -> None:
    story = Story().opened("Mon 08:00")
    seen = Seen(assignment_id=story.state.assignment_id)
    story.do("Mon 08:10", "assign", unit_id=PROPERTY, unit_kind="estate")
    with pytest.raises(Conflict, match=r"ticket\.stale_assignment") as refused:
        story.do("Mon 09:00", "resolve", replace(CLEANER, unit_ids=frozenset({PROPERTY})), seen=seen)
    assert refused.value.facts["current"] == str(story.state.assignment_id)
    story.do("Mon 09:00", "note", seen=seen)


def test_done_sent_twice_across_a_rework_is_stale() -> None:
    story = Story().opened("Mon 08:00")
    seen = Seen(assignment_id=story.state.assignment_id)
    story.do("Mon 09:00", "resolve", seen=seen)
    story.do("Mon 09:30", "rework")
    with pytest.raises(Conflict, match=r"ticket\.stale_assignment"):
        story.do("Mon 09:31", "resolve", captured="Mon 09:10", seen=seen)


def test_a_verification_is_of_the_resolution_that_was_seen() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 09:00", "resolve")
    seen = Seen(resolution_id=story.state.resolution_id)
    story.do("Mon 09:30", "rework", seen=seen)
    story.do("Mon 10:00", "resolve")
    with pytest.raises(Conflict, match=r"ticket\.stale_resolution"):
        story.do("Mon 10:10", "verify", seen=seen)


def test_steps_on_a_merged_ticket_say_where_it_went() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 08:10", "merge")
    with pytest.raises(Conflict, match=r"ticket\.merged") as refused:
        story.do("Mon 09:00", "resolve")
    assert refused.value.facts["into"] == str(the("target"))


# Send-back ---------------------------------------------------------------------------------------------------------------


def test_a_send_back_is_asked_soon_and_once() -> None:
    late = Story().opened("Mon 11:45")
    late.do("Mon 14:15", "ask_send_back")
    too_late = Story().opened("Mon 11:45")
    with pytest.raises(Refusal, match=r"send_back\.too_late"):
        too_late.do("Mon 14:15:01", "ask_send_back")
    late.do("Mon 14:20", "refuse_send_back")
    with pytest.raises(Refusal, match=r"send_back\.asked_already"):
        late.do("Mon 14:20", "ask_send_back")


def test_an_urgent_one_is_sent_back_within_half_its_limit() -> None:
    """At night no working time passes, but half of two urgent hours does."""
    story = Story(condition_id="cover").opened("Fri 22:00")
    story.do("Fri 23:00", "ask_send_back")
    slow = Story(condition_id="cover").opened("Fri 22:00")
    with pytest.raises(Refusal, match=r"send_back\.too_late"):
        slow.do("Fri 23:00:01", "ask_send_back")


def test_after_two_send_backs_the_last_resort_acts_first() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 08:05", "ask_send_back")
    story.do("Mon 08:10", "send_back", ownership_unknown=None, whose_unit_id=PROPERTY)
    story.do("Mon 08:15", "assign", unit_id=PROPERTY, unit_kind="estate")
    assert story.state.answerable_unit_id == SANITATION, "until the next has taken it, the first keeps the place safe"
    story.do("Mon 08:20", "ask_send_back")
    story.do("Mon 08:25", "send_back", ownership_unknown=None, whose_unit_id=SANITATION)
    with pytest.raises(Refusal, match=r"assign\.last_resort_first"):
        story.do("Mon 08:30", "assign")
    story.do("Mon 08:30", "assign", unit_id=LAST_RESORT, unit_kind="street", role="last_resort")
    story.do("Mon 08:40", "assign", unit_id=PROPERTY, unit_kind="estate")


def test_nobodys_place_goes_to_the_last_resort_at_once() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 08:05", "ask_send_back")
    story.do("Mon 08:10", "send_back")
    with pytest.raises(Refusal, match=r"assign\.last_resort_first"):
        story.do("Mon 08:30", "assign")


# What a step must bring ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("intent", "missing"),
    [
        ("reject", {"answer": None}),
        ("assign", {"reason": None}),
        ("cancel", {"photos": None}),
        ("cancel", {"reason": None}),
        ("correct", {"grid_id": None}),
        ("acknowledge", {}),
    ],
)
def test_what_is_missing_is_named(intent: str, missing: dict[str, None]) -> None:
    story = Story()
    story.do("Mon 08:00", "file")
    if intent != "reject":
        story.do("Mon 08:00", "accept")
    if intent == "acknowledge":
        story.do("Mon 08:00", "assign")
    with pytest.raises(Malformed):
        story.do("Mon 08:10", intent, DISPATCHER, **missing)


def test_the_desk_takes_it_for_the_unit_and_that_is_marked() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 08:10", "acknowledge", DISPATCHER, taken_by="老李", call="08:08 老李说马上去")
    assert story.of("ticket.acknowledged")[0].detail["on_behalf"] is True
    assert "老李" not in str(story.of("ticket.acknowledged")[0].detail)


def test_who_acts_for_a_unit_says_who_told_it_and_what_proves_it() -> None:
    """A call is enough where the desk only heard of it, and then somebody goes and looks."""
    alone = {"photos": None}
    for intent in ("acknowledge", "arrive", "resolve"):
        story = Story(condition_id="desk").opened("Mon 08:00")
        with pytest.raises(Malformed, match=r"body\.missing"):
            story.do("Mon 08:10", intent, DISPATCHER, call="办好了", taken_by=None, **alone)
        with pytest.raises(Malformed, match=r"body\.needs_one_of"):
            story.do("Mon 08:10", intent, DISPATCHER, taken_by="老李", **alone)
        story.do("Mon 08:10", intent, DISPATCHER, taken_by="老李", call="办好了", **alone)
        fact = story.facts[-1]
        assert (fact.detail["on_behalf"], fact.occurred_at) == (True, at("Mon 08:10"))
    assert (fact.detail["way"], fact.detail["way_why"]) == ("spot", "no_photo")
    with pytest.raises(Malformed, match=r"body\.needs_one_of"):
        Story().opened("Mon 08:00").do("Mon 08:10", "arrive", call="到了", photos=None)


def test_a_stage_that_the_unit_told_by_telephone_is_reached_and_not_late() -> None:
    """制止 within the hour: a unit that never signs in had no way to say so, and each of its tickets was overdue."""
    story = Story(condition_id="built").opened("Mon 08:00")
    with pytest.raises(Malformed, match=r"body\.missing"):
        story.do("Mon 08:30", "reach", DISPATCHER, number=1, photos=None, call="08:28 老李说围好了")
    with pytest.raises(Malformed, match=r"body\.needs_one_of"):
        story.do("Mon 08:30", "reach", DISPATCHER, number=1, photos=None, taken_by="老李")
    story.do("Mon 08:30", "reach", DISPATCHER, number=1, photos=None, taken_by="老李", call="08:28 老李说围好了")
    assert story.of("milestone.reached")[0].detail["on_behalf"] is True
    story.sweep("Tue 12:00")
    assert not story.of("clock.breached", "milestone")


@pytest.mark.parametrize("kind", ["send_back", "extend", "defer", "shelve"])
def test_the_desk_asks_for_a_unit_and_somebody_else_decides(kind: str) -> None:
    both = person("赵值班", Role.dispatcher, Role.shift_leader, Role.supervisor)
    other = person("钱值班", Role.dispatcher, Role.shift_leader, Role.supervisor)
    story = Story().opened("Mon 08:00")
    told = {"taken_by": "老李", "call": "08:08 老李说做不了"}
    with pytest.raises(Malformed, match=r"body\.missing"):
        story.do("Mon 08:10", f"ask_{kind}", both)
    with pytest.raises(Malformed, match=r"body\.needs_one_of"):
        story.do("Mon 08:10", f"ask_{kind}", both, taken_by="老李")
    story.do("Mon 08:10", f"ask_{kind}", both, **told)
    asked = story.of("request.asked")[0].detail
    assert (asked["on_behalf"], asked["unit_id"]) == (True, str(SANITATION))
    grant = "send_back" if kind == "send_back" else f"grant_{kind}"
    assert grant not in [one.intent for one in allowed(story.state, both)]
    assert f"withdraw_{kind}" in [one.intent for one in allowed(story.state, both)]
    with pytest.raises(Forbidden, match=r"request\.own"):
        story.do("Mon 08:20", grant, both)
    story.do("Mon 08:20", grant, other)
    assert story.state.requests == ()


def test_done_brings_what_the_condition_asks_for() -> None:
    story = Story(condition_id="phone").opened("Mon 08:00")
    with pytest.raises(Malformed, match=r"evidence\.missing"):
        story.do("Mon 09:00", "resolve", answer=None)
    story.do("Mon 09:00", "resolve", photos=None)
    with pytest.raises(Malformed, match=r"evidence\.missing"):
        story.do("Mon 09:30", "verify", DISPATCHER, way="phone", photos=None)
    story.do("Mon 09:30", "verify", DISPATCHER, way="phone", photos=None, call="她说好了")
    assert story.state.closing is Closing.VERIFIED


@pytest.mark.parametrize(
    ("condition_id", "draw", "reworked", "way"),
    [
        ("desk", 0.9, False, Verification.DESK),
        ("desk", 0.19, False, Verification.SPOT),
        ("desk", 0.2, False, Verification.DESK),
        ("desk", 0.9, True, Verification.SPOT),
        ("phone", 0.9, False, Verification.PHONE),
        ("cover", 0.9, False, Verification.SPOT),
    ],
)
def test_how_done_is_checked(condition_id: str, draw: float, reworked: bool, way: Verification) -> None:
    story = Story(condition_id=condition_id).opened("Mon 08:00")
    if reworked:
        story.do("Mon 08:10", "resolve")
        story.do("Mon 08:20", "rework")
    story.do("Mon 08:30", "resolve", draw=draw)
    assert story.state.resolution.way == way
    other = {"spot": "desk", "desk": "phone", "phone": "desk"}[way]
    with pytest.raises(Refusal, match=r"verify\.way"):
        story.do("Mon 08:40", "verify", way=other, call="好")
    story.do("Mon 08:40", "verify", way="spot")


def test_a_desk_check_needs_a_picture_to_compare() -> None:
    story = Story(condition_id="desk").opened("Mon 08:00")
    story.do("Mon 08:30", "resolve")
    story.do("Mon 08:40", "verify", DISPATCHER, way="desk", photos=None)
    assert story.status is Status.CLOSED


def test_far_from_the_place_is_marked_and_never_refused() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 08:30", "arrive", lon=113.1, lat=23.0, accuracy_m=30.0, given={"distance_m": 231.0})
    assert story.of("ticket.arrived")[0].detail["marks"] == ["far"]
    near = Story().opened("Mon 08:00")
    near.do("Mon 08:30", "arrive", lon=113.1, lat=23.0, accuracy_m=30.0, given={"distance_m": 230.0})
    assert "marks" not in near.of("ticket.arrived")[0].detail


def test_a_distance_from_outside_is_not_believed() -> None:
    with pytest.raises(Malformed, match=r"body\.unknown_field"):
        read_body(Intent.RESOLVE, {"photos": [PHOTO], "distance_m": 1.0})


@pytest.mark.parametrize(
    ("intent", "raw"),
    [
        (Intent.ASK_EXTEND, {"reason": "parts", "by": {"kind": "work_hour", "amount": 0}}),
        (Intent.ASK_EXTEND, {"reason": "parts", "by": {"kind": "by_time", "amount": 0}}),
        (Intent.ASK_EXTEND, {"reason": "parts", "by": 4}),
        (Intent.ASK_EXTEND, {"reason": "我们人手不够", "by": {"kind": "work_hour", "amount": 4}}),
        (Intent.ASK_DEFER, {"reason": "rain", "until": "2026-03-05T10:00:00"}),
        (Intent.ADD_PHOTO, {"photos": []}),
        (Intent.ADD_PHOTO, {"photos": ["../etc/passwd"]}),
        (Intent.ASSIGN, {"unit_id": "环卫", "unit_kind": "work", "reason": "x"}),
        (Intent.NOTE, {"text": " ", "audience": "unit"}),
        (Intent.NOTE, {"text": "x", "audience": "everybody"}),
        (Intent.RATE, {"satisfied": 1}),
        (Intent.REACH, {"number": True}),
    ],
)
def test_bodies_that_cannot_be_read(intent: Intent, raw: dict[str, object]) -> None:
    with pytest.raises(Malformed, match=r"body\.unreadable"):
        read_body(intent, raw)


def test_a_condition_that_nobody_knows() -> None:
    story = Story()
    story.do("Mon 08:00", "file")
    with pytest.raises(Refusal, match=r"condition\.unknown"):
        story.do("Mon 08:10", "accept", condition_id="nothing")


# Rounds, endings -----------------------------------------------------------------------------------------------------------


def test_reopening_within_forty_five_days() -> None:
    story, late = closed(), closed()
    moment = at("Mon 10:00") + timedelta(days=45)
    story.do(moment, "reopen")
    assert (story.status, story.state.round) == (Status.ACCEPTED, 2)
    with pytest.raises(Refusal, match=r"reopen\.too_late"):
        late.do(moment + timedelta(seconds=1), "reopen")


def test_a_wish_to_reopen_made_in_time_may_be_granted_after() -> None:
    story = closed()
    moment = at("Mon 10:00") + timedelta(days=45)
    story.do(moment, "ask_reopen")
    story.do(moment + timedelta(days=2), "reopen")
    assert [f.verb for f in story.facts[-3:]].count("request.granted") == 1
    assert story.state.requests == ()


def test_restoring_within_fourteen_days() -> None:
    for days, legal in ((14, True), (14.01, False)):
        story = Story()
        story.do("Mon 08:00", "file")
        story.do("Mon 10:00", "reject")
        moment = at("Mon 10:00") + timedelta(days=days)
        if legal:
            story.do(moment, "ask_restore")
            story.do(moment, "restore")
            assert story.state.round == 2
            assert story.clock("file").key == "file-2-1"
        else:
            with pytest.raises(Refusal, match=r"restore\.too_late"):
                story.do(moment, "restore")


def test_one_rating_a_round() -> None:
    story = closed()
    story.do("Mon 11:00", "rate")
    with pytest.raises(Conflict, match=r"rate\.once"):
        story.do("Mon 11:01", "rate")
    story.do("Mon 11:10", "reopen")
    story.do("Mon 11:10", "assign")
    story.do("Mon 11:20", "resolve")
    story.do("Mon 11:30", "verify")
    story.do("Mon 11:40", "rate", satisfied=False)


def test_taking_a_report_back() -> None:
    alone = Story()
    alone.do("Mon 08:00", "file")
    with pytest.raises(Forbidden, match=r"withdraw\.not_reporter"):
        alone.do("Mon 08:10", "withdraw", replace(REPORTER, person_id=the("别人")))
    alone.do("Mon 08:10", "withdraw")
    assert alone.status is Status.WITHDRAWN
    joined = Story()
    joined.do("Mon 08:00", "file")
    joined.do("Mon 08:05", "join")
    joined.do("Mon 08:10", "withdraw")
    assert joined.status is Status.RECEIVED
    assert joined.state.wishes == {"withdraw"}


def test_self_resolved_is_closed_without_clocks() -> None:
    story = Story()
    story.do("Mon 08:00", "self_resolve")
    assert story.state.closing is Closing.SELF_RESOLVED
    assert story.ticket is not None
    assert not story.ticket.clocks.clocks


def test_an_order_must_be_answered() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 09:00", "supervise")
    (order,) = story.state.orders
    story.do("Mon 09:30", "answer_supervision", order_id=order)
    assert not story.state.orders


def test_an_order_is_answered_by_whom_it_was_given_to() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 09:00", "supervise")
    story.do("Mon 09:10", "assign", unit_id=PROPERTY, unit_kind="estate")
    (order,) = story.state.orders
    assert "answer_supervision" not in [one.intent for one in allowed(story.state, PORTER)]
    with pytest.raises(Forbidden, match="not_permitted"):
        story.do("Mon 09:30", "answer_supervision", PORTER, order_id=order)
    story.do("Mon 09:30", "answer_supervision", CLEANER, order_id=order)
    fact = story.of("supervision.answered")[0]
    assert (fact.detail["unit_id"], "on_behalf" in fact.detail) == (str(SANITATION), False)


# Pauses ------------------------------------------------------------------------------------------------------------------


def test_a_day_that_came_resumes_by_itself_at_its_own_time() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 08:30", "ask_defer", until=at("Tue 08:00").isoformat())
    story.do("Mon 08:30", "grant_defer")
    assert story.ticket is not None
    assert next_step_at(story.state, story.ticket.clocks, story.terms) == at("Tue 08:00")
    outcome = catch_up(story.facts, at("Wed 08:00"), story.terms)
    resumed = next(fact for fact in outcome.facts if fact.verb == "ticket.resumed")
    assert (resumed.occurred_at, resumed.recorded_at) == (at("Tue 08:00"), at("Wed 08:00"))
    assert outcome.clocks.of(ClockKind.RESOLVE)[0].due_at == at("Tue 11:30")


def test_a_deferral_granted_when_its_day_is_over_counted_all_the_same() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 10:00", "ask_defer", until=at("Mon 16:00").isoformat())
    story.do("Mon 17:00", "grant_defer")
    assert story.status is Status.ASSIGNED
    assert story.clock("resolve").due_at == at("Mon 18:00")
    assert not story.of("clock.breached", "resolve")


def test_resumed_earlier_the_rest_of_the_pause_is_gone() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 10:00", "ask_shelve", until=at("Fri+3 10:00").isoformat())
    story.do("Mon 10:00", "grant_shelve")
    story.do("Tue 08:00", "resume")
    assert story.clock("resolve").due_at == at("Tue 10:00")


def test_a_shelving_is_reviewed_every_thirty_days_and_ends() -> None:
    story = Story().opened("Mon 08:00")
    until = at("Mon 10:00") + timedelta(days=100)
    with pytest.raises(Refusal, match=r"shelve\.too_long"):
        story.do("Mon 10:00", "ask_shelve", until=(at("Mon 10:00") + timedelta(days=366)).isoformat())
    story.do("Mon 10:00", "ask_shelve", until=until.isoformat())
    story.do("Mon 10:00", "grant_shelve")
    story.sweep(until + timedelta(days=50))
    reviews = story.of("shelving.review_due")
    assert [fact.occurred_at - at("Mon 10:00") for fact in reviews] == [timedelta(days=30 * n) for n in (1, 2, 3)]
    assert story.status is Status.IN_PROGRESS


# Splits ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("units", "leads", "code"),
    [(1, 1, "split.parts"), (11, 1, "split.parts"), (3, 0, "split.one_lead"), (3, 2, "split.one_lead")],
)
def test_a_split_has_two_to_ten_units_and_one_lead(units: int, leads: int, code: str) -> None:
    story = Story()
    story.do("Mon 08:00", "file")
    story.do("Mon 08:00", "accept")
    parts = [
        {"child_id": the(f"c{n}"), "unit_id": the(f"u{n}"), "unit_kind": "work", "lead": n < leads}
        for n in range(units)
    ]
    with pytest.raises(Malformed, match=code):
        story.do("Mon 08:10", "split", parts=parts)
    twice = [{**part, "unit_id": the("u0"), "lead": n == 0} for n, part in enumerate(parts[:3])]
    if len(twice) > 1:
        with pytest.raises(Malformed, match=r"split\.twice"):
            story.do("Mon 08:10", "split", parts=twice)


def family(*, in_order: bool) -> tuple[Story, dict[UUID, Story]]:
    """A parent that was extended, split at 09:00 between the cleaners (lead) and the porters, with its children."""
    parent = Story().opened("Mon 08:00")
    parent.do("Mon 08:10", "ask_extend")
    parent.do("Mon 08:20", "grant_extend")
    outcome = parent.do("Mon 09:00", "split", in_order=in_order)
    fact = next(fact for fact in outcome.facts if fact.verb == "ticket.split")
    children = {}
    for child in children_of(the("parent"), outcome.state, fact, outcome.clocks):
        moment = Moment(now=at("Mon 09:00"), operation_id=child.child_id)
        founded = act((), Intent.SPLIT_OFF, child.body, PROGRAM, moment, parent.terms)
        story = Story(terms=parent.terms)
        story.ticket, story.facts = Outcome(state=founded.state, clocks=founded.clocks), founded.facts
        children[child.child_id] = story
    return parent, children


def test_children_start_assigned_with_the_parents_whole() -> None:
    parent, children = family(in_order=False)
    assert parent.status is Status.SPLIT
    assert parent.clock("resolve").void_why == "split"
    assert parent.clock("overall").due_at == at("Mon 18:00")
    for child in children.values():
        assert child.status is Status.ASSIGNED
        assert child.clock("overall").started_at == at("Mon 08:00")
        assert child.clock("overall").due_at == at("Mon 18:00")
        assert child.clock("resolve").due_at == at("Mon 15:00")
        assert child.ticket is not None
        assert replay(child.facts, child.terms) == child.ticket.clocks


def test_the_parent_closes_when_no_child_is_open() -> None:
    parent, _ = family(in_order=False)
    parent.do("Mon 11:00", "child_ended", child_id=the("child 1"))
    with pytest.raises(Refusal, match=r"split\.child_open"):
        parent.do("Mon 11:00", "finish_split")
    parent.do("Tue 11:00", "child_ended", child_id=the("child 2"))
    parent.do("Tue 11:00", "finish_split", stopped_at=at("Mon 17:00").isoformat())
    assert parent.state.closing is Closing.CHILDREN
    assert parent.clock("overall").stopped_at == at("Mon 17:00"), "checking the children took until Tuesday"
    assert not parent.clock("overall").breached
    parent.do("Wed 08:00", "return_to_split", child_id=the("child 1"))
    assert (parent.status, parent.state.round) == (Status.SPLIT, 2)
    parent.do("Wed 09:00", "return_to_split", child_id=the("child 2"))
    assert (parent.status, parent.state.round) == (Status.SPLIT, 2)


def test_in_order_the_next_clock_starts_when_the_one_before_is_done() -> None:
    parent, children = family(in_order=True)
    second = children[the("child 2")]
    assert {clock.kind for clock in second.ticket.clocks.clocks if second.ticket} == {ClockKind.OVERALL}  # type: ignore[union-attr]
    with pytest.raises(Refusal, match=r"split\.not_yet"):
        second.do("Mon 09:30", "acknowledge", PORTER)
    outcome = parent.do("Mon 11:00", "child_ended", child_id=the("child 1"))
    ended: Fact = outcome.facts[-1]
    assert ended.detail["next_child_id"] == str(the("child 2"))
    second.do("Mon 11:00", "take_turn")
    assert second.clock("resolve").due_at == at("Mon 17:00")
    second.do("Mon 11:10", "acknowledge", PORTER)


# Whose time --------------------------------------------------------------------------------------------------------------


def test_whose_time_it_was() -> None:
    """Seen at 07:00, received 07:30; asked 07:40–08:00; taken 08:10, with the unit from 08:20; deferred 09:00–10:00 by a
    grant at 09:30; done at 11:00 without signal, sent at 11:20; checked 12:00."""
    story = Story()
    story.do("Mon 07:30", "file", captured_at=at("Mon 07:00").isoformat())
    story.do("Mon 07:40", "ask_more")
    story.do("Mon 08:00", "answer_more")
    story.do("Mon 08:10", "accept")
    story.do("Mon 08:20", "assign")
    story.do("Mon 09:00", "ask_defer", until=at("Mon 10:00").isoformat())
    story.do("Mon 09:30", "grant_defer")
    story.sweep("Mon 10:30")
    story.do("Mon 11:20", "resolve", captured="Mon 11:00")
    story.do("Mon 12:00", "verify")
    spent = {
        hand.value: span // timedelta(minutes=1) for hand, span in whose_time(story.facts, at("Fri 12:00")).items()
    }
    assert spent == {"reporter": 50, "platform": 50, "unit": 100, "suspended": 60, "verifier": 40}
    assert age(story.facts, at("Fri 12:00")) == timedelta(hours=5)


def test_between_rounds_a_ticket_does_not_age() -> None:
    story = closed()
    story.do("Tue 10:00", "reopen")
    assert age(story.facts, at("Tue 11:00")) == timedelta(hours=3)
    assert whose_time(story.facts, at("Tue 11:00"))[Hand.PLATFORM] == timedelta(hours=1)


def test_one_open_request_of_a_kind() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 08:10", "ask_extend")
    story.do("Mon 08:10", "ask_defer")
    story.do("Mon 08:10", "ask_shelve")
    for intent in ("ask_extend", "ask_defer", "ask_shelve"):
        with pytest.raises(Conflict, match=r"request\.open"):
            story.do("Mon 08:20", intent)
    story.do("Mon 08:30", "grant_defer")
    assert {request.kind for request in story.state.requests} == {RequestKind.EXTEND}, "the other pause was overtaken"
