"""The versions of the rules: who put each in force, when, and what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.routing.compare import Change, compare
from gridward.domain.routing.rules import RuleSet
from gridward.persistence.database import ReadSession
from gridward.persistence.routing.rule_sets import Edition, current_rules, editions, rules_of_version

NOTHING = RuleSet(version=0, rules=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A version, and what it changed in the one before it."""

    edition: Edition
    changes: tuple[Change, ...]


async def history(session: ReadSession, actor: Actor, *, most: int = 50) -> Sequence[Told]:
    """The newest versions first. Raises: Forbidden: no right to read rules."""
    require(actor, "rules:read", Subject(jurisdiction_id=actor.jurisdiction_id))
    found = await editions(session, actor.jurisdiction_id, most=most + 1)
    befores = [*(one.rule_set for one in found[1:]), NOTHING]
    told = [
        Told(edition=one, changes=compare(before, one.rule_set)) for one, before in zip(found, befores, strict=True)
    ]
    return told[:most]


async def version(session: ReadSession, actor: Actor, number: int | None) -> RuleSet:
    """One version, or the rules in force. Raises: NotFound: ``rules_version_unknown``. Forbidden."""
    require(actor, "rules:read", Subject(jurisdiction_id=actor.jurisdiction_id))
    if number is None:
        return await current_rules(session, actor.jurisdiction_id)
    return await rules_of_version(session, actor.jurisdiction_id, number)
