"""Folded tickets, remembered by their newest entry.

The log is append-only and an entry's id is never used again, not even after a rollback: so the id of the newest entry
names a whole history, and what was folded from it once need not be read and folded again.
"""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

from gridward.domain.tickets.act import Outcome

MOST = 2_000

_folded: OrderedDict[UUID, Outcome] = OrderedDict()


def remember(entry_id: UUID, ticket: Outcome) -> None:
    """Keep the ticket as it stands after that entry; the oldest of too many is let go."""
    _folded[entry_id] = Outcome(state=ticket.state, clocks=ticket.clocks)
    if len(_folded) > MOST:
        _folded.popitem(last=False)


def remembered(entry_id: UUID | None) -> Outcome | None:
    """The ticket whose newest entry this is, with nothing new; None when it must be read."""
    return None if entry_id is None else _folded.get(entry_id)
