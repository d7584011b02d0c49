"""Steps as a telephone sends them, for what a story only presupposes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from browser.stage.people import Visitor


async def takes(
    who: Visitor, ticket_id: str, step: str, *, done: datetime | None = None, sent: datetime | None = None, **body: Any
) -> None:
    """By whoever is signed in, done at ``done`` and sent at ``sent`` by a clock that goes right; both now if left out."""
    at = f"{who.origin}/api/v1/tickets/{ticket_id}"
    seen = await (await who.page.request.get(at)).json()
    done = done or datetime.now(UTC)
    envelope = {
        "schema": 1,
        "digest": uuid4().hex,
        "type": step,
        "seen": {name: seen[name] for name in ("version", "assignment_id", "resolution_id")},
        "body": body,
        "clock": {"captured_at": done.isoformat(), "offset_ms": 0, "offset_at": done.isoformat()},
    }
    headers = {"X-Gridward": "1", "X-Client-Now": (sent or done).isoformat()}
    answer = await who.page.request.put(f"{at}/operations/{uuid4()}", data=envelope, headers=headers)
    assert answer.ok, await answer.text()
