"""Text search of two Chinese characters among all tickets, closed ones too."""

from __future__ import annotations

import random
from statistics import median

from bench.city.ground import NAMES
from bench.explaining import asked, database_ms, percentile, plan_of
from bench.installation import RUN, Installation, connect
from bench.report import Line
from gridward.persistence.database import make_engine
from gridward.persistence.tickets import lists
from gridward.persistence.tickets.asking import Reach, Wanted
from gridward.persistence.tickets.search import search_query

LIMIT_MS = 50.0
TIMES = 120
COMMON = ("垃圾", "路灯", "花园", "市场", "号旁", "对面", "堆放", "味道", "昨天", "学校", "其他", "井盖")


async def measure(installation: Installation) -> list[Line]:
    rng = random.Random(installation.seed)
    connection = await connect(installation, RUN)
    jurisdiction_id = await connection.fetchval("SELECT jurisdiction_id FROM jurisdiction")
    person_id = await connection.fetchval("SELECT person_id FROM role_grant WHERE role = 'dispatcher' LIMIT 1")
    await connection.close()
    engine = make_engine(installation.owner(RUN), role="gridward_app", pool_size=1)
    reach = Reach(jurisdiction_id=jurisdiction_id, person_id=person_id, everything=True)
    lines = []
    for of, any_status in (("all tickets", True), ("open tickets", False)):
        rare = ["".join(rng.sample(NAMES, 2)) for _ in range(TIMES - 3 * len(COMMON))]
        words = [*rare, *COMMON * 3]
        took: dict[str, float] = {}
        plans, rows = {}, {}
        for word in words:
            wanted = Wanted(any_status=any_status, query=search_query(word, public_only=False), limit=100)
            statements, answer = await asked(
                engine, lambda session, wanted=wanted: lists.tickets(session, reach, wanted)
            )
            took[word] = max(took.get(word, 0.0), await database_ms(engine, statements))
            rows[word] = len(answer)
            if word in (rare[0], COMMON[0]):
                plans[f"{of.partition(' ')[0]}-{'rare' if word == rare[0] else 'common'}"] = await plan_of(
                    engine, statements[-1]
                )
        values = [took[word] for word in words]
        p95 = percentile(values, 95)
        slowest = sorted(took, key=lambda word: -took[word])[:5]
        lines.append(
            Line(
                key="search",
                what=f"two Chinese characters in {of}, database time",
                measured=f"p50 {median(values):.1f} ms, p95 {p95:.1f} ms, longest {max(values):.1f} ms of {len(values)}",
                target=f"p95 ≤ {LIMIT_MS:.0f} ms",
                held=p95 <= LIMIT_MS,
                details={"slowest": {word: f"{took[word]:.1f} ms, {rows[word]} rows" for word in slowest}},
                plans=plans,
            )
        )
    await engine.dispose()
    return lines
