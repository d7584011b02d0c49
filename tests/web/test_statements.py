"""A month told once: statements on day 3, objections, publication, and a correction when something moves later."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import LANE, MARKET, NOON, Member, Town
from conftest import Write
from filing import Story, deliver, filed, open_town, report
from gridward.domain import sync
from gridward.domain.accounts import program
from gridward.domain.notifications import MessageKind
from gridward.gateways.channels.webhook import QuietWebhooks
from gridward.persistence.accounts.rows import SessionRow
from gridward.persistence.notifications.rows import DeliveryRow
from gridward.persistence.tickets.rows import ClockRow, TicketRow
from gridward.services.notifications import webhooks
from gridward.services.notifications.notify import Doors, notify
from gridward.services.tickets import past, past_batch
from gridward.services.tickets.past_ground import Wish
from gridward.services.tickets.sweep import sweep
from gridward.worker import Tools, make_statements, seal_entries
from serving import Served, serve

ZONE = ZoneInfo("Asia/Shanghai")
DAY_3 = datetime(2026, 10, 3, 0, 10, tzinfo=ZONE)


class September:
    """Two tickets of 环卫一队: one done in time, one a day late."""

    def __init__(self, write: Write, town: Town, served: Served, tools: Tools) -> None:
        self.write, self.town, self.served, self.tools = write, town, served, tools
        self.photos = 0

    async def reported(self, at: tuple[float, float], seed: int) -> Story:
        async with self.write() as session:
            photo = await deliver(session, self.town["volunteer"], seed)
            claim = (sync.PhotoClaim(sha256=photo, kind="before"),)
            taken = await filed(session, self.town["volunteer"], report(at=at, photos=claim))
            row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == taken.ticket_id))).scalar_one()
        assert row.unit_id == self.town.sanitation
        return Story(taken.ticket_id, NOON, sync.Seen(version=row.version, assignment_id=row.assignment_id))

    async def done(self, story: Story, after: timedelta, seed: int) -> None:
        for who, intent, more in (
            ("sanitation_lead", "resolve", {"note": "清了"}),
            ("lead_steward", "verify", {"way": "spot"}),
        ):
            story.now = NOON + after
            async with self.write() as session:
                while (await sweep(session, story.now)).more:
                    pass
            async with self.write() as session:
                row = await session.get(TicketRow, story.ticket_id)
                assert row is not None
                story.seen = sync.Seen(
                    version=row.version, assignment_id=row.assignment_id, resolution_id=row.resolution_id
                )
                photo = await deliver(session, self.town[who], seed + (who == "lead_steward"))
                answer = await story.does(session, self.town[who], intent, photos=[photo], **more)
            assert answer.status == 200, answer.body
            after += timedelta(minutes=20)

    async def goes_on(self, story: Story, who: str, intent: str, **more: Any) -> None:
        """A step a day after the one before; what needs a photo has one."""
        await self.at(self.served.clock.at + timedelta(days=1))
        story.now = self.served.clock.at
        async with self.write() as session:
            while (await sweep(session, story.now)).more:
                pass
        async with self.write() as session:
            row = await session.get(TicketRow, story.ticket_id)
            assert row is not None
            story.seen = sync.Seen(
                version=row.version, assignment_id=row.assignment_id, resolution_id=row.resolution_id
            )
            if intent in ("resolve", "rework", "verify"):
                self.photos += 1
                more["photos"] = [await deliver(session, self.town[who], 100 + self.photos)]
            answer = await story.does(session, self.town[who], intent, **more)
        assert answer.status == 200, answer.body

    async def lived(self) -> tuple[Story, Story]:
        early, late = await self.reported(MARKET, 1), await self.reported(LANE, 2)
        await self.done(early, timedelta(minutes=30), 10)
        await self.done(late, timedelta(days=3), 20)
        await self.at(DAY_3)
        while await seal_entries(self.tools):
            pass
        await make_statements(self.tools)
        await make_statements(self.tools)
        return early, late

    async def at(self, when: datetime) -> None:
        """The town's time; everybody has just been here."""
        self.served.clock.at = when
        async with self.write() as session:
            await session.execute(update(SessionRow).values(seen_at=when))

    async def asks(self, who: str, method: str, path: str, status: int = 200, **json: Any) -> Any:
        async with self.served.browser(self.town[who]) as page:
            answer = await page.request(method, path, json=json or None)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content and "json" in answer.headers["content-type"] else answer.content


@pytest.fixture
async def month(engine: AsyncEngine, worker_engine: AsyncEngine, tmp_path: Path, write: Write, town: Town) -> September:
    async with write() as session:
        await open_town(session, town)
    served = serve(engine, tmp_path)
    return September(write, town, served, Tools(engine=worker_engine, blobs=served.parts.blobs, now=served.clock))


async def test_a_milestone_is_a_line_of_the_statement_and_in_no_share(month: September, town: Town) -> None:
    """A hut to be taken down: nobody stopped its builders within the hour, it was gone in time."""
    async with month.write() as session:
        photo = await deliver(session, town["volunteer"], 3)
        claim = (sync.PhotoClaim(sha256=photo, kind="before"),)
        seen = report("building_work", at=(MARKET[0] + 0.0006, MARKET[1]), photos=claim, note="搭棚")
        taken = await filed(session, town["volunteer"], seen)
    story = Story(taken.ticket_id, NOON)
    month.served.clock.at = NOON - timedelta(days=1)
    await month.goes_on(story, "dispatcher", "assign", unit_id=str(town.sanitation), reason="你们管")
    await month.goes_on(story, "sanitation_lead", "resolve", note="拆了")
    await month.goes_on(story, "lead_steward", "verify", way="spot")
    await month.lived()
    (statement,) = (await month.asks("sanitation_lead", "GET", "statements"))["statements"]
    address = f"statements/{statement['statement_id']}"
    page = await month.asks("sanitation_lead", "GET", address)
    first = next(one for one in page["lines"] if (one["ticket_id"], one["kind"]) == (str(story.ticket_id), "milestone"))
    assert (first["verdict"], first["limit"]) == ("late", "1紧急工作时")
    await month.asks("sanitation_lead", "PUT", f"{address}/lines/{first['line']}/explanation", 204, words="当晚没人")
    rows = load_workbook(BytesIO(await month.asks("sanitation_lead", "GET", f"{address}/file"))).worksheets[0]
    assert "阶段" in [cell.value for cell in rows[first["line"] + 1]]
    period = "from=2026-09-01&to=2026-09-30"
    lists = {
        kind: (await month.asks("supervisor", "GET", f"figures/tickets?{period}&set={kind}"))["n"]
        for kind in ("milestone.late", "resolve.in_time", "resolve.due")
    }
    assert lists == {"milestone.late": 1, "resolve.in_time": 2, "resolve.due": 3}


PAST = """工单编号,受理时间,截止时间,结案时间,小类,责任单位,经度,纬度
A1,2026-08-20 09:00,2026-08-22 09:00,2026-08-21 09:00,litter_full,环卫一队,113.1010,23.0010
B1,2026-09-02 09:00,2026-09-04 09:00,2026-09-03 09:00,litter_full,环卫一队,113.1010,23.0010
B2,2026-09-03 09:00,2026-09-05 09:00,2026-09-04 09:00,litter_full,环卫一队,113.1012,23.0010
B3,2026-09-04 09:00,2026-09-05 09:00,2026-09-09 09:00,litter_full,环卫一队,113.1014,23.0010
C1,2026-09-05 09:00,2026-09-06 09:00,2026-09-08 09:00,litter_full,雪圃花园物业,113.1035,23.0010
C2,2026-09-06 09:00,2026-09-07 09:00,2026-09-09 09:00,litter_full,雪圃花园物业,113.1036,23.0010
"""


async def brought_in(write: Write, town: Town, folder: Path) -> past_batch.Under:
    """What an older system had of this town comes in when September is over; the file is not finished."""
    file, at = folder / "past.csv", DAY_3 - timedelta(days=1)
    file.write_text(PAST, "utf-8")
    reading = past.read_file(file, Wish(time_zone="Asia/Shanghai", crs="WGS-84"), at)
    async with write() as session:
        found = await past.judge_file(session, town.jurisdiction_id, reading, at)
        assert len(found.judged.ready) == 6, found.report
        under = await past_batch.begin_batch(session, town.jurisdiction_id, reading, "past", at)
        await past_batch.put_in(session, program(town.jurisdiction_id, "cli"), under, found.judged.ready, at)
    return under


def line_of(page: Any, story: Story, kind: str = "resolve") -> Any:
    (found,) = (one for one in page["lines"] if (one["ticket_id"], one["kind"]) == (str(story.ticket_id), kind))
    return found


async def test_a_unit_reads_objects_and_explains_and_nobody_else_sees_it_nor_the_reporter_in_it(
    month: September, volunteer: Member
) -> None:
    early, late = await month.lived()
    (statement,) = (await month.asks("sanitation_lead", "GET", "statements"))["statements"]
    assert (statement["unit"], statement["month"], statement["may_object"]) == ("环卫一队", "2026-09", True)
    address = f"statements/{statement['statement_id']}"
    page = await month.asks("sanitation_lead", "GET", address)
    assert line_of(page, early)["verdict"] == "in_time"
    wrong = line_of(page, late)
    assert (wrong["verdict"], wrong["breached_at"] is not None, wrong["basis"] is not None) == ("late", True, True)
    assert sum(statement["verdicts"].values()) == statement["lines"] == len(page["lines"])
    beside = {one["code"]: (one["above"], one["below"]) for one in page["beside"]}
    assert beside["for_unit"] == (0, 4)
    assert (beside["shirked"], beside["taken_back"]) == ((0, None), (0, None))

    assert (await month.asks("property_lead", "GET", "statements"))["statements"] == []
    await month.asks("property_lead", "GET", address, 403)
    await month.asks("dispatcher", "GET", address, 403)
    for told in (str(page), str(await month.asks("supervisor", "GET", address))):
        assert volunteer.name not in told
        assert str(volunteer.person_id) not in told

    objection, formula = str(uuid4()), '=HYPERLINK("http://evil","路封了")'
    said = {"statement_id": statement["statement_id"], "line": wrong["line"], "words": formula}
    await month.asks("sanitation_lead", "PUT", f"objections/{objection}", 204, **said)
    again = await month.asks("sanitation_lead", "PUT", f"objections/{uuid4()}", 409, **said)
    assert again["code"] == "objection.one_open"
    await month.asks("property_lead", "PUT", f"objections/{uuid4()}", 403, **said)
    await month.asks("sanitation_lead", "PUT", f"{address}/lines/{wrong['line']}/explanation", 204, words="台风封路")
    fine = line_of(page, early)["line"]
    refused = await month.asks("sanitation_lead", "PUT", f"{address}/lines/{fine}/explanation", 409, words="没超时")
    assert refused["code"] == "explanation.no_breach"

    page = await month.asks("supervisor", "GET", address)
    assert (page["may_decide"], line_of(page, late)["explanation"]) == (True, "台风封路")
    decided = f"objections/{objection}/decision"
    await month.asks("sanitation_lead", "PUT", decided, 403, decision="granted", answer="我说的")
    await month.asks("supervisor", "PUT", decided, 204, decision="noted", answer="路封了半天，数不变")
    twice = await month.asks("supervisor", "PUT", decided, 409, decision="refused", answer="再想想")
    assert twice["code"] == "objection.decided"

    sheet = load_workbook(BytesIO(await month.asks("sanitation_lead", "GET", f"{address}/file"))).worksheets[0]
    rows = list(sheet.iter_rows(min_row=2))
    assert len(rows) == len(page["lines"])
    cell = rows[wrong["line"] - 1][13]
    assert cell.data_type in ("s", "inlineStr"), "what somebody typed is no formula"
    assert cell.value.removeprefix("'") == formula


async def test_what_a_unit_explained_stands_beside_the_breach_in_the_ledger_in_the_late_list_and_in_its_file(
    month: September,
) -> None:
    _, late = await month.lived()
    (statement,) = (await month.asks("sanitation_lead", "GET", "statements"))["statements"]
    address = f"statements/{statement['statement_id']}"
    line = line_of(await month.asks("sanitation_lead", "GET", address), late)["line"]
    await month.asks("sanitation_lead", "PUT", f"{address}/lines/{line}/explanation", 204, words="台风封路")

    ledger = await month.asks("dispatcher", "GET", f"tickets/{late.ticket_id}/ledger")
    said = {one["clock"]: one["explanation"] and one["explanation"]["words"] for one in ledger["clocks"]}
    assert {clock for clock, words in said.items() if words == "台风封路"} == {"resolve"}
    question = "from=2026-09-01&to=2026-09-30&set=resolve.late"
    (listed,) = (await month.asks("supervisor", "GET", f"figures/tickets?{question}"))["tickets"]
    assert (listed["ticket_id"], listed["explanation"]) == (str(late.ticket_id), "台风封路")
    file = await month.asks("supervisor", "GET", f"figures/export?{question}&format=csv")
    (row,) = csv.DictReader(io.StringIO(file.decode("utf-8-sig")))
    assert row["情况说明"] == "台风封路"
    file = await month.asks("supervisor", "GET", f"figures/export?{question.replace('late', 'in_time')}&format=csv")
    assert "情况说明" not in file.decode("utf-8-sig").splitlines()[0], "who was in time has nothing to explain"


async def news(month: September, write: Write, who: str) -> list[tuple[str, str]]:
    """What is new in somebody's list about months: kind and month."""
    async with write() as session:
        while (await notify(session, month.served.clock(), doors=Doors(webhooks=True))).more:
            pass
    found = (await month.asks(who, "GET", "notifications"))["notifications"]
    return [(one["kind"], one["detail"]["month"]) for one in reversed(found) if "month" in one["detail"]]


async def test_everybody_concerned_is_told_of_a_statement_of_what_is_said_to_it_and_of_the_month(
    month: September, write: Write, dispatcher: Member, system_admin: Member
) -> None:
    async with write() as session:
        await webhooks.change(
            session,
            QuietWebhooks(),
            system_admin.actor,
            uuid4(),
            webhooks.Wish(
                name="企微",
                address="https://hooks.example/x",
                kinds=frozenset({MessageKind.statement_made}),
                is_on=True,
            ),
            NOON,
        )
    _, late = await month.lived()
    made = ("statement_made", "2026-09")
    assert await news(month, write, "sanitation_lead") == [made]
    for nobody in ("property_lead", "dispatcher", "supervisor"):
        assert await news(month, write, nobody) == [], nobody
    async with write() as session:
        called = (await session.execute(select(DeliveryRow.said).where(DeliveryRow.channel == "webhook"))).scalars()
    (call,) = called
    assert call is not None
    assert (call["ticket_id"], call["link"]) == (None, "/desk/statements?month=2026-09")

    (statement,) = (await month.asks("sanitation_lead", "GET", "statements"))["statements"]
    wrong = line_of(await month.asks("sanitation_lead", "GET", f"statements/{statement['statement_id']}"), late)
    objection = f"objections/{uuid4()}"
    said = {"statement_id": statement["statement_id"], "line": wrong["line"], "words": "路封了"}
    await month.asks("sanitation_lead", "PUT", objection, 204, **said)
    assert await news(month, write, "supervisor") == [("statement_objected", "2026-09")]
    await month.asks("supervisor", "PUT", f"{objection}/decision", 204, decision="noted", answer="数不变")
    assert await news(month, write, "sanitation_lead") == [made, ("statement_decided", "2026-09")]

    await month.at(datetime.fromisoformat(statement["object_until"]) + timedelta(seconds=1))
    await month.asks("supervisor", "PUT", "publications/2026-09", 204)
    told = ("published", "2026-09")
    assert (await news(month, write, "sanitation_lead"))[-1] == told
    assert await news(month, write, "property_lead") == [told], "also of a unit that had nothing that month"
    assert await news(month, write, "dispatcher") == [told]
    assert await news(month, write, "supervisor") == [("statement_objected", "2026-09")], "not of what one did oneself"


async def test_what_a_unit_said_on_paper_is_entered_for_it_with_who_said_it(month: September) -> None:
    _, late = await month.lived()
    (statement,) = (await month.asks("supervisor", "GET", "statements"))["statements"]
    assert (statement["may_object"], statement["may_object_for"]) == (False, True)
    address = f"statements/{statement['statement_id']}"
    wrong = line_of(await month.asks("supervisor", "GET", address), late)
    said = {"statement_id": statement["statement_id"], "line": wrong["line"], "words": "路封了"}
    paper, phone = {"said_by": "周队长", "way": "paper"}, {"said_by": "周队长", "way": "telephone"}
    await month.asks("supervisor", "PUT", f"objections/{uuid4()}", 403, **said)
    await month.asks("sanitation_lead", "PUT", f"objections/{uuid4()}", 403, **said, said_for=paper)
    nobody = await month.asks(
        "supervisor", "PUT", f"objections/{uuid4()}", 422, **said, said_for=paper | {"said_by": " "}
    )
    assert nobody["code"] == "said_for.nobody"
    await month.asks("supervisor", "PUT", f"objections/{uuid4()}", 204, **said, said_for=paper)
    explains = f"{address}/lines/{wrong['line']}/explanation"
    await month.asks("supervisor", "PUT", explains, 204, words="台风封路", said_for=phone)

    line = line_of(await month.asks("sanitation_lead", "GET", address), late)
    assert [(one["words"], one["said_by"], one["way"]) for one in line["objections"]] == [("路封了", "周队长", "paper")]
    assert (line["explanation"], line["explained_by"], line["explained_way"]) == ("台风封路", "周队长", "telephone")
    sheet = load_workbook(BytesIO(await month.asks("sanitation_lead", "GET", f"{address}/file"))).worksheets[0]
    row = [cell.value for cell in list(sheet.iter_rows(min_row=2))[wrong["line"] - 1]]
    assert (row[13], row[15]) == ("路封了（代办：周队长，书面）", "台风封路（代办：周队长，电话）")

    await month.asks("sanitation_lead", "PUT", explains, 204, words="我们自己说")
    line = line_of(await month.asks("supervisor", "GET", address), late)
    assert (line["explanation"], line["explained_by"]) == ("我们自己说", None)


async def test_a_past_that_was_brought_in_stands_beside_the_clocks_with_its_own_counts(
    month: September, write: Write, town: Town, tmp_path: Path
) -> None:
    under = await brought_in(write, town, tmp_path)
    async with write() as session:
        await past_batch.finish_batch(session, under, DAY_3)
    early, late = await month.lived()

    def beside(page: Any) -> Any:
        return {one["code"]: (one["above"], one["below"], one["apart"]) for one in page["beside"]}

    september, august = (await month.asks("sanitation_lead", "GET", "statements"))["statements"]
    page = await month.asks("sanitation_lead", "GET", f"statements/{september['statement_id']}")
    assert {one["ticket_id"] for one in page["lines"]} == {str(early.ticket_id), str(late.ticket_id)}
    assert beside(page)["past"] == (2, 3, {"past.accepted": 3, "past.closed": 3})
    assert beside(page)["for_unit"][:2] == (0, 4), "no step of the past is counted as taken here"
    assert (august["month"], august["lines"], august["verdicts"]) == ("2026-08", 0, {})

    # The firm had nothing to do here in September but what was brought in.
    (statement,) = (await month.asks("property_lead", "GET", "statements"))["statements"]
    assert (statement["month"], statement["lines"], statement["verdicts"]) == ("2026-09", 0, {})
    address = f"statements/{statement['statement_id']}"
    page = await month.asks("property_lead", "GET", address)
    assert page["lines"] == []
    assert beside(page)["past"] == (0, 2, {"past.accepted": 2, "past.closed": 2})
    for lang, heading, told in (
        ("zh", "序号", "历史导入：按期结案 0 ÷ 2 · 导入 2 · 已结 2"),
        ("en", "Line", "Imported past: closed in time 0 ÷ 2 · imported 2 · closed 2"),
    ):
        book = load_workbook(BytesIO(await month.asks("property_lead", "GET", f"{address}/file?lang={lang}")))
        table, about = book.worksheets
        assert (table.max_row, table.cell(1, 1).value) == (1, heading)
        assert told in [row[0] for row in about.iter_rows(values_only=True)]


async def test_half_a_past_is_not_told(month: September, write: Write, town: Town, tmp_path: Path) -> None:
    under = await brought_in(write, town, tmp_path)
    await month.at(DAY_3)
    await make_statements(month.tools)
    assert (await month.asks("supervisor", "GET", "statements"))["statements"] == []
    async with write() as session:
        await past_batch.finish_batch(session, under, DAY_3)
    await make_statements(month.tools)
    made = (await month.asks("supervisor", "GET", "statements"))["statements"]
    assert [(one["month"], one["unit"]) for one in made] == [
        ("2026-09", "环卫一队"),
        ("2026-09", "雪圃花园物业"),
        ("2026-08", "环卫一队"),
    ]


async def test_what_was_published_stays_and_a_later_change_is_told_beside_it(month: September, town: Town) -> None:
    _, late = await month.lived()
    draft = await month.asks("supervisor", "GET", "publications/2026-09")
    assert (draft["as_of"], draft["waits"]) == (None, "publication.may_still_object")
    assert (await month.asks("supervisor", "PUT", "publications/2026-09", 409))["code"] == draft["waits"]
    assert (await month.asks("sanitation_lead", "GET", "publications/2026-09", 404))["code"] == "publication.none"
    (statement,) = (await month.asks("sanitation_lead", "GET", "statements"))["statements"]
    wrong = line_of(await month.asks("sanitation_lead", "GET", f"statements/{statement['statement_id']}"), late)
    objection = f"objections/{uuid4()}"
    said = {"statement_id": statement["statement_id"], "line": wrong["line"], "words": "路封了"}
    await month.asks("sanitation_lead", "PUT", objection, 204, **said)

    await month.at(datetime.fromisoformat(statement["object_until"]) + timedelta(seconds=1))
    assert (await month.asks("supervisor", "PUT", "publications/2026-09", 409))["code"] == "publication.objections_open"
    late_wish = await month.asks("sanitation_lead", "PUT", f"objections/{uuid4()}", 409, **said)
    assert late_wish["code"] == "objection.too_late"
    await month.asks("supervisor", "PUT", f"{objection}/decision", 204, decision="granted", answer="查实封路")
    unchanged = await month.asks("supervisor", "PUT", "publications/2026-09", 409)
    assert unchanged["code"] == "publication.granted_unchanged"
    await exempted(month, town, late, wrong["clock"])
    await month.asks("dispatcher", "PUT", "publications/2026-09", 403)
    await month.asks("supervisor", "PUT", "publications/2026-09", 204)
    assert (await month.asks("supervisor", "PUT", "publications/2026-09", 409))["code"] == "publication.published"

    told = await month.asks("property_lead", "GET", "publications/2026-09")
    assert figure(told, "resolved_in_time", None) == (1, 1)
    assert figure(told, "resolved_in_time", "环卫一队") == (1, 1)
    assert told["seal"]["root"]
    assert told["moved"] == []


async def test_a_month_stays_as_it_was_told_when_its_open_tickets_go_on(month: September, town: Town) -> None:
    """One left lying in September, one done late and not looked at: both go through many hands in October."""
    left, done = [await month.reported((MARKET[0] + aside, MARKET[1]), 3) for aside in (0.0006, -0.0006)]
    month.served.clock.at = NOON + timedelta(days=2)
    await month.goes_on(done, "sanitation_lead", "resolve", note="清了")
    await month.lived()
    (statement,) = (await month.asks("supervisor", "GET", "statements"))["statements"]
    await month.at(datetime.fromisoformat(statement["object_until"]) + timedelta(days=1))
    await month.asks("supervisor", "PUT", "publications/2026-09", 204)
    before = await month.asks("supervisor", "GET", "publications/2026-09")
    assert figure(before, "closed_in_time", "环卫一队") == (1, 4)
    assert (figure(before, "for_unit", None), figure(before, "reworked", None)) == ((0, 6), (0, 3))

    told = {"taken_by": "区队长", "call": "打了电话"}
    for story, who, intent, more in (
        (done, "steward", "rework", {"reason": "还在"}),
        (left, "dispatcher", "acknowledge", told),
        (left, "sanitation_lead", "resolve", {"note": "清了"}),
        (left, "steward", "rework", {"reason": "还在"}),
        (left, "dispatcher", "assign", {"unit_id": str(town.street_office), "reason": "换人"}),
        (left, "dispatcher", "acknowledge", told),
        (done, "sanitation_lead", "resolve", {"note": "清了"}),
        (done, "steward", "verify", {"way": "spot"}),
    ):
        await month.goes_on(story, who, intent, **more)
        after = await month.asks("supervisor", "GET", "publications/2026-09")
        assert after["moved"] == [], f"{intent} moved a month that was told"


async def exempted(month: September, town: Town, story: Story, clock: str) -> None:
    story.now = month.served.clock.at
    async with month.write() as session:
        row = await session.get(TicketRow, story.ticket_id)
        assert row is not None
        story.seen = sync.Seen(version=row.version)
        asked = await story.does(session, town["sanitation_lead"], "appeal", clock=clock, reason="road_closed")
        assert asked.status == 200, asked.body
    async with month.write() as session:
        granted = await story.does(
            session, town["supervisor"], "exempt", request_id=asked.body["op_id"], reason="road_closed"
        )
        assert granted.status == 200, granted.body


def figure(told: Any, code: str, unit: str | None) -> tuple[int, int]:
    (whose,) = (one for one in told["told"] if one["unit"] == unit)
    (one,) = (each for each in whose["figures"] if each["code"] == code)
    return one["above"], one["below"]


async def test_a_correction_says_before_after_and_why(month: September, town: Town) -> None:
    _, late = await month.lived()
    (statement,) = (await month.asks("supervisor", "GET", "statements"))["statements"]
    objection, said = f"objections/{uuid4()}", {"statement_id": statement["statement_id"], "line": 1, "words": "不对"}
    await month.asks("sanitation_lead", "PUT", objection, 204, **said)
    await month.asks("supervisor", "PUT", f"{objection}/decision", 204, decision="granted", answer="看着像")
    await month.at(datetime.fromisoformat(statement["object_until"]) + timedelta(days=1))
    await month.asks("supervisor", "PUT", "publications/2026-09", 409)
    await month.asks("supervisor", "PUT", f"{objection}/decision", 204, decision="noted", answer="改不了，记录在案")
    await month.asks("supervisor", "PUT", "publications/2026-09", 204)
    before = await month.asks("supervisor", "GET", "publications/2026-09")
    assert figure(before, "resolved_in_time", None) == (1, 2)
    nothing = await month.asks("supervisor", "POST", "publications/2026-09/corrections", 409, reason="没有变")
    assert nothing["code"] == "correction.nothing"

    async with month.write() as session:
        query = select(ClockRow.key).where(ClockRow.ticket_id == late.ticket_id, ClockRow.kind == "resolve")
        clock = (await session.execute(query)).scalar_one()
    await exempted(month, town, late, clock)
    after = await month.asks("supervisor", "GET", "publications/2026-09")
    moved = {(one["unit"], one["code"]): (one["before"]["below"], one["after"]["below"]) for one in after["moved"]}
    assert moved[None, "resolved_in_time"] == moved["环卫一队", "resolved_in_time"] == (2, 1)
    answer = await month.asks("supervisor", "POST", "publications/2026-09/corrections", reason="申诉成立：封路")
    assert answer == {"number": 1}

    told = await month.asks("sanitation_lead", "GET", "publications/2026-09")
    assert figure(told, "resolved_in_time", None) == (1, 2), "what was told stays told"
    for who in ("sanitation_lead", "dispatcher"):
        file = await month.asks(who, "GET", "publications/2026-09/file?format=csv")
        rows = {(row["单位"], row["指标"]): row for row in csv.DictReader(io.StringIO(file.decode("utf-8-sig")))}
        row = rows["全辖区", "按期处置率"]
        assert (row["数值"], row["分子"], row["分母"], row["最近一次更正后"]) == ("50.0%", "1", "2", "100.0%")
        assert ("环卫一队", "按期处置率") in rows
    (correction,) = told["corrections"]
    assert correction["reason"] == "申诉成立：封路"
    assert ("resolved_in_time", 2, 1) in {
        (one["code"], one["before"]["below"], one["after"]["below"]) for one in correction["changes"]
    }
    assert (await month.asks("supervisor", "GET", "publications/2026-09"))["moved"] == []
    assert UUID(str(late.ticket_id))
