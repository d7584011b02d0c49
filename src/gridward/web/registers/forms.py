"""The street's own forms over HTTP: kept, told, listed, filled."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from gridward.domain.accounts import Subject, require
from gridward.domain.errors import Malformed, NotFound
from gridward.domain.registers import COLUMNS, Register
from gridward.gateways.forms import MOST_ROWS, Form, fill
from gridward.gateways.sheets import MEDIA, Format
from gridward.persistence import street_forms as stored
from gridward.services import street_forms
from gridward.web.deps import CurrentActor, Now, Read, Write
from gridward.web.imports import MOST_BODY
from gridward.web.registers import rows
from gridward.web.registers.asking import Asked, asked
from gridward.web.registers.showing import ColumnOut, download

router = APIRouter(tags=["registers"])


class FormIn(BaseModel):
    """``content``: an ``.xlsx`` workbook with a line of headings on its first sheet, at most 2 MB."""

    model_config = ConfigDict(extra="forbid")

    fills: Register
    name: Annotated[str, Field(max_length=60)]
    content: Base64Bytes = Field(max_length=2_800_000)


class FormColumn(BaseModel):
    """A column of the form. ``place``: 1 is A; ``key`` null: nothing fills it, it stays empty for the hand."""

    place: int
    heading: str
    key: str | None


class FormOut(BaseModel):
    """``choices``: what may fill a column."""

    form_id: UUID
    fills: Register
    name: str
    sheet: str
    heading_row: int
    columns: list[FormColumn]
    choices: list[ColumnOut]
    kept_by: str | None
    kept_at: datetime


class FormsOut(BaseModel):
    forms: list[FormOut]


class FormColumnsIn(BaseModel):
    """Place → key; places that are not named stay empty."""

    model_config = ConfigDict(extra="forbid")

    columns: Annotated[dict[int, str], Field(max_length=100)]


@router.get("/street-forms")
async def list_forms(session: Read, who: CurrentActor) -> FormsOut:
    """The forms in use, with what fills their columns."""
    require(who, "street_form:read", Subject(jurisdiction_id=who.jurisdiction_id))
    return FormsOut(forms=[_form(row) for row in await stored.forms(session, who.jurisdiction_id)])


def _form(row: Any) -> FormOut:
    register = Register(row.register)
    return FormOut(
        form_id=row.form_id,
        fills=register,
        name=row.name,
        sheet=row.sheet,
        heading_row=row.heading_row,
        columns=[
            FormColumn(place=int(place), heading=heading, key=row.columns.get(place))
            for place, heading in sorted(row.headings.items(), key=lambda one: int(one[0]))
        ],
        choices=[ColumnOut(key=one.key, name=one.zh) for one in COLUMNS[register]],
        kept_by=row.kept_by_name,
        kept_at=row.kept_at,
    )


@router.put("/street-forms/{form_id}", status_code=204, max_body_size=MOST_BODY)
async def keep_form(form_id: UUID, form: FormIn, session: Write, who: CurrentActor, now: Now) -> None:
    """Keep a form; the same id again takes a newer file and reads its headings anew."""
    await street_forms.keep(session, who, form_id, register=form.fills, name=form.name, content=form.content, now=now)


@router.put("/street-forms/{form_id}/columns", status_code=204)
async def tell_columns(form_id: UUID, told: FormColumnsIn, session: Write, who: CurrentActor, now: Now) -> None:
    """Say what fills which column."""
    await street_forms.tell(session, who, form_id, told.columns, now)


@router.delete("/street-forms/{form_id}", status_code=204)
async def end_form(form_id: UUID, session: Write, who: CurrentActor, now: Now) -> None:
    """The form is not used any more."""
    await street_forms.end(session, who, form_id, now)


@router.get(
    "/street-forms/{form_id}/file",
    response_class=Response,
    responses={200: {"content": {MEDIA[Format.xlsx]: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def fill_form(form_id: UUID, asks: Annotated[Asked, Depends(asked)]) -> Response:
    """The form with the rows of a month in it, at most 3,000."""
    row = await stored.form(asks.session, form_id)
    if row is None or row.jurisdiction_id != asks.actor.jurisdiction_id or row.ended_at is not None:
        raise NotFound("form.unknown")
    register = Register(row.register)
    found = await rows.page(asks.session, asks, register, "zh", None, 0, MOST_ROWS + 1)
    if len(found.records) > MOST_ROWS:
        raise Malformed("form.too_many_rows", most=MOST_ROWS)
    form = Form(
        sheet=row.sheet,
        heading_row=row.heading_row,
        first_row=row.first_row,
        headings={int(place): heading for place, heading in row.headings.items()},
    )
    columns = {int(place): key for place, key in row.columns.items()}
    title = {
        "月份": f"{asks.month.first.year}年{asks.month.first.month}月",
        "社区": asks.area or "",
        "日期": f"{asks.of.at.astimezone(asks.zone):%Y-%m-%d}",
    }
    content = await asyncio.to_thread(fill, row.content, form, columns, found.records, asks.zone, title)
    return Response(content, media_type=MEDIA[Format.xlsx], headers=download(asks, row.name, "xlsx"))
