"""Tickets for tests of the domain: a week in March, two units, everybody who acts, and a standard made to be timed.

The week begins on Monday 2 March 2026; shifts are Monday to Friday 08:00–12:00 and 14:00–18:00, in Asia/Shanghai. Nothing
here touches a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from gridward.domain.accounts import POLICY, PROGRAM_ACTIONS, Role
from gridward.domain.calendar import Shift, SpecialDay, WorkingCalendar
from gridward.domain.facts import Fact
from gridward.domain.sla.clocks import Clock
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import (
    ApprovalRule,
    Category,
    CategoryKind,
    ClockKind,
    Condition,
    DayRule,
    Evidence,
    LadderStep,
    Limit,
    LimitKind,
    Milestone,
    Rework,
    Standard,
    Text,
    Verification,
)
from gridward.domain.standards import Terms as StandardTerms
from gridward.domain.sync import PhoneClock, Seen, Sending
from gridward.domain.tickets.act import Outcome, settled, step_on
from gridward.domain.tickets.bodies import Body, read_body
from gridward.domain.tickets.step import Acting, Moment
from gridward.domain.tickets.words import Intent, RequestKind, Status

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = {name: number for number, name in enumerate(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])}
FIRST_MONDAY = date(2026, 3, 2)
NAMES = UUID(int=7)
PHOTO = "ab" * 32


def at(text: str) -> datetime:
    """``Mon 09:00`` of the first week, ``Tue+1 18:00`` of the second, ``Mon 09:00:30`` with seconds. UTC."""
    day, clock = text.split()
    name, _, weeks = day.partition("+")
    on = FIRST_MONDAY + timedelta(days=DAYS[name], weeks=int(weeks or 0))
    return datetime.combine(on, time.fromisoformat(clock), ZONE).astimezone(UTC)


def the(name: str) -> UUID:
    """The id of something by its name in the story."""
    return uuid5(NAMES, name)


SANITATION, PROPERTY, LAST_RESORT = the("环卫一队"), the("雪圃花园物业"), the("街道办")
KINDS = {SANITATION: "work", PROPERTY: "estate", LAST_RESORT: "street"}
GRID = the("grid")

_SHIFTS = (Shift(480, 720), Shift(840, 1080))
_WEEK = (_SHIFTS,) * 5 + ((),) * 2
YEARS = frozenset({2025, 2026, 2027})


def calendar(
    name: str, version: int = 1, exceptions: Mapping[date, SpecialDay] | None = None, years: frozenset[int] = YEARS
) -> WorkingCalendar:
    return WorkingCalendar(
        calendar_id=name,
        version=version,
        time_zone=str(ZONE),
        weekly=_WEEK,
        exceptions=exceptions or {},
        published_years=years,
    )


def hours(amount: Any) -> Limit:
    return Limit(LimitKind.WORK_HOUR, amount)


def urgent(amount: Any) -> Limit:
    return Limit(LimitKind.URGENT_HOUR, amount)


def condition(code: str, limit: Limit | None, **more: Any) -> Condition:
    kind = {"verification": Verification.SPOT, "closing_evidence": (Evidence.AFTER_PHOTO,), **more}
    return Condition(
        condition_id=code, category_code="k", code=code, filing_text="", closing_text="", limit=limit, **kind
    )


CONDITIONS = (
    condition("litter", hours(4), acknowledge_limit=hours(1), respond_limit=hours(2)),
    condition("desk", hours(4), verification=Verification.DESK, informed_close_allowed=True),
    condition("phone", hours(4), verification=Verification.PHONE, closing_evidence=(Evidence.ANSWER,)),
    condition("cover", urgent(2)),
    condition("days", Limit(LimitKind.WORK_DAY, 3)),
    condition(
        "built",
        Limit(LimitKind.NATURAL_DAY, 15),
        milestones=(Milestone(1, "制止", urgent(1)), Milestone(2, "拆除", Limit(LimitKind.NATURAL_DAY, 15))),
    ),
    condition("anew", hours(4), rework=Rework.NEW_CLOCK),
    condition("free", None),
    condition("short", hours(2)),
)
LADDER = (
    LadderStep(ClockKind.RESOLVE, 50, ("unit",)),
    LadderStep(ClockKind.RESOLVE, 80, ("unit",)),
    LadderStep(ClockKind.OVERALL, 100, ("shift_leader", "community")),
    LadderStep(ClockKind.OVERALL, 150, ("street",)),
    LadderStep(ClockKind.OVERALL, 200, ("district",)),
)
APPROVALS = (
    ApprovalRule(request="extend", roles=("shift_leader",), first_only=True),
    ApprovalRule(request="extend", roles=("supervisor",), form_required=True),
    ApprovalRule(request="defer", roles=("shift_leader",), up_to=timedelta(days=3)),
    ApprovalRule(request="defer", roles=("supervisor",), form_required=True),
    ApprovalRule(request="shelve", roles=("supervisor",), form_required=True),
)


def standard(day_rule: DayRule = DayRule.HOURS, *conditions: Condition, standard_id: str = "s1") -> Standard:
    known = {c.condition_id: c for c in conditions or CONDITIONS}
    category = Category(code="k", scheme="local", name=Text("类"), kind=CategoryKind.MATTER, condition_ids=tuple(known))
    return Standard(
        standard_id=standard_id,
        scheme="local",
        name=Text("标准"),
        version=1,
        day_rule=day_rule,
        categories={"k": category},
        conditions=known,
        terms=StandardTerms(
            file_limit=Limit(LimitKind.WORK_HOUR, 1),
            dispatch_limit=Limit(LimitKind.WORK_HOUR, 1),
            urgent_file_limit=urgent(1),
            urgent_dispatch_limit=urgent(1),
            verify_limits={
                Verification.SPOT: hours(4),
                Verification.DESK: hours(2),
                Verification.PHONE: Limit(LimitKind.WORK_DAY, 1),
            },
            approval_limit=hours(2),
        ),
        ladder=LADDER,
        approvals=APPROVALS,
    )


CALENDARS = ("city", "desk", "verifiers")


def terms(of: Standard | None = None, *versions: WorkingCalendar, years: frozenset[int] = YEARS) -> Terms:
    """The terms of a story; ``versions`` are newer versions of calendars."""
    calendars = {(name, 1): calendar(name, years=years) for name in CALENDARS}
    calendars |= {(one.calendar_id, one.version): one for one in versions}
    current = {name: max(version for other, version in calendars if other == name) for name in CALENDARS}
    of = of or standard()
    return Terms(standards={of.standard_id: of}, calendars=calendars, current=current)


def may(*roles: Role) -> frozenset[str]:
    return frozenset(action for action, row in POLICY.items() if any(role in row for role in roles))


def person(name: str, *roles: Role, unit: UUID | None = None) -> Acting:
    units = frozenset({unit} if unit else ())
    return Acting(person_id=the(name), may=may(*roles), unit_ids=units, roles=frozenset(r.value for r in roles))


DISPATCHER = person("林晓梅", Role.dispatcher)
SHIFT_LEADER = person("赵值班", Role.shift_leader)
SUPERVISOR = person("何考核", Role.supervisor)
SECOND_SUPERVISOR = person("孙考核", Role.supervisor)
STEWARD = person("陈网格", Role.steward)
REPORTER = person("黄阿姨", Role.volunteer)
CLEANER = person("李环卫", Role.unit_lead, unit=SANITATION)
PORTER = person("王物业", Role.unit_lead, unit=PROPERTY)
PROGRAM = Acting(person_id=None, may=PROGRAM_ACTIONS, via="rules")
CAST = (DISPATCHER, SHIFT_LEADER, SUPERVISOR, STEWARD, REPORTER, CLEANER, PORTER, PROGRAM)


def body(intent: Intent, raw: Mapping[str, Any], **given: Any) -> Body:
    read = read_body(intent, raw, given)
    return read.named({name: {"text_id": str(the(f"text {name}"))} for name in read.words})


@dataclass(kw_only=True)
class Story:
    """One ticket, told step by step. ``sweeping``: the sweep runs before each step, as it does in life."""

    terms: Terms = field(default_factory=terms)
    ticket: Outcome | None = None
    facts: tuple[Fact, ...] = ()
    steps: int = 0
    condition_id: str = "litter"

    def do(
        self,
        when: str | datetime,
        intent: Intent | str,
        who: Acting | None = None,
        *,
        captured: str | datetime | None = None,
        seen: Seen | None = None,
        draw: float = 1.0,
        given: Mapping[str, Any] | None = None,
        **raw: Any,
    ) -> Outcome:
        """One step; without a body a usual one. ``captured``: done then, sent at ``when``, by a phone whose clock is true."""
        now, intent = (at(when) if isinstance(when, str) else when), Intent(intent)
        self.steps += 1
        moment = Moment(now=now, operation_id=the(f"operation {self.steps}"), seen=seen, draw=draw)
        if captured is not None:
            done = at(captured) if isinstance(captured, str) else captured
            phone = PhoneClock(captured_at=done, offset_ms=0.0, offset_at=done)
            moment = replace(moment, clock=phone, sending=Sending(client_now=now))
        whole = {**self.usual(intent, now), **raw}
        whole = {name: value for name, value in whole.items() if value is not None}
        outcome = step_on(
            self.ticket, intent, body(intent, whole, **(given or {})), who or self.usually(intent), moment, self.terms
        )
        return self._told(outcome)

    def _told(self, outcome: Outcome) -> Outcome:
        self.facts = (*self.facts, *outcome.facts) if self.ticket else outcome.facts
        self.ticket = replace(outcome, facts=())
        return outcome

    def sweep(self, when: str | datetime) -> Outcome:
        assert self.ticket is not None
        return self._told(settled(self.ticket, at(when) if isinstance(when, str) else when, self.terms))

    @property
    def state(self) -> Any:
        assert self.ticket is not None
        return self.ticket.state

    @property
    def status(self) -> Status:
        return Status(self.state.status)

    def clock(self, kind: ClockKind | str) -> Clock:
        """The newest clock of a kind in this round, void or not."""
        assert self.ticket is not None
        return self.ticket.clocks.of(ClockKind(kind))[-1]

    def verbs(self) -> list[str]:
        return [fact.verb for fact in self.facts]

    def of(self, verb: str, kind: str | None = None) -> list[Fact]:
        return [f for f in self.facts if f.verb == verb and (kind is None or f.detail.get("kind") == kind)]

    def request_id(self, kind: RequestKind) -> str:
        request = self.state.request(kind) if self.ticket else None
        return str(request.request_id if request else the("nothing"))

    def usually(self, intent: Intent) -> Acting:
        return usually(intent, self)

    def usual(self, intent: Intent, now: datetime) -> dict[str, Any]:
        return usual(intent, self, now)

    def opened(self, when: str = "Mon 08:00") -> Story:
        """Filed, accepted and assigned to the cleaners at one instant."""
        self.do(when, Intent.FILE)
        self.do(when, Intent.ACCEPT)
        self.do(when, Intent.ASSIGN)
        return self


BY_SHIFT_LEADER = {Intent.CLOSE_UNVERIFIED, Intent.GRANT_EXTEND, Intent.GRANT_DEFER}
BY_SUPERVISOR = {
    Intent.FORCE_CLOSE,
    Intent.EXEMPT,
    Intent.REFUSE_APPEAL,
    Intent.SUPERVISE,
    Intent.RULE_SHIRKING,
    Intent.SUSPEND,
    Intent.CHANGE_SUSPENSION,
    Intent.ACCEPT_LATE,
    Intent.GRANT_SHELVE,
}
BY_REPORTER = {
    Intent.FILE,
    Intent.SELF_RESOLVE,
    Intent.WITHDRAW,
    Intent.ANSWER_MORE,
    Intent.ASK_REOPEN,
    Intent.ASK_RESTORE,
    Intent.RATE,
    Intent.WITHDRAW_REOPEN,
}
BY_UNIT = {
    Intent.HAND_TO,
    Intent.ACKNOWLEDGE,
    Intent.ARRIVE,
    Intent.REACH,
    Intent.RESOLVE,
    Intent.RESUME,
    Intent.ASK_SEND_BACK,
    Intent.ASK_EXTEND,
    Intent.ASK_DEFER,
    Intent.ASK_SHELVE,
    Intent.WITHDRAW_SEND_BACK,
    Intent.WITHDRAW_EXTEND,
    Intent.WITHDRAW_DEFER,
    Intent.WITHDRAW_SHELVE,
    Intent.WITHDRAW_APPEAL,
    Intent.APPEAL,
    Intent.ANSWER_SUPERVISION,
}
BY_PROGRAM = {
    Intent.SPLIT_OFF,
    Intent.IMPORT_PAST,
    Intent.TAKE_TURN,
    Intent.CHILD_ENDED,
    Intent.FINISH_SPLIT,
    Intent.RETURN_TO_SPLIT,
}


def usually(intent: Intent, story: Story) -> Acting:
    """Who takes this step when all goes well."""
    if intent in BY_UNIT:
        assignment = story.state.assignment if story.ticket else None
        return PORTER if assignment and assignment.unit_id == PROPERTY else CLEANER
    for names, acting in (
        (BY_SHIFT_LEADER, SHIFT_LEADER),
        (BY_SUPERVISOR, SUPERVISOR),
        (BY_REPORTER, REPORTER),
        (BY_PROGRAM, PROGRAM),
        ({Intent.VERIFY, Intent.REWORK, Intent.CHECK}, STEWARD),
    ):
        if intent in names:
            return acting
    return DISPATCHER


def usual(intent: Intent, story: Story, now: datetime) -> dict[str, Any]:
    """A body with which the step is right."""
    words = {"reason": "因为"}
    until = (now + timedelta(days=2)).isoformat()
    kind = next((kind for kind in RequestKind if intent.value.endswith(kind.value)), None)
    if intent in (Intent.EXEMPT, Intent.REFUSE_APPEAL, Intent.WITHDRAW_APPEAL):
        kind = RequestKind.APPEAL
    request = {"request_id": story.request_id(kind)} if kind else {}
    match intent:
        case Intent.FILE:
            return {
                "report_id": the("report"),
                "standard_id": next(iter(story.terms.standards)),
                "category": "k",
                "urgent": story.condition_id == "cover",
                "reporter_id": REPORTER.person_id,
                "captured_at": now.isoformat(),
            }
        case Intent.IMPORT_PAST:
            return {
                "batch_id": the("batch"),
                "standard_id": next(iter(story.terms.standards)),
                "category": "k",
                "opened_at": (now - timedelta(days=2)).isoformat(),
                "source": "import",
            }
        case Intent.SELF_RESOLVE:
            return {
                "report_id": the("report"),
                "standard_id": next(iter(story.terms.standards)),
                "photos": [PHOTO],
                "after_photos": [PHOTO],
                "reporter_id": REPORTER.person_id,
            }
        case Intent.SPLIT_OFF:
            return {
                "parent_id": the("parent"),
                "standard_id": next(iter(story.terms.standards)),
                "condition_id": story.condition_id,
                "unit_id": SANITATION,
                "unit_kind": "work",
            }
        case Intent.JOIN:
            return {"report_id": the(f"report {story.steps}"), "reporter_id": the("邻居")}
        case Intent.PART:
            return {"report_ids": [the("other report")]}
        case Intent.ASK_MORE:
            return {"what": "哪一栋？"}
        case Intent.ANSWER_MORE:
            return {"answer": "三栋"}
        case Intent.CHECK:
            return {"photos": [PHOTO], "found": True}
        case Intent.ACCEPT:
            return {"condition_id": story.condition_id, "grid_id": GRID}
        case Intent.REJECT:
            return {"answer": "谢谢您，这里归别的单位管。"}
        case Intent.CORRECT:
            return {"grid_id": GRID, **words}
        case Intent.CANCEL:
            return {"photos": [PHOTO], **words}
        case Intent.ASSIGN:
            return {"unit_id": SANITATION, "unit_kind": "work", **words}
        case Intent.HAND_TO:
            return {"worker_id": the("工人")}
        case Intent.ARRIVE | Intent.ADD_PHOTO | Intent.HIDE_PHOTO | Intent.RESOLVE:
            return {"photos": [PHOTO], **({"answer": "说好了"} if intent is Intent.RESOLVE else {})}
        case Intent.REACH:
            return {"number": 1, "photos": [PHOTO]}
        case Intent.ASK_SEND_BACK:
            return {"reason": "outside_area", "clause": "合同第三条"}
        case Intent.SEND_BACK:
            return {"ownership_unknown": True, **request}
        case Intent.VERIFY:
            return {"way": "spot", "photos": [PHOTO]}
        case Intent.REWORK:
            return {"photos": [PHOTO], **words}
        case Intent.ACCEPT_LATE:
            return {"operation_id": next(iter(story.state.late_work if story.ticket else ()), the("nothing")), **words}
        case Intent.REOPEN:
            asked = story.state.request(RequestKind.REOPEN) if story.ticket else None
            return {**(request if asked else {}), **words}
        case Intent.RATE:
            return {"satisfied": True}
        case Intent.ASK_EXTEND:
            return {"reason": "parts", "by": {"kind": "work_hour", "amount": 4}}
        case Intent.ASK_DEFER | Intent.ASK_SHELVE:
            return {"reason": "rain", "until": until}
        case Intent.GRANT_SHELVE:
            return {"form": [PHOTO], **request}
        case Intent.GRANT_EXTEND | Intent.GRANT_DEFER:
            return request
        case Intent.TAKE_TURN | Intent.WITHDRAW | Intent.ASK_CHECK | Intent.ACKNOWLEDGE | Intent.RESUME:
            return {}
        case Intent.SPLIT:
            return {
                "parts": [
                    {"child_id": the("child 1"), "unit_id": SANITATION, "unit_kind": "work", "lead": True},
                    {"child_id": the("child 2"), "unit_id": PROPERTY, "unit_kind": "estate"},
                ]
            }
        case Intent.CHILD_ENDED | Intent.RETURN_TO_SPLIT:
            ended = intent is Intent.RETURN_TO_SPLIT
            children = story.state.children if story.ticket else ()
            chosen = next((child.child_id for child in children if child.open is not ended), the("child 1"))
            return {"child_id": chosen}
        case Intent.FINISH_SPLIT:
            return {"stopped_at": now.isoformat()}
        case Intent.MERGE:
            return {"into": the("target")}
        case Intent.NOTE:
            return {"text": "补充", "audience": "unit"}
        case Intent.URGE | Intent.SUPERVISE:
            return {"text": "请尽快"}
        case Intent.ANSWER_SUPERVISION:
            return {
                "order_id": next(iter(story.state.orders if story.ticket else ()), the("nothing")),
                "answer": "已安排",
            }
        case Intent.RULE_SHIRKING:
            return {"unit_id": next(iter(story.state.unit_ids if story.ticket else ()), SANITATION), **words}
        case Intent.APPEAL:
            return {"clock": "resolve-1-1", **words}
        case Intent.SUSPEND:
            end = (now + timedelta(hours=5)).isoformat()
            return {"suspension_id": the(f"typhoon {story.steps}"), "from": now.isoformat(), "to": end}
        case Intent.CHANGE_SUSPENSION:
            known = story.state.suspensions if story.ticket else {}
            return {"suspension_id": next(iter(known), the("nothing")), "to": now.isoformat()}
        case _ if intent.value.startswith("withdraw_"):
            return request
        case Intent.ASK_REOPEN:
            return words
        case _:
            return {**request, **words}
