"""What the progress page says, in both languages. The states are the lifecycle's own words for people who are not staff."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from gridward.domain.territory import Language
from gridward.domain.tickets.words import STATUS_WORDS, Closing, Status

Words = Mapping[str, str]

ZH: Words = MappingProxyType(
    {
        "page": "进展",
        "unknown_title": "看不到这一页",
        "unknown": "这个网址不对，或者已经被收回了。请向发给您的人再要一次，或打社区电话。",
        "busy_title": "现在打不开",
        "busy": "社区的服务器正忙，什么都没有丢。请过一会儿再打开这个网址。",
        "kind": "社区事务",
        "no": "{no}号",
        "no_and": "{no}号（和{named}号是同一件）",
        "where": "地点",
        "due": "最晚 {when}",
        "past_due": "本来最晚 {when}，已经超过了",
        "before": "处置前",
        "after": "处置后",
        "photos_wait": "照片要等社区的人看过、遮住该遮的，才会放在这里。",
        "said": "{unit_kind}说",
        "story": "经过",
        "step.filed": "有人上报",
        "step.joined": "又有人报了同一件",
        "step.accepted": "社区受理",
        "step.rejected": "没有受理",
        "step.cancelled": "到现场看过，没有发现",
        "step.restored": "重新受理",
        "step.assigned": "派给{unit_kind}",
        "step.acknowledged": "{unit_kind}接下了",
        "step.arrived": "到了现场",
        "step.sent_back": "换别的单位来办",
        "step.split": "几家一起办",
        "step.resolved": "{unit_kind}说处理好了",
        "step.verified": "有人看过，办好了",
        "step.reworked": "看过，还没弄好，接着办",
        "step.reopened": "又出现了，重新办",
        "step.resumed": "接着办",
        "step.merged": "和另一件并在一起办",
        "step.closed_unverified": "到期没有人去看，先结案",
        "step.closed_informed": "已告知，结案",
        "step.force_closed": "考核员结案",
        "closed.self_resolved": "志愿者顺手处理好了",
        "closed.unverified": "已结案，没有人去看过",
        "closed.informed": "已告知，结案",
        "closed.imported": "已结案（从别的系统转来）",
        "reason.seen_already": "已经有人报过了",
        "reason.not_public": "不是公共地方的事",
        "reason.not_ours": "归别的单位管",
        "reason.unclear": "看不清是什么事",
        "reason.gone": "去看的时候已经没有了",
        "unit.work": "环卫等作业单位",
        "unit.estate": "物业",
        "unit.department": "专业部门",
        "unit.owner": "权属单位",
        "unit.street": "街道",
        "unit.community": "社区",
        "unit.volunteers": "志愿队",
        "unit.unknown": "责任单位",
        "call": "社区电话",
        "promise": "这一页不写任何人的名字和门牌。发出去的人随时可以收回网址。",
        "as_of": "{when} 的情况，想看新的请再打开一次",
        "other_language": "English",
    }
)

EN: Words = MappingProxyType(
    {
        "page": "progress",
        "unknown_title": "This page cannot be seen",
        "unknown": "The address is wrong, or it was taken back. Ask whoever sent it to you once more, or call the community.",
        "busy_title": "It does not open just now",
        "busy": "The community's server is busy; nothing is lost. Open this address again in a moment.",
        "kind": "Community matter",
        "no": "No. {no}",
        "no_and": "No. {no} (the same as No. {named})",
        "where": "Place",
        "due": "by {when} at the latest",
        "past_due": "was due by {when}, and is late",
        "before": "Before",
        "after": "After",
        "photos_wait": "Photos come here after somebody of the community has looked at them and covered what must be covered.",
        "said": "The {unit_kind} says",
        "story": "What happened",
        "step.filed": "Reported",
        "step.joined": "Somebody else reported the same",
        "step.accepted": "Accepted by the community",
        "step.rejected": "Not accepted",
        "step.cancelled": "Looked at on the spot, nothing found",
        "step.restored": "Taken up again",
        "step.assigned": "Sent to the {unit_kind}",
        "step.acknowledged": "The {unit_kind} took it on",
        "step.arrived": "At the place",
        "step.sent_back": "Goes to somebody else",
        "step.split": "Several work on it together",
        "step.resolved": "The {unit_kind} says it is done",
        "step.verified": "Somebody looked: it is done",
        "step.reworked": "Looked at, not done yet, work goes on",
        "step.reopened": "It is back: taken up again",
        "step.resumed": "Work goes on",
        "step.merged": "Handled together with another report",
        "step.closed_unverified": "Closed when time was up, nobody looked",
        "step.closed_informed": "Closed after an answer was given",
        "step.force_closed": "Closed by the supervisor",
        "closed.self_resolved": "A volunteer put it right on the spot",
        "closed.unverified": "Closed, nobody has looked",
        "closed.informed": "Closed after an answer was given",
        "closed.imported": "Closed (from another system)",
        "reason.seen_already": "it was reported before",
        "reason.not_public": "it is not about a public place",
        "reason.not_ours": "others are responsible",
        "reason.unclear": "it could not be seen what it is",
        "reason.gone": "it was gone when we looked",
        "unit.work": "cleaning or works crew",
        "unit.estate": "property firm",
        "unit.department": "department",
        "unit.owner": "owner",
        "unit.street": "street office",
        "unit.community": "community",
        "unit.volunteers": "volunteer team",
        "unit.unknown": "responsible unit",
        "call": "Call the community",
        "promise": "No name and no house number stand on this page. Whoever sent the address can take it back at any time.",
        "as_of": "As of {when}. Open it again to see news",
        "other_language": "中文",
    }
)

LANGUAGES: Mapping[Language, Words] = MappingProxyType({"zh": ZH, "en": EN})

STATES_EN: Mapping[Status, str] = MappingProxyType(
    {
        Status.RECEIVED: "Received by the community",
        Status.ACCEPTED: "Received by the community",
        Status.ASSIGNED: "Sent to the {unit_kind}",
        Status.IN_PROGRESS: "Being worked on",
        Status.DEFERRED: "Put off until {until}",
        Status.SHELVED: "Cannot be solved for now, {reason}",
        Status.RESOLVED: "Said to be done, waits for somebody to look",
        Status.SPLIT: "Being worked on",
        Status.CLOSED: "Done",
        Status.REJECTED: "Not accepted, {reason}",
        Status.CANCELLED: "Nothing was found there",
        Status.MERGED: "The same as another report",
        Status.WITHDRAWN: "Withdrawn",
    }
)

_BLANK = re.compile(r"[，,]?\s*(?:预计|until )?\{(?:until|reason|short_no)\}号?")


def state_words(status: Status, language: Language, values: Mapping[str, str]) -> str:
    """A state for people who are not staff; what is not known of it is left out, comma and all."""
    pattern = STATUS_WORDS[status][1] if language == "zh" else STATES_EN[status]
    for name, value in values.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    return _BLANK.sub("", pattern)


def closing_words(closing: str | None, language: Language) -> str | None:
    """What to say instead of "done" where nobody of ours has seen that it is."""
    if closing is None or closing in (Closing.VERIFIED, Closing.CHILDREN):
        return None
    return LANGUAGES[language].get(f"closed.{closing}")


def moment(at: datetime, zone: ZoneInfo, language: Language, today: date, *, day_only: bool = False) -> str:
    """``11月21日 16:20``, ``21 Nov 16:20``; with its year when that is not this one."""
    local = at.astimezone(zone)
    if language == "zh":
        day = f"{local.month}月{local.day}日"
        day = day if local.year == today.year else f"{local.year}年{day}"
    else:
        # Not strftime's month: that follows the machine's language.
        month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][local.month - 1]
        day = f"{local.day} {month}" if local.year == today.year else f"{local.day} {month} {local.year}"
    return day if day_only else f"{day} {local:%H:%M}"


def preferred(accept_language: str | None, asked: str | None) -> Language:
    """The language that was asked for, else the browser's first of ours; Chinese when it says nothing."""
    if asked in ("zh", "en"):
        return "en" if asked == "en" else "zh"
    found = re.findall(r"\b(zh|en)\b", (accept_language or "").lower()[:200])
    return "en" if found[:1] == ["en"] else "zh"
