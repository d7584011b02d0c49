"""Web Push (RFC 8030, 8188, 8291, 8292): a message to one browser, by the push service that the browser named.

The address comes from a browser, so it is a stranger's: hosts are on a list, private networks are refused, nothing of
an answer is read but its status. pywebpush is not used: it brings two more HTTP clients for what is done here by httpx.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol
from urllib.parse import urlsplit

import http_ece
import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gridward.domain.errors import Malformed, Unavailable

HOSTS = ("fcm.googleapis.com", ".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com")
"""The services of Chromium, Firefox, Safari and Edge. A leading dot: every name below it."""

TIMEOUT_S = 5.0
TOKEN_SPAN = timedelta(hours=12)  # RFC 8292 allows 24
LONGEST_ADDRESS = 1000

CURVE = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One message to one browser.

    Attributes:
        endpoint: The address that the browser's push service gave out.
        p256dh: The browser's public key, an uncompressed point of P-256 (65 bytes). ``auth``: its secret (16 bytes).
        payload: What the browser's worker reads; nobody on the way can.
        topic: At most 32 characters; a waiting message with the same topic is replaced (RFC 8030, 5.4).
        ttl: How long the push service keeps it for a phone that is off.
    """

    endpoint: str
    p256dh: bytes
    auth: bytes
    payload: bytes
    topic: str
    ttl: timedelta
    urgency: Literal["normal", "high"]


class Outcome(StrEnum):
    taken = "taken"
    """The push service has it. That it reaches the phone is not said by that."""
    gone = "gone"
    """The push service knows this browser no more."""
    later = "later"
    refused = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """``why``: a status or the name of a fault. ``wait``: what the service asked for."""

    outcome: Outcome
    why: str
    wait: timedelta | None = None


class PushChannel(Protocol):
    """Sends; faults of the other side are answers."""

    @property
    def key(self) -> str | None:
        """The public key that browsers subscribe with, base64url; None: this installation sends no push."""

    def check(self, endpoint: str, p256dh: bytes) -> None:
        """Raises :class:`Malformed` (``push_host_unknown``, ``push_keys_unreadable``) for what cannot be sent to."""

    async def send(self, push: Push, now: datetime) -> Answer: ...


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def private_key(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """The installation's signing key from 32 bytes; nearly all of them are one, the reduction makes it all."""
    return ec.derive_private_key(int.from_bytes(secret) % (ORDER - 1) + 1, CURVE)


def public_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def token(key: ec.EllipticCurvePrivateKey, endpoint: str, contact: str, now: datetime) -> str:
    """The signed word by which a push service knows the sender (VAPID, RFC 8292); good for one origin and 12 hours."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + TOKEN_SPAN).timestamp()),
        "sub": contact,
    }
    said = ".".join(
        _text(json.dumps(part, separators=(",", ":")).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims)
    )
    r, s = decode_dss_signature(key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{said}.{_text(r.to_bytes(32) + s.to_bytes(32))}"


def is_public(address: str) -> bool:
    """Whether an IP address lies in the open internet; an IPv4 one inside an IPv6 one is looked at as itself."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


@dataclass(slots=True)
class WebPush:
    """The real door.

    Args:
        secret: 32 bytes, made at install; another secret ends all subscriptions.
        contact: ``https:`` or ``mailto:``, where a push service finds who sends (RFC 8292, ``sub``).
        hosts: Beside :data:`HOSTS`, in the same manner.
        allow_private: FOR TESTS ONLY: plain http and addresses of this machine.
        timeout_s: For everything, from the name to the status.
    """

    secret: bytes = field(repr=False)
    contact: str
    hosts: Collection[str] = ()
    allow_private: bool = False
    timeout_s: float = TIMEOUT_S
    _key: ec.EllipticCurvePrivateKey = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._key = private_key(self.secret)

    @property
    def key(self) -> str | None:
        return _text(public_point(self._key))

    def check(self, endpoint: str, p256dh: bytes) -> None:
        host = self._host(endpoint)
        if host is None:
            raise Malformed("push_host_unknown")
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(CURVE, p256dh)
        except ValueError:
            raise Malformed("push_keys_unreadable") from None

    def _host(self, endpoint: str) -> str | None:
        """The host, when this is an address of a push service on the list."""
        try:
            parts = urlsplit(endpoint)
            host, port = parts.hostname, parts.port
        except ValueError:
            return None
        schemes = ("https", "http") if self.allow_private else ("https",)
        if parts.scheme not in schemes or not endpoint.isascii() or len(endpoint) > LONGEST_ADDRESS or host is None:
            return None
        if parts.username is not None or parts.fragment or (port not in (None, 443) and not self.allow_private):
            return None
        known = any(host == one or (one[0] == "." and host.endswith(one)) for one in (*HOSTS, *self.hosts))
        return host if known else None

    async def send(self, push: Push, now: datetime) -> Answer:
        try:
            async with asyncio.timeout(self.timeout_s):
                return await self._send(push, now)
        except (TimeoutError, OSError, httpx.HTTPError, httpx.InvalidURL) as fault:
            return Answer(Outcome.later, type(fault).__name__)

    async def _send(self, push: Push, now: datetime) -> Answer:
        host = self._host(push.endpoint)
        if host is None:
            return Answer(Outcome.refused, "host")
        address = await self._address(host, httpx.URL(push.endpoint).port)
        if address is None:
            return Answer(Outcome.refused, "private_address")
        url = httpx.URL(push.endpoint)
        # No connection is used twice: the pool knows them by address, and two hosts may share one.
        async with (
            httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)) as client,
            client.stream(
                "POST",
                url.copy_with(host=address),
                content=encrypted(push),
                headers={
                    "Host": url.netloc.decode(),
                    "Authorization": f"vapid t={token(self._key, push.endpoint, self.contact, now)}, k={self.key}",
                    "Content-Encoding": "aes128gcm",
                    "Content-Type": "application/octet-stream",
                    "TTL": str(int(push.ttl.total_seconds())),
                    "Topic": push.topic,
                    "Urgency": push.urgency,
                },
                extensions={"sni_hostname": host},
            ) as answer,
        ):
            return meant(answer.status_code, answer.headers.get("retry-after"))

    async def _address(self, host: str, port: int | None) -> str | None:
        """Resolved once, and that is what is connected to: a name cannot become another between look and call."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
        addresses = [str(one[4][0]) for one in found]
        if not self.allow_private and not all(is_public(one) for one in addresses):
            return None
        return addresses[0]


def encrypted(push: Push) -> bytes:
    """The body, readable by that browser alone (RFC 8291), with a key of its own for each message."""
    body: bytes = http_ece.encrypt(
        push.payload, private_key=ec.generate_private_key(CURVE), dh=push.p256dh, auth_secret=push.auth
    )
    return body


def meant(status: int, retry_after: str | None) -> Answer:
    """What an answer of a push service means for the message."""
    why = str(status)
    if 200 <= status < 300:
        return Answer(Outcome.taken, why)
    if status in (404, 410):
        return Answer(Outcome.gone, why)
    if status == 429 or status >= 500:
        seconds = int(retry_after) if retry_after is not None and retry_after.isascii() and retry_after.isdigit() else 0
        return Answer(Outcome.later, why, timedelta(seconds=min(seconds, 86_400)) if seconds else None)
    return Answer(Outcome.refused, why)


@dataclass(slots=True)
class QuietPush:
    """The twin of tests: keeps what would have been sent and answers as it is told."""

    answer: Callable[[Push], Answer] = lambda _: Answer(Outcome.taken, "201")
    sent: list[Push] = field(default_factory=list)

    @property
    def key(self) -> str | None:
        return _text(b"\x04" + bytes(64))

    def check(self, endpoint: str, p256dh: bytes) -> None:
        return None

    async def send(self, push: Push, now: datetime) -> Answer:
        self.sent.append(push)
        return self.answer(push)


class NoPush:
    """An installation that calls no push service: none is offered."""

    @property
    def key(self) -> str | None:
        return None

    def check(self, endpoint: str, p256dh: bytes) -> None:
        raise Unavailable("push_off")

    async def send(self, push: Push, now: datetime) -> Answer:
        return Answer(Outcome.refused, "push_off")
