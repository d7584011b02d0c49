"""Months: when they are stated, until when a unit may object, and which told figures have moved."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from gridward.domain.errors import Malformed
from gridward.domain.statements import Index, Month, Standing, month_to_state, moved, why_not_yet

SEPTEMBER = Month(date(2026, 9, 1))


@pytest.mark.parametrize(
    ("today", "stated"),
    [("2026-10-02", "2026-08"), ("2026-10-03", "2026-09"), ("2026-12-31", "2026-11"), ("2027-01-02", "2026-11")],
)
def test_a_month_is_stated_on_the_third_of_the_next(today: str, stated: str) -> None:
    assert month_to_state(date.fromisoformat(today)).name == stated


def test_a_month_is_read_as_it_is_written() -> None:
    assert Month.read("2026-12").next().name == "2027-01"
    for nonsense in ("2026-13", "2026", "2026-9-1", "十月"):
        with pytest.raises(Malformed):
            Month.read(nonsense)


def test_figures_move_by_the_definitions_they_were_told_under() -> None:
    share, count = Index(code="s", above="a", below="b"), Index(code="n", above="c", below=None)
    told = {"": {"a": 1, "b": 2, "c": 5}, "u": {"a": 1, "b": 1}}
    now = {"": {"a": 1, "b": 1, "c": 5}, "u": {"a": 1, "b": 1}, "w": {"c": 1}}
    assert [(one.whose, one.code, one.before, one.after) for one in moved([share, count], told, now)] == [
        ("", "s", (1, 2), (1, 1)),
        ("w", "n", (0, None), (1, None)),
    ]


def test_nothing_is_published_before_everybody_was_heard() -> None:
    over, until = datetime(2026, 9, 30, 16, tzinfo=UTC), datetime(2026, 10, 12, 10, tzinfo=UTC)
    late = datetime(2026, 10, 13, tzinfo=UTC)

    def waits(now: datetime, **more: object) -> str | None:
        usual = {"statements": 2, "object_until": until, "open_objections": 0, "unchanged": ()}
        found = why_not_yet(Standing(**(usual | more)), now, over)  # type: ignore[arg-type]
        return None if found is None else found[0]

    assert waits(datetime(2026, 9, 20, tzinfo=UTC)) == "publication.month_not_over"
    assert waits(late, statements=0, object_until=None) == "publication.no_statements"
    assert waits(until) == "publication.may_still_object"
    assert waits(late, open_objections=1) == "publication.objections_open"
    assert waits(late, unchanged=[SEPTEMBER]) == "publication.granted_unchanged"
    assert waits(late) is None
