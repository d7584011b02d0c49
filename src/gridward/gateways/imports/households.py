"""Spreadsheets of households: a workbook's first sheet, or CSV in UTF-8 or GB18030. Merged cells are seen as such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from gridward.domain.errors import Malformed
from gridward.domain.households.importing import COLUMNS, FILLED, NEEDED, UNWANTED, Line
from gridward.gateways.imports.sheets import merged_down, rows_of

MOST_BYTES = 60_000_000
MOST_UNPACKED = 600_000_000
MOST_LINES = 300_000
HEADINGS_WITHIN = 10


def read_households(content: bytes) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """The lines below the first row that has headings for building and room, and headings that were left unread because
    what stands below them is not kept here.

    Raises:
        Malformed: ``file_too_large``, ``too_many_lines``, ``file_unreadable``, ``headings_missing``.
    """
    if len(content) > MOST_BYTES:
        raise Malformed("file_too_large", most_bytes=MOST_BYTES)
    merged = merged_down(content)
    columns: Mapping[int, str] | None = None
    unwanted: tuple[str, ...] = ()
    above: dict[int, Sequence[str]] = {}
    tops = set(merged.values())
    lines: list[Line] = []
    for number, (place, cells) in enumerate(islice(rows_of(content, most_unpacked=MOST_UNPACKED), MOST_LINES + 20), 1):
        if number in tops:
            above[number] = cells
        if columns is None:
            found = _columns(cells)
            if set(NEEDED) <= set(found.values()):
                columns = found
                unwanted = tuple(cell.strip() for cell in cells if any(part in cell for part in UNWANTED))
            elif number >= HEADINGS_WITHIN:
                break
        elif any(cell.strip() for cell in cells):
            lines.append(_line(place, number, cells, columns, merged, above))
    if columns is None:
        raise Malformed("headings_missing", needed=[COLUMNS[name][0] for name in NEEDED])
    if len(lines) > MOST_LINES:
        raise Malformed("too_many_lines", most=MOST_LINES)
    return tuple(lines), unwanted


def _columns(cells: Sequence[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for at, cell in enumerate(cells):
        heading = "".join(cell.split()).lower()
        for name, headings in COLUMNS.items():
            if heading in headings and name not in found.values():
                found[at] = name
    return found


def _line(
    place: str,
    number: int,
    cells: Sequence[str],
    columns: Mapping[int, str],
    merged: Mapping[tuple[int, int], int],
    above: Mapping[int, Sequence[str]],
) -> Line:
    named = {name: cells[at] for at, name in columns.items() if at < len(cells)}
    filled: set[str] = set()
    spread: set[str] = set()
    for at, name in columns.items():
        top = merged.get((number, at))
        if top is None or named.get(name, "").strip():
            continue
        written = above[top][at] if at < len(above.get(top, ())) else ""
        if written.strip():
            named[name] = written
            (filled if name in FILLED else spread).add(name)
    return Line(place=place, cells=named, filled=frozenset(filled), spread=frozenset(spread))
