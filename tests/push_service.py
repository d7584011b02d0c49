"""A stand-in for a push service and for the browsers that subscribe with it: on this machine, by plain HTTP.

It does what a real one cannot be made to do here: it shows what arrived, decrypted with the browser's own keys, and it
answers as it is told: late, wrong, never.
"""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import http_ece
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gridward.gateways.channels.push import public_point

CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
HANG = b""
"""Take the message and never answer."""


def status(code: int, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {code} As told", "Content-Length: 0", *headers, "", ""]).encode()


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def data_of(words: str) -> bytes:
    return urlsafe_b64decode(words + "=" * (-len(words) % 4))


@dataclass(slots=True)
class Subscription:
    """One browser's end: what it hands to the server, and the secrets that it keeps."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"sixteen bytes ok"

    def said(self, language: str = "zh") -> dict[str, str]:
        """As the page sends it."""
        return {
            "endpoint": self.endpoint,
            "p256dh": text(public_point(self.key)),
            "auth": text(self.auth),
            "language": language,
        }


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came: the headers for the service, and what only that browser can read."""

    endpoint: str
    headers: Mapping[str, str]
    body: bytes
    said: Mapping[str, Any]
    claims: Mapping[str, Any]


@dataclass(slots=True)
class PushService:
    """``async with PushService() as service:`` listens on a port of its own."""

    answer: Callable[[str], bytes] = lambda _: CREATED
    received: list[Received] = field(default_factory=list)
    _browsers: dict[str, Subscription] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _calls: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._call, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for call in list(self._calls):
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def origin(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def subscribe(self) -> Subscription:
        made = Subscription(f"{self.origin}/push/{uuid4().hex}")
        self._browsers[made.endpoint] = made
        return made

    def said(self) -> list[Mapping[str, Any]]:
        return [one.said for one in self.received]

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._take(reader, writer)
        finally:
            self._calls.discard(task)
            writer.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *rest = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
        body = await reader.readexactly(int(headers["content-length"]))
        endpoint = f"http://{headers['host']}{line.split()[1]}"
        browser = self._browsers[endpoint]
        plain = http_ece.decrypt(body, private_key=browser.key, auth_secret=browser.auth)
        claims = checked_claims(headers["authorization"], self.origin)
        self.received.append(Received(endpoint, headers, body, json.loads(plain), claims))
        answer = self.answer(endpoint)
        if answer == HANG:
            await asyncio.Event().wait()
        writer.write(answer)
        await writer.drain()


def checked_claims(authorization: str, origin: str) -> Mapping[str, Any]:
    """What the sender signed; the signature and the origin are checked as a push service does (RFC 8292)."""
    scheme, _, words = authorization.partition(" ")
    parts = dict(one.strip().split("=", 1) for one in words.split(","))
    assert scheme == "vapid"
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data_of(parts["k"]))
    head, claims, signature = parts["t"].split(".")
    raw = data_of(signature)
    made = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key.verify(made, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    read: Mapping[str, Any] = json.loads(data_of(claims))
    assert read["aud"] == origin
    return read
