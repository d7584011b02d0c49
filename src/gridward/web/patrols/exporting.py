"""巡查日志: the patrol log of a period as a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from gridward.domain.patrols.rules import PatrolMark
from gridward.gateways.sheets import MEDIA, SHEETS, Format, Record
from gridward.persistence.patrols import walks as stored
from gridward.services.patrols.seeing import reach
from gridward.web.deps import CurrentActor, Now, Read
from gridward.web.patrols.seeing import First, Last, days

router = APIRouter(tags=["patrols"])

MOST = 20_000
Language = Literal["zh", "en"]
COLUMNS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "started_at": "开始时间",
        "ended_at": "结束时间",
        "walker": "巡查人",
        "plan": "巡查计划",
        "turn": "应巡班次开始",
        "minutes": "有定位的分钟数",
        "length_m": "走过的路（米）",
        "gap_minutes": "没有定位的分钟数",
        "checked": "到点数",
        "reports": "途中上报数",
        "marks": "说明",
    },
    "en": {
        "started_at": "Started",
        "ended_at": "Ended",
        "walker": "Walker",
        "plan": "Plan",
        "turn": "Turn due from",
        "minutes": "Minutes with positions",
        "length_m": "Metres walked",
        "gap_minutes": "Minutes without positions",
        "checked": "Checkpoints",
        "reports": "Reports on the way",
        "marks": "Remarks",
    },
}
MARKS: Mapping[PatrolMark, str] = {
    PatrolMark.clock_wrong: "手机时间不准，已校正",
    PatrolMark.clock_unknown: "手机时间无法核对",
    PatrolMark.implausible_speed: "有超过步行速度的定位，未计入",
    PatrolMark.two_phones: "两部手机同时记录",
    PatrolMark.no_positions: "没有定位",
    PatrolMark.long_gap: "有一小时以上没有定位",
    PatrolMark.lapsed: "没有点结束，由系统结束",
    PatrolMark.off_plan: "收到开始时，人已不在计划里",
    PatrolMark.late_parts: "部分内容后来才收到，已重新计算",
}


@router.get(
    "/patrols/export",
    response_class=Response,
    responses={200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA.values()}}},
)
async def export(
    session: Read,
    actor: CurrentActor,
    now: Now,
    first: First,
    last: Last,
    form: Annotated[Format, Query(alias="format")] = Format.xlsx,
    lang: Language = "zh",
) -> Response:
    """Every patrol of the period in my area, in the order of their beginning. No position is in the file."""
    area = reach(actor, "patrol:export")
    since, until, zone = await days(session, actor.jurisdiction_id, first, last)
    rows = await stored.listed(
        session, actor.jurisdiction_id, since=since, until=until, community_ids=area.community_ids, limit=MOST + 1
    )
    cut = len(rows) > MOST
    sheet = SHEETS[form](COLUMNS[lang], zone, "巡查日志" if lang == "zh" else "Patrol log")
    records = [log_record(row, lang) for row in reversed(rows[:MOST])]
    about = [
        f"巡查日志 {first:%Y-%m-%d} 至 {last:%Y-%m-%d}" if lang == "zh" else f"Patrol log {first} to {last}",
        f"数据截至 {now.astimezone(zone):%Y-%m-%d %H:%M}"
        if lang == "zh"
        else f"As of {now.astimezone(zone):%Y-%m-%d %H:%M}",
        "没有定位的时间不推算路线" if lang == "zh" else "No way is assumed for time without positions",
    ]
    if cut:
        about.append(
            f"未完：只有 {MOST} 行，请缩短期间" if lang == "zh" else f"Cut at {MOST} rows: ask for a shorter period"
        )
    content = sheet.begin() + sheet.rows(records) + sheet.end(about, cut=cut)
    name = quote(f"{'巡查日志' if lang == 'zh' else 'patrols'}-{first:%Y%m%d}-{last:%Y%m%d}.{form.value}")
    return Response(
        content,
        media_type=MEDIA[form],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"},
    )


def log_record(row: Any, lang: Language) -> Record:
    """A patrol as a line of the log."""
    one = row.PatrolRow
    whole = (one.ended_at - one.started_at) if one.ended_at else None
    walked = timedelta(seconds=one.walked_s) if one.walked_s is not None else None
    marks = [MARKS[PatrolMark(mark)] if lang == "zh" else mark.replace("_", " ") for mark in one.marks]
    return {
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "walker": row.walker,
        "plan": row.plan_name,
        "turn": one.turn_starts_at,
        "minutes": None if walked is None else round(walked / timedelta(minutes=1)),
        "length_m": None if one.length_m is None else round(one.length_m),
        "gap_minutes": None
        if whole is None or walked is None
        else max(0, round((whole - walked) / timedelta(minutes=1))),
        "checked": row.checked,
        "reports": row.reports,
        "marks": "；".join(marks) if lang == "zh" else "; ".join(marks),
    }
