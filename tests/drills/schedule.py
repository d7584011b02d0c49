"""One schedule of L1: a town of its own, three to seven phones on bad links, and everything that goes wrong by its seed.

Who takes part is drawn: schedules that leave some out find more than schedules that have everything (Groce et al.,
Swarm Testing, ISSTA 2012). The same seed gives the same people, deeds, fates and accidents; the moments at which they
fall depend on the machine.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

import build
import cast
from cast import Member, Town
from drills import fieldwork, oracle, oracle_facts
from drills.handset import Handset, Person
from drills.people import ACTS, seen_of, send_away, work_on
from drills.phone import Item, Phone
from drills.proxy import BAD_DAY, Link
from drills.stage import Stage
from filing import open_town
from gridward.domain.errors import NotFound
from gridward.gateways.erasures import FILE, FileLedger
from gridward.persistence.database import WriteSession
from gridward.persistence.evidence import drop_unused
from gridward.services.erasure import erase_report

TROUBLE_S = 6.0
"""How long things go wrong, at most; then the networks heal and all must come to rest."""
REST_S = 400.0
"""How long it may take until all has come to rest, once nothing is killed any more."""
MOST_CLEARED = 1_000
ACCIDENTS = (
    "kill",
    "kill",
    "underground",
    "underground",
    "sign_out",
    "photos_cleared",
    "day_passes",
    "hand_over",
    "erase",
    "household",
    "household",
    "sent_away_and_back",
    "sent_away_and_back",
)
NEEDS = {
    "household": {"liaison"},
    "sent_away_and_back": {"dispatcher", "sanitation_lead", "property_lead"},
}
"""Accidents that mean something only where these take part."""
FEWEST, JOINS = 3, 0.7
"""How many take part at least, and how likely anybody but the volunteer does."""
AWAY_S = 2.0
"""How long the desk looks for something to send away, and a unit works below ground while it does."""


class Violated(AssertionError):
    """Something that must hold did not."""


@dataclass(slots=True)
class Schedule:
    stage: Stage
    seed: int
    phone: type[Phone] = Phone
    rest_s: float = REST_S
    town: Town = field(init=False)
    dice: random.Random = field(init=False)
    handsets: dict[str, Handset] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)
    erased: set[str] = field(default_factory=set)
    sessions: int = 0
    rest_from: float = 0.0
    """Since when all should come to rest, by the loop's clock."""

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    async def run(self) -> None:
        """Raises: Violated, with what does not hold."""
        await self.settle()
        try:
            for one in self.handsets.values():
                await one.switch_on()
            await self._doors_are_known()
            await self._trouble()
            await self._rest()
            await self._late_packets()
            await self._all_is_shown()
            found = await self.stage.patiently(lambda session: oracle.complaints(session, self))
            found += await self.stage.patiently(lambda session: oracle_facts.complaints(session, self))
            if found:
                raise Violated("; ".join(found))
        except Violated as violated:
            raise Violated(f"seed {self.seed}: {violated}") from None
        finally:
            for one in self.handsets.values():
                await one.put_away()

    # ---- the town

    async def settle(self) -> None:
        self.town = await self.stage.patiently(self._build)
        for key in ACTS:
            self.people[key] = await self._person(self.town[key])
        for key in self._who_takes_part():
            link = Link(self.stage.upstream, self.dice.getrandbits(32), fates=dict(BAD_DAY))
            tabs = 2 if self.dice.random() < 0.25 else 1
            self.handsets[key] = Handset(
                self.people[key], link, random.Random(self.dice.random()), tabs=tabs, phone=self.phone
            )

    def _who_takes_part(self) -> list[str]:
        while True:
            drawn = [key for key in ACTS if key == "volunteer" or self.dice.random() < JOINS]
            if len(drawn) >= FEWEST:
                return drawn

    async def _build(self, session: WriteSession) -> Town:
        town = await cast.settle(session, f"街道{self.seed}")
        await open_town(session, town)
        now = datetime.now(UTC)
        await fieldwork.open_field(session, town, now)
        query = text("UPDATE session SET created_at = :now, seen_at = :now WHERE jurisdiction_id = :home")
        await session.execute(query, {"now": now, "home": town.jurisdiction_id})
        return town

    async def _person(self, member: Member) -> Person:
        home = str(self.town.community_id)
        units = tuple(str(unit) for unit in sorted(member.actor.unit_ids))
        communities = () if units else (home,)
        scopes = (
            f"person:{member.person_id}",
            *(f"unit:{one}" for one in units),
            *(f"community:{one}" for one in communities),
        )
        visits = member is self.town["liaison"]
        return Person(member.name, str(member.person_id), scopes, member.token, units, communities, visits)

    async def _doors_are_known(self) -> None:
        """Whoever visits households had their list before the bad day began."""
        for one in self.handsets.values():
            if one.holder.visits:
                one.link.heal()
                async with asyncio.timeout(self.rest_s):
                    while not one.disk.doors.by_id:
                        await asyncio.sleep(0.05)
                one.link.fates = dict(BAD_DAY)

    # ---- trouble

    async def _trouble(self) -> None:
        deadline = asyncio.get_running_loop().time() + TROUBLE_S
        possible = [one for one in ACCIDENTS if NEEDS.get(one, set()) <= self.handsets.keys()]
        accidents = self.dice.choices(possible, k=self.dice.randint(2, 5))
        await asyncio.gather(
            *(self._acts(key, random.Random(self.dice.random()), deadline) for key in self.handsets),
            self._go_wrong(accidents, random.Random(self.dice.random()), deadline),
        )

    async def _acts(self, key: str, dice: random.Random, deadline: float) -> None:
        acts, left = ACTS[key]
        while left and asyncio.get_running_loop().time() < deadline:
            one = self.handsets[key]
            if one.pages and dice.choice(acts)(one, dice, self.town):
                left -= 1
            await asyncio.sleep(dice.uniform(0.02, 0.3))

    async def _go_wrong(self, accidents: list[str], dice: random.Random, deadline: float) -> None:
        for accident in accidents:
            await asyncio.sleep(dice.uniform(0.1, 0.9))
            self.happened[accident] += 1
            one = self.handsets[dice.choice(list(self.handsets))]
            match accident:
                case "kill":
                    await one.kill()
                    await asyncio.sleep(dice.uniform(0, 0.3))
                    await one.switch_on()
                case "underground":
                    one.underground()
                    await asyncio.sleep(dice.uniform(0.2, 1.0))
                    one.link.fates = dict(BAD_DAY)
                    for page in one.pages:
                        page.online()
                case "sign_out":
                    await self._session_ends(one.holder)
                case "photos_cleared":
                    await self._photos_cleared()
                case "day_passes":
                    await self._day_passes()
                case "erase":
                    await self._erase(one)
                case "household":
                    await self._household_changes(dice)
                case "sent_away_and_back":
                    await self._sent_away_and_back(dice)
                case "hand_over":
                    await self.handsets["volunteer"].hand_to(self.people["other_volunteer"])
                    await asyncio.sleep(dice.uniform(0.1, 0.6))
                    await self.handsets["volunteer"].hand_to(self.people["volunteer"])

    async def _session_ends(self, who: Person) -> None:
        """On the server, as an administrator or time does it; the phone learns of it by a 401."""
        query = text("UPDATE session SET ended_at = :now WHERE person_id = :person AND ended_at IS NULL")
        now = datetime.now(UTC)

        async def end(session: WriteSession) -> None:
            await session.execute(query, {"now": now, "person": who.person_id})

        await self.stage.patiently(end)

    async def _sign_in_again(self, who: Person) -> None:
        """A new session for somebody whose old one ended."""
        member = next(one for one in self.town.people.values() if str(one.person_id) == who.person_id)

        async def begin(session: WriteSession) -> str:
            self.sessions += 1
            name, now = f"{self.seed}-{self.sessions}", datetime.now(UTC)
            return await build.signed_in(session, self.town.jurisdiction_id, member.person_id, now, device=name)

        who.token = await self.stage.patiently(begin)

    async def _photos_cleared(self) -> None:
        """The worker's round over photos that no report came for, as if the day that they may wait were over for all."""

        async def clear(session: WriteSession) -> None:
            now = datetime.now(UTC)
            await drop_unused(session, received_before=now, now=now, limit=MOST_CLEARED)

        await self.stage.patiently(clear)

    async def _day_passes(self) -> None:
        """All that was received is a day older."""

        async def age(session: WriteSession) -> None:
            of_patrol = "patrol_id IN (SELECT patrol_id FROM patrol WHERE jurisdiction_id = :home)"
            for table, mine in (
                *((one, "jurisdiction_id = :home") for one in ("report", "operation", "visit", "patrol")),
                ("patrol_operation", of_patrol),
            ):
                query = f"UPDATE {table} SET received_at = received_at - interval '25 hours' WHERE {mine}"
                await session.execute(text(query), {"home": self.town.jurisdiction_id})

        await self.stage.patiently(age)

    async def _household_changes(self, dice: random.Random) -> None:
        """A liaison loses one to another, it moves, is merged with the next door, is forgotten."""
        what, pair = dice.choice(fieldwork.CHANGES), dice.sample(fieldwork.households(self.town), 2)
        ledger, now = FileLedger(self.stage.photos / FILE), datetime.now(UTC)
        await self.stage.patiently(lambda session: fieldwork.change(session, ledger, self.town, what, pair, now))
        self.happened[what] += 1

    async def _sent_away_and_back(self, dice: random.Random) -> None:
        """A unit works without signal while the desk sends its ticket to another and back: the assignment that it worked
        under is over, although the ticket is its own again."""
        unit = self.handsets[dice.choice(("sanitation_lead", "property_lead"))]
        desk, clock = self.handsets["dispatcher"], asyncio.get_running_loop().time
        deadline = clock() + AWAY_S
        while not (rows := self._open_on_both(unit, desk)):
            if clock() > deadline:
                return
            await asyncio.sleep(0.05)
        row = dice.choice(rows)
        unit.underground()
        work_on(unit, dice, row)
        sent = send_away(desk, self.town, row, and_back=True)
        deadline = clock() + AWAY_S
        while any(one.waiting for one in sent) and clock() < deadline:
            await asyncio.sleep(0.05)
        unit.link.fates = dict(BAD_DAY)
        for page in unit.pages:
            page.online()
        self.happened["worked under what was over"] += all(one.state == "delivered" for one in sent)

    def _open_on_both(self, unit: Handset, desk: Handset) -> list[dict[str, Any]]:
        """What a unit has to do and the desk sees as it is; nothing when one of them has no page open."""
        if not (unit.pages and desk.pages):
            return []
        seen, touched = desk.disk.rows.shown(), {item.ticket_id for item in unit.waiting()}
        return [
            row
            for ticket_id, row in unit.disk.rows.shown().items()
            if row["status"] in ("assigned", "in_progress")
            and row["unit_id"] in unit.holder.units
            and ticket_id not in touched
            and ticket_id in seen
            and seen_of(seen[ticket_id]) == seen_of(row)
        ]

    # ---- rest

    async def _rest(self) -> None:
        """Everything is well again; everybody's outbox empties, and every phone shows what the server has."""
        for one in self.handsets.values():
            one.link.heal()
        self.rest_from = asyncio.get_running_loop().time()
        borrowed = self.handsets["volunteer"]
        left_by_uncle = [one for one in borrowed.disk.items.values() if one.person != borrowed.holder.person_id]
        if any(item.waiting for item in left_by_uncle):
            await borrowed.hand_to(self.people["other_volunteer"])
            await self._empty()
            await borrowed.hand_to(self.people["volunteer"])
        await self._empty()
        while sum(one.put_away_refused() for one in self.handsets.values()):
            await self._empty()
        for one in self.handsets.values():
            await one.link.settled()
        await self._all_is_shown()

    def _too_late(self) -> bool:
        return asyncio.get_running_loop().time() > max(self.rest_from, self.stage.killed_at) + self.rest_s

    async def _all_is_shown(self) -> None:
        while off := await self.stage.patiently(lambda session: oracle.differences(session, self)):
            if self._too_late():
                raise Violated(f"I5: {'; '.join(off.values())}")
            await self._sign_in_whoever_must()
            for key in off:
                for page in self.handsets[key].pages:
                    page.look()
            await asyncio.sleep(0.3)

    async def _empty(self) -> None:
        while True:
            waiting = [item for one in self.handsets.values() for item in one.waiting()]
            if not waiting:
                return
            if self._too_late():
                told = [(one.kind, one.type, one.item_id, one.state, one.attempts, one.last) for one in waiting]
                raise Violated(f"I1: never delivered: {told}")
            await self._sign_in_whoever_must()
            await asyncio.sleep(0.2)

    async def _sign_in_whoever_must(self) -> None:
        for one in self.handsets.values():
            if any(page.sign_in_needed for page in one.pages):
                await self._sign_in_again(one.holder)
                for page in one.pages:
                    page.start()
                    page.wake()

    async def _late_packets(self) -> None:
        """A day later somebody asks to be forgotten, the network delivers what it had kept, and a page that did not hear
        the answer asks again."""
        self.rest_from = asyncio.get_running_loop().time()
        await self._day_passes()
        await self._erase(self.handsets["volunteer"])
        for one in self.handsets.values():
            await one.link.replay(3)
            mine = [item for item in one.disk.items.values() if item.person == one.holder.person_id]
            for item in [item for item in mine if item.state == "delivered"][:4]:
                async with asyncio.timeout(self.rest_s):
                    reply = await one.again(item)
                    if reply.ours and reply.status == 401:
                        # Their session ended when there was nothing left to ask for: this phone has not heard of it.
                        await self._sign_in_again(one.holder)
                        reply = await one.again(item)
                said = reply.said or {}
                right = reply.status == 410 if item.item_id in self.erased else one.page().acknowledged(item, reply)
                if not right:
                    raise Violated(f"I1: {item.kind} {item.item_id} sent again a day later: {reply.status} {said}")

    async def _erase(self, whose: Handset) -> None:
        """The desk erases a report of this person, as ``gridward erase report`` does."""
        delivered = [one for one in whose.disk.items.values() if one.kind == "report" and one.state == "delivered"]
        left = [one for one in delivered if one.item_id not in self.erased]
        if not left:
            return
        item = self.dice.choice(left)
        actor, ledger = self.town["security_admin"].actor, FileLedger(self.stage.photos / FILE)

        async def erase(session: WriteSession) -> None:
            query = text("SELECT erased_at FROM report WHERE report_id = :id")
            # The database may have been killed after the commit and before it said so.
            if (await session.execute(query, {"id": item.item_id})).scalar() is None:
                await erase_report(session, ledger, actor, UUID(item.item_id), datetime.now(UTC))

        try:
            await self.stage.patiently(erase)
        except NotFound:
            raise Violated(f"I3: the report {item.item_id} was called delivered and is not there") from None
        self.erased.add(item.item_id)
        self.happened["erased"] += 1

    def items(self) -> dict[str, Item]:
        """Everything that was saved on these phones and is still known to them."""
        return {
            item.item_id: item
            for one in self.handsets.values()
            for item in (*one.disk.items.values(), *one.looked_at.values())
        }
