"""Seals over the log: what a seal covers, what its root is made of, and which row is the first that is not what was sealed.

A seal takes up what was newly recorded in one jurisdiction, in the order of commits. Its root is a hash over a Merkle tree
of those rows (RFC 6962: leaves and nodes are hashed with different prefixes) and over the root before it, so that one root
that somebody has kept vouches for everything up to it. Beside the root a seal keeps the id of each row and the first bytes
of its leaf: the root proves that something is wrong, these say where.
"""

from __future__ import annotations

import json
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from itertools import zip_longest
from typing import Any
from uuid import UUID

from gridward.domain.entries import Place
from gridward.domain.errors import Malformed

NO_ROOT = bytes(32)
"""What stands before the first seal of a jurisdiction."""
MARK = 8
"""Bytes of a leaf that a seal keeps for each row."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A row of a seal: its id, and the first bytes of its leaf."""

    entry_id: UUID
    start: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """One seal. ``number`` counts 1, 2, 3 … in its jurisdiction; it covers what stands after the seal before it, up to
    and with ``through``: the end of a transaction, so that nothing can be put in behind its last row."""

    jurisdiction_id: UUID
    number: int
    sealed_at: datetime
    through: Place
    marks: bytes
    previous: bytes
    root: bytes

    @property
    def count(self) -> int:
        return len(self.marks) // (16 + MARK)

    def rows(self) -> Iterator[Mark]:
        for at in range(0, len(self.marks), 16 + MARK):
            yield Mark(UUID(bytes=self.marks[at : at + 16]), self.marks[at + 16 : at + 16 + MARK])


def leaf(place: Place, row_hash: bytes) -> bytes:
    """A row as the tree holds it: what it says, and where it stands."""
    return sha256(b"\x00" + place.data() + row_hash).digest()


def merkle(leaves: Sequence[bytes]) -> bytes:
    """The root of a tree over at least one leaf; one that has no neighbour goes up as it is."""
    level = list(leaves)
    while len(level) > 1:
        pairs = [sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        level = pairs + level[2 * len(pairs) :]
    return level[0]


def root_of(
    leaves: Sequence[bytes], *, jurisdiction_id: UUID, number: int, sealed_at: datetime, through: Place, previous: bytes
) -> bytes:
    """What a seal says, in 32 bytes."""
    said = struct.pack(">QQQ", number, len(leaves), round(sealed_at.timestamp() * 1_000_000))
    return sha256(b"\x02" + previous + jurisdiction_id.bytes + said + through.data() + merkle(leaves)).digest()


def sealed(
    rows: Sequence[tuple[Place, bytes]],
    *,
    jurisdiction_id: UUID,
    number: int,
    sealed_at: datetime,
    through: Place,
    previous: bytes,
) -> Seal:
    """The seal over these rows, each with its place and its hash."""
    leaves = [leaf(place, row_hash) for place, row_hash in rows]
    about: dict[str, Any] = {
        "jurisdiction_id": jurisdiction_id,
        "number": number,
        "sealed_at": sealed_at,
        "through": through,
        "previous": previous,
    }
    marks = b"".join(place.entry_id.bytes + one[:MARK] for (place, _), one in zip(rows, leaves, strict=True))
    return Seal(**about, marks=marks, root=root_of(leaves, **about))


class Wrong(StrEnum):
    """What is not as it was sealed."""

    edited = "edited"
    deleted = "deleted"
    inserted = "inserted"
    moved = "moved"
    """The row is there, in another place of the order."""
    seal = "seal"
    """The seal itself: its root is not the root of what it says it covers, or does not follow from the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A row as the database has it. ``said_hash``: of what it says; None: in a form that this program does not know."""

    place: Place
    stored_hash: bytes
    said_hash: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The first row that is wrong. ``after``: the last one before it that is right."""

    wrong: Wrong
    seal: int | None
    entry_id: UUID | None
    after: UUID | None = None


def first_fault(seal: Seal, rows: Sequence[Found], previous: bytes, after: UUID | None) -> Fault | None:
    """The first row of a seal's stretch that is not what was sealed.

    Args:
        rows: All that stand there now.
        after: The last row of the seal before.
    """
    expected = list(seal.rows())
    there, sealed_ids = {row.place.entry_id for row in rows}, {mark.entry_id for mark in expected}

    def fault(wrong: Wrong, entry_id: UUID | None) -> Fault:
        return Fault(wrong=wrong, seal=seal.number, entry_id=entry_id, after=after)

    leaves = []
    for mark, row in zip_longest(expected, rows):
        if mark is None:
            return fault(Wrong.moved if row.place.entry_id in sealed_ids else Wrong.inserted, row.place.entry_id)
        if row is None or row.place.entry_id != mark.entry_id:
            if mark.entry_id not in there:
                return fault(Wrong.deleted, mark.entry_id)
            if row.place.entry_id not in sealed_ids:
                return fault(Wrong.inserted, row.place.entry_id)
            return fault(Wrong.moved, mark.entry_id)
        own = leaf(row.place, row.stored_hash)
        if row.said_hash != row.stored_hash or own[:MARK] != mark.start:
            return fault(Wrong.edited, mark.entry_id)
        leaves.append(own)
        after = mark.entry_id
    root = root_of(
        leaves,
        jurisdiction_id=seal.jurisdiction_id,
        number=seal.number,
        sealed_at=seal.sealed_at,
        through=seal.through,
        previous=previous,
    )
    whole = root == seal.root and seal.previous == previous
    return None if whole else Fault(wrong=Wrong.seal, seal=seal.number, entry_id=None, after=after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """A history that goes on in another database, from a backup or after a failover.

    ``kept``: the last seal of each jurisdiction that came along. Later ones of before are void: what they covered was
    lost with the other database, and their numbers are given out again.
    """

    epoch: int
    at: datetime
    kept: Mapping[UUID, int]


def line(anchored: Seal | Anew) -> str:
    """As one line of the file outside the database."""
    if isinstance(anchored, Anew):
        kept = {str(one): number for one, number in sorted(anchored.kept.items())}
        said: dict[str, Any] = {"kind": "anew", "epoch": anchored.epoch, "at": _instant(anchored.at), "kept": kept}
    else:
        place = anchored.through
        said = {
            "kind": "seal",
            "jurisdiction_id": str(anchored.jurisdiction_id),
            "number": anchored.number,
            "sealed_at": _instant(anchored.sealed_at),
            "through": [place.epoch, place.xid, str(place.entry_id)],
            "previous": anchored.previous.hex(),
            "root": anchored.root.hex(),
            "marks": b64encode(anchored.marks).decode(),
        }
    return json.dumps(said, separators=(",", ":"))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def read_line(text: str, number: int) -> Seal | Anew:
    """The inverse of :func:`line`.

    Raises:
        Malformed: ``anchor_unreadable`` with the number of the line.
    """
    try:
        said: Mapping[str, Any] = json.loads(text)
        if said["kind"] == "anew":
            kept = {UUID(one): int(last) for one, last in said["kept"].items()}
            return Anew(epoch=int(said["epoch"]), at=datetime.fromisoformat(said["at"]), kept=kept)
        epoch, xid, entry_id = said["through"]
        seal = Seal(
            jurisdiction_id=UUID(said["jurisdiction_id"]),
            number=int(said["number"]),
            sealed_at=datetime.fromisoformat(said["sealed_at"]),
            through=Place(int(epoch), int(xid), UUID(entry_id)),
            previous=bytes.fromhex(said["previous"]),
            root=bytes.fromhex(said["root"]),
            marks=b64decode(said["marks"], validate=True),
        )
        whole = said["kind"] == "seal" and seal.marks and len(seal.marks) % (16 + MARK) == 0
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Malformed("anchor_unreadable", line=number) from None
    if not whole:
        raise Malformed("anchor_unreadable", line=number)
    return seal
