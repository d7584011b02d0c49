"""Figures over HTTP: every index with its n, told apart by unit, place, kind or time, and how long things took."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from gridward.domain.accounts import Subject, require
from gridward.domain.errors import NotFound
from gridward.domain.standards import Weights
from gridward.domain.statistics.figures import Figure, Standing, figure, most_improved, score, score_parts, worst
from gridward.domain.statistics.indices import BY_CODE, FEW, INDICES, Better, Index
from gridward.persistence.standards.queries import current_standard
from gridward.persistence.statistics import counting, naming
from gridward.persistence.statistics.asking import Asked, Group
from gridward.persistence.statistics.counting import WHOLE
from gridward.persistence.statistics.sets import EDGES_S
from gridward.persistence.statistics.spreads import spreads
from gridward.persistence.territory.figures import Territory
from gridward.web.deps import CurrentActor
from gridward.web.statistics.question import Question, question

router = APIRouter(tags=["figures"])

Asks = Annotated[Question, Depends(question("figures:read"))]
Code = Annotated[str, Query(pattern=f"^({'|'.join(BY_CODE)})$", description="An index")]
RANKED = 10


class TextOut(BaseModel):
    zh: str
    en: str


class IndexOut(BaseModel):
    """An index: ``above`` ÷ ``below`` (null: a plain count), both sets that open; ``apart``: sets shown beside it."""

    code: str
    name: TextOut
    note: TextOut
    above: str
    below: str | None
    apart: list[str]
    better: Better


class IndicesOut(BaseModel):
    """``few``: below so many a share has no colour and no rank."""

    few: int
    indices: list[IndexOut]


class FigureOut(BaseModel):
    """``share`` is null without a base. ``few``: too few for a colour or a rank."""

    code: str
    above: int
    below: int | None
    share: float | None
    few: bool
    apart: dict[str, int]


class WeightsOut(BaseModel):
    """Points of each part of the score at most, and what an order of supervision and an unanswered one cost."""

    model_config = ConfigDict(from_attributes=True)

    closed_in_time: float
    closed: float
    not_reworked: float
    orders: float
    per_order: float
    per_unanswered: float


class PartOut(BaseModel):
    """A part of the score by the code of its index. ``points`` null: it has no base."""

    code: str
    most: float
    points: float | None


class FiguresOut(BaseModel):
    """``judged``: the end of the period or as_of, whichever is earlier. ``complete`` false: tickets wait to be rebuilt.

    ``score`` is null where one of its parts has no base; its ``weights`` are those of the standard that held. ``counts``: sets that a page shows beside the indices.
    """

    since: datetime
    until: datetime
    judged: datetime
    as_of: datetime
    territory: Territory
    complete: bool
    score: float | None
    score_parts: list[PartOut]
    weights: WeightsOut
    figures: list[FigureOut]
    counts: dict[str, int]


class GroupOut(BaseModel):
    """``key`` empty: what belongs to none. ``score`` only where it was asked for."""

    key: str
    name: str | None
    figure: FigureOut


class GroupsOut(BaseModel):
    judged: datetime
    as_of: datetime
    group: Group
    groups: list[GroupOut]


class StandingOut(BaseModel):
    """``change``: better is positive, in points of the share."""

    key: str
    name: str | None
    figure: FigureOut
    before: FigureOut
    change: float | None


class StandingsOut(BaseModel):
    """Those with ``few`` or more only; ``before`` is the period of the same length before this one."""

    judged: datetime
    as_of: datetime
    worst: list[StandingOut]
    improved: list[StandingOut]


class SpreadOut(BaseModel):
    """``counts[i]`` took less than ``edges_s[i]`` and not less than the edge before; the last: longer. ``whole``,
    ``steps``: the sets that ``n`` and each of the counts open."""

    kind: str
    n: int
    whole: str
    counts: list[int]
    steps: list[str]
    half_s: float | None
    nine_tenths_s: float | None


class SpreadsOut(BaseModel):
    """Seconds by the wall clock, nights and pauses included."""

    as_of: datetime
    edges_s: list[int]
    spreads: list[SpreadOut]


def _of_index(one: Index) -> IndexOut:
    return IndexOut(
        code=one.code,
        name=TextOut(zh=one.name.zh, en=one.name.en),
        note=TextOut(zh=one.note.zh, en=one.note.en),
        above=one.above,
        below=one.below,
        apart=list(one.apart),
        better=one.better,
    )


def _of_figure(one: Figure, counts: dict[str, int]) -> FigureOut:
    return FigureOut(
        code=one.index.code,
        above=one.above,
        below=one.below,
        share=None if one.share is None else float(one.share),
        few=one.few,
        apart={name: counts.get(name, 0) for name in one.index.apart},
    )


@router.get("/figures/indices")
async def definitions(who: CurrentActor) -> IndicesOut:
    """What each index counts, over what, and what stands apart: the words under every figure."""
    require(who, "category:read", Subject(jurisdiction_id=who.jurisdiction_id))
    return IndicesOut(few=FEW, indices=[_of_index(one) for one in INDICES])


@router.get("/figures")
async def whole(asks: Asks) -> FiguresOut:
    """Every index of a period. 422 ``period_unreadable``."""
    asked = asks.asked
    counts = (await counting.counts(asks.session, asked))[WHOLE]
    weights = await _weights(asks)
    points = score(counts, weights)
    return FiguresOut(
        since=asked.since,
        until=asked.until,
        judged=asked.judged,
        as_of=asked.at,
        territory=asked.territory,
        complete=await counting.complete(asks.session, asked.jurisdiction_id),
        score=None if points is None else float(points),
        score_parts=[
            PartOut(code=one.code, most=float(one.most), points=None if one.points is None else float(one.points))
            for one in score_parts(counts, weights)
        ],
        weights=WeightsOut.model_validate(weights),
        figures=[_of_figure(figure(index, counts), counts) for index in INDICES],
        counts=counts,
    )


async def _weights(asks: Question) -> Weights:
    """Those of the general standard that held on the last day that is judged."""
    day = (asks.asked.judged - timedelta(microseconds=1)).astimezone(asks.zone).date()
    try:
        return (await current_standard(asks.session, asks.asked.jurisdiction_id, day)).terms.score
    except NotFound:
        return Weights()


async def _by(asks: Question, asked: Asked, group: Group, index: Index) -> dict[str, dict[str, int]]:
    names = [index.above, *([index.below] if index.below else []), *index.apart]
    return await counting.counts(asks.session, asked, group, names)


@router.get("/figures/groups")
async def groups(asks: Asks, group: Group, index: Code) -> GroupsOut:
    """One index by unit, community, grid, kind, day, week or month."""
    one = BY_CODE[index]
    found = await _by(asks, asks.asked, group, one)
    named = await naming.names(asks.session, asks.asked.jurisdiction_id, group, found)
    return GroupsOut(
        judged=asks.asked.judged,
        as_of=asks.asked.at,
        group=group,
        groups=[
            GroupOut(key=key, name=named.get(key), figure=_of_figure(figure(one, counts), counts))
            for key, counts in sorted(found.items())
        ],
    )


@router.get("/figures/standings")
async def standings(asks: Asks, group: Group, index: Code) -> StandingsOut:
    """The worst of a group and those that improved most, against the period before."""
    one, asked = BY_CODE[index], asks.asked
    earlier = replace(asked, since=asked.since - (asked.until - asked.since), until=asked.since)
    now, then = await _by(asks, asked, group, one), await _by(asks, earlier, group, one)
    listed = [
        Standing(group=key, figure=figure(one, counts), before=figure(one, then.get(key, {})))
        for key, counts in now.items()
        if key
    ]
    bad, better = worst(listed, RANKED), most_improved(listed, RANKED)
    named = await naming.names(
        asks.session, asked.jurisdiction_id, group, {standing.group for standing in (*bad, *better)}
    )

    def shown(standing: Standing) -> StandingOut:
        return StandingOut(
            key=standing.group,
            name=named.get(standing.group),
            figure=_of_figure(standing.figure, now[standing.group]),
            before=_of_figure(standing.before, then.get(standing.group, {})),
            change=None if standing.change is None else float(standing.change),
        )

    return StandingsOut(
        judged=asked.judged,
        as_of=asked.at,
        worst=[shown(standing) for standing in bad],
        improved=[shown(standing) for standing in better],
    )


@router.get("/figures/spreads")
async def times(asks: Asks) -> SpreadsOut:
    """How long acknowledging, arriving, resolving, verifying and the whole took."""
    found = await spreads(asks.session, asks.asked)
    return SpreadsOut(
        as_of=asks.asked.at,
        edges_s=list(EDGES_S),
        spreads=[SpreadOut.model_validate(one, from_attributes=True) for one in found],
    )
