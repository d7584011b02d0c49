"""The draw that decides whether a ticket is checked on the spot: made by the program, so nobody can choose it."""

from __future__ import annotations

import secrets

PARTS = 1 << 53


def draw() -> float:
    """A number in [0, 1)."""
    return secrets.randbelow(PARTS) / PARTS
