"""Sealing the log, anchoring the seals outside the database, and looking whether anybody has changed what was sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gridward.domain.entries import BEGINNING, Place
from gridward.domain.sealing import NO_ROOT, Anew, Fault, Seal, Wrong, first_fault, sealed
from gridward.gateways.sealing import Anchors
from gridward.persistence import sealing as rows
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.notifications.following import moved_to, place_of

FOLLOWER = "seal"
AT_ONCE = 5_000
"""Entries in one seal at most."""
TO_ANCHOR = 100
"""Seals that are written outside at once."""


async def seal(session: WriteSession, now: datetime, limit: int = AT_ONCE) -> bool:
    """Seal what no seal covers yet; True: there is more."""
    place = await place_of(session, FOLLOWER)
    found = await rows.new(session, place, limit)
    if not found:
        return False

    full = len(found) == limit
    found, through = _whole(found) if full else (found, found[-1].place.after_transaction())
    by_jurisdiction: dict[UUID, list[tuple[Place, bytes]]] = {}
    for one in found:
        by_jurisdiction.setdefault(one.jurisdiction_id, []).append((one.place, one.hash))
    before = await rows.newest(session, by_jurisdiction)
    seals = []
    for jurisdiction_id, own in by_jurisdiction.items():
        number, previous = before.get(jurisdiction_id, (0, NO_ROOT))
        seals.append(
            sealed(
                own,
                jurisdiction_id=jurisdiction_id,
                number=number + 1,
                sealed_at=now,
                through=through,
                previous=previous,
            )
        )

    await rows.add(session, seals)
    await moved_to(session, FOLLOWER, through)
    return full


def _whole(found: list[rows.New]) -> tuple[list[rows.New], Place]:
    """Without the transaction that the page may have cut, unless it is longer than a page."""
    last = found[-1].place
    whole = [one for one in found if (one.place.epoch, one.place.xid) != (last.epoch, last.xid)]
    return (whole, whole[-1].place.after_transaction()) if whole else (found, last)


async def to_anchor(session: ReadSession) -> Sequence[Seal]:
    """Seals that only the database has."""
    return await rows.to_anchor(session, TO_ANCHOR)


async def anchored(session: WriteSession, seals: Sequence[Seal], now: datetime) -> None:
    """These stand outside the database now."""
    await rows.anchored(session, seals, now)


async def begin_anew(session: WriteSession, anchors: Anchors, epoch: int, now: datetime) -> None:
    """A restored history goes on: what the lost database had sealed after the backup is void from here on.

    Raises:
        as :meth:`Anchors.add`; Malformed: ``anchor_unreadable``.
    """
    known = [(one.jurisdiction_id, one.number) for _, one in anchors.read() if isinstance(one, Seal)]
    kept = await rows.standing_numbers(session)
    await rows.anchor_again(session, [(who, number) for who, number in known if number <= kept.get(who, 0)])
    await anchors.add([Anew(epoch=epoch, at=now, kept=kept)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Seals that a restore left behind: what they covered was recorded after the backup."""

    at: datetime
    first: int
    last: int
    entries: int


@dataclass(slots=True)
class _Chain:
    """Of one jurisdiction, as the file has it: where each seal stands, and what restores left behind."""

    places: dict[int, int] = field(default_factory=dict)
    roots: dict[int, bytes] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    lost: list[Lost] = field(default_factory=list)
    rewritten: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What looking found. ``sealed``: entries that are as they were sealed; ``unsealed``: newer ones.

    ``unsealed_since``: when the oldest of those was recorded. ``fault`` None: nothing was changed. ``anchors``: how many
    seals outside the database vouch for that; ``last`` the newest of them.
    """

    jurisdiction_id: UUID
    sealed: int
    unsealed: int
    unsealed_since: datetime | None
    anchors: int
    last: Seal | None
    lost: Sequence[Lost]
    fault: Fault | None


def read_anchors(anchors: Anchors) -> Mapping[UUID, _Chain]:
    """What stands outside the database, by jurisdiction.

    Raises:
        Malformed: ``anchor_unreadable`` (``line``).
    """
    chains: dict[UUID, _Chain] = {}
    for place, one in anchors.read():
        if isinstance(one, Anew):
            for who, chain in chains.items():
                _leave_behind(chain, one.kept.get(who, 0), one.at)
            continue
        chain = chains.setdefault(one.jurisdiction_id, _Chain())
        if chain.roots.get(one.number, one.root) != one.root and chain.rewritten is None:
            chain.rewritten = one.number
        chain.places[one.number], chain.roots[one.number] = place, one.root
        chain.counts[one.number] = one.count
    return chains


def _leave_behind(chain: _Chain, kept: int, at: datetime) -> None:
    gone = sorted(number for number in chain.places if number > kept)
    if gone:
        entries = sum(chain.counts[number] for number in gone)
        chain.lost.append(Lost(at=at, first=gone[0], last=gone[-1], entries=entries))
    for number in gone:
        del chain.places[number], chain.roots[number], chain.counts[number]


def _seals(chain: _Chain, anchors: Anchors) -> Iterator[Seal]:
    for number in sorted(chain.places):
        one = anchors.at(chain.places[number])
        assert isinstance(one, Seal)
        yield one


async def verify(
    session: ReadSession,
    anchors: Anchors,
    jurisdiction_id: UUID,
    chains: Mapping[UUID, _Chain],
    read_at: datetime,
) -> Verified:
    """Hold the log of a jurisdiction against the seals outside; stops at the first row that is wrong.

    Args:
        chains: What :func:`read_anchors` found at ``read_at``, before the session's snapshot was taken.
    """
    chain = chains.get(jurisdiction_id, _Chain())
    place, previous, count, expected = BEGINNING, NO_ROOT, 0, 1
    last: Seal | None = None
    right: UUID | None = None
    fault: Fault | None = None

    for one in _seals(chain, anchors):
        if one.number != expected:
            fault = Fault(wrong=Wrong.seal, seal=expected, entry_id=None)
            break
        standing = await rows.entries(session, jurisdiction_id, place, one.through, one.count + AT_ONCE)
        fault = first_fault(one, standing, previous, right)
        if fault is not None:
            fault = await _moved(session, fault)
            break
        place, previous, last, right = one.through, one.root, one, standing[-1].place.entry_id
        count, expected = count + one.count, expected + 1
    if fault is None and chain.rewritten is not None:
        fault = Fault(wrong=Wrong.seal, seal=chain.rewritten, entry_id=None)
    if fault is None:
        fault = await _against_database(session, jurisdiction_id, chain, read_at)
    unsealed = 0
    if fault is None:
        fault, unsealed = await _newer(session, jurisdiction_id, place)
    since = await rows.oldest_after(session, jurisdiction_id, place) if fault is None else None
    return Verified(
        jurisdiction_id=jurisdiction_id,
        sealed=count,
        unsealed=unsealed,
        unsealed_since=since,
        anchors=expected - 1,
        last=last,
        lost=chain.lost,
        fault=fault,
    )


async def _moved(session: ReadSession, fault: Fault) -> Fault:
    """A row that is gone from its place may stand in another."""
    if fault.wrong is Wrong.deleted and fault.entry_id is not None and await rows.exists(session, fault.entry_id):
        return Fault(wrong=Wrong.moved, seal=fault.seal, entry_id=fault.entry_id, after=fault.after)
    return fault


async def _against_database(
    session: ReadSession, jurisdiction_id: UUID, chain: _Chain, read_at: datetime
) -> Fault | None:
    """The database's own list of seals must be the one outside: whoever cuts the file or the list is seen by the other."""
    own = await rows.roots(session, jurisdiction_id)
    for number in sorted({*own, *chain.roots}):
        root, anchored_at = own.get(number, (None, None))
        outside = chain.roots.get(number)
        if outside is None and (anchored_at is None or anchored_at >= read_at):
            continue
        if root != outside:
            return Fault(wrong=Wrong.seal, seal=number, entry_id=None)
    return None


async def _newer(session: ReadSession, jurisdiction_id: UUID, after: Place) -> tuple[Fault | None, int]:
    """What no anchor covers yet: it says what it said when it was recorded, and none stands where the sealer has been."""
    sealer = await rows.followed_to(session, FOLLOWER)
    sealed_to = await rows.sealed_to(session, jurisdiction_id)
    place, count = after, 0
    right: UUID | None = None
    while True:
        page = await rows.entries(session, jurisdiction_id, place, rows.END, AT_ONCE)
        for row in page:
            if row.said_hash != row.stored_hash:
                return Fault(wrong=Wrong.edited, seal=None, entry_id=row.place.entry_id, after=right), count
            if sealed_to < row.place <= sealer:
                return Fault(wrong=Wrong.inserted, seal=None, entry_id=row.place.entry_id, after=right), count
            right = row.place.entry_id
        count += len(page)
        if len(page) < AT_ONCE:
            return None, count
        place = page[-1].place
