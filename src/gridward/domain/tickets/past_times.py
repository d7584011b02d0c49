"""Times as other systems write them. A local time becomes an instant by a declared zone, or it is refused: never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from zoneinfo import ZoneInfo

from gridward.domain.errors import Malformed

EARLIEST, LATEST = 1980, 2100
"""Years outside are slips of the pen."""


class DateOrder(StrEnum):
    """What ``05/01/2026`` means."""

    month_first = "month-first"
    day_first = "day-first"


@dataclass(frozen=True, slots=True)
class Said:
    """An instant of a file, UTC. ``whole_day``: only a date stood there, and ``at`` is the first instant of that day."""

    at: datetime
    whole_day: bool = False


class Unreadable(Exception):
    """This text is no instant; ``code`` and ``why`` as in ``imports.Finding``."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


_TIME = (
    r"(?P<noon>上午|下午|早上|晚上)?\s*(?P<hour>\d{1,2})[:时点](?P<minute>\d{1,2})"
    r"(?:[:分](?P<second>\d{1,2})(?:[.,](?P<part>\d{1,9}))?秒?|分)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
)
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})(?P<dash>[-/.年])(?P<month>\d{{1,2}})[-/.月](?P<day>\d{{1,2}})日?(?:[T\s]*{_TIME})?"
)
_YEAR_LAST = re.compile(rf"(?P<first>\d{{1,2}})[-/.](?P<next>\d{{1,2}})[-/.](?P<year>\d{{4}})(?:[T\s]+{_TIME})?")
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:\s*(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2}))?"
)
_EPOCH_MS = re.compile(r"1?\d{12}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def needs_zone(text: str) -> bool:
    """Whether this is a local time, which means nothing without the zone of the clock that showed it."""
    found = _match(text)
    return found is not None and not (found.groupdict().get("zone"))


def date_order(texts: Iterable[str]) -> DateOrder | None:
    """How a file writes dates with the year last, by those of them that can be read in one way only.

    None where no date has the year last.

    Raises:
        Malformed: ``date_order_needed`` with the question: every one of them can be read in two ways, or they differ.
    """
    seen: str | None = None
    month_first = day_first = False
    for text in texts:
        found = _YEAR_LAST.fullmatch(text)
        if found is None:
            continue
        seen = seen or text
        month_first = month_first or int(found["next"]) > 12
        day_first = day_first or int(found["first"]) > 12
    if seen is None:
        return None
    if month_first == day_first:
        why = "Is the month first or the day? Say --dates month-first or --dates day-first."
        raise Malformed("date_order_needed", field="--dates", text=seen, why=why)
    return DateOrder.month_first if month_first else DateOrder.day_first


def read_time(text: str, zone: ZoneInfo | None, order: DateOrder | None) -> Said:
    """The instant that a text says.

    Args:
        zone: Of local times; a time that carries its own offset needs none.

    Raises:
        Unreadable: ``time_unreadable``, ``time_unlikely``, ``time_twice`` (an hour that clocks showed twice, set back),
            ``time_skipped`` (one that they never showed, set forward).
    """
    if _EPOCH_MS.fullmatch(text):
        return Said(_likely(_EPOCH + timedelta(milliseconds=int(text))))
    found = _match(text)
    if found is None:
        raise Unreadable("time_unreadable", "This is no date and time in a form that is known.")
    parts = found.groupdict()
    month, day = parts.get("month"), parts.get("day")
    if month is None or day is None:
        first, following = parts["first"], parts["next"]
        month, day = (following, first) if order is DateOrder.day_first else (first, following)
    try:
        local = datetime(int(parts["year"]), int(month), int(day)) + _since_midnight(parts)  # noqa: DTZ001
    except ValueError:
        raise Unreadable("time_unreadable", "There is no such day or hour.") from None
    return Said(_likely(_instant(local, parts.get("zone"), zone)), whole_day=parts.get("hour") is None)


def _match(text: str) -> re.Match[str] | None:
    return _YEAR_FIRST.fullmatch(text) or _YEAR_LAST.fullmatch(text) or _COMPACT.fullmatch(text)


def _since_midnight(parts: dict[str, str | None]) -> timedelta:
    if parts.get("hour") is None:
        return timedelta()
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    half = (parts.get("half") or "")[:1].lower()
    noon = parts.get("noon") or ""
    if half:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half == "p" else 0)
    elif noon in ("下午", "晚上") and hour < 12:
        hour += 12
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        raise ValueError
    microseconds = int((parts.get("part") or "")[:6].ljust(6, "0"))
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microseconds)


def _instant(local: datetime, offset: str | None, zone: ZoneInfo | None) -> datetime:
    if offset is not None:
        return local.replace(tzinfo=_offset(offset)).astimezone(UTC)
    if zone is None:
        raise Unreadable("time_unreadable", "A local time, and nobody has said of which zone.")
    first, second = local.replace(tzinfo=zone), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        raise Unreadable("time_skipped", f"Clocks of {zone.key} were set forward over this hour: they never showed it.")
    raise Unreadable(
        "time_twice", f"Clocks of {zone.key} were set back and showed this hour twice: which one is meant?"
    )


def _offset(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if span > timedelta(hours=14):
        raise Unreadable("time_unreadable", "No zone is so far from Greenwich.")
    return timezone(-span if text[0] == "-" else span)


def _likely(at: datetime) -> datetime:
    if not EARLIEST <= at.year < LATEST:
        raise Unreadable("time_unlikely", f"The year {at.year} is not likely.")
    return at
