"""The part of L3 that walks and calls at doors: the same phone, killed on a patrol and while a visit is saved.

What was on the disk before a kill is told once, whatever was under way: positions, check-ins, the end, visits with their words.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from string import ascii_lowercase
from typing import Any

from playwright.async_api import expect

from browser.stage.handset import OPENED, Handset
from browser.stage.people import Visitor
from browser.stage.server import Installation
from browser.stage.walking import WALKER, step
from gridward.domain.patrols.track import read_fixes

ON_DISK = (
    """
    async () => {
"""
    + OPENED
    + """
        const [items, drafts] = await Promise.all(['outbox', 'drafts'].map(all))
        db.close()
        const facts = items.filter(({ kind }) => kind === 'fact')
        return JSON.stringify({
            facts: facts.map(({ item_id, type, state, body_text }) => ({ item_id, type, state, body_text })),
            part: drafts.flatMap(({ content }) => content?.part ?? []).map(({ at }) => at),
        })
    }
"""
)

ROOMS = 12
BEGAN = 1_790_000_000
EVERY_S = 30
RESUMED = "接着上次的巡查"
OUTCOMES = ("见到了", "没人在家，留了联系卡", "不便接待")


class Off(AssertionError):
    """Something did not hold."""


def prepare(installation: Installation, person: str) -> None:
    """The person of the drill is also a steward whose walks are kept, and visits the doors of one building."""
    who = f"(SELECT person_id FROM person WHERE name = '{person}' LIMIT 1)"
    building = (
        "(SELECT b.building_id FROM building b JOIN grid g USING (grid_id) JOIN person p ON p.community_id = g.community_id"
        f" WHERE p.person_id = {who} ORDER BY b.code LIMIT 1)"
    )
    grid = f"(SELECT grid_id FROM building WHERE building_id = {building})"
    installation.ask(
        "INSERT INTO role_grant (grant_id, jurisdiction_id, person_id, role, scope_kind, scope_id, is_lead, valid_from)"
        f" SELECT gen_random_uuid(), jurisdiction_id, person_id, role, kind, scope_id, false, now() - interval '1 day'"
        f" FROM person, (VALUES ('steward', 'grid', {grid}), ('liaison', 'community', (SELECT community_id FROM grid"
        f" WHERE grid_id = {grid}))) AS wanted(role, kind, scope_id) WHERE person_id = {who}"
    )
    installation.ask(
        "INSERT INTO patrol_policy (policy_id, jurisdiction_id, audiences, hours, reason, decided_by, decided_at)"
        f" SELECT gen_random_uuid(), jurisdiction_id, '{{paid_stewards}}', false, '夜间单人值守', person_id, now() FROM person"
        f" WHERE person_id = {who}"
    )
    installation.ask(
        "WITH made AS (INSERT INTO household (household_id, jurisdiction_id, community_id, building_id, entrance, floor,"
        " room, version, registered_at, changed_at) SELECT gen_random_uuid(), b.jurisdiction_id, g.community_id,"
        " b.building_id, '', '', 'D' || n, 1, now() - interval '1 day', now() - interval '1 day'"
        f" FROM building b JOIN grid g USING (grid_id), generate_series(1, {ROOMS}) n WHERE b.building_id = {building}"
        " RETURNING household_id, jurisdiction_id)"
        " INSERT INTO tie (tie_id, jurisdiction_id, household_id, person_id, valid_from)"
        f" SELECT gen_random_uuid(), jurisdiction_id, household_id, {who}, now() - interval '1 day' FROM made"
    )


@dataclass(slots=True)
class FieldDrill:
    """Walks and visits of one phone. ``kept``: seconds of positions that were seen on the disk; ``notes`` of visits."""

    handset: Handset
    installation: Installation
    dice: random.Random
    kept: set[int] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    steps: int = 0

    async def learn(self, phone: Visitor) -> None:
        """In coverage: the phone holds its doors and its grids."""
        await phone.open("/visits")
        await expect(phone.page.get_by_text(re.compile("D1$")).first).to_be_visible()
        await phone.open("/patrol")
        await phone.reads(re.compile("夜间单人值守"))

    async def disk(self, phone: Visitor) -> dict[str, Any]:
        """What is there now; what was there before must still be."""
        found: dict[str, Any] = json.loads(await phone.page.evaluate(ON_DISK))
        now = {*found["part"], *self._told(found)}
        there = {one["item_id"] for one in found["facts"]}
        if self.kept - now:
            raise Off(f"positions were on the disk and are gone: {sorted(self.kept - now)}")
        if self.facts - there:
            raise Off(f"messages were on the disk and are gone: {self.facts - there}")
        self.kept |= now
        self.facts |= there
        return found

    @staticmethod
    def _told(found: dict[str, Any]) -> list[int]:
        bodies = [json.loads(one["body_text"]) for one in found["facts"] if one["type"] == "positions"]
        return [int(when) for body in bodies for when in seconds_of(body)]

    async def walk(self, phone: Visitor, count: int) -> None:
        for _ in range(count):
            self.steps += 1
            await step(phone.page, (113 + self.steps * 0.0003, 23.0), BEGAN + self.steps * EVERY_S)
        # The page goes to the back: what was recorded is stored.
        await phone.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    async def while_walking(self, phone: Visitor) -> None:
        """Killed at any moment of a walk; opened again, it goes on where it was."""
        await phone.page.add_init_script(WALKER)
        await phone.open("/patrol")
        await phone.press("不按计划，自己走一圈")
        await phone.reads("巡查中")
        await self.walk(phone, self.dice.randint(20, 40))
        await self.disk(phone)
        walking = asyncio.create_task(self._on(phone))
        await asyncio.sleep(self.dice.uniform(0, 0.5))
        await self.handset.kill()
        await asyncio.gather(walking, return_exceptions=True)
        phone = await self.handset.start()
        await phone.page.add_init_script(WALKER)
        await phone.open("/patrol")
        await phone.reads(re.compile(RESUMED))
        await self.disk(phone)
        await self.walk(phone, 10)
        await self.check_in(phone)
        await phone.press("结束巡查")
        await phone.press("结束巡查", inside="dialog")
        await phone.reads(re.compile("^已结束"))
        await self.disk(phone)
        await self.handset.stop()

    async def _on(self, phone: Visitor) -> None:
        await self.walk(phone, 40)
        await self.check_in(phone)

    async def check_in(self, phone: Visitor) -> None:
        await phone.press("扫码或输入编码")
        await phone.page.get_by_label("六位编码").fill("ABCD23")
        await phone.press("记录到点")

    async def while_visiting(self, phone: Visitor) -> None:
        """Killed while a visit is saved: it is there whole, or its words stand in the form again."""
        await phone.open("/visits")
        door = f"D{self.dice.randint(1, ROOMS)}"
        await phone.page.get_by_text(re.compile(f"{door}$")).first.click()
        # Letters only: among many digits stands what looks like an identity number, and such a number is not kept.
        note = "说起" + "".join(self.dice.choices(ascii_lowercase, k=32))
        await phone.page.get_by_label(re.compile("民情日记")).fill(note)
        await phone.press(self.dice.choice(OUTCOMES))
        await self.disk(phone)
        saving = asyncio.create_task(phone.press("记下"))
        await asyncio.sleep(self.dice.uniform(0, 0.2))
        await self.handset.kill()
        await asyncio.gather(saving, return_exceptions=True)
        phone = await self.handset.start()
        await phone.open("/visits")
        found = await self.disk(phone)
        if not any(note in one["body_text"] for one in found["facts"]):
            await phone.page.get_by_text(re.compile(f"{door}$")).first.click()
            await expect(phone.page.get_by_label(re.compile("民情日记"))).to_have_value(note)
            await phone.press("记下")
            await expect(phone.page).to_have_url(re.compile("/visits$"))
            await self.disk(phone)
        self.notes.append(note)
        await self.handset.stop()

    def accounts(self, person: str) -> Counter[str]:
        """At rest, past every program: each once, as it was."""
        who = f"(SELECT person_id FROM person WHERE name = '{person}' LIMIT 1)"
        facts = self.installation.ask(
            f"SELECT 'visit', visit_id, '' FROM visit WHERE liaison_id = {who} UNION ALL"
            f" SELECT 'start', patrol_id, '' FROM patrol WHERE person_id = {who} UNION ALL"
            f" SELECT type, op_id, body::text FROM patrol_operation WHERE person_id = {who}"
        ).splitlines()
        rows = [line.split("|", 2) for line in facts]
        count = Counter(type_ for type_, _, _ in rows)
        ids = [id_ for _, id_, _ in rows]
        if sorted(ids) != sorted(self.facts):
            raise Off(f"not the same messages: {set(ids) ^ self.facts}, {len(ids)} of {len(self.facts)}")
        told = [when for type_, _, body in rows if type_ == "positions" for when in seconds_of(json.loads(body))]
        if sorted(told) != sorted(self.kept):
            raise Off(f"positions: {len(told)} told, {len(self.kept)} kept, {sorted(self.kept ^ set(told))} differ")
        if count["end"] != count["start"]:
            raise Off(f"{count['start']} walks began and {count['end']} ended")
        words = self.installation.ask("SELECT n.words FROM visit_note n JOIN visit USING (visit_id)").splitlines()
        if sorted(words) != sorted(self.notes):
            differ = sorted({*words} ^ {*self.notes})
            raise Off(f"not the same words of visits: {len(words)} of {len(self.notes)}, {differ} differ")
        return Counter({f"{type_} facts": number for type_, number in count.items()}) + Counter(positions=len(told))


def seconds_of(body: dict[str, Any]) -> list[int]:
    """When the positions of a message were taken; the server puts its times right by the phone's offset, which is small."""
    since = datetime.fromisoformat(body["since"].replace("Z", "+00:00")).timestamp()
    return [round(since + fix.at) for fix in read_fixes(body["fixes"])]
