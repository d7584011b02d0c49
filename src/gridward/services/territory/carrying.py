"""What goes on in the grids that come after others: entries about stewards, and rules with the new grids in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor
from gridward.domain.entries import Deed
from gridward.domain.routing.rules import RuleSet
from gridward.domain.territory_carry import without_ended
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.routing.rule_sets import current_rules
from gridward.persistence.territory.change import Staged
from gridward.services.routing.publish import keep
from gridward.services.territory.looking import Looked

Grants = Sequence[tuple[UUID, UUID]]


def deeds(actor: Actor, staged: Staged, looked: Looked, begun: Grants, ended: Grants, now: datetime) -> list[Deed]:
    """An entry for each grid that begins or ends, each stewardship that goes on, each grant given and ended by it."""
    found = [
        _deed(actor, "grid.ended" if line.ends else "grid.begun", "grid", line.id, {"code": line.code}, staged.at, now)
        for line in looked.preview.lines
        if line.ends or line.is_new
    ]
    for one in looked.carried:
        detail: dict[str, Any] = {"grid_id": str(one.grid_id), "after": str(one.of.grid_id), "is_lead": one.is_lead}
        found.append(_deed(actor, "stewardship.begun", "person", one.of.person_id, detail, staged.at, now))
    for verb, grants in (("grant.given", begun), ("grant.ended", ended)):
        found += [
            _deed(actor, verb, "person", person_id, {"scope_kind": "grid", "scope_id": str(grid_id)}, staged.at, now)
            for person_id, grid_id in grants
        ]
    return found


def _deed(
    actor: Actor, verb: str, subject: str, subject_id: UUID, detail: dict[str, Any], at: datetime, now: datetime
) -> Deed:
    return Deed(
        entry_id=new_id(),
        actor_id=actor.person_id,
        via=actor.via,
        verb=verb,
        subject=subject,
        subject_id=subject_id,
        occurred_at=at,
        recorded_at=now,
        detail=detail,
    )


async def publish_rules(session: WriteSession, actor: Actor, rules: RuleSet | None, *, now: datetime) -> None:
    """The next version of the rules, when the change wrote something into them. Raises: Conflict: ``rules_moved_on``."""
    if rules is not None:
        await keep(session, actor, rules, now=now)


async def forget_ended(session: WriteSession, actor: Actor, ended: frozenset[UUID], *, now: datetime) -> None:
    """Grids that have ended by now are taken out of the rules that also name what came after them."""
    current = await current_rules(session, actor.jurisdiction_id)
    left = without_ended(current.rules, ended)
    if left != current.rules:
        await keep(session, actor, replace(current, version=current.version + 1, rules=left), now=now)
