"""Refusals in the words of the domain.

A refusal is an expected answer, not a fault: it has a stable ``code`` that every client translates, and ``facts``
(ids, codes, times, numbers) that the translation may name. ``web/problems.py`` is the only place that knows HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """Something that the rules do not allow, with what a person needs to go on.

    Args:
        code: Stable, ``snake_case`` or ``noun.snake_case``; never changed once released.
        facts: JSON-ready values named by the code's text.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts: Mapping[str, Any] = facts

    def __str__(self) -> str:
        return f"{self.code} {dict(self.facts)}" if self.facts else self.code


class NotFound(Refusal):
    """There is no such thing, or not for this actor: the two are not told apart."""


class Forbidden(Refusal):
    """The actor may not do this, here."""


class Conflict(Refusal):
    """Legal once, but the thing has moved on; ``facts['current']`` says where it stands."""


class Malformed(Refusal):
    """The input cannot be read; ``facts`` name the place (field, row, sheet)."""


class Unavailable(Refusal):
    """Not now: ``facts['retry_after_s']`` says when to come back. Nothing was done."""
