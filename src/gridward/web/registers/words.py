"""Codes in words, for files that leave the program."""

from __future__ import annotations

from collections.abc import Mapping

from gridward.domain.registers import Section
from gridward.domain.tickets.words import STATUS_WORDS, Status
from gridward.web.registers.asking import Language

SOURCES: Mapping[str, str] = {
    "volunteer": "志愿者",
    "steward": "网格员",
    "liaison": "联系党员",
    "unit_worker": "责任单位",
    "unit_lead": "责任单位",
    "dispatcher": "派遣员",
    "shift_leader": "值班长",
    "supervisor": "考核员",
    "program": "系统",
    "import": "原系统",
    "hotline": "12345转办",
    "visit": "走访",
    "media": "媒体",
    "superior": "上级交办",
    "walk_in": "来访",
    "other_system": "其他系统",
    "wechat": "微信群",
    "call": "来电",
    "video": "视频",
}

OUTCOMES: Mapping[str | None, tuple[str, str]] = {
    "granted": ("同意回退", "granted"),
    "refused": ("回退不成立", "refused"),
    "withdrawn": ("单位收回", "taken back by the unit"),
    "void": ("不再适用", "void"),
    None: ("待审批", "undecided"),
}

SECTIONS: Mapping[Section, tuple[str, str]] = {
    Section.overdue: ("超期未办结", "Overdue"),
    Section.repeated: ("反复出现", "Repeated"),
    Section.refused: ("单位要求回退", "Sent back by units"),
    Section.unhappy: ("群众不满意", "Unhappy"),
}


VISITS: Mapping[str, str] = {
    "met": "见到了",
    "card_left": "没人在家，留了联系卡",
    "not_now": "不便接待",
    "moved_away": "已搬走",
    "phoned": "电话联系",
}


def outcome(code: str, lang: Language) -> str:
    return VISITS.get(code, code) if lang == "zh" else code.replace("_", " ")


def raised(n: int, still_open: int, lang: Language) -> str | None:
    """How far what was asked for at a visit has come."""
    if not n:
        return None
    if lang == "zh":
        return (
            "已办结"
            if not still_open
            else f"办理中 {still_open} 件" + (f"，已办结 {n - still_open} 件" if n > still_open else "")
        )
    return "done" if not still_open else f"{still_open} of {n} open"


def status(code: str, lang: Language) -> str:
    return STATUS_WORDS[Status(code)][0] if lang == "zh" else code.replace("_", " ")


def source(code: str, lang: Language) -> str:
    return SOURCES.get(code, code) if lang == "zh" else code.replace("_", " ")


def yes(value: bool | None, lang: Language) -> str | None:
    if value is None:
        return None
    return ("是" if value else "否") if lang == "zh" else ("yes" if value else "no")


def satisfied(value: bool | None, lang: Language) -> str | None:
    if value is None:
        return None
    return ("满意" if value else "不满意") if lang == "zh" else ("yes" if value else "no")
