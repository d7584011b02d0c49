"""Being forgotten: what goes, what stays, and the ledger that outlives the database.

What goes is what a person brought: name, number, words, pictures, places, ways to sign in. What stays is the community's:
that there was something to do, of which kind, where, and what became of it; and the log, which never held a name.

A backup knows nothing of later erasures. So each is also one line of a ledger that lies beside the database and in no
backup; whoever restores reads it again. A line holds ids only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from gridward.domain.errors import Malformed
from gridward.domain.tickets.words import Intent

NAMELESS = "（已删除）"
"""What stands in place of a name."""

OF_REPORTERS = frozenset(
    {
        Intent.FILE,
        Intent.SELF_RESOLVE,
        Intent.JOIN,
        Intent.ANSWER_MORE,
        Intent.NOTE,
        Intent.ADD_PHOTO,
        Intent.RATE,
        Intent.WITHDRAW,
        Intent.ASK_REOPEN,
        Intent.ASK_RESTORE,
    }
)
"""Steps whose words and pictures are the sender's own. Those of other steps are the account that a unit or the desk gave
of its work: they stay, without the name."""


class Kind(StrEnum):
    """What can be asked for: everything of a person, one report, or a household."""

    person = "person"
    report = "report"
    household = "household"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One line of the ledger. ``report_ids``: ids that are never taken again, even where the database lacks them."""

    kind: Kind
    jurisdiction_id: UUID
    subject_id: UUID
    report_ids: tuple[UUID, ...]
    at: datetime

    def line(self) -> str:
        said = {
            "kind": self.kind.value,
            "jurisdiction_id": str(self.jurisdiction_id),
            "subject_id": str(self.subject_id),
            "report_ids": [str(one) for one in self.report_ids],
            "at": self.at.astimezone(UTC).isoformat(),
        }
        return json.dumps(said, separators=(",", ":"))


def read_line(text: str, number: int) -> Erasure:
    """The inverse of :meth:`Erasure.line`.

    Raises:
        Malformed: ``erasure_unreadable`` with the number of the line.
    """
    try:
        said: Mapping[str, Any] = json.loads(text)
        return Erasure(
            kind=Kind(said["kind"]),
            jurisdiction_id=UUID(said["jurisdiction_id"]),
            subject_id=UUID(said["subject_id"]),
            report_ids=tuple(UUID(one) for one in said["report_ids"]),
            at=datetime.fromisoformat(said["at"]).astimezone(UTC),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Malformed("erasure_unreadable", line=number) from None
