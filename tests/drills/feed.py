"""The change feed under eight writers while the database and the API are restarted and killed: nothing that was committed
is passed over, nothing comes twice, nothing comes that was not committed.

``python -m drills.feed --seed 1 --size full``. The writers record as the program does, in savepoints that are sometimes
rolled back, in transactions that are sometimes rolled back; readers follow in pages of 1 to 200, in process and over HTTP.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

import build
import cast
from cast import Town
from drills.arguments import arguments
from drills.stage import DATABASE, Stage, is_away, staged
from gridward.domain.entries import Deed
from gridward.domain.errors import Unavailable
from gridward.domain.sync import Cursor, MustRefetch, read_cursor
from gridward.persistence.changes import feed_page
from gridward.persistence.database import WriteSession, make_engine, read_transaction, write_transaction
from gridward.persistence.entries import Touched, new_id, record

WRITERS = 8
PAGES = (1, 2, 5, 20, 50, 100, 200)
SIZES = {"short": (1_500, 2), "planted": (3_000, 0), "full": (20_000, 12)}
"""Rows of the feed at least, and accidents on the way."""
ACCIDENTS = ("kill_postgresql", "restart_postgresql", "kill_api", "restart_api")
AWAY = (Unavailable, OSError, DBAPIError, httpx.HTTPError)
"""What anybody meets while the database or the API is away."""


async def patience(error: Exception) -> None:
    """Raises what will not pass by itself."""
    if not is_away(error):
        raise error
    await asyncio.sleep(0.05)


class Undone(Exception):
    """A writer that changes its mind."""


@dataclass(slots=True)
class Drill:
    stage: Stage
    town: Town
    scopes: tuple[str, ...]
    dice: random.Random
    rows: int
    engine: AsyncEngine
    written: int = 0
    rolled_back: int = 0
    over: bool = False

    # ---- writing

    async def write(self, number: int) -> None:
        dice = random.Random(f"{self.dice.random()}-{number}")
        while self.written < self.rows:
            try:
                async with write_transaction(self.engine) as session:
                    made = await self._some(session, dice)
                    if dice.random() < 0.12:
                        raise Undone
                self.written += made
            except Undone:
                self.rolled_back += 1
            except AWAY as error:
                await patience(error)

    async def _some(self, session: WriteSession, dice: random.Random) -> int:
        made = 0
        for _ in range(dice.choice((1, 1, 2, 4))):
            if dice.random() < 0.35:
                try:
                    async with session.begin_nested():
                        await session.connection()  # the savepoint, which statements prepared ahead do not wait for
                        told = await self._record(session, dice)
                        if dice.random() < 0.3:
                            raise Undone
                except Undone:
                    continue
                made += told
            else:
                made += await self._record(session, dice)
            # A writer that is slow between its statements commits after others with higher numbers.
            await asyncio.sleep(dice.choice((0, 0, 0.002, 0.01, 0.04 if dice.random() < 0.2 else 0)))
        return made

    async def _record(self, session: WriteSession, dice: random.Random) -> int:
        now, subject = datetime.now(UTC), new_id()
        deed = Deed(
            entry_id=new_id(),
            actor_id=None,
            via="drill",
            verb="drill.written",
            subject="drill",
            subject_id=subject,
            occurred_at=now,
            recorded_at=now,
            detail={},
        )
        told = dice.sample(self.scopes, dice.randint(1, len(self.scopes)))
        touched = [Touched(scope, "ticket", subject, 1) for scope in told]
        await record(session, [deed], jurisdiction_id=self.town.jurisdiction_id, touched=touched)
        return len(touched)

    # ---- accidents

    async def go_wrong(self, how_often: int) -> None:
        """Evenly over the rows that are written."""
        order = [ACCIDENTS[number % len(ACCIDENTS)] for number in range(how_often)]
        self.dice.shuffle(order)
        for number, accident in enumerate(order, start=1):
            while self.written < self.rows * number / (how_often + 1):
                await asyncio.sleep(0.01)
            await getattr(self.stage, accident)()


@dataclass(slots=True)
class Reader:
    """Somebody who follows some scopes and keeps the cursor whatever breaks."""

    scopes: tuple[str, ...]
    seen: Counter[tuple[str, UUID]] = field(default_factory=Counter)
    cursor: Cursor = field(default_factory=lambda: Cursor(1, 0, 0))
    pages: int = 0

    async def follow(self, drill: Drill, dice: random.Random) -> None:
        """Until all is written and a page adds nothing to the cursor."""
        while True:
            over, before = drill.over, self.cursor
            try:
                more = await self.page(drill, dice.choice(PAGES))
            except AWAY as error:
                await patience(error)
                continue
            self.pages += 1
            if over and not more and self.cursor == before:
                return
            if not more:
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        return

    async def page(self, drill: Drill, limit: int) -> bool:
        async with read_transaction(drill.engine) as session:
            page = await feed_page(
                session,
                jurisdiction_id=drill.town.jurisdiction_id,
                scopes=self.scopes,
                cursor=self.cursor,
                limit=limit,
            )
        self.seen.update((one.scope, one.entity_id) for one in page.changes)
        self.cursor = page.cursor
        return page.more


@dataclass(slots=True)
class PhoneReader(Reader):
    """The same over HTTP: what a phone of this person gets."""

    token: str = ""
    client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(trust_env=False, timeout=20))

    async def close(self) -> None:
        await self.client.aclose()

    async def page(self, drill: Drill, limit: int) -> bool:
        answer = await self.client.get(
            f"http://127.0.0.1:{drill.stage.port}/api/v1/changes",
            params={"cursor": str(self.cursor), "limit": limit},
            headers={"Cookie": f"sid={self.token}"},
        )
        if answer.status_code == 503:
            raise Unavailable("database_unavailable")
        answer.raise_for_status()
        said = answer.json()
        self.seen.update((one["scope"], UUID(one["id"])) for one in said["changes"])
        self.cursor = read_cursor(said["cursor"])
        return bool(said["more"])


async def drill(stage: Stage, seed: int, rows: int, accidents: int) -> list[str]:
    """What does not hold, in words; the figures are printed."""
    dice = random.Random(seed)
    town = await stage.patiently(lambda session: cast.settle(session, f"街道{seed}"))
    aunt = town["volunteer"]

    async def sign_in(session: WriteSession) -> str:
        now = datetime.now(UTC)
        return await build.signed_in(session, town.jurisdiction_id, aunt.person_id, now, device="phone")

    token = await stage.patiently(sign_in)
    hers = (f"person:{aunt.person_id}", f"community:{town.community_id}")
    scopes = (*hers, f"unit:{town.sanitation}", f"jurisdiction:{town.jurisdiction_id}")
    engine = make_engine(stage.cluster.url(DATABASE), role="gridward_app", pool_size=16)
    one = Drill(stage, town, scopes, dice, rows, engine)
    readers = [Reader(scopes), Reader(scopes[:1]), Reader(scopes[2:]), PhoneReader(hers, token=token)]
    following = [asyncio.create_task(each.follow(one, random.Random(dice.random()))) for each in readers]
    try:
        async with asyncio.TaskGroup() as writing:
            for number in range(WRITERS):
                writing.create_task(one.write(number))
            writing.create_task(one.go_wrong(accidents))
        one.over = True
        await asyncio.gather(*following)
    except MustRefetch as refused:
        return [f"I4: a cursor that the feed gave is refused: {refused.facts}"]
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        for each in readers:
            await each.close()
        await engine.dispose()
    found = await stage.patiently(lambda session: compare(session, town, readers))
    print(
        f"  {one.written} rows by {WRITERS} writers, {one.rolled_back} transactions rolled back,"
        f" {sum(each.pages for each in readers)} pages, accidents: {accidents}, kills: {stage.kills}"
    )
    return found


async def whole(seed: int, rows: int, accidents: int) -> list[str]:
    async with staged() as stage:
        return await drill(stage, seed, rows, accidents)


async def compare(session: WriteSession, town: Town, readers: list[Reader]) -> list[str]:
    query = text("SELECT scope, entity_id FROM change WHERE jurisdiction_id = :home")
    there = {(scope, id_) for scope, id_ in (await session.execute(query, {"home": town.jurisdiction_id})).all()}
    found = []
    for number, each in enumerate(readers):
        truth = {one for one in there if one[0] in each.scopes}
        lost, phantom = len(truth - each.seen.keys()), len(each.seen.keys() - truth)
        twice = sum(times > 1 for times in each.seen.values())
        print(f"  reader {number}: {len(truth)} rows, lost {lost}, phantom {phantom}, twice {twice}")
        if lost or phantom or twice:
            found.append(f"I4: reader {number} of {len(truth)} rows: lost {lost}, phantom {phantom}, twice {twice}")
    return found


def main() -> int:
    chosen = arguments("Feed: eight writers, restarts and kills", SIZES)
    began = time.monotonic()
    rows, accidents = SIZES[chosen.size]
    found = asyncio.run(whole(chosen.seed, rows, accidents))
    for one in found:
        print(f"Feed violated: {one}")
    print(f"Feed: at least {rows} rows, {len(found)} violations ({time.monotonic() - began:.0f} s)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
