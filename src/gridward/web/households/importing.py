"""A spreadsheet of households from the screen: first what it would change, then, if wanted, all of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from gridward.domain.accounts import Subject, require
from gridward.domain.imports import shown
from gridward.gateways.imports.households import read_households
from gridward.services.households import importing
from gridward.web.deps import Built, CurrentActor, Now, ReadAtHome, WriteAtHome

router = APIRouter(tags=["households"])

OF_EACH_CODE = 200


class Spreadsheet(BaseModel):
    """An ``.xlsx`` or CSV file."""

    model_config = ConfigDict(extra="forbid")

    content: Base64Bytes = Field(max_length=900_000)


class FindingShown(BaseModel):
    """``place`` in the file, ``field`` our name of the column. An identity number is never repeated."""

    code: str
    place: str
    field: str
    text: str
    why: str


class SpreadsheetRead(BaseModel):
    """``read == ready + unchanged + refused``; ``ready`` are ``new`` or changed, ``applied`` when published.

    ``refused``, ``overwritten`` and ``warnings`` hold at most 200 of each code; ``…_in_all`` says how many there are.
    ``overwritten``: what of registered households the file replaces or removes. ``unread``: headings of columns that are
    not kept here.
    """

    read: int
    ready: int
    new: int
    unchanged: int
    applied: int
    published: bool
    refused: list[FindingShown]
    refused_in_all: int
    overwritten: list[FindingShown]
    overwritten_in_all: int
    warnings: list[FindingShown]
    unread: list[str]


def _shown(judged: Any, unread: tuple[str, ...], *, published: bool) -> SpreadsheetRead:
    report = judged.report
    refused, _ = shown(report.refused, OF_EACH_CODE)
    overwritten, _ = shown(judged.overwritten, OF_EACH_CODE)
    warnings, _ = shown(judged.warnings, OF_EACH_CODE)
    return SpreadsheetRead(
        read=report.read,
        ready=report.ready,
        new=report.facts["new"],
        unchanged=report.unchanged,
        applied=report.ready if published else 0,
        published=published,
        refused=[FindingShown.model_validate(one, from_attributes=True) for one in refused],
        refused_in_all=len(report.refused),
        overwritten=[FindingShown.model_validate(one, from_attributes=True) for one in overwritten],
        overwritten_in_all=len(judged.overwritten),
        warnings=[FindingShown.model_validate(one, from_attributes=True) for one in warnings],
        unread=list(unread),
    )


@router.post("/households/file/preview")
async def preview(file: Spreadsheet, session: ReadAtHome, who: CurrentActor, built: Built) -> SpreadsheetRead:
    """What publishing this file would do; nothing is kept of it.

    422 ``file_unreadable``, ``headings_missing``, ``too_many_lines``, ``file_too_large``.
    """
    require(who, importing.ACTION, Subject(jurisdiction_id=who.jurisdiction_id))
    lines, unread = read_households(file.content)
    judged = await importing.judge_file(session, who, lines, built.number_key)
    return _shown(judged, unread, published=False)


@router.post("/households/file")
async def publish(file: Spreadsheet, session: WriteAtHome, who: CurrentActor, built: Built, at: Now) -> SpreadsheetRead:
    """Publish every row that is ready, in one transaction; refused rows stay out."""
    require(who, importing.ACTION, Subject(jurisdiction_id=who.jurisdiction_id))
    lines, unread = read_households(file.content)
    judged = await importing.publish(session, who, lines, file.content, built.number_key, at)
    return _shown(judged, unread, published=True)
