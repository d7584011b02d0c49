"""More photos at once than a small server can hold: some wait, some come again, all arrive, and none twice."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

import picture_files as files
from cast import Member
from conftest import Read
from gridward.app import create_app
from gridward.domain.evidence import PhotoRules
from gridward.persistence.evidence import PhotoRow
from gridward.services.evidence.room import Room
from serving import Served, serve

LARGEST = 100_000
PHOTOS = [files.photo(seed=number) for number in range(6)]


class Phones:
    """One volunteer's phones; without a length announced, each may be about to send the largest photo."""

    def __init__(self, served: Served, member: Member, room: Room) -> None:
        served.parts = replace(served.parts, photo_room=room, photo_rules=PhotoRules(max_bytes=LARGEST))
        served.app = create_app(served.parts, pages=None)
        self._browser = served.browser(member)

    async def send(self, content: bytes, gate: Gate | None = None) -> httpx.Response:
        return await self._browser.put(
            f"photos/{hashlib.sha256(content).hexdigest()}",
            content=content if gate is None else gate.through(content),
            headers={"Content-Type": "image/jpeg"},
        )


class Gate:
    """A connection that stops in the middle until ``open`` is set; ``reached`` counts who stands there."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self._arrived: asyncio.Queue[None] = asyncio.Queue()

    async def through(self, content: bytes) -> AsyncIterator[bytes]:
        yield content[:1000]
        self._arrived.put_nowait(None)
        await self.open.wait()
        yield content[1000:]

    async def reached(self, number: int) -> None:
        async with asyncio.timeout(10):
            for _ in range(number):
                await self._arrived.get()


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


async def test_who_finds_no_room_comes_again_and_every_photo_is_there_once(
    served: Served, volunteer: Member, read: Read, tmp_path: Path
) -> None:
    phones, gate = Phones(served, volunteer, Room(2 * LARGEST + LARGEST // 2, patience_s=0)), Gate()
    slow = [asyncio.create_task(phones.send(content, gate)) for content in PHOTOS[:2]]
    await gate.reached(2)
    turned_away = await asyncio.gather(*(phones.send(in_one) for in_one in map(padded, PHOTOS[2:])))
    for answer in turned_away:
        assert (answer.status_code, answer.json()["code"]) == (503, "photo_busy")
        assert 5 <= int(answer.headers["Retry-After"]) < 20
    gate.open.set()
    assert [(await one).status_code for one in slow] == [201, 201]
    again = [await phones.send(padded(content)) for content in PHOTOS[2:]]
    assert [answer.status_code for answer in again] == [201] * 4
    repeats = [await phones.send(content) for content in (*PHOTOS[:2], *map(padded, PHOTOS[2:]))]
    assert [answer.status_code for answer in repeats] == [200] * 6
    async with read() as session:
        rows = await session.scalar(
            select(func.count()).select_from(PhotoRow).where(PhotoRow.uploader_id == volunteer.person_id)
        )
    assert (rows, len([file for file in tmp_path.rglob("*") if file.is_file()])) == (6, 12)


def padded(content: bytes) -> bytes:
    """The same picture as large as a photo may be; what follows the end of a JPEG is not looked at."""
    return content.ljust(LARGEST, b"\0")


async def test_who_can_wait_a_moment_is_not_turned_away(served: Served, volunteer: Member) -> None:
    phones, gate = Phones(served, volunteer, Room(LARGEST, patience_s=30)), Gate()
    first = asyncio.create_task(phones.send(PHOTOS[0], gate))
    await gate.reached(1)
    second = asyncio.create_task(phones.send(PHOTOS[1], gate))
    gate.open.set()
    assert {(await first).status_code, (await second).status_code} == {201}


async def test_small_photos_pass_where_a_large_one_must_wait(served: Served, volunteer: Member) -> None:
    phones, gate = Phones(served, volunteer, Room(LARGEST + LARGEST // 2, patience_s=0)), Gate()
    slow = asyncio.create_task(phones.send(PHOTOS[0], gate))
    await gate.reached(1)
    assert (await phones.send(padded(PHOTOS[1]))).status_code == 503
    assert (await phones.send(PHOTOS[2])).status_code == 201
    gate.open.set()
    assert (await slow).status_code == 201


async def test_what_is_refused_gives_its_room_back(served: Served, volunteer: Member) -> None:
    phones = Phones(served, volunteer, Room(LARGEST, patience_s=0))
    for _ in range(3):
        assert (await phones.send(PHOTOS[3][:30].ljust(LARGEST, b"\0"))).status_code == 422
        assert (await phones.send(b"<svg>".ljust(LARGEST))).status_code == 415
    assert (await phones.send(padded(PHOTOS[3]))).status_code == 201
