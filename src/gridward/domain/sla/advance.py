"""The clocks of a ticket as a fold of its facts: live work and replay use this one function.

*Stops use the counted time* (``fact.occurred_at``), *starts the recorded one* (``fact.recorded_at``): the next clock never
starts before anybody could know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from gridward.domain.facts import Fact
from gridward.domain.sla import desk, marks, past, requests, splits, unit
from gridward.domain.sla.clocks import Clocks
from gridward.domain.sla.terms import Terms

Handler = Callable[[Clocks, Fact, Terms], Clocks]

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {**desk.HANDLERS, **unit.HANDLERS, **requests.HANDLERS, **splits.HANDLERS, **marks.HANDLERS, **past.HANDLERS}
)
"""What each verb does to the clocks; other verbs do nothing."""


def advance(clocks: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """The clocks after one more fact.

    Raises:
        NotFound, Unavailable: a standard or calendar version that the facts name is not in ``terms``.
    """
    handler = HANDLERS.get(fact.verb)
    return clocks if handler is None else handler(clocks, fact, terms)


def replay(facts: Iterable[Fact], terms: Terms) -> Clocks:
    """All clocks of a ticket from its facts, in order."""
    clocks = Clocks()
    for fact in facts:
        clocks = advance(clocks, fact, terms)
    return clocks


def differences(stored: Clocks, replayed: Clocks) -> tuple[str, ...]:
    """Keys of clocks whose due time, reading or breach is not what a replay gives (normally none)."""

    def reading(clocks: Clocks) -> dict[str, tuple[datetime | None, ...]]:
        return {
            c.key: (c.started_at, c.due_at, c.stopped_at, c.voided_at, c.breached_at, c.lifted_at)
            for c in clocks.clocks
        }

    mine, theirs = reading(stored), reading(replayed)
    return tuple(key for key in sorted(mine.keys() | theirs.keys()) if mine.get(key) != theirs.get(key))
