"""What a phone shows, from a feed whose rows come in the order of commits and not of versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

Data = TypeVar("Data")


@dataclass(slots=True)
class Row(Generic[Data]):
    """A ticket on the screen, with the scopes through which it came: for each the version that last spoke, and whether
    it said that the ticket is in."""

    data: Data | None = None
    version: int = 0
    scopes: dict[str, tuple[int, bool]] = field(default_factory=dict)

    @property
    def shown(self) -> bool:
        return self.data is not None and any(inside for _, inside in self.scopes.values())


@dataclass(slots=True)
class Rows(Generic[Data]):
    """All rows by ticket id."""

    by_id: dict[str, Row[Data]] = field(default_factory=dict)

    def take(self, ticket_id: str, scope: str, said_at: int, data: Data | None, version: int) -> None:
        """One row of the feed or of a snapshot.

        A transaction that began earlier may have made the later version, so each scope's last word is the one of the
        highest version, and data are replaced by newer data only. A ticket that no scope shows is forgotten.

        Args:
            said_at: The ticket's version of the change that this row tells of.
            data: How it stands now; None: the scope forgets it.
            version: Of the data.
        """
        row = self.by_id.setdefault(ticket_id, Row())
        if said_at >= row.scopes.get(scope, (0, False))[0]:
            row.scopes[scope] = (said_at, data is not None)
        if data is not None and version >= row.version:
            row.data, row.version = data, version
        if not row.shown:
            del self.by_id[ticket_id]

    def keep_scopes(self, scopes: frozenset[str]) -> None:
        """What came only through scopes that are no longer mine goes now."""
        for row in self.by_id.values():
            row.scopes = {scope: said for scope, said in row.scopes.items() if scope in scopes}
        self.by_id = {one: row for one, row in self.by_id.items() if row.shown}

    def shown(self) -> dict[str, Data]:
        return {one: row.data for one, row in self.by_id.items() if row.data is not None}
