"""What a dispatcher pastes: who said what and when, where and of which kind, and what another system wants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridward.domain.errors import Malformed
from gridward.domain.geometry import Datum, distance_m, from_wgs84, to_wgs84
from gridward.domain.standards_builtin import built_in_standard
from gridward.domain.tickets.intake import (
    NamedPlace,
    beyond_places,
    places_said,
    read_message,
    warn_at,
    windows,
)
from gridward.domain.tickets.intake_kinds import likely_kinds
from gridward.domain.tickets.intake_people import level, set_apart

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 9, 1, 12, 0, tzinfo=ZONE)
STANDARD = built_in_standard("builtin")


def read(text: str):  # type: ignore[no-untyped-def]
    return read_message(text, NOON, ZONE)


def test_a_message_from_a_chat_group_says_who_and_when_and_keeps_its_own_words() -> None:
    message = read("梁阿姨 2026/8/31 21:05\n雪圃学校东门旁边垃圾桶满了，没人收\n[图片]\n何伯 21:06\n对，臭！")
    assert (message.speaker, message.source) == ("梁阿姨", "wechat")
    assert message.said_at == datetime(2026, 8, 31, 21, 5, tzinfo=ZONE)
    assert message.note == "雪圃学校东门旁边垃圾桶满了，没人收\n对，臭！"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("梁阿姨 11:20:33", datetime(2026, 9, 1, 11, 20, tzinfo=ZONE)),
        ("梁阿姨 13:00", datetime(2026, 8, 31, 13, 0, tzinfo=ZONE)),
        ("梁阿姨 12月30日 08:15", datetime(2025, 12, 30, 8, 15, tzinfo=ZONE)),
        ("梁阿姨 2027/1/1 08:00", None),
        ("梁阿姨 13月40日 08:00", None),
    ],
)
def test_a_time_without_a_date_is_the_last_one_and_nothing_was_said_tomorrow(head: str, said: datetime | None) -> None:
    message = read(f"{head}\n路灯不亮")
    assert (message.speaker, message.said_at, message.note) == ("梁阿姨", said, "路灯不亮")


def test_an_order_of_the_hotline_brings_its_number_and_its_due_time() -> None:
    message = read("【12345工单】工单编号：GZ20260901-00123，市民反映书院巷井盖不见了，请于9月3日18:00前答复")
    assert (message.source, message.outer_no) == ("hotline", "GZ20260901-00123")
    assert message.outer_due_at == datetime(2026, 9, 3, 18, 0, tzinfo=ZONE)
    assert read("办结时限：2026年9月5日").outer_due_at == datetime(2026, 9, 5, 23, 59, tzinfo=ZONE)
    assert read("门口垃圾满了，楼上3号7楼").outer_due_at is None


HOTLINE_FORM = """【12345热线工单】
工单编号：FS20260901000123
来电人：王秀英
性别：女
联系电话：0757-22345678
手机：13800138000（儿子）
诉求人地址：大良街道 书院巷12号3楼
事发地址：书院巷12号门口
灯杆编号：LD-00123
诉求内容：市民王女士来电反映书院巷12号门口垃圾桶满溢，王秀英要求尽快处理，可打０７５７－２２３４５６７８。
办结时限：2026-09-03 18:00"""


def test_the_form_of_the_hotline_leaves_its_caller_with_the_desk_and_its_matter_with_the_unit() -> None:
    message = read(HOTLINE_FORM)
    assert message.note == (
        "【12345热线工单】\n事发地址：书院巷12号门口\n灯杆编号：LD-00123\n"
        "诉求内容：市民来电反映书院巷12号门口垃圾桶满溢，市民要求尽快处理，可打（电话略）。\n办结时限：2026-09-03 18:00"
    )
    assert message.speaker == "王秀英 0757-22345678 13800138000 大良街道 书院巷12号3楼"
    assert (message.outer_no, message.source) == ("FS20260901000123", "hotline")
    assert message.outer_due_at == datetime(2026, 9, 3, 18, 0, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "note", "speaker"),
    [
        ("来电人:王秀英 联系电话:22345678 诉求内容:书院巷垃圾满了", "诉求内容:书院巷垃圾满了", "王秀英 22345678"),
        ("反映人：王 秀英；电话：13800138000、0757-22345678；路灯不亮", "路灯不亮", "王秀英 13800138000 0757-22345678"),
        ("【来电人】王秀英【联系电话】138 0013 8000【诉求】路灯不亮", "【诉求】路灯不亮", "王秀英 138 0013 8000"),
        ("来电人：\n王秀英\n联系电话：\n13800138000\n路灯不亮", "路灯不亮", "王秀英 13800138000"),
        ("来电人\t王秀英\t联系电话\t13800138000\n路灯不亮", "路灯不亮", "王秀英 13800138000"),
        ("来电人：王秀英反映路灯不亮", "反映路灯不亮", "王秀英"),
        ("黄女士来电反映路灯不亮，电话8613800138000", "市民来电反映路灯不亮，电话（电话略）", "黄女士 8613800138000"),
        ("来电人：匿名，电话：无，被投诉人：大发烧烤店", "被投诉人：大发烧烤店", None),
        ("电话：门口垃圾满了，物业李先生不管", "电话：门口垃圾满了，物业李先生不管", None),
    ],
)
def test_whoever_complained_is_found_however_the_form_is_written(text: str, note: str, speaker: str | None) -> None:
    message = read(text)
    assert (message.note, message.speaker) == (note, speaker)


NAMES = st.sampled_from(["王秀英", "欧阳娜", "阿依古丽·买买提", "Mary Wong", "李强", "陈先生"])
MOBILES = st.builds("1{}{:09d}".format, st.integers(3, 9), st.integers(0, 999_999_999))
LANDLINES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["0757", "020"]),
    st.sampled_from(["-", "", " "]),
    st.integers(22_000_000, 89_999_999),
)
COLONS, BREAKS = st.sampled_from(["：", ":", ": "]), st.sampled_from(["\n", "；", ";", "  ", " "])
MATTERS = st.sampled_from(["诉求内容：书院巷12号门口垃圾桶满了", "门口的路灯不亮，晚上黑", "车一过井盖就响"])


@given(st.data())
def test_no_name_under_a_label_and_no_number_is_left_in_what_units_read(data: st.DataObject) -> None:
    name, mobile, landline, matter = (data.draw(one) for one in (NAMES, MOBILES, LANDLINES, MATTERS))
    colon, gap = data.draw(COLONS), data.draw(BREAKS)
    who = data.draw(st.sampled_from(["来电人", "诉求人", "反映人姓名", "投诉人", "联系人"]))
    wide = data.draw(st.booleans())
    parts = [
        f"{who}{colon}{name}",
        f"{data.draw(st.sampled_from(['联系电话', '电话', '手机']))}{colon}{mobile}",
        f"座机{colon}{landline}",
        f"工单编号{colon}FS2026090100{data.draw(st.integers(100, 999))}",
        f"{matter}{data.draw(st.sampled_from(['', f'，请回复{name}', f'，打{landline}', f'，{mobile}找我']))}",
    ]
    text = gap.join(data.draw(st.permutations(parts)))
    if wide:
        text = text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    apart = set_apart(text)
    left = level(apart.note)
    for secret in (name, mobile, landline, "FS2026090100"):
        assert secret not in left
    assert level(matter).split("，")[0] in left, "the matter itself is told"
    assert apart.outer_no is not None
    assert set_apart(apart.note).note == apart.note, "what was shown before Enter is what is stored"


def test_degrees_are_found_in_either_order_and_their_datum_only_where_it_is_said() -> None:
    (pair,) = read("位置 22.834133,113.276512 井盖破了").pairs
    assert (pair.lon, pair.lat, pair.datum) == (113.276512, 22.834133, None)
    (said,) = read("高德坐标：113.276512，22.834133").pairs
    assert said.datum is Datum.gcj02
    assert read("电话 13800138000，合同金额 12.345 67.890").pairs == ()
    shifted = from_wgs84(pair.lon, pair.lat, Datum.bd09)
    assert distance_m(*to_wgs84(*shifted, Datum.bd09), pair.lon, pair.lat) < 0.01


def place(kind: str, name: str, lon: float, *, reach_m: float = 0.0, in_area: bool = True) -> NamedPlace:
    return NamedPlace(kind=kind, name=name, lon=lon, lat=23.0, reach_m=reach_m, in_area=in_area)


def test_the_longest_name_is_meant_and_a_house_says_more_than_a_lane() -> None:
    text = "书院巷12号楼下和雪圃学校东门旁边都有垃圾"
    assert {"书院巷12号", "雪圃学校东门", "书院巷"} <= set(windows(text))
    known = [
        place("street", "书院巷", 113.1, reach_m=120.0),
        place("landmark", "雪圃学校", 113.2),
        place("landmark", "雪圃学校东门", 113.3),
        place("building", "书院巷12号", 113.4),
    ]
    said = places_said(text, known)
    assert [(one.name, one.words) for one in said] == [
        ("书院巷12号", "书院巷12号楼下"),
        ("雪圃学校东门", "雪圃学校东门旁边"),
    ]
    assert said[0].accuracy_m < said[1].accuracy_m
    assert places_said("书院巷路灯不亮", known)[0].accuracy_m == 150.0


def test_the_own_area_goes_first_and_no_name_is_no_place() -> None:
    known = [place("landmark", "公园", 113.1, in_area=False), place("street", "公园", 113.2, reach_m=80.0)]
    assert [one.lon for one in places_said("公园里垃圾多", known)] == [113.2, 113.1]
    assert places_said("这里垃圾多", known) == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("垃圾桶爆桶了没人收", ("litter_full", "litter_full-full")),
        ("有人把旧沙发丢在路边", ("dumping", "dumping-dumped")),
        ("沙井盖不见了，小心掉下去", ("manhole", "manhole-missing")),
        ("车一过井盖就咣当响", ("manhole", "manhole-noisy")),
        ("井盖有问题", ("manhole", None)),
        ("晚上黑漆漆的没灯", ("lamp", "lamp-dark")),
        ("水浸街，已经进屋了", ("flooding", "flooding-deep")),
        ("电动车停满人行道", ("parking", "parking-blocking")),
        ("楼上装修好吵", ("noise", "noise-noise")),
        ("树枝断了压着电线", ("greenery", "greenery-fallen")),
    ],
)
def test_the_kind_is_told_by_the_words_people_use(text: str, kind: tuple[str, str | None]) -> None:
    first = likely_kinds(text, STANDARD)[0]
    assert (first.category, first.condition_id) == kind


def test_words_that_fit_nothing_name_no_kind_and_a_place_is_no_complaint() -> None:
    assert likely_kinds("今天天气真好", STANDARD) == ()
    market = places_said("路灯市场门口", [place("landmark", "路灯市场", 113.1)])
    assert likely_kinds(beyond_places("路灯市场门口", market), STANDARD) == ()


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(Malformed, match="message_too_long"):
        read("长" * 2001)


def test_another_systems_limit_is_told_a_day_before_or_halfway() -> None:
    received = datetime(2026, 9, 1, tzinfo=UTC)
    assert warn_at(received, received + timedelta(days=5)) == received + timedelta(days=4)
    assert warn_at(received, received + timedelta(hours=8)) == received + timedelta(hours=4)
