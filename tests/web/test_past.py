"""A town's earlier system comes in from the desk: looked at first, by the thousand, and never twice."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import Member, Town
from conftest import Read, Write
from filing import open_town
from gridward.persistence.territory.importing import import_turn
from gridward.services.tickets import past, past_batch
from gridward.services.tickets.past_ground import Wish
from past_files import OLD_HEADINGS, as_csv, old_row
from serving import Served, serve

SAID = {"time_zone": "Asia/Shanghai", "crs": "WGS-84"}


@pytest.fixture
async def served(engine: AsyncEngine, tmp_path: Path, write: Write, town: Town) -> Served:
    async with write() as session:
        await open_town(session, town)
    return serve(engine, tmp_path)


def file(rows: Iterable[Mapping[str, str]], **said: object) -> dict[str, Any]:
    content = base64.b64encode(as_csv(OLD_HEADINGS, rows).encode()).decode()
    return {"name": "旧系统 2025.csv", "content": content, **said}


async def there(read: Read, town: Town) -> dict[str, int]:
    """How much of the past the town has, under how many numbers, brought by how many people."""
    async with read() as session:
        counts = await session.execute(
            text(
                """
SELECT (SELECT count(*) FROM ticket WHERE jurisdiction_id = :id) AS tickets,
       (SELECT count(DISTINCT outer_no) FROM past_ticket WHERE jurisdiction_id = :id) AS numbers,
       (SELECT count(*) FROM past_batch WHERE jurisdiction_id = :id) AS batches,
       (SELECT count(*) FROM past_batch WHERE jurisdiction_id = :id AND finished_at IS NOT NULL) AS finished,
       (SELECT count(DISTINCT actor_id) FROM entry WHERE jurisdiction_id = :id AND verb = 'ticket.imported') AS people
"""
            ),
            {"id": town.jurisdiction_id},
        )
        return dict(counts.mappings().one())


async def test_a_dirty_year_is_looked_at_cut_off_and_goes_on(
    served: Served, town: Town, system_admin: Member, read: Read
) -> None:
    rows = [old_row(number) for number in range(2_100)]
    rows[1] |= {"办结时间": "2025-01-01 08:00"}
    rows[2] |= {"小类": "流动摊档堵路"}
    rows[3] |= {"工单编号": rows[0]["工单编号"]}
    rows[4] |= {"是否超期": "是"}
    rows[6] |= {"经度": "", "纬度": ""}
    rows[7] |= {"办结时间": f"{served.clock.at:%Y-%m-%d}"}
    rows[10] |= {"责任单位": "水埗环卫队"}
    rows[11] |= {"责任单位": "早已撤销的队"}
    async with served.browser(system_admin) as system:
        columns = (await system.post("past-tickets/columns", json=file(rows))).json()
        assert columns["headings"] == list(OLD_HEADINGS)
        assert (columns["fields"]["id"], columns["fields"]["overdue"]) == ("工单编号", "是否超期")
        assert "市民电话" not in columns["fields"].values()

        asked = (await system.post("past-tickets/draft", json=file(rows, crs="WGS-84"))).json()
        assert (asked["about"], [one["code"] for one in asked["report"]["refused"]]) == (None, ["time_zone_needed"])

        shown = (await system.post("past-tickets/draft", json=file(rows, **SAID))).json()
        report, about = shown["report"], shown["about"]
        assert (report["read"], report["ready"], report["refused_rows"]) == (2_100, 2_097, 3)
        assert {(one["place"], one["code"]) for one in report["refused"]} == {
            ("row 3", "closed_before_opened"),
            ("row 4", "category_unmapped"),
            ("row 5", "duplicate_id"),
        }
        assert {one["code"] for one in report["warnings"]} == {"no_place", "unit_unmapped", "dates_only"}
        assert (about["unmapped_categories"], about["unmapped_units"]) == ({"流动摊档堵路": 1}, {"早已撤销的队": 1})
        assert (about["without_place"], about["batch"]["begun_at"]) == (1, None)
        assert (about["on_time"]["agree"], about["on_time"]["disagree"]) == (2_096, 2)
        assert {(one["place"], one["counted"], one["flag"]) for one in about["on_time"]["differ"]} == {
            ("row 6", "on_time", "overdue"),
            ("row 9", "overdue", "on_time"),
        }
        routing = about["routing"]
        assert routing["pairs"] == [{"unit": "水埗环卫队", "rules": "环卫一队", "rows": 1}]
        assert routing["asked"] == routing["same"] + routing["other"] + routing["tray"] == 300
        assert set((await there(read, town)).values()) == {0}, "a preview changes nothing"

        send = file(rows, **SAID, seen=report["seen"])
        unseen = await system.post("past-tickets/imports", json={**send, "seen": "another"})
        assert (unseen.status_code, unseen.json()["code"]) == (409, "import_moved_on")
        assert (await system.post("past-tickets/imports", json=send)).json() == {"came": 1_000, "left": 1_097}

    # The page has gone; later the same file is chosen again.
    served.clock.forward(minutes=45)
    async with served.browser(system_admin) as system:
        later = (await system.post("past-tickets/draft", json=file(rows, **SAID))).json()
        assert (later["report"]["ready"], later["report"]["unchanged"]) == (1_097, 1_000)
        assert (later["about"]["batch"]["begun_at"] is None, later["about"]["batch"]["finished"]) == (False, False)
        assert later["about"]["batch"]["name"] == about["batch"]["name"]
        assert later["report"]["seen"] == report["seen"], "what was looked at is still what comes in"
        came = [(await system.post("past-tickets/imports", json=send)).json() for _ in range(3)]
    assert [(one["came"], one["left"]) for one in came] == [(1_000, 97), (97, 0), (0, 0)]
    assert await there(read, town) == {"tickets": 2_097, "numbers": 2_097, "batches": 1, "finished": 1, "people": 1}


async def test_the_command_goes_on_with_what_the_desk_began_and_they_take_turns(
    served: Served, town: Town, system_admin: Member, dispatcher: Member, engine: AsyncEngine, tmp_path: Path
) -> None:
    rows = [old_row(number) for number in range(3)]
    async with served.browser(system_admin) as system, served.browser(dispatcher) as desk:
        assert (await desk.post("past-tickets/draft", json=file(rows, **SAID))).status_code == 403
        shown = (await system.post("past-tickets/draft", json=file(rows, **SAID))).json()
        on_disk = tmp_path / "old.csv"
        on_disk.write_text(as_csv(OLD_HEADINGS, rows), "utf-8", newline="")
        reading = past.read_file(on_disk, Wish(**SAID), served.clock.at)
        assert past_batch.name_of(reading) == shown["about"]["batch"]["name"]

        send = file(rows, **SAID, seen=shown["report"]["seen"])
        async with import_turn(engine, town.jurisdiction_id, "tickets"):
            waiting = await system.post("past-tickets/imports", json=send)
        assert (waiting.status_code, waiting.json()["code"]) == (409, "import_under_way")
        assert (await system.post("past-tickets/imports", json=send)).json() == {"came": 3, "left": 0}


async def test_words_of_another_system_are_given_a_meaning(served: Served, town: Town, system_admin: Member) -> None:
    rows = [old_row(1, 小类="流动摊档堵路", 责任单位="环卫"), old_row(2, 小类="其他问题"), old_row(3)]
    meant = {"categories": {"流动摊档堵路": "litter_ground", "*": "other"}, "units": {"环卫": "环卫一队"}}
    async with served.browser(system_admin) as system:
        shown = (await system.post("past-tickets/draft", json=file(rows, **SAID, **meant))).json()
        assert (shown["report"]["ready"], shown["about"]["unmapped_units"]) == (3, {})
        nothing = (await system.post("past-tickets/draft", json=file(rows, **SAID, categories={"*": "无此类"}))).json()
        assert [one["code"] for one in nothing["report"]["refused"]] == ["category_unknown"]

        renamed = [{"号": one["工单编号"], **one} for one in rows]
        content = as_csv(("号", *OLD_HEADINGS[1:]), renamed).encode()
        otherwise = {"name": "x.csv", "content": base64.b64encode(content).decode(), **SAID, **meant}
        asked = (await system.post("past-tickets/draft", json=otherwise)).json()
        assert [one["code"] for one in asked["report"]["refused"]] == ["columns_missing"]
        known = (await system.post("past-tickets/draft", json={**otherwise, "fields": {"id": "号"}})).json()
        assert known["report"]["ready"] == 3


async def test_a_city_is_sent_to_the_command(served: Served, system_admin: Member) -> None:
    row = old_row(1)
    async with served.browser(system_admin) as system:
        for code, rows in {
            "too_many_lines": [{"工单编号": "1", "上报时间": "2025", "小类": "x"}] * 20_001,
            "file_too_large": [{**row, "市民电话": "0" * 6_200}] * 980,
        }.items():
            for path in ("columns", "draft") if code == "file_too_large" else ("draft",):
                answer = (await system.post(f"past-tickets/{path}", json=file(rows))).json()
                (refused,) = (answer.get("refused") or answer["report"])["refused"]
                assert (refused["code"], "gridward import tickets" in refused["why"]) == (code, True)
        whole = {"name": "x.csv", "content": base64.b64encode(b"0" * 6_500_000).decode()}
        assert (await system.post("past-tickets/draft", json=whole)).status_code == 413
