"""Territory from a file at the desk, or drawn there: first what it would change, then published; and units, one by one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from gridward.domain.accounts import Subject, require
from gridward.domain.errors import Malformed
from gridward.domain.imports import ImportReport
from gridward.domain.territory import Layer, UnitKind
from gridward.persistence.territory import importing
from gridward.services.territory import bringing, read, units
from gridward.web.deps import CurrentActor, Now, Read, Write
from gridward.web.imports import MOST_BASE64, MOST_BODY, ImportShown, check_seen, laid_down, shown_import

router = APIRouter(tags=["territory"])


class TerritoryFileIn(BaseModel):
    """A GeoJSON, GeoPackage or zipped Shapefile, base64, and what must be declared about it.

    ``fields``: our name of a field → the file's. ``kind``: level of areas, kind of the others, for rows that do not say.
    """

    model_config = ConfigDict(extra="forbid")

    layer: Layer
    name: Annotated[str, Field(min_length=1, max_length=200)]
    content: Annotated[Base64Bytes, Field(max_length=MOST_BASE64)]
    layer_in_file: Annotated[str, Field(max_length=200)] | None = None
    crs: Annotated[str, Field(max_length=40)] | None = None
    fields: Annotated[dict[str, str], Field(max_length=20)] = {}
    kind: Annotated[str, Field(max_length=40)] | None = None


class TerritoryFileToPublish(TerritoryFileIn):
    """``seen``: the preview's own."""

    seen: Annotated[str, Field(max_length=64)]


class UnitKept(BaseModel):
    """``area_code``: the area that a last resort answers for; null: everywhere."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: UnitKind
    telephone: Annotated[str, Field(max_length=40)] | None = None
    area_code: Annotated[str, Field(max_length=80)] | None = None
    is_last_resort: bool = False


class UnitMade(BaseModel):
    unit_id: UUID


class UnitHolds(BaseModel):
    """What hangs on a unit. ``rules``: names of rules and kinds of problems that name it."""

    tickets: int
    people: int
    service_areas: int
    rules: list[str]


@router.post("/territory/imports/draft", max_body_size=MOST_BODY)
async def draft(body: TerritoryFileIn, session: Write, who: CurrentActor, at: Now) -> ImportShown:
    """What a file would change, as the command shows it; a file that cannot be read is a report that says why."""
    require(who, "territory:publish", Subject(jurisdiction_id=who.jurisdiction_id))
    async with laid_down(body.name, body.content) as path:
        reading = await _opened(body, path)
        if isinstance(reading, ImportReport):
            return shown_import(reading)
        import_id, _, report = await bringing.check_file(session, who, reading, at)
        await importing.discard(session, import_id)
        return shown_import(report)


@router.post("/territory/imports", max_body_size=MOST_BODY)
async def publish(body: TerritoryFileToPublish, session: Write, who: CurrentActor, at: Now) -> ImportShown:
    """Publish what is ready of a file, all in one act. 409 ``import_moved_on``: look again."""
    require(who, "territory:publish", Subject(jurisdiction_id=who.jurisdiction_id))
    async with laid_down(body.name, body.content) as path:
        reading = await _opened(body, path)
        if isinstance(reading, ImportReport):
            check_seen(reading, body.seen)
            return shown_import(reading)
        import_id, checked, report = await bringing.check_file(session, who, reading, at)
        check_seen(report, body.seen)
        done = await bringing.publish_checked(session, who, body.layer, import_id, checked, report, at)
        return shown_import(done)


@router.put("/units/{code}")
async def keep_unit(code: str, body: UnitKept, session: Write, who: CurrentActor, at: Now) -> UnitMade:
    """A new unit of this code, or the one that has it with these values."""
    unit_id = await units.keep_unit(
        session,
        who,
        code,
        name=body.name,
        kind=body.kind,
        telephone=body.telephone,
        area_code=body.area_code,
        last_resort=body.is_last_resort,
        now=at,
    )
    return UnitMade(unit_id=unit_id)


@router.get("/units/{unit_id}/holds")
async def unit_holds(unit_id: UUID, session: Read, who: CurrentActor, at: Now) -> UnitHolds:
    """What hangs on a unit: to be looked at before it is closed."""
    return UnitHolds.model_validate(await units.hanging_on(session, who, unit_id, at), from_attributes=True)


@router.post("/units/{unit_id}/close")
async def close_unit(unit_id: UUID, session: Write, who: CurrentActor, at: Now) -> UnitHolds:
    """The unit ends now, with its areas and its people's roles in it.

    409 ``unit.has_tickets``, ``unit.in_rules``, ``unit.is_last_resort``: first put in order what hangs on it.
    """
    return UnitHolds.model_validate(await units.close_unit(session, who, unit_id, at), from_attributes=True)


@router.post("/service-areas/{service_area_id}/end", status_code=204)
async def end_service_area(service_area_id: UUID, session: Write, who: CurrentActor, at: Now) -> None:
    """The unit answers there no more, from now on."""
    await units.end_service_area(session, who, service_area_id, at)


async def _opened(body: TerritoryFileIn, path: Path) -> read.FileReading | ImportReport:
    try:
        return await asyncio.to_thread(
            lambda: read.open_reading(
                path,
                body.layer,
                layer_in_file=body.layer_in_file,
                crs=body.crs,
                named=body.fields,
                kind=body.kind,
            )
        )
    except Malformed as refused:
        return read.refusal_of(Path(body.name), body.layer, refused)
