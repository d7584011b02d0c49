"""A report in a city that none of us drew: its sub-districts and buildings from real files, photos from real phones.

13 of the sub-districts hold all the buildings. The one of the story, 麦子店街道, gets a cleaning unit and a steward; the
rest of the city lies around it as it came. Everything goes in as a person would bring it in: files through the import,
people through the roster, the report and every step over HTTP.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

import build
from cast import Member
from conftest import Read, Write
from gridward.cli.territory import run
from gridward.domain.accounts import Actor, program
from gridward.domain.accounts_roster import RosterLine
from gridward.domain.imports import ImportReport
from gridward.domain.territory import Layer
from gridward.gateways.pictures import PictureWorkers
from gridward.persistence.accounts.rows import PersonRow
from gridward.services.accounts.jurisdictions import found_jurisdiction
from gridward.services.accounts.roster_import import judge_roster, publish_roster
from gridward.services.territory.read import open_reading
from gridward.worker import Tools, notify_people
from phones import Phone
from serving import Served, serve

EVENING = datetime(2026, 9, 1, 12, 30, tzinfo=UTC)
"""Tuesday 20:30 in Beijing: the street cleaners' day (06:00 to 22:00) has an hour and a half left."""
MORNING = datetime(2026, 9, 1, 22, 30, tzinfo=UTC)
"""Half past six the next day, with half an hour of work done by the calendar; the desk opens at eight."""
FOUNDED = EVENING - timedelta(days=30)

STREET = "110105012000"
SCHOOL = "北京市枣营中学"
PEOPLE: Mapping[str, Mapping[str, str]] = {
    "volunteer": {"name": "佟秀兰", "phone": "19900010001", "role": "volunteer", "community": STREET},
    "lead": {"name": "郎队长", "phone": "19900010002", "role": "unit_lead", "unit": "MZD-HW"},
    "steward": {"name": "白网格", "phone": "19900010003", "role": "steward", "grid": STREET},
    "dispatcher": {"name": "那派遣", "phone": "19900010004", "role": "dispatcher", "community": STREET},
    "supervisor": {"name": "金考核", "phone": "19900010005", "role": "supervisor"},
}


@dataclass(slots=True)
class Beijing:
    jurisdiction_id: UUID
    imports: dict[str, ImportReport]
    people: dict[str, Member]


@pytest.fixture
def photos(real_data: Path) -> Path:
    return real_data / "photos"


@pytest.fixture
async def beijing(engine: AsyncEngine, write: Write, real_data: Path, tmp_path: Path) -> Beijing:
    streets, houses = (real_data / "territory" / f"beijing_{name}.geojson" for name in ("subdistricts", "buildings"))
    for path in (streets, houses):
        if not path.exists():
            pytest.skip(f"{path.name} is not at hand")
    async with write() as session:
        city = await found_jurisdiction(session, "北京", via="cli", now=FOUNDED)

    async def take(path: Path, layer: Layer, kind: str | None = None, crs: str | None = None) -> ImportReport:
        reading = open_reading(path, layer, layer_in_file=None, crs=crs, named={}, kind=kind)
        return await run(engine, city, reading, apply=True, clock=lambda: FOUNDED)

    imports = {
        "areas": await take(streets, Layer.area, "community"),
        "grids": await take(streets, Layer.grid),
        "buildings": await take(houses, Layer.building),
    }
    for layer, features in office(streets):
        path = tmp_path / f"{layer.value}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        report = await take(path, layer, "work" if layer is Layer.service_area else None, "WGS-84")
        assert (report.applied, report.refused) == (len(features), ())
    async with write() as session:
        lines = [RosterLine(place=who, cells=cells) for who, cells in PEOPLE.items()]
        judged = await judge_roster(session, program(city, "cli"), lines, FOUNDED)
        assert judged.refused == ()
        await publish_roster(session, program(city, "cli"), judged, FOUNDED)
    async with write() as session:
        found = await session.execute(
            select(PersonRow.phone, PersonRow.person_id).where(PersonRow.jurisdiction_id == city)
        )
        known = {one.phone: one.person_id for one in found}
        people = {
            who: Member(
                name=cells["name"],
                phone=cells["phone"],
                actor=Actor(person_id=known[cells["phone"]], jurisdiction_id=city, grants=()),
                token=await build.signed_in(session, city, known[cells["phone"]], EVENING),
            )
            for who, cells in PEOPLE.items()
        }
    return Beijing(city, imports, people)


def office(streets: Path) -> list[tuple[Layer, list[dict[str, Any]]]]:
    """A cleaning unit and its ground, the sub-district as the city drew it; and an office for what nobody answers for."""

    def unit(code: str, name: str, kind: str, **more: object) -> dict[str, Any]:
        told = {"code": code, "name": name, "kind": kind, "telephone": "0000-10000001", "area": STREET, **more}
        return {"type": "Feature", "geometry": None, "properties": told}

    (drawn,) = [one for one in json.loads(streets.read_text())["features"] if str(one["properties"]["code"]) == STREET]
    ground = {"code": "MZD-HW-1", "name": "麦子店保洁", "unit": "MZD-HW"}
    return [
        (Layer.unit, [unit("MZD-HW", "麦子店环卫队", "work"), unit("MZD", "麦子店街道办", "street", last_resort=True)]),
        (Layer.service_area, [{**drawn, "properties": ground}]),
    ]


@pytest.fixture
async def served(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Served]:
    made = serve(engine, tmp_path / "photos")
    made.clock.at = EVENING
    # Foreign pictures are opened where they belong: in a process of their own.
    made = Served(parts=replace(made.parts, pictures=PictureWorkers()), clock=made.clock, sms=made.sms)
    yield made
    await made.parts.pictures.close()


async def sent(phone: Phone, path: Path) -> str:
    """The photo as the camera wrote it, kept under its digest."""
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    answer = await phone.browser.put(f"photos/{sha256}", content=content, headers={"Content-Type": "image/jpeg"})
    assert (answer.status_code, answer.json()) == (201, {"sha256": sha256, "size": len(content)})
    return sha256


async def shown(phone: Phone, sha256: str) -> Image.Image:
    answer = await phone.browser.get(f"photos/{sha256}")
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


def everything_read_by(who: Phone) -> list[str]:
    """Grows with every answer in words that this person gets."""
    heard: list[str] = []

    async def listen(answer: httpx.Response) -> None:
        await answer.aread()
        if "json" in answer.headers.get("Content-Type", ""):
            heard.append(answer.text)

    who.browser.event_hooks["response"].append(listen)
    return heard


def unlike(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures differ on average, 0 to 255, whatever their size."""
    small = [picture.convert("L").resize((64, 64)) for picture in (one, other)]
    return float(ImageStat.Stat(ImageChops.difference(*small)).mean[0])


@pytest.mark.slow
async def test_a_report_at_a_school_of_beijing_goes_its_whole_way(
    beijing: Beijing, served: Served, photos: Path, read: Read, worker_engine: AsyncEngine
) -> None:
    # The city came in whole; what is wrong with it is listed.
    areas, buildings = beijing.imports["areas"], beijing.imports["buildings"]
    about = Counter(finding.code for finding in areas.warnings)
    assert (areas.applied, areas.refused, about["overlap"]) == (343, (), 67)
    assert (buildings.applied, buildings.refused) == (5442, ())
    async with read() as session:
        held = await session.execute(
            text(
                "SELECT count(*) AS areas FROM building b JOIN area_boundary a"
                " ON a.jurisdiction_id = b.jurisdiction_id AND ST_Covers(a.boundary, ST_Centroid(b.footprint))"
                " WHERE b.jurisdiction_id = :city GROUP BY b.building_id"
            ),
            {"city": beijing.jurisdiction_id},
        )
        assert Counter(held.scalars()) == {1: 5442}
        school = (
            await session.execute(
                text(
                    "SELECT ST_X(location) AS lon, ST_Y(location) AS lat FROM building"
                    " WHERE jurisdiction_id = :city AND name = :name"
                ),
                {"city": beijing.jurisdiction_id, "name": SCHOOL},
            )
        ).one()
    at = (school.lon, school.lat)
    phone, lead, checker, desk, judge = (Phone(served, one) for one in beijing.people.values())
    overheard = everything_read_by(lead)

    # What a phone cannot use is said so, in a code that its screen has words for.
    for name, status, code in (("heic-iphone7.heic", 415, "photo_heic_refused"), ("broken1.jpg", 422, "photo_broken")):
        content = (photos / name).read_bytes()
        refused = await phone.browser.put(
            f"photos/{hashlib.sha256(content).hexdigest()}", content=content, headers={"Content-Type": "image/jpeg"}
        )
        assert (refused.status_code, refused.json()["code"]) == (status, code)

    # A photo that lies on its side in the file, and one that says where and when it was taken.
    lying, travelled = photos / "Portrait_6.jpg", photos / "IMG_20180725_163423.jpg"
    before = [
        {"sha256": await sent(phone, path), "kind": kind} for path, kind in ((lying, "before"), (travelled, "wide"))
    ]
    filed = await phone.file(phone.report(at=at, photos=before, place_note=f"{SCHOOL}门口", note="桶满了"))
    assert filed.status_code == 201, filed.text
    assert filed.json()["short_no"] == "001"
    ticket_id = filed.json()["ticket_id"]

    # It went to the cleaners of that ground at once, and the desk can read why.
    seen = await desk.look(ticket_id)
    assert (seen["status"], seen["unit_name"], seen["tray_reason"]) == ("assigned", "麦子店环卫队", None)
    assert (seen["grid_name"], seen["place_note"]) == ("麦子店街道", f"{SCHOOL}门口")
    why = seen["routing"]
    assert (why["rule_name"], why["sure"], why["doubts"]) == ("巷道归作业单位", True, [])
    assert [one["name"] for one in why["boundaries"]] == ["麦子店街道", "麦子店保洁"]
    assert all(one["inside"] and one["boundary_m"] > 900 for one in why["boundaries"])

    # Upright, and nothing left of what the camera wrote; that is kept as a second witness, and this one says Bohemia.
    upright = ImageOps.exif_transpose(Image.open(lying))
    kept = await shown(desk, before[0]["sha256"])
    assert kept.size == upright.size == (1200, 1800)
    assert unlike(kept, upright) < 2 < 20 < unlike(kept, Image.open(lying))
    for one in before:
        picture = await shown(desk, one["sha256"])
        assert (dict(picture.getexif()), {"exif", "xmp", "comment", "icc_profile"} & set(picture.info)) == ({}, set())
    (_, witness) = seen["photos"]
    assert witness["taken_at"] == "2018-07-25T08:34:23+00:00"
    assert witness["distance_m"] == pytest.approx(7_420_000, rel=0.01)
    assert "photo_far" in witness["marks"]

    # Four working hours of the cleaners: an hour and a half this evening, the rest from six in the morning.
    assert seen["resolve_due_at"] == "2026-09-02T00:30:00Z"
    (task,) = (await lead.browser.get("tickets", params={"order": "due"})).json()["tickets"]
    assert (task["ticket_id"], task["next_due"]["clock"]) == (ticket_id, "acknowledge")
    served.clock.forward(minutes=5)
    assert (await lead.does(ticket_id, "acknowledge")).status_code == 200
    served.clock.at = MORNING
    arrived = await lead.does(ticket_id, "arrive", lon=at[0], lat=at[1], accuracy_m=10)
    assert arrived.status_code == 200, arrived.text
    served.clock.forward(minutes=20)
    after = await sent(lead, photos / "Landscape_8.jpg")
    done = await lead.does(ticket_id, "resolve", photos=[{"sha256": after}], note="清运完毕", answer="清走了，谢谢您")
    assert (done.status_code, done.json()["status"]) == (200, "resolved")

    # Not by those who did it; by the steward of the grid, who was there.
    own = await lead.does(ticket_id, "verify", way="spot", photos=[after])
    assert (own.status_code, own.json()["code"]) == (403, "not_permitted")
    served.clock.at = MORNING + timedelta(minutes=100)
    proof = await sent(checker, photos / "Landscape_3.jpg")
    checked = await checker.does(ticket_id, "verify", way="spot", photos=[proof])
    assert (checked.status_code, checked.json()["status"]) == (200, "closed")

    # The reporter is told, and reads the answer.
    while await notify_people(Tools(engine=worker_engine, blobs=served.parts.blobs, now=served.clock)):
        pass
    told = (await phone.browser.get("notifications")).json()
    assert ticket_id in {one["ticket_id"] for one in told["notifications"]}
    closed = await phone.look(ticket_id)
    assert (closed["status"], closed["closing"]) == ("closed", "verified")
    assert [one["kind"] for one in closed["photos"]] == ["before", "wide", "after", "verification"]
    assert "清走了，谢谢您" in {words for one in closed["timeline"] for words in one["texts"].values()}
    for sha256, size in ((after, (1800, 1200)), (proof, (1800, 1200))):
        assert (await shown(phone, sha256)).size == size

    # Every second is somebody's, and the night was nobody's working time.
    book = (await judge.browser.get(f"tickets/{ticket_id}/ledger")).json()
    clocks = {one["clock"]: one for one in book["clocks"]}
    resolve = clocks["resolve"]
    assert [(line["span_s"] / 60, line["why"]) for line in resolve["stretches"]] == [
        (90, "working"),
        (8 * 60, "off_hours"),
        (50, "working"),
    ]
    assert (resolve["counted_s"], resolve["limit_s"], resolve["breached_at"]) == (140 * 60, 4 * 3600, None)
    assert clocks["verify"]["counted_s"] == 10 * 60
    assert not any(one["breached_at"] for one in clocks.values())
    hands = {one["who"]: one["span_s"] / 60 for one in book["whose_time"] if one["span_s"]}
    assert hands == {"unit": 90 + 8 * 60 + 50, "verifier": 80}
    assert sum(hands.values()) * 60 == book["age_s"]

    # In all that the unit ever got to read there is a volunteer, and nobody of that name.
    for address in ("tickets", f"tickets/{ticket_id}", f"tickets/{ticket_id}/ledger", "notifications"):
        assert (await lead.browser.get(address)).status_code == 200
    (scope,) = [one for one in (await lead.browser.get("my/scope")).json()["scopes"] if one.startswith("unit:")]
    assert ticket_id in (await lead.browser.get("snapshot", params={"scope": scope})).text
    reporter = beijing.people["volunteer"]
    for canary in (reporter.name, reporter.phone, str(reporter.person_id)):
        assert [text for text in overheard if canary in text] == []
    assert len(overheard) > 10
