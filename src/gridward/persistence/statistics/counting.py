"""Sets counted: one pass over each source for a period, whatever is told apart.

Of months that the period holds whole, what has settled is taken from the sums, and only the rest is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from gridward.domain.statements import Month
from gridward.domain.statistics import indices
from gridward.domain.statistics.months import Closed, beside, whole_months
from gridward.persistence.database import ReadSession, WriteSession, plan_for_values
from gridward.persistence.statistics.asking import BY_TIME, Asked, Group, key_of, rows
from gridward.persistence.statistics.sets import SETS, SOURCES, SUMMED, Source
from gridward.persistence.statistics.sums import counted, fresh, stored

WHOLE = ""
"""The group of a question that tells nothing apart; also of what belongs to no group."""

OF_ONE_INSTANT = frozenset({"shelved", "open"})
"""What stands on the shelf or is open at an instant is no sum over days."""

COMPLETE = text(
    """
SELECT EXISTS (SELECT FROM ticket_round r WHERE r.ticket_id = oldest.ticket_id)
FROM (SELECT ticket_id FROM ticket WHERE jurisdiction_id = :jurisdiction_id ORDER BY received_at, ticket_id LIMIT 1) oldest
"""
)


async def complete(session: ReadSession, jurisdiction_id: UUID) -> bool:
    """Whether every ticket has its rounds: a rebuild goes from the newest ticket to the oldest."""
    found = (await session.execute(COMPLETE, {"jurisdiction_id": jurisdiction_id})).scalar_one_or_none()
    return found is None or bool(found)


async def counts(
    session: ReadSession | WriteSession, asked: Asked, group: Group = Group.none, names: Iterable[str] | None = None
) -> dict[str, dict[str, int]]:
    """Group → set → how many; groups in which nothing is are absent, sets in which nothing is count 0.

    Args:
        names: The sets wanted; all that an index or a page names where none are given.
    """
    await plan_for_values(session)
    wanted = tuple(names) if names is not None else indices.sets()
    closed = await _closed(session, asked, group)
    found: dict[str, dict[str, int]] = {}

    def add(own: tuple[str, ...], key: Any, numbers: Iterable[Any]) -> None:
        of = found.setdefault(key or WHOLE, dict.fromkeys(wanted, 0))
        for name, number in zip(own, numbers, strict=True):
            of[name] += number

    for name in dict.fromkeys(name.partition(".")[0] for name in wanted):
        own = tuple(one for one in wanted if one.partition(".")[0] == name)
        if name in OF_ONE_INSTANT and group in BY_TIME:
            continue
        source = SOURCES[name]
        for part in _parts(source, asked, closed):
            for key, *numbers in await session.execute(text(_statement(own, part, group)), part.values()):
                add(own, key, numbers)
        if closed is not None and (settled := _settled(source, closed)):
            for key, *numbers in await stored(session, asked, own, BY_MONTHS[group], closed.months, settled):
                add(own, key, numbers)
    return found


BY_MONTHS: Mapping[Group, str] = MappingProxyType(
    {Group.none: "NULL::text", Group.unit: "unit_id::text", Group.month: "month::text"}
)
"""What sums can be told apart by, and how."""


async def _closed(session: ReadSession | WriteSession, asked: Asked, group: Group) -> Closed | None:
    """None: nothing of this question is summed. Whoever writes counts rows: its statements do not see one snapshot."""
    if group not in BY_MONTHS or asked.narrowed or not isinstance(session, ReadSession):
        return None
    zone, period = ZoneInfo(asked.time_zone), asked.step or (asked.since, asked.until)
    months = whole_months(*period, zone)
    found = await fresh(session, asked.jurisdiction_id, asked.time_zone) if months else None
    return Closed(period=period, months=months, fresh=found, judged=asked.judged, zone=zone) if found else None


def _settled(source: Source, closed: Closed | None) -> frozenset[Month]:
    return closed.settled(judges=source.judges) if closed and source.settled else frozenset()


def _parts(source: Source, asked: Asked, closed: Closed | None) -> Iterator[Asked]:
    """What is left to count row by row: before and after the whole months, and in them what has not settled."""
    settled = _settled(source, closed)
    if closed is None or not settled:
        yield asked
        return
    for edge in closed.edges():
        yield replace(asked, step=edge)
    for gap in beside(settled, closed.zone):
        yield replace(asked, step=closed.span, settled=gap)
    yield replace(asked, step=closed.span, settled="not_yet")


def _statement(own: tuple[str, ...], asked: Asked, group: Group) -> str:
    source = SOURCES[own[0].partition(".")[0]]
    found = rows(source, asked, group)
    columns = ", ".join(f'{counted(name)} AS "{name}"' for name in own)
    head = f"WITH {found.with_}" if found.with_ else ""
    by = "" if group is Group.none else "GROUP BY 1"
    return f"{head} SELECT {key_of(source, found, group)} AS of, {columns} FROM {found.from_} WHERE {found.where} {by}"  # noqa: S608


async def row_count(session: ReadSession, asked: Asked, name: str) -> int:
    """How many rows a set has; one that sums something of them has a figure of its own beside that."""
    if name not in SUMMED:
        return (await counts(session, asked, names=[name])).get(WHOLE, {}).get(name, 0)
    source = SOURCES[name.partition(".")[0]]
    found = rows(source, asked)
    head = f"WITH {found.with_}" if found.with_ else ""
    statement = f"{head} SELECT count(*) FROM {found.from_} WHERE {found.where} AND {SETS[name]}"  # noqa: S608
    await plan_for_values(session)
    return int((await session.execute(text(statement), asked.values())).scalar_one())
