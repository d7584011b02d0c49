"""On time or overdue: counted from a file's own times to the last case, and held against the file's own flag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from gridward.domain.facts import write_instant
from gridward.domain.tickets.past import PastRow


class Reading(StrEnum):
    """What the times of a row say, as of the last instant that its file knows."""

    on_time = "on_time"
    overdue = "overdue"
    not_due_yet = "not_due_yet"
    no_due = "no_due"


def as_of(rows: Iterable[PastRow]) -> datetime | None:
    """The last instant that the file knows: what was open then is judged by it, not by today."""
    return max((at for row in rows for at in (row.opened_at, row.closed_at) if at is not None), default=None)


def reading_of(row: PastRow, at: datetime) -> Reading:
    """A closing at exactly the due time is on time."""
    if row.due_at is None:
        return Reading.no_due
    if row.closed_at is not None:
        return Reading.on_time if row.closed_at <= row.due_at else Reading.overdue
    return Reading.overdue if at > row.due_at else Reading.not_due_yet


def on_time_facts(rows: Sequence[PastRow]) -> dict[str, Any]:
    """The table of counted readings against the file's flag, and every row in which the two differ; JSON-ready.

    ``cells`` are ``[counted, flag, rows]`` with flag ``on_time``, ``overdue`` or ``none``. ``agree`` and ``disagree``
    count the rows that have a flag and a due time that has been decided.
    """
    at = as_of(rows)
    if at is None:
        return {"as_of": None, "cells": [], "agree": 0, "disagree": 0, "differ": []}
    cells: Counter[tuple[str, str]] = Counter()
    differ = []
    agree = 0
    for row in rows:
        counted = reading_of(row, at)
        flag = "none" if row.on_time is None else "on_time" if row.on_time else "overdue"
        cells[counted.value, flag] += 1
        if flag == "none" or counted in (Reading.no_due, Reading.not_due_yet):
            continue
        if counted == flag:
            agree += 1
        else:
            differ.append(
                {
                    "id": row.outer_no,
                    "place": row.place,
                    "counted": counted.value,
                    "flag": flag,
                    "opened_at": write_instant(row.opened_at),
                    "due_at": row.due_at and write_instant(row.due_at),
                    "closed_at": row.closed_at and write_instant(row.closed_at),
                }
            )
    return {
        "as_of": write_instant(at),
        "cells": [[*cell, count] for cell, count in sorted(cells.items())],
        "agree": agree,
        "disagree": len(differ),
        "differ": differ,
    }
