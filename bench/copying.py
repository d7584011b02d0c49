"""Rows into PostgreSQL by COPY, as text."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import shapely

ROWS_AT_ONCE = 2_000


def cell(value: Any) -> str:
    """One value in COPY's text form; a shape is WGS-84."""
    match value:
        case None:
            return r"\N"
        case bool():
            return "t" if value else "f"
        case shapely.Geometry():
            return str(shapely.to_wkb(shapely.set_srid(value, 4326), hex=True, include_srid=True))
        case bytes():
            return r"\\x" + value.hex()
        case datetime() | date():
            return value.isoformat()
        case UUID() | int() | float():
            return str(value)
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def many(shape: shapely.Geometry) -> shapely.Geometry:
    """As a MULTIPOLYGON."""
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


async def copy_rows(
    connection: asyncpg.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        waiting: list[str] = []
        for row in rows:
            waiting.append("\t".join(map(cell, row)))
            if len(waiting) >= ROWS_AT_ONCE:
                yield ("\n".join(waiting) + "\n").encode()
                waiting.clear()
        if waiting:
            yield ("\n".join(waiting) + "\n").encode()

    await connection.copy_to_table(table, columns=list(columns), source=chunks(), format="text")


async def copy_bytes(connection: asyncpg.Connection, table: str, columns: Sequence[str], content: bytes) -> None:
    """Lines that are in COPY's text form already."""

    async def once() -> AsyncIterator[bytes]:
        yield content

    await connection.copy_to_table(table, columns=list(columns), source=once(), format="text")
