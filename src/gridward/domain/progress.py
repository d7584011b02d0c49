"""The 进展页: how a ticket is getting on, for whoever has its address, and what may stand on it.

Nothing a person wrote reaches that page by itself. A photo and the unit's sentence come there after somebody has
looked at them; the place is named from the map of the community, never from anybody's words.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from gridward.domain.accounts_sign_in import keyed_digest
from gridward.domain.errors import Malformed
from gridward.domain.evidence import PhotoKind
from gridward.domain.territory import Language, Near
from gridward.domain.tickets.words import Status

TOKEN = re.compile(r"[a-z2-7]{26}")
TOKEN_BYTES = 16


class Decision(StrEnum):
    """What somebody decided about a photo or a sentence: it may be on the page, or it stays inside."""

    cleared = "cleared"
    kept_back = "kept_back"


def token_of(key: bytes, link_id: UUID) -> str:
    """The secret end of a page's address: 128 bits, 26 letters and digits that no chat program cuts in two.

    It is made of the link's id and the installation's key, so it can be shown again though only its digest is
    kept: neither a copy of the database nor the key alone gives any address away.
    """
    secret = keyed_digest(key, "progress", str(link_id))[:TOKEN_BYTES]
    return base64.b32encode(secret).decode().rstrip("=").lower()


# ---- The place ---------------------------------------------------------------------------------------------------

_DWELLING = re.compile(
    r"[0-9]+\s*(?:号|室|户|栋|幢|座|单元|房|楼|层)|[一二三四五六七八九十百零〇]+\s*(?:号|室|栋|幢|单元)"
)
ON_STREET_M = 30.0


def names_a_dwelling(words: str) -> bool:
    """Whether words hold what may be a house number, a stair, a floor or a room; rather once too often."""
    return _DWELLING.search(unicodedata.normalize("NFKC", words)) is not None


def public_place(near: Iterable[Near], grid_name: str | None, language: Language = "zh") -> str:
    """A place for everybody's eyes: its lane, the landmark near by, else its grid; no house, no distance.

    Empty where the community's map names nothing.
    """
    fit = [thing for thing in near if thing.kind != "building" and not names_a_dwelling(thing.name)]
    lanes = [thing for thing in fit if thing.kind == "street" and thing.distance_m <= ON_STREET_M]
    marks = [thing for thing in fit if thing.kind == "landmark"]
    lane = min(lanes, key=lambda thing: thing.distance_m, default=None)
    mark = min(marks, key=lambda thing: thing.distance_m, default=None)
    named = [lane.name] if lane else []
    if mark:
        named.append(f"{mark.name}附近" if language == "zh" else f"near {mark.name}")
    if not named and grid_name and not names_a_dwelling(grid_name):
        named.append(grid_name)
    return ("，" if language == "zh" else ", ").join(named)


# ---- The unit's sentence ------------------------------------------------------------------------------------------

_DIGITS = str.maketrans("零〇一二三四五六七八九幺", "001234567891")
_BETWEEN = re.compile(r"[\s\-‐-―－.·,，、/()（）+]")
MOST_DIGITS = 5


def check_words(words: str) -> None:
    """What nobody may clear, however it was overlooked: something like a phone number, something like a house number.

    Raises:
        Malformed: ``progress.words_with_number``, ``progress.words_with_house_no``.
    """
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", words)).translate(_DIGITS)
    if re.search(rf"\d{{{MOST_DIGITS + 1},}}", plain):
        raise Malformed("progress.words_with_number")
    if names_a_dwelling(words):
        raise Malformed("progress.words_with_house_no")


def fit(words: str | None) -> bool:
    """Whether :func:`check_words` would let them pass."""
    try:
        check_words(words or "")
    except Malformed:
        return False
    return bool(words)


# ---- Pictures -----------------------------------------------------------------------------------------------------

LONGEST_SIDE = 1280
"""Of a public picture, in pixels: enough to see what was done, too little to read a plate across the lane."""

MOST_BOXES = 40
LEAST_SIDE = 0.005


@dataclass(frozen=True, slots=True)
class Box:
    """A part of an upright picture that is made unrecognisable: fractions of its width and height, from the top left."""

    x: float
    y: float
    width: float
    height: float

    def as_json(self) -> list[float]:
        return [self.x, self.y, self.width, self.height]


def read_boxes(raw: Sequence[Sequence[float]]) -> tuple[Box, ...]:
    """Boxes as a screen drew them; what lies outside of the picture is cut off.

    Raises:
        Malformed: ``progress.boxes_unreadable`` with the number of the box, ``progress.too_many_boxes``.
    """
    if len(raw) > MOST_BOXES:
        raise Malformed("progress.too_many_boxes", most=MOST_BOXES)
    return tuple(_box(number, one) for number, one in enumerate(raw, 1))


def _box(number: int, raw: Sequence[float]) -> Box:
    if len(raw) != 4 or not all(abs(one) <= 10 for one in raw):
        raise Malformed("progress.boxes_unreadable", box=number)
    left, top = (min(max(one, 0.0), 1.0) for one in raw[:2])
    right, bottom = (min(max(at + span, 0.0), 1.0) for at, span in zip(raw[:2], raw[2:], strict=True))
    if right - left < LEAST_SIDE or bottom - top < LEAST_SIDE:
        raise Malformed("progress.boxes_unreadable", box=number)
    return Box(*(round(one, 4) for one in (left, top, right - left, bottom - top)))


AFTER = frozenset({PhotoKind.after, PhotoKind.verification})
NEVER_SHOWN = frozenset({PhotoKind.proof})
"""Forms, plans, stamped papers: kept as proof of something, never a picture of the place."""

DONE = frozenset({Status.RESOLVED, Status.CLOSED})
"""Only now is there a result to show: an earlier one did not hold."""


def is_offered(kind: str) -> bool:
    """Whether a photo of this kind can come on the page at all."""
    return PhotoKind(kind) not in NEVER_SHOWN


def is_result(kind: str) -> bool:
    return PhotoKind(kind) in AFTER


# ---- What happened ------------------------------------------------------------------------------------------------

STEPS: Mapping[str, str] = MappingProxyType(
    {
        "report.filed": "filed",
        "ticket.imported": "filed",
        "report.joined": "joined",
        "ticket.accepted": "accepted",
        "ticket.rejected": "rejected",
        "ticket.cancelled": "cancelled",
        "ticket.restored": "restored",
        "ticket.assigned": "assigned",
        "ticket.split_off": "assigned",
        "ticket.acknowledged": "acknowledged",
        "ticket.arrived": "arrived",
        "ticket.sent_back": "sent_back",
        "ticket.split": "split",
        "ticket.resolved": "resolved",
        "ticket.verified": "verified",
        "ticket.reworked": "reworked",
        "ticket.reopened": "reopened",
        "ticket.resumed": "resumed",
        "ticket.merged": "merged",
        "ticket.split_finished": "verified",
        "ticket.closed_unverified": "closed_unverified",
        "ticket.closed_informed": "closed_informed",
        "ticket.force_closed": "force_closed",
    }
)
"""Entries that the page tells, by the step it calls them. Whatever is missing (notes, photos, requests, people) stays
inside."""

DAY_ONLY = frozenset({"filed", "joined"})
"""Told by the day: the minute would say who was in the lane just then."""
