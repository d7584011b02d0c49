"""Which tickets somebody may find at all: the policy's relations as conditions for a query."""

from __future__ import annotations

from collections.abc import Collection

from gridward.domain.accounts import POLICY, TICKET_FIELDS, UNIT_ROLES, Actor, Relation, Role, ScopeKind
from gridward.persistence.tickets.asking import Reach

READING = ("ticket:read", "ticket:read_outline")


def reach_of(actor: Actor, actions: Collection[str] = READING) -> Reach:
    """From the roles whose row in the policy lets them do one of these with tickets of their area, their unit, or their own."""

    def allows(role: Role, relation: Relation) -> bool:
        return any(relation in POLICY[action].get(role, frozenset()) for action in actions)

    in_area = [grant for grant in actor.grants if allows(grant.role, Relation.own_area)]
    units = [grant for grant in actor.grants if grant.role in UNIT_ROLES and allows(grant.role, Relation.own_unit)]
    return Reach(
        jurisdiction_id=actor.jurisdiction_id,
        person_id=actor.person_id if any(allows(role, Relation.own) for role in actor.roles) else None,
        everything=any(grant.scope_kind is ScopeKind.jurisdiction for grant in in_area),
        community_ids=frozenset(grant.community_id for grant in in_area if grant.community_id is not None),
        unit_ids=frozenset(grant.scope_id for grant in units),
    )


def reads_everywhere(actor: Actor) -> frozenset[str]:
    """The fields that this person reads of every ticket within reach, so that what is in them may be searched."""
    reach = reach_of(actor)

    def opens(action: str) -> bool:
        own = reach_of(actor, (action,))
        return own.everything or (own.community_ids >= reach.community_ids and own.unit_ids >= reach.unit_ids)

    return frozenset[str]().union(*(fields for action, fields in TICKET_FIELDS.items() if opens(action)))


def desk_reach(actor: Actor) -> Reach | None:
    """The tickets whose trays this person works on; None: of none. It is the same for all who work on the same ones."""
    desks = [grant for grant in actor.grants if Relation.own_area in POLICY["ticket:read_trays"].get(grant.role, ())]
    if not desks:
        return None
    everything = any(grant.scope_kind is ScopeKind.jurisdiction for grant in desks)
    communities = frozenset(grant.community_id for grant in desks if grant.community_id is not None)
    return Reach(
        jurisdiction_id=actor.jurisdiction_id,
        person_id=None,
        everything=everything,
        community_ids=frozenset() if everything else communities,
    )
