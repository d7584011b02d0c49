"""What the page of a one-case link says, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gridward.domain.territory import Language

Words = Mapping[str, str]

ZH: Words = MappingProxyType(
    {
        "page": "单案办理",
        "for": "请{unit}办理",
        "no": "{no}号",
        "urgent": "紧急",
        "where": "地点",
        "navigate": "用高德地图导航",
        "due": "请在 {when} 前办好",
        "late": "原定 {when} 前办好，已经超过，请尽快",
        "closing": "办到这样算好",
        "said": "情况",
        "before": "处置前",
        "after": "处置后",
        "state.open": "等您来办",
        "state.waits": "已经收到您的反馈，等社区的人看过",
        "state.ended": "这件已经办结，谢谢！",
        "state.elsewhere": "这件现在不在贵单位，不用再办了",
        "who": "您是哪位？只问这一次",
        "name": "姓名",
        "phone": "电话",
        "who_why": "社区的人要找您核对时用；上报的人看不到。",
        "who_send": "开始办理",
        "who_is": "办理人：{name}",
        "who_change": "换人",
        "photo": "拍照或选照片",
        "photo_why": "到场的照片或办好以后的照片",
        "words": "说一句（比如：已清走，地面冲洗过）",
        "answer": "怎么答复的（对方听到了什么）",
        "arrive": "我到场了",
        "resolve": "办好了",
        "sending": "正在发，请别关…",
        "needs_photo": "请先拍一张照片。",
        "needs_place": "请拍一张现场照片，或允许使用位置。",
        "failed": "没发出去，填的都还在，请再点一次。",
        "moved": "这件刚才有变化，请重新打开这一页再看。",
        "too_many": "点得太快了，请过几分钟再试。",
        "bad_photo": "这张照片打不开，请换一张。",
        "name_missing": "请填姓名。",
        "phone_missing": "请填能打通的电话。",
        "script_needed": "这一页要能运行脚本才能发送。可以直接打社区电话，由值班的人代记。",
        "promise": "这个网址只办这一件，{when} 前有效，不用登录。请不要转给别的单位。",
        "unknown_title": "这个网址打不开了",
        "unknown": "可能过了有效期，或者社区已经收回。要办的话，请打社区电话，或请派遣员重新发一个。",
        "busy_title": "现在打不开",
        "busy": "社区的服务器正忙，什么都没有丢。请过一会儿再打开这个网址。",
        "call": "社区电话",
        "other_language": "English",
    }
)

EN: Words = MappingProxyType(
    {
        "page": "One case",
        "for": "For {unit}",
        "no": "No. {no}",
        "urgent": "urgent",
        "where": "Place",
        "navigate": "Navigate with Amap",
        "due": "Please have it done by {when}",
        "late": "It was due {when}; please hurry",
        "closing": "Done means",
        "said": "What is known",
        "before": "Before",
        "after": "After",
        "state.open": "Waits for you",
        "state.waits": "Your answer has arrived; somebody of the community will look",
        "state.ended": "This is closed, thank you!",
        "state.elsewhere": "This is not with your unit any more; nothing to do",
        "who": "Who are you? Asked only once",
        "name": "Name",
        "phone": "Telephone",
        "who_why": "For questions of the community; whoever reported it does not see it.",
        "who_send": "Begin",
        "who_is": "Handled by {name}",
        "who_change": "Somebody else",
        "photo": "Take or choose a photo",
        "photo_why": "Of you being there, or of the result",
        "words": "One sentence (such as: cleared and rinsed)",
        "answer": "What was answered (and heard)",
        "arrive": "I am there",
        "resolve": "Done",
        "sending": "Sending, please keep this open…",
        "needs_photo": "Take a photo first.",
        "needs_place": "Take a photo there, or allow the position.",
        "failed": "It was not sent. What you filled in is still here; tap again.",
        "moved": "This has changed meanwhile; open the page again.",
        "too_many": "Too fast; please try again in some minutes.",
        "bad_photo": "This photo cannot be opened; choose another.",
        "name_missing": "Your name, please.",
        "phone_missing": "A number that can be called, please.",
        "script_needed": "This page needs scripts to send. You can call the community instead; the desk notes it for you.",
        "promise": "This address is for this one case only, until {when}, without signing in. Please do not pass it on.",
        "unknown_title": "This address does not open",
        "unknown": "It may have run out, or was taken back. Call the community, or ask the dispatcher for a new one.",
        "busy_title": "It does not open just now",
        "busy": "The community's server is busy, nothing is lost. Please open this address again in a moment.",
        "call": "Call the community",
        "other_language": "中文",
    }
)
LANGUAGES: Mapping[Language, Words] = MappingProxyType({"zh": ZH, "en": EN})

SCRIPT_SAYS = (
    "sending",
    "needs_photo",
    "needs_place",
    "failed",
    "moved",
    "too_many",
    "bad_photo",
    "name_missing",
    "phone_missing",
)
"""What the page's script may have to say."""
