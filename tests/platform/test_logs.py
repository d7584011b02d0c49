"""What the programs write down of a fault: where it was and of which kind, never what people had written."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cast import Town
from conftest import Write
from gridward import logs
from gridward.persistence.database import reach_homes
from gridward.persistence.households.register import put_contacts

NAME = "金丝雀日志\n\n第二行"
"""An empty line in it: whoever cuts a message at one, keeps the rest."""


@pytest.fixture(params=["json", "text"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    root, chosen, out = logging.getLogger(), structlog.get_config(), io.StringIO()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr(sys, "stderr", out)
    logs.configure(request.param, "info")
    yield out
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**chosen)


async def test_a_database_that_refuses_a_row_is_logged_without_the_row(
    written: io.StringIO, write: Write, town: Town
) -> None:
    contact = {
        "household_id": uuid4(),
        "jurisdiction_id": town.jurisdiction_id,
        "name": NAME,
        "number_sealed": None,
        "number_digest": None,
        "changed_at": None,
    }
    by_name = text("SELECT CAST(:name AS uuid) FROM person LIMIT 1")
    for broken in (
        lambda session: put_contacts(session, [contact]),
        lambda session: session.execute(text("SELECT 1 WHERE CAST(:name AS text) = '1'::jsonb"), {"name": NAME}),
        lambda session: session.execute(by_name, {"name": NAME}),
    ):
        with pytest.raises(DBAPIError) as raised:
            async with write() as session:
                await reach_homes(session, town.jurisdiction_id)
                await broken(session)
        structlog.get_logger("faults").error("database.fault", exc_info=raised.value)
    said = written.getvalue()
    assert said.count("database.fault") == 3
    assert "sqlstate 23502" in said
    assert "test_logs.py" in said, "where it was"
    for part in ("金丝雀", "第二行", NAME):
        assert part not in said
