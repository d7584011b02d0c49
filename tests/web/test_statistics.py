"""Figures over HTTP: who may ask, what they open, files that no spreadsheet runs, and a what-if that tells how far it is."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
from httpx import AsyncClient
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

import build
from cast import MARKET, NOON, RIVER, Member, Town
from conftest import Write
from filing import Story, deliver, filed, open_town, report
from gridward.domain import sync
from gridward.domain.accounts import Actor, Role, ScopeKind
from gridward.domain.standards import Limit, LimitKind, Weights
from gridward.persistence.standards.queries import add_standard, current_standard, end_standard
from gridward.persistence.tickets.rows import AssignmentRow, ClockRow, TicketRow
from serving import Served, serve

PERIOD = {"from": "2026-09-01", "to": "2026-09-30"}
FORMULA = '=HYPERLINK("http://bad.example","看这里")'


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture
async def tickets(write: Write, town: Town) -> list[UUID]:
    """Five bins at the market; the words of one are what a spreadsheet would run."""
    made = []
    async with write() as session:
        await open_town(session, town)
        photo = await deliver(session, town["volunteer"], 3)
        claim = (sync.PhotoClaim(sha256=photo, kind="before"),)
        for number in range(5):
            where = (MARKET[0] - 0.0009 + number * 0.00035, MARKET[1])
            taken = await filed(session, town["volunteer"], report(at=where, photos=claim))
            made.append(taken.ticket_id)
        await session.execute(update(TicketRow).where(TicketRow.ticket_id == made[0]).values(place_note=FORMULA))
    return made


@pytest.fixture
async def next_door(write: Write, town: Town) -> Member:
    """简考核, supervisor of 水埗社区 and of nothing else."""
    async with write() as session:
        of, name, phone = town.jurisdiction_id, "简考核", f"198{town.jurisdiction_id.int % 100_000_000:08d}"
        person_id = await build.person(session, of, name, phone, since=NOON)
        grant = await build.grant(
            session, of, person_id, Role.supervisor, ScopeKind.community, town.neighbour_id, since=NOON
        )
        return Member(
            name=name,
            phone=phone,
            actor=Actor(person_id=person_id, jurisdiction_id=of, grants=(grant,), grids=frozenset()),
            token=await build.signed_in(session, of, person_id, NOON),
        )


async def got(client: AsyncClient, path: str, **query: object) -> Any:
    answer = await client.get(f"figures{path}", params={**PERIOD, **query})
    assert answer.status_code == 200, answer.text
    return answer


async def test_every_figure_opens_its_two_sets(served: Served, town: Town, tickets: list[UUID]) -> None:
    served.clock.at = NOON + timedelta(hours=11)
    async with served.browser(town["supervisor"]) as client:
        whole = (await got(client, "")).json()
        assert whole["complete"]
        known = (await got(client, "/indices")).json()
        assert [one["code"] for one in known["indices"]] == [one["code"] for one in whole["figures"]]
        for one, meant in zip(whole["figures"], known["indices"], strict=True):
            for name, n in ((meant["above"], one["above"]), (meant["below"], one["below"])):
                if name is not None:
                    assert (await got(client, "/tickets", set=name)).json()["n"] == n
        late = (await got(client, "/tickets", set="resolve.late")).json()
        assert {UUID(one["ticket_id"]) for one in late["tickets"]} == set(tickets)
        by_unit = (await got(client, "/groups", group="unit", index="resolved_in_time")).json()["groups"]
        assert [(one["name"], one["figure"]["below"], one["figure"]["few"]) for one in by_unit] == [
            ("环卫一队", 5, True)
        ]
        standing = (await got(client, "/standings", group="unit", index="resolved_in_time")).json()
        assert standing["worst"] == [], "five are too few to be called the worst"
        days = (await got(client, "/groups", group="day", index="closed_in_time")).json()["groups"]
        assert [(one["key"], one["figure"]["below"]) for one in days] == [("2026-09-01", 5)]
        for day, n in (("2026-09-01", 5), ("2026-09-02", 0)):
            step = {"set": "ticket.should_close", "step_from": day, "step_to": day}
            assert (await got(client, "/tickets", **step)).json()["n"] == n
            assert (await got(client, "/export", **step)).headers["X-Rows"] == str(n)
        for wrong in ({"set": "no.such"}, {"set": "resolve.due", "step_from": "2026-09-02"}):
            assert (await client.get("figures/tickets", params={**PERIOD, **wrong})).status_code == 422


async def test_the_score_is_weighed_as_the_standard_of_those_days_says(
    served: Served, write: Write, town: Town, tickets: list[UUID]
) -> None:
    served.clock.at = NOON + timedelta(hours=11)
    async with served.browser(town["supervisor"]) as client:
        first = (await got(client, "")).json()
        assert (first["weights"]["closed"], first["score"]) == (30, None), "nothing was said to be done: no base"
        assert {one["code"]: (one["points"], one["most"]) for one in first["score_parts"]} == {
            "closed_in_time": (0, 50),
            "closed": (0, 30),
            "reworked": (None, 10),
            "supervised": (10, 10),
        }
    async with write() as session:
        standard = await current_standard(session, town.jurisdiction_id, NOON.date())
        await end_standard(session, UUID(standard.standard_id), date(2026, 9, 1))
        terms = replace(standard.terms, score=Weights(closed=Fraction(80), orders=Fraction(20)))
        new = {"version": 9, "valid_from": date(2026, 9, 1), "standard_id": str(uuid4()), "terms": terms}
        kept = {"jurisdiction_id": town.jurisdiction_id, "digest": "9", "published_at": NOON}
        await add_standard(session, replace(standard, **new), published_by=None, **kept)
    async with served.browser(town["supervisor"]) as client:
        weights = (await got(client, "")).json()["weights"]
        assert (weights["closed"], weights["orders"]) == (80, 20)
        before = {"from": "2026-08-01", "to": "2026-08-31"}
        assert (await client.get("figures", params=before)).json()["weights"]["closed"] == 30


async def test_every_step_of_how_long_it_took_opens_those_that_took_so_long(
    served: Served, write: Write, town: Town, tickets: list[UUID]
) -> None:
    """Five bins acknowledged after 10, 29, 30, 31 minutes and after nine hours: an edge belongs to the step above it."""
    minutes = (10, 29, 30, 31, 540)
    async with write() as session:
        for ticket_id, late in zip(tickets, minutes, strict=True):
            clock = update(ClockRow).where(ClockRow.ticket_id == ticket_id, ClockRow.kind == "acknowledge")
            done = ClockRow.started_at + timedelta(minutes=late)
            stopped = {"stopped_at": done, "state": "stopped", "is_final": True}
            assert (await session.execute(clock.values(**stopped).returning(ClockRow.key))).scalar_one()
    served.clock.at = NOON + timedelta(hours=11)
    async with served.browser(town["supervisor"]) as client:
        told = (await got(client, "/spreads")).json()
        spreads = {one["kind"]: one for one in told["spreads"]}
        assert (spreads["acknowledge"]["n"], spreads["acknowledge"]["counts"]) == (5, [1, 1, 2, 0, 0, 0, 1, *[0] * 5])
        for one in spreads.values():
            opened = [(await got(client, "/tickets", set=name)).json() for name in (one["whole"], *one["steps"])]
            assert [page["n"] for page in opened] == [one["n"], *one["counts"]] == [len(p["tickets"]) for p in opened]
        step = spreads["acknowledge"]["steps"][2]
        page = (await got(client, "/tickets", set=step)).json()["tickets"]
        assert {UUID(one["ticket_id"]): one["spent_s"] for one in page} == {tickets[2]: 1800, tickets[3]: 1860}
        file = await got(client, "/export", set=step, format="csv")
        assert file.headers["X-Rows"] == "2"
        assert (await got(client, "/tickets", set="acknowledge.due")).json()["tickets"][0]["spent_s"] is None


async def test_a_lead_asks_about_the_own_unit_and_nobody_elses(served: Served, town: Town, tickets: list[UUID]) -> None:
    async with served.browser(town["sanitation_lead"]) as client:
        mine = await got(client, "", unit_id=town.sanitation)
        assert mine.json()["counts"]["ticket.accepted"] == 5
        for other in ({}, {"unit_id": town.property_firm}, {"area_id": town.community_id}):
            refused = await client.get("figures", params={**PERIOD, **other})
            assert refused.status_code == 403
    async with served.browser(town["dispatcher"]) as client:
        assert (await got(client, "", area_id=town.community_id)).json()["counts"]["ticket.accepted"] == 5
        for other in ({}, {"area_id": town.neighbour_id}):
            assert (await client.get("figures", params={**PERIOD, **other})).status_code == 403
        own = {"area_id": town.community_id, "worker_id": town["sanitation_worker"].person_id}
        assert (await client.get("figures", params={**PERIOD, **own})).status_code == 403


async def test_one_person_at_a_time_by_name_for_the_own_lead_and_the_supervisor(
    served: Served, town: Town, tickets: list[UUID], write: Write
) -> None:
    worker, lead = town["sanitation_worker"], town["sanitation_lead"]
    async with write() as session:
        of = update(AssignmentRow).where(AssignmentRow.ticket_id.in_(tickets[:3]))
        await session.execute(of.values(worker_id=worker.person_id))
        of = update(AssignmentRow).where(AssignmentRow.ticket_id.in_(tickets[3:]))
        await session.execute(of.values(worker_id=lead.person_id))
    unit = {"unit_id": town.sanitation}
    for who in ("supervisor", "sanitation_lead"):
        async with served.browser(town[who]) as client:
            people = (await got(client, "/people", **unit)).json()["people"]
            named = [(one["name"], one["tickets"]) for one in people]
            assert named == sorted([(worker.name, 3), (lead.name, 2)]), "by name, never by figures"
            own = (await got(client, "", **unit, worker_id=worker.person_id)).json()
            assert own["counts"]["ticket.accepted"] == 3
    async with served.browser(town["supervisor"]) as client:
        assert (await client.get("figures/people", params=PERIOD)).status_code == 422
    for who in ("property_lead", "dispatcher", "sanitation_worker"):
        async with served.browser(town[who]) as client:
            assert (await client.get("figures/people", params={**PERIOD, **unit})).status_code == 403
    async with served.browser(worker) as client:
        seen = (await client.get("my/disclosures")).json()["seen"]
        assert {one["field"] for one in seen} == {"name"}


async def test_a_supervisor_of_one_community_sees_no_names_for_work_elsewhere(
    served: Served, town: Town, tickets: list[UUID], write: Write, next_door: Member
) -> None:
    """The unit swept at the market; next door it had one bin, in other hands."""
    async with write() as session:
        claim = (sync.PhotoClaim(sha256=await deliver(session, town["neighbour_volunteer"], 4), kind="before"),)
        theirs = await filed(session, town["neighbour_volunteer"], report(at=RIVER, photos=claim))
        for of, who in ((tickets, "sanitation_worker"), ([theirs.ticket_id], "sanitation_lead")):
            taken = update(AssignmentRow).where(AssignmentRow.ticket_id.in_(of))
            await session.execute(taken.values(unit_id=town.sanitation, worker_id=town[who].person_id))
    unit = {"unit_id": town.sanitation}
    async with served.browser(next_door) as client:
        people = (await got(client, "/people", **unit, area_id=town.neighbour_id)).json()["people"]
        assert [(one["name"], one["tickets"]) for one in people] == [(town["sanitation_lead"].name, 1)]
        for elsewhere in ({}, {"area_id": town.community_id}):
            assert (await client.get("figures/people", params={**PERIOD, **unit, **elsewhere})).status_code == 403
    async with served.browser(town["supervisor"]) as client:
        assert len((await got(client, "/people", **unit)).json()["people"]) == 2
        assert (await got(client, "/people", **unit, category="lamp")).json()["people"] == []


async def test_files_run_nothing_name_nobody_and_can_be_gone_on_with(
    served: Served, town: Town, tickets: list[UUID]
) -> None:
    reporter = town["volunteer"]
    async with served.browser(town["supervisor"]) as client:
        asked = {"set": "ticket.accepted", "as_of": NOON.isoformat()}
        whole = await got(client, "/export", **asked)
        assert whole.content.startswith(b"\xef\xbb\xbf")
        assert whole.headers["x-rows"] == "5"
        rows = list(csv.DictReader(io.StringIO(whole.content.decode("utf-8-sig"))))
        assert len(rows) == 5
        assert [one["位置描述"] for one in rows if one["位置描述"]] == [f"'{FORMULA}"]
        first = await got(client, "/export", **asked, limit=2)
        *two, cut = list(csv.reader(io.StringIO(first.content.decode("utf-8-sig"))))[1:][:2], first.content.decode()
        assert "未完" in cut
        rest = await got(client, "/export", **asked, after=two[0][-1][-1])
        assert "未完" not in rest.content.decode()
        numbers = [row[0] for row in two[0]] + [
            one["工单号"] for one in csv.DictReader(io.StringIO(rest.content.decode("utf-8-sig")))
        ]
        assert numbers == [one["工单号"] for one in rows]
        # Its last line is an address that somebody signed in opens, and so on to the end of the set.
        gone_on, following = [row[0] for row in two[0]], first
        while "未完" in following.content.decode():
            following = await client.get(list(csv.reader(io.StringIO(following.content.decode())))[-1][0])
            assert following.status_code == 200, following.text
            gone_on += [
                row[0] for row in list(csv.reader(io.StringIO(following.content.decode())))[1:3] if len(row) > 1
            ]
        assert gone_on == numbers
        # The page offers all files at once, each with what the others leave out.
        page = (await got(client, "/tickets", **asked, limit=1)).json()
        assert (page["n"], page["rows"], page["file_rows"]) == (5, 5, 1_000_000)
        parts = [await got(client, "/export", **asked, limit=2, skip=skip) for skip in (0, 2, 4)]
        assert [one.headers["content-disposition"][-6:] for one in parts] == ["-1.csv", "-2.csv", "-3.csv"]
        read = [list(csv.reader(io.StringIO(one.content.decode("utf-8-sig"))))[1:3] for one in parts]
        assert [row[0] for part in read for row in part] == numbers
        steps = (await got(client, "/tickets", **(asked | {"set": "ticket.steps"}), limit=1)).json()
        assert steps["rows"] == len(
            (await got(client, "/tickets", **(asked | {"set": "ticket.steps"}))).json()["tickets"]
        )

        book = openpyxl.load_workbook(io.BytesIO((await got(client, "/export", **asked, format="xlsx")).content))
        table, about = book.worksheets
        heads = [cell.value for cell in table[1]]
        words = [row[heads.index("位置描述")] for row in table.iter_rows(min_row=2)]
        assert [(cell.value, cell.data_type) for cell in words if cell.value] == [(FORMULA, "s")]
        assert table.cell(2, heads.index("受理时间") + 1).value.hour == 12, "local wall time"
        assert about.cell(3, 1).value == "本文件 5 行"

        features = json.loads((await got(client, "/export", **asked, format="geojson")).content)
        assert features["crs"]["properties"]["name"].endswith("CRS84")
        assert len(features["features"]) == 5
        lon, lat = features["features"][0]["geometry"]["coordinates"]
        assert (round(lon, 1), round(lat, 1)) == (113.1, 23.0)
        for content in (whole.text, json.dumps(features, ensure_ascii=False)):
            assert reporter.name not in content
            assert reporter.phone not in content
            assert str(reporter.person_id) not in content


async def supposed(client: AsyncClient, rule: str, **query: object) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The last line, and the rows of all lines together."""
    lines = [json.loads(line) for line in (await got(client, "/suppose", rule=rule, **query)).content.splitlines()]
    assert [line["done"] for line in lines] == [False, *([False] if lines[-1]["of"] else []), True]
    return lines[-1], [row for line in lines for row in line.get("rows") or ()]


def opened(rows: list[dict[str, Any]], name: str, kind: str | None = None) -> set[UUID]:
    return {UUID(row["ticket_id"]) for row in rows if name in row["sums"] and kind in (None, row["kind"])}


async def test_another_rule_is_counted_with_its_progress(served: Served, town: Town, tickets: list[UUID]) -> None:
    served.clock.at = NOON + timedelta(hours=11)
    async with served.browser(town["supervisor"]) as client:
        last, rows = await supposed(client, "city/1")
        assert (last["tickets"], last["of"], last["changed"], last["cut"]) == (5, 5, 0, False)
        assert last["clocks"]["resolve"]["due"] == 5
        assert opened(rows, "due", "resolve") == set(tickets)
        assert opened(rows, "to_late") == opened(rows, "to_on_time") == set()
        unknown = await client.get("figures/suppose", params={**PERIOD, "rule": "city/99"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "rule.unknown")


async def test_another_rule_tells_of_nothing_but_what_was_asked_about(
    served: Served, write: Write, town: Town, tickets: list[UUID], next_door: Member
) -> None:
    async with write() as session:
        claim = (sync.PhotoClaim(sha256=await deliver(session, town["neighbour_volunteer"], 4), kind="before"),)
        theirs = await filed(session, town["neighbour_volunteer"], report(at=RIVER, photos=claim))
    served.clock.at = NOON + timedelta(hours=11)
    async with served.browser(next_door) as client:
        last, rows = await supposed(client, "city/1", area_id=town.neighbour_id)
        assert (last["of"], last["clocks"]["resolve"]["due"]) == (1, 1)
        assert {UUID(row["ticket_id"]) for row in rows} == {theirs.ticket_id}
        for elsewhere in ({}, {"area_id": town.community_id}):
            asked = {**PERIOD, "rule": "city/1", **elsewhere}
            assert (await client.get("figures/suppose", params=asked)).status_code == 403
    async with served.browser(town["supervisor"]) as client:
        whole, _ = await supposed(client, "city/1")
        assert whole["clocks"]["resolve"]["due"] == 6
        for chosen, n in (
            ({"unit_id": town.sanitation}, 5),
            ({"unit_id": town.property_firm}, 0),
            ({"grid_id": town.grid_river}, 1),
            ({"grid_id": town.grid_river, "territory": "now"}, 1),
            ({"category": "litter_full"}, 6),
            ({"category": "lamp"}, 0),
        ):
            found, rows = await supposed(client, "city/1", **chosen)
            assert found["clocks"].get("resolve", {"due": 0})["due"] == n, chosen
            assert len({row["ticket_id"] for row in rows}) == n


async def test_the_share_by_the_rule_that_held_is_the_figure_itself(
    served: Served, write: Write, town: Town, tickets: list[UUID]
) -> None:
    """Five bins that the rules accepted, one of them done and not yet checked: what no figure counts, 假如 does not count."""
    async with write() as session:
        row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == tickets[0]))).scalar_one()
        seen = sync.Seen(version=row.version, assignment_id=row.assignment_id)
        after = await deliver(session, town["sanitation_lead"], 90)
        story = Story(tickets[0], NOON + timedelta(hours=1), seen)
        await story.does(session, town["sanitation_lead"], "resolve", photos=[after])
    served.clock.at = NOON + timedelta(hours=11)
    async with served.browser(town["supervisor"]) as client:
        figures = {one["code"]: one for one in (await got(client, "")).json()["figures"]}
        last, rows = await supposed(client, "city/1")
    for kind, code in (
        ("file", "filed_in_time"),
        ("acknowledge", "acknowledged_in_time"),
        ("resolve", "resolved_in_time"),
        ("verify", "verified_in_time"),
    ):
        one, sums = figures[code], last["clocks"].get(kind, {"on_time": 0, "due": 0})
        assert (sums["on_time"], sums["due"]) == (one["above"], one["below"]), kind
        if kind in last["clocks"]:
            assert (sums["other_on_time"], sums["other_due"]) == (one["above"], one["below"]), "the same rule"
    assert figures["resolved_in_time"]["below"] == 4, "what waits to be checked is undecided"
    assert figures["filed_in_time"]["apart"]["file.by_rule"] == 5
    assert tickets[0] not in opened(rows, "due", "resolve")


async def test_every_sum_of_another_rule_opens_what_was_counted_in_it(
    served: Served, write: Write, town: Town, tickets: list[UUID]
) -> None:
    """One of five is done after three hours of four: by two hours it would have been late. A third rule knows no bins."""
    async with write() as session:
        after, proof = await deliver(session, town["sanitation_lead"], 90), await deliver(session, town["steward"], 140)
        row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == tickets[0]))).scalar_one()
        seen = sync.Seen(version=row.version, assignment_id=row.assignment_id)
        story = Story(tickets[0], NOON + timedelta(hours=3), seen)
        await story.does(session, town["sanitation_lead"], "resolve", photos=[after])
        await story.does(session, town["steward"], "verify", way="spot", photos=[proof])
        standard = await current_standard(session, town.jurisdiction_id, NOON.date())
        bins = "litter_full-full"
        shorter = replace(standard.conditions[bins], limit=Limit(LimitKind.WORK_HOUR, 2))
        without = {name: one for name, one in standard.conditions.items() if name != bins}
        rules = (replace(standard, conditions={**without, bins: shorter}), replace(standard, conditions=without))
        await end_standard(session, UUID(standard.standard_id), date(2027, 1, 1))
        for number, one in enumerate(rules, start=8):
            holds = {"valid_from": date(2020 + number, 1, 1), "valid_to": date(2021 + number, 1, 1)}
            named = replace(one, standard_id=str(uuid4()), version=number, **holds)
            kept = {"jurisdiction_id": town.jurisdiction_id, "digest": str(number), "published_at": NOON}
            await add_standard(session, named, published_by=None, **kept)
    served.clock.at = NOON + timedelta(hours=11)
    async with served.browser(town["supervisor"]) as client:
        last, rows = await supposed(client, f"{standard.scheme}/8")
        for kind, sums in last["clocks"].items():
            for name, n in sums.items():
                assert sum(row["kind"] == kind and name in row["sums"] for row in rows) == n, (kind, name)
        assert (last["clocks"]["resolve"]["due"], last["changed"]) == (5, 1)
        assert opened(rows, "on_time", "resolve") == opened(rows, "to_late") == {tickets[0]}
        assert opened(rows, "other_on_time", "resolve") == set()
        last, rows = await supposed(client, f"{standard.scheme}/9")
        assert last["not_comparable"] == 5
        assert opened(rows, "not_comparable") == set(tickets)
