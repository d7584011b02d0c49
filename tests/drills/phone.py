"""A reference phone: the outbox, the drainer and the feed as the protocol describes them, over any wire.

It shares nothing with the server's code. ``Disk`` is what a kill leaves; a :class:`Phone` on the same disk is the next
start of the app. Two phones on one disk are two tabs that do not know of each other.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from drills.items import Disk, Item, Walk, canonical
from drills.rows import Rows
from drills.wire import Reply, Unreachable, Wire

BUSY = frozenset({429, 503, 507})
FINAL = frozenset({403, 404, 409, 410, 413, 415, 422})
LANES = 2
SMALLEST_WAIT = 0.25


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds; the real phone's are 1, 300 and 60. ``speed`` divides what the server asks for as well."""

    speed: float = 1.0
    pull_every: float = 60.0

    def back_off(self, attempts: int, chance: float, retry_after_s: float) -> float:
        own = min(300.0, 2.0 ** min(attempts, 20)) * chance
        wait = retry_after_s + own / 4 if retry_after_s else max(SMALLEST_WAIT, own)
        return wait / self.speed


@dataclass(slots=True, kw_only=True)
class Phone:
    """One running page.

    Args:
        scopes: The feeds that this person follows, as the person's roles give them.
        now: The phone's wall clock, which may be wrong.
    """

    disk: Disk
    wire: Wire
    person: str
    scopes: Sequence[str]
    dice: random.Random
    now: Callable[[], datetime]
    patience: Patience = field(default_factory=Patience)
    visits: bool = False
    """This person visits households: their list is kept on the phone as well."""
    pages: Sequence[int] = (1, 2, 5, 20, 100)
    """How many rows a page of the feed or a snapshot may have; drawn for each."""
    sign_in_needed: bool = False
    rest_until: float = 0.0
    """By the loop's clock: the server wants to be left alone until then."""
    look_again_at: float = 0.0
    """The same for what this phone wants to see."""
    pulls: int = 0
    """How often the end of the feed was reached."""
    _busy_with: str | None = None
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _look: asyncio.Event = field(default_factory=asyncio.Event)
    _taken: set[str] = field(default_factory=set)

    # ---- saving

    def new_id(self) -> str:
        return str(UUID(int=self.dice.getrandbits(128), version=4))

    def report(self, body: Mapping[str, Any], photos: Sequence[bytes] = (), *, urgent: bool = False) -> Item:
        """Saved when this returns: item and photos in one transaction."""
        named = self._hold(photos)
        whole = {**body, "photos": [{"sha256": sha, "kind": "close"} for sha in named]}
        item_id = self.new_id()
        return self._save(item_id, "report", item_id, whole, named, "", urgent=urgent)

    def step(
        self, ticket_id: str, type_: str, body: Mapping[str, Any], photos: Sequence[bytes] = (), **seen: Any
    ) -> Item:
        """A step on a ticket, or on a report of mine that has not gone out yet."""
        named = self._hold(photos)
        whole = {**body, **({"photos": list(named)} if named else {})}
        after = self._predecessor(ticket_id)
        head = f'"type":"{type_}","after":{json.dumps(after)},"seen":{canonical(seen)},'
        item = self._save(self.new_id(), "operation", ticket_id, whole, named, head)
        item.after, item.type, item.seen = after, type_, seen
        return item

    def fact(
        self,
        type_: str,
        address: str,
        echo: str,
        ticket_id: str,
        body: Mapping[str, Any],
        *,
        item_id: str | None = None,
        after: str | None = None,
    ) -> Item:
        """Something that happened: a visit, a part of a walk. ``ticket_id``: of the things that go one after another."""
        named = item_id or self.new_id()
        head = f'"type":"{type_}",' if echo == "op_id" else ""
        item = self._save(named, "fact", ticket_id, body, (), head)
        item.type, item.address, item.echo, item.after = type_, address.format(id=named), echo, after
        return item

    def visit(self, household_id: str, body: Mapping[str, Any]) -> Item:
        whole = {"household_id": household_id, **body}
        return self.fact("visit", "/api/v1/visits/{id}", "visit_id", household_id, whole)

    def begin_walk(self, plan_id: str | None) -> Item:
        patrol_id = self.new_id()
        item = self.fact(
            "start", "/api/v1/patrols/{id}", "patrol_id", patrol_id, {"plan_id": plan_id}, item_id=patrol_id
        )
        self.disk.walk = Walk(patrol_id)
        return item

    def tell_of_walk(self, type_: str, body: Mapping[str, Any]) -> Item:
        """Positions, a check-in or the end of the walk that is under way."""
        assert self.disk.walk is not None
        patrol_id = self.disk.walk.patrol_id
        address = f"/api/v1/patrols/{patrol_id}/operations/{{id}}"
        return self.fact(type_, address, "op_id", patrol_id, body, after=patrol_id)

    def _hold(self, photos: Sequence[bytes]) -> tuple[str, ...]:
        named = {hashlib.sha256(content).hexdigest(): content for content in photos}
        self.disk.photos |= named
        return tuple(named)

    def _save(
        self,
        item_id: str,
        kind: str,
        ticket_id: str,
        body: Mapping[str, Any],
        photos: tuple[str, ...],
        head: str,
        *,
        urgent: bool = False,
    ) -> Item:
        said = canonical(body)
        digest = hashlib.sha256(said.encode()).hexdigest()
        clock = canonical({"captured_at": self.now().isoformat(), "tz": "Asia/Shanghai"})
        text = f'{{"schema":1,"digest":"{digest}",{head}"body":{said},"clock":{clock}}}'
        self.disk.saved += 1
        item = Item(item_id, kind, self.person, ticket_id, digest, text, photos, self.disk.saved, urgent=urgent)
        self.disk.items[item_id] = item
        self.wake()
        return item

    def _predecessor(self, ticket_id: str) -> str | None:
        open_ = [
            one
            for one in self.disk.items.values()
            if one.kind == "operation" and one.ticket_id == ticket_id and one.waiting and one.person == self.person
        ]
        named = {one.after for one in open_}
        return next((one.item_id for one in reversed(open_) if one.item_id not in named), None)

    # ---- running

    def start(self) -> None:
        """``sending`` is never trusted after a restart; what waited for a sign-in may go."""
        self.sign_in_needed, self.rest_until, self.look_again_at, self._busy_with = False, 0.0, 0.0, None
        for item in self.disk.items.values():
            if item.state in ("sending", "sign_in"):
                item.state, item.next_try_at = "saved", 0.0

    def wake(self) -> None:
        self._wake.set()

    def look(self) -> None:
        """Somebody looks at the screen: the feed is asked now."""
        self._look.set()

    def online(self) -> None:
        """The network is back: everything may be tried now."""
        for item in self.disk.items.values():
            if item.state == "saved":
                item.next_try_at = 0.0
        self.wake()

    async def run(self) -> None:
        """Sends and pulls until the task is cancelled, which is how a phone is killed."""
        self.start()
        await asyncio.gather(*(self._lane() for _ in range(LANES)), self._follow())

    def due(self) -> list[Item]:
        """What may go out now: emergencies, then the oldest; of each ticket only the first in its order."""
        now = asyncio.get_running_loop().time()
        tickets: dict[str, list[Item]] = {}
        for item in self.disk.items.values():
            if item.person == self.person and item.state != "delivered":
                tickets.setdefault(item.ticket_id, []).append(item)
        heads = [head for unsent in tickets.values() if (head := self._head(unsent)) is not None]
        ready = [one for one in heads if one.waiting and one.next_try_at <= now]
        return sorted(ready, key=lambda one: (not one.urgent, one.number))

    @staticmethod
    def _head(unsent: Sequence[Item]) -> Item | None:
        report = next((one for one in unsent if one.kind == "report"), None)
        ids = {one.item_id for one in unsent}
        return report or next((one for one in unsent if one.waiting and one.after not in ids), None)

    async def _lane(self) -> None:
        while True:
            item = None
            if not self.sign_in_needed and asyncio.get_running_loop().time() >= self.rest_until:
                item = next((one for one in self.due() if one.ticket_id not in self._taken), None)
            if item is None:
                await self._sleep()
                continue
            self._taken.add(item.ticket_id)
            try:
                await self._send(item)
            finally:
                self._taken.discard(item.ticket_id)

    async def _sleep(self) -> None:
        self._wake.clear()
        now = asyncio.get_running_loop().time()
        times = [one.next_try_at for one in self.disk.items.values() if one.waiting and one.next_try_at > now]
        wait = max(self.rest_until - now, min([one - now for one in times], default=self.patience.pull_every))
        try:
            async with asyncio.timeout(max(0.001, wait)):
                await self._wake.wait()
        except TimeoutError:
            return

    # ---- sending

    async def _send(self, item: Item) -> None:
        item.state = "sending"
        try:
            for sha in item.photos:
                if sha not in self.disk.on_server and not await self._send_photo(item, sha):
                    return
            self._hear(item, await self.wire.put(item.path, item.text.encode(), "application/json"))
        except Unreachable:
            item.last = "no answer"
            self._later(item, 0.0)

    async def _send_photo(self, item: Item, sha: str) -> bool:
        reply = await self.wire.put(f"/api/v1/photos/{sha}", self.disk.photos[sha], "image/jpeg")
        self._heed(item, reply)
        said = reply.said or {}
        item.last = f"photo: {reply.status} {said.get('code', '')}"
        if reply.status in (200, 201) and reply.ours and said.get("sha256") == sha:
            self.disk.on_server.add(sha)
            return True
        if reply.ours and reply.status == 401:
            self._wait_for_sign_in(item)
        elif reply.ours and reply.status in FINAL and said.get("code"):
            self._refuse(item, said)
        else:
            self._later(item, reply.retry_after_s)
        return False

    def _hear(self, item: Item, reply: Reply) -> None:
        if item.state == "delivered":
            return  # another tab was quicker
        self._heed(item, reply)
        said = reply.said or {}
        item.last = f"{reply.status} {said.get('code', '')}"
        if self.acknowledged(item, reply):
            item.state, item.receipt, item.refused = "delivered", said, None
            self._let_go(item)
            self.wake()
            self.look()
        elif reply.ours and reply.status == 401:
            self._wait_for_sign_in(item)
        elif reply.ours and reply.status == 424:
            self.disk.on_server -= set(said["facts"]["missing"])
            self._later(item, 0.0)
        elif reply.ours and reply.status in FINAL and said.get("code"):
            self._refuse(item, said)
        else:
            self._later(item, reply.retry_after_s)

    def acknowledged(self, item: Item, reply: Reply) -> bool:
        """Status, JSON, our header, my id and my digest: nothing less."""
        said = reply.said
        if reply.status not in (200, 201) or said is None or "x-app-ack" not in reply.headers:
            return False
        echoed = said.get(item.echo or ("report_id" if item.kind == "report" else "op_id"))
        return echoed == item.item_id and said.get("digest") == item.digest

    def _refuse(self, item: Item, said: Mapping[str, Any]) -> None:
        item.state, item.refused, item.receipt = "attention", str(said.get("code")), said

    def _wait_for_sign_in(self, item: Item) -> None:
        item.state, self.sign_in_needed = "sign_in", True

    def _heed(self, item: Item, reply: Reply) -> None:
        """Two items after each other show that the server is too busy for anything; one alone must not hold up the others."""
        if reply.status not in BUSY or not reply.retry_after_s:
            self._busy_with = None
            return
        if self._busy_with not in (None, item.item_id):
            rest = reply.retry_after_s / self.patience.speed
            self.rest_until = max(self.rest_until, asyncio.get_running_loop().time() + rest)
        self._busy_with = item.item_id

    def _later(self, item: Item, retry_after_s: float) -> None:
        if item.state == "delivered":
            return
        wait = self.patience.back_off(item.attempts, self.dice.random(), retry_after_s)
        item.state, item.attempts = "saved", item.attempts + 1
        item.next_try_at = asyncio.get_running_loop().time() + wait

    def _let_go(self, item: Item) -> None:
        others = (one for one in self.disk.items.values() if one.state != "delivered")
        needed = {sha for one in others for sha in one.photos}
        for sha in item.photos:
            if sha not in needed:
                self.disk.photos.pop(sha, None)

    # ---- seeing

    async def _follow(self) -> None:
        while True:
            try:
                while not self.sign_in_needed and await self.pull():
                    pass
                if self.visits and not self.sign_in_needed:
                    await self._call_at_doors()
            except Unreachable:
                pass
            await asyncio.sleep(max(0.0, self.look_again_at - asyncio.get_running_loop().time()))
            try:
                async with asyncio.timeout(self.patience.pull_every * self.dice.uniform(0.5, 1.5)):
                    await self._look.wait()
            except TimeoutError:
                continue
            self._look.clear()

    async def pull(self) -> bool:
        """One page; True when there is more. Rows and cursor change together, and only from where this page began."""
        began = self.disk.cursor
        if began is None:
            return await self._snapshots()
        limit = str(self.dice.choice(self.pages))
        reply = await self.wire.get("/api/v1/changes", {"cursor": began, "limit": limit})
        said = self._said(reply)
        if self.disk.cursor != began:
            return False
        if reply.status == 409:
            self.disk.cursor = None
            return True
        if said["scope_rev"] != self.disk.scope_rev:
            self.disk.rows.keep_scopes(frozenset(self.scopes))
            self.disk.cursor = None
            return True
        for one in said["changes"]:
            if one["entity"] != "ticket":
                self.disk.doors.told += one["entity"] == "household"
                continue
            data = one["data"] if one["op"] == "u" else None
            self.disk.rows.take(one["id"], one["scope"], one["version"], data, data["version"] if data else 0)
        self.disk.cursor = said["cursor"]
        self.pulls += not said["more"]
        return bool(said["more"])

    async def _call_at_doors(self) -> None:
        """The list of households anew after a change; what another page asked for later is newer."""
        doors = self.disk.doors
        if doors.known == doors.told:
            return
        told = doors.told
        said = self._said(await self.wire.get("/api/v1/my/households", {}))
        if self.disk.doors is doors and told > doors.known:
            doors.by_id, doors.known = {one["household_id"]: one for one in said["households"]}, told

    def _said(self, reply: Reply) -> dict[str, Any]:
        said = reply.said
        if reply.ours and reply.status == 401:
            self.sign_in_needed = True
        if reply.status in BUSY:
            rest = reply.retry_after_s / self.patience.speed
            self.look_again_at = asyncio.get_running_loop().time() + rest
        if said is None or not reply.ours or reply.status not in (200, 409):
            raise Unreachable
        return said

    async def _snapshots(self) -> bool:
        """All my scopes anew; the feed goes on from the first page's start."""
        rows, start, revision = Rows[dict[str, Any]](), "", ""
        for scope in self.scopes:
            after: str | None = None
            while True:
                limit = str(self.dice.choice(self.pages))
                query = {"scope": scope, "limit": limit, **({"after": after} if after else {})}
                reply = await self.wire.get("/api/v1/snapshot", query)
                if reply.status == 403 and reply.ours:
                    raise Unreachable
                said = self._said(reply)
                for one in said["rows"]:
                    rows.take(one["id"], scope, one["version"], one["data"], one["version"])
                start = start or said["start_cursor"]
                revision, after = revision or said["scope_rev"], said["after"]
                if after is None:
                    break
        if self.disk.cursor is None:
            self.disk.doors.told += 1
            self.disk.rows, self.disk.scope_rev = rows, revision
            self.disk.cursor = start
        return True
