"""The verdict on each row of a territory file. Pure.

A file's own field names are found by a list of usual ones or named by the administrator. A row is staged with its code
as text, its attributes and a geometry fit to be stored, or refused with field, text and reason.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from gridward.domain.errors import Malformed
from gridward.domain.geometry import Family, Unfit, mend
from gridward.domain.imports import Finding
from gridward.domain.territory import GridKind, Layer, UnitKind, code_as_text, level_of_code
from gridward.domain.territory_fields import FAMILY, FIELDS, KINDS, WITHOUT_GEOMETRY, Need

LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Staged:
    """A row fit to be staged. ``kind`` is the level, kind or None; ``attributes`` hold only what the file brought."""

    row_no: int
    place: str
    code: str
    name: str | None
    kind: str | None
    attributes: Mapping[str, Any]
    geometry: BaseGeometry | None
    changes: tuple[str, ...] = ()
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file's rows are read: which field is what, and what stands for rows that do not say."""

    layer: Layer
    fields: Mapping[str, str]
    kind: str | None = None


def read_as(layer: Layer, file_fields: Sequence[str], named: Mapping[str, str], kind: str | None) -> Reading:
    """Find each field of the layer in the file: as named, else by a usual name in any case.

    Args:
        named: ``{"code": "BM"}``, from ``--map``.
        kind: Level of areas, kind of grids, units, service areas, for rows that do not say.

    Raises:
        Malformed: ``field_unknown``, ``field_needed``, ``kind_unknown``, with ``field``, ``text`` and ``why``.
    """
    known = {one.name: one for one in FIELDS[layer]}
    listed = ", ".join(file_fields) or "none"
    for name, at in named.items():
        if name not in known:
            why = f"A {layer.value} has no field {name!r}. It has: {', '.join(known)}."
            raise Malformed("field_unknown", field="--map", text=f"{name}={at}", why=why)
        if at not in file_fields:
            why = f"The file has no field {at!r}. It has: {listed}."
            raise Malformed("field_unknown", field="--map", text=f"{name}={at}", why=why)
    by_plain = {one.strip().lower(): one for one in reversed(file_fields)}
    fields = {
        name: by_plain[usual] for name, one in known.items() for usual in reversed(one.usual) if usual in by_plain
    }
    fields |= named
    for name, one in known.items():
        if one.need is Need.must and name not in fields:
            why = f"Which field of the file holds the {name}? Say --map {name}=FIELD with one of: {listed}."
            raise Malformed("field_needed", field="--map", text=name, why=why)
    return Reading(layer, fields, None if kind is None else _kind_word(layer, kind, "--kind"))


def _kind_word(layer: Layer, text: str, at: str) -> str:
    if layer not in KINDS:
        raise Malformed("kind_unknown", field=at, text=text, why=f"A {layer.value} has no kinds.")
    kinds, words = KINDS[layer]
    if text in words:
        return words[text].value
    if text in {kind.value for kind in kinds}:
        return text
    listed = ", ".join(kind.value for kind in kinds)
    raise Malformed("kind_unknown", field=at, text=text, why=f"Not a kind of {layer.value}: {listed}.")


@dataclass(slots=True)
class Judge:
    """Judges the rows of one file in order and remembers the codes it has seen."""

    reading: Reading
    seen: dict[str, str] = field(default_factory=dict)

    def judge(
        self,
        *,
        row_no: int,
        place: str,
        values: Mapping[str, Any],
        geometry: BaseGeometry | None,
        fault: Unfit | None,
        changes: tuple[str, ...],
    ) -> Staged | Finding:
        """Stage a row or refuse it; the geometry is in WGS-84 already."""
        try:
            return self._staged(row_no, place, values, geometry, fault, changes)
        except Malformed as refused:
            facts = refused.facts
            return Finding(
                code=refused.code,
                place=place,
                field=str(facts.get("field", "")),
                text=str(facts.get("text", ""))[:LONGEST_TEXT],
                why=str(facts.get("why", "")),
            )

    def _staged(
        self,
        row_no: int,
        place: str,
        values: Mapping[str, Any],
        geometry: BaseGeometry | None,
        fault: Unfit | None,
        changes: tuple[str, ...],
    ) -> Staged:
        layer = self.reading.layer
        fit, mended = self._geometry(geometry, fault)
        code = self._code(values, fit)
        if code in self.seen:
            why = f"The same {'code' if 'code' in self.reading.fields else 'shape'} stands in {self.seen[code]}."
            raise Malformed("duplicate_code", field=self.reading.fields.get("code", "geometry"), text=code, why=why)
        name = self._text(values, "name")
        if layer in (Layer.landmark, Layer.unit) and name is None:
            why = f"A {layer.value} needs a name."
            raise Malformed("name_missing", field=self.reading.fields["name"], text="", why=why)
        kind = self._kind(values, code)
        attributes, warnings = self._attributes(values, place)
        if layer is Layer.service_area and "unit" not in attributes:
            raise Malformed("unit_missing", field=self.reading.fields["unit"], text="", why="Whose area is it?")
        if attributes.get("parent") == code:
            del attributes["parent"]
        self.seen[code] = place
        return Staged(row_no, place, code, name, kind, attributes, fit, (*changes, *mended), warnings)

    def _geometry(
        self, geometry: BaseGeometry | None, fault: Unfit | None
    ) -> tuple[BaseGeometry | None, tuple[str, ...]]:
        layer = self.reading.layer
        family = FAMILY[layer]
        if family is None:
            return None, ()
        if fault is not None:
            raise Malformed(fault.code, field="geometry", text="", why=f"Refused: {fault.why}.")
        if geometry is None or geometry.is_empty:
            if layer in WITHOUT_GEOMETRY:
                return None, ()
            raise Malformed("geometry_missing", field="geometry", text="", why=f"A {layer.value} needs a geometry.")
        if layer is Layer.building and geometry.geom_type == "Point":
            family = Family.point
        judged = mend(geometry, family)
        if isinstance(judged, Unfit):
            raise Malformed(judged.code, field="geometry", text=geometry.geom_type, why=f"Refused: {judged.why}.")
        return judged.geometry, judged.changes

    def _code(self, values: Mapping[str, Any], geometry: BaseGeometry | None) -> str:
        at = self.reading.fields.get("code")
        if at is None:
            if geometry is None:
                raise Malformed("code_missing", field="code", text="", why="A row without geometry needs a code.")
            return code_of_shape(geometry)
        value = values.get(at)
        return _as_code(value, at)

    def _text(self, values: Mapping[str, Any], name: str) -> str | None:
        at = self.reading.fields.get(name)
        value = None if at is None else values.get(at)
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return None
        text = _as_code(value, at or name) if isinstance(value, float) and value.is_integer() else str(value)
        text = " ".join("".join(letter for letter in text if letter.isprintable() or letter.isspace()).split())
        if len(text) > LONGEST_TEXT:
            why = f"Longer than {LONGEST_TEXT} characters."
            raise Malformed("text_too_long", field=at or name, text=text[:40], why=why)
        return text or None

    def _kind(self, values: Mapping[str, Any], code: str) -> str | None:
        layer = self.reading.layer
        if layer is Layer.landmark:
            return self._text(values, "kind")
        if layer not in KINDS:
            return None
        column = "level" if layer is Layer.area else "kind"
        said = self._text(values, column)
        if said is not None:
            return _kind_word(layer, said, self.reading.fields[column])
        if self.reading.kind is not None:
            return self.reading.kind
        if layer is Layer.area:
            level = level_of_code(code)
            if level is None:
                why = "The code does not tell the level (6, 9 or 12 digits would). Say --level or --map level=FIELD."
                raise Malformed("level_needed", field="--level", text=code, why=why)
            return level.value
        if layer is Layer.grid:
            return GridKind.basic.value
        if layer is Layer.unit:
            why = f"What kind of unit? Say --kind or --map kind=FIELD: {', '.join(UnitKind)}."
            raise Malformed("kind_needed", field="--kind", text=code, why=why)
        return None

    def _attributes(self, values: Mapping[str, Any], place: str) -> tuple[dict[str, Any], tuple[Finding, ...]]:
        fields = self.reading.fields
        attributes: dict[str, Any] = {}
        for column in ("parent", "community", "unit", "area"):
            if (at := fields.get(column)) is not None and self._text(values, column) is not None:
                attributes[column] = _as_code(values.get(at), at)
        for column in ("house_no", "telephone"):
            if (text := self._text(values, column)) is not None:
                attributes[column] = text
        if (flag := self._text(values, "last_resort")) is not None:
            attributes["last_resort"] = flag.lower() in ("1", "true", "t", "yes", "y", "是")
        warnings: tuple[Finding, ...] = ()
        if (height := self._text(values, "height")) is not None:
            metres = _number(height.removesuffix("m").removesuffix("米"))
            if metres is None or metres <= 0.0:
                why = "Not a height in metres; left out."
                warnings = (Finding(code="height_unread", place=place, field=fields["height"], text=height, why=why),)
            else:
                attributes["height_m"] = metres
        return attributes, warnings


def _as_code(value: Any, at: str) -> str:
    try:
        code = code_as_text(value)
    except Malformed as refused:
        if refused.code == "code_missing":
            raise Malformed(refused.code, field=at, text="", why=f"There is no code in {at!r}.") from None
        why = "A code is a whole number or a text; this number is broken or was rounded by the file."
        raise Malformed(refused.code, field=at, text=str(value), why=why) from None
    if len(code) > LONGEST_TEXT:
        raise Malformed("text_too_long", field=at, text=code[:40], why=f"Longer than {LONGEST_TEXT} characters.")
    return code


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def code_of_shape(geometry: BaseGeometry) -> str:
    """A code for a thing whose file has none: the same shape, to a centimetre, gives the same code again."""
    rounded = shapely.normalize(shapely.set_precision(geometry, 1e-7, mode="pointwise"))
    return f"g{hashlib.sha256(shapely.to_wkb(rounded)).hexdigest()[:16]}"
