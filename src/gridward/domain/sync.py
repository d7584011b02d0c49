"""What a phone sends and what may be said about it: envelopes, their digests, the rules of repeats and verdicts.

An envelope never changes after the phone has made it: a repeat has the same id, the same digest and the same body. The
digest is the phone's own over the bytes it keeps; to the server it is opaque. The connection that carries a repeat may
differ, so what is true of the connection (``Sending``) travels beside the envelope.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from gridward.domain.accounts import DESK_ROLES, UNIT_ROLES, Actor, ScopeKind
from gridward.domain.errors import Conflict, Malformed, Refusal

SCHEMAS = frozenset({1})
"""Every body schema that was ever issued and is younger than 180 days out of use."""

OLDEST_SCHEMA = min(SCHEMAS)

MAX_PHOTOS = 12
"""Photos in one report or operation; a quota's concern beyond that, not a rule of the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneClock:
    """When the phone says it happened, and what may prove it.

    ``captured_at`` is the phone's own clock with its zone applied. ``offset_ms`` = server minus phone, measured at
    ``offset_at`` (phone's clock), the last contact before capture. ``boot_id`` and ``mono_ms``: the phone's monotonic
    clock at capture, comparable only within one boot.
    """

    captured_at: datetime
    tz: str | None = None
    offset_ms: float | None = None
    offset_at: datetime | None = None
    boot_id: str | None = None
    mono_ms: float | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "captured_at": self.captured_at.isoformat(),
            "tz": self.tz,
            "offset_ms": self.offset_ms,
            "offset_at": self.offset_at.isoformat() if self.offset_at else None,
            "boot_id": self.boot_id,
            "mono_ms": self.mono_ms,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What the connection said: the phone's clock while sending, wall and monotonic, and the browser's name."""

    client_now: datetime | None = None
    boot_id: str | None = None
    mono_ms: float | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where, in WGS-84 degrees; ``accuracy_m`` the radius the phone gave, ``age_s`` how old the fix was at capture."""

    lon: float
    lat: float
    accuracy_m: float | None = None
    age_s: float | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoClaim:
    """A photo named by the digest of its bytes, what it shows, and what its EXIF said before it was re-encoded."""

    sha256: str
    kind: str
    exif: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBody:
    """What somebody saw. ``speaker``, ``said_at`` and ``outer_…`` come with reports that the desk files for others, and so
    does ``unit_id``, to whom the dispatcher sends it at once and why."""

    category: str
    condition_id: str | None = None
    location: Location | None = None
    place_note: str | None = None
    note: str | None = None
    photos: tuple[PhotoClaim, ...] = ()
    self_resolved: bool = False
    after_photo: str | None = None
    done_note: str | None = None
    join_ticket_id: UUID | None = None
    source: str | None = None
    speaker: str | None = None
    said_at: datetime | None = None
    outer_no: str | None = None
    outer_due_at: datetime | None = None
    unit_id: UUID | None = None
    unit_reason: str | None = None
    patrol_id: UUID | None = None
    visit_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEnvelope:
    schema: int
    digest: str
    body: ReportBody
    clock: PhoneClock
    sending: Sending = field(default_factory=Sending)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the sender had on screen: an operation about another assignment or resolution than that is too late."""

    version: int | None = None
    assignment_id: UUID | None = None
    resolution_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationEnvelope:
    """An intent. ``after`` names the sender's previous unanswered operation on this ticket."""

    schema: int
    digest: str
    type: str
    clock: PhoneClock
    after: UUID | None = None
    seen: Seen = field(default_factory=Seen)
    body: Mapping[str, Any] = field(default_factory=dict)
    photos: tuple[PhotoClaim, ...] = ()
    sending: Sending = field(default_factory=Sending)


def check_schema(schema: int) -> None:
    """Raises: Malformed: ``schema_unknown`` with the schemas that are read."""
    if schema not in SCHEMAS:
        raise Malformed("schema_unknown", schemas=sorted(SCHEMAS))


def check_repeat(known_digest: str, digest: str, *, same_sender: bool, erased: bool = False) -> None:
    """Whether an id that is already there may be answered again.

    Raises:
        Refusal: ``erased`` (whatever the digest says).
        Conflict: ``id_taken``: the same id with other content, or somebody else's; nothing is told about it.
    """
    if not same_sender:
        raise Conflict("id_taken")
    if erased:
        raise Refusal("erased")
    if not hmac.compare_digest(known_digest.encode(), digest.encode()):
        raise Conflict("id_taken")


def salted_digest(text: str, salt: bytes) -> str:
    """What an entry says of somebody's words: without the salt, which is erased with them, it says nothing (hex)."""
    return hmac.new(salt, text.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in the change feed: the last committed row that was handed out."""

    epoch: int
    xid: int
    seq: int

    def __str__(self) -> str:
        raw = f"{self.epoch}.{self.xid}.{self.seq}".encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """The place that a cursor names.

    Raises:
        Malformed: ``cursor_unreadable``.
    """
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        epoch, xid, seq = (int(part) for part in raw.split("."))
    except ValueError:
        raise Malformed("cursor_unreadable") from None
    if min(epoch, xid, seq) < 0 or xid >= 2**63 or seq >= 2**63 or epoch >= 2**31:
        raise Malformed("cursor_unreadable")
    return Cursor(epoch, xid, seq)


FIRST_EPOCH_AT = datetime(2026, 1, 1, tzinfo=UTC)


def next_epoch(last: int, now: datetime) -> int:
    """The epoch of a database that was just restored, above its last one.

    Counted in seconds: of two restores of one backup neither knows of the other, and a phone that followed the first
    must not take the second for it.
    """
    return max(last + 1, int((now - FIRST_EPOCH_AT).total_seconds()))


FEED_KEPT = timedelta(days=60)
"""How long a change stays in the feed; a phone that was away longer takes a snapshot."""


class MustRefetch(Conflict):
    """The feed cannot go on from there: take a snapshot. Nothing of the outbox is touched by that."""

    def __init__(self, reason: str) -> None:
        super().__init__("must_refetch", reason=reason)


def check_cursor(cursor: Cursor, *, epoch: int, ahead_of: int, pruned_through: int | None) -> None:
    """Whether the feed can go on from a cursor.

    Args:
        epoch: The feed's own; another one means that this database was restored.
        ahead_of: The first transaction id that this snapshot has not assigned: a cursor there comes from a future that
            did not happen.
        pruned_through: The newest transaction whose changes were dropped.

    Raises:
        MustRefetch: with reason ``epoch``, ``future`` or ``pruned``.
    """
    if cursor.epoch != epoch:
        raise MustRefetch("epoch")
    if cursor.xid >= ahead_of:
        raise MustRefetch("future")
    if pruned_through is not None and cursor.xid <= pruned_through:
        raise MustRefetch("pruned")


def person_scope(person_id: UUID) -> str:
    return f"person:{person_id}"


def unit_scope(unit_id: UUID) -> str:
    return f"unit:{unit_id}"


def community_scope(community_id: UUID) -> str:
    return f"community:{community_id}"


def jurisdiction_scope(jurisdiction_id: UUID) -> str:
    return f"jurisdiction:{jurisdiction_id}"


def scopes_of(actor: Actor) -> tuple[str, ...]:
    """The feeds that this person follows: own things, the units worked for, and the area of every other role.

    The desk of a whole jurisdiction follows that one scope, to which every ticket's changes go; so a change is read once
    and not once per community.
    """
    found = [] if actor.person_id is None else [person_scope(actor.person_id)]
    found += [unit_scope(unit) for unit in sorted(actor.unit_ids)]
    if any(g.role in DESK_ROLES and g.scope_kind is ScopeKind.jurisdiction for g in actor.grants):
        found.append(jurisdiction_scope(actor.jurisdiction_id))
    else:
        areas = {g.community_id for g in actor.grants if g.role not in UNIT_ROLES and g.community_id is not None}
        found += [community_scope(area) for area in sorted(areas)]
    return tuple(found)
