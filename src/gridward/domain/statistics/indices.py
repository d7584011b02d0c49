"""The indices (考核指标): what each counts, over what, and what stands apart. Source: the rule book of time limits, figures.

A figure is two sets that open as lists. A *set* is named ``source.name``; how it is looked up in rows is written once
(``persistence/statistics/sets``), so a count and its list cannot differ. Clock figures of ``[from, to)`` are over clocks
due in it; ticket figures over rounds of tickets accepted in it, judged at its end or now, whichever is earlier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from gridward.domain.standards import ClockKind, Text

FEW = 20
"""Below this many a share is shown without colour and without rank."""


class Better(StrEnum):
    """Which way an index is good; ``neither``: it only tells."""

    high = "high"
    low = "low"
    neither = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One index. ``below`` None: a plain count of ``above``. ``apart``: sets that are in neither, shown beside it."""

    code: str
    name: Text
    above: str
    below: str | None
    apart: tuple[str, ...]
    better: Better
    note: Text


def _clock(code: str, kind: ClockKind, zh: str, en: str, note: tuple[str, str], *apart: str) -> Index:
    return Index(
        code=code,
        name=Text(zh, en),
        above=f"{kind.value}.in_time",
        below=f"{kind.value}.due",
        apart=tuple(f"{kind.value}.{one}" for one in (*apart, "pending", "not_yet")),
        better=Better.high,
        note=Text(*note),
    )


def _share(
    code: str, zh: str, en: str, above: str, below: str | None, better: Better, *note: str, apart: str = ""
) -> Index:
    zh_note, en_note = note
    return Index(
        code=code,
        name=Text(zh, en),
        above=above,
        below=below,
        apart=tuple(apart.split()),
        better=better,
        note=Text(zh_note, en_note),
    )


HIGH, LOW, NEITHER = Better.high, Better.low, Better.neither
_OF_UNIT = ("exempt", "reference")
_WHOLE = "ticket.exempt ticket.reference ticket.untimed ticket.shelved ticket.gone ticket.not_yet"

INDICES: tuple[Index, ...] = (
    _clock(
        "filed_in_time",
        ClockKind.FILE,
        "按期立案率",
        "Filed in time",
        (
            "期内应立案的工单中，值班员在时限内立案或不予立案的；规则自动立案的另列。",
            "Of reports due to be decided on, those that a dispatcher accepted or rejected in time; what the rules accepted stands apart.",
        ),
        "by_rule",
    ),
    _clock(
        "dispatched_in_time",
        ClockKind.DISPATCH,
        "按期派遣率",
        "Dispatched in time",
        (
            "期内应派遣的，值班员在时限内派出的；规则自动派遣的另列。",
            "Of tickets due to be dispatched, those that a dispatcher sent out in time; what the rules sent out stands apart.",
        ),
        "by_rule",
    ),
    _share(
        "dispatch_right",
        "准确派遣率",
        "Dispatched rightly",
        "turn.kept",
        "turn.made",
        HIGH,
        "期内值班员派出的，到期末没有被回退或改派的；规则派遣的另列。",
        "Of units named by dispatchers, those not taken back by the end; what the rules sent out stands apart.",
        apart="turn.by_rule turn.by_rule_taken_back",
    ),
    _clock(
        "acknowledged_in_time",
        ClockKind.ACKNOWLEDGE,
        "签收及时率",
        "Acknowledged in time",
        (
            "期内应签收的，责任单位在时限内签收的。",
            "Of tickets due to be acknowledged, those that the unit acknowledged in time.",
        ),
        *_OF_UNIT,
    ),
    _clock(
        "arrived_in_time",
        ClockKind.RESPOND,
        "到场及时率",
        "Arrived in time",
        ("期内应到场的，责任单位在时限内到场的。", "Of arrivals due, those within the limit."),
        *_OF_UNIT,
    ),
    _clock(
        "resolved_in_time",
        ClockKind.RESOLVE,
        "按期处置率",
        "Resolved in time",
        (
            "期内应处置的，时限内处置完成且核查通过的。已报完成、等核查的为待定，不计入分母。",
            "Of work due, what was done within the limit and verified. What is done and waits to be checked is undecided and not in the base.",
        ),
        *_OF_UNIT,
    ),
    _share(
        "closed_in_time",
        "按期结案率",
        "Closed in time",
        "ticket.closed_in_time",
        "ticket.should_close",
        HIGH,
        "期内立案的，到期末按时结案的 ÷ 应结案的（立案数减去未到期的；作废、合并、撤回的只在已超时的情况下计入）。重办另计一轮。",
        "Of tickets accepted, those closed within the limit ÷ those that should be closed (accepted less those not yet due; cancelled, merged and withdrawn ones count only if they had run over). A reopening counts as a round of its own.",
        apart=_WHOLE,
    ),
    _share(
        "closed",
        "结案率",
        "Closed",
        "ticket.closed",
        "ticket.should_close",
        HIGH,
        "应结案的工单中，到期末已结案的，不论是否按时。",
        "Of tickets that should be closed, those closed by the end, in time or not.",
        apart=_WHOLE,
    ),
    _clock(
        "verified_in_time",
        ClockKind.VERIFY,
        "核查及时率",
        "Verified in time",
        (
            "期内应核查的，在时限内核查的（通过或返工）。",
            "Of verifications due, those made in time, whatever they found.",
        ),
        "exempt",
    ),
    _share(
        "passed_at_first",
        "一次核查通过率",
        "Passed at the first check",
        "ticket.first_passed",
        "ticket.checked",
        HIGH,
        "期内立案、到期末核查过的，第一次核查就通过的。",
        "Of tickets accepted and checked by the end, those that passed at the first check.",
    ),
    _share(
        "reworked",
        "返工率",
        "Reworked",
        "ticket.reworked",
        "ticket.reported_done",
        LOW,
        "期内立案、到期末报过完成的，被返工过的。",
        "Of tickets accepted and said to be done by the end, those sent back to be done again.",
    ),
    _share(
        "reopened",
        "重办率",
        "Reopened",
        "ticket.reopened",
        "ticket.ended_closed",
        LOW,
        "期内立案、到期末结过案的，又被重办的。",
        "Of tickets accepted and closed by the end, those opened again.",
    ),
    _share(
        "taken_back",
        "改派次数",
        "Taken back or sent elsewhere",
        "turn.taken_back",
        None,
        NEITHER,
        "期内的派遣中被回退或改派的次数（含规则派遣）。",
        "How often a unit named in the period was taken back or changed, by rules or people.",
    ),
    _share(
        "send_backs_refused",
        "回退不成立",
        "Send-backs refused",
        "send_back.refused",
        None,
        LOW,
        "期内裁定回退不成立的次数。这还不是推诿：推诿要另行认定。",
        "Requests to send back that were refused in the period. That is not shirking yet, which takes a ruling of its own.",
    ),
    _share(
        "shirked",
        "推诿",
        "Ruled to have shirked",
        "shirking.ruled",
        None,
        LOW,
        "期内考核员认定的推诿，记在被认定的单位名下；改派、回退不成立都不算。",
        "Rulings of a supervisor in the period that a unit shirked, on that unit; being changed or refused is none.",
    ),
    _share(
        "extended",
        "延期率",
        "Extended",
        "ticket.extended",
        "ticket.dispatched",
        NEITHER,
        "期内立案、派过单位的，批准过延期的。",
        "Of tickets accepted and dispatched, those with an extension granted by the end.",
    ),
    _share(
        "deferred",
        "缓办率",
        "Deferred",
        "ticket.deferred",
        "ticket.dispatched",
        NEITHER,
        "期内立案、派过单位的，批准过缓办的。",
        "Of tickets accepted and dispatched, those deferred by the end.",
    ),
    _share(
        "shelved",
        "挂账数",
        "Shelved",
        "shelved.standing",
        None,
        NEITHER,
        "到期末挂着账的工单，不论何时立案。",
        "Tickets on the shelf at the end, whenever they were accepted.",
    ),
    _share(
        "sent_late",
        "补传率",
        "Sent late",
        "ticket.late_steps",
        "ticket.steps",
        NEITHER,
        "期内立案的工单上，单位到期末的每一步中事后补传的。",
        "Of the units' steps by the end on tickets accepted in the period, those sent after they were done.",
    ),
    _share(
        "for_unit",
        "代办率",
        "Done for a unit",
        "ticket.steps_for_unit",
        "ticket.steps",
        NEITHER,
        "期内立案的工单上，单位到期末的每一步中由指挥台代办、或单位凭单案链接办的。",
        "Of the units' steps by the end on tickets accepted in the period, those that the desk took for the unit or that came by a one-case link.",
        apart="ticket.desk_steps ticket.link_steps",
    ),
    _share(
        "supervised",
        "督办数",
        "Supervision orders",
        "order.made",
        None,
        LOW,
        "期内发出的督办。",
        "Orders of supervision given in the period.",
        apart="order.unanswered",
    ),
    _share(
        "solved_in_grid",
        "小事不出网格率",
        "Solved within the grid",
        "ticket.in_grid",
        "ticket.closed_or_solved",
        HIGH,
        "结案的（含随手处理）中，上报人随手处理或由志愿队办结的。",
        "Of tickets closed (put right at once included), those put right by their reporter or by a volunteers' unit.",
    ),
    _share(
        "past",
        "历史导入：按期结案",
        "Imported past: closed in time",
        "past.closed_in_time",
        "past.due",
        NEITHER,
        "由其他系统导入的工单，按原文件的时间；不计入以上任何指标。",
        "Tickets imported from another system, by that file's times; counted in no index above.",
        apart="past.accepted past.closed",
    ),
)

BY_CODE: Mapping[str, Index] = MappingProxyType({one.code: one for one in INDICES})
WITHOUT_INDEX = ("ticket.accepted", "ticket.self_solved", "order.unanswered", "open.all", "open.near", "open.breached")
"""Sets that a page shows beside the indices; those of open tickets are of now, whatever the period."""


PAST = BY_CODE["past"]
PAST_IN_ALL = "past.accepted"
BESIDE = (
    *(BY_CODE[code] for code in ("taken_back", "send_backs_refused", "shirked", "sent_late", "for_unit")),
    PAST,
)
"""What a unit's statement tells beside its clocks: how it came by its tickets, by whose hand its steps came, and what of its
past was brought in from another system."""


def told_beside(counts: Mapping[str, int]) -> tuple[Index, ...]:
    """Which of :data:`BESIDE` a statement tells: those that were counted when it was made; a past only where there is one."""
    return tuple(one for one in BESIDE if one.above in counts and (one is not PAST or counts.get(PAST_IN_ALL, 0) > 0))


def sets_of(wanted: Iterable[Index]) -> tuple[str, ...]:
    """The sets that these indices name, each once."""
    named = (name for one in wanted for name in (one.above, *((one.below,) if one.below else ()), *one.apart))
    return tuple(dict.fromkeys(named))


def sets() -> tuple[str, ...]:
    """Every set that an index or a page names, each once."""
    return tuple(dict.fromkeys((*sets_of(INDICES), *WITHOUT_INDEX)))
