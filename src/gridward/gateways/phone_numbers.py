"""Telephone numbers of households as they are stored: sealed with AES-GCM, and a keyed digest to find them by.

The key lies outside the database (``secrets.json``), so a copy of the database alone shows no number.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gridward.domain.accounts_sign_in import keyed_digest

NONCE = 12


class NumberUnreadable(RuntimeError):
    """A sealed number that this installation's key does not open: another key, or another household's."""


@dataclass(frozen=True, slots=True)
class NumberKey:
    """``key``: 32 bytes. A number is sealed for its household: copied to another one it does not open."""

    key: bytes

    def seal(self, household_id: UUID, number: str) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + AESGCM(self._derived("seal")).encrypt(nonce, number.encode(), household_id.bytes)

    def unseal(self, household_id: UUID, sealed: bytes) -> str:
        """Raises: NumberUnreadable."""
        try:
            opened = AESGCM(self._derived("seal")).decrypt(sealed[:NONCE], sealed[NONCE:], household_id.bytes)
        except InvalidTag as error:
            raise NumberUnreadable(str(household_id)) from error
        return opened.decode()

    def digest(self, jurisdiction_id: UUID, number: str) -> bytes:
        """By which a number is found again without being read (32 bytes)."""
        return keyed_digest(self._derived("find"), str(jurisdiction_id), number)

    def _derived(self, use: str) -> bytes:
        return keyed_digest(self.key, "household-number", use)
