"""The shell of the API: headers on every answer, the pages, and what may be kept for how long."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from gridward.app import create_app
from gridward.web.headers import ALWAYS


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>网格守望</title>" + " " * 2000)
    (tmp_path / "sw.js").write_text("self.skipWaiting()")
    (tmp_path / "assets" / "app-1a2b3c.js").write_text("export {}")
    return tmp_path


@pytest.fixture
def app(pages: Path) -> FastAPI:
    app = create_app(None, pages=pages)

    async def fault() -> None:
        raise RuntimeError("a fault of ours")

    app.router.routes.insert(0, app.router.route_class("/api/v1/fault", fault))
    return app


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/assets/app-1a2b3c.js", 200), ("/gone.js", 404), ("/api/v1/nothing", 404), ("/api/v1/fault", 500)],
)
async def test_every_answer_has_the_headers(path: str, status: int, browser: httpx.AsyncClient) -> None:
    answer = await browser.get(path)
    assert answer.status_code == status
    for name, value in ALWAYS.items():
        assert answer.headers[name] == value, name
    assert "strict-transport-security" not in answer.headers
    assert "cache-control" in answer.headers


@pytest.mark.parametrize(
    ("path", "keep"),
    [
        ("/", "no-cache"),
        ("/index.html", "no-cache"),
        ("/sw.js", "no-cache"),
        ("/assets/app-1a2b3c.js", "public, max-age=31536000, immutable"),
        ("/assets/app-gone.js", "no-store"),
        ("/api/v1/nothing", "no-store"),
    ],
)
async def test_built_files_are_kept_for_ever_and_pages_asked_for(
    path: str, keep: str, browser: httpx.AsyncClient
) -> None:
    assert (await browser.get(path)).headers["cache-control"] == keep


async def test_a_page_of_the_application_is_the_start_page(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/tickets/20261121-004213", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert "网格守望" in answer.text
    assert answer.headers["content-encoding"] == "gzip"


async def test_a_file_of_a_build_that_is_gone_is_not_the_start_page(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/assets/app-gone.js", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"


async def test_below_the_api_nothing_is_a_page(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/api/v1/tickets/none/of/this", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_fault_tells_nothing(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/api/v1/fault")
    assert answer.json()["code"] == "fault"
    assert "ours" not in answer.json().get("facts", {}).values()


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
async def test_descriptions_are_not_public(path: str, browser: httpx.AsyncClient) -> None:
    assert (await browser.get(path)).status_code == 404


async def test_without_built_pages_it_says_how(tmp_path: Path) -> None:
    transport = httpx.ASGITransport(create_app(None, pages=tmp_path / "none"))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.get("/")
    assert (answer.status_code, "make run" in answer.text) == (503, True)
