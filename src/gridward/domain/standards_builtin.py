"""Our own standard for the demo community and for a start: nine pictures, a few kinds that only the desk names.

Written for this program, taken from no city. Its documents and clauses are examples (示例) and say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction

from gridward.domain.calendar import Shift, SpecialDay, WorkingCalendar
from gridward.domain.standards import (
    CITY,
    DESK,
    VERIFIERS,
    ApprovalRule,
    Basis,
    Binding,
    ClockKind,
    DayRule,
    LadderStep,
    Limit,
    LimitKind,
    Reason,
    Standard,
    Terms,
    Text,
    Verification,
)
from gridward.domain.standards_builtin_kinds import CATEGORIES, CONDITIONS

SCHEME = "gridward"
NAME = Text("示例标准", "Example standard")
WORK, ESTATE = "work", "estate"

_QUARTER = Fraction(1, 4)

TERMS = Terms(
    file_limit=Limit(LimitKind.WORK_HOUR, _QUARTER),
    dispatch_limit=Limit(LimitKind.WORK_HOUR, _QUARTER),
    urgent_file_limit=Limit(LimitKind.URGENT_HOUR, _QUARTER),
    urgent_dispatch_limit=Limit(LimitKind.URGENT_HOUR, _QUARTER),
    verify_limits={
        Verification.SPOT: Limit(LimitKind.WORK_HOUR, 4),
        Verification.DESK: Limit(LimitKind.WORK_HOUR, 2),
        Verification.PHONE: Limit(LimitKind.WORK_DAY, 1),
    },
    approval_limit=Limit(LimitKind.WORK_HOUR, 2),
)

BASES = (
    Basis(WORK, "环卫作业服务合同（示例）", "附件二 作业质量与时限", Binding.CONTRACT),
    Basis(ESTATE, "物业服务监督办法（示例）", "第十八条", Binding.REGULATION),
    Basis("department", "网格事项协同办法（示例）", "第六条", Binding.COORDINATION),
    Basis("street", "网格事项协同办法（示例）", "第七条", Binding.COORDINATION),
    Basis("community", "网格事项协同办法（示例）", "第八条", Binding.COORDINATION),
)

LADDER = (
    LadderStep(ClockKind.RESOLVE, 50, ("unit",)),
    LadderStep(ClockKind.RESOLVE, 80, ("unit",)),
    LadderStep(ClockKind.OVERALL, 100, ("shift_leader", "community")),
    LadderStep(ClockKind.OVERALL, 150, ("street",)),
    LadderStep(ClockKind.OVERALL, 200, ("district",)),
    LadderStep(ClockKind.FILE, 100, ("dispatcher",)),
    LadderStep(ClockKind.DISPATCH, 100, ("dispatcher",)),
    LadderStep(ClockKind.RESPOND, 100, ("unit",)),
    LadderStep(ClockKind.VERIFY, 100, ("verifier",)),
)

APPROVALS = (
    ApprovalRule(request="extend", roles=("shift_leader", "supervisor"), first_only=True),
    ApprovalRule(request="extend", roles=("supervisor",), form_required=True),
    ApprovalRule(request="defer", roles=("shift_leader", "supervisor"), up_to=timedelta(days=3)),
    ApprovalRule(request="defer", roles=("supervisor",), form_required=True),
    ApprovalRule(request="shelve", roles=("supervisor",), form_required=True),
    ApprovalRule(request="send_back", roles=("dispatcher", "shift_leader")),
    ApprovalRule(request="reopen", roles=("dispatcher", "shift_leader")),
    ApprovalRule(request="appeal", roles=("supervisor",)),
)


def _reasons(*lines: tuple[str, str, str]) -> tuple[Reason, ...]:
    return tuple(Reason(code, Text(zh, en)) for code, zh, en in lines)


REASONS: Mapping[str, tuple[Reason, ...]] = {
    "reject": _reasons(
        ("seen_already", "这件事已经有人报过，正在处理，谢谢您！", "Somebody told us already; it is being dealt with."),
        ("not_public", "这里属于私人地方，我们不便处理。", "This is private ground where we may not act."),
        (
            "not_ours",
            "这件事由别的部门负责，电话在下面。",
            "Another office answers for this; its number is below.",
        ),
        ("unclear", "照片看不清，麻烦再拍一张。", "The picture is not clear; please take another."),
        ("gone", "去看过，已经没有了。", "We looked, and it is gone."),
    ),
    "send_back": _reasons(
        ("outside_area", "不在作业范围", "Outside our area"),
        ("other_duty", "不属于本单位职责", "Not our duty"),
        ("private_ground", "属物业或业主内部", "Inside an estate or private ground"),
        ("ownership_unclear", "权属不清", "Owner unknown"),
    ),
    "extend": _reasons(
        ("parts", "等待配件、材料", "Waiting for parts or material"),
        ("weather", "天气", "Weather"),
        ("large", "工程量大", "More work than foreseen"),
        ("permit", "办理开挖、占道手续", "Waiting for a permit"),
    ),
    "defer": _reasons(
        ("rain", "下雨", "Rain"),
        ("season", "季节（种植、施工）", "Season"),
        ("appointment", "与住户约定时间", "Appointment with the household"),
        ("exam", "考试、重大活动期间", "Examinations or a large event"),
    ),
    "shelve": _reasons(
        ("ownership", "权属争议", "Disputed ownership"),
        ("money", "资金未落实", "No money yet"),
        ("history", "历史遗留", "Left over from the past"),
        ("planning", "待规划、待改造", "Waiting for redevelopment"),
    ),
}


def built_in_standard(standard_id: str, *, valid_from: date | None = None) -> Standard:
    """The built-in standard under an id of the caller's."""
    return Standard(
        standard_id=standard_id,
        scheme=SCHEME,
        name=NAME,
        version=1,
        day_rule=DayRule.NEXT_DAY,
        valid_from=valid_from,
        categories={category.code: category for category in CATEGORIES},
        conditions={condition.condition_id: condition for condition in CONDITIONS},
        terms=TERMS,
        unit_calendars={WORK: WORK, ESTATE: ESTATE},
        bases=BASES,
        ladder=LADDER,
        approvals=APPROVALS,
        reasons=REASONS,
    )


def built_in_calendars(
    special_days: Mapping[date, str | None], published_years: frozenset[int], time_zone: str = "Asia/Shanghai"
) -> tuple[WorkingCalendar, ...]:
    """First versions of the calendars that the built-in standard names.

    ``city`` keeps office hours and the official holidays; ``desk`` (值班 08:00–22:00), ``verifiers`` (08:00–20:00),
    ``work`` (street cleaning, 06:00–22:00) and ``estate`` (08:00–20:00) run every day.

    Args:
        special_days: Official days that differ from their weekday: date → the holiday's name, or None for a weekend day
            worked instead (调休).
        published_years: Years whose official days are known; all others are provisional on ``city``.
    """
    office = (Shift(8 * 60, 12 * 60), Shift(14 * 60, 18 * 60))
    city = WorkingCalendar(
        calendar_id=CITY,
        version=1,
        time_zone=time_zone,
        weekly=(office,) * 5 + ((), ()),
        exceptions={
            day: SpecialDay(office, "调休上班") if name is None else SpecialDay((), name)
            for day, name in special_days.items()
        },
        published_years=published_years,
    )
    daily = {DESK: (8, 22), VERIFIERS: (8, 20), WORK: (6, 22), ESTATE: (8, 20)}
    return (
        city,
        *(
            WorkingCalendar(
                calendar_id=calendar_id,
                version=1,
                time_zone=time_zone,
                weekly=((Shift(opens * 60, closes * 60),),) * 7,
                holiday_free=True,
            )
            for calendar_id, (opens, closes) in daily.items()
        ),
    )
