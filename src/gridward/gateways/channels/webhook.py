"""Webhooks: a message to a program of the operator's, which hands it on as it can: SMS, WeCom, DingTalk, a siren.

The body is signed, so that the receiver knows that it is ours and when it was sent::

    X-Gridward-Signature: t=1767225600,v1=<hex of HMAC-SHA256(secret, "1767225600." + body)>

A receiver recomputes it over the bytes as they came, and refuses what is older than some minutes. The same
``X-Gridward-Delivery`` may come twice.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from gridward.domain.errors import Malformed, Unavailable
from gridward.gateways.channels.calling import TIMEOUT_S, Answer, Caller, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One message to one address. ``said``: codes, ids and times; nothing of a person but ids, nothing of a place."""

    delivery_id: UUID
    webhook_id: UUID
    address: str
    said: Mapping[str, Any]


class WebhookChannel(Protocol):
    """Sends; faults of the other side are answers."""

    @property
    def hosts(self) -> Collection[str]:
        """Hosts that may be called; none: this installation calls nobody."""

    def check(self, address: str) -> None:
        """Raises: Malformed: ``webhook.host_unknown`` (``hosts``). Unavailable: ``webhook.off``."""

    def secret(self, webhook_id: UUID) -> str:
        """What the receiver checks signatures with."""

    async def send(self, call: Call, now: datetime) -> Answer: ...


def signature(secret: str, body: bytes, now: datetime) -> str:
    """The header's value."""
    at = int(now.timestamp())
    made = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


def secret_of(key: bytes, receiver: bytes) -> str:
    """What one receiver checks signatures with: derived from the key of webhooks, so that none is stored."""
    return hmac.new(key, receiver, hashlib.sha256).hexdigest()


async def post_signed(
    caller: Caller, address: str, body: bytes, headers: Mapping[str, str], *, secret: str, now: datetime
) -> Answer:
    """``headers``: what is said of the body; it is JSON unless they say otherwise. Faults of the other side are answers."""
    signed = {
        "Content-Type": "application/json",
        "User-Agent": "Gridward",
        "X-Gridward-Signature": signature(secret, body, now),
    }
    return await caller.post(address, body, {**signed, **headers})


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """The real door.

    Args:
        key: 32 bytes, made at install; each webhook's secret is derived from it, so that none is stored.
        hosts, allow_private, timeout_s: See :class:`gridward.gateways.channels.calling.Caller`.
    """

    key: bytes = field(repr=False)
    hosts: Collection[str]
    allow_private: bool = False
    timeout_s: float = TIMEOUT_S

    def _caller(self) -> Caller:
        return Caller(hosts=self.hosts, allow_private=self.allow_private, timeout_s=self.timeout_s)

    def check(self, address: str) -> None:
        if self._caller().host(address) is None:
            raise Malformed("webhook.host_unknown", hosts=list(self.hosts))

    def secret(self, webhook_id: UUID) -> str:
        return secret_of(self.key, b"webhook" + webhook_id.bytes)

    async def send(self, call: Call, now: datetime) -> Answer:
        body = json.dumps(call.said, ensure_ascii=False, separators=(",", ":")).encode()
        delivery = {"X-Gridward-Delivery": str(call.delivery_id)}
        secret = self.secret(call.webhook_id)
        return await post_signed(self._caller(), call.address, body, delivery, secret=secret, now=now)


@dataclass(slots=True)
class QuietWebhooks:
    """The twin of tests: keeps what would have been sent and answers as it is told."""

    answer: Callable[[Call], Answer] = lambda _: Answer(Outcome.taken, "200")
    sent: list[Call] = field(default_factory=list)
    hosts: Collection[str] = ("hooks.example.org",)

    def check(self, address: str) -> None:
        return None

    def secret(self, webhook_id: UUID) -> str:
        return f"secret of {webhook_id}"

    async def send(self, call: Call, now: datetime) -> Answer:
        self.sent.append(call)
        return self.answer(call)


class NoWebhooks:
    """An installation that names no host: none is called."""

    hosts: Collection[str] = ()

    def check(self, address: str) -> None:
        raise Unavailable("webhook.off")

    def secret(self, webhook_id: UUID) -> str:
        raise Unavailable("webhook.off")

    async def send(self, call: Call, now: datetime) -> Answer:
        return Answer(Outcome.refused, "webhook.off")
