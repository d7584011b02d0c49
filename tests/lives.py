"""Random lives of tickets: one ticket, many hands, a clock that jumps, each step one of those that are offered."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from cast import ESTATE, LANE, MARKET, NOON, Town
from conftest import Write
from filing import deliver, filed, operation, report
from gridward.domain import sync
from gridward.domain.errors import Forbidden
from gridward.domain.tickets.decide import allowed
from gridward.domain.tickets.words import Intent
from gridward.persistence.database import WriteSession
from gridward.persistence.tickets.rows import TicketRow
from gridward.services.suspensions import Wish, change, suspend
from gridward.services.tickets.act import act
from gridward.services.tickets.case import acting_as, subject_of
from gridward.services.tickets.opening import opened
from gridward.services.tickets.sweep import sweep

ACTORS = (
    "volunteer",
    "steward",
    "sanitation_lead",
    "sanitation_worker",
    "property_lead",
    "dispatcher",
    "shift_leader",
    "supervisor",
)
KINDS = (
    ("litter_full", None),
    ("dumping", None),
    ("manhole", "manhole-broken"),
    ("manhole", "manhole-missing"),
    ("lamp", None),
    ("other", None),
)


class Life:
    """One ticket, many hands, a clock that jumps."""

    def __init__(self, seed: int, town: Town, photos: dict[str, str]) -> None:
        self.chance, self.town, self.photos, self.now = random.Random(seed), town, photos, NOON
        self.storms: list[UUID] = []
        self.units = (town.sanitation, town.property_firm, town.street_office)

    def body(self, intent: Intent, who: str, state: Any, twin: UUID) -> dict[str, Any]:
        """Something sensible to bring; sometimes not what the step wants."""
        chance, photo = self.chance, self.photos[who]
        request = {str(one.kind): str(one.request_id) for one in state.requests}
        kind = intent.value.split("_", 1)[-1]
        told = {"taken_by": "老区", "call": "老区在电话里说的"}
        bodies: dict[Intent, dict[str, Any]] = {
            Intent.ACCEPT: {"condition_id": "litter_full-full", "grid_id": str(self.town.grid_market)},
            Intent.REJECT: {"reason": "not_public", "answer": "请联系房东"},
            Intent.CORRECT: chance.choice(
                [
                    {"condition_id": "dumping-dumped"},
                    {"lon": LANE[0], "lat": LANE[1]},
                    {"condition_id": "manhole-missing"},
                ]
            )
            | {"reason": "更正"},
            Intent.CANCEL: {"reason": "没有", "call": "电话里说没有"},
            Intent.ASSIGN: {
                "unit_id": str(chance.choice(self.units)),
                "reason": "派",
                "role": chance.choice(["lead", "last_resort"]),
            },
            Intent.HAND_TO: {"worker_id": str(self.town["sanitation_worker"].person_id)},
            Intent.ACKNOWLEDGE: {"taken_by": "老区", "call": "老区说收到了"},
            Intent.ARRIVE: {"lon": MARKET[0], "lat": MARKET[1], "accuracy_m": 10},
            Intent.REACH: {"number": 1, "photos": [photo], **told},
            Intent.ASK_SEND_BACK: {"reason": "outside_area", "clause": "三", **told},
            Intent.SEND_BACK: {"ownership_unknown": True},
            Intent.RESOLVE: {"photos": [photo], "note": "办好了"},
            Intent.VERIFY: {"way": "spot", "photos": [photo]},
            Intent.REWORK: {"reason": "还在", "photos": [photo]},
            Intent.RATE: {"satisfied": chance.random() < 0.5},
            Intent.ASK_EXTEND: {"reason": "weather", "by": {"kind": "work_hour", "amount": 3}, **told},
            Intent.ASK_DEFER: {"reason": "rain", "until": (self.now + timedelta(days=2)).isoformat(), **told},
            Intent.ASK_SHELVE: {"reason": "money", "until": (self.now + timedelta(days=40)).isoformat(), **told},
            Intent.CHECK: {"photos": [photo], "found": True},
            Intent.NOTE: {"text": "记一笔", "audience": chance.choice(["unit", "reporter", "internal"])},
            Intent.ADD_PHOTO: {"photos": [photo]},
            Intent.HIDE_PHOTO: {"photos": [photo]},
            Intent.ASK_MORE: {"what": "在哪一层？"},
            Intent.ANSWER_MORE: {"answer": "三楼"},
            Intent.URGE: {"text": "快一点"},
            Intent.SUPERVISE: {"text": "限期办理"},
            Intent.ANSWER_SUPERVISION: {
                "order_id": str(next(iter(state.orders), uuid4())),
                "answer": "明天办完",
                **told,
            },
            Intent.APPEAL: {"clock": "resolve-1-1", "reason": "那天停电", **told},
            Intent.MERGE: {"into": str(twin)},
            Intent.SPLIT: {
                "parts": [
                    {"child_id": str(uuid4()), "unit_id": str(unit), "lead": place == 0}
                    for place, unit in enumerate(self.units[:2])
                ],
                "in_order": chance.random() < 0.5,
            },
        }
        found = dict(bodies.get(intent, {}))
        wants_request = intent.value.startswith(("grant_", "refuse_", "withdraw_")) or intent in (
            Intent.SEND_BACK,
            Intent.EXEMPT,
            Intent.REOPEN,
        )
        if wants_request and request:
            kind = {"exempt": "appeal", "back": "send_back", "reopen": "reopen"}.get(kind, kind)
            found["request_id"] = request.get(kind, next(iter(request.values())))
        if intent.value.startswith(("refuse_", "close_", "force_")) or intent in (
            Intent.RESTORE,
            Intent.UNMERGE,
            Intent.REOPEN,
            Intent.EXEMPT,
            Intent.ASK_REOPEN,
            Intent.ASK_RESTORE,
        ):
            found["reason"] = "经核实"
        return found

    async def family(self, session: WriteSession, *, everything: bool = False) -> list[UUID]:
        """The tickets of this life; now and then one that has ended."""
        rows = await session.execute(
            select(TicketRow.ticket_id, TicketRow.is_open)
            .where(TicketRow.jurisdiction_id == self.town.jurisdiction_id)
            .order_by(TicketRow.number)
        )
        found = rows.all()
        live = [ticket_id for ticket_id, is_open in found if is_open]
        if everything or not live or self.chance.random() < 0.2:
            return [ticket_id for ticket_id, _ in found]
        return live

    async def storm(self, session: WriteSession) -> None:
        """Limits stand still for a while, here or everywhere; or the last such time gets another end."""
        chance, hours = self.chance, timedelta(hours=self.chance.randint(-20, 60))
        by = self.town["supervisor"].actor
        if self.storms and chance.random() < 0.4:
            await change(session, by, chance.choice(self.storms), self.now + hours, now=self.now)
            return
        start = self.now - timedelta(hours=chance.randint(-10, 30))
        wish = Wish(
            area_ids=(self.town.community_id,) if chance.random() < 0.5 else (),
            categories=("litter_full", "manhole") if chance.random() < 0.3 else (),
            from_at=start,
            to_at=start + timedelta(hours=chance.randint(1, 70)),
            reason="typhoon",
            notice="防风Ⅱ级应急响应",
        )
        self.storms.append(uuid4())
        await suspend(session, by, self.storms[-1], wish, now=self.now)

    async def step(self, session: WriteSession, ticket_id: UUID, twin: UUID) -> tuple[Intent, int] | None:
        """One person does one of the steps that are offered."""
        case = (await opened(session, [ticket_id]))[ticket_id]
        offers = [
            (who, step.intent)
            for who in ACTORS
            for step in allowed(case.state, acting_as(self.town[who].actor, subject_of(case)))
        ]
        rare = {
            Intent.NOTE,
            Intent.ADD_PHOTO,
            Intent.HIDE_PHOTO,
            Intent.URGE,
            Intent.SUPERVISE,
            Intent.CANCEL,
            Intent.MERGE,
            Intent.WITHDRAW,
            Intent.REJECT,
            Intent.CORRECT,
            Intent.SPLIT,
            Intent.FORCE_CLOSE,
            Intent.ACCEPT_LATE,
        }
        likely = [one for one in offers if one[1] not in rare or self.chance.random() < 0.06] or offers
        if not likely:
            return None
        who, intent = self.chance.choice(sorted(likely))
        seen = sync.Seen(
            version=case.state.version, assignment_id=case.state.assignment_id, resolution_id=case.state.resolution_id
        )
        late = timedelta(minutes=self.chance.choice([0, 0, 0, 30, 300]))
        envelope = operation(
            intent.value, seen, now=self.now, done_at=self.now - late, **self.body(intent, who, case.state, twin)
        )
        try:
            answer = await act(
                session, self.town[who].actor, ticket_id, uuid4(), envelope, self.now, chance=self.chance.random()
            )
        except Forbidden:
            return None
        return intent, answer.status


PAUSES_MIN = (1, 7, 45, 200, 600)


async def lived(write: Write, town: Town, seed: int, steps: int, pauses_min: Sequence[int] = PAUSES_MIN) -> Life:
    """A random life: some tickets, many hands; with the usual pauses, thirty days at most."""
    async with write() as session:
        photos = {who: await deliver(session, town[who], number) for number, who in enumerate(ACTORS)}
    life = Life(seed, town, photos)
    claim = (sync.PhotoClaim(sha256=photos["volunteer"], kind="before"),)
    filed_ids = []
    async with write() as session:
        for number in range(6):
            category, condition = life.chance.choice(KINDS)
            at = life.chance.choice([MARKET, LANE, ESTATE])
            where = at[0] + number * 0.00004, at[1]
            taken = await filed(
                session, town["volunteer"], report(category, condition_id=condition, at=where, photos=claim)
            )
            filed_ids.append(taken.ticket_id)
    for _ in range(steps):
        life.now += timedelta(minutes=life.chance.choice(pauses_min))
        async with write() as session:
            family = await life.family(session)
            await life.step(session, life.chance.choice(family), filed_ids[0])
    async with write() as session:
        await sweep(session, life.now, limit=1000)
    return life
