"""A household (户) and what is known of it: where it lives, whom to call, what was agreed to.

Of people as little as a visit needs: one name and one number, only while the household agrees. What somebody needs
(:class:`Need`) is about help, never about kinds of people; the screen says 关爱对象.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import accumulate

from gridward.domain.errors import Malformed

CONSENT_VERSION = "2026-11"
"""The text about visits that a household is read now; what it agreed to is kept with its version."""

LONGEST_PLACE = 40
LONGEST_NAME = 60


class Need(StrEnum):
    at_home = "at_home"
    """需上门"""
    escort = "escort"
    """需陪诊"""
    lives_alone = "lives_alone"
    """独居"""


NEED_WORDS = {"需上门": Need.at_home, "需陪诊": Need.escort, "独居": Need.lives_alone}


class Purpose(StrEnum):
    """Why a number is asked for; one tap."""

    arrange = "arrange"
    """约走访时间"""
    answer = "answer"
    """回复诉求"""
    urgent = "urgent"
    """紧急"""


REVEALS = 20
"""Numbers that one person may be shown within :data:`REVEAL_SPAN`; a liaison has 35 households."""
REVEAL_SPAN = timedelta(hours=24)


class Ended(StrEnum):
    """Why a household is not visited any more."""

    moved = "moved"
    merged = "merged"
    erased = "erased"


@dataclass(frozen=True, slots=True, order=True)
class Dwelling:
    """Where it lives inside of its building; ``entrance``, ``floor`` and ``room`` may be empty in a house of one family.

    The floor describes, entrance and room name: two households of one building never have the same pair.
    """

    entrance: str
    floor: str
    room: str

    @property
    def label(self) -> str:
        """2单元 · 3层 · 301"""
        parts = (_with(self.entrance, "单元"), _with(self.floor, "层"), self.room)
        return " · ".join(part for part in parts if part)


def _with(words: str, unit: str) -> str:
    return f"{words}{unit}" if words.isdigit() else words


def dwelling(entrance: str, floor: str, room: str) -> Dwelling:
    """As people write it, in one form: ``０３０１室`` and ``0301`` are the same room.

    Raises:
        Malformed: ``household.place_too_long``, ``household.id_number`` (an identity number is never stored).
    """
    values = [_plain(entrance, "单元梯"), _plain(floor, "层楼F"), _plain(room, "室房")]
    for value in values:
        if len(value) > LONGEST_PLACE:
            raise Malformed("household.place_too_long", most=LONGEST_PLACE)
        if holds_id_number(value):
            raise Malformed("household.id_number")
    return Dwelling(*values)


def _plain(text: str, endings: str) -> str:
    words = "".join(unicodedata.normalize("NFKC", text).split())
    while len(words) > 1 and words[-1] in endings:
        words = words[:-1]
    return words.upper()


def plain_words(address: str) -> tuple[str, ...]:
    """The words of an address somebody looks for, in the form in which doors are kept: ``２单元 301室`` is 2单元, 301."""
    words = unicodedata.normalize("NFKC", address).replace("·", " ").upper().split()
    return tuple(re.sub(r"(?<=\d)[室房]$", "", word) for word in words)


ID_NUMBER = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|\d{15})(?!\d)")


def holds_id_number(text: str) -> bool:
    """Whether an identity number (18 or, of old, 15 digits) stands in a text, with blanks and dashes or without."""
    return ID_NUMBER.search(re.sub(r"[\s\-‐-―]", "", unicodedata.normalize("NFKC", text))) is not None


_RUN = re.compile(r"\d(?:[ \t\u00a0\u3000\-－‐-―]{0,3}[\dXx])*")
_GROUP = re.compile(r"[\dXx]+")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_BORN = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91")


def without_numbers(text: str, instead: str) -> str:
    """A text without the identity numbers in it, also those written in groups with blanks or dashes between.

    In groups it is one only where province and birthday can be (GB 11643): a telephone number and the room behind it stay,
    where :func:`holds_id_number`, which asks somebody to write anew, would rather refuse once too often.
    """
    return _RUN.sub(lambda run: _without(run.group(), instead), ID_NUMBER.sub(instead, text))


def _without(run: str, instead: str) -> str:
    groups = list(_GROUP.finditer(run))
    kept, after, first = "", 0, 0
    while first < len(groups):
        ends = (last for last in range(first + 2, len(groups) + 1) if _is_one(groups[first:last]))
        last = next(ends, None)
        if last is None:
            first += 1
            continue
        kept += run[after : groups[first].start()] + instead
        after, first = groups[last - 1].end(), last
    return kept + run[after:]


def _is_one(groups: Sequence[re.Match[str]]) -> bool:
    number = unicodedata.normalize("NFKC", "".join(group.group() for group in groups))
    if not ID_NUMBER.fullmatch(number):
        return False
    ends = set(accumulate(len(group.group()) for group in groups))
    before = len(number) - 11
    if (11 in ends and _MOBILE.match(number)) or (before in ends and _MOBILE.fullmatch(number[before:])):
        return False
    born = number[6:14] if len(number) == 18 else f"19{number[6:12]}"
    return bool(_PROVINCE.match(number) and _BORN.fullmatch(born))


def name_of(text: str) -> str:
    """A name that may be stored. Raises: Malformed: ``household.name_too_long``, ``household.id_number``."""
    name = " ".join(text.split())
    if len(name) > LONGEST_NAME:
        raise Malformed("household.name_too_long", most=LONGEST_NAME)
    if holds_id_number(name):
        raise Malformed("household.id_number")
    return name


def masked_name(name: str | None) -> str | None:
    """``梁**``: enough to know the door by."""
    return None if not name else name[0] + "*" * (len(name) - 1 or 1)


def needs_of(words: Iterable[str]) -> tuple[Need, ...]:
    """Raises: Malformed: ``household.need_unknown``."""
    found = set()
    for word in words:
        if word in NEED_WORDS:
            found.add(NEED_WORDS[word])
        elif word in set(Need):
            found.add(Need(word))
        else:
            raise Malformed("household.need_unknown", known=sorted(NEED_WORDS))
    return tuple(sorted(found))
