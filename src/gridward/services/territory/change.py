"""Changing territory: look at what it would move, publish it as it was shown, let it take effect on its day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, program, require
from gridward.domain.entries import Deed
from gridward.domain.errors import Conflict, Refusal
from gridward.domain.sync import community_scope, jurisdiction_scope
from gridward.domain.territory_change import Consent, begins
from gridward.domain.territory_preview import Preview
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import Touched, new_id, record
from gridward.persistence.territory import change, importing
from gridward.persistence.territory.change import Staged
from gridward.services.patrols.planning import follow_territory
from gridward.services.territory import carrying
from gridward.services.territory.looking import Looked, look
from gridward.services.territory.proposing import Plan, Proposal, stage_proposal


async def preview(session: WriteSession, actor: Actor, proposal: Proposal, now: datetime) -> Preview:
    """What a proposal would move. Nothing of it is left behind.

    Raises:
        Forbidden: ``not_permitted``.
        Conflict: ``import_under_way``.
        Malformed: ``date_too_early``, ``too_many_grids``, ``cut_misses``.
    """
    staged, plan = await _stage(session, actor, proposal, now)
    looked = await look(session, staged, plan, now)
    await importing.discard(session, staged.import_id)
    return looked.preview


async def publish(
    session: WriteSession,
    actor: Actor,
    proposal: Proposal,
    *,
    seen: str,
    consents: Collection[Consent],
    now: datetime,
) -> tuple[UUID, Preview]:
    """Make the change as it was shown; all of it or nothing.

    Args:
        seen: The preview's own ``seen``.

    Raises:
        Conflict: ``territory_moved_on``: it would move something else by now.
        Refusal: ``territory_refused`` with ``faults``; ``consent_needed`` with ``needs``.
    """
    staged, plan = await _stage(session, actor, proposal, now)
    looked = await look(session, staged, plan, now)
    if looked.preview.seen != seen:
        raise Conflict("territory_moved_on", current=looked.preview.seen)
    change_id = await publish_staged(session, actor, staged, plan, looked, consents=consents, now=now)
    await importing.discard(session, staged.import_id)
    return change_id, looked.preview


async def _stage(session: WriteSession, actor: Actor, proposal: Proposal, now: datetime) -> tuple[Staged, Plan]:
    require(actor, "territory:publish", Subject(jurisdiction_id=actor.jurisdiction_id))
    if not await change.take_turn(session, actor.jurisdiction_id):
        raise Conflict("import_under_way")
    at = begins(proposal.on, now, await time_zone_of(session, actor.jurisdiction_id))
    import_id = new_id()
    plan = await stage_proposal(session, import_id, actor.jurisdiction_id, proposal, at, now)
    staged = Staged(
        import_id=import_id,
        jurisdiction_id=actor.jurisdiction_id,
        layer=plan.layer,
        at=at,
        ended=tuple(plan.ended.values()),
    )
    return staged, plan


def refuse_unless_agreed(preview: Preview, consents: Collection[Consent]) -> None:
    """Raises:
    Refusal: ``territory_refused`` with ``faults``, ``nothing_changes``, ``consent_needed`` with ``needs``.
    """
    if preview.faults:
        raise Refusal("territory_refused", faults=[one.as_json() for one in preview.faults])
    if not preview.changes:
        raise Refusal("nothing_changes")
    missing = [one.value for one in preview.needs if one not in consents]
    if missing:
        raise Refusal("consent_needed", needs=missing)


async def publish_staged(
    session: WriteSession,
    actor: Actor,
    staged: Staged,
    plan: Plan,
    looked: Looked,
    *,
    consents: Collection[Consent],
    now: datetime,
) -> UUID:
    """Make a change whose rows are staged and were looked at. Raises as :func:`refuse_unless_agreed`."""
    preview = looked.preview
    refuse_unless_agreed(preview, consents)
    act: dict[str, Any] = {
        "change_id": new_id(),
        "jurisdiction_id": staged.jurisdiction_id,
        "kind": plan.kind.value,
        "valid_from": staged.at,
        "published_at": now,
        "published_by": actor.person_id,
        "facts": {**preview.counts(), "codes": [line.code for line in preview.lines], "from": plan.on.isoformat()},
    }
    await change.keep_change(session, act)
    await change.end_grids(session, staged.ended, staged.at)
    await importing.publish(session, staged.import_id, staged.jurisdiction_id, staged.layer, (), now, staged.at)
    pairs = [(old, new) for old, news in looked.successors.after.items() for new in news]
    await change.succeed(session, act, pairs, looked.carried)
    begun, ended = await change.carry_grants(session, act, pairs, staged.ended) if pairs else ([], [])
    deeds = [_deed(actor, act, now, preview), *carrying.deeds(actor, staged, looked, begun, ended, now)]
    await record(session, deeds, jurisdiction_id=staged.jurisdiction_id, touched=await _touched(session, staged, now))
    await carrying.publish_rules(session, actor, looked.rules, now=now)
    if staged.at <= now:
        await change.in_force(session, staged.jurisdiction_id, act["change_id"], staged.at, now)
        await follow_territory(session, actor, now)
    return UUID(str(act["change_id"]))


async def take_effect(session: WriteSession, now: datetime) -> bool:
    """The next change whose day has come: what is kept as of now follows it. True when there was one.

    Run twice at once, or killed and run again, each takes effect once.
    """
    act = await change.due(session, now)
    if act is None:
        return False
    actor = program(act.jurisdiction_id, "sweep")
    moved = await change.in_force(session, act.jurisdiction_id, act.change_id, act.valid_from, now)
    grids = await change.concerned(session, act.jurisdiction_id, act.valid_from, now)
    ended = frozenset(grid.grid_id for grid in grids if grid.ended)
    deed = Deed(
        entry_id=new_id(),
        actor_id=None,
        via=actor.via,
        verb="territory.took_effect",
        subject="territory_change",
        subject_id=act.change_id,
        occurred_at=act.valid_from,
        recorded_at=now,
        detail={
            "buildings_moved": moved,
            "grids": sum(grid.grid_id is not None for grid in grids),
            "ended": len(ended),
        },
    )
    communities = {grid.community_id for grid in grids if grid.community_id is not None}
    touched = _scopes(act.jurisdiction_id, communities, now)
    await record(session, [deed], jurisdiction_id=act.jurisdiction_id, touched=touched)
    await carrying.forget_ended(session, actor, ended, now=now)
    await follow_territory(session, actor, now)
    return True


def _deed(actor: Actor, act: Mapping[str, Any], now: datetime, preview: Preview) -> Deed:
    return Deed(
        entry_id=new_id(),
        actor_id=actor.person_id,
        via=actor.via,
        verb="territory.changed",
        subject="territory_change",
        subject_id=act["change_id"],
        occurred_at=preview.at,
        recorded_at=now,
        detail={
            "kind": preview.kind.value,
            **act["facts"],
            "succession": [list(pair) for pair in preview.succession],
            "consents": [one.value for one in preview.needs],
        },
    )


async def _touched(session: WriteSession, staged: Staged, now: datetime) -> list[Touched]:
    grids = await change.concerned(session, staged.jurisdiction_id, staged.at, now)
    communities = {grid.community_id for grid in grids if grid.community_id is not None}
    return _scopes(staged.jurisdiction_id, communities, now)


def _scopes(jurisdiction_id: UUID, communities: Collection[UUID], now: datetime) -> list[Touched]:
    """Everybody who has these grids on a phone or a screen reads the layers again."""
    scopes = [jurisdiction_scope(jurisdiction_id), *sorted(map(community_scope, communities))]
    version = int(now.timestamp() * 1000)
    return [Touched(scope, "territory", jurisdiction_id, version) for scope in scopes]
