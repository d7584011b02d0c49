"""值班表 and 交接班: who can be called now, and what one shift leaves to the next."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import MARKET, NOON, RIVER, Member, Town
from conftest import Read, Write
from filing import open_town
from phones import Phone
from serving import Served, serve


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


def shift(town: Town, *, begins: float = -1, lasts: float = 8, **more: object) -> dict[str, object]:
    from_at = NOON + timedelta(hours=begins)
    return {
        "area_id": str(town.community_id),
        "name": "谭值班",
        "telephone": "0757-12345678",
        "from_at": from_at.isoformat(),
        "to_at": (from_at + timedelta(hours=lasts)).isoformat(),
    } | more


async def test_who_is_on_duty_now_can_be_called_and_a_shift_is_the_own_areas(
    served: Served, town: Town, dispatcher: Member, shift_leader: Member, sanitation_lead: Member, read: Read
) -> None:
    desk, shift_id = Phone(served, dispatcher), uuid4()
    assert (await desk.browser.put(f"duty/{shift_id}", json=shift(town))).status_code == 204
    later = shift(town, begins=7, name="卢晚班")
    assert (await desk.browser.put(f"duty/{uuid4()}", json=later)).status_code == 204
    unit = Phone(served, sanitation_lead)
    (now,) = (await unit.browser.get("duty")).json()["shifts"]
    assert (now["name"], now["telephone"], now["area_name"]) == ("谭值班", "0757-12345678", "雪圃社区")
    served.clock.forward(hours=7.5)
    (night,) = (await unit.browser.get("duty")).json()["shifts"]
    assert night["name"] == "卢晚班"

    for wrong in ({"lasts": -1}, {"lasts": 100}, {"name": " "}, {"telephone": "打不通"}):
        answer = await desk.browser.put(f"duty/{uuid4()}", json=shift(town, **wrong))  # type: ignore[arg-type]
        assert answer.status_code == 422, wrong
    for area in (None, str(town.neighbour_id)):
        answer = await desk.browser.put(f"duty/{uuid4()}", json=shift(town, area_id=area))
        assert answer.status_code == 403
    everywhere = shift(town, area_id=None)
    assert (await Phone(served, shift_leader).browser.put(f"duty/{uuid4()}", json=everywhere)).status_code == 204
    assert (await desk.browser.delete(f"duty/{shift_id}")).status_code == 204
    assert (await desk.browser.delete(f"duty/{shift_id}")).status_code == 404
    async with read() as session:
        entries = (await session.execute(text("SELECT json_agg(detail)::text FROM entry"))).scalar_one()
    assert "0757-12345678" not in entries
    assert "谭值班" not in entries


async def test_what_is_left_is_handed_over_and_taken_by_somebody_else(
    served: Served, town: Town, volunteer: Member, dispatcher: Member, shift_leader: Member
) -> None:
    phone, desk = Phone(served, volunteer), Phone(served, dispatcher)
    photos = [{"sha256": await phone.photo(1), "kind": "before"}]
    urgent = (await phone.file(phone.report("manhole", condition_id="manhole-missing", photos=photos))).json()
    waiting = (await phone.file(phone.report("other", at=(MARKET[0], MARKET[1] + 0.0006)))).json()
    outer = {"source": "hotline", "outer_due_at": (NOON + timedelta(hours=20)).isoformat()}
    beside = desk.report("greenery", at=(MARKET[0] - 0.0006, MARKET[1]), condition_id="greenery-fallen", **outer)
    elsewhere = (await desk.file(beside)).json()
    assert (await desk.does(waiting["ticket_id"], "ask_more", what="哪一层？")).status_code == 200
    assert (await phone.file(phone.report("lamp", at=RIVER))).status_code == 201

    found = (await desk.browser.get("handovers")).json()
    lists = {part["reason"]: [one["ticket_id"] for one in part["tickets"]] for part in found["now"]}
    assert urgent["ticket_id"] in lists["urgent"]
    everything = [one for part in lists.values() for one in part]
    assert sorted(everything) == sorted({urgent["ticket_id"], waiting["ticket_id"], elsewhere["ticket_id"]})

    made = await desk.browser.post("handovers", json={"area_id": str(town.community_id), "note": "书院巷等环卫回电"})
    assert made.status_code == 201, made.text
    handover_id = made.json()["handover_id"]
    own = await desk.browser.post(f"handovers/{handover_id}/take")
    assert (own.status_code, own.json()["code"]) == (403, "handover.own")
    next_one = Phone(served, shift_leader)
    (kept,) = (await next_one.browser.get("handovers")).json()["handovers"]
    assert (kept["note"], kept["made_by"], kept["taken_at"]) == ("书院巷等环卫回电", dispatcher.name, None)
    assert sum(kept["counts"].values()) == 3
    assert (await next_one.browser.post(f"handovers/{handover_id}/take")).status_code == 204
    again = await next_one.browser.post(f"handovers/{handover_id}/take")
    assert (again.status_code, again.json()["code"]) == (409, "handover.taken")
    (taken,) = (await desk.browser.get("handovers")).json()["handovers"]
    assert taken["taken_by"] == shift_leader.name
