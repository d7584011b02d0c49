"""From a refusal to an HTTP answer: one table (RFC 9457 problem details).

The body is ``{type, title, status, code, facts}``. ``code`` is stable and is what a client translates; ``facts`` are the
values its text may name. Nothing that a person typed is echoed back.
"""

from __future__ import annotations

import secrets
from typing import Any

import structlog
from asyncpg import PostgresError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, IntegrityError
from starlette.exceptions import HTTPException

from gridward.domain.errors import Conflict, Forbidden, Malformed, NotFound, Refusal, Unavailable
from gridward.domain.evidence import FileKind
from gridward.web.deps import NotSignedIn

log = structlog.get_logger()

RETRY_AFTER_S = range(3, 11)
"""Drawn anew for each answer: who is turned away together must not come back together."""

STATUS_OF_REFUSAL: tuple[tuple[type[Refusal], int], ...] = (
    (NotSignedIn, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Malformed, 422),
    (Unavailable, 503),
    (Refusal, 409),
)
"""First match wins."""

STATUS_OF_CODE: dict[str, int] = {
    "erased": 410,
    "photo_too_slow": 408,
    "photo_too_hard": 413,
    "photo_too_large": 413,
    "photo_too_many_pixels": 413,
    **{f"photo_{kind}_refused": 415 for kind in (*FileKind, "animated")},
    "photos_missing": 424,
    "predecessor_unanswered": 425,
    "quota_exceeded": 429,
    "too_many_tries": 429,
    "storage_full": 507,
}
"""Codes whose status says more than their kind of refusal."""

TITLE_OF_STATUS = {
    400: "The request cannot be read",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    408: "Too slow",
    409: "Not possible as things stand",
    410: "Erased",
    411: "Say the length first",
    413: "Too large",
    415: "Not a kind of file that is taken",
    422: "The content cannot be accepted",
    424: "Something it needs has not arrived",
    425: "Too early",
    429: "Too many",
    500: "A fault of ours",
    503: "Not available at the moment",
    507: "No room",
}

CODE_OF_CONSTRAINT: dict[str, str] = {
    "ex_stewardship_one_lead": "grid_has_lead_steward",
    "pk_household": "id_taken",  # of another jurisdiction, which this one cannot see
}
"""Refusals that PostgreSQL gives first, by the name of the constraint."""

BUSY_SQLSTATES = ("53", "57", "08", "40", "55P03", "25006", "58")
"""Classes of SQLSTATE that pass by themselves: no resources, shutting down or out of time, no connection, serialization,
locks, a server that may only read (failing over), a disk that answers with errors."""


def problem(
    status: int,
    code: str,
    facts: dict[str, Any] | None = None,
    retry_after_s: int | None = None,
    more: dict[str, Any] | None = None,
) -> JSONResponse:
    """One problem document; ``more`` are members beside the usual ones."""
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    body = {
        **(more or {}),
        "type": f"urn:gridward:{code}",
        "title": TITLE_OF_STATUS.get(status, "Refused"),
        "status": status,
        "code": code,
        "facts": facts or {},
    }
    return JSONResponse(body, status_code=status, headers=headers, media_type="application/problem+json")


def status_of(refusal: Refusal) -> int:
    if refusal.code in STATUS_OF_CODE:
        return STATUS_OF_CODE[refusal.code]
    return next(status for kind, status in STATUS_OF_REFUSAL if isinstance(refusal, kind))


def of_refusal(refusal: Refusal) -> JSONResponse:
    status = status_of(refusal)
    retry = refusal.facts.get("retry_after_s")
    if retry is None and status in (425, 429, 503, 507):
        retry = secrets.choice(RETRY_AFTER_S)
    return problem(status, refusal.code, dict(refusal.facts), retry)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    return of_refusal(error)


async def _unreadable(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    fields = [{"field": ".".join(str(part) for part in one["loc"][1:]), "why": one["type"]} for one in error.errors()]
    return problem(422, "malformed", {"fields": fields})


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
    return problem(error.status_code, codes.get(error.status_code, "refused"))


async def _database(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DBAPIError)
    cause = error.orig.__cause__ if error.orig is not None else None
    state = getattr(cause, "sqlstate", None) or getattr(error.orig, "sqlstate", None) or ""
    if isinstance(error, IntegrityError) and isinstance(cause, PostgresError):
        name = getattr(cause, "constraint_name", None) or ""
        if name in CODE_OF_CONSTRAINT:
            return problem(409, CODE_OF_CONSTRAINT[name])
    if error.connection_invalidated or state.startswith(BUSY_SQLSTATES) or not state:
        log.warning("database.unavailable", sqlstate=state)
        code = "storage_full" if state == "53100" else "database_unavailable"
        return problem(STATUS_OF_CODE.get(code, 503), code, retry_after_s=secrets.choice(RETRY_AFTER_S))
    log.error("database.fault", sqlstate=state, exc_info=error)
    return problem(500, "fault")


async def _unreachable(_: Request, error: Exception) -> JSONResponse:
    log.warning("database.unreachable", error=type(error).__name__)
    return problem(503, "database_unavailable", retry_after_s=secrets.choice(RETRY_AFTER_S))


async def _fault(_: Request, error: Exception) -> JSONResponse:
    log.error("fault", exc_info=error)
    return problem(500, "fault")


def install(app: FastAPI) -> None:
    """Teach the application the table. A database that is down or full is 503 or 507, never 500."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(PostgresError, _unreachable)
    app.add_exception_handler(Exception, _fault)
