"""A person's phone or desk over HTTP: it sends what its screen showed last."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID, uuid4

import httpx

from cast import MARKET, Member
from filing import picture
from serving import Served


class Phone:
    """One person's phone or desk: sends what its screen showed last."""

    def __init__(self, served: Served, member: Member) -> None:
        self.served, self.browser = served, served.browser(member)

    def clock(self) -> dict[str, Any]:
        now = self.served.clock()
        return {"captured_at": now.isoformat(), "tz": "Asia/Shanghai", "offset_ms": 0, "offset_at": now.isoformat()}

    def headers(self) -> dict[str, str]:
        """JSON in plain ASCII, as some phones write it: escapes reach the server as they are."""
        return {"Content-Type": "application/json", "X-Client-Now": self.served.clock().isoformat()}

    async def photo(self, seed: int) -> str:
        content = picture(seed)
        sha256 = hashlib.sha256(content).hexdigest()
        answer = await self.browser.put(f"photos/{sha256}", content=content, headers={"Content-Type": "image/jpeg"})
        assert answer.status_code in (200, 201), answer.text
        return sha256

    def report(self, category: str = "litter_full", *, at: tuple[float, float] = MARKET, **more: Any) -> dict[str, Any]:
        place = {"lon": at[0], "lat": at[1], "accuracy_m": 8, "age_s": 1, "source": "gps"}
        return {
            "schema": 1,
            "digest": uuid4().hex,
            "clock": self.clock(),
            "body": {"category": category, "location": place, "condition_id": None} | more,
        }

    async def file(self, report: dict[str, Any], report_id: UUID | None = None) -> httpx.Response:
        return await self.browser.put(
            f"reports/{report_id or uuid4()}", content=json.dumps(report), headers=self.headers()
        )

    async def look(self, ticket_id: str) -> dict[str, Any]:
        answer = await self.browser.get(f"tickets/{ticket_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def does(self, ticket_id: str, type_: str, *, op_id: UUID | None = None, **body: Any) -> httpx.Response:
        """What this person does after looking at the ticket."""
        seen = await self.look(ticket_id)
        envelope = {
            "schema": 1,
            "digest": uuid4().hex,
            "type": type_,
            "seen": {name: seen[name] for name in ("version", "assignment_id", "resolution_id")},
            "body": body,
            "clock": self.clock(),
        }
        return await self.browser.put(
            f"tickets/{ticket_id}/operations/{op_id or uuid4()}",
            content=json.dumps(envelope),
            headers=self.headers(),
        )
