"""False acknowledgements: whatever answers in the server's place, nothing of it is believed.

``python -m drills.acks --seed 1 --size full``: so many forged answers over TCP, then the truth, which must be believed.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from drills.arguments import arguments
from drills.phone import Disk, Patience, Phone
from drills.proxy import whole_request
from drills.wire import HttpWire
from filing import picture

SIZES = {"short": 60, "planted": 120, "full": 500}
REPORTS = 20


def answer(status: str, body: bytes, *, kind: str = "application/json", ack: bool = True, length: int = -1) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body) if length < 0 else length}"]
    head += ["X-App-Ack: 1"] if ack else []
    return "\r\n".join([*head, "Connection: close", "", ""]).encode() + body


def said(**fields: str) -> bytes:
    return json.dumps({**fields, "ticket_no": "20261129-000001", "short_no": "001"}).encode()


def forgeries(id_name: str, id_: str, digest: str) -> dict[str, bytes]:
    """Every answer that is not the server's own yes to this very thing."""
    other = str(uuid4())
    true = said(**{id_name: id_, "digest": digest})
    html = b"<html><form action='/login'>Wi-Fi</form></html>"
    return {
        "captive 200": answer("200 OK", html, kind="text/html", ack=False),
        "captive 200 in JSON": answer("200 OK", b'{"status":"ok"}', ack=False),
        "204": answer("204 No Content", b"", ack=False),
        "204 with our header": answer("204 No Content", b""),
        "201 HTML with our header": answer("201 Created", html, kind="text/html"),
        "other id": answer("200 OK", said(**{id_name: other, "digest": digest})),
        "other digest": answer("201 Created", said(**{id_name: id_, "digest": digest[::-1]})),
        "no digest": answer("200 OK", said(**{id_name: id_})),
        "truncated JSON": answer("201 Created", true[: len(true) // 2]),
        "cut off": answer("201 Created", true[: len(true) // 2], length=len(true)),
        "no X-App-Ack": answer("201 Created", true, ack=False),
        "not called JSON": answer("200 OK", true, kind="text/plain"),
        "a list": answer("200 OK", b"[" + true + b"]"),
        "202": answer("202 Accepted", true),
        "moved": answer("302 Found", b"", kind="text/html", ack=False),
        "not modified": answer("304 Not Modified", b"", ack=False),
        "409 of a proxy": answer("409 Conflict", html, kind="text/html", ack=False),
        "410 of a proxy": answer("410 Gone", b'{"code":"erased"}', ack=False),
        "403 of a school": answer("403 Forbidden", html, kind="text/html", ack=False),
        "413 of a proxy": answer("413 Too Large", html, kind="text/html", ack=False),
    }


@dataclass(slots=True)
class Forger:
    """Answers in the server's place; ``honest`` once it has lied often enough."""

    lies: int
    dice: random.Random
    told: Counter[str] = field(default_factory=Counter)
    honest: bool = False
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await whole_request(reader)
            writer.write(self._answer(request))
            await writer.drain()
        except OSError:
            return
        finally:
            writer.close()

    def _answer(self, request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        if method != "PUT":
            return answer("503 Service Unavailable", b"{}", ack=False)
        id_ = path.rpartition("/")[2]
        photo, report = "/photos/" in path, "/reports/" in path
        name = "sha256" if photo else "report_id" if report else "op_id"
        digest = id_ if photo else json.loads(body)["digest"]
        if self.honest:
            return answer("201 Created", said(**{name: id_, "digest": digest}))
        kind, lie = self.dice.choice(
            [
                (kind, lie)
                for kind, lie in forgeries(name, id_, digest).items()
                if not photo or kind not in ("other digest", "no digest")
            ]
        )
        self.told[kind] += 1
        if sum(self.told.values()) >= self.lies:
            self.enough.set()
        return lie


async def drill(seed: int, lies: int, phone: type[Phone] = Phone) -> list[str]:
    """What was believed, in words."""
    dice, forger = random.Random(seed), Forger(lies, random.Random(seed))
    server = await asyncio.start_server(forger, "127.0.0.1", 0)
    wire = HttpWire(lambda: server.sockets[0].getsockname()[1], lambda: "nobody", patience_s=5)
    one = phone(
        disk=Disk(),
        wire=wire,
        person=str(uuid4()),
        scopes=(),
        dice=dice,
        now=lambda: datetime.now(UTC),
        patience=Patience(speed=2_000, pull_every=60),
    )
    for number in range(REPORTS):
        filed = one.report({"category": "litter_full", "note": str(number)}, [picture(number)] if number % 2 else [])
        for text in ("一", "二"):
            one.step(str(uuid4()) if number % 3 else filed.ticket_id, "note", {"text": text, "audience": "unit"})
    saved, photos = dict(one.disk.items), set(one.disk.photos)
    running = asyncio.create_task(one.run())
    try:
        async with asyncio.timeout(120):
            waiting = asyncio.create_task(forger.enough.wait())
            await asyncio.wait({waiting, running}, return_when=asyncio.FIRST_COMPLETED)
            found = [f"{item.kind} {item.state} {item.refused or ''}" for item in saved.values() if not item.waiting]
            found += ["an item is gone"] * len(saved.keys() - one.disk.items.keys())
            found += ["a photo is gone from the phone"] * len(photos - one.disk.photos.keys())
            found += ["a photo is called sent"] * len(one.disk.on_server)
            forger.honest = True
            while not found and any(item.waiting for item in one.disk.items.values()):
                await asyncio.sleep(0.01)
    finally:
        waiting.cancel()
        running.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)
        wire.close()
        server.close()
    print(f"  told: {dict(forger.told)}")
    return [f"I3: believed: {one}" for one in found]


def main() -> int:
    chosen = arguments("False acknowledgements", SIZES)
    began, lies = time.monotonic(), SIZES[chosen.size]
    found = asyncio.run(drill(chosen.seed, lies))
    for one in found:
        print(f"Acks violated: {one}")
    print(f"Acks: {len(found)} of {lies} believed, the truth was ({time.monotonic() - began:.0f} s)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
