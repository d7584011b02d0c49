"""Filing one report with its photo already there, through HTTP, against the bare statements of the same transaction."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bench.city.settling import cookie
from bench.clients import CLIENTS, Outcome, load, request
from bench.installation import RUN, Installation, connect
from bench.report import Line
from bench.spending import by_place, by_statement, each, forget_statements, processor_seconds
from bench.statements import Bare, Script, as_scripts, logged, pgbench
from gridward.persistence.entries import new_id

PROCESSES = 2
PORT = 18_317
REPORTERS = 64
CAPTURED = 12
SHARE, LEAST, SPREAD = 0.12, 100.0, 6.0
KINDS = {
    "litter_full": 22,
    "litter_ground": 24,
    "dumping": 12,
    "lamp": 8,
    "parking": 12,
    "part001": 8,
    "part007": 8,
    "part011": 8,
}

PHOTOS = """
INSERT INTO photo (photo_id, jurisdiction_id, uploader_id, sha256, size, file_kind, stored_sha256, stored_size,
                   thumb_sha256, thumb_size, width, height, claim, received_at)
SELECT gen_random_uuid(), p.jurisdiction_id, p.person_id, d.digest, 280000, 'jpeg', d.digest, 250000, d.digest, 12000,
       1600, 1200, '{}', now()
FROM generate_series(0, $1::int - 1) n
JOIN (SELECT s.token_hash, p.* FROM session s JOIN person p USING (person_id)) p
  ON p.token_hash = sha256(convert_to('bench-cookie-' || (n % $2::int), 'UTF8'))
CROSS JOIN LATERAL (SELECT encode(sha256(convert_to($3 || '-photo-' || n, 'UTF8')), 'hex') AS digest) d
RETURNING sha256
"""
PLACES = """
SELECT ST_X(location) AS lon, ST_Y(location) AS lat FROM building
WHERE grid_id IN (SELECT grid_id FROM grid g JOIN person p ON p.community_id = g.community_id
                  JOIN session s USING (person_id) WHERE s.token_hash = sha256(convert_to($1, 'UTF8')))
ORDER BY building_id LIMIT 400
"""


async def prepare(installation: Installation, line: str) -> Iterator[bytes]:
    """Photos that lie there already, other ones for each line; sessions that are fresh; the requests, each report once."""
    connection = await connect(installation, RUN)
    await connection.execute("UPDATE session SET seen_at = now(), created_at = now()")
    rows = await connection.fetch(PHOTOS, installation.size.photos, REPORTERS, line)
    await connection.execute("ANALYZE photo")
    places = [
        [(row["lon"], row["lat"]) for row in await connection.fetch(PLACES, cookie(number))]
        for number in range(REPORTERS)
    ]
    await connection.close()
    photos = {row["sha256"] for row in rows}
    return _requests(line, installation.size.photos, photos, places, random.Random(installation.seed))


def _requests(
    line: str, count: int, photos: set[str], places: list[list[tuple[float, float]]], rng: random.Random
) -> Iterator[bytes]:
    for number in range(count):
        sha256 = hashlib.sha256(f"{line}-photo-{number}".encode()).hexdigest()
        assert sha256 in photos
        lon, lat = rng.choice(places[number % REPORTERS])
        yield _request(number % REPORTERS, lon + rng.uniform(-5e-5, 5e-5), lat + rng.uniform(-5e-5, 5e-5), sha256, rng)


def _request(reporter: int, lon: float, lat: float, sha256: str, rng: random.Random) -> bytes:
    now = datetime.now(UTC).isoformat()
    report_id = new_id()
    body: dict[str, Any] = {
        "schema": 1,
        "digest": report_id.hex,
        "clock": {"captured_at": now, "tz": "Asia/Shanghai", "offset_ms": 0, "offset_at": now},
        "body": {
            "category": rng.choices(list(KINDS), list(KINDS.values()))[0],
            "location": {"lon": lon, "lat": lat, "accuracy_m": 8, "age_s": 2, "source": "gps"},
            "place_note": "永丰路12号旁",
            "note": "味道很大，昨天就有了",
            "photos": [{"sha256": sha256, "kind": "close", "exif": {"taken_at": now, "lon": lon, "lat": lat}}],
        },
    }
    return request("PUT", f"/api/v1/reports/{report_id}", cookie=cookie(reporter), body=json.dumps(body).encode())


async def measure(installation: Installation) -> list[Line]:
    size = installation.size
    requests = await prepare(installation, "filing")
    scripts = await _capture(installation, requests)
    connection = await connect(installation, RUN)
    bare = pgbench(installation, RUN, scripts, seconds=size.seconds, clients=CLIENTS)
    with installation.serving(RUN, processes=PROCESSES, port=PORT) as origin:
        await load(origin, itertools.islice(requests, size.photos // 40), seconds=60)
        await forget_statements(connection)
        before = processor_seconds(installation)
        outcome = await load(origin, requests, seconds=size.seconds)
        spent = each(before, processor_seconds(installation), outcome.answered)
        in_database, statements = await by_statement(connection, outcome.answered)
        profile = await by_place(installation, origin, requests, max(2, size.seconds / 2))
    await connection.close()
    details = {
        "processor time per filing": spent,
        "database time per filing": f"{in_database:.2f} ms",
        "by statement": statements,
        "API process by place": profile,
    }
    return [_line(outcome, bare, scripts, details)]


def _line(outcome: Outcome, bare: Bare, scripts: list[Script], details: dict[str, object]) -> Line:
    share = outcome.per_second / bare.per_second
    spread = outcome.percentile(99) / max(outcome.percentile(50), 1e-9)
    good = outcome.statuses.get(201, 0) == len(outcome.latencies)
    return Line(
        key="filing",
        what="one report with its photo there, HTTP, durable, 2 processes, 16 clients",
        measured=f"{outcome.per_second:.0f}/s = {share:.1%} of pgbench ({bare.per_second:.0f}/s); "
        f"p99 = {spread:.1f} × p50 ({outcome.words()})",
        target=f"≥ {SHARE:.0%}, ≥ {LEAST:.0f}/s, p99 ≤ {SPREAD:.0f} × p50",
        held=good and share >= SHARE and outcome.per_second >= LEAST and spread <= SPREAD,
        details={
            "statements of a transaction": " / ".join(str(script.statements) for script in scripts),
            "pgbench p50, p99 (ms)": (bare.p50_ms, bare.p99_ms),
            **details,
            **({"complaint": outcome.complaint} if outcome.complaint else {}),
        },
        plans={"transaction": scripts[0].text},
    )


async def _capture(installation: Installation, requests: Iterator[bytes]) -> list[Script]:
    """Some filings at different places, for pgbench."""
    with installation.serving(RUN, processes=1, port=PORT) as origin:
        await load(origin, itertools.islice(requests, 4), seconds=60, clients=1)
    since = int(time.time() * 1000)
    with logged(installation, RUN) as transactions, installation.serving(RUN, processes=1, port=PORT) as origin:
        await load(origin, itertools.islice(requests, CAPTURED), seconds=60, clients=1)
    connection = await connect(installation, RUN)
    written = [one for one in transactions if any("INTO report" in each.sql for each in one)]
    if not written:
        raise RuntimeError("no filing was found in the server's log")
    scripts = await as_scripts(connection, written, since)
    await connection.close()
    return scripts
