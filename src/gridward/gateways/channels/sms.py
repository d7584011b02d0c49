"""SMS. The channel has its quiet twins here, for development and tests.

Providers differ in templates, signatures and accounts, so the real door is an address of the operator's: a small program
there hands each message to the provider it has a contract with. It gets, signed like a webhook::

    {"phone": "13800000000", "kind": "sign_in_code", "values": {"code": "123456", "minutes": 5}, "text": "您的登录验证码是 …"}

``kind`` chooses the provider's template and ``values`` fill it; ``text`` is the whole message for one that takes plain text.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, TextIO
from urllib.parse import urlsplit

from gridward.domain.errors import Unavailable
from gridward.domain.notifications_outward import Text
from gridward.gateways.channels.calling import TIMEOUT_S, Answer, Caller, Outcome
from gridward.gateways.channels.webhook import post_signed, secret_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInCode:
    """The code that somebody asked for. ``phone``: eleven digits; ``kind``: the template at a provider."""

    kind: ClassVar[str] = "sign_in_code"
    phone: str
    code: str
    minutes: int

    @property
    def values(self) -> Mapping[str, Any]:
        return {"code": self.code, "minutes": self.minutes}

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
    def values(self) -> Mapping[str, Any]:
        return {"link": self.link}

    @property
    def text(self) -> str:
        return TICKET_TEXTS[self.kind].format(link=self.link)


Sms = SignInCode | TicketText
TAKEN = Answer(Outcome.taken, "sent")


class SmsChannel(Protocol):
    """Sends; faults of the other side are answers."""

    async def send(self, message: Sms) -> Answer: ...

    def check(self) -> None:
        """Raises :class:`Unavailable` (``sms_off``) when nothing can be sent at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySms:
    """The real door.

    Args:
        key: The key of webhooks; what the gateway checks signatures with is derived from it.
        address: Of the operator's gateway, https.
        clock: The time that a signature says.
        allow_private, timeout_s: See :class:`gridward.gateways.channels.calling.Caller`.
    """

    key: bytes = field(repr=False)
    address: str
    clock: Callable[[], datetime]
    allow_private: bool = False
    timeout_s: float = TIMEOUT_S

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def secret(self) -> str:
        return secret_of(self.key, b"sms")

    async def send(self, message: Sms) -> Answer:
        caller = Caller.of(self.address, allow_private=self.allow_private, timeout_s=self.timeout_s)
        said = {"phone": message.phone, "kind": message.kind, "values": message.values, "text": message.text}
        body = json.dumps(said, ensure_ascii=False).encode()
        return await post_signed(caller, self.address, body, {}, secret=self.secret, now=self.clock())

    def check(self) -> None:
        return None


class ConsoleSms:
    """The twin of development: the operator reads the message where the program runs."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr

    async def send(self, message: Sms) -> Answer:
        self._out.write(f"[SMS] {message.phone}: {message.text}\n")
        self._out.flush()
        return TAKEN

    def check(self) -> None:
        return None


@dataclass(slots=True)
class QuietSms:
    """The twin of tests: keeps what would have been sent."""

    sent: list[Sms] = field(default_factory=list)

    async def send(self, message: Sms) -> Answer:
        self.sent.append(message)
        return TAKEN

    def check(self) -> None:
        return None


class NoSms:
    """An installation without a channel: no code to the phone is offered, and no message waits for one."""

    async def send(self, message: Sms) -> Answer:
        return Answer(Outcome.refused, "sms_off")

    def check(self) -> None:
        raise Unavailable("sms_off")


def is_open(channel: SmsChannel) -> bool:
    """Whether anything can go out by it at all."""
    try:
        channel.check()
    except Unavailable:
        return False
    return True
