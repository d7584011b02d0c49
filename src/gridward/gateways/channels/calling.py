"""A call to an address that somebody else gave: what the host may be, where it is connected to, and what is read of the answer.

Hosts are on a list. The name is resolved once and what was found is connected to, so that it cannot become another between
look and call. Private networks are refused, also inside an IPv6 address. No redirect is followed, and of the answer nothing
is read but its status: what is not read can be neither too long nor shown to anybody.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

import httpx

TIMEOUT_S = 5.0
LONGEST_ADDRESS = 1000


class Outcome(StrEnum):
    taken = "taken"
    """The other side has it. That it reaches a person is not said by that."""
    gone = "gone"
    """The other side knows this address no more."""
    later = "later"
    refused = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """``why``: a status or the name of a fault. ``wait``: what the other side asked for."""

    outcome: Outcome
    why: str
    wait: timedelta | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Calls addresses of the hosts on its list.

    Args:
        hosts: Names; a leading dot: every name below it.
        allow_private: FOR TESTS ONLY: plain http and addresses of this machine.
        timeout_s: For everything, from the name to the status.
    """

    hosts: Collection[str]
    allow_private: bool = False
    timeout_s: float = TIMEOUT_S

    @classmethod
    def of(cls, address: str, *, allow_private: bool, timeout_s: float) -> Self:
        """For the one host of this address; one that may not be called calls nobody."""
        host = host_of(address)
        return cls(hosts=(host,) if host else (), allow_private=allow_private, timeout_s=timeout_s)

    def host(self, address: str) -> str | None:
        """The host, when this is an address that may be called."""
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            return None
        schemes = ("https", "http") if self.allow_private else ("https",)
        if parts.scheme not in schemes or not address.isascii() or len(address) > LONGEST_ADDRESS or host is None:
            return None
        if parts.username is not None or parts.fragment or (port not in (None, 443) and not self.allow_private):
            return None
        known = any(host == one or (one[0] == "." and host.endswith(one)) for one in self.hosts)
        return host if known else None

    async def post(self, address: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Faults of the other side are answers."""
        try:
            async with asyncio.timeout(self.timeout_s):
                return await self._post(address, content, headers)
        except (TimeoutError, OSError, httpx.HTTPError, httpx.InvalidURL) as fault:
            return Answer(Outcome.later, type(fault).__name__)

    async def _post(self, address: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        host = self.host(address)
        if host is None:
            return Answer(Outcome.refused, "host")
        url = httpx.URL(address)
        found = await self._resolved(host, url.port)
        if found is None:
            return Answer(Outcome.refused, "private_address")
        # No connection is used twice: the pool knows them by address, and two hosts may share one.
        async with (
            httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)) as client,
            client.stream(
                "POST",
                url.copy_with(host=found),
                content=content,
                headers={"Host": url.netloc.decode(), **headers},
                extensions={"sni_hostname": host},
            ) as answer,
        ):
            return meant(answer.status_code, answer.headers.get("retry-after"))

    async def _resolved(self, host: str, port: int | None) -> str | None:
        found = await asyncio.get_running_loop().getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
        addresses = [str(one[4][0]) for one in found]
        if not self.allow_private and not all(is_public(one) for one in addresses):
            return None
        return addresses[0]


def host_of(address: str) -> str | None:
    """The host of an address, when such a one may be called at all (plain http: for tests only)."""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return None
    return Caller(hosts=(host,), allow_private=True).host(address) if host else None


def meant(status: int, retry_after: str | None) -> Answer:
    """What an answer means for the message. A redirect is none: nobody but the operator says where messages go."""
    why = str(status)
    if 200 <= status < 300:
        return Answer(Outcome.taken, why)
    if status in (404, 410):
        return Answer(Outcome.gone, why)
    if status == 429 or status >= 500:
        seconds = int(retry_after) if retry_after is not None and retry_after.isascii() and retry_after.isdigit() else 0
        return Answer(Outcome.later, why, timedelta(seconds=min(seconds, 86_400)) if seconds else None)
    return Answer(Outcome.refused, why)
