"""A million tickets: the patterns of ``histories`` filled with other ids, other weeks and other places."""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import random
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

import asyncpg

from bench.city.ground import NAMES, Ground
from bench.city.histories import DERIVED, HISTORY, ROWS, ZONE, Pattern, columns_of, odd_days, quiet_weeks, read_patterns
from bench.city.people import People
from bench.copying import copy_bytes
from bench.sizes import Size
from gridward.domain.sla.clocks import clock_id
from gridward.persistence.tickets.search import search_vector

CHUNK = 4_000
WEEKS = 156
GAP_WEEKS = 4
"""Between the tickets with a whole history and the older ones, so that a period can be asked for that has only these."""
PLACE_WORDS = 4_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ticket may lie, and who answers there; ids as text."""

    lon: float
    lat: float
    in_estate: bool
    ids: dict[str, str]


@dataclass(frozen=True, slots=True)
class Wish:
    """One ticket to be made: a pattern by its place in the list, so many weeks before its own time."""

    pattern: int
    weeks: int
    place: int
    number: int
    short_no: int
    words: int
    whole: bool


PATTERNS: list[Pattern] = []
PLACES: list[Place] = []
WORDS: list[str] = []
"""Set before the processes that fill the patterns are forked."""


def places_of(ground: Ground, people: People, rng: random.Random) -> list[Place]:
    volunteers = [str(one.person_id) for one in people.volunteers]
    found = []
    for building in ground.buildings:
        grid = building.grid
        ids = {
            "grid": str(grid.grid_id),
            "community": str(grid.community.area_id),
            "building": str(building.building_id),
            "work": str(grid.work_unit_id),
            "estate": str(grid.estate_unit_id or grid.work_unit_id),
            "street": str(grid.street.unit_id),
            "steward": str(people.steward_of[grid.grid_id]),
            "volunteer": rng.choice(volunteers),
        }
        found.append(Place(building.lon, building.lat, building.in_estate, ids))
    return found


def words_of(rng: random.Random) -> list[str]:
    def one() -> str:
        name = "".join(rng.sample(NAMES, 2))
        return rng.choice(
            (f"{name}路{rng.randint(1, 200)}号旁", f"{name}花园{rng.randint(1, 30)}栋对面", f"{name}市场附近")
        )

    return [one() for _ in range(PLACE_WORDS)]


@lru_cache(maxsize=200_000)
def vector(words: str, category: str, note: str) -> str:
    return search_vector((words, category, None), (note,)).replace("\\", "\\\\")


@lru_cache(maxsize=4_096)
def moved(pattern: int, weeks: int) -> tuple[tuple[int, str], ...]:
    """The instants of a pattern so many weeks earlier: slot and text."""
    back = timedelta(weeks=weeks)
    return tuple(
        (slot, (at - back).isoformat(timespec="microseconds" if fine else "seconds"))
        for at, fine, slot in PATTERNS[pattern].instants.values()
    )


def fill(wishes: Sequence[Wish], seed: str) -> dict[str, bytes]:
    """The rows of some tickets by table, in COPY's text form."""
    rng = random.Random(seed)
    out: dict[str, list[str]] = {}
    for wish in wishes:
        pattern, place = PATTERNS[wish.pattern], PLACES[wish.place]
        received = pattern.received_at - timedelta(weeks=wish.weeks)
        ids = {old: (slot, _later_id(rng, received)) for old, slot in pattern.own.items()}
        values = [""] * pattern.size
        values[0:6] = (
            str(wish.number),
            received.astimezone(ZONE).date().isoformat(),
            str(wish.short_no),
            WORDS[wish.words],
            vector(WORDS[wish.words], pattern.category_name, pattern.note),
            _point(place.lon + rng.uniform(-1e-4, 1e-4), place.lat + rng.uniform(-1e-4, 1e-4)),
        )
        for slot, made in ids.values():
            values[slot] = made
        for old, (role, slot) in pattern.roles.items():
            values[slot] = place.ids.get(role, old)
        for slot, text in moved(wish.pattern, wish.weeks):
            values[slot] = text
        ticket_id = ids[pattern.ticket_id][1]
        for table in (*ROWS, *HISTORY) if wish.whole else ROWS:
            rows = out.setdefault(table, [])
            for line in pattern.lines.get(table, ()):
                text = line.text % tuple([values[slot] for slot in line.slots])
                if table == "clock":
                    text = text.replace(DERIVED, str(clock_id(UUID(ticket_id), line.derived or "")))
                elif table == "entry":
                    said = (line.derived or "") % tuple([values[slot] for slot in line.derived_slots])
                    text = text.replace(DERIVED, hashlib.sha256(said.encode()).hexdigest())
                rows.append(text)
    return {table: ("\n".join(rows) + "\n").encode() for table, rows in out.items() if rows}


def _later_id(rng: random.Random, at: datetime) -> str:
    """An id that begins with its time, as phones and the server make them."""
    text = f"{int(at.timestamp() * 1000):012x}7{rng.getrandbits(12):03x}8{rng.getrandbits(60):015x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _point(lon: float, lat: float) -> str:
    return "0101000020E6100000" + struct.pack("<dd", lon, lat).hex().upper()


def wish(size: Size, odd: frozenset[date], rng: random.Random, first_number: int) -> Iterator[Wish]:
    """Closed tickets of three years, oldest first, then the open ones of the last days."""
    inside = [at for at, one in enumerate(PLACES) if one.in_estate]
    outside = [at for at, one in enumerate(PLACES) if not one.in_estate]
    whole_weeks = max(1, round((WEEKS - GAP_WEEKS) * size.audited / size.closed))
    weeks = [*range(1, whole_weeks + 1), *range(whole_weeks + 1 + GAP_WEEKS, WEEKS + 1)]
    closed: dict[int, list[int]] = {}
    for at, pattern in enumerate(PATTERNS):
        for back in () if pattern.is_open else quiet_weeks(pattern, odd, weeks):
            closed.setdefault(back, []).append(at)
    older = [back for back in closed if back > whole_weeks]
    plan = [
        *_spread(rng, closed, older, size.closed - size.audited),
        *_spread(rng, closed, [back for back in closed if back <= whole_weeks], size.audited),
    ]
    live = [at for at, pattern in enumerate(PATTERNS) if pattern.is_open and quiet_weeks(pattern, odd, (0,))]
    plan += [(0, rng.choice(live)) for _ in range(size.open)]
    used: Counter[tuple[str, str]] = Counter()
    for number, (back, at) in enumerate(plan, first_number):
        place = rng.choice(inside if PATTERNS[at].in_estate and inside else outside)
        day = (PATTERNS[at].received_at - timedelta(weeks=back)).astimezone(ZONE).date().isoformat()
        key = (PLACES[place].ids["community"], day)
        used[key] += 1
        yield Wish(at, back, place, number, used[key], rng.randrange(len(WORDS)), back <= whole_weeks)


def _spread(
    rng: random.Random, closed: dict[int, list[int]], weeks: Sequence[int], wanted: int
) -> list[tuple[int, int]]:
    """So many tickets over these weeks, the oldest week first, in the order in which they came."""
    drawn = Counter(rng.choices(weeks, [len(closed[back]) for back in weeks], k=wanted)) if weeks else Counter[int]()
    return [
        (back, at) for back in sorted(drawn, reverse=True) for at in sorted(rng.choices(closed[back], k=drawn[back]))
    ]


async def fill_past(
    superuser: str, ground: Ground, people: People, size: Size, seed: int, told: str
) -> dict[str, str | int]:
    """Load everything. Answers what the audit line must know: the period whose tickets have a whole history."""
    rng = random.Random(f"past-{seed}")
    connection = await asyncpg.connect(superuser)
    PATTERNS[:] = await read_patterns(connection)
    PLACES[:] = places_of(ground, people, rng)
    WORDS[:] = words_of(rng)
    odd = await odd_days(connection)
    first = 1 + await connection.fetchval("SELECT coalesce(max(number), 0) FROM ticket")
    plan = list(wish(size, odd, rng, first))
    tables = (*ROWS, *HISTORY)
    indexes = await _without_indexes(connection, tables)
    columns = {table: await columns_of(connection, table) for table in tables}
    lanes = {table: await asyncpg.connect(superuser) for table in tables}
    for lane in lanes.values():
        # Rows are consistent by how they are made: no trigger, no foreign key needs to look at each.
        await lane.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        parts = [plan[at : at + CHUNK] for at in range(0, len(plan), CHUNK)]
        ahead = [loop.run_in_executor(pool, fill, part, f"{seed}-{n}") for n, part in enumerate(parts[:3])]
        for number in range(len(parts)):
            made = await ahead.pop(0)
            if number + 3 < len(parts):
                ahead.append(loop.run_in_executor(pool, fill, parts[number + 3], f"{seed}-{number + 3}"))
            await asyncio.gather(
                *(copy_bytes(lanes[table], table, columns[table], rows) for table, rows in made.items())
            )
            if number % 25 == 0:
                print(f"{told} {number * CHUNK:,} of {len(plan):,} tickets", flush=True)
    for lane in lanes.values():
        await lane.close()
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for statement in indexes:
        await connection.execute(statement)
    await connection.execute(
        "SELECT setval(pg_get_serial_sequence('ticket', 'number'), (SELECT max(number) FROM ticket))"
    )
    whole = max((one.weeks for one in plan if one.whole), default=0)
    newest = max(pattern.received_at for pattern in PATTERNS)
    oldest = min(pattern.received_at for pattern in PATTERNS)
    await connection.close()
    return {
        "patterns": len(PATTERNS),
        "audit_from": (oldest - timedelta(weeks=whole)).astimezone(ZONE).date().isoformat(),
        "audit_to": (newest + timedelta(days=1)).astimezone(ZONE).date().isoformat(),
    }


async def _without_indexes(connection: asyncpg.Connection, tables: Sequence[str]) -> list[str]:
    """Drop the indexes that no constraint owns; answers how to make them again."""
    rows = await connection.fetch(
        """
        SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
        FROM pg_index i
        WHERE i.indrelid = ANY($1::regclass[])
          AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
        """,
        list(tables),
    )
    for row in rows:
        await connection.execute(f"DROP INDEX {row['name']}")
    return [row["definition"] for row in rows]
