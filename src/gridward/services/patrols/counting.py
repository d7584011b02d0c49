"""What a patrol covered: its pieces, computed when it is over and again when more of it arrives. Then its positions go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from gridward.domain.accounts import program
from gridward.domain.patrols.rules import RAW_KEPT, WALK_RULES, PatrolMark, WalkRules
from gridward.domain.patrols.track import Fix, Leg, Track, moved, read_fixes, track_of
from gridward.domain.patrols.walk import Verdict, reached
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.patrols import pieces
from gridward.persistence.patrols import walks as stored
from gridward.persistence.patrols.rows import PatrolRow
from gridward.services.noting import note
from gridward.services.patrols import missing
from gridward.services.patrols.deciding import rules_of
from gridward.services.patrols.walking import lapse, touching

AT_ONCE, FORGOTTEN_AT_ONCE = 5, 500
LONG_GAP_S = 3600.0


async def count_due(session: WriteSession, now: datetime) -> bool:
    """Count some patrols that are over, close some that nobody ended; True when there may be more."""
    lapsed = await lapse(session, now, AT_ONCE)
    found = await stored.uncounted(session, AT_ONCE)
    for patrol_id in found:
        await count(session, patrol_id, now)
    return max(lapsed, len(found)) >= AT_ONCE


async def track(
    session: ReadSession | WriteSession, patrol_id: UUID, rules: WalkRules = WALK_RULES
) -> tuple[Track, int, int]:
    """Its legs, from how many positions of how many phones."""
    devices: dict[str, list[Fix]] = {}
    for row in await stored.positions(session, patrol_id):
        begins_at = datetime.fromisoformat(row.body["since"]).timestamp()
        devices.setdefault(row.body["device"], []).extend(moved(read_fixes(row.body["fixes"]), begins_at))
    return track_of(devices.values(), rules), sum(map(len, devices.values())), len(devices)


async def count(session: WriteSession, patrol_id: UUID, now: datetime) -> None:
    """Compute the pieces of a patrol from everything that has come of it, in place of those it had."""
    row = await stored.patrol(session, patrol_id, lock=True)
    if row is None:
        return
    if row.raw_gone_at is not None:
        # Its pieces stand: of what comes now no position was kept.
        session.expunge(row)
        await stored.change(session, patrol_id, {"uncounted_since": None})
        await missing.look_again(session, row, now)
        return
    rules = await rules_of(session, row.jurisdiction_id)
    walk, fixes, devices = await track(session, patrol_id, rules)
    checked = {
        one.grid_id
        for one in await stored.check_ins(session, patrol_id)
        if one.verdict == Verdict.counted and one.grid_id is not None
    }
    covered = await pieces.covered(session, row.jurisdiction_id, walk.legs, row.started_at)
    swath = max((leg.swath_m for leg in walk.legs), default=1.0)
    made = [
        {
            "grid_id": one.grid_id,
            "plan_id": row.plan_id,
            "walked_at": row.started_at,
            "length_m": min(one.length_m, one.area_m2 / (2 * min(leg.swath_m for leg in walk.legs))),
            "seconds": one.seconds,
            "area_m2": one.area_m2,
            "street_m": one.street_m,
            "streets_m": one.streets_m,
            "checked_in": one.grid_id in checked,
            "reached": reached(
                length_m=one.length_m,
                area_m2=one.area_m2,
                swath_m=swath,
                checked_in=one.grid_id in checked,
                rules=rules,
            ),
            "piece": one.piece,
        }
        for one in covered
    ]
    made += [_seen_only(row, grid_id) for grid_id in checked - {one["grid_id"] for one in made}]
    await pieces.replace(session, patrol_id, made)
    marks = set(row.marks) - _FOUND_HERE | _marks(walk, fixes, devices, row)
    changed = {
        "uncounted_since": None,
        "counted_at": now,
        "version": row.version + 1,
        "marks": sorted(marks),
        "length_m": sum(one["length_m"] for one in made),
        "walked_s": walk.walked_s,
        "fixes": fixes,
        "gaps": [
            {"from": _iso(gap.from_at), "to": _iso(gap.to_at), "distance_m": round(gap.distance_m)} for gap in walk.gaps
        ],
    }
    session.expunge(row)
    await stored.change(session, patrol_id, changed)
    row.version += 1
    detail = {"grids": len(made), "reached": sum(bool(one["reached"]) for one in made), "fixes": fixes}
    actor = program(row.jurisdiction_id, "sweep")
    await note(session, actor, "patrol.counted", "patrol", patrol_id, detail, now, touched=touching(row))
    await missing.look_again(session, row, now)


def _seen_only(row: PatrolRow, grid_id: UUID) -> dict[str, object]:
    """A grid with a check-in and no track: reached, and nothing is known of the way."""
    nothing = dict.fromkeys(("length_m", "seconds", "area_m2", "street_m", "streets_m"), 0.0)
    return {
        "grid_id": grid_id,
        "plan_id": row.plan_id,
        "walked_at": row.started_at,
        **nothing,
        "checked_in": True,
        "reached": True,
        "piece": None,
    }


_FOUND_HERE = {
    mark.value
    for mark in (PatrolMark.no_positions, PatrolMark.long_gap, PatrolMark.implausible_speed, PatrolMark.two_phones)
}


def _marks(walk: Track, fixes: int, devices: int, row: PatrolRow) -> set[str]:
    found: set[str] = set()
    if not walk.legs:
        found.add(PatrolMark.no_positions.value)
    if any(gap.to_at - gap.from_at >= LONG_GAP_S for gap in walk.gaps) or _silent_at_an_end(walk.legs, row):
        found.add(PatrolMark.long_gap.value)
    if walk.implausible > max(5, fixes // 50):
        found.add(PatrolMark.implausible_speed.value)
    if devices > 1:
        found.add(PatrolMark.two_phones.value)
    return found


def _silent_at_an_end(legs: Sequence[Leg], row: PatrolRow) -> bool:
    if not legs or row.ended_at is None:
        return False
    before = legs[0].started_at - row.started_at.timestamp()
    after = row.ended_at.timestamp() - max(leg.ended_at for leg in legs)
    return max(before, after) >= LONG_GAP_S


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


async def forget_positions(session: WriteSession, now: datetime) -> bool:
    """Delete positions older than 30 days; True when there may be more. The pieces stay."""
    gone = await stored.forget_positions(session, now - RAW_KEPT, now, FORGOTTEN_AT_ONCE)
    for jurisdiction_id in {one.jurisdiction_id for one in gone}:
        count_ = sum(one.jurisdiction_id == jurisdiction_id for one in gone)
        actor = program(jurisdiction_id, "sweep")
        await note(
            session, actor, "patrol.positions_deleted", "jurisdiction", jurisdiction_id, {"patrols": count_}, now
        )
    return len(gone) >= FORGOTTEN_AT_ONCE
