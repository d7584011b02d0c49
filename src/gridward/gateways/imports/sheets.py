"""Rows of a table as people send it: a workbook's first sheet, or text in UTF-8 or GB18030 between commas or tabs."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from gridward.domain.errors import Malformed

Row = tuple[str, Sequence[str]]
"""Where it stands, for people; its cells."""


def rows_of(content: bytes, *, most_unpacked: int) -> Iterator[Row]:
    """Every line, headings and empty ones too.

    Raises:
        Malformed: ``file_too_large``, ``file_unreadable`` (neither workbook nor text, or damaged).
    """
    return _workbook(content, most_unpacked) if content[:4] == b"PK\x03\x04" else _text_file(content)


def merged_down(content: bytes) -> dict[tuple[int, int], int]:
    """Cells of a workbook's first sheet that were merged over several rows: ``(row, column)`` of each but the topmost,
    counted from 1 and 0 → the row of the topmost. Nothing for a text file.

    Raises:
        Malformed: ``file_unreadable``; ``file_too_large``: more merged cells than a table can have.
    """
    if content[:4] != b"PK\x03\x04":
        return {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            book = load_workbook(io.BytesIO(content), read_only=True)
            # The reader of long sheets does not tell merged cells; they stand behind the rows, in a list of their own.
            sheet = packed.read(book.worksheets[0]._worksheet_path)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError) as error:
        raise Malformed("file_unreadable") from error
    found: dict[tuple[int, int], int] = {}
    for left, top, right, bottom in _merges(sheet):
        if bottom - top > MOST_MERGED:
            raise Malformed("file_too_large", most_rows=MOST_MERGED)
        for column in range(left, min(right, left + MOST_COLUMNS) + 1):
            found.update({(row, column): top for row in range(top + 1, bottom + 1)})
    return found


MOST_MERGED, MOST_COLUMNS = 5_000, 30


def _merges(sheet: bytes) -> Iterator[tuple[int, int, int, int]]:
    for first, top, last, bottom in re.findall(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"', sheet):
        yield _column(first), int(top), _column(last), int(bottom)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


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


def _workbook(content: bytes, most_unpacked: int) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > most_unpacked:
                raise Malformed("file_too_large", most_bytes=most_unpacked)
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
