"""Reading a territory file: every row judged, everything worth knowing about the file as a whole said once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gridward.domain.errors import Malformed
from gridward.domain.geometry import Datum, in_china_box
from gridward.domain.imports import Finding, ImportReport
from gridward.domain.territory import Layer
from gridward.domain.territory_rows import Judge, Reading, Staged, read_as
from gridward.gateways.imports.territory import TerritoryFile, open_territory
from gridward.services.territory.publish import Checked

USUAL_DIGITS: Mapping[Layer, tuple[int, ...]] = {Layer.area: (6, 9, 12), Layer.grid: (15,)}
INEXACT_M = 1.0


@dataclass(slots=True)
class FileReading:
    """One pass over a file: slices of rows fit to be staged, and what was said about the others.

    Args:
        seen_in_china: Whether a shape of the file lies where GCJ-02 and WGS-84 differ.
    """

    file: TerritoryFile
    reading: Reading
    read: int = 0
    refused: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    repaired: set[str] = field(default_factory=set)
    odd_codes: list[str] = field(default_factory=list)
    seen_in_china: bool = False

    def slices(self) -> Iterator[list[Staged]]:
        """Judge the rows, a slice at a time."""
        judge = Judge(self.reading)
        for found in self.file.slices():
            fit: list[Staged] = []
            for one in found:
                self.read += 1
                verdict = judge.judge(
                    row_no=one.row_no,
                    place=one.place,
                    values=one.values,
                    geometry=one.geometry,
                    fault=one.fault,
                    changes=one.changes,
                )
                if isinstance(verdict, Finding):
                    self.refused.append(verdict)
                else:
                    fit.append(verdict)
                    self._remember(verdict)
            yield fit

    def _remember(self, row: Staged) -> None:
        self.warnings.extend(row.warnings)
        if row.changes:
            self.repaired.add(row.place)
            why = f"Repaired: {'; '.join(row.changes)}."
            self.warnings.append(
                Finding(code="repaired", place=row.place, field="geometry", text=row.name or row.code, why=why)
            )
        usual = USUAL_DIGITS.get(self.reading.layer)
        if usual is not None and not (row.code.isdecimal() and len(row.code) in usual):
            self.odd_codes.append(row.code)
        if not self.seen_in_china and row.geometry is not None:
            middle = row.geometry.envelope.centroid
            self.seen_in_china = bool(in_china_box(middle.x, middle.y))

    def about_the_file(self) -> tuple[Finding, ...]:
        """What an administrator should look at before publishing."""
        return tuple(one for one in (self._encoding(), self._datum(), self._accuracy(), self._codes()) if one)

    def _encoding(self) -> Finding | None:
        if not self.file.encoding_guessed:
            return None
        shown = "; ".join(f"{name}: {', '.join(texts)}" for name, texts in self.file.preview.items())
        why = f"The file does not say how its text is written; read as {self.file.encoding}. Does this look right?"
        return Finding(code="encoding_guessed", place=self.file.name, field="", text=shown, why=why)

    def _datum(self) -> Finding | None:
        stated = self.file.kind == "GeoJSON" and not self.file.crs_declared and self.seen_in_china
        if not stated or self.file.reference.name != Datum.wgs84.value:
            return None
        why = (
            "Taken as WGS-84, because the file says so. Many files from China say so and are in GCJ-02: lay a few "
            "shapes over a map; if they are off by some 600 m, import with --crs GCJ-02."
        )
        return Finding(code="datum_as_stated", place=self.file.name, field="--crs", text=Datum.wgs84.value, why=why)

    def _accuracy(self) -> Finding | None:
        metres = self.file.reference.accuracy_m
        if metres <= INEXACT_M:
            return None
        why = f"The way from this datum to WGS-84 is known to {metres:g} m only."
        facts = {"accuracy_m": metres}
        return Finding(
            code="datum_inexact",
            place=self.file.name,
            field="--crs",
            text=self.file.reference.name,
            why=why,
            facts=facts,
        )

    def _codes(self) -> Finding | None:
        layer = self.reading.layer
        if "code" not in self.reading.fields and self.read:
            why = (
                "The file has no field that is usually a code, so codes are made from the shapes. To take one of its "
                f"fields say --map code=FIELD: {', '.join(self.file.fields) or 'it has none'}."
            )
            return Finding(code="code_from_shape", place=self.file.name, field="--map", text="code", why=why)
        if not self.odd_codes:
            return None
        usual = " or ".join(map(str, USUAL_DIGITS[layer]))
        return Finding(
            code="code_unusual",
            place=f"{len(self.odd_codes)} rows",
            field=self.reading.fields["code"],
            text=", ".join(self.odd_codes[:3]) + (" …" if len(self.odd_codes) > 3 else ""),
            why=f"Codes of a {layer.value} usually have {usual} digits. Kept as they are.",
            facts={"rows": len(self.odd_codes)},
        )

    def report(self, checked: Checked) -> ImportReport:
        """The preview: nothing of it is published yet."""
        refused = (*self.refused, *checked.refused)
        left_out = {finding.place for finding in refused}
        return ImportReport(
            subject=subject(self.reading.layer),
            read=self.read,
            ready=checked.ready,
            unchanged=checked.unchanged,
            repaired=len(self.repaired - left_out),
            refused=refused,
            warnings=(*self.about_the_file(), *self.warnings, *checked.warnings),
            facts={
                "layer_in_file": self.file.layer,
                "kind_of_file": self.file.kind,
                "crs": self.file.reference.name,
                "encoding": self.file.encoding,
                "fields": dict(self.reading.fields),
                **checked.facts,
            },
        )


def subject(layer: Layer) -> str:
    """What a report is about."""
    return f"territory.{layer.value}"


def open_reading(
    path: Path, layer: Layer, *, layer_in_file: str | None, crs: str | None, named: Mapping[str, str], kind: str | None
) -> FileReading:
    """Open a file and settle how it is read.

    Raises:
        Malformed: the file as a whole is refused, with the question whose answer lets it in; see ``refusal_of``.
    """
    needs_no_crs = layer is Layer.unit and crs is None
    file = open_territory(path, layer=layer_in_file, crs=Datum.wgs84.value if needs_no_crs else crs)
    return FileReading(file, read_as(layer, file.fields, named, kind))


def refusal_of(path: Path, layer: Layer, refused: Malformed) -> ImportReport:
    """The report on a file that was refused as a whole."""
    facts: Mapping[str, Any] = refused.facts
    finding = Finding(
        code=refused.code,
        place=path.name,
        field=str(facts.get("field", "")),
        text=str(facts.get("text", "")),
        why=str(facts.get("why", "")),
        facts={"layers": facts["layers"]} if "layers" in facts else {},
    )
    return ImportReport.of_refused_file(subject(layer), finding)
