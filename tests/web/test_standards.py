"""What can be reported, what a standard says, and whom its names mean, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import Member, Town, settle
from gridward.app import create_app
from gridward.domain.accounts import program
from gridward.gateways.blobstore import MemoryBlobs
from gridward.gateways.channels.sms import NoSms
from gridward.gateways.phone_numbers import NumberKey
from gridward.gateways.pictures import DirectPictures
from gridward.services.standards.publishing import Publication, publish_built_in
from gridward.web.deps import Parts


class Browser:
    """Whoever is signed in."""

    def __init__(self, engine: AsyncEngine, now: datetime) -> None:
        parts = Parts(
            engine=engine,
            now=lambda: now,
            blobs=MemoryBlobs(),
            pictures=DirectPictures(),
            sms=NoSms(),
            secret_key=b"k" * 32,
            number_key=NumberKey(b"k" * 32),
            public_url="http://127.0.0.1:8000",
            secure_cookies=False,
        )
        self._app = create_app(parts, pages=None)

    async def ask(self, method: str, path: str, who: Member | None, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport,
            base_url="http://127.0.0.1:8000/api/v1",
            headers={"X-Gridward": "1"},
            cookies={"sid": who.token} if who else {},
        ) as client:
            return await client.request(method, path, **more)


@pytest.fixture
def browser(engine: AsyncEngine, now: datetime) -> Browser:
    return Browser(engine, now)


@pytest.fixture
async def published(town: Town, write, now: datetime) -> Publication:
    async with write() as session:
        actor = program(town.jurisdiction_id, "demo")
        return await publish_built_in(session, actor, valid_from=now.date(), now=now)


async def test_a_volunteer_gets_the_pictures_in_order_and_the_question_of_the_cover(
    browser: Browser, town: Town, published: Publication
) -> None:
    said = (await browser.ask("GET", "/categories", town["volunteer"])).json()
    assert (said["standard_id"], said["version"]) == (str(published.standard_id), 1)
    pictured = [one["name"] for one in said["categories"] if one["picture"]]
    assert pictured == ["垃圾满了", "地上垃圾", "乱堆放", "井盖", "路灯", "积水", "乱停放", "堵消防通道", "其他"]
    assert [one["picture"] for one in said["categories"][9:]] == [None] * (len(said["categories"]) - 9)
    cover = said["categories"][3]
    assert (cover["urgent"], cover["condition_id"], cover["question"]["text"]) == (False, None, "井盖怎么了？")
    assert [(one["condition_id"], one["name"], one["urgent"]) for one in cover["question"]["answers"]] == [
        ("manhole-missing", "不见了", True),
        ("manhole-broken", "破了", False),
        ("manhole-noisy", "响", False),
    ]
    lane = said["categories"][7]
    assert (lane["urgent"], lane["evidence"]["closing"]) == (True, ["after_photo", "position"])
    english = (await browser.ask("GET", "/categories?lang=en", town["volunteer"])).json()["categories"]
    assert english[3]["question"]["answers"][0]["name"] == "Missing"


async def test_without_a_standard_it_says_so(browser: Browser, town: Town) -> None:
    answer = await browser.ask("GET", "/categories", town["volunteer"])
    assert (answer.status_code, answer.json()["code"]) == (404, "standard.none")


async def test_the_desk_reads_the_standards_a_volunteer_does_not(
    browser: Browser, town: Town, published: Publication
) -> None:
    listed = (await browser.ask("GET", "/standards", town["dispatcher"])).json()["standards"]
    assert [(one["scheme"], one["version"], one["conditions"], one["valid_to"]) for one in listed] == [
        ("gridward", 1, 17, None)
    ]
    path = f"/standards/{published.standard_id}/conditions"
    covers = (await browser.ask("GET", f"{path}?category=manhole", town["dispatcher"])).json()["conditions"]
    assert [(one["limit"], one["urgent"]) for one in covers] == [
        ("2紧急工作时", True),
        ("4工作时", False),
        ("2工作日", False),
    ]
    assert (await browser.ask("GET", path, town["volunteer"])).status_code == 403
    assert (await browser.ask("GET", f"{path}?category=nothing", town["dispatcher"])).status_code == 404
    assert (await browser.ask("GET", "/standards", None)).status_code == 401


async def test_another_towns_standard_is_not_there(browser: Browser, town: Town, write, now: datetime) -> None:
    async with write() as session:
        other = await settle(session, "别处街道")
        theirs = await publish_built_in(session, program(other.jurisdiction_id, "demo"), valid_from=now.date(), now=now)
    answer = await browser.ask("GET", f"/standards/{theirs.standard_id}/conditions", town["dispatcher"])
    assert (answer.status_code, answer.json()["code"]) == (404, "standard.unknown")
    answer = await browser.ask("GET", f"/standards/{theirs.standard_id}/unit-names", town["system_admin"])
    assert answer.status_code == 404


class TestNames:
    @pytest.fixture
    def path(self, published: Publication) -> str:
        return f"/standards/{published.standard_id}/unit-names"

    async def test_at_first_nobody_has_said_what_they_mean(self, browser: Browser, town: Town, path: str) -> None:
        said = (await browser.ask("GET", path, town["system_admin"])).json()
        assert said["unmapped"][:2] == ["环卫作业单位", "物业企业"]
        assert len(said["unmapped"]) == len(said["names"])

    async def test_an_administrator_says_by_kind_and_by_place(self, browser: Browser, town: Town, path: str) -> None:
        admin = town["system_admin"]
        based_on = (await browser.ask("GET", path, admin)).json()["version"]
        names = [
            {"name": "物业企业", "lines": [{"unit_kind": "estate"}]},
            {
                "name": "环卫作业单位",
                "lines": [
                    {"unit_id": str(town.sanitation)},
                    {"area_id": str(town.neighbour_id), "unit_id": str(town.neighbour_sanitation)},
                ],
            },
        ]
        said = await browser.ask("PUT", path, admin, json={"based_on": based_on, "names": names})
        assert said.status_code == 200
        told = {one["name"]: one for one in said.json()["names"]}
        assert told["物业企业"]["lines"] == [{"area_id": None, "unit_kind": "estate", "unit_id": None, "role": None}]
        assert len(told["环卫作业单位"]["lines"]) == 2
        assert not {"物业企业", "环卫作业单位"} & set(said.json()["unmapped"])
        taken_back = await browser.ask(
            "PUT", path, admin, json={"based_on": said.json()["version"], "names": [{"name": "物业企业", "lines": []}]}
        )
        assert "物业企业" in taken_back.json()["unmapped"]

    @pytest.mark.parametrize(
        ("line", "status", "code"),
        [
            ({"name": "物业企业", "lines": [{"unit_kind": "estate", "unit_id": "sanitation"}]}, 422, "unit_names.line"),
            ({"name": "无人认得", "lines": [{"unit_kind": "estate"}]}, 422, "unit_names.line"),
            ({"name": "物业企业", "lines": [{"unit_kind": "estate"}] * 2}, 422, "unit_names.line"),
            ({"name": "物业企业", "lines": [{"unit_id": "nobody"}]}, 404, "unit_names.unit"),
            ({"name": "物业企业", "lines": [{"area_id": "nobody", "unit_kind": "estate"}]}, 404, "unit_names.area"),
        ],
    )
    async def test_a_line_that_cannot_be_is_refused(
        self, browser: Browser, town: Town, path: str, line: dict[str, Any], status: int, code: str
    ) -> None:
        ids = {"sanitation": str(town.sanitation), "nobody": "00000000-0000-0000-0000-00000000dead"}
        lines = [{key: ids.get(value, value) for key, value in one.items()} for one in line["lines"]]
        admin = town["system_admin"]
        based_on = (await browser.ask("GET", path, admin)).json()["version"]
        body = {"based_on": based_on, "names": [{**line, "lines": lines}]}
        answer = await browser.ask("PUT", path, admin, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert (await browser.ask("GET", path, admin)).json()["version"] == based_on

    async def test_two_administrators_do_not_overwrite_one_another(
        self, browser: Browser, town: Town, path: str
    ) -> None:
        body = {"based_on": "2020-01-01T00:00:00Z", "names": [{"name": "物业企业", "lines": [{"unit_kind": "estate"}]}]}
        answer = await browser.ask("PUT", path, town["system_admin"], json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "unit_names.moved_on")

    async def test_nobody_else_maps(self, browser: Browser, town: Town, path: str) -> None:
        body = {"based_on": None, "names": [{"name": "物业企业", "lines": []}]}
        for who in ("volunteer", "dispatcher", "supervisor", "security_admin"):
            assert (await browser.ask("PUT", path, town[who], json=body)).status_code == 403
