"""Whose patrols somebody may look at."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gridward.domain.accounts import POLICY, Actor, Relation, ScopeKind
from gridward.domain.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Reach:
    """``community_ids`` None: the whole jurisdiction; empty: only what is one's own."""

    community_ids: frozenset[UUID] | None
    own: bool


def reach(actor: Actor, action: str) -> Reach:
    """Raises: Forbidden: ``not_permitted``."""
    row = POLICY[action]
    areas = [grant for grant in actor.grants if Relation.own_area in row.get(grant.role, ())]
    own = any(Relation.own in row.get(grant.role, ()) for grant in actor.grants)
    if not areas and not own:
        raise Forbidden("not_permitted", action=action)
    if any(grant.scope_kind is ScopeKind.jurisdiction for grant in areas):
        return Reach(None, own)
    return Reach(frozenset(one.community_id for one in areas if one.community_id is not None), own)
