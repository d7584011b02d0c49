"""Tables going out to other programs, row by row: CSV, xlsx, GeoJSON. However long they are, only a page is in memory.

Each format is begun, given rows, and ended with a word about what it is: the period, and whether it was cut. Text that a
spreadsheet would take for a formula is made plain text. Instants are local wall time of the jurisdiction; places are
WGS-84 degrees.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import IO
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

Cell = str | int | float | bool | datetime | None
Record = Mapping[str, Cell]

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MOST_ROWS = 1_000_000
"""A sheet holds 1,048,576."""
EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
DAY_S = 86_400


class Format(StrEnum):
    csv = "csv"
    xlsx = "xlsx"
    geojson = "geojson"


MEDIA = {
    Format.csv: "text/csv; charset=utf-8",
    Format.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.geojson: "application/geo+json",
}


class Sheet(ABC):
    """One table on its way out.

    Args:
        columns: Key → heading, in order. ``lon`` and ``lat`` are the place.
        zone: In which instants are shown.
        title: What the table is called.
    """

    def __init__(self, columns: Mapping[str, str], zone: ZoneInfo, title: str) -> None:
        self.columns, self.zone, self.title = columns, zone, title

    @abstractmethod
    def begin(self) -> bytes: ...

    @abstractmethod
    def rows(self, records: Sequence[Record]) -> bytes: ...

    @abstractmethod
    def end(self, about: Sequence[str], *, cut: bool) -> bytes:
        """``about``: lines for whoever opens the file."""

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone).replace(tzinfo=None)


class Csv(Sheet):
    """UTF-8 with a mark by which a spreadsheet knows it. Words about it stand below the rows only if it was cut."""

    def begin(self) -> bytes:
        return b"\xef\xbb\xbf" + self._lines([list(self.columns.values())])

    def rows(self, records: Sequence[Record]) -> bytes:
        return self._lines([[self._cell(one.get(key)) for key in self.columns] for one in records])

    def end(self, about: Sequence[str], *, cut: bool) -> bytes:
        return self._lines([[plain(line)] for line in about]) if cut else b""

    def _cell(self, value: Cell) -> str | int | float | None:
        match value:
            case datetime():
                return f"{self.local(value):%Y-%m-%d %H:%M:%S}"
            case bool():
                return int(value)
            case str():
                return plain(value)
            case _:
                return value

    def _lines(self, rows: Sequence[Sequence[str | int | float | None]]) -> bytes:
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerows(rows)
        return out.getvalue().encode()


def plain(words: str) -> str:
    """Words that no spreadsheet takes for a formula: an apostrophe before what would begin one."""
    return f"'{words}" if words.startswith(FORMULA) else words


class _Drain(io.RawIOBase):
    """What a zip file is written to: taken away again after each page."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self._parts.append(bytes(data))  # type: ignore[call-overload]
        return len(self._parts[-1])

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET}.worksheet+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet2.xml" ContentType="{_SHEET}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_SHEET}.styles+xml"/></Types>',
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/worksheet" Target="worksheets/sheet2.xml"/>'
    f'<Relationship Id="rId3" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'{_HEAD}<styleSheet {_MAIN}><numFmts count="1">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf/><xf numFmtId="164" applyNumberFormat="1"/><xf fontId="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_INSTANT, _BOLD = 1, 2
_FORBIDDEN = {code: None for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


class Xlsx(Sheet):
    """A workbook written as it goes. Words are inline strings, which are never formulas; the second sheet says what it is.

    Written here because openpyxl has a file to give only after the last row: a download of a million rows would begin
    minutes late, and its end would stop everybody's requests.
    """

    def __init__(self, columns: Mapping[str, str], zone: ZoneInfo, title: str) -> None:
        super().__init__(columns, zone, title)
        self._drain = _Drain()
        self._zip = zipfile.ZipFile(self._drain, "w", zipfile.ZIP_DEFLATED, compresslevel=4)
        self._open: IO[bytes] | None = None

    def begin(self) -> bytes:
        for name, content in _PARTS.items():
            self._zip.writestr(name, content)
        names = "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
            for n, name in ((1, self.title), (2, "说明 About"))
        )
        self._zip.writestr(
            "xl/workbook.xml", f'{_HEAD}<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>'
        )
        self._open = self._zip.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        frozen = '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews>'
        head = "".join(_text(heading, _BOLD) for heading in self.columns.values())
        self._put(f"{_HEAD}<worksheet {_MAIN}>{frozen}<sheetData><row>{head}</row>")
        return self._drain.take()

    def rows(self, records: Sequence[Record]) -> bytes:
        self._put("".join(f"<row>{''.join(self._cell(one.get(key)) for key in self.columns)}</row>" for one in records))
        return self._drain.take()

    def end(self, about: Sequence[str], *, cut: bool) -> bytes:
        assert self._open is not None
        self._put("</sheetData></worksheet>")
        self._open.close()
        lines = "".join(f"<row>{_text(line)}</row>" for line in about)
        self._zip.writestr(
            "xl/worksheets/sheet2.xml", f"{_HEAD}<worksheet {_MAIN}><sheetData>{lines}</sheetData></worksheet>"
        )
        self._zip.close()
        return self._drain.take()

    def _put(self, xml: str) -> None:
        assert self._open is not None
        self._open.write(xml.encode())

    def _cell(self, value: Cell) -> str:
        match value:
            case None:
                return "<c/>"
            case datetime():
                return f'<c s="{_INSTANT}"><v>{(self.local(value).replace(tzinfo=UTC) - EPOCH).total_seconds() / DAY_S:.8f}</v></c>'
            case bool() | int() | float():
                return f"<c><v>{float(value) if isinstance(value, float) else int(value)}</v></c>"
            case _:
                return _text(value)


def _text(words: str, style: int = 0) -> str:
    return (
        f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{escape(words.translate(_FORBIDDEN))}</t></is></c>'
    )


class GeoJson(Sheet):
    """A FeatureCollection that names its CRS; what has no place has a null geometry."""

    _first = True

    def begin(self) -> bytes:
        crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
        head = {"type": "FeatureCollection", "name": self.title, "crs": crs}
        return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "features": ['.encode()

    def rows(self, records: Sequence[Record]) -> bytes:
        made = ",\n".join(json.dumps(self._feature(one), ensure_ascii=False) for one in records)
        lead, self._first = "" if self._first or not made else ",\n", self._first and not made
        return (lead + made).encode()

    def end(self, about: Sequence[str], *, cut: bool) -> bytes:
        return f'], "about": {json.dumps(list(about), ensure_ascii=False)}, "cut": {json.dumps(cut)}}}'.encode()

    def _feature(self, one: Record) -> Mapping[str, object]:
        lon, lat = one.get("lon"), one.get("lat")
        place = None if lon is None or lat is None else {"type": "Point", "coordinates": [lon, lat]}
        named = {key: one.get(key) for key in self.columns if key not in ("lon", "lat")}
        shown = {
            key: value.astimezone(self.zone).isoformat() if isinstance(value, datetime) else value
            for key, value in named.items()
        }
        return {"type": "Feature", "geometry": place, "properties": shown}


SHEETS: Mapping[Format, type[Sheet]] = {Format.csv: Csv, Format.xlsx: Xlsx, Format.geojson: GeoJson}
