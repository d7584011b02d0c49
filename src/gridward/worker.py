"""The worker process: duties that come round, each on its own, until it is told to stop.

A duty that fails is tried again later; it never takes the others with it. Stopping waits for what is under way: a duty
is one or more whole transactions.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.gateways.blobstore import BlobStore
from gridward.gateways.channels.calling import Answer
from gridward.gateways.channels.push import NoPush, PushChannel
from gridward.gateways.channels.sms import NoSms, SmsChannel, is_open
from gridward.gateways.channels.webhook import NoWebhooks, WebhookChannel
from gridward.gateways.sealing import Anchors, MemoryAnchors
from gridward.gateways.sealing_copy import SealCopy
from gridward.persistence.database import glance, make_engine, read_transaction, write_transaction
from gridward.persistence.notifications import deliveries
from gridward.services import causes, changes, disclosures, sealing, statistics
from gridward.services.accounts.retention import forget
from gridward.services.evidence import retention as photos
from gridward.services.households import visits
from gridward.services.notifications import deliver
from gridward.services.notifications.notify import Doors, has_news, notify
from gridward.services.patrols import counting, missing
from gridward.services.statements.making import make_due
from gridward.services.suspensions import spread
from gridward.services.territory.change import take_effect
from gridward.services.tickets.outer import warn
from gridward.services.tickets.retention import forget_speakers
from gridward.services.tickets.sweep import sweep
from gridward.services.unit_links.retention import forget_names

log = structlog.get_logger()

LONGEST_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a duty works with: the worker role's engine, the store of photos, the clock, the doors outward, and where
    seals are kept outside the database.

    ``public_url``: where the people who are rung find the pages. ``copy`` None: nobody else has the seals.
    """

    engine: AsyncEngine
    blobs: BlobStore
    now: Callable[[], datetime]
    push: PushChannel = field(default_factory=NoPush)
    sms: SmsChannel = field(default_factory=NoSms)
    webhooks: WebhookChannel = field(default_factory=NoWebhooks)
    anchors: Anchors = field(default_factory=MemoryAnchors)
    copy: SealCopy | None = None
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that comes round.

    ``run`` answers True when there is more to do: it is called again at once. ``every_s`` is the pause after False.
    ``look``: whether there may be something, for what comes round often; a quiet hour is then made of single SELECTs.
    """

    name: str
    every_s: float
    run: Callable[[Tools], Awaitable[bool]]
    look: Callable[[Tools], Awaitable[bool]] | None = None

    async def come_round(self, tools: Tools) -> bool:
        """Once; True when there is more to do."""
        return (self.look is None or await self.look(tools)) and await self.run(tools)


async def sweep_tickets(tools: Tools) -> bool:
    """What time alone has done to tickets."""
    async with write_transaction(tools.engine) as session:
        return (await sweep(session, tools.now())).more


async def spread_suspensions(tools: Tools) -> bool:
    """Suspensions told to the tickets they touch."""
    async with write_transaction(tools.engine) as session:
        return (await spread(session, tools.now())).more


async def count_patrols(tools: Tools) -> bool:
    """What patrols that are over have covered."""
    async with write_transaction(tools.engine) as session:
        return await counting.count_due(session, tools.now())


async def find_missed_patrols(tools: Tools) -> bool:
    """Patrols and checkpoints that nobody came to."""
    async with write_transaction(tools.engine) as session:
        await missing.find(session, tools.now(), doors=doors_of(tools))
    return False


async def forget_positions(tools: Tools) -> bool:
    """Positions of patrols past their time."""
    async with write_transaction(tools.engine) as session:
        return await counting.forget_positions(session, tools.now())


async def warn_of_others(tools: Tools) -> bool:
    """Tickets that another system wants answered soon."""
    async with write_transaction(tools.engine) as session:
        return await warn(session, tools.now())


async def look_for_causes(tools: Tools) -> bool:
    """What came back too often in one building."""
    async with write_transaction(tools.engine) as session:
        return await causes.look(session, tools.now())


async def look_for_news(tools: Tools) -> bool:
    async with glance(tools.engine) as moment:
        return await has_news(moment)


async def notify_people(tools: Tools) -> bool:
    """Messages about what was recorded."""
    async with write_transaction(tools.engine) as session:
        return (await notify(session, tools.now(), doors=doors_of(tools))).more


def doors_of(tools: Tools) -> Doors:
    return Doors(
        push=tools.push.key is not None,
        sms=is_open(tools.sms),
        webhooks=bool(tools.webhooks.hosts),
        public_url=tools.public_url,
    )


async def look_for_deliveries(tools: Tools) -> bool:
    async with glance(tools.engine) as moment:
        return await deliveries.is_some_due(moment, tools.now())


async def deliver_messages(tools: Tools) -> bool:
    """Messages that ring phones and programs outside, all that are due at once; each is settled as soon as its answer is there."""
    async with write_transaction(tools.engine) as session:
        parcels = await deliver.claim(session, tools.now(), tools.public_url)
        parcels += await deliver.claim_calls(session, tools.now())

    async def sent(parcel: deliver.Parcel) -> tuple[deliver.Parcel, Answer]:
        return parcel, await deliver.send(parcel, tools.push, tools.sms, tools.webhooks, tools.now())

    async with asyncio.TaskGroup() as group:
        for done in asyncio.as_completed([group.create_task(sent(parcel)) for parcel in parcels]):
            parcel, answer = await done
            async with write_transaction(tools.engine) as session:
                await deliver.settle(session, parcel, answer, tools.now())
    return bool(parcels)


async def forget_deliveries(tools: Tools) -> bool:
    """What went out long ago."""
    async with write_transaction(tools.engine) as session:
        return await deliver.forget(session, tools.now())


async def change_territory(tools: Tools) -> bool:
    """A change of territory whose day has come takes effect."""
    async with write_transaction(tools.engine) as session:
        return await take_effect(session, tools.now())


async def forget_sign_ins(tools: Tools) -> bool:
    """Sessions, invites, the sign-in log, and who used one-case links, past their time."""
    async with write_transaction(tools.engine) as session:
        await forget_names(session, tools.now())
        return await forget(session, tools.now())


async def forget_disclosures(tools: Tools) -> bool:
    """Who saw what, once it is old."""
    async with write_transaction(tools.engine) as session:
        return await disclosures.forget(session, tools.now())


async def forget_notes(tools: Tools) -> bool:
    """What was written at doors, once it is old."""
    async with write_transaction(tools.engine) as session:
        return await visits.forget(session, tools.now())


async def forget_callers(tools: Tools) -> bool:
    """Who complained, of tickets that ended long ago."""
    async with write_transaction(tools.engine) as session:
        return await forget_speakers(session, tools.now())


async def drop_photos(tools: Tools) -> bool:
    """Photos that nothing refers to, and their files."""
    async with write_transaction(tools.engine) as session:
        more = await photos.drop_unused(session, tools.now())
    return await remove_files(tools) or more


async def remove_files(tools: Tools) -> bool:
    """Files of photos that were let go of or erased: whoever asked to be forgotten does not wait for hours."""
    async with read_transaction(tools.engine) as session:
        dropped = await photos.dropped(session)
    await photos.remove_files(tools.blobs, dropped)
    async with write_transaction(tools.engine) as session:
        await photos.files_removed(session, dropped)
    return len(dropped) == photos.AT_ONCE


async def make_statements(tools: Tools) -> bool:
    """The statements of the month before, from its day on."""
    async with write_transaction(tools.engine) as session:
        await make_due(session, tools.now())
    return False


async def sum_figures(tools: Tools) -> bool:
    """Figures of a month that is over, so that a year is asked for in a second."""
    async with write_transaction(tools.engine) as session:
        return await statistics.sum_month(session, tools.now())


async def seal_entries(tools: Tools) -> bool:
    """Seals over what was newly recorded, and where nobody who can change the database can change them."""
    async with write_transaction(tools.engine) as session:
        more = await sealing.seal(session, tools.now())
    async with read_transaction(tools.engine) as session:
        seals = await sealing.to_anchor(session)
    if seals:
        await tools.anchors.add(seals)
        async with write_transaction(tools.engine) as session:
            await sealing.anchored(session, seals, tools.now())
    return more or len(seals) == sealing.TO_ANCHOR


async def send_seals(tools: Tools) -> bool:
    """What was anchored, to whoever keeps it for us; a receiver that hangs holds up no seal."""
    if tools.copy is None:
        return False
    done = await tools.copy.forward(tools.now())
    if done.why_not is not None:
        log.warning("seals.not_taken", host=tools.copy.receiver.host, why=done.why_not)
    return done.more


async def prune_feed(tools: Tools) -> bool:
    """Changes that are too old for any phone to ask for."""
    async with write_transaction(tools.engine) as session:
        return await changes.prune(session, tools.now())


NOTIFY = Duty("notify", 0.5, notify_people, look_for_news)
DELIVER = Duty("deliver", 0.5, deliver_messages, look_for_deliveries)
DUTIES: Sequence[Duty] = (
    Duty("sweep", 2.0, sweep_tickets),
    Duty("suspensions", 2.0, spread_suspensions),
    Duty("outer", 30.0, warn_of_others),
    Duty("causes", 5.0, look_for_causes),
    Duty("count_patrols", 3.0, count_patrols),
    Duty("find_missed_patrols", 60.0, find_missed_patrols),
    Duty("forget_positions", 3600.0, forget_positions),
    NOTIFY,
    DELIVER,
    Duty("forget_deliveries", 6 * 3600.0, forget_deliveries),
    Duty("change_territory", 5.0, change_territory),
    Duty("forget_sign_ins", 3600.0, forget_sign_ins),
    Duty("forget_disclosures", 6 * 3600.0, forget_disclosures),
    Duty("forget_notes", 6 * 3600.0, forget_notes),
    Duty("forget_callers", 6 * 3600.0, forget_callers),
    Duty("drop_photos", 6 * 3600.0, drop_photos),
    Duty("remove_files", 30.0, remove_files),
    Duty("prune_feed", 3600.0, prune_feed),
    Duty("seal", 20.0, seal_entries),
    Duty("send_seals", 20.0, send_seals),
    Duty("statements", 300.0, make_statements),
    Duty("sum_figures", 600.0, sum_figures),
)


def clock() -> datetime:
    return datetime.now(UTC)


async def run(
    database_url: str,
    *,
    connections: int,
    blobs: BlobStore,
    push: PushChannel,
    sms: SmsChannel,
    webhooks: WebhookChannel,
    anchors: Anchors,
    copy: SealCopy | None,
    public_url: str,
    duties: Sequence[Duty] = DUTIES,
) -> None:
    """All duties until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    engine = make_engine(database_url, role="gridward_worker", pool_size=connections)
    try:
        tools = Tools(
            engine=engine,
            blobs=blobs,
            now=clock,
            push=push,
            sms=sms,
            webhooks=webhooks,
            anchors=anchors,
            copy=copy,
            public_url=public_url,
        )
        await go_round(duties, tools, stop)
    finally:
        await engine.dispose()


async def go_round(duties: Sequence[Duty], tools: Tools, stop: asyncio.Event) -> None:
    """Every duty side by side; ends when ``stop`` is set and what was under way is done."""
    log.info("worker.started", duties=[duty.name for duty in duties])
    async with asyncio.TaskGroup() as group:
        for duty in duties:
            group.create_task(keep_doing(duty, tools, stop), name=duty.name)
        await stop.wait()
    log.info("worker.stopped")


async def keep_doing(duty: Duty, tools: Tools, stop: asyncio.Event) -> None:
    failures = 0
    while not stop.is_set():
        try:
            more = await duty.come_round(tools)
            failures = 0
        except Exception as error:
            failures += 1
            more = False
            log.error("duty.failed", duty=duty.name, failures=failures, exc_info=error)
        if not more:
            pause = min(LONGEST_PAUSE_S, max(duty.every_s, 1.0) * 2 ** (failures - 1)) if failures else duty.every_s
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
