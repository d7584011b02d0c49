"""A few demo days and one Chromium for each process of the test run; each module has a copy of those days."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser, async_playwright, expect

from browser.stage.people import PATIENCE_MS, launch
from browser.stage.places import Places
from browser.stage.server import PAGES, Installation, Server
from gridward.gateways.cluster import Cluster

DAYS = 3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def demo(cluster: Cluster, run_folder: Path) -> Iterator[Installation]:
    """The demo after a few days of work, which nobody changes."""
    if not PAGES.exists():
        pytest.skip("frontend/dist is not built: `make test` builds it, or `npm run build` in frontend/")
    own = Installation(cluster, "browser", run_folder / "browser")
    cluster.create_database(own.database, template="template_gridward")
    own.make_demo(DAYS)
    yield own
    cluster.drop_database(own.database)


@pytest.fixture(scope="module")
def installation(demo: Installation, run_folder: Path) -> Iterator[Installation]:
    """A copy of it for this module: the small community soon has no place left where nothing was reported."""
    name = f"browser_{uuid4().hex}"
    own = Installation(demo.cluster, name, run_folder / name)
    shutil.copytree(demo.folder, own.folder)
    own.cluster.create_database(name, template=demo.database)
    yield own
    own.cluster.drop_database(name)
    shutil.rmtree(own.folder)


@pytest.fixture(scope="module")
def server(installation: Installation) -> Iterator[Server]:
    server = Server(installation)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def places(installation: Installation) -> Places:
    return Places(installation)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()
