"""The JSON of reports and operations, read into the words of ``domain/sync``.

Unknown fields are ignored: a newer phone may say more than this server reads.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field, model_validator

from gridward.domain import sync


def _clean(words: object) -> object:
    """What a database can keep: no NUL, no half of a character (a phone that cuts words may cut a sign in two)."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode() if isinstance(words, str) else words


def clean_all(said: object) -> object:
    """The same for everything inside of a body whose fields are read later."""
    if isinstance(said, dict):
        return {_clean(name): clean_all(value) for name, value in said.items()}
    return [clean_all(one) for one in said] if isinstance(said, list) else _clean(said)


def _storable(body: dict[str, Any]) -> dict[str, Any]:
    """The same for a body whose fields are read later."""
    try:
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise ValueError("not storable as JSON") from None
    return body


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Digest = Annotated[str, Field(pattern=r"^[!-~]{8,128}$")]
Words = Annotated[str, BeforeValidator(_clean), Field(max_length=2000)]
MOST_MS = 2e12
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Code = Annotated[str, BeforeValidator(_clean), Field(max_length=80)]


class ClockIn(BaseModel):
    """The phone's clock when it happened; see ``domain/sync.PhoneClock``."""

    captured_at: AwareDatetime
    tz: Code | None = None
    offset_ms: float | None = Field(default=None, ge=-MOST_MS, le=MOST_MS)
    offset_at: AwareDatetime | None = None
    boot_id: Code | None = None
    mono_ms: float | None = Field(default=None, ge=0, le=MOST_MS)

    def read(self) -> sync.PhoneClock:
        """As the domain reads it; a clock set to a year that nobody lives in is moved to the nearest one."""
        said = self.model_dump()
        return sync.PhoneClock(**said | {"captured_at": min(max(self.captured_at, EARLIEST), LATEST)})


class LocationIn(BaseModel):
    """WGS-84 degrees; accuracy in metres, age of the fix in seconds."""

    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)
    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    accuracy_m: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    age_s: float | None = Field(default=None, allow_inf_nan=False)
    source: Code | None = None


class PhotoIn(BaseModel):
    """A photo by the digest of its bytes; ``exif`` {taken_at, lon, lat} is read before the phone re-encodes."""

    sha256: Sha256
    kind: Code = "close"
    exif: dict[str, Any] | None = None

    def read(self) -> sync.PhotoClaim:
        return sync.PhotoClaim(sha256=self.sha256, kind=self.kind, exif=self.exif)


class SelfResolvedIn(BaseModel):
    """我已顺手处理: the reporter has already put it right; the after photo is one of the report's photos."""

    after_photo: Sha256 | None = None
    note: Words | None = None


class ReportBodyIn(BaseModel):
    """What somebody saw."""

    category: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:#/-]{1,80}$")]
    condition_id: Code | None = None
    location: LocationIn | None = None
    place_note: Words | None = None
    note: Words | None = None
    photos: list[PhotoIn] = Field(default_factory=list, max_length=sync.MAX_PHOTOS)
    self_resolved: SelfResolvedIn | None = None
    join_ticket_id: UUID | None = None
    source: Code | None = None
    speaker: Words | None = None
    said_at: AwareDatetime | None = None
    outer_no: Code | None = None
    outer_due_at: AwareDatetime | None = None
    unit_id: UUID | None = None
    unit_reason: Words | None = None
    patrol_id: UUID | None = None
    visit_id: UUID | None = None

    @model_validator(mode="after")
    def _with_its_reason(self) -> ReportBodyIn:
        if self.unit_id is not None and not _said(self.unit_reason):
            raise ValueError("unit_id without unit_reason")
        return self


class ReportIn(BaseModel):
    """``digest`` is made once by the phone over the bytes that it keeps; to the server it is opaque."""

    schema_: int = Field(alias="schema")
    digest: Digest
    body: ReportBodyIn
    clock: ClockIn

    def read(self, sending: sync.Sending) -> sync.ReportEnvelope:
        """The report as the domain reads it."""
        sync.check_schema(self.schema_)
        body = self.body
        photos = {photo.sha256: photo.read() for photo in body.photos}
        done = body.self_resolved
        if done is not None and done.after_photo is not None and done.after_photo not in photos:
            photos[done.after_photo] = sync.PhotoClaim(sha256=done.after_photo, kind="after")
        return sync.ReportEnvelope(
            schema=self.schema_,
            digest=self.digest,
            body=sync.ReportBody(
                category=body.category,
                condition_id=body.condition_id,
                location=sync.Location(**body.location.model_dump()) if body.location else None,
                place_note=_said(body.place_note),
                note=_said(body.note),
                photos=tuple(photos.values()),
                self_resolved=done is not None,
                after_photo=done.after_photo if done else None,
                done_note=_said(done.note) if done else None,
                join_ticket_id=body.join_ticket_id,
                source=body.source,
                speaker=_said(body.speaker),
                said_at=body.said_at,
                outer_no=_said(body.outer_no),
                outer_due_at=body.outer_due_at,
                unit_id=body.unit_id,
                unit_reason=_said(body.unit_reason),
                patrol_id=body.patrol_id,
                visit_id=body.visit_id,
            ),
            clock=self.clock.read(),
            sending=sending,
        )


def _said(words: str | None) -> str | None:
    """Words, or nothing where only spaces were typed."""
    return (words or "").strip() or None


class SeenIn(BaseModel):
    """What the sender had on screen."""

    version: int | None = None
    assignment_id: UUID | None = None
    resolution_id: UUID | None = None


class OperationIn(BaseModel):
    """An intent (see ``gridward lifecycle``) with what the step must bring in ``body``."""

    schema_: int = Field(alias="schema")
    digest: Digest
    type: Code
    after: UUID | None = None
    seen: SeenIn = Field(default_factory=SeenIn)
    body: Annotated[dict[str, Any], AfterValidator(_storable)] = Field(default_factory=dict)
    clock: ClockIn

    def read(self, sending: sync.Sending) -> sync.OperationEnvelope:
        """The operation as the domain reads it."""
        sync.check_schema(self.schema_)
        return sync.OperationEnvelope(
            schema=self.schema_,
            digest=self.digest,
            type=self.type,
            clock=self.clock.read(),
            after=self.after,
            seen=sync.Seen(**self.seen.model_dump()),
            body=self.body,
            sending=sending,
        )


async def sending(
    x_client_now: Annotated[datetime | None, Header()] = None,
    x_client_boot: Annotated[str | None, Header(max_length=80)] = None,
    x_client_mono: Annotated[float | None, Header(ge=0, le=MOST_MS)] = None,
    user_agent: Annotated[str | None, Header()] = None,
) -> sync.Sending:
    """What is true of the connection and not of the item, so that a repeat has the same body."""
    if x_client_now is not None and x_client_now.tzinfo is None:
        x_client_now = x_client_now.replace(tzinfo=UTC)
    return sync.Sending(
        client_now=x_client_now,
        boot_id=x_client_boot,
        mono_ms=x_client_mono,
        agent=user_agent[:200] if user_agent else None,
    )


Connection = Annotated[sync.Sending, Depends(sending)]
