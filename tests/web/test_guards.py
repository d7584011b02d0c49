"""What another site can make a browser send changes nothing here."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import Member
from gridward.web.guards import own_origins
from serving import ORIGIN, Served, serve


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403, "foreign_origin"),
        ({"Sec-Fetch-Site": "same-site"}, 403, "foreign_origin"),
        ({"Sec-Fetch-Site": "none"}, 403, "foreign_origin"),
        ({"X-Gridward": "0"}, 403, "header_missing"),
        ({"Content-Type": "text/plain"}, 415, "content_type_refused"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415, "content_type_refused"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415, "content_type_refused"),
    ],
)
async def test_a_foreign_request_is_refused_before_it_is_read(
    served: Served, volunteer: Member, headers: dict[str, str], status: int, code: str
) -> None:
    async with served.browser(volunteer) as phone:
        sent = {"Content-Type": "application/json", **headers}
        answer = await phone.post("my/notice", content=b'{"notice_version": "2026-11"}', headers=sent)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert (await phone.get("hello")).json()["session"]["notice_due"] is True


@pytest.mark.parametrize(
    ("origin", "status"),
    [(ORIGIN, 204), ("http://localhost:8000", 204), ("https://evil.example", 403), ("null", 403)],
)
async def test_an_old_browser_says_its_origin(served: Served, volunteer: Member, origin: str, status: int) -> None:
    async with served.browser(volunteer, Origin=origin) as phone:
        del phone.headers["Sec-Fetch-Site"]
        assert (await phone.post("my/notice", json={"notice_version": "2026-11"})).status_code == status


async def test_reading_needs_none_of_it(served: Served, volunteer: Member) -> None:
    async with served.browser(volunteer) as phone:
        del phone.headers["X-Gridward"]
        assert (await phone.get("hello", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 200


def test_the_public_address_is_the_only_one_of_ours() -> None:
    assert own_origins("https://grid.example.org") == {"https://grid.example.org"}
    assert "http://localhost:8001" not in own_origins("http://127.0.0.1:8000")
