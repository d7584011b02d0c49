"""From what was filed to the phone that rings: API, log, worker and a push service that stands in for the real ones."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import ESTATE, Member, Town
from conftest import Read, Write
from filing import open_town
from gridward.domain.notifications_outward import LEASE, MOST_TEXTS_A_DAY, MOST_TRIES
from gridward.gateways.channels.calling import TIMEOUT_S
from gridward.gateways.channels.push import NoPush, WebPush
from gridward.gateways.channels.sms import ConsoleSms, NoSms, SmsChannel, TicketText
from gridward.persistence.database import write_transaction
from gridward.services.notifications import deliver
from gridward.services.tickets.sweep import sweep
from gridward.worker import DELIVER, NOTIFY, Tools, deliver_messages, forget_deliveries, notify_people
from phones import Phone
from push_service import CREATED, HANG, PushService, Subscription, status
from serving import Served, serve

ZONE = ZoneInfo("Asia/Shanghai")
SITE = "https://grid.example.org"
URGENT = {"category": "fire_lane", "condition_id": "fire_lane-blocked"}
PLAIN = {"category": "parking", "condition_id": "parking-blocking"}


@dataclass(slots=True)
class Stand:
    """An installation with its worker, the push service beside it, and people who file."""

    served: Served
    service: PushService
    worker_engine: AsyncEngine
    tools: Tools
    filed: int = 0
    phones: dict[UUID, Subscription] = field(default_factory=dict)

    def at(self, clock: str, day: int = 1) -> datetime:
        """Sets the clock to that time of the town in September 2026; Tuesday is the 1st."""
        self.served.clock.at = datetime.fromisoformat(f"2026-09-{day:02d}T{clock}").replace(tzinfo=ZONE)
        return self.served.clock.at

    async def work(self) -> None:
        """The worker, until nothing is left to do now."""
        for duty in (NOTIFY, DELIVER):
            while await duty.come_round(self.tools):
                pass

    async def files(self, who: Member, kind: dict[str, str] = PLAIN) -> str:
        """A report in the estate, each at its own spot; the rules give it to the property firm."""
        self.filed += 1
        at = (ESTATE[0] - 0.00025 + 0.0005 * (self.filed % 2), ESTATE[1] - 0.00075 + 0.0005 * (self.filed // 2 % 4))
        phone = Phone(self.served, who)
        photo = [{"sha256": await phone.photo(self.filed), "kind": "before"}]
        answer = await phone.file(phone.report(at=at, photos=photo, **kind))
        assert answer.status_code == 201, answer.text
        ticket_id = str(answer.json()["ticket_id"])
        assert (await phone.look(ticket_id))["status"] == "assigned"
        return ticket_id

    async def subscribes(self, who: Member, *, test: bool = True) -> UUID:
        """A phone of that person; with ``test`` the test message comes and the phone says so."""
        subscription_id, browser = uuid4(), self.service.subscribe()
        self.phones[subscription_id] = browser
        async with self.served.browser(who) as page:
            answer = await page.put(f"my/push/{subscription_id}", json=browser.said())
            assert answer.status_code == 204, answer.text
            if test:
                await self.work()
                token = next(one.said["token"] for one in self.got(subscription_id) if one.said["kind"] == "test")
                confirmed = await page.put(f"my/push/{subscription_id}/arrived", json={"token": token})
                assert confirmed.status_code == 204, confirmed.text
                self.service.received.clear()
        return subscription_id

    def got(self, subscription_id: UUID) -> list[Any]:
        endpoint = self.phones[subscription_id].endpoint
        return [one for one in self.service.received if one.endpoint == endpoint]

    def rang(self, subscription_id: UUID) -> list[tuple[str, Any]]:
        """What each ring said: kind, and ticket or number."""
        return [(one.said["kind"], one.said.get("ticket_id") or one.said.get("n")) for one in self.got(subscription_id)]

    async def state(self, who: Member, subscription_id: UUID) -> str | None:
        async with self.served.browser(who) as page:
            phones = (await page.get("my/push")).json()["phones"]
        return next((one["state"] for one in phones if one["subscription_id"] == str(subscription_id)), None)

    async def wishes(self, who: Member, **wished: Any) -> httpx.Response:
        usual = {"quiet": {"starts": "21:00", "ends": "07:30"}, "off": [], "sms": False}
        async with self.served.browser(who) as page:
            return await page.put("my/wishes", json=usual | wished)

    def through(self, sms: SmsChannel) -> None:
        """Another channel for SMS."""
        self.tools = replace(self.tools, sms=sms)
        self.served.parts = replace(self.served.parts, sms=sms)


def door(timeout_s: float = 5.0) -> WebPush:
    return WebPush(b"p" * 32, SITE, hosts=("127.0.0.1",), allow_private=True, timeout_s=timeout_s)


@pytest.fixture
async def stand(
    engine: AsyncEngine, worker_engine: AsyncEngine, tmp_path: Path, write: Write, town: Town
) -> AsyncIterator[Stand]:
    async with write() as session:
        await open_town(session, town)
    served = serve(engine, tmp_path)
    push = door()
    served = Served(parts=replace(served.parts, push=push), clock=served.clock, sms=served.sms)
    tools = Tools(
        engine=worker_engine,
        blobs=served.parts.blobs,
        now=served.clock,
        push=push,
        sms=served.sms,
        public_url=SITE,
    )
    async with PushService() as service:
        yield Stand(served, service, worker_engine, tools)


async def deliveries(read: Read, *columns: str) -> Sequence[Any]:
    async with read() as session:
        wanted = ", ".join(columns)
        rows = await session.execute(text(f"SELECT {wanted} FROM delivery ORDER BY made_at, delivery_id"))
        return rows.all()


@pytest.fixture(autouse=True)
async def nothing_waits(owner_engine: AsyncEngine) -> None:
    """The tests of this module share a database, and a worker works for all towns."""
    async with owner_engine.begin() as connection:
        await connection.execute(text("TRUNCATE delivery, push_subscription, notification_wish"))


async def test_a_phone_is_rung_only_after_it_has_shown_that_a_message_came(
    stand: Stand, volunteer: Member, property_lead: Member, sanitation_lead: Member
) -> None:
    phone = await stand.subscribes(property_lead, test=False)
    assert await stand.state(property_lead, phone) == "untested"
    await stand.work()
    (test,) = stand.got(phone)
    assert set(test.said) == {"kind", "subscription_id", "token", "language"}
    await stand.files(volunteer)
    await stand.work()
    assert len(stand.got(phone)) == 1, "an untested phone gets its test and nothing else"

    async with stand.served.browser(property_lead) as page, stand.served.browser(sanitation_lead) as other:
        for caller, token in ((page, "made up"), (other, test.said["token"])):
            refused = await caller.put(f"my/push/{phone}/arrived", json={"token": token})
            assert refused.status_code == 409
        assert await stand.state(property_lead, phone) == "untested"
        for _ in range(2):
            assert (await page.put(f"my/push/{phone}/arrived", json={"token": test.said["token"]})).status_code == 204
    assert await stand.state(property_lead, phone) == "on"
    ticket_id = await stand.files(volunteer)
    await stand.work()
    assert stand.rang(phone)[1:] == [("assigned", ticket_id)]


async def test_a_test_message_that_comes_too_late_counts_for_nothing(stand: Stand, property_lead: Member) -> None:
    phone = await stand.subscribes(property_lead, test=False)
    await stand.work()
    (test,) = stand.got(phone)
    async with stand.served.browser(property_lead) as page:
        again = await page.post(f"my/push/{phone}/test")
        assert (again.status_code, again.json()["code"]) == (409, "push_test_too_soon")
        stand.served.clock.forward(minutes=11)
        late = await page.put(f"my/push/{phone}/arrived", json={"token": test.said["token"]})
        assert (late.status_code, late.json()["code"]) == (409, "push_test_over")
        assert (await page.post(f"my/push/{phone}/test")).status_code == 202
        await stand.work()
        newest = stand.got(phone)[-1].said["token"]
        assert newest != test.said["token"]
        assert (await page.put(f"my/push/{phone}/arrived", json={"token": newest})).status_code == 204
    assert await stand.state(property_lead, phone) == "on"


async def test_nothing_of_a_person_or_a_place_is_in_a_message_and_its_length_tells_nothing(
    stand: Stand, volunteer: Member, property_lead: Member
) -> None:
    lead, reporter = await stand.subscribes(property_lead), await stand.subscribes(volunteer)
    ticket_id = await stand.files(volunteer)
    await stand.work()
    (assigned,), (sent_out,) = stand.got(lead), stand.got(reporter)
    assert assigned.said == {"kind": "assigned", "ticket_id": ticket_id, "language": "zh"}
    assert sent_out.said == {"kind": "sent_out", "ticket_id": ticket_id, "language": "zh"}
    assert len(assigned.body) == len(sent_out.body)
    topics = {assigned.headers["topic"], sent_out.headers["topic"]}
    assert len(topics) == 2, "two phones have no word in common for the same ticket"
    assert all(len(one) == 32 and ticket_id not in one for one in topics)


async def test_a_phone_that_its_service_knows_no_more_is_dropped_and_the_others_ring(
    stand: Stand, volunteer: Member, property_lead: Member, read: Read
) -> None:
    old, new = await stand.subscribes(property_lead), await stand.subscribes(property_lead)
    stand.service.answer = lambda endpoint: status(410) if endpoint == stand.phones[old].endpoint else CREATED
    first = await stand.files(volunteer)
    await stand.work()
    assert (await stand.state(property_lead, old), await stand.state(property_lead, new)) == ("gone", "on")
    second = await stand.files(volunteer)
    await stand.work()
    assert stand.rang(old) == [("assigned", first)]
    assert stand.rang(new) == [("assigned", first), ("assigned", second)]
    async with stand.served.browser(property_lead) as page:
        assert (await page.put(f"my/push/{old}", json=stand.phones[old].said())).status_code == 204
    assert await stand.state(property_lead, old) == "untested", "asked for anew it has to show again that push comes"


@pytest.mark.parametrize("answer", [HANG, status(503), b"<html>captive</html>\r\n\r\n"], ids=["hangs", "503", "lies"])
async def test_a_service_that_does_not_answer_well_is_tried_again_and_not_for_ever(
    stand: Stand, volunteer: Member, property_lead: Member, read: Read, answer: bytes
) -> None:
    phone = await stand.subscribes(property_lead)
    stand.tools = replace(stand.tools, push=door(timeout_s=0.5 if answer == HANG else 10))
    stand.service.answer = lambda _: answer
    ticket_id = await stand.files(volunteer)
    for _ in range(MOST_TRIES + 3):
        await stand.work()
        stand.served.clock.forward(hours=1)
    assert stand.rang(phone) == [("assigned", ticket_id)] * MOST_TRIES
    assert [tuple(one) for one in await deliveries(read, "state", "tries")][1:] == [("failed", MOST_TRIES)]
    assert await stand.state(property_lead, phone) == "on", "a service in trouble does not cost the phone its place"


async def test_a_service_that_is_back_gets_what_waited_once(
    stand: Stand, volunteer: Member, property_lead: Member
) -> None:
    phone = await stand.subscribes(property_lead)
    stand.service.answer = lambda _: status(429, "Retry-After: 600")
    ticket_id = await stand.files(volunteer)
    await stand.work()
    stand.service.received.clear()
    stand.service.answer = lambda _: CREATED
    stand.served.clock.forward(minutes=9)
    await stand.work()
    assert stand.rang(phone) == [], "not before the service wished it"
    stand.served.clock.forward(minutes=2)
    for _ in range(3):
        await stand.work()
        stand.served.clock.forward(minutes=2)
    assert stand.rang(phone) == [("assigned", ticket_id)]


async def test_at_night_only_what_cannot_wait_rings_and_the_rest_comes_once_in_the_morning(
    stand: Stand, volunteer: Member, property_lead: Member
) -> None:
    lead, reporter = await stand.subscribes(property_lead), await stand.subscribes(volunteer)
    stand.at("20:58")
    evening = await stand.files(volunteer)
    await stand.work()
    assert stand.rang(lead) == [("assigned", evening)]
    stand.service.received.clear()

    stand.at("22:30")
    urgent = await stand.files(volunteer, URGENT)
    plain = [await stand.files(volunteer), await stand.files(volunteer)]
    await stand.work()
    stand.at("02:00", day=2)
    plain.append(await stand.files(volunteer))
    await stand.work()
    assert stand.rang(lead) == [("assigned", urgent)]
    assert stand.got(lead)[0].headers["urgency"] == "high"
    assert stand.rang(reporter) == [], "a volunteer is never woken, whatever it is about"

    stand.at("07:29:59", day=2)
    await stand.work()
    assert len(stand.service.received) == 1
    stand.at("07:30", day=2)
    for _ in range(3):
        await stand.work()
        stand.served.clock.forward(minutes=5)
    assert stand.rang(lead)[1:] == [("several", 3)]
    assert stand.rang(reporter) == [("several", 4)]
    assert stand.got(lead)[1].headers["urgency"] == "normal"


async def test_what_was_read_in_the_list_during_the_night_does_not_ring_in_the_morning(
    stand: Stand, volunteer: Member, property_lead: Member
) -> None:
    phone = await stand.subscribes(property_lead)
    stand.at("23:00")
    await stand.files(volunteer)
    await stand.work()
    stand.at("06:00", day=2)
    async with stand.served.browser(property_lead) as page:
        newest = (await page.get("notifications")).json()["notifications"][0]["made_at"]
        await page.post("notifications/read", json={"up_to": newest})
    unread = await stand.files(volunteer)
    await stand.work()
    stand.at("07:31", day=2)
    await stand.work()
    assert stand.rang(phone) == [("assigned", unread)]


async def test_a_worker_killed_between_sending_and_saying_so_sends_at_most_the_same_once_more(
    stand: Stand, volunteer: Member, property_lead: Member, read: Read
) -> None:
    phone = await stand.subscribes(property_lead)
    ticket_id = await stand.files(volunteer)
    await notify_people(stand.tools)
    async with write_transaction(stand.worker_engine) as session:
        (parcel,) = await deliver.claim(session, stand.served.clock(), SITE)
    await deliver.send(parcel, stand.tools.push, stand.tools.sms, stand.tools.webhooks, stand.served.clock())
    # Here it dies. What it took is nobody else's until the lease is over.
    await stand.work()
    assert stand.rang(phone) == [("assigned", ticket_id)]
    stand.served.clock.forward(seconds=61)
    for _ in range(3):
        await stand.work()
        stand.served.clock.forward(minutes=5)
    first, second = stand.got(phone)
    assert second.said == first.said
    assert second.headers["topic"] == first.headers["topic"], "on the phone it takes the place of the first"
    assert [one.state for one in await deliveries(read, "state")] == ["sent", "sent"]


async def test_a_quiet_worker_looks_and_begins_nothing(
    stand: Stand, volunteer: Member, property_lead: Member, read: Read
) -> None:
    """It looks twice a second all night: a look takes no lock and no transaction number."""
    phone = await stand.subscribes(property_lead)

    async def number() -> int:
        async with read() as session:
            return int(await session.scalar(text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")))

    async def taken() -> int:
        before = await number()
        for _ in range(10):
            await stand.work()
        return await number() - before

    await stand.work()
    assert min([await taken() for _ in range(3)]) == 0, "of three, since autovacuum may take some beside it"
    ticket_id = await stand.files(volunteer)
    await stand.work()
    assert stand.rang(phone) == [("assigned", ticket_id)]


async def test_two_workers_at_once_ring_once(
    stand: Stand, volunteer: Member, property_lead: Member, sanitation_lead: Member
) -> None:
    phone = await stand.subscribes(property_lead)
    for _ in range(3):
        await stand.files(volunteer, URGENT)
    await asyncio.gather(*(notify_people(stand.tools) for _ in range(4)))
    await asyncio.gather(*(deliver_messages(stand.tools) for _ in range(4)))
    await stand.work()
    rang = [ticket_id for _, ticket_id in stand.rang(phone)]
    assert len(rang) == len(set(rang)) == 3


async def test_a_person_chooses_what_rings_and_when(stand: Stand, volunteer: Member, property_lead: Member) -> None:
    lead, reporter = await stand.subscribes(property_lead), await stand.subscribes(volunteer)
    async with stand.served.browser(volunteer) as page:
        shown = (await page.get("my/wishes")).json()
    assert shown["quiet"] == {"starts": "21:00:00", "ends": "07:30:00"}
    assert all(shown["kinds"].values())
    assert "closed" in shown["kinds"]
    assert "assigned" not in shown["kinds"]
    assert shown["sms"] == {"offered": False, "on": False, "phone": shown["sms"]["phone"]}
    assert (await stand.wishes(volunteer, off=["sent_out"])).status_code == 204
    refused = await stand.wishes(volunteer, quiet={"starts": "21:00", "ends": "21:00"})
    assert (refused.status_code, refused.json()["code"]) == (422, "quiet_hours_empty")

    stand.at("23:00")
    ticket_id = await stand.files(volunteer)
    await stand.work()
    assert (stand.rang(lead), stand.rang(reporter)) == ([], [])
    async with stand.served.browser(volunteer) as page:
        assert [one["kind"] for one in (await page.get("notifications")).json()["notifications"]] == ["sent_out"]
    await stand.wishes(property_lead, quiet=None)
    await stand.work()
    assert stand.rang(lead) == [("assigned", ticket_id)], "what was held is looked at again"
    stand.at("07:31", day=2)
    await stand.work()
    assert stand.rang(reporter) == []


async def test_a_sign_in_that_ended_takes_its_phone_along(
    stand: Stand, volunteer: Member, property_lead: Member
) -> None:
    phone = await stand.subscribes(property_lead)
    stand.at("23:00")
    await stand.files(volunteer)
    await stand.work()
    async with stand.served.browser(property_lead) as page:
        await page.post("sign-out")
    stand.at("07:31", day=2)
    await stand.files(volunteer, URGENT)
    await stand.work()
    assert stand.rang(phone) == []


async def test_a_phone_belongs_to_whoever_asked_last(
    stand: Stand, volunteer: Member, property_lead: Member, sanitation_lead: Member
) -> None:
    first = await stand.subscribes(property_lead)
    browser = stand.phones[first]
    async with stand.served.browser(sanitation_lead) as page:
        taken = await page.put(f"my/push/{first}", json=browser.said())
        assert (taken.status_code, taken.json()["code"]) == (409, "push_unknown")
        assert (await page.delete(f"my/push/{first}")).status_code == 204
        assert await stand.state(property_lead, first) == "on"
        second = uuid4()
        assert (await page.put(f"my/push/{second}", json=browser.said())).status_code == 204
    assert await stand.state(property_lead, first) is None
    assert await stand.state(sanitation_lead, second) == "untested"
    async with stand.served.browser(sanitation_lead) as page:
        assert (await page.delete(f"my/push/{second}")).status_code == 204
    assert await stand.state(sanitation_lead, second) is None


async def test_who_signs_in_anew_on_the_same_phone_needs_no_new_test(
    stand: Stand, property_lead: Member, read: Read
) -> None:
    phone = await stand.subscribes(property_lead)
    async with stand.served.browser(property_lead) as page:
        assert (await page.put(f"my/push/{phone}", json=stand.phones[phone].said("en"))).status_code == 204
    await stand.work()
    assert await stand.state(property_lead, phone) == "on"
    assert stand.service.received == []


async def test_an_address_that_is_no_push_services_is_refused(stand: Stand, volunteer: Member) -> None:
    said = stand.service.subscribe().said()
    async with stand.served.browser(volunteer) as page:
        for endpoint in ("https://intranet.example.org/", "http://localhost/", "https://169.254.169.254/latest"):
            refused = await page.put(f"my/push/{uuid4()}", json=said | {"endpoint": endpoint})
            assert (refused.status_code, refused.json()["code"]) == (422, "push_host_unknown"), endpoint
        bad_key = await page.put(f"my/push/{uuid4()}", json=said | {"p256dh": "B" * 87})
        assert (bad_key.status_code, bad_key.json()["code"]) == (422, "push_keys_unreadable")
        assert (await page.get("my/push")).json()["phones"] == []


async def test_where_push_is_off_none_is_offered(stand: Stand, volunteer: Member) -> None:
    served = Served(parts=replace(stand.served.parts, push=NoPush()), clock=stand.served.clock, sms=stand.served.sms)
    async with served.browser(volunteer) as page:
        assert (await page.get("my/push")).json() == {"key": None, "phones": []}
        refused = await page.put(f"my/push/{uuid4()}", json=stand.service.subscribe().said())
        assert (refused.status_code, refused.json()["code"]) == (503, "push_off")


async def test_the_lead_on_duty_gets_an_sms_about_an_urgent_ticket_after_agreeing(
    stand: Stand, volunteer: Member, property_lead: Member
) -> None:
    stand.at("23:30")
    await stand.files(volunteer, URGENT)
    await stand.work()
    assert stand.served.sms.sent == [], "nobody is texted without having agreed"
    async with stand.served.browser(property_lead) as page:
        offered = (await page.get("my/wishes")).json()["sms"]
    assert offered == {
        "offered": True,
        "on": False,
        "phone": f"{property_lead.phone[:3]}****{property_lead.phone[-4:]}",
    }
    await stand.wishes(property_lead, sms=True)
    await stand.files(volunteer)
    urgent = await stand.files(volunteer, URGENT)
    for _ in range(2):
        await stand.work()
    (sent,) = stand.served.sms.sent
    assert isinstance(sent, TicketText)
    assert sent.phone == property_lead.phone
    assert sent.text == f"您有一件急件待处理，请打开查看：{SITE}/ticket/{urgent}"


async def test_the_shift_leader_is_texted_when_a_limit_has_run_out(
    stand: Stand, volunteer: Member, shift_leader: Member, write: Write
) -> None:
    await stand.wishes(shift_leader, sms=True)
    await stand.files(volunteer)
    for _ in range(48):
        stand.served.clock.forward(minutes=30)
        async with write() as session:
            await sweep(session, stand.served.clock())
    await stand.work()
    assert {(one.phone, one.kind) for one in stand.served.sms.sent if isinstance(one, TicketText)} == {
        (shift_leader.phone, "overdue")
    }


async def test_a_day_has_only_so_many_sms_and_the_next_day_begins_at_the_towns_midnight(
    stand: Stand, volunteer: Member, property_lead: Member, read: Read
) -> None:
    await stand.wishes(property_lead, sms=True)
    stand.at("23:50")
    for _ in range(MOST_TEXTS_A_DAY + 2):
        await stand.files(volunteer, URGENT)
    await stand.work()
    assert len(stand.served.sms.sent) == MOST_TEXTS_A_DAY
    assert [one.state for one in await deliveries(read, "state")].count("over_limit") == 2
    stand.at("23:59")
    await stand.files(volunteer, URGENT)
    await stand.work()
    assert len(stand.served.sms.sent) == MOST_TEXTS_A_DAY
    stand.at("00:01", day=2)
    await stand.files(volunteer, URGENT)
    await stand.work()
    assert len(stand.served.sms.sent) == MOST_TEXTS_A_DAY + 1


async def test_without_a_channel_no_sms_is_offered_and_none_is_queued(
    stand: Stand, volunteer: Member, property_lead: Member, read: Read
) -> None:
    await stand.wishes(property_lead, sms=True)
    stand.through(NoSms())
    await stand.files(volunteer, URGENT)
    await stand.work()
    assert await deliveries(read, "channel") == []
    served = Served(parts=stand.served.parts, clock=stand.served.clock, sms=stand.served.sms)
    async with served.browser(property_lead) as page:
        assert (await page.get("my/wishes")).json()["sms"]["offered"] is False


async def test_the_console_shows_the_operator_what_would_be_sent(
    stand: Stand, volunteer: Member, property_lead: Member
) -> None:
    out = io.StringIO()
    await stand.wishes(property_lead, sms=True)
    stand.through(ConsoleSms(out))
    ticket_id = await stand.files(volunteer, URGENT)
    await stand.work()
    assert out.getvalue() == (
        f"[SMS] {property_lead.phone}: 您有一件急件待处理，请打开查看：{SITE}/ticket/{ticket_id}\n"
    )


async def test_what_went_out_is_forgotten_after_a_month_and_a_forgotten_sign_in_takes_its_phone(
    stand: Stand, volunteer: Member, property_lead: Member, read: Read, owner_engine: AsyncEngine
) -> None:
    phone = await stand.subscribes(property_lead)
    await stand.files(volunteer)
    await stand.work()
    stand.served.clock.forward(days=29)
    assert await stand.state(property_lead, phone) == "on"
    await forget_deliveries(stand.tools)
    assert len(await deliveries(read, "state")) == 2
    stand.served.clock.forward(days=2)
    await forget_deliveries(stand.tools)
    assert await deliveries(read, "state") == []
    ticket_id = await stand.files(volunteer, URGENT)
    await stand.work()
    assert stand.rang(phone)[1:] == [("assigned", ticket_id)], "a phone that works is not forgotten"
    async with owner_engine.begin() as connection:
        await connection.execute(
            text("DELETE FROM session WHERE person_id = :person"), {"person": property_lead.person_id}
        )
        left = await connection.execute(text("SELECT count(*) FROM push_subscription"))
        assert left.scalar_one() == 0


def test_the_lease_is_longer_than_the_slowest_call() -> None:
    """Otherwise a second worker would send what the first is still sending."""
    assert timedelta(seconds=TIMEOUT_S) * 5 < LEASE
