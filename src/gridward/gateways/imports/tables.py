"""Small tables from a person's file: a workbook's first sheet, or CSV in UTF-8 or GB18030, with a line of headings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gridward.domain.errors import Malformed
from gridward.gateways.imports.sheets import rows_of

MOST_BYTES = 5_000_000
MOST_UNPACKED = 100_000_000
MOST_LINES = 20_000


def read_table(content: bytes, columns: Mapping[str, Sequence[str]], needed: str) -> list[tuple[str, dict[str, str]]]:
    """``(place, column → cell)`` for each line below the headings that is not empty; cells that are missing are ``""``.

    Args:
        columns: Our name → headings that mean it.
        needed: The column without which it is not that table.

    Raises:
        Malformed: ``file_too_large``, ``too_many_lines``, ``file_unreadable``, ``headings_missing``.
    """
    if len(content) > MOST_BYTES:
        raise Malformed("file_too_large", most_bytes=MOST_BYTES)
    at: dict[str, int] | None = None
    lines: list[tuple[str, dict[str, str]]] = []
    for place, cells in rows_of(content, most_unpacked=MOST_UNPACKED):
        plain = [cell.strip() for cell in cells]
        if at is None:
            found = {name: plain.index(one) for name, words in columns.items() for one in words if one in plain}
            at = found if needed in found else None
        elif any(plain):
            lines.append((place, {name: plain[n] if n < len(plain) else "" for name, n in at.items()}))
        if len(lines) > MOST_LINES:
            raise Malformed("too_many_lines", most=MOST_LINES)
    if at is None:
        raise Malformed("headings_missing", needed=list(columns[needed]))
    return lines
