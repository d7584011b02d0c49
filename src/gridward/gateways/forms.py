"""A street's own form: a workbook with headings. Its headings are read once; each month its rows are filled.

What the form looks like stays: merged cells, widths, borders, titles above, signatures below. Rows are put in where its
empty ones are; what stands below moves down with them. Words are written as words, never as formulas.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from gridward.domain.errors import Malformed
from gridward.gateways.sheets import Cell as Value
from gridward.gateways.sheets import Record

MOST_BYTES = 2_000_000
MOST_UNPACKED = 30_000_000
MOST_HEADING_ROWS = 30
MOST_COLUMNS = 100
MOST_ROWS = 3_000
"""Such a workbook is whole in memory; a street's month is some hundred rows."""
LONGEST_TEXT = 32_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a form's first sheet says. ``headings``: place (1 is A) → heading; ``first_row``: where rows begin."""

    sheet: str
    heading_row: int
    first_row: int
    headings: Mapping[int, str]


def open_form(content: bytes) -> Workbook:
    """Raises:
    Malformed: ``file_too_large``, ``form.not_a_workbook`` (an old .xls, a file with macros, damaged).
    """
    if len(content) > MOST_BYTES:
        raise Malformed("file_too_large", most_bytes=MOST_BYTES)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = packed.namelist()
            if sum(entry.file_size for entry in packed.infolist()) > MOST_UNPACKED:
                raise Malformed("file_too_large", most_bytes=MOST_UNPACKED)
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise Malformed("form.not_a_workbook")
        return load_workbook(io.BytesIO(content), keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, TypeError) as error:
        raise Malformed("form.not_a_workbook") from error


def read_form(content: bytes, known: Mapping[str, object]) -> Form:
    """Find the line of headings: the one with most headings of ``known`` (bare heading → anything), of the first 30 rows;
    with none, the one with most filled cells.

    Raises:
        Malformed: as :func:`open_form`; ``form.no_headings``: no line has two cells of text; ``form.too_wide``.
    """
    sheet = open_form(content).worksheets[0]
    if sheet.max_column > MOST_COLUMNS:
        raise Malformed("form.too_wide", most=MOST_COLUMNS)
    best: tuple[int, int, int] | None = None
    for row in range(1, min(sheet.max_row, MOST_HEADING_ROWS) + 1):
        own = [_text(sheet.cell(row, place)) for place in range(1, sheet.max_column + 1)]
        filled = [one for one in own if one]
        rank = (sum(one in known for one in filled), len(filled), -row)
        if len(filled) >= 2 and (best is None or rank > best):
            best = rank
    if best is None:
        raise Malformed("form.no_headings")
    # Headings of two rows: what is merged over both stands in the lower one too.
    row = max([-best[2], *(one.max_row for one in _merged(sheet) if one.min_row == -best[2])])
    headings = {place: _heading(sheet, row, place) for place in range(1, sheet.max_column + 1)}
    return Form(
        sheet=sheet.title,
        heading_row=row,
        first_row=row + 1,
        headings={place: heading for place, heading in headings.items() if heading},
    )


def _text(cell: Cell | MergedCell) -> str:
    value = getattr(cell, "value", None)
    return value.strip() if isinstance(value, str) else ""


def _merged(sheet: Worksheet) -> list[CellRange]:
    return list(sheet.merged_cells.ranges)


def _heading(sheet: Worksheet, row: int, place: int) -> str:
    """The cell's own words, or those of the merged cell that it lies in. Below a heading over several columns both, as they
    are spoken: 受理 below 时间 is 受理时间."""
    own = _resolved(sheet, row, place)
    if row == 1:
        return own
    over = next(
        (
            one
            for one in _merged(sheet)
            if one.min_row <= row - 1 <= one.max_row < row
            and one.min_col <= place <= one.max_col
            and 1 < one.max_col - one.min_col + 1 < sheet.max_column - 1
        ),
        None,
    )
    above = _text(sheet.cell(over.min_row, over.min_col)) if over is not None else ""
    return f"{own}{above}" if own and above and above not in own else own


def _resolved(sheet: Worksheet, row: int, place: int) -> str:
    for one in _merged(sheet):
        if one.min_row <= row <= one.max_row and one.min_col <= place <= one.max_col:
            # A merged cell over several columns is one heading, and that of its first.
            return _text(sheet.cell(one.min_row, one.min_col)) if place == one.min_col else ""
    return _text(sheet.cell(row, place))


def fill(
    content: bytes,
    form: Form,
    columns: Mapping[int, str],
    records: Sequence[Record],
    zone: ZoneInfo,
    title: Mapping[str, str],
) -> bytes:
    """The form with these rows in it.

    Args:
        columns: Place → key of a record.
        title: Words above the headings that are replaced where they stand in braces (``{月份}``).

    Raises:
        Malformed: ``form.too_many_rows``; as :func:`open_form`.
    """
    if len(records) > MOST_ROWS:
        raise Malformed("form.too_many_rows", rows=len(records), most=MOST_ROWS)
    book = open_form(content)
    sheet = book.worksheets[0]
    _fill_title(sheet, form, title)
    free = _free_rows(sheet, form)
    if len(records) > free:
        _make_room(sheet, form.first_row + free, len(records) - free)
    looks = [copy(sheet.cell(form.first_row, place)._style) for place in range(1, sheet.max_column + 1)]
    height = sheet.row_dimensions[form.first_row].height
    for index, record in enumerate(records):
        row = form.first_row + index
        if height is not None:
            sheet.row_dimensions[row].height = height
        for place, look in enumerate(looks, 1):
            sheet.cell(row, place)._style = copy(look)
        for place, key in columns.items():
            _write(sheet.cell(row, place), record.get(key), zone)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill_title(sheet: Worksheet, form: Form, title: Mapping[str, str]) -> None:
    for row in range(1, form.heading_row):
        for place in range(1, sheet.max_column + 1):
            cell = sheet.cell(row, place)
            words = _text(cell)
            if isinstance(cell, Cell) and "{" in words:
                for name, value in title.items():
                    words = words.replace(f"{{{name}}}", value)
                cell.value = words
                cell.data_type = "s"


def _free_rows(sheet: Worksheet, form: Form) -> int:
    """Empty rows below the headings, down to the first one that says something or is merged."""
    last: int = max(sheet.max_row, form.first_row)
    for row in range(form.first_row, last + 1):
        said = any(
            getattr(sheet.cell(row, place), "value", None) is not None for place in range(1, sheet.max_column + 1)
        )
        if said or any(one.min_row <= row <= one.max_row for one in _merged(sheet)):
            return row - form.first_row
    return last - form.first_row + 1


def _make_room(sheet: Worksheet, below: int, more: int) -> None:
    """Move everything from a row on down, merged cells and heights too."""
    moved = [one for one in _merged(sheet) if one.min_row >= below]
    for one in moved:
        sheet.merged_cells.remove(one)
        for row, place in _inner(one):
            del sheet._cells[row, place]
    heights = {row: sheet.row_dimensions[row].height for row in range(below, sheet.max_row + 1)}
    if sheet.max_row >= below:
        sheet.move_range(f"A{below}:{get_column_letter(sheet.max_column)}{sheet.max_row}", rows=more, translate=True)
    for row, height in heights.items():
        sheet.row_dimensions[row + more].height = height
    for one in moved:
        sheet.merge_cells(
            start_row=one.min_row + more, end_row=one.max_row + more, start_column=one.min_col, end_column=one.max_col
        )


def _inner(one: CellRange) -> Iterator[tuple[int, int]]:
    for row in range(one.min_row, one.max_row + 1):
        for place in range(one.min_col, one.max_col + 1):
            if (row, place) != (one.min_row, one.min_col):
                yield row, place


def _write(cell: Cell | MergedCell, value: Value, zone: ZoneInfo) -> None:
    if not isinstance(cell, Cell):
        return
    match value:
        case datetime():
            cell.value = value.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
            if cell.number_format == "General":
                cell.number_format = "yyyy-mm-dd hh:mm"
        case str():
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_TEXT]
            # openpyxl takes words that begin with = for a formula; as words they are only shown.
            cell.data_type = "s"
        case _:
            cell.value = value
