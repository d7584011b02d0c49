"""Photos in and out. Raw bytes, no multipart parser; one fixed type on the way out.

The steps before the row (receiving, decoding, storing) are a dependency that stands before the session: the session
opens its connection with its first statement, so nothing is open in the database while a phone sends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from gridward.domain.accounts import Actor
from gridward.domain.disclosures import Personal, Sight
from gridward.domain.errors import Malformed, Refusal
from gridward.domain.evidence import check_bytes, check_digest
from gridward.persistence.entries import new_id
from gridward.services.evidence import showing, uploading
from gridward.web.deps import Built, CurrentActor, Noted, Now, OneReader, Parts, Reader, Write

router = APIRouter(prefix="/photos", tags=["evidence"])

ACKNOWLEDGED = {"X-App-Ack": "1", "Cache-Control": "no-store"}

AS_PICTURE = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "none",
}

LET_RUN_BYTES = 8 * 1024 * 1024
LET_RUN_S = 5.0

Digest = Annotated[str, Path(description="SHA-256 of the bytes that the phone keeps, in lower-case hexadecimal")]


class PhotoTaken(BaseModel):
    """What was taken: the digest that the phone sent and the number of bytes that arrived."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """A photo that came in whole: how many bytes, and its stored files unless it was there before."""

    size: int
    stored: uploading.Stored | None


async def arrive(sha256: Digest, request: Request, built: Built, one: OneReader, who: CurrentActor, at: Now) -> Arrived:
    return await taken_in(sha256, request, built, one, who, at)


async def taken_in(sha256: str, request: Request, built: Parts, one: Reader, who: Actor, at: datetime) -> Arrived:
    """Take the bytes in and make the stored files; refuses before the body where it can.

    Nothing is open in the database while a slow phone sends.
    """
    rules = built.photo_rules
    opening = await uploading.open_upload(await one.session(), who, check_digest(sha256), rules=rules, now=at)
    await one.close()
    body = aiter(_body(request))
    try:
        announced = int(request.headers.get("content-length", rules.max_bytes))
        check_bytes(announced, rules)
        async with built.photo_room.take(announced):
            content = await uploading.receive(body, sha256, rules=rules, monotonic=time.monotonic)
            if opening.sent_size is not None:
                return Arrived(opening.sent_size, None)
            stored = await uploading.develop(
                content, sha256, zone=opening.zone, photo_id=new_id(), pictures=built.pictures, blobs=built.blobs
            )
            return Arrived(len(content), stored)
    except Refusal as refusal:
        if refusal.code != "photo_too_slow":
            await _let_run(body)
        raise


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as error:
        raise Malformed("photo_cut_short") from error


async def _let_run(body: AsyncIterator[bytes]) -> None:
    """Let the sender finish, within bounds: an answer sent against the stream is lost with the connection's reset."""
    left = LET_RUN_BYTES
    try:
        async with asyncio.timeout(LET_RUN_S):
            async for chunk in body:
                left -= len(chunk)
                if left < 0:
                    return
    except (TimeoutError, Refusal):
        return


MOST_BYTES = 64 * 1024 * 1024
"""Beyond this the server hangs up at once; up to it the refusal names the limit, see ``PhotoRules``."""

BINARY = {"schema": {"type": "string", "format": "binary"}}
PHOTO_BODY = {"requestBody": {"required": True, "content": {"image/*": BINARY}}}


@router.put(
    "/{sha256}",
    status_code=201,
    max_body_size=MOST_BYTES,
    openapi_extra=PHOTO_BODY,
    responses={200: {"model": PhotoTaken, "description": "It was here before; nothing was done twice"}},
)
async def put_photo(
    sha256: Digest,
    arrived: Annotated[Arrived, Depends(arrive)],
    response: Response,
    session: Write,
    built: Built,
    who: CurrentActor,
    at: Now,
) -> PhotoTaken:
    """Take a photo in: JPEG, PNG or WebP, raw, under the digest of its own bytes. A repeat is harmless."""
    new = arrived.stored is not None and await uploading.keep(session, who, arrived.stored, now=at)
    response.status_code = 201 if new else 200
    response.headers.update(ACKNOWLEDGED)
    return PhotoTaken(sha256=sha256, size=arrived.size)


async def find(
    noted: Noted, sha256: Digest, one: OneReader, who: CurrentActor, size: Literal["full", "thumb"] = "full"
) -> showing.View:
    view = await showing.view(await one.session(), who, sha256, thumb=size == "thumb")
    await one.close()
    if size == "full":
        noted.sights.add(Sight(view.uploader_id, Personal.photo, view.ticket_id))
    return view


@router.get(
    "/{sha256}",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, 304: {"description": "The copy you have is the same"}},
)
async def get_photo(
    found: Annotated[showing.View, Depends(find)],
    built: Built,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Show a photo to its sender, or to somebody who may see a ticket that holds it."""
    headers = {**AS_PICTURE, "ETag": f'"{found.sha256}"'}
    if if_none_match is not None and found.sha256 in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(await built.blobs.get(found.key), media_type="image/jpeg", headers=headers)
