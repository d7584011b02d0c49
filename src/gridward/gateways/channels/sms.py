"""SMS. The channel has its quiet twins here, for development and tests."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, Literal, Protocol, TextIO

from gridward.domain.errors import Unavailable
from gridward.domain.notifications_outward import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInCode:
    """The code that somebody asked for. ``phone``: eleven digits; ``kind``: the template at a provider."""

    kind: ClassVar[str] = "sign_in_code"
    phone: str
    code: str
    minutes: int

    @property
    def text(self) -> str:
        return f"您的登录验证码是 {self.code}，{self.minutes} 分钟内有效。请勿告诉他人。"


TICKET_TEXTS: Mapping[Text, str] = MappingProxyType(
    {
        Text.urgent_work: "您有一件急件待处理，请打开查看：{link}",
        Text.overdue: "有一件工单已超时，请打开查看：{link}",
        Text.supervised: "您单位收到一件督办，请打开查看：{link}",
    }
)
"""No name, no place, no number of a house: an SMS is read by whoever holds the phone and by those who carry it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketText:
    """A ticket that cannot wait, for somebody on duty. ``link`` opens it for whoever is signed in and may see it."""

    phone: str
    kind: Text
    link: str

    @property
    def text(self) -> str:
        return TICKET_TEXTS[self.kind].format(link=self.link)


Sms = SignInCode | TicketText


class SmsChannel(Protocol):
    """Sends, or raises :class:`Unavailable`; what it costs in time is nobody's waiting time but its own."""

    async def send(self, message: Sms) -> None: ...

    def check(self) -> None:
        """Raises :class:`Unavailable` (``sms_off``) when nothing can be sent at all."""


class ConsoleSms:
    """The twin of development: the operator reads the message where the program runs."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr

    async def send(self, message: Sms) -> None:
        self._out.write(f"[SMS] {message.phone}: {message.text}\n")
        self._out.flush()

    def check(self) -> None:
        return None


@dataclass(slots=True)
class QuietSms:
    """The twin of tests: keeps what would have been sent."""

    sent: list[Sms] = field(default_factory=list)

    async def send(self, message: Sms) -> None:
        self.sent.append(message)

    def check(self) -> None:
        return None


class NoSms:
    """An installation without a channel: no code to the phone is offered, and no message waits for one."""

    async def send(self, message: Sms) -> None:
        self.check()

    def check(self) -> None:
        raise Unavailable("sms_off")


def is_open(channel: SmsChannel) -> bool:
    """Whether anything can go out by it at all."""
    try:
        channel.check()
    except Unavailable:
        return False
    return True


def sms(chosen: Literal["console", "off"]) -> SmsChannel:
    """The channel that the settings name."""
    return ConsoleSms() if chosen == "console" else NoSms()
