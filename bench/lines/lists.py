"""The hundred newest open tickets of a map view, against the bare rows of the same view."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from uuid import UUID

from bench.city.settling import cookie
from bench.clients import CLIENTS, load, request
from bench.installation import RUN, Installation, connect
from bench.report import Line
from bench.spending import by_place, by_statement, each, forget_statements, processor_seconds
from bench.statements import Script, pgbench

PORT = 18_318
PROCESSES = 2
SHARE, SPREAD = 0.6, 5.0
BOXES = {"small": 0.02, "middle": 0.2, "city-wide": 1.0}
"""Width and height of the view as a share of the city's."""
VIEWERS = 16
VIEWS = 64
WARMING = 400
"""Requests before anything counts: every connection has been opened and has seen its statements five times."""

COLUMNS = """t.ticket_id, t.jurisdiction_id, t.number, t.number_day, t.short_no, t.status, t.is_open, t.version, t.round,
t.source, t.category_code, t.standard_id, t.condition_id, t.urgent, t.place_note, ST_X(t.location) AS lon,
ST_Y(t.location) AS lat, t.accuracy_m, t.grid_id, t.community_id, t.building_id, t.unit_id, t.worker_id, t.assignment_id,
t.resolution_id, t.received_at, t.captured_at, t.ended_at, t.closing, t.due_at, t.resolve_due_at, t.order_at,
t.next_clock, t.next_due_at, t.near_breach_at, t.breached_at, t.paused, t.verify_way, t.tray_reason, t.conflict,
t.photo_sha256, t.reports_count, t.marks, t.merged_into_id, t.parent_id, g.name AS grid_name, u.name AS unit_name,
u.kind AS unit_kind, c.name AS category_name,
EXISTS (SELECT FROM report r WHERE r.ticket_id = t.ticket_id AND r.reporter_id = '{person}') AS mine"""

BARE = f"""
SELECT {COLUMNS}
FROM ticket t
LEFT JOIN grid g ON g.grid_id = t.grid_id
LEFT JOIN unit u ON u.unit_id = t.unit_id
LEFT JOIN category c ON c.standard_id = t.standard_id AND c.code = t.category_code
WHERE t.jurisdiction_id = '{{jurisdiction}}' AND t.is_open
  AND t.location && ST_MakeEnvelope({{box}}, 4326)
ORDER BY t.received_at DESC, t.ticket_id DESC LIMIT 100;
"""


def views(whole: tuple[float, float, float, float], share: float, rng: random.Random) -> Iterator[tuple[float, ...]]:
    """Boxes of this share somewhere inside the whole."""
    west, south, east, north = whole
    width, height = (east - west) * share, (north - south) * share
    while True:
        left, bottom = rng.uniform(west, east - width), rng.uniform(south, north - height)
        yield left, bottom, left + width, bottom + height


async def measure(installation: Installation) -> list[Line]:
    seconds = installation.size.seconds
    connection = await connect(installation, RUN)
    await connection.execute("UPDATE session SET seen_at = now(), created_at = now()")
    row = await connection.fetchrow(
        "SELECT ST_XMin(e) AS w, ST_YMin(e) AS s, ST_XMax(e) AS e, ST_YMax(e) AS n "
        "FROM (SELECT ST_Extent(boundary) AS e FROM grid_boundary) all_of_it"
    )
    whole = (row["w"], row["s"], row["e"], row["n"])
    person = await connection.fetchval("SELECT person_id FROM role_grant WHERE role = 'dispatcher' LIMIT 1")
    jurisdiction = await connection.fetchval("SELECT jurisdiction_id FROM jurisdiction")
    found = []
    with installation.serving(RUN, processes=PROCESSES, port=PORT) as origin:
        await load(origin, itertools.islice(_requests([whole]), WARMING), seconds=60)
        for name, share in BOXES.items():
            rng = random.Random(f"{installation.seed}-{name}")
            boxes = list(itertools.islice(views(whole, share, rng), VIEWS))
            script = _bare(whole, share, person, jurisdiction)
            bare = pgbench(
                installation,
                RUN,
                [script],
                seconds=seconds,
                clients=CLIENTS,
                plan_cache_mode="force_custom_plan",
            )
            box = ", ".join(f"{one:.6f}" for one in boxes[0])
            plan = await connection.fetch(
                f"EXPLAIN (ANALYZE, BUFFERS) {BARE.format(person=person, jurisdiction=jurisdiction, box=box)}"
            )
            await forget_statements(connection)
            before = processor_seconds(installation)
            outcome = await load(origin, _requests(boxes), seconds=seconds)
            spent = each(before, processor_seconds(installation), outcome.answered)
            in_database, by_what = await by_statement(connection, outcome.answered, shown=4)
            zipped = await load(origin, _requests(boxes, accept="gzip"), seconds=max(1, seconds / 4))
            profile = await by_place(installation, origin, _requests(boxes), max(2, seconds / 4))
            part = outcome.per_second / bare.per_second
            spread = outcome.percentile(99) / max(outcome.percentile(50), 1e-9)
            good = outcome.statuses.get(200, 0) == len(outcome.latencies)
            found.append(
                Line(
                    key=f"list-{name}",
                    what=f"100 newest open tickets of a {name} view, HTTP, {PROCESSES} processes, {CLIENTS} clients",
                    measured=f"{outcome.per_second:.0f}/s = {part:.0%} of bare rows ({bare.per_second:.0f}/s); "
                    f"p99 = {spread:.1f} × p50 ({outcome.words()})",
                    target=f"≥ {SHARE:.0%}, p99 ≤ {SPREAD:.0f} × p50",
                    held=good and part >= SHARE and spread <= SPREAD,
                    details={
                        "bytes of an answer": outcome.bytes // max(len(outcome.latencies), 1),
                        "pgbench p50, p99 (ms)": (bare.p50_ms, bare.p99_ms),
                        "compressed for the client": f"{zipped.per_second:.0f}/s",
                        "processor time per request": spent,
                        "database time per request": f"{in_database:.2f} ms",
                        "by statement": by_what,
                        "API process by place": profile,
                        **({"complaint": outcome.complaint} if outcome.complaint else {}),
                    },
                    plans={"bare": "\n".join(one[0] for one in plan)},
                )
            )
    await connection.close()
    return found


def _bare(whole: tuple[float, float, float, float], share: float, person: UUID, jurisdiction: UUID) -> Script:
    """The same views for pgbench, drawn anew each time: like the API's, its statement must be planned for each."""
    west, south, east, north = (round(one * 1e6) for one in whole)
    width, height = round((east - west) * share), round((north - south) * share)
    box = f":w / 1e6::float8, :s / 1e6::float8, (:w + {width}) / 1e6::float8, (:s + {height}) / 1e6::float8"
    return Script(
        f"\\set w random({west}, {east - width})\n\\set s random({south}, {north - height})\n"
        + BARE.format(person=person, jurisdiction=jurisdiction, box=box),
        1,
    )


def _requests(boxes: list[tuple[float, ...]], accept: str = "identity") -> Iterator[bytes]:
    for number in itertools.count():
        box = ",".join(f"{one:.6f}" for one in boxes[number % len(boxes)])
        yield request(
            "GET", f"/api/v1/tickets?bbox={box}&limit=100", cookie=cookie(-1 - number % VIEWERS), accept=accept
        )
