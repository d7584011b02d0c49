"""A city's past from a dirty file: what comes in, what it becomes here, and that its log gives it again."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import openpyxl
import pytest
from sqlalchemy import func, select, text

from conftest import Read, Write
from gridward.domain.accounts import program
from gridward.domain.errors import Malformed
from gridward.domain.standards import ClockKind
from gridward.domain.tickets.bodies import read_body
from gridward.domain.tickets.past_times import DateOrder
from gridward.domain.tickets.step import Moment
from gridward.domain.tickets.words import Intent
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import EntryRow
from gridward.persistence.notifications.rows import NotificationRow
from gridward.persistence.tickets.past import PastTicketRow
from gridward.persistence.tickets.rows import ClockRow, TicketRow
from gridward.services.notifications.notify import notify
from gridward.services.tickets import past, past_batch
from gridward.services.tickets.following import BY_RULES
from gridward.services.tickets.opening import opened
from gridward.services.tickets.past_ground import Wish
from gridward.services.tickets.past_routing import compare_routing
from gridward.services.tickets.sweep import sweep
from past_files import READ_AT, WORDS, City, new_york, row, write_csv
from replaying import differences

WISH = Wish(time_zone="America/New_York", crs="WGS-84", categories=WORDS, dates=DateOrder.month_first)


@pytest.fixture
async def city(write: Write) -> City:
    async with write() as session:
        return await new_york(session, f"NYC {uuid4()}")


async def judged(read: Read, city: City, path: Path, wish: Wish = WISH) -> tuple[past.PastReading, past.JudgedFile]:
    reading = past.read_file(path, wish, READ_AT)
    async with read() as session:
        return reading, await past.judge_file(session, city.jurisdiction_id, reading, READ_AT)


async def put_in(write: Write, read: Read, city: City, path: Path, wish: Wish = WISH) -> past.JudgedFile:
    reading, found = await judged(read, city, path, wish)
    name = past_batch.name_of(reading)
    async with write() as session:
        under = await past_batch.begin_batch(session, city.jurisdiction_id, reading, name, READ_AT)
        actor = program(city.jurisdiction_id, "cli")
        await past_batch.put_in(session, actor, under, found.judged.ready, READ_AT)
        await past_batch.finish_batch(session, under, READ_AT)
    return found


async def tickets(session: WriteSession, city: City) -> dict[str, TicketRow]:
    rows = await session.execute(
        select(PastTicketRow.outer_no, TicketRow)
        .join(TicketRow, TicketRow.ticket_id == PastTicketRow.ticket_id)
        .where(TicketRow.jurisdiction_id == city.jurisdiction_id)
    )
    return {line.outer_no: line.TicketRow for line in rows}


def at(words: str) -> datetime:
    """A UTC instant."""
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


DIRTY: dict[int, dict[str, str]] = {
    1: {"Closed Date": "03/01/2025 08:00:00 AM", "Created Date": "03/02/2025 08:00:00 AM"},
    2: {"Unique Key": ""},
    3: {"Created Date": "yesterday"},
    4: {"Created Date": "11/02/2025 01:30:00 AM", "Closed Date": "11/03/2025 01:30:00 PM", "Due Date": ""},
    5: {"Created Date": "03/09/2025 02:30:00 AM", "Closed Date": "", "Due Date": ""},
    6: {"Unique Key": "60000000"},
    7: {"Created Date": "09/02/2026 09:00:00 AM", "Closed Date": "", "Due Date": ""},
    8: {"Complaint Type": "Asbestos"},
    9: {"Due Date": "01/01/2020 08:00:00 AM"},
    10: {"Latitude": "", "Longitude": ""},
    11: {"Latitude": "34.05", "Longitude": "-118.24"},
    12: {"Latitude": "north of the deli", "Longitude": "-73.98"},
    13: {"Agency": "NYPD"},
    14: {"On Time": "N"},
    15: {"On Time": "perhaps"},
}


async def test_every_dirty_row_is_named_and_the_others_come_in(
    city: City, read: Read, write: Write, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "311.csv", [row(number, **DIRTY.get(number, {})) for number in range(40)])
    _, found = await judged(read, city, path)
    report = found.report
    assert {(one.place, one.code) for one in report.refused} == {
        ("row 3", "closed_before_opened"),
        ("row 4", "id_missing"),
        ("row 5", "time_unreadable"),
        ("row 6", "time_twice"),
        ("row 7", "time_skipped"),
        ("row 8", "duplicate_id"),
        ("row 9", "opened_in_future"),
        ("row 10", "category_unmapped"),
        ("row 11", "due_before_opened"),
    }
    assert report.read == report.ready + len(report.refused) == 40
    assert {(one.place, one.code) for one in report.warnings} == {
        ("row 12", "no_place"),
        ("row 13", "far_outside"),
        ("row 14", "place_unreadable"),
        ("1 rows", "unit_unmapped"),
        ("1 rows", "flag_unreadable"),
    }
    assert report.facts["unmapped_categories"] == {"Asbestos": 1}
    assert report.facts["unmapped_units"] == {"NYPD": 1}
    async with read() as session:
        assert not await tickets(session, city), "a preview changes nothing"

    await put_in(write, read, city, path)
    async with read() as session:
        came = await tickets(session, city)
    assert len(came) == report.ready
    assert came["60000010"].location is came["60000011"].location is came["60000012"].location is None
    assert came["60000013"].unit_id is None
    clean = came["60000020"]
    assert (clean.grid_id, clean.community_id, clean.unit_id) == (city.south, city.community, city.dsny)
    assert (clean.source, clean.status, clean.closing) == ("import", "closed", "imported")


async def test_a_closed_ticket_is_what_its_file_said_and_nothing_more(
    city: City, read: Read, write: Write, tmp_path: Path
) -> None:
    late = {"Closed Date": "03/10/2025 09:07:00 AM", "Due Date": "03/07/2025 09:07:00 AM"}
    opened_at = {"Created Date": "03/04/2025 09:07:00 AM"}
    await put_in(write, read, city, write_csv(tmp_path / "one.csv", [row(1, **late, **opened_at)]))
    async with write() as session:
        (ticket,) = (await tickets(session, city)).values()
        assert (ticket.received_at, ticket.ended_at) == (at("2025-03-04 14:07"), at("2025-03-10 13:07"))
        assert (ticket.breached_at, ticket.next_step_at) == (at("2025-03-07 14:07"), None)
        (entry,) = (await session.execute(select(EntryRow).where(EntryRow.ticket_id == ticket.ticket_id))).scalars()
        assert (entry.verb, entry.occurred_at, entry.recorded_at) == (
            "ticket.imported",
            at("2025-03-04 14:07"),
            READ_AT,
        )
        (clock,) = (await session.execute(select(ClockRow).where(ClockRow.ticket_id == ticket.ticket_id))).scalars()
        assert (clock.kind, clock.imported, clock.binding, clock.is_final) == ("overall", True, None, True)
        assert (clock.due_at, clock.stopped_at, clock.breached_at) == (
            at("2025-03-07 14:07"),
            at("2025-03-10 13:07"),
            at("2025-03-07 14:07"),
        )
        assert await differences(session, ticket.ticket_id) == []


async def test_open_ones_go_on_here_without_a_flood(city: City, read: Read, write: Write, tmp_path: Path) -> None:
    """Overdue for months or due next week: nobody is reminded, and the desk can work on them as on any other."""
    rows = [row(number, **{"Closed Date": ""}) for number in range(6)]
    rows[5] |= {"Due Date": "09/08/2026 12:00:00 PM"}
    rows[4] |= {"Agency": ""}
    await put_in(write, read, city, write_csv(tmp_path / "open.csv", rows))
    async with write() as session:
        came = await tickets(session, city)
        assert Counter(one.status for one in came.values()) == {"assigned": 5, "received": 1}
        assert came["60000004"].tray_reason == "to_decide"
        before = (await session.execute(select(func.count()).select_from(EntryRow))).scalar_one()
        for days in (0, 30, 400):
            await sweep(session, READ_AT + timedelta(days=days))
        told = await session.execute(
            select(EntryRow.verb).where(EntryRow.ticket_id.in_([one.ticket_id for one in came.values()]))
        )
        assert Counter(told.scalars()) == {"ticket.imported": 6, "clock.breached": 1}
        assert before > 0
    async with write() as session:
        while (await notify(session, READ_AT)).more:
            pass
        mine = NotificationRow.jurisdiction_id == city.jurisdiction_id
        assert (await session.execute(select(func.count()).where(mine))).scalar_one() == 0
    ticket_id = came["60000000"].ticket_id
    async with write() as session:
        case = (await opened(session, [ticket_id]))[ticket_id]
        raw = {"unit_id": city.dot, "unit_kind": "work", "by_rule": "none"}
        moment = Moment(now=READ_AT + timedelta(hours=1), operation_id=uuid4())
        case.step(Intent.ASSIGN, read_body(Intent.ASSIGN, raw), BY_RULES, moment)
        kinds = {clock.kind: clock.imported for clock in case.ticket.clocks.clocks}
        assert kinds.pop(ClockKind.OVERALL) is True, "the whole keeps the other system's due time"
        assert kinds
        assert not any(kinds.values()), "what a unit does here is judged by our clocks"
    async with write() as session:
        for one in came.values():
            assert await differences(session, one.ticket_id) == []


async def test_the_same_file_again_changes_nothing(city: City, read: Read, write: Write, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "311.csv", [row(number) for number in range(30)])
    await put_in(write, read, city, path)
    again = await put_in(write, read, city, path)
    assert (again.report.ready, again.report.unchanged) == (0, 30)
    closed_later = write_csv(
        tmp_path / "next.csv", [row(1, **{"Closed Date": "12/24/2025 08:00:00 AM"}), row(31), row(2)]
    )
    following = await put_in(write, read, city, closed_later)
    assert [one.code for one in following.report.refused] == ["imported_otherwise"]
    assert (following.report.ready, following.report.unchanged) == (1, 1)
    async with read() as session:
        assert len(await tickets(session, city)) == 31


async def test_a_batch_is_one_file_read_one_way(city: City, read: Read, write: Write, tmp_path: Path) -> None:
    first = write_csv(tmp_path / "first.csv", [row(1)])
    other = write_csv(tmp_path / "other.csv", [row(2)])
    reading = past.read_file(first, WISH, READ_AT)
    async with write() as session:
        await past_batch.begin_batch(session, city.jurisdiction_id, reading, "2025", READ_AT)
    async with read() as session:
        with pytest.raises(Malformed) as refused:
            await past_batch.check_batch(session, city.jurisdiction_id, past.read_file(other, WISH, READ_AT), "2025")
        assert refused.value.code == "batch_of_other_file"
        in_paris = replace(WISH, time_zone="Europe/Paris")
        with pytest.raises(Malformed) as refused:
            await past_batch.check_batch(
                session, city.jurisdiction_id, past.read_file(first, in_paris, READ_AT), "2025"
            )
        assert refused.value.code == "batch_read_otherwise"


@pytest.mark.parametrize(
    ("code", "wish"),
    [
        ("time_zone_needed", Wish(crs="WGS-84")),
        ("time_zone_unknown", Wish(crs="WGS-84", time_zone="New York")),
        ("crs_needed", Wish(time_zone="America/New_York")),
        ("crs_unknown", Wish(time_zone="America/New_York", crs="the usual one")),
        ("column_unknown", Wish(time_zone="America/New_York", crs="WGS-84", named={"unit": "Departement"})),
        ("field_unknown", Wish(time_zone="America/New_York", crs="WGS-84", named={"colour": "Agency"})),
    ],
)
def test_what_is_not_declared_is_asked_for(code: str, wish: Wish, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "311.csv", [row(number) for number in range(30)])
    with pytest.raises(Malformed) as refused:
        past.read_file(path, wish, READ_AT)
    assert refused.value.code == code
    assert refused.value.facts["why"]


async def test_places_that_are_wrong_as_a_whole_are_named(city: City, read: Read, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "311.csv", [row(number) for number in range(60)])
    zone = {"time_zone": "America/New_York", "categories": WORDS}
    xy = {"x": "X Coordinate (State Plane)", "y": "Y Coordinate (State Plane)"}
    turned = {"lon": "Latitude", "lat": "Longitude"}
    for code, wish in {
        "axes_exchanged": Wish(**zone, crs="WGS-84", named=turned),
        "coordinates_in_feet": Wish(**zone, crs="EPSG:32118", named=xy),
        "not_degrees": Wish(**zone, crs="WGS-84", named=xy),
        "far_outside": Wish(**zone, crs="EPSG:4547", named=xy),
    }.items():
        with pytest.raises(Malformed) as refused:
            await judged(read, city, path, wish)
        assert refused.value.code == code
    _, by_degrees = await judged(read, city, path)
    _, in_feet = await judged(read, city, path, Wish(**zone, crs="EPSG:2263"))
    _, turned_back = await judged(read, city, path, Wish(**zone, crs="WGS-84", named=turned, exchanged=True))
    assert in_feet.report.facts["fields"]["x"] == xy["x"], "metres and feet go with the columns that hold them"
    for one, other, third in zip(by_degrees.judged.ready, in_feet.judged.ready, turned_back.judged.ready, strict=True):
        assert one.point == third.point
        assert one.point == pytest.approx(other.point, abs=1e-5)


async def test_a_place_that_thousands_share_is_a_default(city: City, read: Read, write: Write, tmp_path: Path) -> None:
    hall = {"Latitude": "40.7128", "Longitude": "-74.0060"}
    shelter = {"Latitude": "40.7400", "Longitude": "-73.9800"}
    rows = [row(number, **(hall if number < 61 else shelter if number < 111 else {})) for number in range(300)]
    found = await put_in(write, read, city, write_csv(tmp_path / "311.csv", rows))
    (default,) = [one for one in found.report.warnings if one.code == "default_place"]
    reading = past.read_file(tmp_path / "311.csv", WISH, READ_AT)
    async with read() as session:
        compared = await compare_routing(session, city.jurisdiction_id, reading, found, most=1, now=READ_AT)
    assert compared["askable"] == 239, "nor are the rules asked about it"
    assert (default.facts["rows"], default.text) == (61, "-74.006000, 40.712800")
    async with read() as session:
        came = await tickets(session, city)
        assert Counter(one.location is None for one in came.values()) == {True: 61, False: 239}
        assert came["60000000"].grid_id is None


async def test_the_files_own_flag_is_held_against_its_times(city: City, read: Read, tmp_path: Path) -> None:
    """To the last case: late ones called on time, on time ones called late, open ones judged as of the file's end."""
    late = {"Closed Date": "12/20/2025 08:00:00 AM"}
    rows = [
        *(row(number) for number in range(10)),
        *(row(number, **late) for number in (10, 11)),
        row(12, **late, **{"On Time": "N"}),
        row(13, **{"On Time": "N"}),
        row(14, **{"On Time": ""}),
        row(15, **{"Due Date": ""}),
        row(16, **{"Closed Date": "", "On Time": "N"}),
        row(17, **{"Closed Date": "", "Due Date": "12/25/2025 08:00:00 AM"}),
    ]
    _, found = await judged(read, city, write_csv(tmp_path / "311.csv", rows))
    on_time = found.report.facts["on_time"]
    assert on_time["as_of"] == "2025-12-20T13:00:00.000000+00:00"
    assert {(counted, flag): count for counted, flag, count in on_time["cells"]} == {
        ("on_time", "on_time"): 10,
        ("overdue", "on_time"): 2,
        ("overdue", "overdue"): 2,
        ("on_time", "overdue"): 1,
        ("on_time", "none"): 1,
        ("no_due", "on_time"): 1,
        ("not_due_yet", "on_time"): 1,
    }
    assert (on_time["agree"], on_time["disagree"]) == (12, 3)
    assert [one["id"] for one in on_time["differ"]] == ["60000010", "60000011", "60000013"]


async def test_the_rules_of_today_are_asked_about_yesterday(
    city: City, read: Read, write: Write, tmp_path: Path
) -> None:
    """What lies open at the very place today is no twin of what was reported there last year."""
    await put_in(
        write, read, city, write_csv(tmp_path / "open.csv", [row(0, **{"Unique Key": "1", "Closed Date": ""})])
    )
    edge = {"Latitude": "40.7500001", "Longitude": "-73.98"}
    rows = [row(number) for number in range(8)] + [row(8, Agency="DOT"), row(9, **edge), row(10, Agency="NYPD")]
    reading, found = await judged(read, city, write_csv(tmp_path / "311.csv", rows))
    async with read() as session:
        compared = await compare_routing(session, city.jurisdiction_id, reading, found, most=None, now=READ_AT)
        sample = await compare_routing(session, city.jurisdiction_id, reading, found, most=5, now=READ_AT)
    assert (compared["asked"], compared["same"], compared["other"], compared["tray"]) == (10, 8, 1, 1)
    assert compared["pairs"] == [["DOT", "DSNY", 1]]
    assert [one["id"] for one in compared["differ"]] == ["60000008"]
    assert "boundary_near" in compared["doubts"]
    assert (sample["askable"], sample["asked"]) == (10, 5)


async def test_a_workbook_and_a_geojson_say_the_same(city: City, read: Read, tmp_path: Path) -> None:
    chinese = ("案件编号", "上报时间", "结案时间", "截止时间", "小类名称", "责任单位", "是否超期", "经度", "纬度")
    values = (
        "A-1",
        datetime(2025, 5, 6, 8, 30),  # noqa: DTZ001 - as a cell of a workbook is
        "2025年5月6日 17:20",
        "2025/5/7",
        "地上垃圾",
        "DSNY",
        "否",
        -73.98,
        40.745,
    )
    book = openpyxl.Workbook()
    book.active.append(("城管案件台账",))
    book.active.append(chinese)
    book.active.append(values)
    book.save(tmp_path / "past.xlsx")
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [-73.98, 40.745]},
        "properties": {**dict(zip(chinese[:7], values[:7], strict=True)), "上报时间": "2025-05-06 08:30:00"},
    }
    collection = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "EPSG:4326"}},
        "features": [feature],
    }
    (tmp_path / "past.geojson").write_text(json.dumps(collection, ensure_ascii=False))
    zone = "Asia/Shanghai"
    _, of_book = await judged(read, city, tmp_path / "past.xlsx", Wish(time_zone=zone, crs="WGS-84"))
    _, of_json = await judged(read, city, tmp_path / "past.geojson", Wish(time_zone=zone))
    (one,), (other,) = of_book.judged.ready, of_json.judged.ready
    assert one.digest == other.digest
    assert (one.row.opened_at, one.row.closed_at) == (at("2025-05-06 00:30"), at("2025-05-06 09:20"))
    assert one.row.due_at == at("2025-05-07 16:00"), "a date that something is due on lasts until 24:00"
    assert one.row.on_time is True
    assert [w.code for w in of_book.report.warnings] == ["dates_only"]


async def test_a_file_of_another_zone_raises_doubt(city: City, read: Read, tmp_path: Path) -> None:
    """Rows of a city that sleeps at night, declared twelve hours off, and a few of them ahead of now."""
    hours = [hour for hour in range(24) for _ in range(3 if hour < 6 else 40)]
    rows = [
        row(
            number,
            **{"Created Date": f"2025-05-{1 + number % 28:02d} {hour:02d}:15:00", "Closed Date": "", "Due Date": ""},
        )
        for number, hour in enumerate(hours)
    ]
    path = write_csv(tmp_path / "311.csv", rows)
    _, right = await judged(read, city, path)
    _, wrong = await judged(read, city, path, replace(WISH, time_zone="Asia/Shanghai"))
    assert "hours_unlikely" not in {one.code for one in right.report.warnings}
    assert right.report.facts["hours"][3] == 3
    # The declared zone does not move local hours; a file whose clock ran on UTC does.
    utc = [{**one, "Created Date": one["Created Date"] + "Z"} for one in rows]
    _, shifted = await judged(read, city, write_csv(tmp_path / "utc.csv", utc))
    assert "hours_unlikely" in {one.code for one in shifted.report.warnings}
    assert wrong.report.ready == right.report.ready


async def test_a_mapping_to_nothing_is_refused(city: City, read: Read, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "311.csv", [row(1)])
    for code, more in {
        "category_unknown": {"categories": {"Dirty Condition": "litterr"}},
        "unit_unknown": {"categories": WORDS, "units": {"DSNY": "U-none"}},
    }.items():
        wish = replace(WISH, **more)
        with pytest.raises(Malformed) as refused:
            await judged(read, city, path, wish)
        assert refused.value.code == code
    rest = replace(WISH, categories={"*": "other"})
    _, found = await judged(read, city, path, rest)
    assert found.judged.ready[0].kind.category == "other"


async def test_a_neighbours_past_is_not_mine(city: City, read: Read, write: Write, tmp_path: Path) -> None:
    async with write() as session:
        elsewhere = await new_york(session, f"NYC {uuid4()}")
    path = write_csv(tmp_path / "311.csv", [row(1)])
    await put_in(write, read, city, path)
    _, found = await judged(read, elsewhere, path)
    assert found.report.ready == 1
    assert found.judged.ready[0].unit is not None
    assert found.judged.ready[0].unit.unit_id == elsewhere.dsny
    async with read() as session:
        where = text("SELECT count(*) FROM ticket WHERE jurisdiction_id = :id")
        assert (await session.execute(where, {"id": elsewhere.jurisdiction_id})).scalar_one() == 0
