"""What a dispatcher pastes: a message from a chat group, a note of a call, an order from another system. Pure.

Everything read here is a proposal: a person sees it before anything is filed, so what is not plainly there is left open.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gridward.domain.errors import Malformed
from gridward.domain.geometry import Datum
from gridward.domain.tickets.intake_people import is_label, set_apart

MOST_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Degrees as they were written, longitude first. ``datum`` None: the words do not say what they refer to."""

    lon: float
    lat: float
    datum: Datum | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a pasted text says, as far as it says it.

    ``note`` is what a unit will read: what was said, without the lines that a chat program puts before it and without
    whoever said it, who stands with ``speaker`` and ``outer_no``. ``source`` is a code of 来源.
    """

    note: str
    speaker: str | None = None
    said_at: datetime | None = None
    source: str | None = None
    outer_no: str | None = None
    outer_due_at: datetime | None = None
    pairs: tuple[Pair, ...] = ()


def read_message(text: str, now: datetime, zone: ZoneInfo) -> Message:
    """Read a pasted text.

    Args:
        now: A date without a year, or a time without a date, is the last one before this instant.
        zone: Of the times in it.

    Raises:
        Malformed: ``message_too_long``.
    """
    if len(text) > MOST_CHARACTERS:
        raise Malformed("message_too_long", most=MOST_CHARACTERS)
    given = text.replace("\r\n", "\n").strip()
    plain = unicodedata.normalize("NFKC", given)
    head, said = _taken_apart(given)
    apart = set_apart("\n".join(said).strip())
    clocked = head is not None and "hour" in head.groupdict()
    return Message(
        note=apart.note,
        speaker=apart.speaker(head["who"].strip() if head is not None else None),
        said_at=_past(head, now, zone) if head is not None and clocked else None,
        source=_source(plain, chatted=clocked),
        outer_no=apart.outer_no,
        outer_due_at=_outer_due(plain, now, zone),
        pairs=_pairs(plain),
    )


# ---- What a chat program puts before each message -----------------------------------------------------------------

_DAY = r"(?:(?P<year>\d{4})[-/.年])?(?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?"
_HEAD = re.compile(rf"(?P<who>[^\s:][^:\n]{{0,23}}?)[ \t]+(?:{_DAY}[ \t]+)?{_CLOCK}")
_NAME = re.compile(r"(?P<who>[^\s:,。!?]{1,12}):")
_SHOWN_ONLY = re.compile(r"\[(?:图片|视频|语音|位置|动画表情|文件|链接)[^\]]*\]")


def _taken_apart(text: str) -> tuple[re.Match[str] | None, list[str]]:
    """The first line that names who wrote (and when), and what was written, in its own characters."""
    first: re.Match[str] | None = None
    said: list[str] = []
    for line in text.split("\n"):
        head = _HEAD.fullmatch(unicodedata.normalize("NFKC", line).strip())
        if head is not None:
            first = first or head
            continue
        kept = _SHOWN_ONLY.sub("", line).strip()
        if kept:
            said.append(kept)
    if first is None and len(said) > 1:
        named = _NAME.fullmatch(unicodedata.normalize("NFKC", said[0]))
        if named is not None and not is_label(named.group()):
            return named, said[1:]
    return first, said


def _past(head: re.Match[str], now: datetime, zone: ZoneInfo) -> datetime | None:
    local = now.astimezone(zone)
    day = local.date()
    try:
        at = time(int(head["hour"]), int(head["minute"]))
        if head["month"]:
            day = date(int(head["year"] or local.year), int(head["month"]), int(head["day"]))
    except ValueError:
        return None
    said = datetime.combine(day, at, zone)
    if said > local + timedelta(minutes=1) and not head["year"]:
        said = datetime.combine(_earlier(day, whole_year=bool(head["month"])), at, zone)
    return said if said <= local + timedelta(minutes=1) else None


def _earlier(day: date, *, whole_year: bool) -> date:
    if not whole_year:
        return day - timedelta(days=1)
    # 29 February stands in no year before a leap year.
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


# ---- Where it comes from, and what another system wants ------------------------------------------------------------

_SOURCES = (
    ("hotline", re.compile(r"12345|热线(?:工单|转办|诉求)|政务服务便民热线")),
    ("superior", re.compile(r"交办|督办函|街道办?转|区里转|上级")),
    ("call", re.compile(r"来电|致电|电话反映|打电话")),
    ("walk_in", re.compile(r"来访|上门反映|到居委会反映|前台反映")),
    ("video", re.compile(r"视频巡查|监控(?:发现|看到)|摄像头")),
    ("visit", re.compile(r"走访|入户")),
)


def _source(text: str, *, chatted: bool) -> str | None:
    found = next((code for code, said in _SOURCES if said.search(text)), None)
    return found or ("wechat" if chatted or "@所有人" in text else None)


_BEFORE = re.compile(
    rf"{_DAY}\s*(?:(?P<hour>\d{{1,2}})[:时点](?P<minute>\d{{2}})?分?)?\s*(?:之?前|以前)"
    rf"|(?:办结|答复|反馈|回复|处理|办理)?(?:时限|期限|截止)(?:时间|日期)?[::至到为\s]*"
    + _DAY.replace("<", "<to_")
    + r"(?:\s*(?P<to_hour>\d{1,2})[:时点](?P<to_minute>\d{2})?)?"
)


def _outer_due(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """By when the other system wants an answer; a day without an hour means its last minute."""
    found = _BEFORE.search(text)
    if found is None:
        return None
    name = "" if found["month"] else "to_"
    local = now.astimezone(zone)
    try:
        day = date(int(found[f"{name}year"] or local.year), int(found[f"{name}month"]), int(found[f"{name}day"]))
        hour = found[f"{name}hour"]
        at = time(23, 59) if hour is None else time(int(hour), int(found[f"{name}minute"] or 0))
    except ValueError:
        return None
    if not found[f"{name}year"] and day < local.date() - timedelta(days=180):
        day = day.replace(year=day.year + 1)
    return datetime.combine(day, at, zone)


# ---- Coordinates -----------------------------------------------------------------------------------------------------

_DEGREES = re.compile(
    r"(?<![\d.])(\d{1,3}\.\d{3,15})(?![\d.])[°\s]*[,、;/|E东经N北纬:\s]{1,8}(\d{1,3}\.\d{3,15})(?![\d.])"
)
_EAST, _NORTH = (73.0, 136.0), (3.0, 54.0)
_DATUM_WORDS = (
    (Datum.bd09, re.compile(r"百度|BD-?09", re.IGNORECASE)),
    (Datum.gcj02, re.compile(r"高德|腾讯|微信|火星|GCJ-?02", re.IGNORECASE)),
    (Datum.wgs84, re.compile(r"GPS|WGS-?84|天地图|CGCS2000|国家2000", re.IGNORECASE)),
)


def _pairs(text: str) -> tuple[Pair, ...]:
    """Pairs of degrees within China, whichever comes first; longitudes there are all larger than latitudes."""
    found: dict[tuple[float, float], Pair] = {}
    datum = next((datum for datum, words in _DATUM_WORDS if words.search(text)), None)
    for one in _DEGREES.finditer(text):
        low, high = sorted((float(one[1]), float(one[2])))
        if _EAST[0] <= high <= _EAST[1] and _NORTH[0] <= low <= _NORTH[1]:
            found[high, low] = Pair(lon=high, lat=low, datum=datum)
    return tuple(found.values())


# ---- Places by their names -----------------------------------------------------------------------------------------------

SHORTEST_NAME, LONGEST_NAME = 2, 16
_RUN = re.compile(r"[^\W_]+")


def windows(text: str) -> Iterator[str]:
    """Every stretch of the text that may be the name of a place."""
    plain = unicodedata.normalize("NFKC", text)
    for run in _RUN.finditer(plain):
        word = run.group()
        for start in range(len(word)):
            for end in range(start + SHORTEST_NAME, min(start + LONGEST_NAME, len(word)) + 1):
                yield word[start:end]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPlace:
    """A thing of the map that bears a name: WGS-84 degrees, ``reach_m`` how far it stretches from there."""

    kind: str
    name: str
    lon: float
    lat: float
    reach_m: float
    in_area: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidPlace:
    """A named place that the text means, in the text's words; ``accuracy_m`` how well that says where."""

    kind: str
    name: str
    words: str
    lon: float
    lat: float
    accuracy_m: float


AROUND_M = {"building": 20.0, "landmark": 40.0, "street": 30.0}
"""How far from a named thing somebody stands who names it."""
_SHARPEST = {"building": 0, "landmark": 1, "street": 2}
_BESIDE = re.compile(r"(?:旁边?|边上?|对面|门口|附近|后面|前面|路口|楼下|转角|里面|入口|出口|隔壁)")


def places_said(text: str, known: list[NamedPlace]) -> tuple[SaidPlace, ...]:
    """The places that a text names, the likeliest first.

    A name inside a longer one (学校 in 学校东门) is not meant. A house says more than a gate, a gate more than a lane;
    the dispatcher's own area goes first.
    """
    plain = unicodedata.normalize("NFKC", text)
    names = sorted({one.name for one in known}, key=len, reverse=True)
    taken: list[tuple[int, int]] = []
    at: dict[str, int] = {}
    for name in names:
        start = plain.find(name)
        while start >= 0:
            end = start + len(name)
            if not any(first <= start and end <= last for first, last in taken):
                taken.append((start, end))
                at.setdefault(name, start)
            start = plain.find(name, end)
    meant = [one for one in known if one.name in at]
    meant.sort(key=lambda one: (not one.in_area, _SHARPEST.get(one.kind, 3), -len(one.name), at[one.name]))
    return tuple(
        SaidPlace(
            kind=one.kind,
            name=one.name,
            words=_in_words(plain, one.name, at[one.name]),
            lon=one.lon,
            lat=one.lat,
            accuracy_m=round(one.reach_m + AROUND_M.get(one.kind, 40.0), 1),
        )
        for one in meant
    )


def _in_words(text: str, name: str, start: int) -> str:
    after = _BESIDE.match(text, start + len(name))
    return name + (after.group() if after else "")


def beyond_places(text: str, places: tuple[SaidPlace, ...]) -> str:
    """What is left of a text without the names of places: 市场 in a name says nothing of what is wrong there."""
    plain = unicodedata.normalize("NFKC", text)
    for one in places:
        plain = plain.replace(one.name, " ")
    return plain


# ---- When another system's time limit runs out -----------------------------------------------------------------------------

WARNED_BEFORE = timedelta(hours=24)


def warn_at(received_at: datetime, outer_due_at: datetime) -> datetime:
    """When the desk is told that another system's limit runs out: a day before, or at half of what is less than two."""
    return max(outer_due_at - WARNED_BEFORE, received_at + (outer_due_at - received_at) / 2)
