"""The progress page: how a ticket stands, for whoever has its address, and nobody's name on it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

import filing
from cast import NOON, Member, Town
from gridward.domain import sync
from gridward.persistence.accounts.rows import JurisdictionRow, PersonRow
from gridward.persistence.database import make_engine
from gridward.persistence.entries import EntryRow
from gridward.persistence.evidence import DroppedPhotoRow
from gridward.persistence.progress import ProgressLinkRow
from gridward.services.evidence.retention import remove_files
from gridward.services.evidence.uploading import public_key
from gridward.web.gate import Work
from gridward.web.overload import class_of
from serving import ORIGIN, Served, serve

TOKENS = Path(__file__).parents[2] / "frontend" / "src" / "ui" / "style" / "tokens.css"
PAPER = Path(__file__).parents[2] / "src" / "gridward" / "web" / "progress" / "paper.css"

CANARY_NAME, CANARY_NOTE, CANARY_PLACE = "金丝雀阿姨", "三座302陈伯家门口", "幸福楼12号302室门前"
SENTENCE = "已清运，地面冲洗过"


class Told:
    """A ticket of somebody with a telling name, and the browsers of those who have to do with it."""

    def __init__(self, served: Served, town: Town, story: filing.Story, before: str) -> None:
        self.served, self.town, self.story, self.before = served, town, story, before
        self.after: str | None = None

    @property
    def path(self) -> str:
        return f"tickets/{self.story.ticket_id}"

    def browser(self, who: str | None = None, **headers: str) -> httpx.AsyncClient:
        return self.served.browser(self.town[who] if who else None, **headers)

    async def share(self, who: str = "volunteer") -> str:
        async with self.browser(who) as client:
            answer = await client.put(f"{self.path}/progress-link")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["url"])

    async def open(self, url: str, **headers: str) -> httpx.Response:
        async with self.browser(**headers) as anybody:
            return await anybody.get(url)

    async def decide(self, sha256: str, who: str = "dispatcher", **body: object) -> httpx.Response:
        async with self.browser(who) as client:
            return await client.put(f"{self.path}/public/photos/{sha256}", json={"decision": "cleared", **body})

    async def decide_words(self, who: str = "dispatcher", decision: str = "cleared") -> httpx.Response:
        async with self.browser(who) as client:
            words = (await client.get(f"{self.path}/public")).json()["words"]
            return await client.put(f"{self.path}/public/words/{words['text_id']}", json={"decision": decision})

    async def seen_to_be_public(self, who: str = "dispatcher") -> dict[str, object]:
        async with self.browser(who) as client:
            answer = await client.get(f"{self.path}/public")
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found


def framed() -> bytes:
    """A red plate in the middle of a grey picture."""
    out = BytesIO()
    picture = Image.new("RGB", (400, 300), (120, 120, 120))
    picture.paste((250, 0, 0), (160, 120, 240, 150))
    for x in range(160, 240, 8):
        picture.paste((255, 255, 255), (x, 124, x + 4, 146))
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()


@pytest.fixture
async def told(engine: AsyncEngine, write, town: Town, tmp_path: Path) -> Told:
    """梁阿姨 has reported full bins at the market, from somebody's door."""
    served = serve(engine, tmp_path)
    who = town["volunteer"]
    async with write() as session:
        await filing.open_town(session, town)
        await session.execute(update(PersonRow).where(PersonRow.person_id == who.person_id).values(name=CANARY_NAME))
        await session.execute(
            update(JurisdictionRow)
            .where(JurisdictionRow.jurisdiction_id == town.jurisdiction_id)
            .values(telephone="0757-12345678")
        )
    before = await sent(served, who, framed())
    async with write() as session:
        claim = sync.PhotoClaim(sha256=before, kind="close")
        report = filing.report(photos=(claim,), note=CANARY_NOTE, place_note=CANARY_PLACE)
        filed = await filing.filed(session, who, report)
    story = filing.Story(filed.ticket_id, NOON)
    async with served.browser(town["dispatcher"]) as client:
        detail = (await client.get(f"tickets/{filed.ticket_id}")).json()
    story.seen = sync.Seen(version=detail["version"], assignment_id=UUID(detail["assignment_id"]), resolution_id=None)
    return Told(served, town, story, before)


async def sent(served: Served, who: Member, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    async with served.browser(who) as client:
        answer = await client.put(f"photos/{sha256}", content=content, headers={"Content-Type": "image/jpeg"})
    assert answer.status_code in (200, 201), answer.text
    return sha256


async def resolved(told: Told, write, words: str = SENTENCE) -> Told:
    """环卫一队 says that it is done."""
    lead = told.town["sanitation_lead"]
    told.after = await sent(told.served, lead, filing.picture(77))
    async with write() as session:
        await told.story.does(session, lead, "acknowledge")
        answer = await told.story.does(session, lead, "resolve", photos=[told.after], note=words)
    assert answer.status == 200, answer.body
    return told


async def closed(told: Told, write) -> Told:
    """The steward has looked."""
    steward = told.town["steward"]
    proof = await sent(told.served, steward, filing.picture(99))
    async with write() as session:
        answer = await told.story.does(session, steward, "verify", way="spot", photos=[proof])
    assert answer.status == 200, answer.body
    return told


# ---- The address -------------------------------------------------------------------------------------------------


async def test_the_address_is_the_same_whenever_the_same_person_asks(told: Told, read) -> None:
    first, again, desk = await told.share(), await told.share(), await told.share("dispatcher")
    assert first == again
    assert desk != first
    token = first.removeprefix(f"{ORIGIN}/p/")
    assert re.fullmatch("[a-z2-7]{26}", token)
    async with read() as session:
        rows = (
            await session.scalars(select(ProgressLinkRow).where(ProgressLinkRow.ticket_id == told.story.ticket_id))
        ).all()
    assert len(rows) == 2
    kept = b"".join(row.token_digest + row.link_id.bytes for row in rows)
    assert token.encode() not in kept


async def test_after_the_key_was_changed_old_addresses_open_and_new_ones_are_made(told: Told) -> None:
    first = await told.share()
    told.served = Served(
        parts=replace(told.served.parts, secret_key=b"another key of this installation"),
        clock=told.served.clock,
        sms=told.served.sms,
    )
    assert (await told.open(first)).status_code == 200
    second = await told.share()
    assert second != first
    assert (await told.open(second)).status_code == 200


@pytest.mark.parametrize("who", ["volunteer", "dispatcher", "shift_leader", "steward"])
async def test_who_may_hand_an_address_out(told: Told, who: str) -> None:
    assert (await told.open(await told.share(who))).status_code == 200


@pytest.mark.parametrize("who", ["other_volunteer", "sanitation_lead", "supervisor", "lead_steward"])
async def test_who_may_not(told: Told, who: str) -> None:
    async with told.browser(who) as client:
        assert (await client.put(f"{told.path}/progress-link")).status_code == 403


async def test_what_was_taken_back_looks_like_what_never_was(told: Told) -> None:
    url = await told.share()
    async with told.browser("volunteer") as client:
        assert (await client.delete(f"{told.path}/progress-link")).json() == {"ended": 1}
        assert (await client.delete(f"{told.path}/progress-link")).json() == {"ended": 0}
    gone, never = await told.open(url), await told.open(f"{ORIGIN}/p/{'a' * 26}")
    odd = await told.open(f"{ORIGIN}/p/no-such-thing")
    for answer in (gone, never, odd):
        assert answer.status_code == 404
        assert answer.content == never.content
        assert answer.headers["cache-control"] == "no-store"
    assert "已经被收回" in gone.text
    assert await told.share() != url


async def test_the_desk_takes_everybodys_back_and_nobody_else_anothers(told: Told) -> None:
    url = await told.share()
    async with told.browser("steward") as client:
        assert (await client.delete(f"{told.path}/progress-link")).json() == {"ended": 0}
        assert (await client.delete(f"{told.path}/progress-links")).status_code == 403
    assert (await told.open(url)).status_code == 200
    async with told.browser("dispatcher") as client:
        assert (await client.delete(f"{told.path}/progress-links")).json() == {"ended": 1}
    assert (await told.open(url)).status_code == 404


async def test_sharing_and_taking_back_stand_in_the_log_without_words(told: Told, read) -> None:
    url = await told.share()
    async with told.browser("volunteer") as client:
        await client.delete(f"{told.path}/progress-link")
    async with read() as session:
        rows = (await session.scalars(select(EntryRow).where(EntryRow.subject_id == told.story.ticket_id))).all()
    said = {row.verb: row.detail for row in rows}
    assert {"progress.shared", "progress.taken_back"} <= said.keys()
    assert url.rpartition("/")[2] not in repr(said)


# ---- The page ----------------------------------------------------------------------------------------------------


async def test_the_page_tells_state_place_and_due_and_nobody(told: Told) -> None:
    page = await told.open(await told.share())
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for words in ("垃圾满了", "已派给环卫等作业单位", "001号", "雪圃学校东门附近", "最晚", "有人上报", "0757-12345678"):
        assert words in page.text, words
    assert "<script" not in page.text
    assert "环卫一队" not in page.text
    assert re.search(r"有人上报</span><time>9月1日</time>", page.text)


async def test_no_word_of_the_reporter_and_no_name_is_ever_on_it(told: Told, write) -> None:
    url = await told.share()
    pages = [await told.open(url)]
    await resolved(told, write, "已清运，联系人 1 3 8 0 0 0 0 0 0 0 0，302室")
    pages.append(await told.open(url))
    await told.decide_words()
    pages.append(await told.open(url, **{"Accept-Language": "en"}))
    await closed(told, write)
    async with told.browser("volunteer") as client:
        note = filing.operation("note", text="我是金丝雀，电话13900000000", audience="reporter")
        sent_note = {
            "schema": 1,
            "digest": note.digest,
            "type": "note",
            "seen": {},
            "after": None,
            "clock": {"captured_at": NOON.isoformat(), "offset_ms": 0},
            "body": note.body,
        }
        done = await client.put(f"{told.path}/operations/{UUID(int=5)}", json=sent_note)
        assert done.status_code == 200, done.text
    pages.append(await told.open(url))
    people = list(told.town.people.values())
    canaries = {CANARY_NAME, CANARY_NOTE, CANARY_PLACE, "302", "12号", "金丝雀", "138", "139", "环卫一队", "陈伯"}
    canaries |= {member.name for member in people} | {member.phone for member in people}
    canaries |= {str(told.story.ticket_id), str(told.town["volunteer"].person_id), "113.10", "23.00"}
    for page in pages:
        assert page.status_code == 200
        said = re.sub(r"<style>.*?</style>", "", page.text, flags=re.DOTALL)
        for canary in canaries:
            assert canary not in said, canary


async def test_every_state_has_its_words_in_both_languages(told: Told, write) -> None:
    url = await told.share()

    async def reads(zh: str, en: str) -> None:
        assert zh in (await told.open(url)).text
        english = (await told.open(f"{url}?lang=en")).text
        assert en in english
        assert '<html lang="en">' in english

    await reads("已派给环卫等作业单位", "Sent to the cleaning or works crew")
    await resolved(told, write)
    await reads("说是处理好了，等人看过", "Said to be done, waits for somebody to look")
    await closed(told, write)
    await reads("已办好", "Done")
    await reads("有人看过，办好了", "Somebody looked: it is done")


@pytest.mark.parametrize(
    ("accept", "language"),
    [(None, "zh-CN"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"), ("en-GB,en;q=0.9,zh;q=0.1", "en"), ("fr,de", "zh-CN")],
)
async def test_the_browser_says_which_language(told: Told, accept: str | None, language: str) -> None:
    page = await told.open(await told.share(), **({"Accept-Language": accept} if accept else {}))
    assert f'<html lang="{language}">' in page.text
    assert "Accept-Language" in page.headers["vary"]


async def test_it_is_kept_by_nobody_and_found_by_nobody(told: Told) -> None:
    page = await told.open(await told.share())
    assert page.headers["cache-control"] == "private, max-age=60"
    assert "noindex" in page.headers["x-robots-tag"]
    assert page.headers["referrer-policy"] == "no-referrer"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "unsafe" not in policy
    assert "set-cookie" not in page.headers
    style = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy


async def test_a_late_ticket_says_so(told: Told) -> None:
    url = await told.share()
    told.served.clock.at = NOON + timedelta(days=3)
    assert "已经超过了" in (await told.open(url)).text


async def test_a_ticket_that_was_merged_leads_to_the_other_one(told: Told, write) -> None:
    url = await told.share()
    async with write() as session:
        other = await filing.filed(session, told.town["other_volunteer"], filing.report("lamp", at=filing.MARKET))
        answer = await told.story.does(session, told.town["dispatcher"], "merge", into=str(other.ticket_id))
    assert answer.status == 200, answer.body
    page = (await told.open(url)).text
    assert "002号（和001号是同一件）" in page
    assert "路灯" in page
    async with write() as session:
        third = await filing.filed(session, told.town["other_volunteer"], filing.report("lamp", at=filing.MARKET))
        second = filing.Story(other.ticket_id, NOON)
        answer = await second.does(session, told.town["dispatcher"], "merge", into=str(third.ticket_id))
    assert answer.status == 200, answer.body
    assert "003号（和001号是同一件）" in (await told.open(url)).text


async def test_when_the_server_cannot_it_says_so_in_words(told: Told) -> None:
    url = await told.share()
    away = make_engine("postgresql://nobody@127.0.0.1:1/none")
    told.served = Served(parts=replace(told.served.parts, engine=away), clock=told.served.clock, sms=told.served.sms)
    page = await told.open(url)
    await away.dispose()
    assert page.status_code == 503
    assert page.headers["retry-after"] == "30"
    assert "社区的服务器正忙" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_group_that_opens_it_at_once_comes_after_what_people_deliver() -> None:
    assert class_of("GET", f"/p/{'a' * 26}") is Work.READ
    assert class_of("GET", f"/p/{'a' * 26}/0123.jpg") is Work.READ


# ---- Photos ------------------------------------------------------------------------------------------------------


def pictures_on(page: str) -> list[str]:
    return re.findall(r'<img src="([^"]+)"', page)


async def test_a_photo_is_shown_only_after_somebody_cleared_it(told: Told, write) -> None:
    url = await told.share()
    await resolved(told, write)
    assert pictures_on((await told.open(url)).text) == []
    assert "照片要等社区的人看过" in (await told.open(url)).text
    assert (await told.decide(told.before)).status_code == 204
    assert told.after is not None
    assert (await told.decide(told.after)).status_code == 204
    page = (await told.open(url)).text
    shown = pictures_on(page)
    assert len(shown) == 2
    assert page.index("处置前") < page.index("处置后")
    for address in shown:
        picture = await told.open(ORIGIN + address)
        assert picture.headers["content-type"] == "image/jpeg"
        assert picture.headers["cache-control"] == "private, max-age=60"
        assert "sandbox" in picture.headers["content-security-policy"]
        Image.open(BytesIO(picture.content)).verify()


async def test_what_is_covered_cannot_be_read_and_the_original_stays(told: Told) -> None:
    url = await told.share()
    assert (await told.decide(told.before, boxes=[[0.4, 0.4, 0.2, 0.1]])).status_code == 204
    (address,) = pictures_on((await told.open(url)).text)
    copy = Image.open(BytesIO((await told.open(ORIGIN + address)).content)).convert("RGB")
    colours = [copy.getpixel((x, 135)) for x in range(165, 235)]
    reds = [red - blue for red, _, blue in colours]
    assert max(abs(a - b) for a, b in pairwise(reds)) < 12, "the stripes can still be told apart"
    assert copy.getpixel((20, 20)) == pytest.approx((120, 120, 120), abs=4)
    async with told.browser("dispatcher") as client:
        original = await client.get(f"photos/{told.before}")
    before = Image.open(BytesIO(original.content)).convert("RGB")
    stripes = [before.getpixel((x, 135))[2] for x in range(165, 235)]
    assert max(stripes) - min(stripes) > 150
    public = await told.seen_to_be_public()
    assert public["photos"][0]["boxes"] == [[0.4, 0.4, 0.2, 0.1]]  # type: ignore[index]


async def test_the_last_word_counts_and_the_copy_before_goes_away(told: Told, read) -> None:
    url = await told.share()
    await told.decide(told.before)
    (open_one,) = pictures_on((await told.open(url)).text)
    await told.decide(told.before, boxes=[[0, 0, 1, 1]])
    (covered,) = pictures_on((await told.open(url)).text)
    assert covered != open_one
    assert (await told.open(ORIGIN + open_one)).status_code == 404
    async with read() as session:
        dropped = list(await session.scalars(select(DroppedPhotoRow.photo_id)))
    copy_id = UUID(open_one.rpartition("/")[2].removesuffix(".jpg"))
    assert copy_id in dropped
    await remove_files(told.served.parts.blobs, [copy_id])
    with pytest.raises(Exception, match="blob_missing"):
        await told.served.parts.blobs.get(public_key(copy_id))

    await told.decide(told.before, decision="kept_back")
    assert pictures_on((await told.open(url)).text) == []
    assert (await told.open(ORIGIN + covered)).status_code == 404


async def test_two_who_decide_at_once_leave_one_copy(told: Told, read, tmp_path: Path) -> None:
    url = await told.share()
    answers = await asyncio.gather(
        *(told.decide(told.before, who) for who in ("dispatcher", "shift_leader", "steward"))
    )
    assert [answer.status_code for answer in answers] == [204, 204, 204]
    assert len(pictures_on((await told.open(url)).text)) == 1
    async with read() as session:
        dropped = set(await session.scalars(select(DroppedPhotoRow.photo_id)))
    kept = {UUID(file.stem) for file in (tmp_path / "public").rglob("*.jpg")}
    assert len(kept) == 3
    assert len(kept - dropped) == 1


async def test_a_hidden_photo_is_gone_from_the_page_whatever_was_decided(told: Told, write) -> None:
    url = await told.share()
    await told.decide(told.before)
    (address,) = pictures_on((await told.open(url)).text)
    async with write() as session:
        await told.story.does(session, told.town["dispatcher"], "hide_photo", photos=[told.before], reason="有人脸")
    assert pictures_on((await told.open(url)).text) == []
    assert (await told.open(ORIGIN + address)).status_code == 404
    refused = await told.decide(told.before)
    assert (refused.status_code, refused.json()["code"]) == (409, "progress.photo_hidden")


async def test_a_result_that_did_not_hold_is_not_shown(told: Told, write) -> None:
    url = await told.share()
    await resolved(told, write)
    assert told.after is not None
    await told.decide(told.after)
    await told.decide_words()
    assert SENTENCE in (await told.open(url)).text
    steward = told.town["steward"]
    proof = await sent(told.served, steward, filing.picture(50))
    async with write() as session:
        await told.story.does(session, steward, "rework", reason="还有一半", photos=[proof])
    page = (await told.open(url)).text
    assert pictures_on(page) == []
    assert SENTENCE not in page
    assert "还有一半" not in page


async def test_a_photo_of_another_ticket_does_not_open_under_this_address(told: Told, write) -> None:
    who = told.town["other_volunteer"]
    photo = await sent(told.served, who, filing.picture(123))
    async with write() as session:
        claim = sync.PhotoClaim(sha256=photo, kind="close")
        filed = await filing.filed(session, who, filing.report("lamp", photos=(claim,)))
    other = Told(told.served, told.town, filing.Story(filed.ticket_id, NOON), photo)
    await other.decide(photo)
    (address,) = pictures_on((await told.open(await other.share("dispatcher"))).text)
    mine = await told.share()
    stolen = f"{mine}/{address.rpartition('/')[2]}"
    assert (await told.open(stolen)).status_code == 404


@pytest.mark.parametrize(("who", "status"), [("steward", 204), ("shift_leader", 204), ("volunteer", 403)])
async def test_who_may_clear(told: Told, who: str, status: int) -> None:
    assert (await told.decide(told.before, who)).status_code == status


async def test_boxes_are_read_or_refused_by_number(told: Told) -> None:
    for boxes, code in (
        ([[0.1, 0.1, 0.2, 0.2], [0.5, 0.5, 0.0, 0.2]], "progress.boxes_unreadable"),
        ([[2, 2, 1, 1]], "progress.boxes_unreadable"),
        ([[0.1, 0.1, 0.2, 0.2]] * 41, "progress.too_many_boxes"),
    ):
        refused = await told.decide(told.before, boxes=boxes)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert (await told.decide(told.before, boxes=[[-0.2, 0.9, 0.4, 0.4]])).status_code == 204
    public = await told.seen_to_be_public()
    assert public["photos"][0]["boxes"] == [[0.0, 0.9, 0.2, 0.1]]  # type: ignore[index]


async def test_what_waits_for_a_look_is_what_somebody_shared(told: Told) -> None:
    async def waiting(who: str) -> list[str]:
        async with told.browser(who) as client:
            return [one["ticket_id"] for one in (await client.get("public/waiting")).json()["tickets"]]

    mine = str(told.story.ticket_id)
    assert mine not in await waiting("dispatcher")
    await told.share()
    for who in ("dispatcher", "shift_leader", "steward"):
        assert mine in await waiting(who), who
    for who in ("neighbour_dispatcher", "neighbour_steward"):
        assert mine not in await waiting(who), who
    await told.decide(told.before, decision="kept_back")
    assert mine not in await waiting("dispatcher")


# ---- The unit's sentence -------------------------------------------------------------------------------------------


async def test_the_units_sentence_is_shown_after_somebody_cleared_it(told: Told, write) -> None:
    url = await told.share()
    await resolved(told, write)
    assert SENTENCE not in (await told.open(url)).text
    assert (await told.decide_words()).status_code == 204
    page = (await told.open(url)).text
    assert SENTENCE in page
    assert "环卫等作业单位说" in page
    await told.decide_words(decision="kept_back")
    assert SENTENCE not in (await told.open(url)).text


async def test_nobody_can_clear_a_sentence_with_a_number(told: Told, write) -> None:
    await resolved(told, write, "已清运，有事打一三八 零零零零 零零零零")
    refused = await told.decide_words()
    assert (refused.status_code, refused.json()["code"]) == (422, "progress.words_with_number")
    public = await told.seen_to_be_public()
    assert public["words"]["fit"] is False  # type: ignore[index]


# ---- The look ------------------------------------------------------------------------------------------------------


def test_the_page_has_the_colours_and_sizes_of_all_screens() -> None:
    def light_and_dark(text: str) -> tuple[dict[str, str], dict[str, str]]:
        light, _, dark = text.partition("@media (prefers-color-scheme: dark)")
        first = [re.search(r":root \{(.*?)\}", part, re.DOTALL) for part in (light, dark)]
        named = [dict(re.findall(r"(--[\w-]+):\s*([^;]+);", found[1])) if found else {} for found in first]
        return named[0], named[1]

    for mine, theirs in zip(light_and_dark(PAPER.read_text()), light_and_dark(TOKENS.read_text()), strict=True):
        assert mine, "nothing was read"
        assert {name: theirs.get(name) for name in mine} == mine
