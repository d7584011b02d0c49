"""Three moves by which a unit could gain time, each measured: what it had in its hands until due, less what was allowed.

"Had" is counted here minute by minute from the times at which the ticket came to the unit and left it; the clocks are not
asked. A move that gains nothing leaves exactly the four working hours of the limit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from gridward.domain.tickets.words import Intent
from proof.sizes import size
from story import CLEANER, KINDS, PROPERTY, SANITATION, Story, at, calendar

LIMIT = timedelta(hours=4)
MINUTE = timedelta(minutes=1)
CASES = size(20, 1_000)
CITY = calendar("city")


def working(minute: datetime) -> bool:
    local = minute.astimezone(CITY.zone)
    shown = local.hour * 60 + local.minute
    return any(shift.start_minute <= shown < shift.end_minute for shift in CITY.weekly[local.weekday()])


def had(*turns: tuple[datetime, datetime]) -> timedelta:
    """The working time between each coming and going."""
    total = timedelta()
    for start, end in turns:
        while start < end:
            total += working(start) * MINUTE
            start += MINUTE
    return total


def assigned(dice: Random) -> tuple[Story, datetime]:
    """A ticket that came to the cleaners at some minute of Monday."""
    came = at("Mon 08:00") + dice.randrange(600) * MINUTE
    story = Story()
    for intent in (Intent.FILE, Intent.ACCEPT, Intent.ASSIGN):
        story.do(came, intent)
    return story, came


def later(dice: Random, since: datetime, most: int) -> datetime:
    return since + dice.randint(1, most) * MINUTE


def due(story: Story) -> datetime:
    found = story.clock("resolve").due_at
    assert found is not None
    return found


def before(dice: Random, story: Story, since: datetime) -> datetime:
    """Some minute between ``since`` and due."""
    return since + dice.randint(1, max(1, (due(story) - since) // MINUTE - 1)) * MINUTE


@pytest.mark.parametrize("seed", range(CASES))
def test_saying_done_when_it_is_not(seed: int) -> None:
    dice = Random(seed)
    story, came = assigned(dice)
    turns = []
    for _ in range(dice.randint(1, 3)):
        said = before(dice, story, came)
        if said >= due(story):
            break
        story.do(said, Intent.RESOLVE)
        turns.append((came, said))
        came = later(dice, said, 4_000)
        story.do(came, Intent.REWORK)
    gained = had(*turns, (came, due(story))) - LIMIT
    assert gained == timedelta()


@pytest.mark.parametrize("seed", range(CASES))
def test_asking_to_send_it_back(seed: int) -> None:
    """Refused: nothing happened. Granted, and named again after another unit had it: it goes on where it stood."""
    dice = Random(seed)
    story, came = assigned(dice)
    promised = due(story)
    asked = later(dice, came, 9)
    story.do(asked, Intent.ASK_SEND_BACK)
    decided = later(dice, asked, 2_000)
    if dice.random() < 0.5:
        story.do(decided, Intent.REFUSE_SEND_BACK)
        assert due(story) == promised
        assert had((came, due(story))) - LIMIT == timedelta()
        return
    if decided >= promised:
        return
    story.do(decided, Intent.SEND_BACK, ownership_unknown=None, whose_unit_id=PROPERTY)
    elsewhere = later(dice, decided, 600)
    story.do(elsewhere, Intent.ASSIGN, unit_id=PROPERTY, unit_kind=KINDS[PROPERTY])
    again = later(dice, elsewhere, 3_000)
    story.do(again, Intent.ASSIGN, unit_id=SANITATION, unit_kind=KINDS[SANITATION])
    mine = next(
        clock for clock in story.ticket.clocks.clocks if clock.kind == "resolve" and clock.unit_id == SANITATION
    )  # type: ignore[union-attr]
    assert mine.due_at is not None
    assert had((came, decided), (again, mine.due_at)) - LIMIT == timedelta()


@pytest.mark.parametrize("seed", range(CASES))
def test_asking_for_time_and_waiting(seed: int) -> None:
    """Refused or taken back, however late, and asked again: the due instant and the breach are those of the first hour."""
    dice = Random(seed)
    story, came = assigned(dice)
    promised, now = due(story), came
    for kind in dice.sample(["extend", "defer", "shelve"], 3):
        now = later(dice, now, 200)
        if now > promised:
            break
        story.do(now, f"ask_{kind}", CLEANER)
        now = later(dice, now, 900)
        story.sweep(now)
        story.do(now, f"{dice.choice(['refuse', 'withdraw'])}_{kind}")
    assert due(story) == promised
    assert had((came, due(story))) - LIMIT == timedelta()
    end = max(now, promised) + MINUTE
    story.sweep(end)
    (breach,) = story.of("clock.breached", "resolve")
    assert breach.occurred_at == promised
