"""What an entry says, and the digest that lets anybody check that nobody changed it.

An entry carries no personal data: ids, codes, times and numbers only.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

HASH_VERSION = 1


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an entry stands in the order of commits."""

    epoch: int
    xid: int
    entry_id: UUID

    def after_transaction(self) -> Place:
        """Behind everything that its transaction can have written, and before the next one."""
        return Place(self.epoch, self.xid, UUID(int=2**128 - 1))

    def data(self) -> bytes:
        return struct.pack(">iQ", self.epoch, self.xid) + self.entry_id.bytes


BEGINNING = Place(0, 0, UUID(int=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that happened, before it is stored.

    ``occurred_at`` is the time that counts (a step done without signal may count earlier than it was received),
    ``recorded_at`` when the server learned of it. ``verb`` is past tense, ``noun.verb``. A deed of a ticket's history
    carries ``ticket_id`` and its place in that history, ``ticket_version`` (1, 2, 3 …).
    """

    entry_id: UUID
    actor_id: UUID | None
    via: str
    verb: str
    subject: str
    subject_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    detail: Mapping[str, Any]
    ticket_id: UUID | None = None
    ticket_version: int | None = None


def canonical(value: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys and no spaces: the same facts give the same bytes, here and after a round trip."""
    return json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    ).encode()


def entry_hash(deed: Deed, *, jurisdiction_id: UUID) -> bytes:
    """SHA-256 over everything that the entry says (32 bytes)."""
    said = {
        "entry_id": str(deed.entry_id),
        "jurisdiction_id": str(jurisdiction_id),
        "actor_id": str(deed.actor_id) if deed.actor_id else None,
        "via": deed.via,
        "verb": deed.verb,
        "subject": deed.subject,
        "subject_id": str(deed.subject_id),
        "ticket_id": str(deed.ticket_id) if deed.ticket_id else None,
        "ticket_version": deed.ticket_version,
        "occurred_at": deed.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "recorded_at": deed.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "detail": deed.detail,
    }
    return hashlib.sha256(canonical(said)).digest()
