"""Rules and duty list as a workbook of two sheets: read, and written so that it can be edited and read again."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from gridward.domain.errors import Malformed
from gridward.domain.routing.sheet import (
    DUTIES_SHEET,
    DUTY_COLUMNS,
    NO,
    PARTS,
    RULE_COLUMNS,
    RULES_SHEET,
    UNIT_KINDS,
    WAYS,
    YES,
    Row,
)

MOST_BYTES = 5_000_000
MOST_UNPACKED = 50_000_000
MOST_ROWS = 6_000
CHOICES: Mapping[str, Sequence[str]] = {
    "urgent": (YES, NO),
    "by": tuple(WAYS.values()),
    "part": tuple(PARTS.values()),
    "unit_kind": tuple(UNIT_KINDS.values()),
}
WIDE = {"name": 28, "categories": 32, "conditions": 28, "grids": 28, "areas": 24, "by": 24, "unit_id": 28, "before": 20}
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def read_rules_workbook(content: bytes) -> tuple[list[Row], list[Row]]:
    """The rows of both sheets below their headings; the duty list may be missing.

    Raises:
        Malformed: ``import.too_large``, ``import.not_a_workbook``, ``import.no_headings`` (with what is needed).
    """
    if len(content) > MOST_BYTES:
        raise Malformed("import.too_large", bytes=len(content), most=MOST_BYTES)
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise Malformed("import.too_large", bytes=len(content), most=MOST_UNPACKED)
        book = load_workbook(BytesIO(content), data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, ParseError, OSError) as fault:
        raise Malformed("import.not_a_workbook", why=type(fault).__name__) from fault
    if RULES_SHEET not in book.sheetnames:
        raise Malformed("import.no_headings", sheets=book.sheetnames, needed=[RULES_SHEET])
    duties = _rows(book[DUTIES_SHEET], DUTY_COLUMNS) if DUTIES_SHEET in book.sheetnames else []
    return _rows(book[RULES_SHEET], RULE_COLUMNS), duties


def _rows(sheet: Worksheet, columns: Mapping[str, str]) -> list[Row]:
    if sheet.max_row > MOST_ROWS:
        raise Malformed("import.too_large", sheet=sheet.title, rows=sheet.max_row, most=MOST_ROWS)
    lines = [[_text(value) for value in line] for line in sheet.iter_rows(values_only=True)]
    headings = lines[0] if lines else []
    missing = [heading for heading in columns if heading not in headings]
    if missing:
        raise Malformed("import.no_headings", sheet=sheet.title, needed=missing)
    at = {columns[heading]: place for place, heading in enumerate(headings) if heading in columns}
    return [
        (number, {name: line[place] for name, place in at.items()})
        for number, line in enumerate(lines[1:], 2)
        if any(line)
    ]


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip().removeprefix("'")


def write_rules_workbook(rules: Sequence[Mapping[str, str]], duties: Sequence[Mapping[str, str]]) -> bytes:
    """Both sheets with headings, lists to choose from, and text that no program takes for a formula."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    first.title = RULES_SHEET
    _fill(first, RULE_COLUMNS, rules)
    _fill(book.create_sheet(DUTIES_SHEET), DUTY_COLUMNS, duties)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Worksheet, columns: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> None:
    sheet.append(list(columns))
    for row in rows:
        sheet.append([_plain(row[name]) for name in columns.values()])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for place, name in enumerate(columns.values(), 1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = WIDE.get(name, 14)
        for (cell,) in sheet.iter_rows(min_row=2, min_col=place, max_col=place):
            cell.number_format = "@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        if name in CHOICES:
            listed = DataValidation(type="list", formula1=f'"{",".join(CHOICES[name])}"', allow_blank=True)
            sheet.add_data_validation(listed)
            listed.add(f"{letter}2:{letter}{MOST_ROWS}")


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
