"""Histories that the real services made, as patterns: every id, instant and place in their rows becomes a slot.

A pattern filled with other ids, with instants moved by whole weeks and with another place is a history that the
services would have made there: its rows still are the fold of its entries. That holds while no day that differs from its weekday
(a holiday, a working Saturday) lies in either window, so only such weeks are offered.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from gridward.domain.entries import canonical

ZONE = ZoneInfo("Asia/Shanghai")
ROWS = ("ticket", "report", "assignment", "request", "clock", "ticket_round")
HISTORY = ("entry", "ticket_text", "operation", "photo_use")
"""Rows that only tickets with a whole history get."""

FOUND = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d(?::\d\d)?|Z)"
    r"|0101000020E6100000[0-9A-F]{32}"
)
DERIVED = "\x00"
"""Stands in a line for what is computed from the rest of it."""

FAR_YEAR = 9999
MARGIN = timedelta(days=1)

NUMBER, DAY, SHORT_NO, WORDS, SEARCH, POINT = range(6)
"""Slots that every pattern has, before those of ids and instants."""
SPECIAL = {
    ("ticket", "number"): NUMBER,
    ("ticket", "number_day"): DAY,
    ("ticket", "short_no"): SHORT_NO,
    ("ticket", "place_note"): WORDS,
    ("report", "place_note"): WORDS,
    ("ticket", "search"): SEARCH,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row in COPY's text form: ``text % values`` of these slots. ``derived``: its digest or id follows from others."""

    text: str
    slots: tuple[int, ...]
    derived: str | None = None
    derived_slots: tuple[int, ...] = ()


@dataclass(slots=True)
class Pattern:
    """A history. ``fixed`` ids stay; ``roles`` are ids that the new place decides; ``own`` ids are made anew."""

    ticket_id: str
    received_at: datetime
    is_open: bool
    category_name: str
    note: str
    in_estate: bool
    first: date
    last: date
    own: dict[str, int] = field(default_factory=dict)
    roles: dict[str, tuple[str, int]] = field(default_factory=dict)
    instants: dict[str, tuple[datetime, bool, int]] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)
    size: int = POINT + 1

    def slot(self) -> int:
        self.size += 1
        return self.size - 1


@dataclass(slots=True)
class Cast:
    """What the ids of the demo community mean there: id → role; ids that are not listed stay as they are."""

    roles: dict[str, str]
    fixed: frozenset[str]


async def read_cast(connection: asyncpg.Connection) -> Cast:
    roles: dict[str, str] = {}
    for row in await connection.fetch("SELECT unit_id, kind FROM unit WHERE kind <> 'department'"):
        roles[str(row["unit_id"])] = row["kind"]
    for row in await connection.fetch("SELECT person_id, role, scope_id FROM role_grant"):
        if row["role"] in ("volunteer", "steward"):
            roles[str(row["person_id"])] = row["role"]
    fixed = {
        str(row[0])
        for query in (
            "SELECT jurisdiction_id FROM jurisdiction",
            "SELECT standard_id FROM standard",
            "SELECT person_id FROM person",
            "SELECT unit_id FROM unit",
            "SELECT grid_id FROM grid",
            "SELECT area_id FROM area",
            "SELECT building_id FROM building",
            "SELECT service_area_id FROM service_area",
            "SELECT photo_id FROM photo",
        )
        for row in await connection.fetch(query)
    }
    return Cast(roles, frozenset(fixed))


async def columns_of(connection: asyncpg.Connection, table: str) -> list[str]:
    rows = await connection.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 "
        "AND is_generated = 'NEVER' ORDER BY ordinal_position",
        table,
    )
    return [row["column_name"] for row in rows]


async def read_patterns(connection: asyncpg.Connection) -> list[Pattern]:
    """A pattern of every ticket of the demo that stands by itself (no merge, no split, one reporter)."""
    await connection.execute("SET timezone = 'UTC'")
    cast = await read_cast(connection)
    rows = await connection.fetch(
        """
        SELECT t.ticket_id::text, t.received_at, t.is_open, t.grid_id::text, t.community_id::text,
               t.building_id::text, u.kind AS unit_kind, c.name AS category_name, coalesce(x.body, '') AS note
        FROM ticket t
        LEFT JOIN unit u USING (unit_id)
        LEFT JOIN category c ON c.standard_id = t.standard_id AND c.code = t.category_code
        LEFT JOIN ticket_text x ON x.ticket_id = t.ticket_id AND x.kind = 'file.note'
        WHERE t.reports_count = 1 AND t.merged_into_id IS NULL AND t.parent_id IS NULL AND t.grid_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM ticket p WHERE p.parent_id = t.ticket_id OR p.merged_into_id = t.ticket_id)
        ORDER BY t.received_at, t.number
        """
    )
    patterns = {}
    for row in rows:
        pattern = Pattern(
            ticket_id=row["ticket_id"],
            received_at=row["received_at"],
            is_open=row["is_open"],
            category_name=row["category_name"] or "",
            note=row["note"],
            in_estate=row["unit_kind"] == "estate",
            first=row["received_at"].date(),
            last=row["received_at"].date(),
        )
        for name in ("grid", "community", "building"):
            if row[f"{name}_id"] is not None:
                pattern.roles[row[f"{name}_id"]] = (name, pattern.slot())
        patterns[pattern.ticket_id] = pattern
    for table in (*ROWS, *HISTORY):
        columns = await columns_of(connection, table)
        at = columns.index("ticket_id")
        digests = await _digests(connection) if table == "entry" else {}
        for cells in await _copied(connection, table, columns):
            if cells[at] in patterns:
                pattern = patterns[cells[at]]
                line = _line(pattern, cast, table, columns, cells, digests)
                pattern.lines.setdefault(table, []).append(line)
    return list(patterns.values())


async def _copied(connection: asyncpg.Connection, table: str, columns: Sequence[str]) -> Iterable[list[str]]:
    out = io.BytesIO()
    order = "ticket_id, ticket_version" if table == "entry" else "1"
    await connection.copy_from_query(
        f"SELECT {', '.join(columns)} FROM {table} WHERE ticket_id IS NOT NULL ORDER BY {order}",
        output=out,
        format="text",
    )
    return (line.split("\t") for line in out.getvalue().decode().splitlines())


async def _digests(connection: asyncpg.Connection) -> dict[str, str]:
    """entry_id → what its digest is made of, proved on the digest that stands there."""
    found = {}
    for row in await connection.fetch("SELECT * FROM entry WHERE ticket_id IS NOT NULL"):
        said = {
            "entry_id": str(row["entry_id"]),
            "jurisdiction_id": str(row["jurisdiction_id"]),
            "actor_id": str(row["actor_id"]) if row["actor_id"] else None,
            "via": row["via"],
            "verb": row["verb"],
            "subject": row["subject"],
            "subject_id": str(row["subject_id"]),
            "ticket_id": str(row["ticket_id"]),
            "ticket_version": row["ticket_version"],
            "occurred_at": row["occurred_at"].astimezone(UTC).isoformat(timespec="microseconds"),
            "recorded_at": row["recorded_at"].astimezone(UTC).isoformat(timespec="microseconds"),
            "detail": json.loads(row["detail"]),
        }
        text = canonical(said)
        if hashlib.sha256(text).digest() != row["hash"]:
            raise RuntimeError("an entry's digest is made of something else than this file believes")
        found[said["entry_id"]] = text.decode()
    return found


def _line(
    pattern: Pattern, cast: Cast, table: str, columns: list[str], cells: list[str], digests: dict[str, str]
) -> Line:
    parts, slots = [], []
    for column, content in zip(columns, cells, strict=True):
        special = SPECIAL.get((table, column))
        if special is not None and content != r"\N":
            text, own = "%s", [special]
        elif (table, column) == ("entry", "hash"):
            text, own = r"\\x" + DERIVED, []
        elif (table, column) == ("clock", "clock_id"):
            text, own = DERIVED, []
        else:
            text, own = _slotted(pattern, cast, content)
        parts.append(text)
        slots += own
    derived, derived_slots = None, []
    if table == "entry":
        derived, derived_slots = _slotted(pattern, cast, digests[cells[columns.index("entry_id")]])
    elif table == "clock":
        derived = cells[columns.index("key")]
    return Line("\t".join(parts), tuple(slots), derived, tuple(derived_slots))


def _slotted(pattern: Pattern, cast: Cast, content: str) -> tuple[str, list[int]]:
    parts, slots, end = [], [], 0
    for match in FOUND.finditer(content):
        slot = _slot_of(pattern, cast, match[0])
        if slot is not None:
            parts.append(content[end : match.start()].replace("%", "%%") + "%s")
            slots.append(slot)
            end = match.end()
    parts.append(content[end:].replace("%", "%%"))
    return "".join(parts), slots


def _slot_of(pattern: Pattern, cast: Cast, text: str) -> int | None:
    if text.startswith("0101000020E6"):
        return POINT
    if text[4] == "-" and text[13] == ":":
        if int(text[:4]) == FAR_YEAR:
            return None
        if text not in pattern.instants:
            at = datetime.fromisoformat(text)
            pattern.instants[text] = at, "." in text, pattern.slot()
            pattern.first = min(pattern.first, (at - MARGIN).astimezone(ZONE).date())
            pattern.last = max(pattern.last, (at + MARGIN).astimezone(ZONE).date())
        return pattern.instants[text][2]
    if text in pattern.roles:
        return pattern.roles[text][1]
    if text in cast.roles:
        pattern.roles[text] = cast.roles[text], pattern.slot()
        return pattern.roles[text][1]
    if text in cast.fixed:
        return None
    if text not in pattern.own:
        pattern.own[text] = pattern.slot()
    return pattern.own[text]


async def odd_days(connection: asyncpg.Connection) -> frozenset[date]:
    """Days that differ from their weekday on some calendar."""
    rows = await connection.fetch("SELECT document::text AS document FROM calendar")
    listed: list[dict[str, Any]] = [json.loads(row["document"]).get("exceptions") or {} for row in rows]
    return frozenset(date.fromisoformat(day) for one in listed for day in one)


def quiet_weeks(pattern: Pattern, odd: frozenset[date], weeks: Iterable[int]) -> list[int]:
    """The numbers of weeks back to which the pattern may be moved; none when its own window has an odd day."""

    def quiet(back: int) -> bool:
        return not any(pattern.first <= day + timedelta(weeks=back) <= pattern.last for day in odd)

    return [back for back in weeks if quiet(back)] if quiet(0) else []
