"""Putting rules in force: judged as a whole, stored as a new version, never edited."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.entries import Deed
from gridward.domain.errors import Conflict, Refusal
from gridward.domain.routing.check import World, check
from gridward.domain.routing.document import read_duties, read_rules
from gridward.domain.routing.faults import Fault
from gridward.domain.routing.rules import RuleSet
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import Touched, new_id, record
from gridward.persistence.routing import world as stored
from gridward.persistence.routing.rule_sets import add_rules, current_rules
from gridward.persistence.standards.queries import standing_standards


async def draft(
    session: ReadSession | WriteSession, actor: Actor, rules: object, duties: object | None, *, at: datetime
) -> tuple[RuleSet, tuple[Fault, ...]]:
    """Read rules that are not published yet, and judge them. ``duties`` None: those in force.

    Raises:
        Malformed: ``rules_malformed`` with its place.
    """
    current = await current_rules(session, actor.jurisdiction_id)
    proposed = RuleSet(
        version=current.version + 1,
        rules=read_rules(rules),
        duties=current.duties if duties is None else read_duties(duties),
    )
    return proposed, check(proposed.rules, proposed.duties, await world(session, actor.jurisdiction_id, at))


async def world(session: ReadSession | WriteSession, jurisdiction_id: UUID, at: datetime) -> World:
    """What rules may name now."""
    on = at.astimezone(await time_zone_of(session, jurisdiction_id)).date()
    standards = await standing_standards(session, jurisdiction_id, on)
    return await stored.world(
        session,
        jurisdiction_id,
        at,
        categories=frozenset(code for standard in standards for code in standard.categories),
        conditions={
            condition.condition_id: condition.category_code
            for standard in standards
            for condition in standard.conditions.values()
        },
        urgent=frozenset(
            condition.condition_id
            for standard in standards
            for condition in standard.conditions.values()
            if condition.urgent
        ),
    )


async def publish(
    session: WriteSession, actor: Actor, *, based_on: int, rules: object, duties: object | None, now: datetime
) -> RuleSet:
    """Put rules in force, from the next report on; what was routed before keeps its version.

    Args:
        based_on: The version that the author saw.
        rules, duties: JSON forms (see ``domain/routing/document``).

    Raises:
        Conflict: ``rules_moved_on`` with ``current``: somebody published meanwhile.
        Refusal: ``rules_refused`` with ``faults``.
        Malformed: ``rules_malformed`` with its place.
        Forbidden: no right to publish.
    """
    require(actor, "rules:publish", Subject(jurisdiction_id=actor.jurisdiction_id))
    proposed, faults = await draft(session, actor, rules, duties, at=now)
    if proposed.version != based_on + 1:
        raise Conflict("rules_moved_on", current=proposed.version - 1)
    if faults:
        raise Refusal("rules_refused", faults=[fault.as_json() for fault in faults])
    await keep(session, actor, proposed, now=now)
    return proposed


async def keep(session: WriteSession, actor: Actor, rule_set: RuleSet, *, now: datetime) -> None:
    """Store a version that was judged, and say so. Raises: Conflict: ``rules_moved_on``."""
    rule_set_id = new_id()
    added = await add_rules(
        session,
        actor.jurisdiction_id,
        rule_set,
        rule_set_id=rule_set_id,
        published_at=now,
        published_by=actor.person_id,
    )
    if not added:
        raise Conflict("rules_moved_on", current=rule_set.version)
    detail: dict[str, Any] = {
        "version": rule_set.version,
        "rules": len(rule_set.rules),
        "duties": len(rule_set.duties),
    }
    deed = Deed(
        entry_id=new_id(),
        actor_id=actor.person_id,
        via=actor.via,
        verb="rules.published",
        subject="rule_set",
        subject_id=rule_set_id,
        occurred_at=now,
        recorded_at=now,
        detail=detail,
    )
    scope = f"jurisdiction:{actor.jurisdiction_id}"
    await record(
        session,
        [deed],
        jurisdiction_id=actor.jurisdiction_id,
        touched=[Touched(scope, "rule_set", rule_set_id, rule_set.version)],
    )
