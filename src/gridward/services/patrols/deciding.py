"""Whether a jurisdiction has patrols: off until a supervisor turns them on for somebody, with a reason."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from gridward.domain.accounts import Actor, Role, Subject, require
from gridward.domain.errors import Conflict, Malformed
from gridward.domain.patrols.rules import Audience, WalkRules
from gridward.persistence.accounts import people
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.patrols import plans as stored
from gridward.services.noting import note

MOST_REASON = 400


async def decide(
    session: WriteSession,
    actor: Actor,
    audiences: Collection[Audience],
    reason: str,
    now: datetime,
    *,
    hours: bool = False,
) -> None:
    """Turn patrols on for these, or with none of them off. The same again changes nothing.

    Patrols that are under way go on to their end; none begins any more. ``hours``: how long these are on patrol is counted
    as well (服务时长), from now on.

    Raises:
        Forbidden: ``not_permitted``. Malformed: ``patrol.no_reason``, ``patrol.hours_of_nobody``.
    """
    require(actor, "patrol:switch", Subject(jurisdiction_id=actor.jurisdiction_id))
    why = reason.strip()
    if not 0 < len(why) <= MOST_REASON:
        raise Malformed("patrol.no_reason", most=MOST_REASON)
    wanted = sorted({one.value for one in audiences})
    if hours and not wanted:
        raise Malformed("patrol.hours_of_nobody")
    before = await stored.policy(session, actor.jurisdiction_id)
    if before is not None and (sorted(before.audiences), before.hours, before.reason) == (wanted, hours, why):
        return
    policy_id = new_id()
    values = {
        "policy_id": policy_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "audiences": wanted,
        "hours": hours,
        "reason": why,
        "decided_by": actor.person_id,
        "decided_at": now,
    }
    await stored.decide(session, values)
    detail = {"audiences": wanted, "hours": hours}
    await note(session, actor, "patrol_policy.decided", "patrol_policy", policy_id, detail, now)


async def rules_of(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> WalkRules:
    """By which walks are judged here."""
    return WalkRules.read((await people.jurisdiction(session, jurisdiction_id)).settings)


async def set_rules(session: WriteSession, actor: Actor, swath_m: float, reach_m: float, now: datetime) -> None:
    """How far somebody who walks sees, and how much track makes a grid reached, for patrols that are counted from now on;
    pieces that stand stay as they are. The same again changes nothing.

    Raises:
        Forbidden: ``not_permitted``. Malformed: ``patrol.rules_unreadable`` (``field``, ``least``, ``most``).
    """
    require(actor, "patrol:switch", Subject(jurisdiction_id=actor.jurisdiction_id))
    chosen = {"swath_m": swath_m, "reach_m": reach_m}
    wanted = WalkRules.read({"walk": chosen})
    if wanted == await rules_of(session, actor.jurisdiction_id):
        return
    await people.set_settings(session, actor.jurisdiction_id, {"walk": chosen})
    await note(session, actor, "patrol_rules.set", "jurisdiction", actor.jurisdiction_id, chosen, now)


def may_walk(actor: Actor, audiences: Collection[Audience], *, in_plan: bool) -> bool:
    """Whether this person's positions may be kept at all: a paid steward's, or those of whoever stands in a plan of a
    safety patrol."""
    if Audience.paid_stewards in audiences and Role.steward in actor.roles:
        return True
    return Audience.safety_patrols in audiences and in_plan


async def require_hours(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> None:
    """Raises: Conflict: ``patrol.hours_off``: nobody decided that hours are counted here."""
    decided = await stored.policy(session, jurisdiction_id)
    if decided is None or not decided.hours:
        raise Conflict("patrol.hours_off")


async def require_on(session: ReadSession | WriteSession, actor: Actor, *, in_plan: bool) -> None:
    """Raises: Conflict: ``patrol.off``: nobody decided that this person's way may be kept."""
    if not may_walk(actor, await stored.audiences(session, actor.jurisdiction_id), in_plan=in_plan):
        raise Conflict("patrol.off")
