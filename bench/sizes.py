"""How large the generated city is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Numbers of things.

    ``audited`` of the ``closed`` tickets, the latest ones, have their whole history (entries, words, operations); the
    older ones have the rows that lists and figures read. ``days`` of the demo with so many ``reports`` each are lived through by the real services
    to get the histories that are multiplied. ``seconds`` is how long each load line runs, ``photos`` how many reports
    it can file at most.
    """

    name: str
    grids: int
    buildings: int
    people: int
    closed: int
    open: int
    audited: int
    days: int
    reports: int
    conditions: int
    due: int
    seconds: int
    photos: int
    imported_buildings: int
    imported_tickets: int


SIZES = {
    size.name: size
    for size in (
        Size(
            name="tiny",
            grids=60,
            buildings=600,
            people=160,
            closed=1_000,
            open=200,
            audited=400,
            days=2,
            reports=14,
            conditions=60,
            due=20,
            seconds=1,
            photos=400,
            imported_buildings=600,
            imported_tickets=300,
        ),
        Size(
            name="small",
            grids=90,
            buildings=5_000,
            people=200,
            closed=20_000,
            open=1_000,
            audited=2_000,
            days=7,
            reports=25,
            conditions=300,
            due=100,
            seconds=5,
            photos=10_000,
            imported_buildings=5_000,
            imported_tickets=2_400,
        ),
        Size(
            name="city",
            grids=3_461,
            buildings=250_000,
            people=5_000,
            closed=1_000_000,
            open=50_000,
            audited=100_000,
            days=14,
            reports=100,
            conditions=500,
            due=1_000,
            seconds=20,
            photos=40_000,
            imported_buildings=250_000,
            imported_tickets=120_000,
        ),
    )
}
