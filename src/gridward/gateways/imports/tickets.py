"""Files of another system's tickets: CSV, a workbook's first sheet, or GeoJSON. Knows columns and cells, not what they mean."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from gridward.domain.errors import Malformed
from gridward.domain.tickets.past import COLUMNS, NEEDED, PAIRS, PastLine
from gridward.gateways.imports import geojson
from gridward.gateways.imports.crs import is_projected
from gridward.gateways.imports.sheets import Row, rows_of

MOST_UNPACKED = 2 * 1024**3
HEADINGS_WITHIN = 10
PLACE_COLUMNS = frozenset({"lon", "lat", "x", "y", "point"})


@dataclass(frozen=True, slots=True)
class Room:
    """The most that is taken of a file: its bytes, those of a workbook unpacked, its rows (None: as many as there are).

    ``otherwise`` says what to do with a larger one.
    """

    file_bytes: int
    unpacked_bytes: int
    rows: int | None
    otherwise: str


AT_THE_COMMAND = Room(1024**3, MOST_UNPACKED, None, "Files up to 1 GiB are read; split this one.")
AT_THE_DESK = Room(
    6_000_000, 100_000_000, 20_000, "At the desk 6 MB and 20,000 rows at most: split it, or `gridward import tickets`."
)
"""There every batch of rows reads the file anew; see ``web/tickets/past``."""


@dataclass(frozen=True, slots=True)
class PastColumns:
    """What a file calls its columns. ``fields``: our name of a column → its heading, as far as it is known by that."""

    headings: tuple[str, ...]
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFile:
    """A file that was read. ``fields``: our name of a column → its heading; ``stated_crs``: what a GeoJSON says itself."""

    name: str
    kind: str
    digest: bytes
    fields: Mapping[str, str]
    headings: tuple[str, ...]
    stated_crs: str | None
    lines: tuple[PastLine, ...]

    @property
    def has_places(self) -> bool:
        return bool(PLACE_COLUMNS & self.fields.keys()) or any(line.geometry is not None for line in self.lines)


def columns_of(path: Path, *, crs: str | None, room: Room) -> PastColumns:
    """The headings of a file, and those that are known by what they say. Raises: Malformed as :func:`open_past`."""
    content = _content(path, room)
    if _is_json(content):
        collection = geojson.read(content)
        headings = collection.fields()
        has_points = any(one.geometry is not None for one in collection.features(0, len(collection.raw)))
        return PastColumns(headings, _fields(headings, {}, crs, geometry=has_points))
    return PastColumns(*_headed(_rows(path, content, room), {}, crs))


def open_past(path: Path, *, named: Mapping[str, str], crs: str | None, room: Room = AT_THE_COMMAND) -> PastFile:
    """Read a file.

    Args:
        named: Our name of a column → its heading, where a person said so; the others are known by their usual headings.
        crs: As declared. Of two pairs of coordinates it decides which is read: degrees, or metres and feet.

    Raises:
        Malformed: with ``field``, ``text`` and ``why``. ``file_missing``, ``file_too_large``, ``too_many_lines``,
            ``file_unreadable``, ``not_geojson``, ``encoding_unknown``, ``field_unknown``, ``column_unknown``,
            ``columns_missing``.
    """
    unknown = next((name for name in named if name not in COLUMNS), None)
    if unknown is not None:
        why = f"--map knows {', '.join(COLUMNS)}."
        raise Malformed("field_unknown", field="--map", text=unknown, why=why)
    content = _content(path, room)
    if _is_json(content):
        return _geojson(path, content, named, crs, room)
    rows = _rows(path, content, room)
    headings, fields = _headed(rows, named, crs)
    if not _complete(headings, fields, named):
        raise _lacking(headings, named, crs)
    at = {name: headings.index(heading) for name, heading in fields.items()}
    lines = _within(_lines(rows, at), room)
    kind = "workbook" if content[:4] == b"PK\x03\x04" else "CSV"
    return PastFile(
        name=path.name,
        kind=kind,
        digest=hashlib.sha256(content).digest(),
        fields=fields,
        headings=headings,
        stated_crs=None,
        lines=lines,
    )


def _is_json(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _rows(path: Path, content: bytes, room: Room) -> Iterator[Row]:
    """The lines of a table. Raises: Malformed: ``file_too_large``, ``file_unreadable``, each with what to do about it."""
    try:
        yield from rows_of(content, most_unpacked=room.unpacked_bytes)
    except Malformed as refused:
        why = "Neither a workbook, nor GeoJSON, nor text in UTF-8 or GB18030 between commas: save it as one of these."
        why = room.otherwise if refused.code == "file_too_large" else why
        raise Malformed(refused.code, field="", text=path.name, why=why) from refused


def read_words(path: Path) -> dict[str, str]:
    """A list of two columns, the other system's word and our code. Raises: Malformed as :func:`open_past`."""
    words: dict[str, str] = {}
    for _, cells in rows_of(_content(path, AT_THE_COMMAND), most_unpacked=MOST_UNPACKED):
        theirs, ours = (cell.strip() for cell in (*cells, "", "")[:2])
        if theirs and ours:
            words[theirs] = ours
    return words


def _content(path: Path, room: Room) -> bytes:
    if not path.is_file():
        raise Malformed("file_missing", field="", text=path.name, why="There is no such file.")
    if path.stat().st_size > room.file_bytes:
        raise Malformed("file_too_large", field="", text=path.name, why=room.otherwise)
    return path.read_bytes()


def _headed(rows: Iterator[Row], named: Mapping[str, str], crs: str | None) -> tuple[tuple[str, ...], dict[str, str]]:
    """The line of headings, and which of them are known: the first line with all that is needed, otherwise the fullest."""
    seen: list[tuple[str, ...]] = []
    for _, cells in islice(rows, HEADINGS_WITHIN):
        headings = tuple(cell.strip() for cell in cells)
        seen.append(headings)
        fields = _fields(headings, named, crs, geometry=False)
        if _complete(headings, fields, named):
            return headings, fields
    widest = max(seen, key=lambda headings: sum(map(bool, headings)), default=())
    return widest, _fields(widest, named, crs, geometry=False)


def _within(lines: Iterator[PastLine], room: Room) -> tuple[PastLine, ...]:
    """All of them. Raises: Malformed: ``too_many_lines``, without having read on."""
    if room.rows is None:
        return tuple(lines)
    found = tuple(islice(lines, room.rows + 1))
    if len(found) > room.rows:
        raise Malformed("too_many_lines", field="", text=f"> {room.rows:,}", why=room.otherwise)
    return found


def _lines(rows: Iterator[Row], at: Mapping[str, int]) -> Iterator[PastLine]:
    for row_no, (place, cells) in enumerate(rows, start=1):
        if any(cells):
            named = {name: cells[column] for name, column in at.items() if column < len(cells)}
            yield PastLine(row_no=row_no, place=place, cells=named)


def _geojson(path: Path, content: bytes, named: Mapping[str, str], crs: str | None, room: Room) -> PastFile:
    collection = geojson.read(content)
    headings = collection.fields()
    features = list(collection.features(0, len(collection.raw)))
    has_points = any(one.geometry is not None for one in features)
    fields = _fields(headings, named, crs, geometry=has_points)
    if not _complete(headings, fields, named):
        raise _lacking(headings, named, crs)
    of_geometry = has_points and not PLACE_COLUMNS & fields.keys()
    lines = (
        PastLine(
            row_no=row_no,
            place=f"feature {row_no}",
            cells={name: _written(one.values.get(heading)) for name, heading in fields.items()},
            geometry=_point(one) if of_geometry else None,
        )
        for row_no, one in enumerate(features, start=1)
    )
    return PastFile(
        name=path.name,
        kind="GeoJSON",
        digest=hashlib.sha256(content).digest(),
        fields=fields,
        headings=headings,
        stated_crs=collection.stated_crs,
        lines=_within(lines, room),
    )


def _point(one: geojson.JsonFeature) -> tuple[float, float] | None:
    """A point's own coordinates; of anything else the middle."""
    if one.geometry is None or one.geometry.is_empty:
        return None
    middle = one.geometry.centroid
    return middle.x, middle.y


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _fields(headings: Sequence[str], named: Mapping[str, str], crs: str | None, *, geometry: bool) -> dict[str, str]:
    """Our name → heading: those that a person named, and the usual ones. Of several ways to a place only one is kept."""
    plain = {" ".join(heading.split()).lower(): heading for heading in headings if heading}
    usual = {name: next((plain[one] for one in words if one in plain), None) for name, words in COLUMNS.items()}
    fields = {name: heading for name, heading in usual.items() if heading is not None and name not in PLACE_COLUMNS}
    said = {name: heading for name, heading in named.items() if heading in headings}
    fields |= said
    if PLACE_COLUMNS & named.keys() or geometry:
        return fields
    pairs = PAIRS[::-1] if crs is not None and is_projected(crs) else PAIRS
    for pair in (*pairs, ("point",)):
        if all(usual[name] is not None for name in pair):
            return fields | {name: str(usual[name]) for name in pair}
    return fields


def _complete(headings: Sequence[str], fields: Mapping[str, str], named: Mapping[str, str]) -> bool:
    return all(name in fields for name in NEEDED) and all(heading in headings for heading in named.values())


def _lacking(headings: Sequence[str], named: Mapping[str, str], crs: str | None) -> Malformed:
    there = ", ".join(heading for heading in headings if heading) or "none"
    wrong = next((heading for heading in named.values() if heading not in headings), None)
    if wrong is not None:
        why = f"There is no such column. There are: {there}."
        return Malformed("column_unknown", field="--map", text=wrong, why=why)
    missing = [name for name in NEEDED if name not in _fields(headings, named, crs, geometry=False)]
    why = f"Which column holds {', '.join(missing)}? Say --map {missing[0] if missing else 'id'}=COLUMN. There are: {there}."
    return Malformed("columns_missing", field="--map", text=", ".join(missing), why=why)
