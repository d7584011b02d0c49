"""From the coordinates of a file to WGS-84: what the file or a person declared, never a guess."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from gridward.domain.errors import Malformed
from gridward.domain.geometry import Datum, named_datum, to_wgs84

QUESTION = (
    "Which coordinates are these? Say --crs WGS-84, --crs CGCS2000, --crs GCJ-02 (Gaode, Tencent), --crs BD-09 (Baidu) "
    "or an EPSG code such as --crs EPSG:4547. In China WGS-84 and GCJ-02 lie about 600 m apart, so it is not guessed."
)

Move = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """How a file's coordinates are read.

    Args:
        name: As people know it: ``WGS-84``, ``EPSG:3857``.
        accuracy_m: What the change of datum may be off by; 0 when it is exact.
    """

    name: str
    accuracy_m: float
    move: Move

    def to_wgs84(self, geometries: Any) -> Any:
        """An array of geometries in WGS-84 degrees, heights dropped; None stays None."""
        return shapely.transform(geometries, self.move)


def reference(declared: str | None, stated: str | None) -> Reference:
    """The reference that a person declared, else the one that the file states.

    Raises:
        Malformed: ``crs_needed`` with the question, ``crs_unknown`` for a name that means nothing, ``crs_no_way`` for a
            datum without a published way to WGS-84.
    """
    text = declared or stated
    if not text:
        raise Malformed("crs_needed", field="--crs", text="", why=QUESTION)
    datum = named_datum(text)
    if datum is not None:
        return Reference(datum.value, 0.0, _shift(datum))
    try:
        source = CRS.from_user_input(text)
    except CRSError:
        raise Malformed("crs_unknown", field="--crs", text=text[:80], why=f"No such reference. {QUESTION}") from None
    if source.is_engineering or source.is_geocentric or not (source.is_projected or source.is_geographic):
        raise Malformed("crs_needed", field="--crs", text=source.name[:80], why=f"A local reference. {QUESTION}")
    return _of(source)


def is_projected(declared: str) -> bool:
    """Whether these are metres or feet on a flat map; False for degrees, and for a name that means nothing."""
    if named_datum(declared) is not None:
        return False
    try:
        return bool(CRS.from_user_input(declared).is_projected)
    except CRSError:
        return False


def _of(source: CRS) -> Reference:
    name = ":".join(source.to_authority() or ()) or source.name
    geodetic = source.geodetic_crs
    if geodetic is not None and _is_china_2000(geodetic):
        flat = source.to_2d()
        same = source.is_geographic
        move = _kept if same else _through(Transformer.from_crs(flat, geodetic.to_2d(), always_xy=True))
        return Reference(Datum.cgcs2000.value if same else name, 0.0, move)
    if source == CRS("OGC:CRS84") or source == CRS("EPSG:4326"):
        return Reference(Datum.wgs84.value, 0.0, _kept)
    with warnings.catch_warnings():
        # A finer way may exist that needs a grid nobody has here: the accuracy of the way taken says what that costs.
        warnings.simplefilter("ignore", UserWarning)
        ways = TransformerGroup(source.to_2d(), CRS("EPSG:4326"), always_xy=True, allow_ballpark=False)
    if not ways.transformers:
        raise Malformed(
            "crs_no_way",
            field="--crs",
            text=name,
            why="There is no published way from this datum to WGS-84. Have the file converted to CGCS2000 first.",
        )
    best = ways.transformers[0]
    return Reference(name, max(0.0, best.accuracy), _through(best))


def _is_china_2000(geodetic: CRS) -> bool:
    datum = geodetic.datum
    return datum is not None and datum.name.replace("_", " ").removeprefix("D ") in (
        "China 2000",
        "China Geodetic Coordinate System 2000",
    )


def _kept(places: Any) -> Any:
    return places


def _shift(datum: Datum) -> Move:
    if datum in (Datum.wgs84, Datum.cgcs2000):
        return _kept

    def move(places: Any) -> Any:
        return np.column_stack(to_wgs84(places[:, 0], places[:, 1], datum, np))

    return move


def _through(transformer: Transformer) -> Move:
    def move(places: Any) -> Any:
        try:
            return np.column_stack(transformer.transform(places[:, 0], places[:, 1]))
        except ProjError:
            return np.full_like(places, np.nan)

    return move
