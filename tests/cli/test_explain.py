"""``gridward explain`` as a person at a terminal uses it: another program, the same database, the same answer."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import datetime
from pathlib import Path

import pytest

from cast import ESTATE, MARKET, Town
from gridward.domain.accounts import program
from gridward.domain.routing.rules import RuleSet, default_rules
from gridward.services.routing import publish as routing
from gridward.services.standards.publishing import publish_built_in


@pytest.fixture
async def ruled(town: Town, write, now: datetime) -> Town:
    async with write() as session:
        actor = program(town.jurisdiction_id, "cli")
        await publish_built_in(session, actor, valid_from=now.date(), now=now)
        await routing.keep(session, actor, RuleSet(version=1, rules=default_rules(())), now=now)
    return town


async def explained(database_url: str, folder: Path, *arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and what was said to the person."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRIDWARD_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gridward",
        "explain",
        *map(str, arguments),
        env={
            **kept,
            "DATABASE_URL": database_url,
            "GRIDWARD_DATA": str(folder),
            "PYTHONPATH": "src",
            "COLUMNS": "160",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, said = await process.communicate()
    return process.returncode or 0, out.decode(), said.decode()


async def test_it_says_who_and_why(ruled: Town, database_url: str, tmp_path: Path) -> None:
    one = ("--jurisdiction", ruled.jurisdiction_id)
    code, out, _ = await explained(database_url, tmp_path, *ESTATE, "litter_full", "--json", *one)
    told = json.loads(out)
    assert (code, told["unit_id"], told["sure"]) == (0, str(ruled.property_firm), True)
    code, out, said = await explained(database_url, tmp_path, *MARKET, "litter_full", "--accuracy", 3000, *one)
    assert (code, out) == (0, "")
    assert "dispatcher's tray" in said
    assert "boundary_near" in said
    assert "环卫一队" in said
    code, _, said = await explained(database_url, tmp_path, *MARKET, "spaceship", *one)
    assert (code, "category.unknown" in said) == (1, True)
