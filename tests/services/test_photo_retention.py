"""Photos that were sent for nothing go after thirty days, with their files; those that wait for a report do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import Member, Town
from conftest import Write
from filing import deliver, open_town
from gridward.domain.errors import Unavailable
from gridward.domain.evidence import PhotoKind
from gridward.gateways.blobstore import FolderBlobs
from gridward.persistence.database import write_transaction
from gridward.persistence.writes import Writes
from gridward.services.evidence import proving, retention
from gridward.worker import Tools, drop_photos
from phones import Phone
from serving import Served, serve


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path / "photos")


@pytest.fixture
async def phone(served: Served, write: Write, town: Town, volunteer: Member) -> Phone:
    async with write() as session:
        await open_town(session, town)
    return Phone(served, volunteer)


@pytest.fixture
def tools(served: Served, worker_engine: AsyncEngine) -> Tools:
    return Tools(engine=worker_engine, blobs=served.parts.blobs, now=served.clock)


async def seen(phone: Phone, sha256: str) -> int:
    return (await phone.browser.get(f"photos/{sha256}")).status_code


def files(tmp_path: Path) -> int:
    return len([file for file in (tmp_path / "photos").rglob("*") if file.is_file()])


async def test_a_photo_goes_after_thirty_days_without_a_report_and_may_come_again(
    phone: Phone, served: Served, tools: Tools, tmp_path: Path
) -> None:
    reported, forgotten = await phone.photo(1), await phone.photo(2)
    await phone.file(phone.report(photos=[{"sha256": reported, "kind": "before"}]))
    served.clock.forward(days=2)
    waiting = await phone.photo(3)
    served.clock.forward(days=28, seconds=-1)
    assert not await drop_photos(tools)
    assert [await seen(phone, one) for one in (reported, forgotten, waiting)] == [200, 200, 200]
    served.clock.forward(seconds=2)
    await drop_photos(tools)
    assert [await seen(phone, one) for one in (reported, forgotten, waiting)] == [200, 404, 200]
    assert files(tmp_path) == 4

    # The phone was away all that time and has the report still: it is told what to send again.
    report = phone.report(photos=[{"sha256": forgotten, "kind": "before"}])
    late = await phone.file(report)
    assert (late.status_code, late.json()["facts"]) == (424, {"missing": [forgotten]})
    assert await phone.photo(2) == forgotten
    assert (await phone.file(report)).status_code == 201
    await drop_photos(tools)
    assert await seen(phone, forgotten) == 200


class Away(FolderBlobs):
    """A store that answers, and removes nothing."""

    async def delete(self, key: str) -> None:
        raise Unavailable("storage_unavailable")


async def test_while_the_store_is_away_the_files_are_not_forgotten(
    phone: Phone, served: Served, tools: Tools, tmp_path: Path
) -> None:
    forgotten = await phone.photo(4)
    served.clock.forward(days=31)
    with pytest.raises(Unavailable):
        await drop_photos(replace(tools, blobs=Away(tmp_path / "photos")))
    assert (await seen(phone, forgotten), files(tmp_path)) == (404, 2)
    await drop_photos(tools)
    assert files(tmp_path) == 0


async def test_a_report_that_is_just_being_filed_keeps_its_photos(
    served: Served, phone: Phone, tools: Tools, write: Write, volunteer: Member
) -> None:
    async with write() as session:
        sha256 = await deliver(session, volunteer, 5)
    now = served.clock() + timedelta(days=31)
    async with write() as session:
        shown = [proving.Shown(sha256=sha256, kind=PhotoKind.wide)]
        examined = await proving.examine(session, volunteer.actor, shown)
        async with write_transaction(tools.engine) as worker:
            await retention.drop_unused(worker, now)
        ticket_id = examined[0].photo_use_id
        writes = Writes()
        proving.tie(writes, volunteer.actor, examined, ticket_id=ticket_id, report_id=ticket_id, now=now)
        await writes.run(session)
    async with write_transaction(tools.engine) as worker:
        await retention.drop_unused(worker, now)
    async with write() as session:
        assert await proving.missing(session, volunteer.actor, [sha256]) == []


async def test_the_files_of_the_slower_of_two_equal_uploads_go(
    phone: Phone, tools: Tools, tmp_path: Path, write: Write, volunteer: Member
) -> None:
    sha256 = await phone.photo(6)
    async with write() as session:
        assert await deliver(session, volunteer, 6) == sha256
    assert await seen(phone, sha256) == 200
    await drop_photos(tools)
    assert (await seen(phone, sha256), files(tmp_path)) == (200, 2)
