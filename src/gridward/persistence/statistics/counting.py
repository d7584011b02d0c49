"""Sets counted: one pass over each source for a period, whatever is told apart."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import text

from gridward.domain.statistics import indices
from gridward.persistence.database import ReadSession, WriteSession, plan_for_values
from gridward.persistence.statistics.asking import BY_TIME, Asked, Group, key_of, rows
from gridward.persistence.statistics.sets import SETS, SOURCES, SUMMED

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
    found: dict[str, dict[str, int]] = {}
    for source in dict.fromkeys(name.partition(".")[0] for name in wanted):
        own = tuple(name for name in wanted if name.partition(".")[0] == source)
        if source in OF_ONE_INSTANT and group in BY_TIME:
            continue
        for row in await session.execute(text(_statement(own, asked, group)), asked.values()):
            of = found.setdefault(row.of or WHOLE, dict.fromkeys(wanted, 0))
            for place, name in enumerate(own):
                of[name] += row[place + 1]
    return found


def _statement(own: tuple[str, ...], asked: Asked, group: Group) -> str:
    source = SOURCES[own[0].partition(".")[0]]
    found = rows(source, asked, group)
    columns = ", ".join(f'{_counted(name)} AS "{name}"' for name in own)
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


def _counted(name: str) -> str:
    if name in SUMMED:
        return f"coalesce(sum({SUMMED[name]}) FILTER (WHERE {SETS[name]}), 0)::bigint"
    return f"count(*) FILTER (WHERE {SETS[name]})"
