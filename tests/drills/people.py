"""What people do with their phones, by what they see on them: drawn by the dice of their schedule."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from cast import ESTATE, LANE, MARKET, SIDE, SOUTH, WEST, Town
from drills.handset import Handset
from drills.items import Item
from filing import picture
from gridward.domain.households.visits import Outcome
from gridward.domain.patrols.track import Fix, write_fixes

KINDS = ("litter_full", "dumping")
STEPS_S = 4
"""A position every so many seconds of a walk."""
PLACES = (LANE, LANE, ESTATE, MARKET)
"""In a lane and in an estate the rules are sure; at the market the desk decides."""

Act = Callable[[Handset, random.Random, Town], bool]
"""One thing a person saves; False when there is nothing on the screen to do it to."""


def drawn_picture(dice: random.Random) -> bytes:
    return picture(dice.randrange(65_536))


def seen_of(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("version", "assignment_id", "resolution_id")}


def file_report(one: Handset, dice: random.Random, town: Town) -> bool:
    return _file(one, dice)


def _file(one: Handset, dice: random.Random, **more: Any) -> bool:
    """``more``: where it belongs, the patrol or the visit at which it was seen."""
    lon, lat = dice.choice(PLACES)
    lon, lat = lon + dice.uniform(-1, 1) * 0.0003, lat + dice.uniform(-1, 1) * 0.0008
    place = {"lon": lon, "lat": lat, "accuracy_m": 8, "age_s": 1, "source": "gps"}
    photos = [drawn_picture(dice) for _ in range(dice.choice((0, 1, 1, 1, 2)))]
    note = f"看到的第{dice.getrandbits(60)}件"
    body = {"category": dice.choice(KINDS), "location": place, "note": note, **more}
    one.page().report(body, photos, urgent=dice.random() < 0.1)
    return True


def add_note(one: Handset, dice: random.Random, town: Town) -> bool:
    """On anything that is on the screen, also on a report of mine that has not gone out."""
    unsent = [item.ticket_id for item in one.waiting() if item.kind == "report"]
    rows = one.disk.rows.shown()
    tickets = [*unsent, *rows]
    if not tickets:
        return False
    ticket_id = dice.choice(tickets)
    seen = seen_of(rows[ticket_id]) if ticket_id in rows else {}
    body = {"text": f"补充{dice.getrandbits(60)}", "audience": "unit"}
    one.page().step(ticket_id, "note", body, **seen)
    return True


def work(one: Handset, dice: random.Random, town: Town) -> bool:
    """A step of the unit's work, or all three of it at once, as somebody does who has no signal on the spot."""
    mine = [row for row in one.disk.rows.shown().values() if row["unit_id"] in one.holder.units]
    open_ = [row for row in mine if row["status"] in ("assigned", "in_progress")]
    rows = open_ or (mine if dice.random() < 0.3 else [])
    if not rows:
        return False
    work_on(one, dice, dice.choice(rows))
    return True


def work_on(one: Handset, dice: random.Random, row: dict[str, Any]) -> None:
    where = {"lon": MARKET[0], "lat": MARKET[1], "accuracy_m": 9}
    for type_ in dice.choice((("acknowledge",), ("arrive",), ("resolve",), ("acknowledge", "arrive", "resolve"))):
        body: dict[str, Any] = {} if type_ == "acknowledge" else dict(where)
        photos = [drawn_picture(dice)] if type_ == "resolve" else []
        one.page().step(row["ticket_id"], type_, body, photos, **seen_of(row))


def run_the_desk(one: Handset, dice: random.Random, town: Town) -> bool:
    """Send it to another unit, look at what was done, or say something."""
    rows = list(one.disk.rows.shown().values())
    if not rows:
        return False
    row = dice.choice(rows)
    match row["status"]:
        case "assigned" | "in_progress" if dice.random() < 0.6:
            send_away(one, town, row, and_back=dice.random() < 0.5)
        case "resolved" if dice.random() < 0.5:
            one.page().step(row["ticket_id"], "rework", {"reason": "没有清干净", "call": "问过"}, **seen_of(row))
        case "resolved":
            way = row["verify_way"] or "spot"
            call = {"call": "说好了"} if way == "phone" else {}
            photos = [drawn_picture(dice)] if way == "spot" else []
            one.page().step(row["ticket_id"], "verify", {"way": way, **call}, photos, **seen_of(row))
        case _:
            return add_note(one, dice, town)
    return True


def send_away(one: Handset, town: Town, row: dict[str, Any], *, and_back: bool) -> list[Item]:
    """To the other unit; and back at once, when that was the wrong one: its first unit has another assignment than it saw."""
    firm, sanitation = (town.property_firm, "estate"), (town.sanitation, "work")
    here, there = (sanitation, firm) if row["unit_id"] == str(town.sanitation) else (firm, sanitation)
    sent = []
    for (unit_id, kind), reason in ((there, "改派"), (here, "派错了"))[: 2 if and_back else 1]:
        body = {"unit_id": str(unit_id), "unit_kind": kind, "reason": reason}
        sent.append(one.page().step(row["ticket_id"], "assign", body, **seen_of(row)))
    return sent


def plan_of(town: Town) -> UUID:
    return uuid5(town.jurisdiction_id, "plan")


def checkpoint_of(town: Town) -> UUID:
    return uuid5(town.jurisdiction_id, "checkpoint")


CHECKPOINT = (MARKET[0], SOUTH + 0.4 * SIDE)
CODE = "GATE22"


def walk(one: Handset, dice: random.Random, town: Town) -> bool:
    """A patrol from its start to its end: where one is, where one checks in, what one sees on the way."""
    page, under_way = one.page(), one.disk.walk
    if under_way is None:
        page.begin_walk(str(plan_of(town)) if dice.random() < 0.6 else None)
        return True
    match dice.choices(("positions", "check_in", "report", "end"), (5, 3, 2, 2))[0]:
        case "positions":
            page.tell_of_walk("positions", _positions(one, dice))
        case "check_in" if dice.random() < 0.5:
            page.tell_of_walk("check_in", {"how": "code", "code": dice.choice((CODE, CODE, "XYZ234"))})
        case "check_in":
            lon, lat = CHECKPOINT
            place = {"lon": lon + dice.uniform(-1, 1) * 0.0004, "lat": lat, "accuracy_m": dice.randint(4, 30)}
            checkpoint_id = str(checkpoint_of(town))
            page.tell_of_walk("check_in", {"how": "position", "checkpoint_id": checkpoint_id, "location": place})
        case "report":
            _file(one, dice, patrol_id=under_way.patrol_id)
        case _:
            page.tell_of_walk("end", {})
            one.disk.walk = None
    return True


def _positions(one: Handset, dice: random.Random) -> dict[str, Any]:
    """The next of the way along the lane; ``since`` is when the phone wrote them down."""
    walked = one.disk.walk
    assert walked is not None
    count = dice.randint(5, 40)
    fixes = [
        Fix(
            step * STEPS_S, WEST + (walked.seconds + step * STEPS_S) * 1.2 / 102_500, CHECKPOINT[1], dice.randint(4, 15)
        )
        for step in range(count)
    ]
    since = one.page().now() - timedelta(seconds=count * STEPS_S)
    walked.seconds += count * STEPS_S
    return {"since": since.isoformat(), "fixes": write_fixes(fixes), "device": "one"}


def visit(one: Handset, dice: random.Random, town: Town) -> bool:
    """What was done at a door, in one moment: the outcome, what they asked for, whether the last answer was good."""
    doors = one.disk.doors.by_id
    if not doors:
        return False
    door, page = doors[dice.choice(sorted(doors))], one.page()
    asked = door["follow_ups"][0]["ticket_id"] if door["follow_ups"] and dice.random() < 0.8 else None
    satisfied = None if asked is None else dice.random() < 0.5
    said = {"outcome": dice.choice(list(Outcome)).value, "follows": asked, "satisfied": satisfied}
    note = f"说起第{dice.getrandbits(40)}件" if dice.random() < 0.6 else None
    made = page.visit(door["household_id"], {**said, "note": note})
    if dice.random() < 0.5:
        _file(one, dice, visit_id=made.item_id)
    if satisfied is False:
        row = one.disk.rows.shown().get(str(asked))
        seen = seen_of(row) if row else {"version": 1, "assignment_id": None, "resolution_id": None}
        page.step(str(asked), "ask_reopen", {"reason": "还没有好"}, **seen)
    return True


ACTS: dict[str, tuple[tuple[Act, ...], int]] = {
    "volunteer": ((file_report, file_report, add_note), 5),
    "other_volunteer": ((file_report, add_note), 3),
    "sanitation_lead": ((work, work, work, add_note), 4),
    "property_lead": ((work, work, add_note), 3),
    "dispatcher": ((run_the_desk,), 4),
    "steward": ((walk,), 6),
    "liaison": ((visit, visit, visit, add_note), 4),
}
"""What each does, and how often in one schedule."""
