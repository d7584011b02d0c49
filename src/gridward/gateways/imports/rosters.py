"""Rosters as files: a workbook's first sheet, or CSV in UTF-8 or GB18030."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from gridward.domain.accounts_roster import COLUMNS, RosterLine
from gridward.domain.errors import Malformed
from gridward.gateways.imports.sheets import Row, rows_of

MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000
MOST_LINES = 20_000
HEADINGS_WITHIN = 10
NEEDED = ("name", "phone")


def read_roster(content: bytes) -> tuple[RosterLine, ...]:
    """The lines below the first row that has headings for name and phone; empty lines are left out.

    Raises:
        Malformed: ``file_too_large``, ``too_many_lines``, ``file_unreadable`` (neither workbook nor text),
            ``headings_missing``.
    """
    if len(content) > MOST_BYTES:
        raise Malformed("file_too_large", most_bytes=MOST_BYTES)
    lines = tuple(islice(_lines(rows_of(content, most_unpacked=MOST_UNPACKED)), MOST_LINES + 1))
    if len(lines) > MOST_LINES:
        raise Malformed("too_many_lines", most=MOST_LINES)
    return lines


def _lines(rows: Iterable[Row]) -> Iterator[RosterLine]:
    columns: dict[int, str] | None = None
    for number, (place, cells) in enumerate(rows):
        if columns is None:
            found = _columns(cells)
            if all(name in found.values() for name in NEEDED):
                columns = found
            elif number >= HEADINGS_WITHIN:
                break
        elif any(cell.strip() for cell in cells):
            named = {name: cells[at] for at, name in columns.items() if at < len(cells)}
            yield RosterLine(place=place, cells=named)
    if columns is None:
        raise Malformed("headings_missing", needed=[COLUMNS[name][:2] for name in NEEDED])


def _columns(cells: Sequence[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for at, cell in enumerate(cells):
        heading = "".join(cell.split()).lower() if not cell.isascii() else " ".join(cell.split()).lower()
        for name, headings in COLUMNS.items():
            if heading in headings and name not in found.values():
                found[at] = name
    return found
