"""Households, ties and visits as rules: what a spreadsheet may say, who visits whom, when somebody is due."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from gridward.domain.errors import Malformed
from gridward.domain.households.importing import Ground, Judged, Known, Line, judge
from gridward.domain.households.register import Dwelling, Need, dwelling, holds_id_number, masked_name
from gridward.domain.households.ties import Liaison, Rules, Untied, suggest
from gridward.domain.households.visits import (
    OMITTED,
    Door,
    Outcome,
    counted,
    due,
    first_of_period,
    walking_order,
    without_id_numbers,
)

HOUSE, TOWER = UUID(int=1), UUID(int=2)
GROUND = Ground(buildings={"B1": HOUSE, "花园一座": TOWER, "同名楼": None})
ID_NUMBER = "440605199001011234"


def line(number: int, **cells: str) -> Line:
    return Line(place=f"row {number}", cells=cells)


def codes(judged: Judged) -> list[tuple[str, str, str]]:
    return [(one.place, one.code, one.field) for one in judged.refused]


def test_every_row_is_judged_and_an_identity_number_is_never_repeated() -> None:
    judged = judge(
        [
            line(
                2, building="B1", room="101", name="梁秀英", phone="138 0013 8000", consent="是", needs="独居、需上门"
            ),
            line(3, building="B1", room="０１０１室"),
            line(4, building="B1", room="0101"),
            line(5, building="B1", room="102", phone=ID_NUMBER, consent="是"),
            line(6, building="", room="103"),
            line(7, building="没有的楼", room="103"),
            line(8, building="同名楼", room="103"),
            line(9, building="花园一座", entrance="2单元", room=""),
            line(10, building="B1", room="104", phone="8222333"),
            line(11, building="B1", room="105", consent="也许"),
            line(12, building="B1", room="106", needs="低保户"),
            line(13, building="B1", room="107", name=f"梁{ID_NUMBER[:6]} {ID_NUMBER[6:]}"),
            line(14, building="B1", room="108", name="何伯", phone="13800138001"),
            line(15, building="B1", room="109", needs="独居", consent="否"),
        ],
        GROUND,
        {},
    )
    assert [(plan.place, plan.phone, plan.needs) for plan in judged.ready] == [
        ("row 2", "13800138000", (Need.at_home, Need.lives_alone)),
        ("row 3", None, ()),
        ("row 14", None, ()),
        ("row 15", None, ()),
    ]
    assert codes(judged) == [
        ("row 4", "room_repeated", "room"),
        ("row 5", "id_number", "phone"),
        ("row 6", "building_missing", "building"),
        ("row 7", "building_unknown", "building"),
        ("row 8", "building_ambiguous", "building"),
        ("row 9", "room_missing", "room"),
        ("row 10", "phone_malformed", "phone"),
        ("row 11", "consent_unreadable", "consent"),
        ("row 12", "need_unknown", "needs"),
        ("row 13", "id_number", "name"),
    ]
    assert ID_NUMBER not in repr(judged.report.as_json())
    assert [(one.place, one.code) for one in judged.warnings] == [("row 14", "no_consent"), ("row 15", "no_consent")]
    assert judged.read == len(judged.ready) + judged.unchanged + len(judged.refused)


def test_the_code_of_a_building_is_no_identity_number() -> None:
    """It begins with the fifteen digits of its grid."""
    code = "440605001001001-B012"
    lines = [line(2, building=code, room="101"), line(3, building=ID_NUMBER, room="102")]
    judged = judge(lines, Ground(buildings={code: HOUSE}), {})
    assert ([plan.place for plan in judged.ready], codes(judged)) == (["row 2"], [("row 3", "id_number", "building")])


def test_what_stands_already_is_unchanged_and_only_a_difference_is_written() -> None:
    known = Known(HOUSE, 3, "1", "梁秀英", b"same", frozenset(), consents=True)
    ground = Ground(buildings={"B1": HOUSE}, households={(HOUSE, "", "101"): known})
    same = {"building": "B1", "floor": "1层", "room": "101", "name": "梁秀英", "phone": "13800138000", "consent": "是"}
    digests = {"13800138000": b"same", "13900139000": b"other"}
    assert judge([line(2, **same)], ground, digests).unchanged == 1
    moved = judge([line(2, **{**same, "phone": "13900139000"})], ground, digests)
    assert [plan.known for plan in moved.ready] == [known]
    withdrawn = judge([line(2, **{**same, "consent": "否"})], ground, digests)
    assert [(plan.name, plan.phone) for plan in withdrawn.ready] == [(None, None)]


def test_a_row_without_its_entrance_registers_no_second_household_at_a_door() -> None:
    behind = Known(UUID(int=7), 1, "3", "梁秀英", None, frozenset(), consents=True)
    open_door = Known(UUID(int=8), 1, "", None, None, frozenset(), consents=False)
    stands = {(TOWER, "2", "301"): behind, (TOWER, "1", "101"): open_door, (TOWER, "", "101"): open_door}
    ground = Ground(buildings={"B1": HOUSE, "花园一座": TOWER}, households=stands)
    judged = judge(
        [
            line(2, building="花园一座", floor="3层", room="301室"),
            line(3, building="花园一座", room="301"),
            line(4, building="花园一座", floor="4", room="301"),
            line(5, building="花园一座", entrance="1单元", room="301"),
            line(6, building="花园一座", room="101"),
            line(7, building="B1", room="301"),
            line(8, building="花园一座", entrance="2单元", floor="3", room="301"),
        ],
        ground,
        {},
    )
    assert codes(judged) == [("row 2", "entrance_missing", "entrance"), ("row 3", "entrance_missing", "entrance")]
    assert [one.text for one in judged.refused] == ["3层 · 301", "301"]
    assert [plan.place for plan in judged.ready] == ["row 4", "row 5", "row 7"]
    assert judged.unchanged == 2, "what stands there without an entrance, and the one behind it"


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ({}, []),
        ({"floor": "", "name": "", "phone": "", "consent": "", "needs": ""}, []),
        ({"consent": "是", "needs": "独居"}, []),
        ({"floor": "3"}, ["floor_overwritten"]),
        ({"name": "何伯", "phone": "13900139000"}, ["name_overwritten", "phone_overwritten"]),
        ({"needs": "需上门"}, ["needs_written"]),
        ({"consent": "否"}, ["consent_withdrawn"]),
    ],
)
def test_an_empty_cell_leaves_what_stands_and_every_row_that_replaces_something_is_named(
    written: dict[str, str], codes: list[str]
) -> None:
    needs = frozenset({Need.lives_alone})
    known = Known(HOUSE, 3, "1", "梁秀英", b"same", needs, consents=True, number_sealed=b"sealed")
    ground = Ground(buildings={"B1": HOUSE}, households={(HOUSE, "", "101"): known})
    judged = judge([line(2, building="B1", room="101", **written)], ground, {"13900139000": b"other"})
    assert [one.code for one in judged.overwritten] == codes
    assert (judged.unchanged, len(judged.ready)) == ((0, 1) if codes else (1, 0))
    assert "梁秀英" not in repr(judged.overwritten), "whoever imports may not read it"
    for plan in judged.ready:
        leaves = plan.noted is None and (plan.name, plan.dwelling.floor) != (None, "")
        assert leaves or written == {"consent": "否"}


def test_whoever_never_agreed_is_not_said_to_have_withdrawn() -> None:
    stranger = Known(HOUSE, 1, "1", None, None, frozenset(), consents=False)
    ground = Ground(buildings={"B1": HOUSE}, households={(HOUSE, "", "101"): stranger})
    at_door = {"building": "B1", "room": "101"}
    assert judge([line(2, **at_door, consent="否", needs="独居")], ground, {}).unchanged == 1
    (agrees,) = judge([line(2, **at_door, consent="是", needs="独居")], ground, {}).ready
    assert (agrees.noted, agrees.needs) == (True, (Need.lives_alone,))


def test_a_door_is_written_in_one_way_and_shown_as_people_say_it() -> None:
    assert dwelling("2 单元", "3楼", "３０１室") == dwelling("2", "3层", "301")
    assert dwelling("2", "3", "301").label == "2单元 · 3层 · 301"
    with pytest.raises(Malformed, match="id_number"):
        dwelling("", "", ID_NUMBER)
    assert holds_id_number("44060519900101123x")
    assert not holds_id_number("13800138000")
    assert masked_name("欧阳秀英") == "欧***"


def liaison(number: int, load: int, lon: float) -> Liaison:
    return Liaison(person_id=UUID(int=number), load=load, spot=(lon, 23.0))


def street(count: int, doors: int) -> list[Untied]:
    """Buildings from west to east, 20 m apart."""
    return [
        Untied(
            building_id=UUID(int=1000 + at),
            spot=(113.1 + at * 0.0002, 23.0),
            household_ids=tuple(uuid4() for _ in range(doors)),
        )
        for at in range(count)
    ]


def test_everybody_is_filled_up_to_one_height_and_nobody_above_the_most() -> None:
    buildings = street(30, 10)
    people = [liaison(1, 0, 113.1), liaison(2, 20, 113.103), liaison(3, 34, 113.106)]
    found = suggest(people, buildings, Rules())
    loads = {one.person_id: one.load + len(found.given.get(one.person_id, ())) for one in people}
    assert loads == {UUID(int=1): 35, UUID(int=2): 35, UUID(int=3): 35}
    assert len(found.left) == 300 - 35 - 15 - 1
    once = Counter(household for several in found.given.values() for household in several)
    assert set(once.values()) == {1}
    assert not set(once) & set(found.left)


@pytest.mark.parametrize("liaisons", [2, 5, 9, 26, 27])
def test_whoever_has_enough_households_for_everybody_gives_nobody_too_few_or_too_many(liaisons: int) -> None:
    """Also where blocks of flats stand between small houses, and the sum is no multiple of anything."""
    rng = random.Random(liaisons)
    people = [Liaison(person_id=UUID(int=number + 1), load=0, spot=None) for number in range(liaisons)]
    waiting = round(liaisons * 32.4)
    buildings: list[Untied] = []
    for building in street(waiting, 24):
        doors = building.household_ids[: min(waiting, rng.choice((1, 3, 4, 5, 24)))]
        buildings += [replace(building, household_ids=doors)] if doors else []
        waiting -= len(doors)
    found = suggest(people, buildings, Rules())
    assert not found.left
    loads = [len(households) for households in found.given.values()]
    assert len(loads) == liaisons
    assert min(loads) >= Rules().least
    assert max(loads) <= Rules().most


def test_each_liaison_gets_neighbouring_buildings_near_by() -> None:
    buildings = street(24, 8)
    where = {household: one.spot[0] for one in buildings for household in one.household_ids}
    people = [liaison(number, 0, 113.1 + number * 0.0008) for number in range(6)]
    found = suggest(people, buildings, Rules())
    assert found.left == ()
    spans = [max(where[h] for h in several) - min(where[h] for h in several) for several in found.given.values()]
    assert max(spans) <= 0.0009, "a liaison was sent all over the street"
    whole = Counter(
        building.building_id
        for building in buildings
        for several in found.given.values()
        if set(building.household_ids) & set(several)
    )
    assert set(whole.values()) == {1}, "a building was cut although it did not have to be"


def test_settings_of_visits_are_read_whole_or_refused() -> None:
    assert Rules.read({"visits": {"a_month": 8}}) == Rules(a_month=8)
    for wrong in ({"a_month": "8"}, {"every_day": 1}, {"least": 40}):
        with pytest.raises(ValueError, match="settings of visits"):
            Rules.read({"visits": wrong})


def test_a_household_is_due_once_a_quarter_and_a_cared_for_one_once_a_month() -> None:
    long_ago, today = date(2025, 1, 1), date(2026, 9, 10)

    def asked(cares: bool, reached: date | None, since: date = long_ago):
        found = due(cares=cares, since=since, reached_on=reached, today=today, rules=Rules())
        return found.due_on, found.reached, found.overdue

    assert asked(False, date(2026, 7, 2)) == (date(2026, 12, 31), True, False)
    assert asked(False, date(2026, 6, 30)) == (date(2026, 9, 30), False, False)
    assert asked(False, date(2026, 3, 31)) == (date(2026, 9, 30), False, True)
    assert asked(True, date(2026, 8, 31)) == (date(2026, 9, 30), False, False)
    assert asked(True, date(2026, 7, 31)) == (date(2026, 9, 30), False, True)
    assert asked(False, None, since=date(2026, 4, 2)) == (date(2026, 9, 30), False, False)
    assert first_of_period(date(2026, 2, 28), 3) == date(2026, 1, 1)


def test_one_walks_from_house_to_house_and_from_the_top_floor_down() -> None:
    def door(lon: float, building: str, entrance: str, floor: str, room: str) -> Door:
        return Door(spot=(lon, 23.0), building=building, dwelling=Dwelling(entrance, floor, room))

    doors = [
        door(113.102, "乙楼", "1", "2", "201"),
        door(113.1, "甲楼", "10", "1", "101"),
        door(113.1, "甲楼", "2", "1", "101"),
        door(113.1, "甲楼", "2", "11", "1102"),
        door(113.101, "中楼", "", "", ""),
    ]
    assert [(one.building, one.dwelling.entrance, one.dwelling.room) for one in walking_order(doors)] == [
        ("甲楼", "2", "1102"),
        ("甲楼", "2", "101"),
        ("甲楼", "10", "101"),
        ("中楼", "", ""),
        ("乙楼", "1", "201"),
    ]


def test_calls_are_counted_apart_and_notes_keep_no_identity_number() -> None:
    counts = counted([(Outcome.met, 5), (Outcome.card_left, 2), (Outcome.phoned, 4)])
    assert (counts["in_person"], counts["phoned"], counts["moved_away"]) == (7, 4, 0)
    assert without_id_numbers(f"说要补卡 {ID_NUMBER}，电话不变") == f"说要补卡 {OMITTED}，电话不变"


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ("证 440605 19900101 1234，补卡", f"证 {OMITTED}，补卡"),
        ("440605-1990-0101-123X", OMITTED),
        ("４４０６０５　１９９００１０１　１２３４", OMITTED),
        ("老证440605 900101 123。", f"老证{OMITTED}。"),
        ("电话 138 0013 8000 440605 19900101 1234 440605 19900101 1235", f"电话 138 0013 8000 {OMITTED} {OMITTED}"),
    ],
)
def test_an_identity_number_in_groups_is_taken_out_of_a_note_as_well(note: str, kept: str) -> None:
    assert without_id_numbers(note) == kept


@pytest.mark.parametrize(
    "note",
    [
        "13800138000 1201",
        "138 0013 8000 139 0013 9000",
        "1512 139 1103 1203",
        "4401 13911031203",
        "2026-09-01 去过，201 302 403 504 601",
        "水表 1234 5678 9012 345",
    ],
)
def test_telephone_numbers_rooms_and_days_stay_in_a_note(note: str) -> None:
    assert without_id_numbers(note) == note
