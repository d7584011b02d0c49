"""Two lines of the register that are one household: what is left of each when the first ends in the second.

Of the place the second counts. Whom to call is asked of the second first, then of the first; what the household said last,
on whichever line it stood, counts for both: a withdrawal bites also where an older line still had a number.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from gridward.domain.households.register import Dwelling, Need


class Contact(StrEnum):
    """What becomes of name, number and needs."""

    kept = "kept"
    taken_over = "taken_over"
    withdrawn = "withdrawn"
    """Whoever was asked last said no: nothing is kept on either line."""
    none = "none"


class TieAfter(StrEnum):
    """Who visits it then."""

    kept = "kept"
    taken_over = "taken_over"
    none = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two lines. ``said``: the newest consent and when, None where nobody asked."""

    has_contact: bool
    said: tuple[bool, datetime] | None
    needs: frozenset[Need]
    liaison_id: UUID | None
    reached_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """``copies_consent``: the newest word stands on the line that ends, and has to be carried over."""

    contact: Contact
    copies_consent: bool
    needs: frozenset[Need]
    tie: TieAfter
    liaison_id: UUID | None
    reached_on: date | None


def merged(ends: Side, stays: Side, *, visits_there: Collection[UUID]) -> Merged:
    """What stands after ``ends`` ended in ``stays``.

    Args:
        visits_there: Liaisons of the community in which the second one lies: nobody else's tie is carried over.
    """
    newer = ends.said is not None and (stays.said is None or ends.said[1] > stays.said[1])
    said = ends.said if newer else stays.said
    if said is not None and not said[0]:
        had = ends.has_contact or stays.has_contact or bool(ends.needs | stays.needs)
        contact, needs = (Contact.withdrawn if had else Contact.none), frozenset[Need]()
    else:
        needs = ends.needs | stays.needs
        contact = Contact.kept if stays.has_contact else Contact.taken_over if ends.has_contact else Contact.none
    if stays.liaison_id is not None:
        tie = TieAfter.kept
    elif ends.liaison_id is not None and ends.liaison_id in visits_there:
        tie = TieAfter.taken_over
    else:
        tie = TieAfter.none
    days = [day for day in (ends.reached_on, stays.reached_on) if day is not None]
    return Merged(
        contact=contact,
        copies_consent=newer,
        needs=needs,
        tie=tie,
        liaison_id=stays.liaison_id or (ends.liaison_id if tie is TieAfter.taken_over else None),
        reached_on=max(days, default=None),
    )


def alike(one: Dwelling, other: Dwelling) -> bool:
    """Whether two doors of one building read like one door written twice: ``301`` beside ``0301``, an entrance left out."""
    rooms = _core(one.room), _core(other.room)
    entrances = _core(one.entrance), _core(other.entrance)
    return rooms[0] == rooms[1] != "" and (entrances[0] == entrances[1] or "" in entrances)


def _core(words: str) -> str:
    """``0301`` → ``301``, ``A-12`` → ``A12``."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[\W_]", "", words))
