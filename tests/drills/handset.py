"""One telephone in somebody's hand: a disk, a bad network, and pages of the app that run, are killed and start again."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime

from drills.items import Disk, Doors, Item
from drills.phone import Patience, Phone
from drills.proxy import REFUSE, Link
from drills.rows import Rows
from drills.wire import HttpWire, Reply, Unreachable

ANSWER_S = 15.0
HOUSEHOLD_ERASED = "visit.household_erased"
SPEED = 25.0
"""How much faster than real its back-off runs."""


@dataclass(slots=True)
class Person:
    """Who may hold a phone. ``token`` is of the session that is open now."""

    key: str
    person_id: str
    scopes: tuple[str, ...]
    token: str
    units: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    visits: bool = False


@dataclass(slots=True)
class Handset:
    """``tabs`` pages run on the same disk, without a lock between them."""

    holder: Person
    link: Link
    dice: random.Random
    tabs: int = 1
    disk: Disk = field(default_factory=Disk)
    phone: type[Phone] = Phone
    kills: int = 0
    looked_at: dict[str, Item] = field(default_factory=dict)
    """Refused items that the person has put away."""
    pages: list[Phone] = field(default_factory=list)
    _wire: HttpWire | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def switch_on(self) -> None:
        if not self.link.port:
            await self.link.open()
        self._wire = HttpWire(lambda: self.link.port, lambda: self.holder.token, patience_s=ANSWER_S)
        self.pages = [self._page() for _ in range(self.tabs)]
        self._tasks = [asyncio.create_task(page.run()) for page in self.pages]

    def _page(self) -> Phone:
        assert self._wire is not None
        return self.phone(
            disk=self.disk,
            wire=self._wire,
            person=self.holder.person_id,
            scopes=self.holder.scopes,
            dice=random.Random(self.dice.random()),
            now=lambda: datetime.now(UTC),
            patience=Patience(speed=SPEED, pull_every=1.5),
            visits=self.holder.visits,
        )

    async def kill(self) -> None:
        """All pages at once, wherever they are; only the disk is left."""
        self.kills += 1
        await self._end()

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._wire is not None:
            self._wire.close()
            self._wire = None
        for one in ended:
            if isinstance(one, Exception):
                raise one

    async def hand_to(self, person: Person) -> None:
        """Somebody else signs in: what the first one saw is wiped, what is unsent stays theirs."""
        await self._end()
        self.holder = person
        self.disk.rows, self.disk.cursor, self.disk.scope_rev, self.disk.doors = Rows(), None, "", Doors()
        await self.switch_on()

    def underground(self) -> None:
        self.link.fates = {REFUSE: 1.0}

    async def put_away(self) -> None:
        await self._end()
        await self.link.close()

    # ---- for the person who holds it

    def page(self) -> Phone:
        return self.pages[0]

    async def again(self, item: Item) -> Reply:
        """The same once more, from a page that did not hear the answer; until the server answers for itself."""
        assert self._wire is not None
        while True:
            try:
                reply = await self._wire.put(item.path, item.text.encode(), "application/json")
            except Unreachable:
                continue
            if reply.status != 503:
                return reply
            await asyncio.sleep(reply.retry_after_s / SPEED)

    def waiting(self) -> list[Item]:
        """What should still go out: neither answered nor held back by a refused one that it stands on."""
        mine = {one.item_id: one for one in self.disk.items.values() if one.person == self.holder.person_id}
        refused = {one.ticket_id for one in mine.values() if one.kind == "report" and one.state == "attention"}

        def held(item: Item) -> bool:
            before = mine.get(item.after or "")
            return before is not None and (before.state == "attention" or held(before))

        return [one for one in mine.values() if one.waiting and one.ticket_id not in refused and not held(one)]

    def put_away_refused(self) -> bool:
        """The person has read what the server decided against; whether there was anything."""
        mine = [one for one in self.disk.items.values() if one.person == self.holder.person_id]
        done = [one for one in mine if one.state == "attention" and decided(one)]
        for one in done:
            self.looked_at[one.item_id] = self.disk.items.pop(one.item_id)
        return bool(done)


def decided(item: Item) -> bool:
    """Refused for good; a visit to a household that was erased is kept as far as it may be, and said to be."""
    return item.receipt.get("status") in (409, 422) or item.refused == HOUSEHOLD_ERASED
