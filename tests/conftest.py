"""One test cluster for each process of a run, one copy of the migrated database for each test module.

An open transaction hides later changes from the feed of every database of its server, so processes share none.

Tests commit: inside an open transaction the change feed shows nothing and two actors cannot meet. What a test leaves
behind goes with its module's copy. ``rolled_back`` is for tests of single queries.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.gateways.cluster import Cluster, identifier
from gridward.persistence.database import (
    ReadSession,
    WriteSession,
    make_engine,
    read_transaction,
    write_transaction,
)

pytest_plugins = ["cast"]

CHECKOUT = Path(__file__).parents[1]
SHARED_BY_WORKERS = "GRIDWARD_TEST_RUN"
TEMPLATE = "template_gridward"
PREFIX = "gridward-test-"
TESTS = Path(__file__).parent
ORDER = (
    "platform",
    "drills",
    "browser",
    "contract",
    "cli",
    "journeys",
    "proof",
    "web",
    "services",
    "gateways",
    "persistence",
    "domain",
)
"""The folders by how long their files take."""

Write = Callable[[], AbstractAsyncContextManager[WriteSession]]
Read = Callable[[], AbstractAsyncContextManager[ReadSession]]


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()
    # The usual renderer colours each fault with its local variables: seconds for one that a test means to happen.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    if not hasattr(config, "workerinput"):
        # The workers of pytest-xdist inherit this, so all of them meet in one folder.
        os.environ[SHARED_BY_WORKERS] = str(Path(tempfile.gettempdir()) / f"{PREFIX}{os.getpid()}")


def pytest_collection_finish() -> None:
    """From here on nobody looks for garbage in what was read and collected."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that no process is left alone with one at the end; tests of one file stay together."""
    rank = {folder: number for number, folder in enumerate(ORDER)}
    items.sort(key=lambda item: rank.get(item.path.relative_to(TESTS).parts[0], len(ORDER)))


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    remove_run(Path(os.environ[SHARED_BY_WORKERS]))
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if not Path(f"/proc/{left.name.removeprefix(PREFIX)}").exists():
            remove_run(left)


def remove_run(folder: Path) -> None:
    if folder.exists():
        for own in folder.iterdir():
            test_cluster(own).stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_cluster(folder: Path) -> Cluster:
    return Cluster(folder / "postgres", durable=False, settings={"max_connections": "200", "shared_buffers": "128MB"})


test_cluster.__test__ = False  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """This process's folder, gone after the run."""
    folder = Path(os.environ[SHARED_BY_WORKERS]) / os.environ.get("PYTEST_XDIST_WORKER", "alone")
    for each in (folder.parent, folder):
        each.mkdir(mode=0o711, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def cluster(run_folder: Path) -> Cluster:
    """The process's database server, with the migrated template."""
    cluster = test_cluster(run_folder)
    cluster.start()
    make_template(cluster)
    return cluster


def make_template(cluster: Cluster) -> None:
    config = Config(CHECKOUT / "alembic.ini")
    config.attributes["url"] = cluster.ensure_database(TEMPLATE)
    try:
        # On a thread of its own: Alembic runs a loop, and this one already has one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(command.upgrade, config, "head").result()
    except BaseException:
        cluster.stop()
        raise
    cluster.sql(f"ALTER DATABASE {identifier(TEMPLATE)} IS_TEMPLATE true ALLOW_CONNECTIONS false")


@pytest.fixture(scope="module")
def database_url(cluster: Cluster) -> Iterator[str]:
    """A copy of the migrated template for this module; the address is the owner's."""
    name = f"test_{uuid4().hex}"
    yield cluster.create_database(name, template=TEMPLATE)
    cluster.drop_database(name)


@pytest.fixture(scope="module")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """What the API has: the app role on this module's database."""
    engine = make_engine(database_url, role="gridward_app")
    yield engine
    await engine.dispose()


@pytest.fixture(scope="module")
async def worker_engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """What the worker has: the worker role."""
    engine = make_engine(database_url, role="gridward_worker")
    yield engine
    await engine.dispose()


@pytest.fixture(scope="module")
async def owner_engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """What migrations have: the role that owns every table. For arranging what no program may do."""
    engine = make_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def write(engine: AsyncEngine) -> Write:
    """``async with write() as session:`` is one committed transaction of the app role."""
    return partial(write_transaction, engine)


@pytest.fixture
def read(engine: AsyncEngine) -> Read:
    """``async with read() as session:`` is one READ ONLY snapshot of the app role."""
    return partial(read_transaction, engine)


@pytest.fixture
async def rolled_back(engine: AsyncEngine) -> AsyncIterator[WriteSession]:
    """A session that writes and leaves nothing behind, for tests of single queries."""
    async with WriteSession(engine, expire_on_commit=False) as session, session.begin() as transaction:
        yield session
        await transaction.rollback()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real input files (GRIDWARD_REAL_DATA, or ``shared/data`` beside the checkout), else a skip."""
    folder = Path(os.environ.get("GRIDWARD_REAL_DATA") or CHECKOUT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no real input files: neither GRIDWARD_REAL_DATA nor shared/data beside the checkout")
    return folder
