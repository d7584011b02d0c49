"""``gridward verify-entries`` as an auditor uses it: a log that is whole, one that somebody touched, a file that was cut."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

import programs
from cast import NOON, Town
from conftest import Write
from filing import open_town
from gridward.cli.seal_receiver import copy_text
from gridward.cli.verifying import connected
from gridward.domain.errors import Malformed
from gridward.domain.sealing import Wrong
from gridward.gateways.blobstore import MemoryBlobs
from gridward.gateways.channels.webhook import signature
from gridward.gateways.erasures import MemoryLedger
from gridward.gateways.sealing import FILE, FileAnchors
from gridward.gateways.sealing_copy import CHANGED, SHORTENED, SealCopy, SealWebhook
from gridward.persistence.database import write_transaction
from gridward.services.erasure import erase_person
from gridward.services.sealing import Verified
from gridward.settings import install_secrets
from gridward.worker import Tools, seal_entries
from webhook_receiver import ENDLESS, HANG, LONG, MOVED, Receiver


@pytest.fixture
async def tools(write: Write, worker_engine: AsyncEngine, town: Town, tmp_path: Path) -> Tools:
    async with write() as session:
        await open_town(session, town)
    tools = Tools(engine=worker_engine, blobs=MemoryBlobs(), now=lambda: NOON, anchors=FileAnchors(tmp_path / FILE))
    while await seal_entries(tools):
        pass
    return tools


def verified(url: str, folder: Path, *arguments: str, **chosen: str) -> tuple[int, str]:
    """Exit code and standard output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRIDWARD_")}
    own = {
        "DATABASE_URL": url,
        "GRIDWARD_DATA": str(folder),
        "GRIDWARD_ALLOW_UNSAFE_DATABASE": "1",
        "COLUMNS": "400",
        **chosen,
    }
    done = programs.run("verify-entries", *arguments, environment={**kept, **own})
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


async def looked(url: str, folder: Path, town: Town) -> Verified:
    """As the command looks, without its words."""
    answers = await connected(url, FileAnchors(folder / FILE))
    return next(one.verified for one in answers if one.tenant.jurisdiction_id == town.jurisdiction_id)


async def test_an_edit_is_named_and_erasing_somebody_is_none(
    database_url: str, owner_engine: AsyncEngine, write: Write, town: Town, tools: Tools, tmp_path: Path
) -> None:
    async with write() as session:
        gone = town["other_volunteer"].person_id
        await erase_person(session, MemoryLedger(), town["security_admin"].actor, gone, NOON)
    before = await looked(database_url, tmp_path, town)
    assert (before.fault, before.unsealed) == (None, 1)
    while await seal_entries(tools):
        pass
    after = await looked(database_url, tmp_path, town)
    assert (after.fault, after.sealed, after.unsealed) == (None, before.sealed + 1, 0)

    async with write_transaction(owner_engine) as session:
        await session.execute(text("ALTER TABLE entry DISABLE TRIGGER entry_is_append_only"))
        first = "SELECT entry_id FROM entry WHERE jurisdiction_id = :own ORDER BY epoch, xid, entry_id LIMIT 1"
        change = f"UPDATE entry SET via = 'desk2' WHERE entry_id = ({first}) RETURNING entry_id"
        entry_id = (await session.execute(text(change), {"own": town.jurisdiction_id})).scalar_one()
        await session.execute(text("ALTER TABLE entry ENABLE TRIGGER entry_is_append_only"))
    code, said = verified(database_url, tmp_path)
    assert code == 1
    assert f"entry {entry_id} (of seal 1) was changed after it was recorded" in said


async def test_a_file_that_was_cut_or_touched_is_seen(
    database_url: str, write: Write, town: Town, tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / FILE
    whole = path.read_bytes()
    for left, sealed in ((whole[: whole.rfind(b"{")], None), (b"", 0)):
        path.write_bytes(left)
        found = await looked(database_url, tmp_path, town)
        if sealed is not None:
            assert found.sealed == sealed
        assert found.fault is not None
        assert (found.fault.wrong, found.fault.entry_id) == (Wrong.seal, None)
    path.write_bytes(whole[:-40] + b'A"}\n')
    with pytest.raises(Malformed) as refused:
        await looked(database_url, tmp_path, town)
    assert refused.value.facts["line"] == whole.count(b"\n")
    path.write_bytes(whole)
    assert (await looked(database_url, tmp_path, town)).fault is None


async def test_who_may_write_database_and_file_is_found_out_by_the_copy_of_somebody_else(
    database_url: str, owner_engine: AsyncEngine, town: Town, tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / FILE
    async with Receiver() as outside:
        webhook = SealWebhook(
            key=install_secrets(tmp_path).webhook, address=outside.address, allow_private=True, timeout_s=0.3
        )
        copy = SealCopy(path, webhook)
        for answer in (HANG, MOVED, ENDLESS, b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n"):
            outside.answer = lambda _, answer=answer: answer
            assert (await copy.forward(NOON)).why_not is not None
            assert copy.progress().at == 0, "what nobody took is not noted"
        assert "came to nothing (503)" in copy_text(copy, NOON)

        outside.came.clear()
        outside.answer = lambda _: LONG
        while (await copy.forward(NOON)).more:
            pass
        _, headers, body = outside.came[-1]
        assert headers["x-gridward-signature"] == signature(webhook.secret, body, NOON)
        assert (headers["x-gridward-at"], b"".join(body for _, _, body in outside.came)) == ("0", path.read_bytes())
        elsewhere = tmp_path / "elsewhere.jsonl"
        elsewhere.write_bytes(path.read_bytes())

        # The last entry is made away with, and seals and file are made anew as if it had never been.
        async with write_transaction(owner_engine) as session:
            await session.execute(text("ALTER TABLE entry DISABLE TRIGGER entry_is_append_only"))
            await session.execute(text("ALTER TABLE seal DISABLE TRIGGER USER"))
            last = (
                "SELECT entry_id FROM entry WHERE jurisdiction_id = :own ORDER BY epoch DESC, xid DESC, entry_id DESC"
            )
            gone = f"DELETE FROM entry WHERE entry_id = ({last} LIMIT 1) RETURNING entry_id"
            entry_id = (await session.execute(text(gone), {"own": town.jurisdiction_id})).scalar_one()
            await session.execute(text("DELETE FROM seal"))
            await session.execute(text("DELETE FROM follower WHERE name = 'seal'"))
            await session.execute(text("ALTER TABLE entry ENABLE TRIGGER entry_is_append_only"))
            await session.execute(text("ALTER TABLE seal ENABLE TRIGGER USER"))
        path.unlink()
        while await seal_entries(tools):
            pass
        chosen = {"GRIDWARD_SEAL_WEBHOOK": outside.address, "GRIDWARD_ALLOW_PRIVATE_PUSH": "true"}
        assert (await copy.forward(NOON)).why_not in (SHORTENED, CHANGED)
        assert (await looked(database_url, tmp_path, town)).fault is None, "the file made anew agrees with the log"
        _, said = verified(database_url, tmp_path, **chosen)
        assert f"Nothing more is sent to {webhook.host}: the file is" in said
        code, said = verified(database_url, tmp_path, "--anchors", str(elsewhere))
        assert code == 1
        assert f"entry {entry_id}" in said
        assert "is gone" in said
