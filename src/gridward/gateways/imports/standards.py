"""Reads a city's standard from a workbook: every row with its sheet and number, merged cells carried down.

Knows columns and cells, not what they mean: that is judged in ``domain/standards_import``.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from gridward.domain.errors import Malformed
from gridward.domain.standards_import import RawRow, RawSheet

MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000
MOST_ROWS = 50_000
HEADER_WITHIN = 15
"""Rows from the top in which the line of headings is looked for."""

HEADINGS: Mapping[str, str] = {  # how a heading may end → field
    "大类代码": "parent_code",
    "大类编码": "parent_code",
    "大类名称": "parent_name",
    "大类": "parent_name",
    "小类代码": "code",
    "小类编码": "code",
    "小类名称": "name",
    "小类": "name",
    "处置单位": "lead",
    "责任单位": "lead",
    "责任主体": "lead",
    "主办单位": "lead",
    "牵头单位": "lead",
    "协办单位": "assist",
    "配合单位": "assist",
    "兜底单位": "last_resort",
    "主管部门": "authorities",
    "立案条件": "filing_text",
    "立案标准": "filing_text",
    "结案条件": "closing_text",
    "结案标准": "closing_text",
    "处置时限": "limit",
    "处理时限": "limit",
    "办理时限": "limit",
}
NEEDED = ("code", "name", "filing_text")
CARRIED = ("filing_text", "closing_text", "limit", "limit_a", "limit_b", "limit_c")


def read_workbook(content: bytes) -> tuple[RawSheet, ...]:
    """The sheets of an ``.xlsx`` file; those without a line of headings come back with no rows and ``headed`` False.

    Raises:
        Malformed: ``import.too_large``, ``import.not_a_workbook``, ``import.no_headings`` (no sheet has any).
    """
    _check_size(content)
    try:
        book = load_workbook(BytesIO(content), data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, ParseError, OSError) as fault:
        raise Malformed("import.not_a_workbook", why=type(fault).__name__) from fault
    sheets = tuple(_sheet(sheet) for sheet in book.worksheets)
    if not any(sheet.headed for sheet in sheets):
        raise Malformed("import.no_headings", sheets=[sheet.title for sheet in sheets], needed=sorted(NEEDED))
    return sheets


def _check_size(content: bytes) -> None:
    if len(content) > MOST_BYTES:
        raise Malformed("import.too_large", bytes=len(content), most=MOST_BYTES)
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile as fault:
        raise Malformed("import.not_a_workbook", why="not a zip file") from fault
    if unpacked > MOST_UNPACKED:
        raise Malformed("import.too_large", bytes=unpacked, most=MOST_UNPACKED)


def _sheet(sheet: Worksheet) -> RawSheet:
    if sheet.max_row > MOST_ROWS:
        raise Malformed("import.too_large", sheet=sheet.title, rows=sheet.max_row, most=MOST_ROWS)
    header, columns = _headings(sheet)
    if header is None:
        return RawSheet(sheet.title, (), headed=False)
    origin = {
        (row, column): (area.min_row, area.min_col)
        for area in sheet.merged_cells.ranges
        for row in range(area.min_row, area.max_row + 1)
        for column in range(area.min_col, area.max_col + 1)
    }
    return RawSheet(sheet.title, tuple(_rows(sheet, header, columns, origin)))


def _headings(sheet: Worksheet) -> tuple[int | None, dict[str, int]]:
    for row in range(1, min(sheet.max_row, HEADER_WITHIN) + 1):
        columns: dict[str, int] = {}
        for column in range(1, sheet.max_column + 1):
            heading = re.sub(r"\s", "", str(sheet.cell(row, column).value or ""))
            name = _field(heading)
            if name is not None:
                columns.setdefault(name, column)
        if all(name in columns for name in NEEDED):
            return row, columns
    return None, {}


def _field(heading: str) -> str | None:
    area_class = re.search("([ABC])类", heading)
    if area_class:
        return f"limit_{area_class[1].lower()}"
    return next((name for word, name in HEADINGS.items() if heading.endswith(word)), None)


def _rows(
    sheet: Worksheet, header: int, columns: Mapping[str, int], origin: Mapping[tuple[int, int], tuple[int, int]]
) -> Iterator[RawRow]:
    for number in range(header + 1, sheet.max_row + 1):
        sources = {name: origin.get((number, column), (number, column)) for name, column in columns.items()}
        values = {name: _text(sheet.cell(*source).value) for name, source in sources.items()}
        if not any(_text(sheet.cell(number, column).value) for column in columns.values()) and all(
            sources[name][0] < number for name in CARRIED if name in sources
        ):
            # A condition that is two lines high on paper is still one condition.
            yield RawRow(sheet.title, number, values, continues=True)
        elif any(values.values()):
            yield RawRow(sheet.title, number, values)


def _text(value: Any) -> str:
    """What a person sees in the cell: 1 and 1.0 are ``1``."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()
