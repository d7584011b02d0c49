"""Whose turn it was: which units a ticket was given to, one after the other (派遣, 改派), and how each turn ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from gridward.domain.facts import Fact

FOUNDED_WITH_A_UNIT = frozenset({"ticket.assigned", "ticket.split_off", "ticket.imported"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One unit's turn; the same unit named again, or given a rework, is still in its turn.

    ``ended_by``: the verb that took it away, None while it has the ticket.
    """

    unit_id: UUID
    since: datetime
    by_rule: bool
    ended_at: datetime | None = None
    ended_by: str | None = None


ENDS = frozenset({"ticket.sent_back", "ticket.reopened", "ticket.restored", "ticket.split"})


def turns(facts: Iterable[Fact]) -> tuple[Turn, ...]:
    """The turns in their order."""
    found: list[Turn] = []
    holds = False
    for fact in facts:
        unit_id = fact.uuid("unit_id")
        if fact.verb in FOUNDED_WITH_A_UNIT and unit_id is not None:
            if holds and found[-1].unit_id == unit_id:
                continue
            if holds:
                found[-1] = replace(found[-1], ended_at=fact.recorded_at, ended_by=fact.verb)
            found.append(Turn(unit_id=unit_id, since=fact.recorded_at, by_rule="by_rule" in fact.detail))
            holds = True
        elif fact.verb in ENDS and holds:
            found[-1] = replace(found[-1], ended_at=fact.recorded_at, ended_by=fact.verb)
            holds = False
    return tuple(found)


def reassigned(found: Iterable[Turn]) -> int:
    """改派次数: how often the ticket went from one unit to another. It says nothing about whose fault that was."""
    units = [turn.unit_id for turn in found]
    return sum(before != after for before, after in pairwise(units))
