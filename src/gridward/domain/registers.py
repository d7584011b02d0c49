"""台账: what each register shows of the facts that are there, and under which headings offices write the same. Pure.

A street's own form has headings of its own making (受理时间, 登记日期, 上报时间 …): a column of the form is filled by the
column of the register whose words its heading has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Register(StrEnum):
    """``cases``: 案件台账, every ticket of a period. ``demands``: 民情台账, those that people told of at their doors, by
    telephone or in a group. ``visits``: 走访记录. ``patrols``: 巡查日志. ``meeting``: what the dispatch meeting of a month talks about."""

    cases = "cases"
    demands = "demands"
    visits = "visits"
    patrols = "patrols"
    meeting = "meeting"


class Section(StrEnum):
    """What a dispatch meeting has on its agenda."""

    overdue = "overdue"
    repeated = "repeated"
    refused = "refused"
    unhappy = "unhappy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. ``words``: headings that mean it, the surest first; a heading that is one of them wins over one that
    only has it in it."""

    key: str
    zh: str
    en: str
    words: tuple[str, ...] = ()


def _column(key: str, zh: str, en: str, words: str = "") -> Column:
    return Column(key=key, zh=zh, en=en, words=(zh, *words.split()))


LINE = _column("line", "序号", "No.", "编号 序 NO")
CASES: tuple[Column, ...] = (
    LINE,
    _column("ticket_no", "工单号", "Ticket", "案件编号 案件号 工单编号 案号 事件编号 任务号 流水号"),
    _column("source", "来源", "Source", "案件来源 事件来源 问题来源 上报渠道 信息来源 渠道"),
    _column(
        "received_at", "受理时间", "Received", "上报时间 登记时间 发现时间 登记日期 日期 受理日期 发现日期 反映时间"
    ),
    _column("kind", "类别", "Kind", "案件类别 问题类别 问题类型 事件类型 事项类别 小类 类型"),
    _column(
        "what", "问题描述", "What it is", "案件描述 问题内容 事项内容 主要内容 内容 立案条件 问题 诉求内容 情况描述"
    ),
    _column("community", "社区", "Community", "所属社区 村居 村（居） 村（社区） 所在社区"),
    _column("grid", "网格", "Grid", "所属网格 网格名称 所在网格 责任网格"),
    _column("place_note", "位置描述", "Place in words", "地点 位置 地址 问题地点 发生地点 案发地点 详细地址"),
    _column("unit", "责任单位", "Unit", "处置单位 承办单位 主办单位 处理部门 责任部门 办理单位 承办部门"),
    _column("dispatched_at", "派遣时间", "Sent out", "派单时间 交办时间 转办时间 派遣日期 交办日期"),
    _column("due_at", "办结期限", "Due", "截止时间 处置时限 办理期限 完成时限 整改期限 时限 限期"),
    _column("resolved_at", "处置完成时间", "Work done", "处置时间 整改时间 完成时间 整改完成时间"),
    _column("ended_at", "结案时间", "Closed", "办结时间 结案日期 办结日期 销号时间"),
    _column("status", "状态", "State", "办理状态 案件状态 是否办结 当前状态 进度 完成情况 办理进度"),
    _column("result", "办理情况", "What was done", "处置结果 处理结果 办理结果 处理情况 整改情况 处置情况 整改措施"),
    _column("late", "是否超期", "Late", "是否超时 超期 超时 是否逾期 是否按期"),
    _column("satisfied", "满意度", "Satisfied", "是否满意 满意情况 评价 群众评价 回访情况"),
)

VISITS: tuple[Column, ...] = (
    LINE,
    _column("visited_at", "走访时间", "Visited", "走访日期 入户时间 入户日期 时间 日期 联系时间"),
    _column("community", "社区", "Community", "所属社区 村居 所在社区"),
    _column("building", "楼栋", "Building", "走访地点 地点 地址 住址 楼号 走访楼栋"),
    _column("outcome", "走访结果", "Outcome", "走访情况 入户情况 结果 联系情况"),
    _column("demand", "诉求", "Demand", "反映问题 群众诉求 反映的问题 诉求内容 问题 意见建议 收集问题"),
    _column("status", "办理状态", "State", "办理情况 办理进度 是否办结 处理情况"),
    _column("satisfied", "回访满意度", "Satisfied", "是否满意 满意度 回访情况"),
    _column("liaison", "联系党员", "Liaison", "走访人 走访人员 走访党员 入户人员 党员姓名"),
)

PATROLS: tuple[Column, ...] = (
    LINE,
    _column("started_at", "开始时间", "Started", "巡查时间 巡查日期 日期 出发时间 上班时间"),
    _column("ended_at", "结束时间", "Ended", "完成时间 返回时间 下班时间"),
    _column("walker", "巡查人", "Walker", "巡查员 巡查人员 网格员 姓名"),
    _column("plan", "巡查计划", "Plan", "巡查路线 路线 巡查区域 巡查网格 班次"),
    _column("turn", "应巡班次开始", "Turn due from", "计划时间"),
    _column("minutes", "有定位的分钟数", "Minutes with positions", "巡查时长 时长"),
    _column("length_m", "走过的路（米）", "Metres walked", "巡查里程 里程 距离"),
    _column("gap_minutes", "没有定位的分钟数", "Minutes without positions"),
    _column("checked", "到点数", "Checkpoints", "到点 巡查点数 点位数"),
    _column("reports", "途中上报数", "Reports on the way", "发现问题数 发现问题 问题数 上报数"),
    _column("marks", "说明", "Remarks", "备注 情况"),
)

MEETING: tuple[Column, ...] = (
    LINE,
    _column("section", "议题", "Item", "事项分类 类型"),
    _column("ticket_no", "工单号", "Ticket", "案件编号 案件号 工单编号"),
    _column("kind", "类别", "Kind", "问题类别 问题类型 小类"),
    _column("place_note", "位置描述", "Place in words", "地点 位置 地址"),
    _column("unit", "责任单位", "Unit", "处置单位 承办单位 主办单位"),
    _column("at", "时间", "When", "日期"),
    _column("fact", "情况", "Why it is here", "问题描述 主要内容 内容 说明"),
)

COLUMNS: Mapping[Register, tuple[Column, ...]] = MappingProxyType(
    {
        Register.cases: CASES,
        Register.demands: CASES,
        Register.visits: VISITS,
        Register.patrols: PATROLS,
        Register.meeting: MEETING,
    }
)

TOLD_SOURCES = ("visit", "walk_in", "call", "wechat", "hotline")
"""来源 of reports in which somebody of the public told the desk; what was raised at a visit counts as well."""

_NOISE = re.compile(r"[\s　:：*＊]+|[（(][^（）()]*[）)]")


def plain_heading(heading: str) -> str:
    """A heading without blanks, marks, and what stands in brackets (「办结时间（年月日）」 → 办结时间)."""
    return _NOISE.sub("", heading)


def column_for(columns: Sequence[Column], heading: str) -> Column | None:
    """The column that a heading means; None: nobody can say.

    A whole word wins; else the longest word that the heading has in it, of at least two characters.
    """
    bare = plain_heading(heading)
    if not bare:
        return None
    for column in columns:
        if any(plain_heading(word) == bare for word in column.words):
            return column
    held = [(len(word), column) for column in columns for word in column.words if len(word) >= 2 and word in bare]
    return max(held, key=lambda pair: pair[0])[1] if held else None


def columns_for(columns: Sequence[Column], headings: Mapping[int, str]) -> dict[int, str]:
    """Place → key for the headings that mean a column; no column is meant twice: whole words first, then from the left."""
    found: dict[int, str] = {}
    taken: set[str] = set()
    meant = {place: column_for(columns, heading) for place, heading in headings.items()}
    exact = {
        place
        for place, column in meant.items()
        if column is not None and plain_heading(headings[place]) in {plain_heading(word) for word in column.words}
    }
    for place in sorted(meant, key=lambda place: (place not in exact, place)):
        column = meant[place]
        if column is not None and column.key not in taken:
            found[place] = column.key
            taken.add(column.key)
    return dict(sorted(found.items()))
