"""A backup made while people work, restored elsewhere: everything is there once, nobody who was erased, and phones begin anew."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

import programs
from cast import Member, Town, settle
from conftest import TEMPLATE
from filing import open_town
from gridward.gateways import dumps
from gridward.gateways.backup_folder import BackupRefused, Reading
from gridward.gateways.blobstore import FolderBlobs, MemoryBlobs
from gridward.gateways.cluster import Cluster
from gridward.gateways.erasures import FileLedger
from gridward.gateways.sealing import FILE as SEALS
from gridward.gateways.sealing import FileAnchors
from gridward.persistence.database import make_engine, read_transaction, write_transaction
from gridward.persistence.evidence import PhotoRow
from gridward.persistence.tickets.rows import ReportRow
from gridward.services.erasure import erase_person
from gridward.services.evidence.uploading import full_key
from gridward.worker import Tools, seal_entries
from homes import live
from phones import Phone
from serving import Served, serve


@dataclass(slots=True)
class Installation:
    """A data folder with a database, and the commands that a person gives there."""

    folder: Path
    url: str

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("GRIDWARD_")}
        known = {
            "GRIDWARD_DATA": str(self.folder),
            "DATABASE_URL": self.url,
            "GRIDWARD_ALLOW_UNSAFE_DATABASE": "true",
            "COLUMNS": "400",
        }
        return programs.run(*arguments, environment={**own, **known})

    def does(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def refuses(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode in (1, 2, 3), (done.returncode, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stderr


@pytest.fixture
def here(cluster: Cluster, tmp_path: Path) -> Iterator[Installation]:
    """A database of its own for each test: a backup is of all of it."""
    name = f"here_{uuid4().hex}"
    folder = tmp_path / "here"
    folder.mkdir()
    yield Installation(folder, cluster.create_database(name, template=TEMPLATE))
    cluster.drop_database(name)


@pytest.fixture
def elsewhere(cluster: Cluster, tmp_path: Path) -> Iterator[Installation]:
    name = f"elsewhere_{uuid4().hex}"
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    yield Installation(folder, cluster.ensure_database(name))
    cluster.drop_database(name)


@pytest.fixture
async def served(here: Installation) -> AsyncIterator[Served]:
    engine = engine_of(here)
    served = serve(engine, here.folder / "photos")
    yield served
    await engine.dispose()


@pytest.fixture
async def town(served: Served) -> Town:
    async with write_transaction(served.parts.engine) as session:
        town = await settle(session)
        await open_town(session, town)
    return town


async def reported(served: Served, who: Member, seed: int) -> UUID:
    phone, report_id = Phone(served, who), uuid4()
    photo = {"sha256": await phone.photo(seed), "kind": "close"}
    answer = await phone.file(phone.report(photos=[photo], note=f"箱子满了 {seed}"), report_id)
    assert answer.status_code == 201, answer.text
    return report_id


async def seal(installation: Installation) -> None:
    """As the worker does every few seconds."""
    engine = make_engine(installation.url, role="gridward_worker")
    anchors = FileAnchors(installation.folder / SEALS)
    tools = Tools(engine=engine, blobs=MemoryBlobs(), now=lambda: datetime.now(UTC), anchors=anchors)
    while await seal_entries(tools):
        pass
    await engine.dispose()


def engine_of(installation: Installation) -> AsyncEngine:
    return make_engine(installation.url, role="gridward_app")


async def test_restored_elsewhere_everything_is_there_once_and_nobody_who_was_erased(
    served: Served, here: Installation, elsewhere: Installation, town: Town, tmp_path: Path
) -> None:
    kept, gone = await reported(served, town["volunteer"], 60), await reported(served, town["other_volunteer"], 130)
    async with write_transaction(served.parts.engine) as session:
        household_id, visit_id = await live(session, town, "301")
    before = Phone(served, town["dispatcher"])
    scope = f"community:{town.community_id}"
    cursor = (await before.browser.get("snapshot", params={"scope": scope})).json()["start_cursor"]

    await seal(here)
    said = here.does("backup", str(tmp_path / "kept"))
    assert "secrets.json" in said
    async with write_transaction(served.parts.engine) as session:
        ledger = FileLedger(here.folder / "erasures.jsonl")
        await erase_person(
            session, ledger, town["security_admin"].actor, town["other_volunteer"].person_id, served.clock()
        )
    after = await reported(served, town["volunteer"], 200)
    await seal(here)

    assert "no ledger of erasures" in elsewhere.refuses("restore", str(tmp_path / "kept"))
    shutil.copy(here.folder / SEALS, elsewhere.folder / SEALS)
    told = elsewhere.does("restore", str(tmp_path / "kept"), "--erasures", str(here.folder / "erasures.jsonl"))
    assert "1 in the ledger, 1 done again" in told

    await seal(elsewhere)
    looked = elsewhere.run("verify-entries")
    assert (looked.returncode, "were lost by the restore of" in looked.stdout) == (0, True), looked.stdout
    engine = engine_of(elsewhere)
    restored = serve(engine, elsewhere.folder / "photos")
    desk = Phone(restored, town["dispatcher"])
    answer = await desk.browser.get("changes", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["facts"]["reason"]) == (409, "epoch")
    page = (await desk.browser.get("snapshot", params={"scope": scope})).json()
    rows = {row["id"]: row["data"] for row in page["rows"]}
    assert set(rows) == {str(kept), str(gone)}
    assert (rows[str(gone)]["photo"], rows[str(gone)]["status"]) == (None, "received")
    picture = await desk.browser.get(f"photos/{rows[str(kept)]['photo']}")
    assert (picture.status_code, picture.content[:2]) == (200, b"\xff\xd8")
    assert len(list((elsewhere.folder / "photos").rglob("*.jpg"))) == 2

    forgotten = Phone(restored, town["other_volunteer"])
    assert (await forgotten.browser.get("tickets")).status_code == 401
    phone = Phone(restored, town["volunteer"])
    again = await phone.file(phone.report(), gone)
    assert (again.status_code, again.json()["code"]) == (410, "erased")
    assert (await phone.file(phone.report(), after)).status_code == 201
    news = (await desk.browser.get("changes", params={"cursor": page["start_cursor"]})).json()
    assert {one["id"] for one in news["changes"]} == {str(after)}
    assert (await desk.does(str(kept), "note", text="接着办", audience="internal")).status_code == 200
    household = (await Phone(restored, town["liaison"]).browser.get(f"households/{household_id}")).json()
    assert (household["people"]["name"], household["people"]["visits"][0]["visit_id"]) == ("梁秀英", str(visit_id))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM household"))).scalar_one() == 0, "no wall"
        with pytest.raises(Exception, match="permission denied"):
            await connection.execute(text("DELETE FROM entry"))
    await engine.dispose()
    assert "nothing to adopt" in elsewhere.does("adopt")
    assert "not empty" in elsewhere.refuses("restore", str(tmp_path / "kept"), "--without-erasures")


async def test_what_is_no_whole_backup_is_refused_by_name(
    served: Served, here: Installation, elsewhere: Installation, town: Town, tmp_path: Path
) -> None:
    await reported(served, town["volunteer"], 50)
    folder = tmp_path / "kept"
    here.does("backup", str(folder))
    assert "already" in here.refuses("backup", str(folder))
    described = json.loads((folder / "backup.json").read_text())
    (folder / "backup.json").write_text(json.dumps(described | {"revision": "20990101a"}))
    assert "tables 20990101a" in elsewhere.refuses("restore", str(folder), "--without-erasures")
    (folder / "backup.json").write_text(json.dumps(described))
    picture = next((folder / "files").rglob("*.jpg"))
    content = picture.read_bytes()
    picture.write_bytes(content[:-1] + b"?")
    assert f"{picture} is damaged" in elsewhere.refuses("restore", str(folder), "--without-erasures")
    picture.write_bytes(content)

    (tmp_path / "empty").mkdir()
    for nothing, complaint in ((tmp_path / "nowhere", "is not there"), (tmp_path / "empty", "it has no backup.json")):
        with pytest.raises(BackupRefused, match=complaint):
            Reading(nothing)
    for change, complaint in (({"format": 2}, "format 2"), ({"surprise": 1}, "backup.json is damaged")):
        (folder / "backup.json").write_text(json.dumps(described | change))
        with pytest.raises(BackupRefused, match=complaint):
            Reading(folder)
    (folder / "backup.json").write_text(json.dumps(described))
    for path in (picture, folder / "database" / "toc.dat", folder / "files.jsonl"):
        content = path.read_bytes()
        for harm, complaint in ((content[:-1] + b"?", "is damaged"), (None, "is missing")):
            path.unlink()
            if harm is not None:
                path.write_bytes(harm)
            with pytest.raises(BackupRefused, match=f"{re.escape(str(path))} {complaint}"):
                Reading(folder).verify()
        path.write_bytes(content)
    elsewhere.does("restore", str(folder), "--without-erasures")


async def test_a_picture_that_the_store_has_lost_is_named_and_the_rest_is_kept(
    served: Served, here: Installation, town: Town, tmp_path: Path
) -> None:
    await reported(served, town["volunteer"], 50)
    async with read_transaction(served.parts.engine) as session:
        query = select(PhotoRow.photo_id).where(PhotoRow.uploader_id == town["volunteer"].person_id)
        photo_id = (await session.execute(query)).scalar_one()
    await FolderBlobs(here.folder / "photos").delete(full_key(photo_id))
    assert full_key(photo_id) in here.refuses("backup", str(tmp_path / "kept"))
    assert (tmp_path / "kept" / "backup.json").exists()


async def test_a_backup_that_cannot_be_written_leaves_nothing(
    here: Installation, cluster: Cluster, tmp_path: Path
) -> None:
    blind = replace(here, url=cluster.url_as(make_url(here.url).database or "", "gridward_app"))
    assert "would be without households" in blind.refuses("backup", str(tmp_path / "blind"))
    assert list(tmp_path.glob("blind*")) == []
    (tmp_path / "file").write_text("in the way")
    assert "cannot be made" in here.refuses("backup", str(tmp_path / "file" / "kept"))
    (tmp_path / "kept.partial").mkdir()
    assert "did not end" in here.refuses("backup", str(tmp_path / "kept"))


async def test_a_database_that_took_anothers_place_is_not_served_until_it_is_adopted(
    served: Served, here: Installation, elsewhere: Installation, town: Town, tmp_path: Path
) -> None:
    """A dump read in by hand: phones would pass over what it records under numbers that they have seen."""
    report_id = await reported(served, town["volunteer"], 70)
    here.does("backup", str(tmp_path / "kept"))
    dumps.read_in(elsewhere.url, tmp_path / "kept" / "database", server_version=150_000)
    for program in ("serve", "worker"):
        said = elsewhere.refuses(program)
        assert "not the database that its history was written in" in said
        assert "gridward adopt" in said
    assert "no ledger of erasures" in elsewhere.refuses("adopt")
    assert "every phone fetches anew" in elsewhere.does("adopt", "--without-erasures")
    assert "nothing to adopt" in elsewhere.does("adopt")
    engine = engine_of(elsewhere)
    async with read_transaction(engine) as session:
        query = select(func.count()).select_from(ReportRow).where(ReportRow.report_id == report_id)
        assert await session.scalar(query) == 1
    await engine.dispose()
