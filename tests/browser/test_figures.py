"""The demo community's figures, held against SQL that was written for nothing else and shares no code with them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from browser.stage.server import Installation
from counted_by_hand import by_hand, by_hand_of_units
from gridward.domain.statistics.indices import INDICES, sets_of
from gridward.persistence.database import make_engine, read_transaction
from gridward.persistence.statistics.asking import Asked, Group
from gridward.persistence.statistics.counting import WHOLE, counts

NOT_BY_HAND = {"shelved", "solved_in_grid", "past"}
"""Indices of which SQL by hand knows neither part: who stands on the shelf, who are volunteers, what was imported."""


async def test_every_figure_of_the_demo_is_what_other_sql_counts_now_and_at_each_earlier_end(
    demo: Installation,
) -> None:
    """Whole and by unit: at the end of its days, and as it stood at earlier ends, when much of it was still under way."""
    engine = make_engine(demo.cluster.url(demo.database), role="gridward_app", pool_size=1)
    try:
        async with read_transaction(engine) as session:
            (jurisdiction_id,) = (await session.execute(text("SELECT jurisdiction_id FROM jurisdiction"))).scalars()
            first, last = (
                await session.execute(
                    text("SELECT min(recorded_at), max(recorded_at) FROM entry WHERE verb = 'report.filed'")
                )
            ).one()
            since = first - timedelta(hours=1)
            for quarter in (1, 2, 3, 4):
                end = since + (last + timedelta(hours=1) - since) * quarter / 4
                asked = Asked(
                    jurisdiction_id=jurisdiction_id, since=since, until=end, at=end, time_zone="Asia/Shanghai"
                )
                whole = (await counts(session, asked))[WHOLE]
                wanted = await by_hand(session, jurisdiction_id, since, end, end)
                assert {name: whole[name] for name in wanted if name in whole} == {
                    name: n for name, n in wanted.items() if name in whole
                }
                of_units = await counts(session, asked, Group.unit)
                by_units = await by_hand_of_units(session, jurisdiction_id, since, end, end)
                for unit, of in by_units.items():
                    ours = of_units.get(unit, {})
                    assert {name: ours.get(name, 0) for name in of} == of, (unit, end)
    finally:
        await engine.dispose()
    assert whole["ticket.closed"] > 20, "the demo has work in it"
    assert len(by_units) > 3
    known = {*wanted, "ticket.accepted"}
    for index in INDICES:
        if index.code not in NOT_BY_HAND:
            base = {name for name in sets_of([index]) if name in (index.above, index.below) and whole[name]}
            assert base <= known, index.code
