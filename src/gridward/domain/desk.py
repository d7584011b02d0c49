"""Rules of the desk's own things: how long a look at a ticket lasts, what a saved view and a phrase must be."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from urllib.parse import parse_qsl, urlencode

from gridward.domain.errors import Conflict, Malformed

LEASE = timedelta(minutes=2)
"""So long a colleague is told that somebody has the ticket open, unless that is renewed or ended before."""

MOST_VIEWS = 50
MOST_PHRASES = 200
LONGEST_NAME = 40
LONGEST_TITLE = 40
LONGEST_WORDS = 500
"""As long as a field of a step may be."""

LONGEST_QUERY = 4_000


class Use(StrEnum):
    """Where a phrase is offered: the step whose words it may become. ``note``: what is said to anybody."""

    reject = "reject"
    send_back = "send_back"
    refuse = "refuse"
    rework = "rework"
    cancel = "cancel"
    ask_more = "ask_more"
    note = "note"


VIEW_FIELDS = frozenset({"tab", "unit", "grid", "category", "text", "status", "age", "within"})
"""What of the desk's address makes a list; which ticket is open does not belong to it."""


def view_query(query: str) -> str:
    """The part of an address that a saved view keeps, its fields in their order.

    Raises:
        Malformed: ``view_unreadable``: too long, or not an address of the desk's list.
    """
    if len(query) > LONGEST_QUERY:
        raise Malformed("view_unreadable")
    try:
        fields = dict(
            parse_qsl(query.removeprefix("?"), keep_blank_values=False, strict_parsing=bool(query.strip("?")))
        )
    except ValueError:
        raise Malformed("view_unreadable") from None
    if not fields or fields.keys() - VIEW_FIELDS:
        raise Malformed("view_unreadable")
    return urlencode(sorted(fields.items()))


def named(words: str, longest: int) -> str:
    """A name or a title without the blanks around it. Raises: Malformed: ``title_missing``, ``words_too_long``."""
    kept = " ".join(words.split())
    if not kept:
        raise Malformed("title_missing")
    if len(kept) > longest:
        raise Malformed("words_too_long", most=longest)
    return kept


def check_room(count: int, most: int) -> None:
    """Raises: Conflict: ``desk_full`` with how many there may be."""
    if count >= most:
        raise Conflict("desk_full", most=most)
