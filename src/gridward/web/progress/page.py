"""The progress page, open to whoever has its address: no sign-in, no script, no cookie, nobody's name.

An address that never was, one that was taken back, and a photo that may not be shown all get one answer, by one
statement that finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from asyncpg import PostgresError
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError
from starlette.responses import HTMLResponse, Response

from gridward.domain import progress as rules
from gridward.domain.accounts_sign_in import token_digest
from gridward.domain.errors import NotFound, Unavailable
from gridward.domain.territory import Language
from gridward.domain.tickets.numbers import spoken_number
from gridward.domain.tickets.words import OPEN, Status
from gridward.persistence import progress
from gridward.persistence.database import ReadSession
from gridward.persistence.territory.queries import near_names
from gridward.services.evidence.uploading import public_key
from gridward.web.deps import Built, Now, OneReader, parts_of
from gridward.web.progress import paper
from gridward.web.progress.words import LANGUAGES, closing_words, moment, preferred, state_words


class PlainRoute(APIRoute):
    """What goes wrong is said in words as well: nobody here has a program that would read a problem document."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def in_words(request: Request) -> Response:
            language = preferred(request.headers.get("accept-language"), request.query_params.get("lang"))
            telephone = parts_of(request).telephone.known
            try:
                return await handle(request)
            except NotFound:
                content = paper.instead(language, _other(language), "unknown", telephone)
                return HTMLResponse(content, 404, {**paper.HEADERS, **NOT_KEPT})
            except (Unavailable, DBAPIError, PostgresError):
                log.warning("progress.unavailable", exc_info=True)
                headers = {**paper.HEADERS, **NOT_KEPT, "Retry-After": str(AGAIN_S)}
                content = paper.instead(language, _other(language), "busy", telephone)
                return HTMLResponse(content, 503, headers)

        return in_words


log = structlog.get_logger()

router = APIRouter(prefix="/p", include_in_schema=False, route_class=PlainRoute)

AGAIN_S = 30

KEPT = {"Cache-Control": "private, max-age=60"}
NOT_KEPT = {"Cache-Control": "no-store"}
AS_PICTURE = {
    **KEPT,
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive, noimageindex",
    "Accept-Ranges": "none",
}

LOOKS: dict[Status, tuple[str, str]] = {
    Status.RECEIVED: ("received", "○"),
    Status.ACCEPTED: ("received", "○"),
    Status.ASSIGNED: ("assigned", "◔"),
    Status.IN_PROGRESS: ("in-progress", "◑"),
    Status.DEFERRED: ("paused", "‖"),
    Status.SHELVED: ("paused", "‖"),
    Status.RESOLVED: ("resolved", "◕"),
    Status.SPLIT: ("in-progress", "◑"),
}
"""Tone and shape of a state, as everywhere; what has ended is a full circle."""


async def spoken(
    lang: Annotated[str | None, Query(max_length=5)] = None,
    accept_language: Annotated[str | None, Header(max_length=1000)] = None,
) -> Language:
    return preferred(accept_language, lang)


Spoken = Annotated[Language, Depends(spoken)]


def _other(language: Language) -> str:
    return "?lang=zh" if language == "en" else "?lang=en"


async def _opened(session: ReadSession, token: str) -> UUID | None:
    """The ticket that this address was made for."""
    wanted = token.lower()
    return await progress.opened_by(session, token_digest(wanted)) if rules.TOKEN.fullmatch(wanted) else None


@router.get("/{token}")
async def progress_page(token: str, one: OneReader, at: Now, language: Spoken) -> Response:
    """How a ticket stands, for anybody."""
    session = await one.session()
    named = await _opened(session, token)
    if named is None:
        raise NotFound("not_found")
    made = await _paper(session, named, token.lower(), at, language)
    return HTMLResponse(paper.page(made), headers={**paper.HEADERS, **KEPT})


@router.get("/{token}/{rendition_id}.jpg")
async def progress_photo(token: str, rendition_id: str, built: Built, one: OneReader, language: Spoken) -> Response:
    """A photo that somebody has cleared, as long as its page opens and shows it."""
    session = await one.session()
    named = await _opened(session, token)
    shown: Sequence[Any] = ()
    if named is not None:
        shown = await _photos(session, await progress.page_of(session, await progress.where_now(session, named)))
    photo = next((photo for photo in shown if photo.rendition_id.hex == rendition_id), None)
    await one.close()
    if photo is None:
        raise NotFound("not_found")
    content = await built.blobs.get(public_key(photo.rendition_id))
    return Response(content, media_type="image/jpeg", headers={**AS_PICTURE, "ETag": f'"{photo.sha256}"'})


async def _photos(session: ReadSession, row: Any) -> Sequence[Any]:
    """Each picture once; a result only while it holds."""
    done = row.status in rules.DONE
    found: dict[UUID, Any] = {}
    for photo in await progress.public_photos(session, row.ticket_id):
        if rules.is_offered(photo.kind) and (done or not rules.is_result(photo.kind)):
            found.setdefault(photo.rendition_id, photo)
    return tuple(found.values())


async def _paper(session: ReadSession, named: UUID, token: str, at: datetime, language: Language) -> paper.Paper:
    row = await progress.page_of(session, await progress.where_now(session, named))
    words, zone, status = LANGUAGES[language], ZoneInfo(row.time_zone), Status(row.status)
    today = at.astimezone(zone).date()

    def when(instant: datetime, day_only: bool = False) -> str:
        return moment(instant, zone, language, today, day_only=day_only)

    def unit(kind: str | None) -> str:
        return words.get(f"unit.{kind}", words["unit.unknown"])

    steps = await progress.steps_of(session, row.ticket_id)
    near = () if row.lon is None else await near_names(session, row.jurisdiction_id, row.lon, row.lat)
    photos = await _photos(session, row)
    sentence = await _sentence(session, row)
    tone, shape = LOOKS.get(status, ("closed", "●"))
    late = row.due_at is not None and status in OPEN and row.due_at < at
    due = row.due_at if status in OPEN and status not in (Status.DEFERRED, Status.SHELVED) else None
    return paper.Paper(
        language=language,
        other_language=_other(language),
        community=row.community or row.jurisdiction,
        kind=_kind(row, language) or words["kind"],
        number=await _number(session, row, named, language),
        tone=tone,
        shape=shape,
        state=_state(row, steps, language, unit(row.unit_kind), when),
        due=words["past_due" if late else "due"].format(when=when(due)) if due is not None else None,
        late=late,
        place=rules.public_place(near, row.grid_name, language),
        pictures=[
            paper.Picture(
                address=f"/p/{token}/{photo.rendition_id.hex}.jpg",
                width=photo.width,
                height=photo.height,
                after=rules.is_result(photo.kind),
            )
            for photo in photos
        ],
        photos_wait=not photos,
        says=words["said"].format(unit_kind=unit(row.unit_kind)),
        sentence=sentence,
        story=_story(steps, words, unit, when),
        telephone=row.telephone,
        as_of=words["as_of"].format(when=when(at)),
    )


def _kind(row: Any, language: Language) -> str | None:
    """The category in this language, where its standard has it."""
    name: str | None = (row.category or {}).get("name", {}).get(language)
    return name or row.category_name


async def _number(session: ReadSession, row: Any, named: UUID, language: Language) -> str:
    """The spoken number; for a ticket that was merged with the one that was meant."""
    words, no = LANGUAGES[language], spoken_number(row.short_no)
    if named == row.ticket_id:
        return words["no"].format(no=no)
    return words["no_and"].format(no=no, named=spoken_number(await progress.short_no_of(session, named)))


def _state(row: Any, steps: Sequence[Any], language: Language, unit: str, when: Callable[[datetime], str]) -> str:
    words, status = LANGUAGES[language], Status(row.status)
    if status is Status.CLOSED:
        said = closing_words(row.closing, language)
        if said is not None:
            return said
    values = {"unit_kind": unit}
    if row.deferred_until is not None:
        values["until"] = when(row.deferred_until)
    if status is Status.REJECTED:
        # The dispatcher's own sentence is for the reporter; a reason from the list is nobody's words.
        code = next((one.reason for one in reversed(steps) if one.verb == "ticket.rejected"), None)
        if f"reason.{code}" in words:
            values["reason"] = words[f"reason.{code}"]
    return state_words(status, language, values)


def _story(
    steps: Sequence[Any], words: Mapping[str, str], unit: Callable[[str | None], str], when: Callable[..., str]
) -> list[paper.Told]:
    """Newest first. Only the assignment names the kind of unit; what follows is by that one."""
    told, kind = [], None
    for one in steps:
        kind = one.unit_kind or kind
        step = rules.STEPS[one.verb]
        what = words[f"step.{step}"].format(unit_kind=unit(kind))
        told.append(paper.Told(when=when(one.occurred_at, step in rules.DAY_ONLY), what=what))
    return told[::-1]


async def _sentence(session: ReadSession, row: Any) -> str | None:
    """What the unit says it did, when somebody has cleared it and nothing in it speaks against that by itself."""
    if row.status not in rules.DONE:
        return None
    said = await progress.unit_sentence(session, row.ticket_id)
    shown = said is not None and said.decision == rules.Decision.cleared and rules.fit(said.body)
    return said.body if said is not None and shown else None
