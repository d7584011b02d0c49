"""A table as an ``.xlsx`` file for people: what somebody typed is text in it, never a formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

Value = str | int | float | None
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(title: str, head: Sequence[str], rows: Iterable[Sequence[Value]], widths: Sequence[int]) -> bytes:
    """One sheet: a bold head that stays on screen, then the rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for at, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(at)].width = width

    def cell(value: Value, *, bold: bool = False) -> WriteOnlyCell:
        made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value)
        if isinstance(value, str):
            # openpyxl takes a text that begins with "=" for a formula.
            made.data_type = "s"
        if bold:
            made.font = Font(bold=True)
        return made

    sheet.append([cell(name, bold=True) for name in head])
    for row in rows:
        sheet.append([cell(value) for value in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()
