"""Rosters as files: a workbook's first sheet, or CSV in UTF-8 or GB18030."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from gridward.domain.accounts_roster import COLUMNS, RosterLine
from gridward.domain.errors import Malformed

MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000
MOST_LINES = 20_000
HEADINGS_WITHIN = 10
NEEDED = ("name", "phone")

Row = tuple[str, Sequence[str]]


def read_roster(content: bytes) -> tuple[RosterLine, ...]:
    """The lines below the first row that has headings for name and phone; empty lines are left out.

    Raises:
        Malformed: ``file_too_large``, ``too_many_lines``, ``file_unreadable`` (neither workbook nor text),
            ``headings_missing``.
    """
    if len(content) > MOST_BYTES:
        raise Malformed("file_too_large", most_bytes=MOST_BYTES)
    rows = _workbook(content) if content[:4] == b"PK\x03\x04" else _text_file(content)
    lines = tuple(islice(_lines(rows), MOST_LINES + 1))
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


def _text_file(content: bytes) -> Iterator[Row]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        head = text[:2000]
        separator = max(",;\t", key=head.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            yield from ((f"row {reader.line_num}", cells) for cells in reader)
        except csv.Error as error:
            raise Malformed("file_unreadable", row=reader.line_num) from error
        return
    raise Malformed("file_unreadable")


def _workbook(content: bytes) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MOST_UNPACKED:
                raise Malformed("file_too_large", most_bytes=MOST_UNPACKED)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            yield f"sheet {sheet.title} row {number}", [_written(value) for value in cells]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError) as error:
        raise Malformed("file_unreadable") from error


def _written(value: Any) -> str:
    """A cell as it is meant: numbers in Excel were phone numbers and codes, never amounts."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
