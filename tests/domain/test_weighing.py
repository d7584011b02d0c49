"""A request beside its rule: what the desk is shown before it decides is what happens when it does."""

from __future__ import annotations

import pytest

from gridward.domain.tickets.turns import reassigned, turns
from gridward.domain.tickets.weighing import Weighed, weigh
from gridward.domain.tickets.words import Intent, RequestKind, Status
from story import (
    CLEANER,
    DISPATCHER,
    PROPERTY,
    SANITATION,
    SECOND_SUPERVISOR,
    SHIFT_LEADER,
    SUPERVISOR,
    Story,
    at,
)


def weighed(story: Story, kind: RequestKind, when: str, who: object = SHIFT_LEADER) -> Weighed:
    assert story.ticket is not None
    request = story.state.request(kind)
    assert request is not None
    return weigh(story.ticket, request, who, at(when), story.terms)  # type: ignore[arg-type]


ASKED = [
    (RequestKind.EXTEND, "Mon 08:20", SHIFT_LEADER),
    (RequestKind.DEFER, "Mon 08:20", SHIFT_LEADER),
    (RequestKind.SHELVE, "Mon 08:20", SUPERVISOR),
    (RequestKind.SEND_BACK, "Mon 08:20", DISPATCHER),
]


@pytest.mark.parametrize(("kind", "when", "who"), ASKED, ids=lambda value: getattr(value, "value", None))
def test_what_was_foretold_is_what_happens(kind: RequestKind, when: str, who: object) -> None:
    story = Story().opened()
    story.do(when, f"ask_{kind.value}")
    foretold = weighed(story, kind, "Mon 09:00", who)
    assert (foretold.hindrance, foretold.not_mine) == (None, None)
    assert all(measure.holds for measure in foretold.measures)
    story.do("Mon 09:00", foretold.grant, who)  # type: ignore[arg-type]
    assert story.status is foretold.status
    assert story.ticket is not None
    now = {clock.key: clock for clock in story.ticket.clocks.clocks}
    assert foretold.moved
    for moved in foretold.moved:
        assert (now[moved.after.key].due_at, now[moved.after.key].voided_at) == (
            moved.after.due_at,
            moved.after.voided_at,
        )


def test_weighing_changes_nothing() -> None:
    story = Story().opened()
    story.do("Mon 08:20", "ask_extend")
    before = story.ticket
    weighed(story, RequestKind.EXTEND, "Mon 11:59")
    weighed(story, RequestKind.EXTEND, "Mon 15:00")
    assert story.ticket == before


def test_an_extension_of_four_hours_asked_at_half_past_eleven_is_shown_with_its_due_time() -> None:
    story = Story().opened()
    story.do("Mon 11:30", "ask_extend")
    foretold = weighed(story, RequestKind.EXTEND, "Mon 14:20")
    assert foretold.clock is not None
    assert foretold.clock.due_at == at("Mon 12:00")
    by_key = {moved.after.kind.value: moved.after.due_at for moved in foretold.moved}
    assert by_key["resolve"] == by_key["overall"] == at("Mon 18:00")
    assert foretold.decide_by == at("Mon 15:30"), "two working hours of the desk"


def test_who_may_grant_is_said_to_whoever_may_not() -> None:
    story = Story().opened()
    story.do("Mon 08:20", "ask_shelve")
    foretold = weighed(story, RequestKind.SHELVE, "Mon 09:00", SHIFT_LEADER)
    assert foretold.not_mine is not None
    assert foretold.not_mine.code == "request.not_yours_to_grant"
    assert foretold.roles == ("supervisor",)
    assert foretold.approval is not None
    assert foretold.approval.form_required
    assert foretold.may_refuse, "saying no needs no form"
    assert foretold.moved, "the effect is the same whoever looks"


def test_a_second_extension_is_the_supervisors() -> None:
    story = Story().opened()
    story.do("Mon 08:20", "ask_extend")
    assert weighed(story, RequestKind.EXTEND, "Mon 09:00").not_mine is None
    story.do("Mon 09:00", "grant_extend")
    story.do("Mon 09:10", "ask_extend")
    foretold = weighed(story, RequestKind.EXTEND, "Mon 09:30")
    assert foretold.not_mine is not None
    assert foretold.roles == ("supervisor",)
    times = next(one for one in foretold.measures if one.code == "extend.times")
    assert (times.holds, times.values) == (True, {"n": 2, "most": 2})


def test_after_the_second_send_back_the_last_resort_goes_first() -> None:
    story = Story().opened()
    story.do("Mon 08:10", "ask_send_back")
    first = weighed(story, RequestKind.SEND_BACK, "Mon 08:20", DISPATCHER)
    assert [one.holds for one in first.measures if one.code == "send_back.last_resort"] == [True]
    soon = next(one for one in first.measures if one.code == "send_back.soon")
    assert soon.values == {"worked_s": 600.0, "allowed_s": 1800.0}
    story.do("Mon 08:20", "send_back", whose_unit_id=PROPERTY, ownership_unknown=None)
    story.do("Mon 08:30", "assign", unit_id=PROPERTY, unit_kind="estate")
    story.do("Mon 08:40", "ask_send_back")
    second = weighed(story, RequestKind.SEND_BACK, "Mon 08:50", DISPATCHER)
    assert [one.holds for one in second.measures if one.code == "send_back.last_resort"] == [False]
    assert [(turn.unit_id, turn.ended_by) for turn in turns(story.facts)] == [
        (SANITATION, "ticket.sent_back"),
        (PROPERTY, None),
    ]
    assert reassigned(turns(story.facts)) == 1


def test_an_appeals_second_level_is_somebody_elses_and_the_breach_stays_to_be_seen() -> None:
    story = Story(condition_id="desk").opened()
    story.do("Mon 15:00", "resolve")
    story.do("Mon 16:00", "verify", way="desk", photos=None)
    story.do("Tue 09:00", "appeal")
    first = weighed(story, RequestKind.APPEAL, "Tue 10:00", SUPERVISOR)
    assert [moved.after.exempt for moved in first.moved] == [True]
    assert all(moved.after.breached for moved in first.moved)
    story.do("Tue 10:00", "refuse_appeal")
    story.do("Tue 11:00", "appeal")
    again = weighed(story, RequestKind.APPEAL, "Tue 12:00", SUPERVISOR)
    assert again.not_mine is not None
    assert again.not_mine.code == "appeal.same_person"
    assert not again.may_refuse
    other = weighed(story, RequestKind.APPEAL, "Tue 12:00", SECOND_SUPERVISOR)
    assert (other.not_mine, other.may_refuse) == (None, True)
    assert [one.values for one in other.measures if one.code == "appeal.level"] == [{"n": 2, "of": 2}]


def test_a_wish_to_reopen_that_came_in_time_can_still_be_granted_later_and_one_that_did_not_cannot() -> None:
    story = Story(condition_id="desk").opened()
    story.do("Mon 09:00", "resolve")
    story.do("Mon 10:00", "verify", way="desk", photos=None)
    story.do("Tue 09:00", "ask_reopen")
    foretold = weighed(story, RequestKind.REOPEN, "Mon+8 09:00", DISPATCHER)
    assert (foretold.hindrance, foretold.status) == (None, Status.ACCEPTED)
    assert "dispatch" in {moved.after.kind.value for moved in foretold.moved if moved.before is None}


def test_shirking_is_only_what_a_supervisor_has_ruled_and_once() -> None:
    story = Story().opened()
    story.do("Mon 08:10", "assign", unit_id=PROPERTY, unit_kind="estate")
    assert reassigned(turns(story.facts)) == 1
    assert story.state.shirked == frozenset()
    with pytest.raises(Exception, match="not_permitted"):
        story.do("Mon 08:15", Intent.RULE_SHIRKING, SHIFT_LEADER, unit_id=SANITATION)
    story.do("Mon 08:20", Intent.RULE_SHIRKING, unit_id=SANITATION)
    assert story.state.shirked == {SANITATION}
    with pytest.raises(Exception, match=r"shirking\.ruled_already"):
        story.do("Mon 08:30", Intent.RULE_SHIRKING, unit_id=SANITATION)
    with pytest.raises(Exception, match=r"shirking\.not_on_ticket"):
        story.do("Mon 08:30", Intent.RULE_SHIRKING, unit_id=CLEANER.person_id)
