"""Rows of a table as people send it: a workbook's first sheet, or text in UTF-8 or GB18030 between commas or tabs."""

from __future__ import annotations

import csv
import io
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
