"""单案链接: one ticket, one unit, three days, for units that never sign in. Whoever has the address acts for the unit.

Nothing of the reporter stands behind it. What is done there is an ordinary step of the ticket, marked as taken on behalf
of the unit (代办), and says by name who took it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from gridward.domain.accounts_sign_in import keyed_digest
from gridward.domain.errors import Malformed, Refusal
from gridward.domain.tickets.words import LINK, OPEN, Intent, Status

TOKEN = re.compile(r"[a-z2-7]{26}")
TOKEN_BYTES = 16

VIA = LINK
"""How an act by an address arrives, in entries."""

ACTS: Mapping[str, Intent] = MappingProxyType({"arrive": Intent.ARRIVE, "resolve": Intent.RESOLVE})
"""What can be done there."""

TRIES, TRIES_SPAN = 40, timedelta(minutes=10)
"""Changing requests of one address within a span; a phone that sends six photos needs nine."""

NAME_KEPT = timedelta(days=180)
"""How long the name and number that somebody gave there are kept after the address has run out."""


def token_of(key: bytes, link_id: UUID) -> str:
    """The secret end of an address: 128 bits, made of the link's id and the installation's key, so that it can be shown
    again though only its digest is kept."""
    secret = keyed_digest(key, "unit_link", str(link_id))[:TOKEN_BYTES]
    return base64.b32encode(secret).decode().rstrip("=").lower()


class Standing(StrEnum):
    """What an address opens."""

    open = "open"
    waits = "waits"
    """The unit has said that it is done; somebody looks at it."""
    ended = "ended"
    elsewhere = "elsewhere"
    """The ticket is with another unit, or with none."""


def standing(status: Status, unit_id: UUID, held_by: UUID | None) -> Standing:
    """How a ticket stands for the unit whose address this is."""
    if status not in OPEN:
        return Standing.ended
    if held_by != unit_id:
        return Standing.elsewhere
    if status is Status.RESOLVED:
        return Standing.waits
    return Standing.open if status in (Status.ASSIGNED, Status.IN_PROGRESS) else Standing.elsewhere


@dataclass(frozen=True, slots=True)
class Named:
    """Who of the unit uses the address."""

    name: str
    phone: str


MOST_NAME = 20
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(?:-\d{1,5})?|\d{4,8}")


def named(name: str, phone: str) -> Named:
    """Raises: Malformed: ``link.name_missing``, ``link.phone_unreadable``."""
    plain, number = name.strip(), re.sub(r"[\s()（）]", "", phone)
    if not 0 < len(plain) <= MOST_NAME:
        raise Malformed("link.name_missing", most=MOST_NAME)
    if not _PHONE.fullmatch(number):
        raise Malformed("link.phone_unreadable")
    return Named(plain, number)


def runs_out(shared_at: datetime, span: timedelta) -> datetime:
    return shared_at + span


def too_many(tries: int, until: datetime, now: datetime) -> Refusal | None:
    """The refusal of an address that sends too much within its span."""
    if tries <= TRIES:
        return None
    return Refusal("too_many_tries", retry_after_s=max(1, int((until - now).total_seconds())))
