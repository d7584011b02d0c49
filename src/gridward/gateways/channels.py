"""Channels to people's phones. Each has a quiet twin here, for development and tests."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Literal, Protocol, TextIO

from gridward.domain.errors import Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """A message to one mobile number (eleven digits). ``kind`` names the template that a provider asks for."""

    phone: str
    kind: Literal["sign_in_code"]
    code: str
    minutes: int

    @property
    def text(self) -> str:
        return f"您的登录验证码是 {self.code}，{self.minutes} 分钟内有效。请勿告诉他人。"


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
    """An installation without a channel: sign-in by a code to the phone is not offered."""

    async def send(self, message: Sms) -> None:
        self.check()

    def check(self) -> None:
        raise Unavailable("sms_off")


def sms(chosen: Literal["console", "off"]) -> SmsChannel:
    """The channel that the settings name."""
    return ConsoleSms() if chosen == "console" else NoSms()
