"""Files of territory: GeoJSON, GeoPackage, zipped Shapefile. Read in slices, in WGS-84, one feature at a time.

A file is known by what it holds, not by its name. Only a local file is opened, and no driver is asked for an address.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyogrio
import shapely
from pyogrio import raw
from shapely.geometry.base import BaseGeometry

from gridward.domain.errors import Malformed
from gridward.domain.geometry import Unfit
from gridward.gateways.imports import geojson
from gridward.gateways.imports.crs import Reference, reference

SLICE = 5_000
LARGEST_FILE_BYTES = 2 * 1024**3
PREVIEWED = 5
SHAPEFILE_ENCODINGS = ("UTF-8", "GB18030")


@dataclass(frozen=True, slots=True)
class FileFeature:
    """One feature of a file, its geometry in WGS-84 (None where it has none or where ``fault`` says why).

    ``changes`` is what reading already put right. Rows are counted from 1.
    """

    row_no: int
    values: Mapping[str, Any]
    geometry: BaseGeometry | None
    fault: Unfit | None = None
    changes: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where in the file, for people."""
        return f"row {self.row_no}"


class Source(Protocol):
    """One vector layer, in the file's own coordinates."""

    @property
    def fields(self) -> tuple[str, ...]: ...
    @property
    def count(self) -> int: ...
    def slice(self, first: int, count: int) -> Sequence[geojson.JsonFeature]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryFile:
    """An opened file.

    Args:
        layer: Name of the vector layer that is read.
        reference: What its coordinates are, and the way to WGS-84.
        crs_declared: True when a person said so, False when the file did.
        encoding: How its text was read; ``encoding_guessed`` when nothing in the file said so.
        preview: The first texts of each field, to look at when the encoding was guessed.
    """

    name: str
    kind: str
    layer: str
    fields: tuple[str, ...]
    count: int
    reference: Reference
    crs_declared: bool
    encoding: str
    encoding_guessed: bool
    preview: Mapping[str, tuple[str, ...]]
    source: Source

    def slices(self, size: int = SLICE) -> Iterator[list[FileFeature]]:
        """All features in order, ``size`` at a time."""
        for first in range(0, self.count, size):
            found = self.source.slice(first, size)
            moved = self.reference.to_wgs84(np.array([one.geometry for one in found], dtype=object))
            yield [
                FileFeature(first + index + 1, one.values, moved[index], one.fault, one.changes)
                for index, one in enumerate(found)
            ]


def open_territory(path: Path, *, layer: str | None, crs: str | None) -> TerritoryFile:
    """Open a file and settle what its coordinates are.

    Raises:
        Malformed: with ``field``, ``text`` and ``why`` among its facts. ``file_missing``, ``file_empty``,
            ``file_too_large``, ``file_unreadable``, ``file_kind_unknown``, ``not_geojson``, ``layer_needed`` and
            ``layer_unknown`` (with the names), ``crs_needed``, ``crs_unknown``, ``crs_no_way``, ``encoding_unknown``.
    """
    head = _head(path)
    if head.startswith(b"PK\x03\x04"):
        _check_zip(path)
        return _open_ogr(path, f"/vsizip/{path.resolve()}", "zipped Shapefile", layer, crs)
    if head.startswith(b"SQLite format 3\x00"):
        return _open_ogr(path, str(path.resolve()), "GeoPackage", layer, crs)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _open_geojson(path, layer, crs)
    raise Malformed(
        "file_kind_unknown",
        field="",
        text=path.name,
        why="This is neither GeoJSON, nor a GeoPackage, nor a zipped Shapefile.",
    )


def _head(path: Path) -> bytes:
    if not path.is_file():
        raise Malformed("file_missing", field="", text=path.name, why="There is no such file.")
    size = path.stat().st_size
    if size == 0:
        raise Malformed("file_empty", field="", text=path.name, why="The file is empty.")
    if size > LARGEST_FILE_BYTES:
        raise Malformed("file_too_large", field="", text=path.name, why="Files up to 2 GiB are read; split this one.")
    with path.open("rb") as opened:
        return opened.read(64)


def _check_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError):
        raise _unreadable("The archive is damaged or incomplete.") from None
    if sum(member.file_size for member in members) > LARGEST_FILE_BYTES:
        raise Malformed("file_too_large", field="", text=path.name, why="Unpacked it is larger than 2 GiB.")
    names = [member.filename.lower() for member in members]
    if not any(name.endswith(".shp") for name in names):
        raise Malformed("file_kind_unknown", field="", text=path.name, why="There is no .shp in this archive.")
    for shape in (name for name in names if name.endswith(".shp")):
        missing = [end for end in (".dbf", ".shx") if shape.removesuffix(".shp") + end not in names]
        if missing:
            raise _unreadable(f"A Shapefile has several parts; {', '.join(missing)} is missing beside {shape}.")


def _unreadable(why: str) -> Malformed:
    return Malformed("file_unreadable", field="", text="", why=why)


def _open_geojson(path: Path, layer: str | None, crs: str | None) -> TerritoryFile:
    collection = geojson.read(path.read_bytes())
    if layer is not None and layer != path.stem:
        raise _layer_refused("layer_unknown", layer, [path.stem])
    return TerritoryFile(
        name=path.name,
        kind="GeoJSON",
        layer=path.stem,
        fields=collection.fields(),
        count=len(collection.raw),
        reference=reference(crs, collection.stated_crs),
        crs_declared=crs is not None,
        encoding=collection.encoding,
        encoding_guessed=collection.encoding != "UTF-8",
        preview=_preview(_JsonSource(collection)) if collection.encoding != "UTF-8" else {},
        source=_JsonSource(collection),
    )


@dataclass(frozen=True, slots=True)
class _JsonSource:
    collection: geojson.Collection

    @property
    def fields(self) -> tuple[str, ...]:
        return self.collection.fields()

    @property
    def count(self) -> int:
        return len(self.collection.raw)

    def slice(self, first: int, count: int) -> Sequence[geojson.JsonFeature]:
        return list(self.collection.features(first, count))


def _open_ogr(path: Path, address: str, kind: str, layer: str | None, crs: str | None) -> TerritoryFile:
    try:
        layers = [str(name) for name, geometry in pyogrio.list_layers(address) if geometry is not None]
        chosen = _chosen_layer(layers, layer)
        encoding, guessed = _encoding(path, address, chosen, kind)
        info = pyogrio.read_info(address, layer=chosen, encoding=encoding, force_feature_count=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError) as error:
        raise _unreadable(f"The file is damaged or incomplete: {str(error)[:200]}") from None
    source = _OgrSource(address, chosen, encoding, tuple(map(str, info["fields"])), int(info["features"]))
    return TerritoryFile(
        name=path.name,
        kind=kind,
        layer=chosen,
        fields=source.fields,
        count=source.count,
        reference=reference(crs, info["crs"]),
        crs_declared=crs is not None,
        encoding=encoding or str(info["encoding"]),
        encoding_guessed=guessed,
        preview=_preview(source) if guessed else {},
        source=source,
    )


def _chosen_layer(layers: list[str], layer: str | None) -> str:
    if not layers:
        raise _unreadable("There is no layer with geometry in it.")
    if layer is not None:
        if layer not in layers:
            raise _layer_refused("layer_unknown", layer, layers)
        return layer
    if len(layers) > 1:
        raise _layer_refused("layer_needed", "", layers)
    return layers[0]


def _layer_refused(code: str, text: str, layers: list[str]) -> Malformed:
    return Malformed(
        code,
        field="--layer",
        text=text,
        why=f"Which layer of the file? Say --layer with one of: {', '.join(layers)}.",
        layers=layers,
    )


def _encoding(path: Path, address: str, layer: str, kind: str) -> tuple[str | None, bool]:
    """How a Shapefile's text is to be read, and whether that is a guess; a ``.cpg`` says so itself."""
    if kind != "zipped Shapefile" or _says_its_encoding(path, layer):
        return None, False
    for encoding in SHAPEFILE_ENCODINGS:
        try:
            raw.read(address, layer=layer, encoding=encoding, read_geometry=False)
        except UnicodeDecodeError:
            continue
        return encoding, True
    raise Malformed(
        "encoding_unknown",
        field="",
        text=path.name,
        why="The text is neither UTF-8 nor GB18030. Add a .cpg file that names its encoding to the archive.",
    )


def _says_its_encoding(path: Path, layer: str) -> bool:
    with zipfile.ZipFile(path) as archive:
        return any(Path(name).name.lower() == f"{layer}.cpg".lower() for name in archive.namelist())


def _preview(source: Source) -> dict[str, tuple[str, ...]]:
    shown: dict[str, tuple[str, ...]] = {}
    for field in source.fields:
        texts = [one.values.get(field) for one in source.slice(0, PREVIEWED)]
        words = tuple(text for text in texts if isinstance(text, str) and not text.isascii())
        if words or not field.isascii():
            shown[field] = words
    return shown


@dataclass(frozen=True, slots=True)
class _OgrSource:
    address: str
    layer: str
    encoding: str | None
    fields: tuple[str, ...]
    count: int

    def slice(self, first: int, count: int) -> Sequence[geojson.JsonFeature]:
        try:
            _, _, shapes, columns = raw.read(
                self.address,
                layer=self.layer,
                encoding=self.encoding,
                skip_features=first,
                max_features=count,
                force_2d=True,
            )
        except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError) as error:
            raise _unreadable(f"The file breaks off after row {first}: {str(error)[:200]}") from None
        geometries = shapely.from_wkb(shapes, on_invalid="ignore")
        return [self._feature(index, shapes, geometries, columns) for index in range(len(shapes))]

    def _feature(self, index: int, shapes: Any, geometries: Any, columns: Any) -> geojson.JsonFeature:
        values = {field: _plain(column[index]) for field, column in zip(self.fields, columns, strict=True)}
        geometry = geometries[index]
        if geometry is None and shapes[index] is not None:
            return geojson.JsonFeature(values, None, Unfit("geometry_unreadable", "the geometry cannot be read"))
        return geojson.JsonFeature(values, geometry)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
