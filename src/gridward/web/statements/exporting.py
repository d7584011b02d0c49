"""A statement as a workbook, a month's figures as a table, in either language; what people wrote and what the standard says
stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Response

from gridward.domain.statements import Decision, Month, SaidWay, Verdict
from gridward.domain.statistics.figures import figure
from gridward.domain.statistics.indices import told_beside
from gridward.gateways.sheets import MEDIA, SHEETS, Format, Record
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.statements.rows import StatementRow
from gridward.web.deps import CurrentActor, Read
from gridward.web.exports import Language
from gridward.web.statements.publishing import MonthOut, month_of
from gridward.web.statements.stating import LineOut, lines_of, statement_for

router = APIRouter(tags=["statements"])

Words = Mapping[Language, Mapping[str, str]]
COLUMNS: Words = {
    "zh": {
        "line": "序号",
        "number": "工单号",
        "category": "类别",
        "kind": "环节",
        "verdict": "结果",
        "limit": "时限",
        "basis": "依据",
        "started_at": "起算",
        "due_at": "截止",
        "stopped_at": "停止",
        "hours": "用时（小时）",
        "pauses": "暂停",
        "extensions": "延期次数",
        "objections": "异议",
        "answers": "答复",
        "explanation": "情况说明",
    },
    "en": {
        "line": "Line",
        "number": "Ticket",
        "category": "Category",
        "kind": "Step",
        "verdict": "Result",
        "limit": "Limit",
        "basis": "Basis",
        "started_at": "Started",
        "due_at": "Due",
        "stopped_at": "Stopped",
        "hours": "Used (hours)",
        "pauses": "Pauses",
        "extensions": "Extensions",
        "objections": "Objections",
        "answers": "Answers",
        "explanation": "Explanation",
    },
}
KINDS: Words = {
    "zh": {"acknowledge": "签收", "respond": "到场", "milestone": "阶段", "resolve": "处置"},
    "en": {"acknowledge": "acknowledge", "respond": "arrive", "milestone": "milestone", "resolve": "resolve"},
}
VERDICTS: Words = {
    "zh": {
        Verdict.in_time: "按时",
        Verdict.late: "超时",
        Verdict.pending: "待定（等核查或审批）",
        Verdict.not_yet: "未到期",
        Verdict.exempt: "不计考核",
        Verdict.reference: "参考时限（不计）",
    },
    "en": {
        Verdict.in_time: "in time",
        Verdict.late: "late",
        Verdict.pending: "undecided (waits for a check or a decision)",
        Verdict.not_yet: "not yet due",
        Verdict.exempt: "exempt",
        Verdict.reference: "reference limit (not counted)",
    },
}
PAUSES: Words = {
    "zh": {
        "defer": "缓办",
        "shelve": "挂账",
        "suspension": "时限中止",
        "reporter": "等上报人",
        "verification": "等核查",
        "away": "不在本单位",
        "merged": "已合并",
    },
    "en": {
        "defer": "deferred",
        "shelve": "shelved",
        "suspension": "limits suspended",
        "reporter": "waiting for the reporter",
        "verification": "waiting for verification",
        "away": "with another unit",
        "merged": "merged",
    },
}
WAYS: Words = {
    "zh": {SaidWay.paper: "书面", SaidWay.telephone: "电话"},
    "en": {SaidWay.paper: "on paper", SaidWay.telephone: "by telephone"},
}
DECISIONS: Words = {
    "zh": {Decision.granted: "成立", Decision.noted: "记录在案，数不变", Decision.refused: "不成立"},
    "en": {Decision.granted: "granted", Decision.noted: "noted, the number stays", Decision.refused: "refused"},
}
APART: Words = {
    "zh": {
        "ticket.desk_steps": "指挥台代办",
        "ticket.link_steps": "单案链接",
        "past.accepted": "导入",
        "past.closed": "已结",
    },
    "en": {
        "ticket.desk_steps": "by the desk",
        "ticket.link_steps": "by one-case link",
        "past.accepted": "imported",
        "past.closed": "closed",
    },
}
"""What stands apart from the figures beside the clocks."""


@router.get("/statements/{statement_id}/file")
async def as_file(statement_id: UUID, session: Read, who: CurrentActor, lang: Language = "zh") -> Response:
    """The statement as an ``.xlsx`` file."""
    row = await statement_for(session, who, statement_id)
    zone = await time_zone_of(session, who.jurisdiction_id)
    month, lines = Month(row.month).name, await lines_of(session, statement_id)
    title = f"对账单 {month}" if lang == "zh" else f"Statement {month}"
    made = f"{row.made_at.astimezone(zone):%Y-%m-%d %H:%M}"
    sheet = SHEETS[Format.xlsx](COLUMNS[lang], zone, title)
    about = (title, f"出具于 {made}" if lang == "zh" else f"Made {made}", *_beside(row, lang))
    content = sheet.begin() + sheet.rows([_record(one, zone, lang) for one in lines]) + sheet.end(about, cut=False)
    headers = {"Content-Disposition": f'attachment; filename="gridward-statement-{month}.xlsx"'}
    return Response(content, media_type=MEDIA[Format.xlsx], headers=headers)


MONTH_COLUMNS: Words = {
    "zh": {
        "whose": "单位",
        "index": "指标",
        "share": "数值",
        "above": "分子",
        "below": "分母",
        "corrected": "最近一次更正后",
    },
    "en": {
        "whose": "Unit",
        "index": "Figure",
        "share": "Value",
        "above": "Numerator",
        "below": "Denominator",
        "corrected": "As last corrected",
    },
}


@router.get(
    "/publications/{month}/file",
    response_class=Response,
    responses={200: {"content": {MEDIA[one]: {"schema": {"type": "string", "format": "binary"}} for one in Format}}},
)
async def month_as_file(
    told: Annotated[MonthOut, Depends(month_of)],
    session: Read,
    who: CurrentActor,
    form: Annotated[Format, Query(alias="format")] = Format.xlsx,
    lang: Language = "zh",
) -> Response:
    """The figures of a month as they were told, one row for each figure of the whole and of each unit.

    Before the month is published, for those who publish, what would be told; the second sheet of a workbook says so.
    """
    zone = await time_zone_of(session, who.jurisdiction_id)
    sheet = SHEETS[form](MONTH_COLUMNS[lang], zone, f"通报 {told.month}" if lang == "zh" else f"Published {told.month}")
    content = sheet.begin() + sheet.rows(_month_rows(told, lang)) + sheet.end(_about_month(told, zone, lang), cut=False)
    stem = f"gridward-figures-{told.month}" + ("" if told.as_of else "-draft")
    headers = {"Content-Disposition": f'attachment; filename="{stem}.{form.value}"'}
    return Response(content, media_type=MEDIA[form], headers=headers)


def _month_rows(told: MonthOut, lang: Language) -> list[Record]:
    names = {one.code: one.name.zh if lang == "zh" else one.name.en for one in told.definitions}
    corrected = {(change.unit_id, change.code): change.after for one in told.corrections for change in one.changes}
    whole = "全辖区" if lang == "zh" else "Everywhere"
    return [
        {
            "whose": whole if one.unit_id is None else one.unit,
            "index": names.get(each.code, each.code),
            "share": _share(each.above, each.below),
            "above": each.above,
            "below": each.below,
            "corrected": _share(after.above, after.below) if after else None,
        }
        for one in told.told
        for each in one.figures
        for after in [corrected.get((one.unit_id, each.code))]
    ]


def _share(above: int, below: int | None) -> str | int | None:
    """As the screen shows it: a share is cut off, not rounded, so that 99.96 % is not told as 100 %."""
    if below is None:
        return above
    return f"{above * 1000 // below / 10:.1f}%" if below else None


def _about_month(told: MonthOut, zone: ZoneInfo, lang: Language) -> list[str]:
    if told.as_of is None:
        return ["尚未通报：草稿，不能引用" if lang == "zh" else "Not published: a draft, not to be quoted"]
    at = f"{told.as_of.astimezone(zone):%Y-%m-%d %H:%M}"
    seal = [] if told.seal is None else [f"{told.seal.number} {told.seal.root}"]
    if lang == "zh":
        return [f"数据截至 {at}", f"摘要 {told.digest}", *(f"封印 {one}" for one in seal)]
    return [f"As of {at}", f"Digest {told.digest}", *(f"Seal {one}" for one in seal)]


def _beside(row: StatementRow, lang: Language) -> list[str]:
    said = []
    for index in told_beside(row.beside):
        one = figure(index, row.beside)
        n = str(one.above) if one.below is None else f"{one.above} ÷ {one.below}"
        apart = [f"{APART[lang][name]} {row.beside[name]}" for name in index.apart if row.beside.get(name)]
        said.append(" · ".join((f"{index.name.zh if lang == 'zh' else index.name.en} {n}", *apart)))
    return said


def _record(one: LineOut, zone: ZoneInfo, lang: Language) -> Record:
    def local(instant: datetime) -> str:
        return f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    between, colon = ("；", "：") if lang == "zh" else ("; ", ": ")
    return {
        "line": one.line,
        "number": one.number,
        "category": one.category,
        "kind": KINDS[lang].get(one.kind, one.kind),
        "verdict": VERDICTS[lang].get(one.verdict, one.verdict),
        "limit": one.limit,
        "basis": one.basis,
        "started_at": one.started_at,
        "due_at": one.due_at,
        "stopped_at": one.stopped_at,
        "hours": round(one.counted_s / 3600, 2),
        "pauses": between.join(
            f"{PAUSES[lang].get(p.why, p.why)} {local(p.from_)} – {local(p.to)}" for p in one.pauses
        ),
        "extensions": one.extensions,
        "objections": between.join(_said(each.words, each.said_by, each.way, lang) for each in one.objections),
        "answers": between.join(
            f"{DECISIONS[lang][each.decision]}{colon}{each.answer}" for each in one.objections if each.decision
        ),
        "explanation": one.explanation and _said(one.explanation, one.explained_by, one.explained_way, lang),
    }


def _said(words: str, said_by: str | None, way: SaidWay | None, lang: Language) -> str:
    """With who of the unit said it, where a supervisor entered it."""
    if said_by is None or way is None:
        return words
    if lang == "zh":
        return f"{words}（代办：{said_by}，{WAYS[lang][way]}）"
    return f"{words} (entered for {said_by}, {WAYS[lang][way]})"
