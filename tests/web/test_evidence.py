"""Photos over HTTP: kept before the answer, the same whatever is repeated, seen only by those who may."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

import build
import picture_files as files
from cast import Member, Town
from gridward.app import create_app
from gridward.domain.accounts import Actor
from gridward.domain.errors import Refusal
from gridward.domain.evidence import Claim, PhotoKind, PhotoRules
from gridward.gateways.blobstore import FolderBlobs, S3Blobs
from gridward.gateways.channels.sms import NoSms
from gridward.gateways.phone_numbers import NumberKey
from gridward.gateways.pictures import Developed, DirectPictures
from gridward.persistence.database import WriteSession
from gridward.persistence.evidence import PhotoRow
from gridward.persistence.tickets.rows import ReportRow
from gridward.persistence.writes import Writes
from gridward.services.evidence import proving, showing, uploading
from gridward.web.deps import Parts

PHOTO = files.photo(taken="2026:09:01 12:00:00", lon=113.101, lat=23.001)
RULES = PhotoRules(max_bytes=100_000, person_photos=3)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Watched(DirectPictures):
    """Opens pictures, and notes how many database connections were in use meanwhile."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__()
        self._engine, self.in_use = engine, list[int]()

    async def develop(self, content: bytes, zone: tzinfo) -> Developed:
        self.in_use.append(self._engine.pool.checkedout())  # type: ignore[attr-defined]
        return await super().develop(content, zone)


@pytest.fixture
def parts(engine: AsyncEngine, tmp_path: Path, now: datetime) -> Parts:
    return Parts(
        engine=engine,
        now=lambda: now,
        blobs=FolderBlobs(tmp_path),
        pictures=Watched(engine),
        sms=NoSms(),
        secret_key=b"k" * 32,
        number_key=NumberKey(b"k" * 32),
        public_url="http://127.0.0.1:8000",
        secure_cookies=False,
        photo_rules=RULES,
    )


class Phone:
    """One signed-in device."""

    def __init__(self, parts: Parts, token: str | None) -> None:
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(parts, pages=None), raise_app_exceptions=False),
            base_url="http://127.0.0.1:8000/api/v1",
            headers={"X-Gridward": "1"},
            cookies={"sid": token} if token else {},
        )

    async def send(
        self, content: bytes | AsyncIterator[bytes], sha256: str, content_type: str = "image/jpeg"
    ) -> httpx.Response:
        return await self._client.put(f"/photos/{sha256}", content=content, headers={"Content-Type": content_type})

    async def look(self, sha256: str, size: str = "full", **headers: str) -> httpx.Response:
        return await self._client.get(f"/photos/{sha256}", params={"size": size}, headers=headers)


@pytest.fixture
def phone(parts: Parts, volunteer: Member) -> Phone:
    return Phone(parts, volunteer.token)


def kept(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


async def test_a_photo_is_taken_and_a_repeat_changes_nothing(phone: Phone, tmp_path: Path) -> None:
    first = await phone.send(PHOTO, digest(PHOTO))
    again = await phone.send(PHOTO, digest(PHOTO))
    assert (first.status_code, again.status_code) == (201, 200)
    for answer in (first, again):
        assert answer.json() == {"sha256": digest(PHOTO), "size": len(PHOTO)}
        assert answer.headers["X-App-Ack"] == "1"
        assert answer.headers["Cache-Control"] == "no-store"
    assert len(kept(tmp_path)) == 2


async def test_the_same_photo_twice_at_once_is_one_photo(phone: Phone, volunteer: Member, read, tmp_path: Path) -> None:
    answers = await asyncio.gather(*(phone.send(PHOTO, digest(PHOTO)) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    async with read() as session:
        rows = (await session.scalars(select(PhotoRow).where(PhotoRow.uploader_id == volunteer.person_id))).all()
    assert [row.sha256 for row in rows] == [digest(PHOTO)]
    assert rows[0].photo_id.hex in {file.stem for file in kept(tmp_path)}
    assert hashlib.sha256((await phone.look(digest(PHOTO))).content).hexdigest() == rows[0].stored_sha256


async def test_another_persons_photo_is_not_given_away_by_an_answer(
    parts: Parts, phone: Phone, other_volunteer: Member
) -> None:
    await phone.send(PHOTO, digest(PHOTO))
    answer = await Phone(parts, other_volunteer.token).send(PHOTO, digest(PHOTO))
    assert answer.status_code == 201


async def test_nothing_is_open_in_the_database_while_a_picture_is_opened(phone: Phone, parts: Parts) -> None:
    await phone.send(PHOTO, digest(PHOTO))
    assert isinstance(parts.pictures, Watched)
    assert parts.pictures.in_use == [0]


async def in_pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


BIG = files.encoded(files.Image.effect_noise((500, 500), 90))


@pytest.mark.parametrize(
    ("content", "sha256", "status", "code"),
    [
        (PHOTO, digest(b"something else"), 422, "photo_digest_differs"),
        (PHOTO, digest(PHOTO).upper(), 422, "photo_digest_malformed"),
        (PHOTO[:-300], digest(PHOTO[:-300]), 422, "photo_broken"),
        (b"", digest(b""), 422, "photo_empty"),
        (BIG, digest(BIG), 413, "photo_too_large"),
        (files.huge_png(11_000, 11_000), digest(files.huge_png(11_000, 11_000)), 413, "photo_too_many_pixels"),
        (b"<svg onload=alert(1)>" * 9, digest(b"<svg onload=alert(1)>" * 9), 415, "photo_svg_refused"),
        (files.animation("GIF"), digest(files.animation("GIF")), 415, "photo_gif_refused"),
        (files.animation("WEBP"), digest(files.animation("WEBP")), 415, "photo_animated_refused"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("photo") else "",
)
@pytest.mark.parametrize("streamed", [False, True])
async def test_what_is_refused_says_why_and_leaves_nothing(
    phone: Phone, tmp_path: Path, content: bytes, sha256: str, status: int, code: str, streamed: bool
) -> None:
    answer = await phone.send(in_pieces(content) if streamed else content, sha256)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert kept(tmp_path) == []


@pytest.mark.parametrize("content_type", ["image/png", "text/html", "application/octet-stream", ""])
async def test_the_bytes_say_what_it_is_and_the_content_type_nothing(phone: Phone, content_type: str) -> None:
    assert (await phone.send(PHOTO, digest(PHOTO), content_type)).status_code == 201
    assert (await phone.look(digest(PHOTO))).headers["Content-Type"] == "image/jpeg"


async def test_a_quota_counts_new_photos_and_not_repeats(phone: Phone) -> None:
    several = [files.photo(seed=number) for number in range(4)]
    answers = [await phone.send(content, digest(content)) for content in several]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert answers[-1].json()["code"] == "quota_exceeded"
    assert answers[-1].headers["Retry-After"]
    assert (await phone.send(several[0], digest(several[0]))).status_code == 200


async def test_a_stranger_sends_and_sees_nothing(parts: Parts, phone: Phone) -> None:
    await phone.send(PHOTO, digest(PHOTO))
    nobody = Phone(parts, None)
    assert (await nobody.send(PHOTO, digest(PHOTO))).status_code == 401
    assert (await nobody.look(digest(PHOTO))).status_code == 401


async def test_a_sent_photo_is_shown_upright_and_inert(phone: Phone) -> None:
    lying = files.photo(orientation=6)
    await phone.send(lying, digest(lying))
    answer = await phone.look(digest(lying), Range="bytes=0-10")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert b"anary" not in answer.content
    same = await phone.look(digest(lying), **{"If-None-Match": answer.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    small = await phone.look(digest(lying), "thumb")
    assert small.headers["ETag"] != answer.headers["ETag"]
    assert len(small.content) < len(answer.content)


async def ticket_with(
    session: WriteSession, town: Town, sender: Actor, sha256: str, now: datetime, unit_id: UUID | None
) -> UUID:
    """A ticket at the market, founded by a report of ``sender`` that shows the photo."""
    ticket_id = await build.ticket(
        session,
        town.jurisdiction_id,
        town.community_id,
        now=now,
        grid_id=town.grid_market,
        community_id=town.community_id,
        unit_id=unit_id,
    )
    await session.execute(
        insert(ReportRow).values(
            report_id=ticket_id,
            jurisdiction_id=town.jurisdiction_id,
            ticket_id=ticket_id,
            digest="d",
            schema=1,
            reporter_id=sender.person_id,
            source="volunteer",
            captured_at=now,
            received_at=now,
            clock={},
            self_resolved=False,
            marks=[],
        )
    )
    shown = [proving.Shown(sha256=sha256, kind=PhotoKind.wide, claim=Claim(lon=113.1, lat=23.02))]
    at = proving.Place(lon=113.101, lat=23.001, accuracy_m=10)
    for _ in range(2):
        writes = Writes()
        examined = await proving.examine(session, sender, shown, at=at)
        proving.tie(writes, sender, examined, ticket_id=ticket_id, report_id=ticket_id, now=now)
        await writes.run(session)
    return ticket_id


SEEN = {  # of a ticket at the market that is with 环卫一队
    "volunteer": "full",
    "other_volunteer": "thumb",
    "neighbour_volunteer": "no",
    "steward": "full",
    "lead_steward": "full",
    "neighbour_steward": "no",
    "liaison": "thumb",
    "sanitation_worker": "full",
    "sanitation_lead": "full",
    "property_lead": "no",
    "neighbour_lead": "no",
    "dispatcher": "full",
    "neighbour_dispatcher": "no",
    "shift_leader": "full",
    "supervisor": "full",
    "system_admin": "no",
    "audit_admin": "no",
}
STILL_SEEN_WHEN_HIDDEN = {"volunteer", "steward", "dispatcher", "shift_leader", "supervisor"}


async def test_a_photo_is_seen_through_the_ticket_that_holds_it(
    parts: Parts, phone: Phone, town: Town, far_town: Town, volunteer: Member, dispatcher: Member, write, now: datetime
) -> None:
    await phone.send(PHOTO, digest(PHOTO))
    async with write() as session:
        ticket_id = await ticket_with(session, town, volunteer.actor, digest(PHOTO), now, town.sanitation)
    assert await seen_by(parts, town) == SEEN
    assert set((await seen_by(parts, far_town)).values()) == {"no"}
    async with write() as session:
        await showing.hide(session, dispatcher.actor, ticket_id=ticket_id, sha256=digest(PHOTO), now=now)
    still = {who for who, size in (await seen_by(parts, town)).items() if size != "no"}
    assert still == STILL_SEEN_WHEN_HIDDEN


async def seen_by(parts: Parts, town: Town) -> dict[str, str]:
    found = {}
    for who in SEEN:
        device = Phone(parts, town[who].token)
        statuses = [(await device.look(digest(PHOTO), size)).status_code for size in ("full", "thumb")]
        found[who] = {(200, 200): "full", (404, 200): "thumb", (404, 404): "no"}[tuple(statuses)]  # type: ignore[index]
    return found


async def test_evidence_is_compared_and_marked_and_a_repeat_adds_nothing(
    phone: Phone, town: Town, volunteer: Member, write, read, now: datetime
) -> None:
    await phone.send(PHOTO, digest(PHOTO))
    async with write() as session:
        ticket_id = await ticket_with(session, town, volunteer.actor, digest(PHOTO), now, None)
    async with read() as session:
        ((shown,),) = ((await showing.photos_of(session, [ticket_id], with_hidden=False)).values(),)
    (one,) = shown
    assert one["distance_m"] == pytest.approx(2107, rel=0.01)  # the phone's word goes before the file's
    assert one["marks"] == ["photo_far"]
    assert one["taken_at"] == "2026-09-01T04:00:00+00:00"  # and the file's where the phone is silent


async def test_only_what_the_reporter_sent_counts_as_delivered(
    phone: Phone, volunteer: Member, other_volunteer: Member, write, now: datetime
) -> None:
    await phone.send(PHOTO, digest(PHOTO))
    absent = digest(b"never sent")
    async with write() as session:
        assert await proving.missing(session, volunteer.actor, [absent, digest(PHOTO)]) == [absent]
        assert await proving.missing(session, other_volunteer.actor, [digest(PHOTO)]) == [digest(PHOTO)]
        shown = [proving.Shown(sha256=digest(PHOTO), kind=PhotoKind.wide)]
        with pytest.raises(Refusal, match="photos_missing"):
            await proving.examine(session, other_volunteer.actor, shown)


async def test_while_the_bucket_is_away_a_photo_is_put_off_and_comes_whole_the_next_time(
    parts: Parts, phone: Phone, volunteer: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{nobody.getsockname()[1]}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "town")
    answer = await Phone(replace(parts, blobs=S3Blobs("s3://photos")), volunteer.token).send(PHOTO, digest(PHOTO))
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert answer.headers["Retry-After"] == "30"
    assert (await phone.look(digest(PHOTO))).status_code == 404
    assert (await phone.send(PHOTO, digest(PHOTO))).status_code == 201
    assert len(kept(tmp_path)) == 2


async def never_ending(first: bytes) -> AsyncIterator[bytes]:
    yield first
    await asyncio.Event().wait()


async def test_a_sender_that_falls_silent_is_let_go() -> None:
    rules = replace(RULES, stall_s=0.01)
    with pytest.raises(Refusal, match="photo_too_slow"):
        await uploading.receive(never_ending(PHOTO[:100]), digest(PHOTO), rules=rules, monotonic=lambda: 0.0)


async def test_a_sender_that_drips_is_let_go() -> None:
    seconds = iter(range(0, 10_000, 5))
    with pytest.raises(Refusal, match="photo_too_slow"):
        await uploading.receive(in_pieces(PHOTO, 100), digest(PHOTO), rules=RULES, monotonic=lambda: next(seconds))


async def test_a_real_photo_goes_in_and_comes_out(parts: Parts, volunteer: Member, real_data: Path) -> None:
    device = Phone(replace(parts, photo_rules=PhotoRules()), volunteer.token)
    content = (real_data / "photos" / "IMG_20180725_163423.jpg").read_bytes()
    answer = await device.send(in_pieces(content, 65_536), digest(content))
    assert (answer.status_code, answer.json()) == (201, {"sha256": digest(content), "size": len(content)})
    assert (await device.look(digest(content), "thumb")).status_code == 200
