"""Tickets of another system, row by row: what a line of its file says, or why it cannot be believed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from gridward.domain.imports import Finding
from gridward.domain.tickets.past_times import DateOrder, Said, Unreadable, read_time

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("id", "unique key", "case id", "service request id", "工单编号", "工单号", "案件编号", "任务号", "编号"),
        "opened": ("opened", "created date", "requested datetime", "上报时间", "受理时间", "立案时间", "登记时间"),
        "due": ("due", "due date", "expected datetime", "截止时间", "处置截止时间", "处置截止", "应办结时间"),
        "closed": ("closed", "closed date", "结案时间", "办结时间", "完成时间"),
        "category": ("category", "complaint type", "service name", "小类", "小类名称", "问题类型", "案件类型"),
        "unit": ("unit", "agency", "agency responsible", "责任单位", "处置单位", "主办单位", "承办单位"),
        "on_time": ("on time", "on_time", "是否按期", "按期", "按期办结"),
        "overdue": ("overdue", "是否超期", "是否超时", "超期", "超时"),
        "lon": ("lon", "lng", "long", "longitude", "经度"),
        "lat": ("lat", "latitude", "纬度"),
        "x": ("x", "x coordinate (state plane)", "x坐标", "横坐标"),
        "y": ("y", "y coordinate (state plane)", "y坐标", "纵坐标"),
        "point": ("point", "wkt", "the_geom", "geom", "位置wkt"),
    }
)
"""A column's name here, and what its heading may say."""

NEEDED = ("id", "opened", "category")
PAIRS = (("lon", "lat"), ("x", "y"))
AHEAD = timedelta(minutes=5)
"""Clocks of two systems differ by so much."""

WORD_LENGTH = 200

_YES = frozenset({"1", "y", "yes", "true", "t", "是", "√", "按期", "on time", "ontime", "in time"})
_NO = frozenset({"0", "n", "no", "false", "f", "否", "×", "超期", "超时", "逾期", "overdue", "late"})
_LATE_WORDS = frozenset({"超期", "超时", "逾期", "overdue", "late"})
_IN_TIME_WORDS = frozenset({"按期", "on time", "ontime", "in time"})
_WKT = re.compile(r"(?:SRID=\d+;)?\s*POINT\s*Z?M?\s*\(\s*(\S+)\s+(\S+)(?:\s+\S+)*\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastLine:
    """One line as it stands in the file: ``cells`` by the names of :data:`COLUMNS`, ``geometry`` from a GeoJSON."""

    row_no: int
    place: str
    cells: Mapping[str, str]
    geometry: tuple[float, float] | None = None

    def cell(self, name: str) -> str:
        return self.cells.get(name, "").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How lines are read.

    Args:
        zone: Of local times; None: every time carries its own offset.
        order: Of dates with the year last.
        exchanged: Latitude stands where longitude belongs.
    """

    zone: ZoneInfo | None
    order: DateOrder | None
    now: datetime
    exchanged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRow:
    """A line that can be believed. Instants in UTC; ``xy`` in the file's own reference, None where it names no place.

    ``on_time`` is the file's own flag; ``flag`` its text where that could not be read. ``place_fault``: what stood there
    instead of coordinates. ``whole_days``: columns that gave a date only: an opening counts from the first instant of its
    day, a due time and a closing from the last. ``closes_at`` is that last instant also where it has not come yet: the
    ticket was closed by now, but what the file says is the same whenever it is read.
    """

    row_no: int
    place: str
    outer_no: str
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    closes_at: datetime | None
    category: str
    unit: str
    on_time: bool | None
    flag: str
    xy: tuple[float, float] | None
    place_fault: str
    whole_days: frozenset[str]


class _Refused(Exception):
    def __init__(self, code: str, field: str, text: str, why: str) -> None:
        super().__init__(why)
        self.code, self.field, self.text, self.why = code, field, text, why


def read_row(line: PastLine, reading: Reading) -> PastRow | Finding:
    """What a line says, or the first reason not to believe it."""
    try:
        return _read(line, reading)
    except _Refused as no:
        return Finding(code=no.code, place=line.place, field=no.field, text=no.text[:WORD_LENGTH], why=no.why)


def _read(line: PastLine, reading: Reading) -> PastRow:
    outer_no = line.cell("id")
    if not outer_no or len(outer_no) > WORD_LENGTH or "\x00" in outer_no:
        raise _Refused("id_missing", "id", outer_no, "Without a number of its own it could come in twice.")
    category = line.cell("category")
    if not category:
        raise _Refused("category_missing", "category", "", "It does not say what kind of problem it was.")
    times = {name: _time(line, name, reading) for name in ("opened", "due", "closed")}
    opened = times["opened"]
    if opened is None:
        raise _Refused("opened_missing", "opened", "", "It does not say when it was opened.")
    due_at, closes_at = (_end(times[name], reading) for name in ("due", "closed"))
    closed_at = closes_at
    if closed_at is not None and times["closed"] is not None and times["closed"].whole_day:
        closed_at = min(closed_at, reading.now)
    _check_order(line, reading, opened.at, due_at, closed_at)
    on_time, flag = _flag(line)
    xy, fault = _place(line, reading)
    return PastRow(
        row_no=line.row_no,
        place=line.place,
        outer_no=outer_no,
        opened_at=opened.at,
        due_at=due_at,
        closed_at=closed_at,
        closes_at=closes_at,
        category=category[:WORD_LENGTH],
        unit=line.cell("unit")[:WORD_LENGTH],
        on_time=on_time,
        flag=flag,
        xy=xy,
        place_fault=fault,
        whole_days=frozenset(name for name, said in times.items() if said is not None and said.whole_day),
    )


def _time(line: PastLine, name: str, reading: Reading) -> Said | None:
    text = line.cell(name)
    if not text:
        return None
    try:
        return read_time(text, reading.zone, reading.order)
    except Unreadable as no:
        raise _Refused(no.code, name, text, no.why) from None


def _end(said: Said | None, reading: Reading) -> datetime | None:
    """A date that something ends on lasts until 24:00."""
    if said is None or not said.whole_day or reading.zone is None:
        return None if said is None else said.at
    local = said.at.astimezone(reading.zone)
    return (local.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=reading.zone).astimezone(said.at.tzinfo)


def _check_order(
    line: PastLine, reading: Reading, opened_at: datetime, due_at: datetime | None, closed_at: datetime | None
) -> None:
    for name, at in (("opened", opened_at), ("closed", closed_at)):
        if at is not None and at > reading.now + AHEAD:
            hours = (at - reading.now) / timedelta(hours=1)
            why = f"This lies {hours:,.1f} hours ahead of now. Is --time-zone right?"
            raise _Refused(f"{name}_in_future", name, line.cell(name), why)
    if closed_at is not None and closed_at < opened_at:
        raise _Refused("closed_before_opened", "closed", line.cell("closed"), f"Opened at {line.cell('opened')}.")
    if due_at is not None and due_at <= opened_at:
        raise _Refused("due_before_opened", "due", line.cell("due"), f"Opened at {line.cell('opened')}.")


def _flag(line: PastLine) -> tuple[bool | None, str]:
    """Whether the file calls it on time; and the text of a flag that says neither."""
    for name, reverse in (("on_time", False), ("overdue", True)):
        text = line.cell(name).lower()
        if not text:
            continue
        if text in _LATE_WORDS or text in _IN_TIME_WORDS:
            return text in _IN_TIME_WORDS, ""
        if text in _YES or text in _NO:
            return (text in _YES) is not reverse, ""
        return None, text[:WORD_LENGTH]
    return None, ""


def _place(line: PastLine, reading: Reading) -> tuple[tuple[float, float] | None, str]:
    """The coordinates as they stand there, x before y, and what stood there if they cannot be read."""
    found = line.geometry or _written_place(line)
    if isinstance(found, str):
        return None, found
    if found is None:
        return None, ""
    return (found[1], found[0]) if reading.exchanged else found, ""


def _written_place(line: PastLine) -> tuple[float, float] | str | None:
    for east, north in PAIRS:
        if east in line.cells and north in line.cells:
            words = (line.cell(east), line.cell(north))
            break
    else:
        text = line.cell("point")
        if not text:
            return None
        found = _WKT.fullmatch(text)
        if found is None:
            return text[:WORD_LENGTH]
        words = (found[1], found[2])
    if not any(words):
        return None
    try:
        x, y = (float(word.replace(",", "")) for word in words)
    except ValueError:
        return ", ".join(words)[:WORD_LENGTH]
    return (x, y) if math.isfinite(x) and math.isfinite(y) else ", ".join(words)[:WORD_LENGTH]
