"""``gridward audit-sla`` as a supervisor uses it: a month that is right, one that somebody tampered with, and another rule."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import MARKET, NOON, Member, Town
from conftest import Write
from filing import Story, deliver, filed, open_town, report
from gridward.cli.auditing import Answer, connected, rule_in
from gridward.domain import sync
from gridward.domain.calendar import Shift
from gridward.domain.errors import NotFound
from gridward.domain.standards import ClockKind, Limit, LimitKind
from gridward.domain.standards_document import to_document
from gridward.persistence.database import write_transaction
from gridward.persistence.entries import EntryRow
from gridward.persistence.standards.queries import current_calendars, current_standard
from gridward.persistence.tickets.rows import TicketRow
from gridward.services.tickets.sweep import sweep

DAYS = date(2026, 9, 1), date(2026, 9, 30)
MONTH = ("--from", str(DAYS[0]), "--to", str(DAYS[1]))


async def audited(database_url: str, folder: Path, town: Town, *arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and what was said to the person."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRIDWARD_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gridward",
        "audit-sla",
        *MONTH,
        "--jurisdiction",
        str(town.jurisdiction_id),
        *map(str, arguments),
        env={
            **kept,
            "DATABASE_URL": database_url,
            "GRIDWARD_DATA": str(folder),
            "GRIDWARD_ALLOW_UNSAFE_DATABASE": "1",
            "PYTHONPATH": "src",
            "COLUMNS": "200",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, said = await process.communicate()
    return process.returncode or 0, out.decode(), said.decode()


@pytest.fixture
async def worked(
    write: Write, town: Town, volunteer: Member, sanitation_lead: Member, steward: Member
) -> Sequence[UUID]:
    """Three tickets of the market: one done in the afternoon and checked, one done and not checked, one left lying."""
    async with write() as session:
        await open_town(session, town)
        before = await deliver(session, volunteer, 1)
        claim = (sync.PhotoClaim(sha256=before, kind="before"),)
        made = [
            await filed(session, volunteer, report(at=(MARKET[0] + n * 0.0004 - 0.0004, MARKET[1]), photos=claim))
            for n in range(3)
        ]
        after, proof = await deliver(session, sanitation_lead, 90), await deliver(session, steward, 140)
    for number, one in enumerate(made[:2]):
        async with write() as session:
            row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == one.ticket_id))).scalar_one()
            seen = sync.Seen(version=row.version, assignment_id=row.assignment_id)
            story = Story(one.ticket_id, NOON + timedelta(hours=3), seen)
            await story.does(session, sanitation_lead, "resolve", photos=[after])
            if number == 0:
                await story.does(session, steward, "verify", way="spot", photos=[proof])
    async with write() as session:
        await sweep(session, NOON + timedelta(days=2))
    return [one.ticket_id for one in made]


async def test_a_changed_due_time_is_found_and_so_is_a_ticket_without_its_entries(
    worked: Sequence[UUID], town: Town, database_url: str, owner_engine: AsyncEngine, tmp_path: Path
) -> None:
    code, out, said = await audited(database_url, tmp_path, town, "--json")
    assert code == 0, said
    told = json.loads(out)
    assert (code, told["counts"]["tickets"], told["differences"]) == (0, 3, []), said
    async with write_transaction(owner_engine) as session:
        changed = text(
            "UPDATE clock SET due_at = due_at + interval '1 hour' WHERE ticket_id = :ticket AND kind = 'resolve'"
        )
        await session.execute(changed, {"ticket": worked[2]})
        await session.execute(
            text("DELETE FROM clock WHERE ticket_id = :ticket AND kind = 'verify'"), {"ticket": worked[0]}
        )
    code, out, _ = await audited(database_url, tmp_path, town, "--json")
    told = json.loads(out)
    assert code == 1
    found = {(one["ticket_id"], one["clock"], one["field"]) for one in told["differences"]}
    assert found == {(str(worked[2]), "resolve-1-1", "due_at"), (str(worked[0]), "verify-1-1", "clock")}
    assert told["counts"]["tickets_with_differences"] == 2


async def test_half_the_time_would_have_made_it_late_and_nothing_is_written(
    worked: Sequence[UUID], town: Town, write: Write, database_url: str, tmp_path: Path
) -> None:
    """Done after three hours of four; where work begins at eight in the evening it was done before it began."""
    async with write() as session:
        standard = await current_standard(session, town.jurisdiction_id, NOON.date())
        work = (await current_calendars(session, town.jurisdiction_id))["work"]
        before = len((await session.execute(select(EntryRow.entry_id))).all())
    shorter = replace(standard.conditions["litter_full-full"], limit=Limit(LimitKind.WORK_HOUR, 2))
    other = replace(standard, conditions={**standard.conditions, "litter_full-full": shorter})
    file = tmp_path / "other.json"

    async def supposed(what_if: str, document: object = None) -> Answer:
        rule = None
        if document is not None:
            file.write_text(json.dumps(to_document(document)))
            rule = rule_in(file)
        return await connected(database_url, str(town.jurisdiction_id), *DAYS, what_if, rule)

    answer = await supposed(str(file), other)
    assert answer.supposed is not None
    resolve = answer.supposed.sums[ClockKind.RESOLVE]
    assert (answer.supposed.tickets, resolve.due, resolve.on_time, resolve.other_on_time) == (3, 2, 1, 0), (
        "what is done and not checked is in no share"
    )
    (change,) = [one for one in answer.lines.kept if one.clock == "resolve-1-1"]
    assert (change.ticket_id, change.judged, change.other_judged) == (worked[0], "on_time", "late")
    assert change.sums == ("due", "on_time", "other_due", "to_late")
    answer = await supposed(str(file), replace(work, weekly=((Shift(20 * 60, 1440),),) * 7))
    assert answer.supposed is not None
    assert answer.supposed.sums[ClockKind.RESOLVE].other_on_time == 1
    assert (await supposed("gridward/1")).lines.kept == []
    assert (await supposed("work/1")).lines.kept == []
    with pytest.raises(NotFound, match=r"rule\.unknown"):
        await supposed("nowhere/7")
    async with write() as session:
        assert len((await session.execute(select(EntryRow.entry_id))).all()) == before
