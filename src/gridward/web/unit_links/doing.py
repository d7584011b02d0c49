"""What the page of a one-case link sends: who it is, photos, a step. No sign-in: the address itself is the right."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.accounts import Actor
from gridward.persistence.database import write_transaction
from gridward.services.evidence import uploading
from gridward.services.tickets.act import DONE
from gridward.services.unit_links import acting
from gridward.web.deps import Built, Now, OneReader, Write, parts_of
from gridward.web.evidence import MOST_BYTES, Arrived, Digest, taken_in
from gridward.web.problems import problem

router = APIRouter(prefix="/u/{token}", include_in_schema=False)


class WhoIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=100)]
    phone: Annotated[str, Field(max_length=40)]


class StepIn(BaseModel):
    """A step as the page sends it; ``assignment_id`` is what stood on it."""

    model_config = ConfigDict(extra="forbid")

    what: Annotated[str, Field(max_length=20)]
    assignment_id: UUID | None = None
    photos: list[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(default_factory=list, max_length=6)
    words: Annotated[str | None, Field(max_length=500)] = None
    lon: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    accuracy_m: float | None = Field(default=None, ge=0, le=1e6, allow_inf_nan=False)


async def counted(token: str, request: Request, at: Now) -> None:
    """Each changing request counts, also one that comes to nothing."""
    async with write_transaction(parts_of(request).engine) as session:
        refused = await acting.count_try(session, token, at)
    if refused is not None:
        raise refused


Counted = Depends(counted, scope="function")


@router.put("/who", dependencies=[Counted], status_code=204)
async def say_who(token: str, who: WhoIn, session: Write, at: Now) -> None:
    await acting.say_who(session, token, who.name, who.phone, at)


async def sender(token: str, one: OneReader, at: Now) -> Actor:
    session = await one.session()
    return await acting.actor_of(session, await acting.opened(session, token, at), at)


Sender = Annotated[Actor, Depends(sender, scope="function")]


async def arrive(sha256: Digest, request: Request, built: Built, one: OneReader, who: Sender, at: Now) -> Arrived:
    return await taken_in(sha256, request, built, one, who, at)


@router.put("/photos/{sha256}", dependencies=[Counted], max_body_size=MOST_BYTES, status_code=204)
async def put_photo(
    sha256: Digest, arrived: Annotated[Arrived, Depends(arrive)], session: Write, who: Sender, at: Now
) -> None:
    """A photo, raw, under the digest of its own bytes, as from any phone."""
    if arrived.stored is not None:
        await uploading.keep(session, who, arrived.stored, now=at)


@router.put("/steps/{op_id}", dependencies=[Counted])
async def take_step(token: str, op_id: UUID, step: StepIn, session: Write, at: Now) -> Response:
    """An ordinary operation of the ticket under the page's own id: a repeat is harmless."""
    deed = acting.Deed(
        op_id=op_id,
        what=step.what,
        assignment_id=step.assignment_id,
        photos=tuple(step.photos),
        words=(step.words or "").strip() or None,
        lon=step.lon,
        lat=step.lat,
        accuracy_m=step.accuracy_m,
    )
    answer = await acting.take_step(session, token, deed, at)
    if answer.status == DONE:
        return JSONResponse({"status": answer.body["status"]})
    return problem(answer.status, answer.body["code"], answer.body["facts"])
