"""What people do with their phones, by what they see on them: drawn by the dice of their schedule."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from cast import ESTATE, LANE, MARKET, Town
from drills.handset import Handset
from filing import picture

KINDS = ("litter_full", "dumping")
PLACES = (LANE, LANE, ESTATE, MARKET)
"""In a lane and in an estate the rules are sure; at the market the desk decides."""

Act = Callable[[Handset, random.Random, Town], bool]
"""One thing a person saves; False when there is nothing on the screen to do it to."""


def drawn_picture(dice: random.Random) -> bytes:
    return picture(dice.randrange(65_536))


def seen_of(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("version", "assignment_id", "resolution_id")}


def file_report(one: Handset, dice: random.Random, town: Town) -> bool:
    lon, lat = dice.choice(PLACES)
    lon, lat = lon + dice.uniform(-1, 1) * 0.0003, lat + dice.uniform(-1, 1) * 0.0008
    place = {"lon": lon, "lat": lat, "accuracy_m": 8, "age_s": 1, "source": "gps"}
    photos = [drawn_picture(dice) for _ in range(dice.choice((0, 1, 1, 1, 2)))]
    note = f"看到的第{dice.getrandbits(60)}件"
    body = {"category": dice.choice(KINDS), "location": place, "note": note}
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
    row = dice.choice(rows)
    where = {"lon": MARKET[0], "lat": MARKET[1], "accuracy_m": 9}
    for type_ in dice.choice((("acknowledge",), ("arrive",), ("resolve",), ("acknowledge", "arrive", "resolve"))):
        body: dict[str, Any] = {} if type_ == "acknowledge" else dict(where)
        photos = [drawn_picture(dice)] if type_ == "resolve" else []
        one.page().step(row["ticket_id"], type_, body, photos, **seen_of(row))
    return True


def run_the_desk(one: Handset, dice: random.Random, town: Town) -> bool:
    """Send it to another unit, look at what was done, or say something."""
    rows = list(one.disk.rows.shown().values())
    if not rows:
        return False
    row = dice.choice(rows)
    match row["status"]:
        case "assigned" | "in_progress" if dice.random() < 0.6:
            other = town.property_firm if row["unit_id"] == str(town.sanitation) else town.sanitation
            kind = "estate" if other == town.property_firm else "work"
            body = {"unit_id": str(other), "unit_kind": kind, "reason": "改派"}
            one.page().step(row["ticket_id"], "assign", body, **seen_of(row))
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


ACTS: dict[str, tuple[tuple[Act, ...], int]] = {
    "volunteer": ((file_report, file_report, add_note), 5),
    "other_volunteer": ((file_report, add_note), 3),
    "sanitation_lead": ((work, work, work, add_note), 4),
    "property_lead": ((work, work, add_note), 3),
    "dispatcher": ((run_the_desk,), 4),
}
"""What each does, and how often in one schedule."""
