"""The page of a one-case link: a ticket for the unit that has it, without sign-in, in WeChat as in any browser.

It shows what the unit's own people see of the ticket, and nothing of whoever reported it. An address that never was, one
that was taken back and one that has run out get one answer.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import structlog
from asyncpg import PostgresError
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError
from starlette.responses import HTMLResponse, Response

from gridward.domain.errors import NotFound, Unavailable
from gridward.domain.geometry import Datum, from_wgs84
from gridward.domain.standards import Condition, Evidence
from gridward.domain.territory import Language
from gridward.domain.tickets.numbers import spoken_number
from gridward.domain.tickets.words import Status
from gridward.domain.unit_links import Standing, standing
from gridward.persistence import unit_links
from gridward.persistence.database import ReadSession
from gridward.persistence.standards.queries import standard_by_id
from gridward.persistence.unit_links import UnitLinkRow
from gridward.services.evidence import showing
from gridward.services.unit_links import acting
from gridward.web.deps import Built, Now, OneReader, parts_of
from gridward.web.progress import paper
from gridward.web.progress.words import moment, preferred
from gridward.web.unit_links.words import LANGUAGES, SCRIPT_SAYS, Words

HERE = Path(__file__).parent
STYLE = paper.STYLE + (HERE / "link.css").read_text()
SCRIPT = (HERE / "link.js").read_text()


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


HEADERS: Mapping[str, str] = {
    **paper.HEADERS,
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            f"style-src {_digest(STYLE)}",
            f"script-src {_digest(SCRIPT)}",
            "connect-src 'self'",
            "img-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "Cache-Control": "no-store",
}
AS_PICTURE = {
    "Cache-Control": "private, max-age=300",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive, noimageindex",
    "Accept-Ranges": "none",
}
LOOKS: Mapping[Standing, tuple[str, str]] = {
    Standing.open: ("in-progress", "◑"),
    Standing.waits: ("resolved", "◕"),
    Standing.ended: ("closed", "●"),
    Standing.elsewhere: ("paused", "‖"),
}
AFTER = frozenset({"after", "verification", "proof"})
AGAIN_S = 30

log = structlog.get_logger()


class PlainRoute(APIRoute):
    """What goes wrong is said in words: nobody here has a program that would read a problem document."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def in_words(request: Request) -> Response:
            language = preferred(request.headers.get("accept-language"), request.query_params.get("lang"))
            telephone = parts_of(request).telephone.known
            try:
                return await handle(request)
            except NotFound:
                return HTMLResponse(_instead(language, "unknown", telephone), 404, HEADERS)
            except (Unavailable, DBAPIError, PostgresError):
                log.warning("unit_link.unavailable", exc_info=True)
                content = _instead(language, "busy", telephone)
                return HTMLResponse(content, 503, {**HEADERS, "Retry-After": str(AGAIN_S)})

        return in_words


router = APIRouter(prefix="/u", include_in_schema=False, route_class=PlainRoute)


async def spoken(
    lang: Annotated[str | None, Query(max_length=5)] = None,
    accept_language: Annotated[str | None, Header(max_length=1000)] = None,
) -> Language:
    return preferred(accept_language, lang)


Spoken = Annotated[Language, Depends(spoken)]


@router.get("/{token}")
async def unit_page(token: str, one: OneReader, at: Now, language: Spoken) -> Response:
    """The ticket, for whoever of the unit has this address."""
    session = await one.session()
    link = await acting.opened(session, token, at)
    await acting.actor_of(session, link, at)
    return HTMLResponse(await _page(session, link, token.lower(), at, language), headers=dict(HEADERS))


@router.get("/{token}/photos/{sha256}.jpg")
async def unit_photo(token: str, sha256: str, built: Built, one: OneReader, at: Now) -> Response:
    """A photo of the ticket that the unit may see, as long as the ticket is the unit's."""
    session = await one.session()
    link = await acting.opened(session, token, at)
    actor = await acting.actor_of(session, link, at)
    row = await unit_links.page_of(session, link)
    if not _shows(standing(Status(row.status), link.unit_id, row.unit_id)):
        raise NotFound("photo_unknown")
    held = (await showing.photos_of(session, [link.ticket_id], with_hidden=False))[link.ticket_id]
    if sha256 not in {photo["sha256"] for photo in held}:
        raise NotFound("photo_unknown")
    view = await showing.view(session, actor, sha256, thumb=False)
    await one.close()
    content = await built.blobs.get(view.key)
    return Response(content, media_type="image/jpeg", headers={**AS_PICTURE, "ETag": f'"{view.sha256}"'})


def _shows(stands: Standing) -> bool:
    """Units see their tickets while they are theirs."""
    return stands in (Standing.open, Standing.waits)


def _instead(language: Language, what: str, telephone: str | None) -> str:
    words = LANGUAGES[language]
    body = f"<h1>{escape(words[f'{what}_title'])}</h1><p>{escape(words[what])}</p>"
    foot = paper.call(telephone, words) + _other(words, language)
    return paper.document(language, words[f"{what}_title"], "", body, foot, style=STYLE)


def _other(words: Words, language: Language) -> str:
    return f'<p><a href="?lang={"zh" if language == "en" else "en"}">{escape(words["other_language"])}</a></p>'


async def _page(session: ReadSession, link: UnitLinkRow, token: str, at: datetime, language: Language) -> str:
    row = await unit_links.page_of(session, link)
    words, zone = LANGUAGES[language], ZoneInfo(row.time_zone)
    today = at.astimezone(zone).date()

    def when(instant: datetime) -> str:
        return moment(instant, zone, language, today)

    stands = standing(Status(row.status), link.unit_id, row.unit_id)
    tone, shape = LOOKS[stands]
    kind = row.category_name or words["page"]
    state = words[f"state.{stands.value}"]
    parts = [
        f'<p class="state {tone}"><span aria-hidden="true">{shape}</span> {escape(state)}</p>',
    ]
    if _shows(stands):
        standard = await standard_by_id(session, row.standard_id)
        condition = standard.conditions.get(row.condition_id or "")
        photos = (await showing.photos_of(session, [row.ticket_id], with_hidden=False))[row.ticket_id]
        parts += [
            _due(row, words, at, when),
            _place(row, words),
            _said(await unit_links.words_for_units(session, row.ticket_id), words),
            _closing(condition, words),
            _pictures(photos, token, words),
        ]
        if stands is Standing.open:
            parts.append(_work(row, link, condition, words))
    urgent = f' <span class="late">{escape(words["urgent"])}</span>' if row.urgent else ""
    number = words["no"].format(no=spoken_number(row.short_no))
    head = (
        f"<h1>{escape(kind)}{urgent}</h1>"
        f"<p class=no>{escape(number)} · {escape(words['for'].format(unit=row.unit_name or ''))}</p>"
    )
    top = f"{row.community or row.jurisdiction} · {words['page']}"
    return paper.document(
        language,
        f"{kind} · {state}",
        top,
        head + "".join(parts),
        _foot(row, words, when(link.expires_at), language),
        style=STYLE,
        script=SCRIPT,
    )


def _due(row: Any, words: Words, at: datetime, when: Callable[[datetime], str]) -> str:
    due = row.resolve_due_at or row.due_at or row.next_due_at
    if due is None or row.status == Status.RESOLVED:
        return ""
    late = due < at
    return (
        f'<p class="due{" late" if late else ""}">{escape(words["late" if late else "due"].format(when=when(due)))}</p>'
    )


def _place(row: Any, words: Words) -> str:
    said = "，".join(filter(None, (row.place_note, row.grid_name)))
    line = f'<p class="place"><b>{escape(words["where"])}</b> {escape(said)}</p>' if said else ""
    if row.lon is None:
        return line
    lon, lat = from_wgs84(row.lon, row.lat, Datum.gcj02)
    address = f"https://uri.amap.com/marker?position={lon:.6f},{lat:.6f}&coordinate=gaode&callnative=1"
    link = f'<a href="{escape(address)}" rel="noreferrer">{escape(words["navigate"])}</a>'
    return f"{line}<p>{link}</p>"


def _said(said: Sequence[str], words: Words) -> str:
    lines = "".join(f"<p>{escape(one)}</p>" for one in said)
    return f"<blockquote><b>{escape(words['said'])}</b>{lines}</blockquote>" if lines else ""


def _closing(condition: Condition | None, words: Words) -> str:
    if condition is None:
        return ""
    return f'<p class="place"><b>{escape(words["closing"])}</b> {escape(condition.closing_text)}</p>'


def _pictures(photos: Sequence[Mapping[str, Any]], token: str, words: Words) -> str:
    sides = []
    for name, after in (("before", False), ("after", True)):
        shown = "".join(
            f'<a href="/u/{token}/photos/{one["sha256"]}.jpg">'
            f'<img src="/u/{token}/photos/{one["sha256"]}.jpg" alt="{escape(words[name])}"></a>'
            for one in photos
            if (one["kind"] in AFTER) is after
        )
        if shown:
            sides.append(f"<figure><figcaption>{escape(words[name])}</figcaption>{shown}</figure>")
    return f'<div class="pair">{"".join(sides)}</div>' if sides else ""


def _work(row: Any, link: UnitLinkRow, condition: Condition | None, words: Words) -> str:
    asks = _who(link, words)
    if link.name is None:
        return _box(row, condition, words, asks)
    heard = condition is not None and Evidence.ANSWER in condition.closing_evidence
    steps = (
        f"<p>{escape(words['who_is'].format(name=link.name))} "
        f'<button type="button" id="change">{escape(words["who_change"])}</button></p>{asks}'
        f'<label><input type="file" id="photo" accept="image/*" multiple>'
        f'<span class="button">{escape(words["photo"])}</span></label>'
        f'<p class="quiet">{escape(words["photo_why"])}</p><div id="shots"></div>'
        f"<label>{escape(words['answer' if heard else 'words'])}"
        f'<textarea id="words" rows="2" maxlength="500"></textarea></label>'
        f'<button type="button" data-step="arrive">{escape(words["arrive"])}</button>'
        f'<button type="button" class="main" data-step="resolve">{escape(words["resolve"])}</button>'
    )
    return _box(row, condition, words, steps)


def _box(row: Any, condition: Condition | None, words: Words, inside: str) -> str:
    says = json.dumps({name: words[name] for name in SCRIPT_SAYS}, ensure_ascii=False)
    wanted = condition.closing_evidence if condition else ()
    wants = "photo" if {Evidence.PHOTO, Evidence.AFTER_PHOTO} & set(wanted) else ""
    return (
        f'<section id="work" data-assignment="{row.assignment_id or ""}" data-wants="{wants}" '
        f'data-says="{escape(says)}">{inside}<p id="says" role="alert"></p>'
        f"<noscript><p>{escape(words['script_needed'])}</p></noscript></section>"
    )


def _who(link: UnitLinkRow, words: Words) -> str:
    hidden = " hidden" if link.name else ""
    return (
        f'<form id="who"{hidden}><b>{escape(words["who"])}</b>'
        f'<label>{escape(words["name"])}<input name="name" autocomplete="name" maxlength="20" required></label>'
        f"<label>{escape(words['phone'])}"
        f'<input name="phone" type="tel" autocomplete="tel" maxlength="20" required></label>'
        f'<p class="quiet">{escape(words["who_why"])}</p>'
        f'<button class="main">{escape(words["who_send"])}</button></form>'
    )


def _foot(row: Any, words: Words, until: str, language: Language) -> str:
    return f"{paper.call(row.telephone, words)}<p>{escape(words['promise'].format(when=until))}</p>{_other(words, language)}"
