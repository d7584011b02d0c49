"""The rules in force and every version before them: read, compared, taken out as a file, published."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from gridward.domain.accounts import Subject, require
from gridward.domain.routing.compare import Change, compare
from gridward.domain.routing.document import write_duties, write_rules
from gridward.persistence.routing.world import standing_units
from gridward.services.routing import files, publish
from gridward.services.routing.history import history, version
from gridward.web.deps import CurrentActor, Now, Read, Write
from gridward.web.imports import MOST_BODY

router = APIRouter(tags=["routing"])

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_RULES, MOST_DUTIES = 500, 5_000

Version = Annotated[int | None, Query(alias="version", ge=1, description="Without it the rules in force")]


class UnitShown(BaseModel):
    unit_id: UUID
    name: str
    kind: str


class RulesShown(BaseModel):
    """One version. ``rules`` and ``duties`` are what ``PUT`` takes; ``units`` are those that may be named now."""

    version: int
    rules: list[dict[str, Any]]
    duties: list[dict[str, Any]]
    units: list[UnitShown]


class Proposal(BaseModel):
    """New rules, and the version their author saw. Without ``duties`` the duty list stays."""

    model_config = ConfigDict(extra="forbid")

    based_on: int = Field(ge=0)
    rules: list[dict[str, Any]] = Field(max_length=MOST_RULES)
    duties: list[dict[str, Any]] | None = Field(None, max_length=MOST_DUTIES)


class Published(BaseModel):
    version: int


class ChangeShown(BaseModel):
    """One difference between two versions; ``place`` counts from 1 in the later one, of what is gone in the earlier."""

    what: str
    place: int
    rule_id: str | None
    name: str | None
    fields: list[str]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Edition(BaseModel):
    """A published version; ``publisher`` is null when the program founded it."""

    version: int
    published_at: datetime
    publisher: str | None
    rules: int
    duties: int
    changes: list[ChangeShown]


class Editions(BaseModel):
    versions: list[Edition]


class Compared(BaseModel):
    changes: list[ChangeShown]


class NamesShown(BaseModel):
    """Id or code → code and name of what rules may name now."""

    categories: dict[str, tuple[str, str]]
    conditions: dict[str, tuple[str, str]]
    units: dict[str, tuple[str, str]]
    areas: dict[str, tuple[str, str]]
    grids: dict[str, tuple[str, str]]


class Workbook(BaseModel):
    """An ``.xlsx`` file as ``GET /routing/rules/file`` writes it."""

    model_config = ConfigDict(extra="forbid")

    content: Base64Bytes = Field(max_length=7_000_000)


class WorkbookRead(BaseModel):
    """What a file says: a draft to be tried and published, or what is wrong with it, row by row."""

    based_on: int
    rules: list[dict[str, Any]]
    duties: list[dict[str, Any]]
    changes: list[ChangeShown]
    refused: list[dict[str, Any]]


def shown(changes: tuple[Change, ...]) -> list[ChangeShown]:
    return [ChangeShown.model_validate(change.as_json()) for change in changes]


@router.get("/routing/rules")
async def read_rules(session: Read, who: CurrentActor, at: Now, number: Version = None) -> RulesShown:
    """The rules and the duty list in force, or of an earlier version."""
    chosen = await version(session, who, number)
    units = await standing_units(session, who.jurisdiction_id, at)
    return RulesShown(
        version=chosen.version,
        rules=write_rules(chosen.rules),
        duties=write_duties(chosen.duties),
        units=[UnitShown(unit_id=unit.unit_id, name=unit.name, kind=unit.kind) for unit in units],
    )


@router.get("/routing/versions")
async def read_versions(session: Read, who: CurrentActor) -> Editions:
    """The last 50 versions, newest first, each with what it changed in the one before it."""
    return Editions(
        versions=[
            Edition(
                version=told.edition.rule_set.version,
                published_at=told.edition.published_at,
                publisher=told.edition.publisher,
                rules=len(told.edition.rule_set.rules),
                duties=len(told.edition.rule_set.duties),
                changes=shown(told.changes),
            )
            for told in await history(session, who)
        ]
    )


@router.get("/routing/compare")
async def compare_versions(
    session: Read, who: CurrentActor, before: Annotated[int, Query(ge=1)], after: Annotated[int, Query(ge=1)]
) -> Compared:
    """What one version changed against another."""
    return Compared(changes=shown(compare(await version(session, who, before), await version(session, who, after))))


@router.get("/routing/names")
async def read_names(session: Read, who: CurrentActor, at: Now) -> NamesShown:
    """Kinds, units, areas and grids that rules may name now."""
    require(who, "rules:read", Subject(jurisdiction_id=who.jurisdiction_id))
    return NamesShown.model_validate(await files.names_of(session, who.jurisdiction_id, at), from_attributes=True)


@router.get("/routing/rules/file", response_class=Response, responses={200: {"content": {WORKBOOK: {}}}})
async def download_rules(session: Read, who: CurrentActor, at: Now, number: Version = None) -> Response:
    """A version as a workbook that can be edited and read again."""
    chosen = await version(session, who, number)
    content = await files.export_file(session, who, chosen, at=at)
    name = f"gridward-rules-{chosen.version}.xlsx"
    return Response(content, media_type=WORKBOOK, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.post("/routing/rules/file", max_body_size=MOST_BODY)
async def read_file(workbook: Workbook, session: Read, who: CurrentActor, at: Now) -> WorkbookRead:
    """Read a workbook into a draft and judge it. Nothing is stored."""
    require(who, "rules:try", Subject(jurisdiction_id=who.jurisdiction_id))
    read = await files.read_file(session, who, workbook.content, at=at)
    return WorkbookRead(
        based_on=read.based_on,
        rules=list(read.rules),
        duties=list(read.duties),
        changes=shown(read.changes),
        refused=[finding.as_json() for finding in read.report.refused],
    )


@router.put("/routing/rules")
async def publish_rules(proposal: Proposal, session: Write, who: CurrentActor, at: Now) -> Published:
    """Put rules in force. Refused as a whole, with every fault, when one of them is bad or partly hides another."""
    made = await publish.publish(
        session, who, based_on=proposal.based_on, rules=proposal.rules, duties=proposal.duties, now=at
    )
    return Published(version=made.version)
