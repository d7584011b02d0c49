"""Web Push (RFC 8030, 8188, 8291, 8292): a message to one browser, by the push service that the browser named.

The address comes from a browser, so it is a stranger's and called as such (``calling``). pywebpush is not used: it brings two more HTTP clients for what is done here by httpx.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gridward.domain.errors import Malformed, Unavailable
from gridward.gateways.channels.calling import TIMEOUT_S, Answer, Caller, Outcome

HOSTS = ("fcm.googleapis.com", ".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com")
"""The services of Chromium, Firefox, Safari and Edge. A leading dot: every name below it."""

TOKEN_SPAN = timedelta(hours=12)  # RFC 8292 allows 24

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
    _caller: Caller = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._key = private_key(self.secret)
        self._caller = Caller(hosts=(*HOSTS, *self.hosts), allow_private=self.allow_private, timeout_s=self.timeout_s)

    @property
    def key(self) -> str | None:
        return _text(public_point(self._key))

    def check(self, endpoint: str, p256dh: bytes) -> None:
        if self._caller.host(endpoint) is None:
            raise Malformed("push_host_unknown")
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(CURVE, p256dh)
        except ValueError:
            raise Malformed("push_keys_unreadable") from None

    async def send(self, push: Push, now: datetime) -> Answer:
        return await self._caller.post(
            push.endpoint,
            encrypted(push),
            {
                "Authorization": f"vapid t={token(self._key, push.endpoint, self.contact, now)}, k={self.key}",
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(int(push.ttl.total_seconds())),
                "Topic": push.topic,
                "Urgency": push.urgency,
            },
        )


def encrypted(push: Push) -> bytes:
    """The body, readable by that browser alone (RFC 8291), with a key of its own for each message."""
    body: bytes = http_ece.encrypt(
        push.payload, private_key=ec.generate_private_key(CURVE), dh=push.p256dh, auth_secret=push.auth
    )
    return body


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
