"""The second step at sign-in: six digits from an authenticator (RFC 6238), or a recovery code. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from gridward.domain.accounts import STAFF_ROLES, Grant, Role

SECOND_STEP = "second_step"
"""What a session's proofs have once its second step was done."""

SECRET_BYTES = 20
STEP_S = 30
DIGITS = 6
DRIFT = 1
"""Steps by which a phone's clock may be early or late."""
RECOVERY_CODES = 10
RECOVERY_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
RECOVERY_LENGTH = 10


class Due(StrEnum):
    """What a session still lacks before its staff roles count."""

    set_up = "set_up"
    enter = "enter"


def due(grants: Iterable[Grant], factors: Iterable[str], *, stands: bool, required: Iterable[str]) -> Due | None:
    """None where nothing is lacking: no staff role, step done, or neither set up nor required.

    Args:
        stands: The person has set the second step up.
        required: Roles for which the jurisdiction wants it.
    """
    held = {grant.role for grant in grants} & STAFF_ROLES
    if not held or SECOND_STEP in factors:
        return None
    if stands:
        return Due.enter
    return Due.set_up if held & {Role(one) for one in required} else None


def code_at(secret: bytes, step: int) -> str:
    """The six digits of a step of 30 s (RFC 4226 truncation, SHA-1 as every authenticator has it)."""
    mac = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[-1] & 0x0F
    number = int.from_bytes(mac[at : at + 4]) & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(secret: bytes, code: str, now: datetime, *, after: int) -> int | None:
    """The step whose code this is; None: none near by. A step that was used (``after``) and all before it are over."""
    this = int(now.timestamp()) // STEP_S
    near = range(this - DRIFT, this + DRIFT + 1)
    found = [step for step in near if hmac.compare_digest(code_at(secret, step), code) and step > after]
    return found[0] if found else None


def typed(text: str) -> tuple[str, bool]:
    """What a person typed, without spaces and dashes, and whether it is a recovery code."""
    bare = re.sub(r"[\s\-]", "", text.translate(str.maketrans("０１２３４５６７８９", "0123456789"))).lower()
    return bare, not re.fullmatch(rf"\d{{{DIGITS}}}", bare)


def address(secret: bytes, issuer: str, account: str) -> str:
    """What the authenticator scans (the Key Uri Format)."""
    label = quote(f"{issuer}:{account}")
    return f"otpauth://totp/{label}?secret={as_text(secret)}&issuer={quote(issuer)}&digits={DIGITS}&period={STEP_S}"


def as_text(secret: bytes) -> str:
    """Base32, for who cannot scan."""
    return base64.b32encode(secret).decode().rstrip("=")
