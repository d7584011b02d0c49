"""Somebody asks to be forgotten: nothing of theirs is left anywhere, the work goes on, and no backup brings it back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import MARKET, NOON, Member, Town
from conftest import Read, Write
from filing import open_town
from gridward.domain.erasure import NAMELESS, Erasure, Kind
from gridward.domain.errors import Malformed
from gridward.domain.evidence import PhotoKind
from gridward.gateways.erasures import FileLedger, MemoryLedger
from gridward.persistence.entries import EntryRow
from gridward.persistence.evidence import PhotoRow
from gridward.persistence.tickets.rows import TicketRow
from gridward.persistence.writes import Writes
from gridward.services.erasure import erase_report, replay
from gridward.services.evidence import proving, retention
from phones import Phone
from serving import Served, serve

WORDS = ("三栋楼下的箱子满了，我是梁阿姨", "梁阿姨家门口", "我的电话是 199")


@pytest.fixture
async def served(engine: AsyncEngine, tmp_path: Path, write: Write, town: Town) -> Served:
    async with write() as session:
        await open_town(session, town)
    return serve(engine, tmp_path)


async def reported(served: Served, who: Member, seed: int = 1, **more: Any) -> tuple[str, dict[str, Any], str]:
    """A report with words and a picture: its id, as it was sent, and the picture."""
    phone = Phone(served, who)
    photo = await phone.photo(seed)
    report = phone.report(note=WORDS[0], place_note=WORDS[1], photos=[{"sha256": photo, "kind": "close"}], **more)
    report_id = str(uuid4())
    answer = await phone.file(report, UUID(report_id))
    assert answer.status_code == 201, answer.text
    return report_id, report, photo


async def erase(served: Served, by: Member, path: str) -> dict[str, Any]:
    async with served.browser(by) as desk:
        answer = await desk.post(f"{path}/erase")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def everything(read: Read, town: Town) -> str:
    """All that the database holds of a town, as text."""
    async with read() as session:
        tables = list(
            await session.scalars(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'spatial_ref_sys'")
            )
        )
        rows = [
            str(
                await session.scalar(
                    text(
                        f"SELECT coalesce(json_agg(t)::text, '') FROM {table} t WHERE t::text LIKE '%{town.jurisdiction_id}%'"
                    )
                )
            )
            for table in tables
        ]
    return "\n".join(rows)


async def test_nothing_of_an_erased_person_is_left_and_the_duty_stays(
    served: Served,
    volunteer: Member,
    security_admin: Member,
    dispatcher: Member,
    sanitation_lead: Member,
    read: Read,
    town: Town,
) -> None:
    report_id, _, photo = await reported(served, volunteer)
    phone = Phone(served, volunteer)
    await phone.does(report_id, "note", text=WORDS[2], audience="internal")
    assert (await phone.browser.put("my/password", json={})).status_code in (403, 422)
    before = await everything(read, town)
    assert all(said in before for said in (*WORDS, volunteer.name, volunteer.phone, photo))

    gone = await erase(served, security_admin, f"people/{volunteer.person_id}")
    assert gone == {"reports": 1, "texts": 2, "photos": 1}

    after = await everything(read, town)
    for said in (*WORDS, volunteer.name, volunteer.phone):
        assert said not in after, said
    assert NAMELESS in after
    assert (await phone.browser.get("tickets")).status_code == 401
    for member in (dispatcher, sanitation_lead):
        seen = await Phone(served, member).look(report_id)
        assert (seen["status"], seen["category"], seen["lon"]) == ("assigned", "litter_full", MARKET[0])
        assert volunteer.name not in json.dumps(seen, ensure_ascii=False)
    answer = await Phone(served, sanitation_lead).does(report_id, "acknowledge")
    assert answer.status_code == 200, answer.text


async def test_its_id_answers_410_for_ever(
    served: Served, volunteer: Member, other_volunteer: Member, security_admin: Member
) -> None:
    report_id, report, _ = await reported(served, volunteer)
    await erase(served, security_admin, f"reports/{report_id}")
    for who in (volunteer, other_volunteer):
        for digest in (report["digest"], "d" * 64):
            answer = await Phone(served, who).file({**report, "digest": digest}, UUID(report_id))
            assert (answer.status_code, answer.json()["code"]) == (410, "erased")
    async with served.browser(security_admin) as desk:
        assert (await desk.post(f"reports/{report_id}/erase")).status_code == 404


async def test_phones_lose_it_at_the_next_pull_and_it_does_not_return(
    served: Served, volunteer: Member, dispatcher: Member, security_admin: Member
) -> None:
    phone, desk = Phone(served, volunteer), Phone(served, dispatcher)
    mine = f"person:{volunteer.person_id}"
    cursors = {
        one: (await one.browser.get("snapshot", params={"scope": scope})).json()["start_cursor"]
        for one, scope in ((phone, mine), (desk, f"community:{dispatcher.actor.grants[0].scope_id}"))
    }
    report_id, _, photo = await reported(served, volunteer)

    async def rows(one: Phone) -> list[dict[str, Any]]:
        page = (await one.browser.get("changes", params={"cursor": cursors[one]})).json()
        cursors[one] = page["cursor"]
        return [change for change in page["changes"] if change["id"] == report_id]

    assert {change["op"] for change in await rows(phone)} == {"u"}
    assert (await rows(desk))[-1]["data"]["photo"] == photo
    await erase(served, security_admin, f"reports/{report_id}")
    assert {change["scope"]: change["op"] for change in await rows(phone)}[mine] == "r"
    shown = (await rows(desk))[-1]
    assert (shown["op"], shown["data"]["photo"], shown["data"]["category"]) == ("u", None, "litter_full")
    page = (await phone.browser.get("snapshot", params={"scope": mine})).json()
    assert report_id not in {row["id"] for row in page["rows"]}
    answer = await Phone(served, dispatcher).does(report_id, "urge", text="请尽快")
    assert answer.status_code == 200
    assert {change["scope"] for change in await rows(phone)}.isdisjoint({mine})


async def test_a_picture_leaves_the_store_and_one_that_proves_work_stays(
    served: Served, volunteer: Member, steward: Member, security_admin: Member, write: Write, read: Read, tmp_path: Path
) -> None:
    report_id, _, photo = await reported(served, volunteer, 3)
    reporter = Phone(served, steward)
    shared = await reporter.photo(4)
    other = reporter.report(photos=[{"sha256": shared, "kind": "close"}], at=MARKET)
    other_id = uuid4()
    assert (await reporter.file(other, other_id)).status_code == 201
    lead = served.parts
    assert len(list(tmp_path.rglob("*.jpg"))) == 4
    await erase(served, security_admin, f"reports/{report_id}")
    async with read() as session:
        dropped = await retention.dropped(session)
    await retention.remove_files(lead.blobs, dropped)
    assert len(list(tmp_path.rglob("*.jpg"))) == 2
    async with read() as session:
        assert await session.scalar(select(func.count()).select_from(PhotoRow).where(PhotoRow.sha256 == photo)) == 0
    async with served.browser(security_admin) as desk:
        assert (await desk.get(f"photos/{photo}")).status_code == 404


async def test_a_picture_with_which_another_report_is_just_being_filed_stays(
    served: Served, write: Write, volunteer: Member, security_admin: Member
) -> None:
    report_id, _, sha256 = await reported(served, volunteer)
    async with write() as session:
        examined = await proving.examine(session, volunteer.actor, [proving.Shown(sha256=sha256, kind=PhotoKind.close)])
        await erase(served, security_admin, f"reports/{report_id}")
        writes, filed = Writes(), uuid4()
        proving.tie(writes, volunteer.actor, examined, ticket_id=filed, report_id=filed, now=served.clock())
        await writes.run(session)
    async with write() as session:
        assert await proving.missing(session, volunteer.actor, [sha256]) == []


async def test_who_was_waited_for_is_waited_for_no_more(
    served: Served, volunteer: Member, dispatcher: Member, security_admin: Member
) -> None:
    report_id, _, _ = await reported(served, volunteer, category="no_such_kind")
    desk = Phone(served, dispatcher)
    assert (await desk.does(report_id, "ask_more", what="哪一栋？")).status_code == 200
    assert (await desk.look(report_id))["paused"] is True
    served.clock.forward(hours=1)
    await erase(served, security_admin, f"reports/{report_id}")
    seen = await desk.look(report_id)
    assert (seen["status"], seen["paused"]) == ("received", False)


async def test_the_log_stays_whole_and_replays_the_same(
    served: Served, volunteer: Member, security_admin: Member, read: Read
) -> None:
    report_id, _, _ = await reported(served, volunteer)
    async with read() as session:
        before = (await session.execute(select(EntryRow.entry_id, EntryRow.hash))).all()
    await erase(served, security_admin, f"people/{volunteer.person_id}")
    async with read() as session:
        after = set((await session.execute(select(EntryRow.entry_id, EntryRow.hash))).all())
        assert set(before) < after
        verbs = list(
            await session.scalars(
                select(EntryRow.verb).where(EntryRow.ticket_id == UUID(report_id)).order_by(EntryRow.ticket_version)
            )
        )
    assert verbs[-1] == "report.erased"


async def test_nobody_erases_themselves(served: Served, security_admin: Member) -> None:
    async with served.browser(security_admin) as desk:
        answer = await desk.post(f"people/{security_admin.person_id}/erase")
    assert (answer.status_code, answer.json()["code"]) == (403, "erase_self")


async def test_a_database_from_before_learns_it_from_the_ledger(
    served: Served, volunteer: Member, other_volunteer: Member, write: Write, read: Read, town: Town
) -> None:
    """As after a restore: what is here is not erased yet, and one report is not here at all."""
    report_id, report, _ = await reported(served, volunteer)
    never_came = uuid4()
    ledger = [
        Erasure(
            kind=Kind.person,
            jurisdiction_id=town.jurisdiction_id,
            subject_id=volunteer.person_id,
            report_ids=(UUID(report_id), never_came),
            at=NOON,
        ),
        Erasure(
            kind=Kind.person,
            jurisdiction_id=town.jurisdiction_id,
            subject_id=uuid4(),
            report_ids=(),
            at=NOON,
        ),
    ]
    for again in (1, 0):
        async with write() as session:
            done = await replay(session, ledger, NOON)
        assert (done.lines, done.again) == (2, again)
    left = await everything(read, town)
    assert not any(said in left for said in (*WORDS, volunteer.name, volunteer.phone))
    for one in (UUID(report_id), never_came):
        answer = await Phone(served, other_volunteer).file(report, one)
        assert (answer.status_code, answer.json()["code"]) == (410, "erased")


async def test_what_could_not_be_noted_is_not_done(
    served: Served, volunteer: Member, security_admin: Member, write: Write, read: Read, tmp_path: Path, town: Town
) -> None:
    report_id, _, _ = await reported(served, volunteer)
    nowhere = FileLedger(tmp_path / "gone" / "erasures.jsonl")
    with pytest.raises(Exception, match="storage_unavailable"):
        async with write() as session:
            await erase_report(session, nowhere, security_admin.actor, UUID(report_id), NOON)
    assert WORDS[0] in await everything(read, town)


async def test_a_line_that_was_cut_short_is_overwritten_and_a_damaged_one_is_named(tmp_path: Path, town: Town) -> None:
    path = tmp_path / "erasures.jsonl"
    one = Erasure(
        kind=Kind.report, jurisdiction_id=town.jurisdiction_id, subject_id=uuid4(), report_ids=(uuid4(),), at=NOON
    )
    ledger = FileLedger(path)
    assert await ledger.all() == ()
    await ledger.add(one)
    with path.open("a") as file:
        file.write('{"kind":"per')
    assert await ledger.all() == (one,)
    await ledger.add(one)
    assert await ledger.all() == (one, one)
    assert oct(path.stat().st_mode)[-3:] == "600"
    path.write_text("nonsense\n" + path.read_text())
    with pytest.raises(Malformed, match="'line': 1"):
        await ledger.all()
    memory = MemoryLedger()
    await memory.add(one)
    kept: Sequence[Erasure] = await memory.all()
    assert kept == (one,)


async def test_words_are_no_way_to_find_it_any_more(
    served: Served, volunteer: Member, dispatcher: Member, security_admin: Member, read: Read
) -> None:
    report_id, _, _ = await reported(served, volunteer)
    async with served.browser(dispatcher) as desk:
        found = (await desk.get("tickets", params={"text": "家门口"})).json()["tickets"]
        assert [one["ticket_id"] for one in found] == [report_id]
        await erase(served, security_admin, f"reports/{report_id}")
        assert (await desk.get("tickets", params={"text": "家门口"})).json()["tickets"] == []
    async with read() as session:
        row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == UUID(report_id)))).scalar_one()
    assert (row.place_note, row.photo_sha256, row.reports_count) == (None, None, 1)
