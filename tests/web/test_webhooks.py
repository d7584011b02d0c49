"""A program outside that is told: signed, at least once, tried again with a cap; and one that hangs, lies, or has moved."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import ESTATE, Member, Town
from conftest import Write
from filing import open_town
from gridward.domain.notifications_outward import MOST_TRIES
from gridward.gateways.channels.webhook import Call, Webhooks
from gridward.persistence.accounts.rows import SessionRow
from gridward.persistence.database import write_transaction
from gridward.services.tickets.sweep import sweep
from gridward.worker import DELIVER, NOTIFY, Tools
from phones import Phone
from serving import Served, serve
from webhook_receiver import ENDLESS, HANG, LONG, MOVED, OK, Receiver

SITE = "https://grid.example.org"


@dataclass(slots=True)
class Stand:
    served: Served
    tools: Tools
    receiver: Receiver
    admin: Member

    async def work(self) -> None:
        for duty in (NOTIFY, DELIVER):
            while await duty.come_round(self.tools):
                pass

    async def hour_passes(self, hours: int = 1) -> None:
        """Everybody has just been here, so nobody is signed out by the clock."""
        now = self.served.clock.forward(hours=hours)
        async with write_transaction(self.served.parts.engine) as session:
            await session.execute(update(SessionRow).values(seen_at=now))

    async def hook(self, *kinds: str) -> UUID:
        webhook_id = uuid4()
        body = {"name": "短信网关", "address": self.receiver.address, "kinds": list(kinds), "is_on": True}
        async with self.served.browser(self.admin) as desk:
            answer = await desk.put(f"webhooks/{webhook_id}", json=body)
        assert answer.status_code == 204, answer.text
        return webhook_id

    async def files(self, who: Member) -> str:
        phone = Phone(self.served, who)
        photo = [{"sha256": await phone.photo(len(self.receiver.came) + 1), "kind": "before"}]
        filed = await phone.file(
            phone.report(at=ESTATE, photos=photo, category="parking", condition_id="parking-blocking")
        )
        assert filed.status_code == 201, filed.text
        return str(filed.json()["ticket_id"])

    async def get(self, path: str, **params: Any) -> Any:
        async with self.served.browser(self.admin) as desk:
            answer = await desk.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def stand(
    engine: AsyncEngine, worker_engine: AsyncEngine, tmp_path: Path, write: Write, town: Town
) -> AsyncIterator[Stand]:
    async with write() as session:
        await open_town(session, town)
    made = serve(engine, tmp_path)
    channel = Webhooks(key=b"w" * 32, hosts=("127.0.0.1",), allow_private=True)
    served = Served(parts=replace(made.parts, webhooks=channel), clock=made.clock, sms=made.sms)
    tools = Tools(engine=worker_engine, blobs=served.parts.blobs, now=served.clock, webhooks=channel, public_url=SITE)
    async with Receiver() as receiver:
        yield Stand(served, tools, receiver, town["system_admin"])


async def test_a_ladder_step_is_told_once_signed_and_with_its_true_time_also_after_an_outage(
    stand: Stand, volunteer: Member, worker_engine: AsyncEngine
) -> None:
    webhook_id = await stand.hook("reminder")
    ticket_id = await stand.files(volunteer)
    await stand.hour_passes(20)
    for _ in range(2):
        async with write_transaction(worker_engine) as session:
            while (await sweep(session, stand.served.clock())).more:
                pass
        await stand.work()
    told = stand.receiver.said()
    assert told
    assert {one["ticket_id"] for one in told} == {ticket_id}
    assert len({one["id"] for one in told}) == len(told)
    assert all(datetime.fromisoformat(one["occurred_at"]) < stand.served.clock() for one in told)
    assert all(one["link"] == f"{SITE}/ticket/{ticket_id}" for one in told)
    assert len({(one["detail"]["kind"], one["detail"]["step"]) for one in told}) == len(told)
    assert not {"place_note", "name", "phone", "note"} & {key for one in told for key in (*one, *one["detail"])}

    path, headers, body = stand.receiver.came[0]
    secret = (await stand.get(f"webhooks/{webhook_id}/secret"))["secret"]
    at, _, made = headers["x-gridward-signature"].partition(",v1=")
    expected = hmac.new(secret.encode(), f"{at.removeprefix('t=')}.".encode() + body, hashlib.sha256).hexdigest()
    assert (path, made) == ("/hook", expected)
    receipts = (await stand.get("deliveries", webhook_id=str(webhook_id)))["deliveries"]
    assert {(one["state"], one["why"]) for one in receipts} == {("sent", "200")}


@pytest.mark.parametrize("answer", [HANG, ENDLESS, LONG, MOVED], ids=["hangs", "endless", "long", "moved"])
async def test_one_that_hangs_or_lies_costs_a_moment_and_ends_as_a_dead_letter_or_is_taken_at_its_word(
    stand: Stand, volunteer: Member, answer: bytes
) -> None:
    stand.receiver.answer = lambda _: answer
    if answer in (HANG, ENDLESS):
        stand.tools = replace(stand.tools, webhooks=replace(stand.tools.webhooks, timeout_s=0.2))
    await stand.hook("assigned")
    await stand.files(volunteer)
    await stand.work()
    for _ in range(MOST_TRIES):
        await stand.hour_passes()
        await stand.work()
    dead = (await stand.get("deliveries", failed=True))["deliveries"]
    if answer == LONG:
        assert (dead, len(stand.receiver.came)) == ([], 1), "a long answer is not read; it said 200"
        return
    assert len(stand.receiver.came) == 1 or answer != MOVED
    assert {path for path, _, _ in stand.receiver.came} == {"/hook"}, "nobody is followed elsewhere"
    (letter,) = dead
    assert (letter["channel"], letter["kind"]) == ("webhook", "assigned")
    assert (letter["tries"], letter["why"]) == (1, "302") if answer == MOVED else letter["tries"] == MOST_TRIES

    stand.receiver.answer = lambda _: OK
    stand.tools = replace(stand.tools, webhooks=replace(stand.tools.webhooks, timeout_s=5.0))
    async with stand.served.browser(stand.admin) as desk:
        again = await desk.post("deliveries/try-again", json={"delivery_ids": [letter["delivery_id"], str(uuid4())]})
    assert again.json() == {"delivery_ids": [letter["delivery_id"]]}
    await stand.work()
    assert (await stand.get("deliveries", failed=True))["deliveries"] == []
    first, *_, last = stand.receiver.said()
    assert first == last, "the same message under the same id"


async def test_only_hosts_on_the_list_and_only_in_the_open_internet_are_called(stand: Stand, now: datetime) -> None:
    async with stand.served.browser(stand.admin) as desk:
        body = {"name": "x", "address": "http://169.254.169.254/latest", "kinds": ["closed"], "is_on": True}
        refused = await desk.put(f"webhooks/{uuid4()}", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "webhook.host_unknown")
    strict = Webhooks(key=b"w" * 32, hosts=("localhost", "hooks.example.org"))
    for address, why in (
        ("https://localhost/hook", "private_address"),
        ("http://hooks.example.org/hook", "host"),
        ("https://hooks.example.org@127.0.0.1/", "host"),
        ("https://other.example.org/", "host"),
    ):
        call = Call(delivery_id=uuid4(), webhook_id=uuid4(), address=address, said={})
        assert (await strict.send(call, now + timedelta())).why == why
