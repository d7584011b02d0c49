"""Hello, coming in, going out. A refused try is committed like any other, then answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from gridward.domain.accounts import Actor, ScopeKind, scope_revision
from gridward.domain.accounts_second_step import Due
from gridward.domain.accounts_sign_in import CODE_SPAN, NOTICE_VERSION, in_app_browser
from gridward.domain.errors import Refusal
from gridward.domain.sync import OLDEST_SCHEMA
from gridward.gateways.channels.calling import Outcome
from gridward.gateways.channels.sms import SignInCode, SmsChannel
from gridward.persistence.accounts import people
from gridward.persistence.database import ReadSession
from gridward.persistence.entries import feed_epoch
from gridward.services.accounts import arriving, by_invite, by_secret, sign_in
from gridward.web import problems
from gridward.web.deps import Built, Now, OptionalStanding, Read, SessionCookie, SignedIn, Write

router = APIRouter(tags=["accounts"])
log = structlog.get_logger()

BACKOFF_HINT_S = 5
REFUSALS: dict[int | str, dict[str, Any]] = {
    403: {"description": "Refused"},
    409: {"description": "Not so"},
    429: {"description": "Too many tries"},
}


class EmergencyNumber(BaseModel):
    label: str
    number: str


class JurisdictionOut(BaseModel):
    jurisdiction_id: UUID
    name: str
    telephone: str | None
    time_zone: str
    emergency_numbers: list[EmergencyNumber]
    invented: bool


class RoleOut(BaseModel):
    role: str
    scope_kind: str
    scope_id: UUID
    scope_name: str
    is_lead: bool


class SessionOut(BaseModel):
    """``notice_due``: show the privacy notice of ``notice_version`` and POST what was agreed to.

    ``second_step``: to be set up or entered before this session's staff roles count.
    """

    person_id: UUID
    name: str
    jurisdiction: JurisdictionOut
    roles: list[RoleOut]
    notice_due: bool
    notice_version: str
    second_step: Due | None


class Limits(BaseModel):
    photo_bytes: int
    photo_side: int
    photo_pixels: int


class HelloOut(BaseModel):
    """``scope_rev``: changes whenever what this person may see changes. ``session`` is null for nobody signed in.

    ``telephone``: whom to call without a session; null with one (its jurisdiction has it) or with several jurisdictions.
    """

    server_time: datetime
    feed_epoch: int
    scope_rev: str | None
    oldest_schema: int
    limits: Limits
    backoff_hint_s: int
    telephone: str | None
    session: SessionOut | None


class Token(BaseModel):
    token: str = Field(max_length=200)


class InviteIn(Token):
    notice_version: str | None = Field(None, max_length=40)


class PasswordIn(BaseModel):
    login: str = Field(max_length=100)
    password: str = Field(max_length=1000)
    notice_version: str | None = Field(None, max_length=40)


class PhoneIn(BaseModel):
    phone: str = Field(max_length=40)


class CodeIn(PhoneIn):
    code: str = Field(max_length=40)
    person_id: UUID | None = None
    notice_version: str | None = Field(None, max_length=40)


class PrintedIn(PhoneIn):
    code: str = Field(max_length=40)
    notice_version: str | None = Field(None, max_length=40)


class NewPasswordIn(BaseModel):
    login: str = Field(max_length=100)
    password: str = Field(max_length=1000)
    current: str | None = Field(None, max_length=1000)


class NoticeIn(BaseModel):
    notice_version: str = Field(max_length=40)


class LookOut(BaseModel):
    """``in_app_hint`` names the app whose built-in browser this is; there no button is offered."""

    name: str
    community: str | None
    jurisdiction: str
    expires_at: datetime | None
    notice_version: str
    in_app_hint: str | None


class ArrivalOut(BaseModel):
    person_id: UUID
    name: str
    notice_due: bool


class AskedOut(BaseModel):
    """The same for every number: whether it is on a roster is not told."""

    expires_in_s: int


async def caller(request: Request, name: SessionCookie) -> arriving.Caller:
    address = request.client.host if request.client is not None else "unknown"
    return arriving.Caller(address=address, cookie=request.cookies.get(name))


Caller = Annotated[arriving.Caller, Depends(caller)]


@router.get("/hello")
async def hello(
    response: Response,
    session: Read,
    standing: OptionalStanding,
    built: Built,
    at: Now,
    name: SessionCookie,
    by: Caller,
) -> HelloOut:
    """What a client asks first, signed in or not."""
    response.headers["X-App-Ack"] = "1"
    response.headers["Cache-Control"] = "no-store"
    if standing is not None and by.cookie is not None:
        _set_cookie(response, name, by.cookie, standing.idle_limit, secure=built.secure_cookies)
    rules = built.photo_rules
    return HelloOut(
        server_time=at,
        feed_epoch=await feed_epoch(session),
        scope_rev=None if standing is None else scope_revision(standing.actor),
        oldest_schema=OLDEST_SCHEMA,
        limits=Limits(photo_bytes=rules.max_bytes, photo_side=rules.max_side, photo_pixels=rules.max_pixels),
        backoff_hint_s=max(BACKOFF_HINT_S, built.gate.hint_s()),
        telephone=await built.telephone.ask(session) if standing is None else None,
        session=None if standing is None else await _session_out(session, standing),
    )


@router.post("/sign-in/invite/look", responses=REFUSALS)
async def look(body: Token, request: Request, session: Read, at: Now) -> LookOut:
    """Whose invite this is. Spends nothing."""
    seen = await by_invite.look_at_invite(session, body.token, at)
    return LookOut(
        name=seen.name,
        community=seen.community,
        jurisdiction=seen.jurisdiction,
        expires_at=seen.expires_at,
        notice_version=NOTICE_VERSION,
        in_app_hint=in_app_browser(request.headers.get("user-agent", "")),
    )


@router.post("/sign-in/invite", response_model=ArrivalOut, responses=REFUSALS)
async def invite(body: InviteIn, session: Write, by: Caller, built: Built, at: Now, name: SessionCookie) -> Response:
    outcome = await by_invite.enter_by_invite(session, body.token, body.notice_version, by, at)
    return _answer(outcome, name, secure=built.secure_cookies)


@router.post("/sign-in/printed", response_model=ArrivalOut, responses=REFUSALS)
async def printed(body: PrintedIn, session: Write, by: Caller, built: Built, at: Now, name: SessionCookie) -> Response:
    """The eight digits of the printed sheet, with the phone number that the roster has."""
    outcome = await by_invite.enter_by_printed_code(
        session, built.secret_key, body.phone, body.code, body.notice_version, by, at
    )
    return _answer(outcome, name, secure=built.secure_cookies)


@router.post("/sign-in/code/ask", response_model=AskedOut, responses=REFUSALS)
async def ask_code(
    body: PhoneIn, session: Write, by: Caller, built: Built, at: Now, after: BackgroundTasks
) -> AskedOut | Response:
    """Sends six digits to the phone, if a roster has it. The message leaves after the answer: time tells nothing."""
    built.sms.check()
    outcome = await by_secret.ask_code(session, built.secret_key, body.phone, by, at)
    if isinstance(outcome, Refusal):
        return problems.of_refusal(outcome)
    if outcome is not None:
        after.add_task(send_code, built.sms, outcome)
    return AskedOut(expires_in_s=int(CODE_SPAN.total_seconds()))


async def send_code(channel: SmsChannel, message: SignInCode) -> None:
    """Nobody waits for it: who gets no code asks again, and the operator reads why."""
    answer = await channel.send(message)
    if answer.outcome is not Outcome.taken:
        log.warning("sms.not_sent", kind=message.kind, why=answer.why)


@router.post("/sign-in/code", response_model=ArrivalOut, responses=REFUSALS)
async def code(body: CodeIn, session: Write, by: Caller, built: Built, at: Now, name: SessionCookie) -> Response:
    """409 ``choose_person`` (``people``: person_id, name) when several share the phone: send it again with one."""
    outcome = await by_secret.enter_by_code(
        session, built.secret_key, body.phone, body.code, body.person_id, body.notice_version, by, at
    )
    return _answer(outcome, name, secure=built.secure_cookies)


@router.post("/sign-in/password", response_model=ArrivalOut, responses=REFUSALS)
async def password(
    body: PasswordIn, session: Write, by: Caller, built: Built, at: Now, name: SessionCookie
) -> Response:
    outcome = await by_secret.enter_by_password(
        session, built.secret_key, built.passwords, body.login, body.password, body.notice_version, by, at
    )
    return _answer(outcome, name, secure=built.secure_cookies)


@router.post("/sign-out", status_code=204)
async def sign_out(response: Response, session: Write, by: Caller, built: Built, at: Now, name: SessionCookie) -> None:
    """Ends the session of this device, whether it still stood or not."""
    if by.cookie is not None:
        await arriving.sign_out(session, by.cookie, by, at)
    response.delete_cookie(name, path="/", secure=built.secure_cookies, httponly=True, samesite="lax")


@router.post("/my/notice", status_code=204)
async def agree(body: NoticeIn, session: Write, standing: SignedIn, at: Now) -> None:
    """The privacy notice that was read and agreed to."""
    assert standing.actor.person_id is not None
    await arriving.agree_to_notice(session, standing.actor.person_id, body.notice_version, at)


@router.put("/my/password", status_code=204, responses=REFUSALS)
async def change_password(
    body: NewPasswordIn, session: Write, standing: SignedIn, by: Caller, built: Built, at: Now
) -> Response:
    """Sets the own login and password; ``current`` is needed unless this session came by an invite."""
    refused = await by_secret.change_password(
        session, built.secret_key, built.passwords, standing, body.login, body.password, body.current, by, at
    )
    return Response(status_code=204) if refused is None else problems.of_refusal(refused)


def _answer(outcome: arriving.Arrival | Refusal, cookie: str, *, secure: bool) -> Response:
    if isinstance(outcome, Refusal):
        return problems.of_refusal(outcome)
    out = ArrivalOut(person_id=outcome.person_id, name=outcome.name, notice_due=outcome.notice_due)
    response = JSONResponse(out.model_dump(mode="json"))
    _set_cookie(response, cookie, outcome.token, outcome.idle_limit, secure=secure)
    return response


def _set_cookie(response: Response, name: str, token: str, idle: timedelta, *, secure: bool) -> None:
    age = int(idle.total_seconds())
    response.set_cookie(name, token, max_age=age, path="/", secure=secure, httponly=True, samesite="lax")


async def _session_out(session: ReadSession, standing: sign_in.Standing) -> SessionOut:
    actor: Actor = standing.actor
    assert actor.person_id is not None
    place = await people.jurisdiction(session, actor.jurisdiction_id)
    scopes = [(ScopeKind(grant.scope_kind), grant.scope_id) for grant in actor.grants]
    names = await people.scope_names(session, actor.jurisdiction_id, scopes)
    return SessionOut(
        person_id=actor.person_id,
        name=standing.name,
        jurisdiction=JurisdictionOut(
            jurisdiction_id=place.jurisdiction_id,
            name=place.name,
            telephone=place.telephone,
            time_zone=place.time_zone,
            emergency_numbers=[EmergencyNumber.model_validate(one) for one in place.emergency_numbers],
            invented=place.invented,
        ),
        roles=[
            RoleOut(
                role=grant.role,
                scope_kind=grant.scope_kind,
                scope_id=grant.scope_id,
                scope_name=names.get((grant.scope_kind, grant.scope_id), ""),
                is_lead=grant.is_lead,
            )
            for grant in actor.grants
        ],
        notice_due=standing.notice_version != NOTICE_VERSION,
        notice_version=NOTICE_VERSION,
        second_step=standing.second_step,
    )
