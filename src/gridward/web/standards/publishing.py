"""A standard from a file: first what it would change, then, if wished, published whole or not at all."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Malformed, Refusal
from gridward.domain.standards import Applies, CommunityType, DayRule, LimitKind
from gridward.domain.standards_diff import compare
from gridward.domain.standards_reading import LimitWords
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards import queries
from gridward.services.standards import documents, importing
from gridward.web.deps import CurrentActor, Now, Read, Write
from gridward.web.imports import MOST_BASE64, MOST_BODY
from gridward.web.standards.comparing import ComparisonShown, InUseShown, shown, used

router = APIRouter(tags=["standards"])


class StandardWorkbook(BaseModel):
    """A city's table (.xlsx) and what must be declared about it."""

    model_config = ConfigDict(extra="forbid")

    content: Annotated[Base64Bytes, Field(max_length=MOST_BASE64)]
    scheme: Annotated[str, Field(min_length=1, max_length=80)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    bare_day: Literal[LimitKind.WORK_DAY, LimitKind.NATURAL_DAY]
    bare_hour: Literal[LimitKind.WORK_HOUR, LimitKind.URGENT_HOUR]
    day_rule: DayRule
    area_codes: Annotated[list[str], Field(max_length=500)] = []
    community_types: list[CommunityType] = []
    emergency: bool = False

    def wish(self, valid_from: date, acknowledged: list[str], *, leave_out_refused: bool) -> importing.Wish:
        applies = Applies(
            area_codes=tuple(self.area_codes),
            community_types=tuple(self.community_types),
            emergency=self.emergency,
        )
        return importing.Wish(
            scheme=self.scheme.strip(),
            name=self.name.strip(),
            words=LimitWords(LimitKind(self.bare_day), LimitKind(self.bare_hour), self.day_rule),
            valid_from=valid_from,
            leave_out_refused=leave_out_refused,
            applies=None if applies.everywhere else applies,
            acknowledged=frozenset(acknowledged),
        )


class StandardDraft(BaseModel):
    """One of ``workbook`` and ``document`` (what ``GET …/document`` gives, or only what changes).

    ``based_on``: the newest version that whoever changed it had before the eyes; refused where there is a newer one.
    """

    model_config = ConfigDict(extra="forbid")

    workbook: StandardWorkbook | None = None
    document: dict[str, Any] | None = None
    based_on: UUID | None = None
    valid_from: date | None = Field(None, description="First day; null: today")


class ToPublish(StandardDraft):
    """``acknowledged``: conditions that vanish although something uses them, and whoever publishes knows."""

    acknowledged: Annotated[list[str], Field(max_length=5_000)] = []
    leave_out_refused: bool = False


class RowFinding(BaseModel):
    place: str
    field: str
    text: str
    why: str
    code: str


class StandardDraftShown(BaseModel):
    """What publishing would do. ``comparison`` null: the first version of its scheme. ``read``: rows of a workbook."""

    scheme: str
    name: str
    based_on: UUID | None
    version: int
    conditions: int
    read: int | None
    refused: list[RowFinding]
    warnings: list[RowFinding]
    bare_day_rows: int
    bare_hour_rows: int
    unmapped: list[str]
    comparison: ComparisonShown | None
    in_use: list[InUseShown]


class StandardPublished(BaseModel):
    """``is_new`` false: it says nothing new, so nothing was published."""

    standard_id: UUID
    version: int
    is_new: bool


@router.post("/standards/draft", max_body_size=MOST_BODY)
async def draft(body: StandardDraft, session: Read, who: CurrentActor, at: Now) -> StandardDraftShown:
    """What a file would change against the newest version of its scheme, and who uses what would vanish."""
    require(who, "standard:publish", Subject(jurisdiction_id=who.jurisdiction_id))
    today = await _today(session, who, at)
    valid_from = body.valid_from or today
    if body.workbook is not None:
        return await _of_workbook(session, who, body.workbook, valid_from, today)
    read = await documents.read_document(
        session, _document(body), who, on=valid_from, today=today, based_on=body.based_on
    )
    before = read.previous
    return StandardDraftShown(
        scheme=read.draft.scheme,
        name=read.draft.name.zh,
        based_on=UUID(before.standard_id) if before else None,
        version=before.version + 1 if before else 1,
        conditions=len(read.draft.conditions),
        read=None,
        refused=[],
        warnings=[],
        bare_day_rows=0,
        bare_hour_rows=0,
        unmapped=[],
        comparison=shown(compare(before, read.draft)) if before else None,
        in_use=used(read.used),
    )


@router.post("/standards", max_body_size=MOST_BODY)
async def publish(body: ToPublish, session: Write, who: CurrentActor, at: Now) -> StandardPublished:
    """Publish a file as the next version of its scheme, valid from a day on; live tickets are not touched.

    409 ``standard.conditions_in_use`` names what vanishes from under tickets, rules and duties and is not acknowledged;
    409 ``standard.rows_refused`` the rows that cannot be read. Then nothing is published.
    """
    require(who, "standard:publish", Subject(jurisdiction_id=who.jurisdiction_id))
    today = await _today(session, who, at)
    valid_from = body.valid_from or today
    if body.workbook is not None:
        wish = body.workbook.wish(valid_from, body.acknowledged, leave_out_refused=body.leave_out_refused)
        sheets = importing.open_workbook(body.workbook.content)
        report = await importing.publish(session, sheets, wish, who, today=today, now=at)
        if "stands" not in report.facts:
            raise Refusal("standard.rows_refused", rows=[one.as_json() for one in report.refused])
        return StandardPublished(is_new=report.published, **report.facts["stands"])
    made = await documents.publish_document(
        session,
        _document(body),
        who,
        valid_from=valid_from,
        today=today,
        now=at,
        acknowledged=body.acknowledged,
        based_on=body.based_on,
    )
    return StandardPublished(standard_id=made.standard_id, version=made.version, is_new=made.is_new)


@router.get("/standards/{standard_id}/document")
async def document(standard_id: UUID, session: Read, who: CurrentActor) -> dict[str, Any]:
    """A version as the file that would say the same: to be changed and published anew."""
    require(who, "standard:read", Subject(jurisdiction_id=who.jurisdiction_id))
    return documents.file_of(await queries.standard_in(session, who.jurisdiction_id, standard_id))


async def _of_workbook(
    session: ReadSession, who: Actor, workbook: StandardWorkbook, valid_from: date, today: date
) -> StandardDraftShown:
    wish = workbook.wish(valid_from, [], leave_out_refused=False)
    reading = await importing.preview(session, importing.open_workbook(workbook.content), wish, who, today=today)
    report, before = reading.report, reading.previous
    return StandardDraftShown(
        scheme=wish.scheme,
        name=wish.name,
        based_on=UUID(before.standard_id) if before else None,
        version=before.version + 1 if before else 1,
        conditions=len(reading.draft.conditions),
        read=report.read,
        refused=[RowFinding.model_validate(one, from_attributes=True) for one in report.refused],
        warnings=[RowFinding.model_validate(one, from_attributes=True) for one in report.warnings],
        bare_day_rows=report.facts["bare_day"]["rows"],
        bare_hour_rows=report.facts["bare_hour"]["rows"],
        unmapped=report.facts["unmapped_unit_names"],
        comparison=shown(compare(before, reading.draft)) if before else None,
        in_use=used(reading.used),
    )


def _document(body: StandardDraft) -> dict[str, Any]:
    if body.document is None:
        raise Malformed("standard.document", kind="Standard", place="", why="neither a workbook nor a document")
    return body.document


async def _today(session: ReadSession | WriteSession, who: Actor, at: datetime) -> date:
    return at.astimezone(await time_zone_of(session, who.jurisdiction_id)).date()
