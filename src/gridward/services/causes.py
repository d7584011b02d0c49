"""Causes to look into: proposed from the log, each once; taken up or set aside by the desk; the rules that propose them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, may_anywhere, require
from gridward.domain.causes import MOST_DAYS, USUAL, CauseState, Proposal, Rule, check_rule, check_words, propose
from gridward.domain.entries import Deed
from gridward.domain.errors import Conflict, Forbidden, Malformed, NotFound
from gridward.persistence import causes as stored
from gridward.persistence.causes import EVERY_KIND, Pair, Seen
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id, record
from gridward.persistence.notifications import following
from gridward.persistence.statistics.asking import Group
from gridward.persistence.statistics.naming import names
from gridward.services.noting import note

FOLLOWER = "causes"
BATCH = 500
BY = "causes"


async def look(session: WriteSession, now: datetime, limit: int = BATCH) -> bool:
    """Follow the log for at most ``limit`` entries and propose what has come back too often; True: there may be more.

    The place in the log is locked: two workers at once, or one that was killed and runs again, find each cause once.
    """
    entries = await following.follow(session, FOLLOWER, limit)
    if not entries:
        return False
    await weigh(session, {one.ticket_id for one in entries if one.ticket_id is not None}, now)
    await following.followed(session, FOLLOWER, entries[-1])
    return len(entries) >= limit


async def weigh(session: WriteSession, ticket_ids: Collection[UUID], now: datetime) -> None:
    """Propose what these tickets are one too many of. The same again finds nothing new."""
    pairs = await stored.pairs_of(session, ticket_ids) if ticket_ids else set()
    seen = await stored.occurrences(session, pairs, now - timedelta(days=MOST_DAYS))
    newest = await stored.newest(session, seen)
    rules = await stored.rules(session, {one.jurisdiction_id for one in seen.values()})
    for pair, what in seen.items():
        rule = rule_of(rules, what.jurisdiction_id, pair.category_code)
        proposal = propose(what.occurrences, rule, newest.get(pair), now)
        if proposal is not None:
            await _keep(session, pair, what, rule, proposal, now)


def rule_of(rules: Mapping[tuple[UUID, str], Rule], jurisdiction_id: UUID, category_code: str) -> Rule:
    """The rule of a kind, else that of all others, else the usual one."""
    general = rules.get((jurisdiction_id, EVERY_KIND), USUAL)
    return rules.get((jurisdiction_id, category_code), general)


async def _keep(session: WriteSession, pair: Pair, seen: Seen, rule: Rule, proposal: Proposal, now: datetime) -> None:
    cause_id = proposal.joins or new_id()
    ids = [one.ticket_id for one in proposal.tickets]
    if proposal.joins is None:
        values = {
            "cause_id": cause_id,
            "jurisdiction_id": seen.jurisdiction_id,
            **pair._asdict(),
            "community_id": seen.community_id,
            "grid_id": seen.grid_id,
            "times": rule.times,
            "days": rule.days,
            "found_at": now,
            "state": CauseState.open.value,
        }
        await stored.add(session, values)
    await stored.add_tickets(session, cause_id, ids)
    detail: dict[str, Any] = {"tickets": [str(one) for one in ids]}
    if proposal.joins is None:
        detail |= {
            "building_id": str(pair.building_id),
            "category": pair.category_code,
            "times": rule.times,
            "days": rule.days,
        }
    verb = "cause.found" if proposal.joins is None else "cause.joined"
    deed = Deed(
        entry_id=new_id(),
        actor_id=None,
        via=BY,
        verb=verb,
        subject="cause",
        subject_id=cause_id,
        ticket_id=ids[-1],
        occurred_at=now,
        recorded_at=now,
        detail=detail,
    )
    await record(session, [deed], jurisdiction_id=seen.jurisdiction_id)


async def take_up(session: WriteSession, actor: Actor, cause_id: UUID, done: str, now: datetime) -> None:
    """Somebody does something about it: from now on it is watched whether that helped.

    Raises:
        NotFound: ``cause.unknown``. Forbidden: ``not_permitted``. Conflict: ``cause.decided``.
        Malformed: ``cause.words_missing``, ``cause.words_too_long``.
    """
    await _decide(session, actor, cause_id, CauseState.taken_up, done, now)


async def set_aside(session: WriteSession, actor: Actor, cause_id: UUID, reason: str, now: datetime) -> None:
    """There is no common cause, for this reason. Raises as :func:`take_up`."""
    await _decide(session, actor, cause_id, CauseState.set_aside, reason, now)


async def _decide(
    session: WriteSession, actor: Actor, cause_id: UUID, state: CauseState, words: str, now: datetime
) -> None:
    if not may_anywhere(actor, "cause:decide"):
        raise Forbidden("not_permitted", action="cause:decide")
    known = await stored.cause(session, actor.jurisdiction_id, cause_id)
    if known is None:
        raise NotFound("cause.unknown")
    require(actor, "cause:decide", Subject(jurisdiction_id=known.jurisdiction_id, community_id=known.community_id))
    plain = check_words(words)
    if not await stored.decide(session, cause_id, state, plain, actor.person_id, now):
        raise Conflict("cause.decided")
    await note(session, actor, f"cause.{state.value}", "cause", cause_id, {}, now)


async def set_rule(session: WriteSession, actor: Actor, category: str | None, rule: Rule, now: datetime) -> None:
    """How often is too often for a kind, or (None) for all that have no rule of their own.

    Raises:
        Forbidden: ``not_permitted``. Malformed: ``cause.rule_out_of_range``, ``cause.category_unknown``.
    """
    require(actor, "cause:set_rule", Subject(jurisdiction_id=actor.jurisdiction_id))
    check_rule(rule)
    if category is not None and not await names(session, actor.jurisdiction_id, Group.category, [category]):
        raise Malformed("cause.category_unknown", field="category")
    values = {
        "jurisdiction_id": actor.jurisdiction_id,
        "category_code": category or EVERY_KIND,
        "times": rule.times,
        "days": rule.days,
        "watched": rule.watched,
        "set_by": actor.person_id,
        "set_at": now,
    }
    await stored.put_rule(session, values)
    detail = {"category": category, "times": rule.times, "days": rule.days, "watched": rule.watched}
    await note(session, actor, "cause_rule.set", "jurisdiction", actor.jurisdiction_id, detail, now)
