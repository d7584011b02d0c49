"""The second step at sign-in over HTTP, and how strictly the jurisdiction asks for it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import segno
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.accounts import Role
from gridward.domain.accounts_second_step import address, as_text
from gridward.domain.errors import Refusal
from gridward.persistence.accounts import people
from gridward.services.accounts import safety, second_step
from gridward.web import problems
from gridward.web.accounts.sign_in import REFUSALS, Caller
from gridward.web.deps import Built, CurrentActor, Now, Read, SignedIn, Write

router = APIRouter(tags=["accounts"])


class SecondStepOut(BaseModel):
    """``since`` null: not set up. ``due``: what this session lacks before its staff roles count."""

    since: datetime | None
    recovery_left: int
    due: str | None


class SecondStepBegun(BaseModel):
    """Shown once. ``qr`` is an SVG data address; ``secret`` is for who cannot scan."""

    secret: str
    qr: str


class SecondStepCode(BaseModel):
    """Six digits of the authenticator, or a recovery code."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=40)]


class RecoveryCodes(BaseModel):
    """Shown once; each lets in once, without the authenticator."""

    codes: list[str]


class StaffMember(BaseModel):
    person_id: UUID
    name: str
    role: Role
    stands: bool


class SafetyShown(BaseModel):
    """``staff``: who holds a staff role, and whether that person's second step is set up."""

    admins_apart: bool
    required: list[Role]
    staff: list[StaffMember]


class SafetyMeant(BaseModel):
    model_config = ConfigDict(extra="forbid")

    admins_apart: bool
    required: Annotated[list[Role], Field(max_length=20)]


@router.get("/my/second-step")
async def read_own(session: Read, standing: SignedIn) -> SecondStepOut:
    assert standing.actor.person_id is not None
    stands = await second_step.stands(session, standing.actor.person_id)
    return SecondStepOut(since=stands.since, recovery_left=stands.recovery_left, due=standing.second_step)


@router.post("/my/second-step")
async def begin(session: Write, standing: SignedIn, built: Built, at: Now) -> SecondStepBegun:
    """A new secret to scan; it stands once a code of it was sent back, until then the one before does."""
    secret = await second_step.begin(session, built.secret_key, standing, at)
    place = await people.jurisdiction(session, standing.actor.jurisdiction_id)
    uri = address(secret, place.name, standing.name)
    return SecondStepBegun(
        secret=as_text(secret), qr=segno.make(uri, error="m", micro=False).svg_data_uri(scale=4, border=4)
    )


@router.put("/my/second-step", response_model=RecoveryCodes, responses=REFUSALS)
async def confirm(
    body: SecondStepCode, session: Write, standing: SignedIn, by: Caller, built: Built, at: Now
) -> Response:
    """The first code of the new secret; answers the recovery codes."""
    made = await second_step.confirm(session, built.secret_key, standing, body.code, by, at)
    if isinstance(made, Refusal):
        return problems.of_refusal(made)
    return JSONResponse(RecoveryCodes(codes=made).model_dump())


@router.post("/my/second-step/enter", status_code=204, responses=REFUSALS)
async def enter(
    body: SecondStepCode, session: Write, standing: SignedIn, by: Caller, built: Built, at: Now
) -> Response:
    """The code of now, or a recovery code: from the next request on this session's staff roles count."""
    refused = await second_step.enter(session, built.secret_key, standing, body.code, by, at)
    return Response(status_code=204) if refused is None else problems.of_refusal(refused)


@router.delete("/people/{person_id}/second-step", status_code=204)
async def take_off(person_id: UUID, session: Write, actor: CurrentActor, at: Now) -> None:
    """A lost authenticator: the person is signed out and sets it up anew."""
    await second_step.take_off(session, actor, person_id, at)


@router.get("/safety")
async def read_safety(session: Read, actor: CurrentActor, at: Now) -> SafetyShown:
    found = await safety.read(session, actor, at)
    return SafetyShown(
        admins_apart=found.admins_apart,
        required=sorted(found.required),
        staff=[StaffMember.model_validate(one, from_attributes=True) for one in found.holders],
    )


@router.put("/safety", status_code=204)
async def change_safety(body: SafetyMeant, session: Write, actor: CurrentActor, at: Now) -> None:
    """409 ``admins_not_apart`` names who holds two; ``second_step.own_first``: set up your own before you ask it of all."""
    await safety.change(session, actor, admins_apart=body.admins_apart, required=body.required, now=at)
