"""Standards (立案处置结案标准): what is a problem, how it ends, how long that may take, and on which basis.

A standard is published once and never edited; a ticket pins ``condition_id`` and ``standard_id``. Cities differ, so all
of it is data: see ``standards_builtin`` for our own, ``standards_document`` for its JSON form, ``standards_reading``
for the reader of limits written in words, ``standards_limits`` for the arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from gridward.domain.calendar import WorkingCalendar
from gridward.domain.errors import NotFound, Unavailable
from gridward.domain.standards_conditions import (
    Category,
    CategoryKind,
    Condition,
    Evidence,
    Milestone,
    Picture,
    Question,
    Reason,
    Rework,
    Text,
    Verification,
)
from gridward.domain.standards_limits import (
    URGENT,
    DayRule,
    Limit,
    LimitKind,
    Measure,
    Timekeeping,
    extend_paused,
)

__all__ = [
    "COMMUNITY_TYPE_WORDS",
    "URGENT",
    "Applies",
    "ApprovalRule",
    "Basis",
    "Binding",
    "Category",
    "CategoryKind",
    "ClockKind",
    "CommunityType",
    "Condition",
    "DayRule",
    "Evidence",
    "LadderStep",
    "Limit",
    "LimitKind",
    "Measure",
    "Milestone",
    "Picture",
    "Question",
    "Reason",
    "Rework",
    "Standard",
    "Terms",
    "Text",
    "Timekeeping",
    "Verification",
    "Weights",
    "extend_paused",
]

CITY, DESK, VERIFIERS = "city", "desk", "verifiers"
"""Calendars every jurisdiction has. Those of unit kinds are named by the standard (``unit_calendars``)."""


class ClockKind(StrEnum):
    """The stages that are timed (环节计时), plus ``approval``, the time to decide a request."""

    FILE = "file"
    DISPATCH = "dispatch"
    ACKNOWLEDGE = "acknowledge"
    RESPOND = "respond"
    MILESTONE = "milestone"
    RESOLVE = "resolve"
    VERIFY = "verify"
    OVERALL = "overall"
    APPROVAL = "approval"


class Binding(StrEnum):
    """How a basis binds: 合同考核, 行业监管, 协调."""

    CONTRACT = "contract"
    REGULATION = "regulation"
    COORDINATION = "coordination"


@dataclass(frozen=True, slots=True)
class Basis:
    """On what a limit binds a kind of unit (依据). No basis: a 参考时限, shown and reminded, counted in no index."""

    unit_kind: str
    document: str
    clause: str
    binding: Binding


@dataclass(frozen=True, slots=True)
class LadderStep:
    """A reminder at ``percent`` of the clock's (extended) span, to ``unit``, ``shift_leader``, ``community``, …"""

    clock: ClockKind
    percent: int
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRule:
    """Who grants a request; the first rule that fits decides.

    Args:
        request: ``extend``, ``defer``, ``shelve``, ``send_back``, ``reopen``, ``appeal``.
        up_to: Fits where what is asked for is at most this long (elapsed); None: any length.
        first_only: Fits only the first of its kind on a ticket.
        roles: Any of these may grant.
        form_required: The signed form must be attached.
    """

    request: str
    roles: tuple[str, ...]
    up_to: timedelta | None = None
    first_only: bool = False
    form_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """综合评分: points for each part. The last one loses ``per_order`` for an order of supervision and ``per_unanswered`` for
    one more that nobody answered, and stays within 0 … ``orders``.

    Raises:
        ValueError: a weight below nothing, or nothing at all.
    """

    closed_in_time: Fraction = Fraction(50)
    closed: Fraction = Fraction(30)
    not_reworked: Fraction = Fraction(10)
    orders: Fraction = Fraction(10)
    per_order: Fraction = Fraction(1, 2)
    per_unanswered: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if min(getattr(self, one.name) for one in fields(self)) < 0 or not self.most:
            raise ValueError("weights are 0 or more, and not all of them 0")

    @property
    def most(self) -> Fraction:
        """The best score there is."""
        return self.closed_in_time + self.closed + self.not_reworked + self.orders


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The numbers of the standard that belong to no condition. Spans called *duty* count on the desk's calendar."""

    file_limit: Limit | None = None
    dispatch_limit: Limit | None = None
    urgent_file_limit: Limit | None = None
    urgent_dispatch_limit: Limit | None = None
    verify_limits: Mapping[Verification, Limit] = field(default_factory=dict)
    approval_limit: Limit | None = None
    send_back_span: timedelta = timedelta(minutes=30)
    send_back_share: Fraction = Fraction(1, 2)
    max_extensions: int = 2
    shelve_review_days: int = 30
    shelve_max_days: int = 365
    late_limit: timedelta = timedelta(hours=72)
    offline_credit: timedelta = timedelta(hours=2)
    near_m: float = 200.0
    spot_share: Fraction = Fraction(1, 5)
    unverified_close_days: int = 3
    reopen_days: int = 45
    restore_days: int = 14
    link_span: timedelta = timedelta(hours=72)
    score: Weights = field(default_factory=Weights)


class CommunityType(StrEnum):
    """Types of community that a policy may speak of; the Chinese word stands in :data:`COMMUNITY_TYPE_WORDS`."""

    OLD_ESTATE = "old_estate"
    ESTATE = "estate"
    URBAN_VILLAGE = "urban_village"
    RESETTLEMENT = "resettlement"
    UNIT_HOUSING = "unit_housing"
    SELF_BUILT = "self_built"
    BUSINESS = "business"
    VILLAGE = "village"


COMMUNITY_TYPE_WORDS: Mapping[CommunityType, str] = {
    CommunityType.OLD_ESTATE: "老旧小区",
    CommunityType.ESTATE: "商品房小区",
    CommunityType.URBAN_VILLAGE: "城中村",
    CommunityType.RESETTLEMENT: "安置小区",
    CommunityType.UNIT_HOUSING: "单位宿舍",
    CommunityType.SELF_BUILT: "自建房片区",
    CommunityType.BUSINESS: "商业区",
    CommunityType.VILLAGE: "行政村",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Applies:
    """Where and when a standard holds beside the general one of its jurisdiction. Empty: everywhere.

    Args:
        area_codes: Official codes of areas; it holds in them and in all below.
        community_types: It holds in communities of these types.
        emergency: It holds only while an emergency is on that names it (防汛, 重污染); it goes before all others.
    """

    area_codes: tuple[str, ...] = ()
    community_types: tuple[CommunityType, ...] = ()
    emergency: bool = False

    @property
    def everywhere(self) -> bool:
        return not (self.area_codes or self.community_types or self.emergency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """One version of a standard for a jurisdiction.

    Args:
        standard_id: Of this very version.
        scheme: What the category codes belong to (``cjt-214``, ``gbt-30428.2``, ``gbt-47678.5``, ``local``, …).
        valid_from, valid_to: Local dates, the last exclusive; None: open.
        unit_calendars: Kind of unit → calendar_id for its clocks (never the unit's choice).
        bases: Basis per kind of unit; a condition's own, by condition_id, in ``condition_bases``, comes first.
        reasons: List name (``reject``, ``send_back``, ``defer``, …) → its lines in order.
        applies: Where and when it goes before the general standard.
    """

    standard_id: str
    scheme: str
    name: Text
    version: int
    day_rule: DayRule
    categories: Mapping[str, Category]
    conditions: Mapping[str, Condition]
    valid_from: date | None = None
    valid_to: date | None = None
    terms: Terms = field(default_factory=Terms)
    unit_calendars: Mapping[str, str] = field(default_factory=dict)
    bases: tuple[Basis, ...] = ()
    condition_bases: Mapping[str, tuple[Basis, ...]] = field(default_factory=dict)
    ladder: tuple[LadderStep, ...] = ()
    approvals: tuple[ApprovalRule, ...] = ()
    reasons: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)
    applies: Applies = field(default_factory=Applies)

    @property
    def unit_names(self) -> tuple[str, ...]:
        """Every name of a unit that answers for something (主办, 协办, 兜底), in the standard's order."""
        named = (one for each in self.conditions.values() for one in (*each.lead, *each.assist, *each.last_resort))
        return tuple(dict.fromkeys(named))

    def condition(self, condition_id: str) -> Condition:
        """The condition, or :class:`NotFound` ``condition.unknown``."""
        try:
            return self.conditions[condition_id]
        except KeyError:
            raise NotFound("condition.unknown", condition_id=condition_id) from None

    def category(self, code: str) -> Category:
        """The category, or :class:`NotFound` ``category.unknown``."""
        try:
            return self.categories[code]
        except KeyError:
            raise NotFound("category.unknown", category=code) from None

    def limit_of(
        self, clock: ClockKind, condition: Condition, *, area_class: str | None = None, way: Verification | None = None
    ) -> Limit | None:
        """The limit of a clock for this condition; None: that clock does not run.

        For a condition with an urgent limit ``file`` and ``dispatch`` are elapsed minutes. ``way`` says how this ticket
        is verified, if not as the condition normally is. Milestones have their limits in ``condition.stages``.
        """
        terms = self.terms
        match clock:
            case ClockKind.FILE:
                return terms.urgent_file_limit if condition.urgent else terms.file_limit
            case ClockKind.DISPATCH:
                return terms.urgent_dispatch_limit if condition.urgent else terms.dispatch_limit
            case ClockKind.ACKNOWLEDGE:
                return condition.acknowledge_limit
            case ClockKind.RESPOND:
                return condition.respond_limit
            case ClockKind.RESOLVE | ClockKind.OVERALL:
                return condition.limit_in(area_class)
            case ClockKind.VERIFY:
                return terms.verify_limits.get(way or condition.verification)
            case ClockKind.APPROVAL:
                return terms.approval_limit
            case ClockKind.MILESTONE:
                return None

    def calendar_id(self, clock: ClockKind, unit_kind: str | None) -> str:
        """The calendar for hours of this clock; ``overall`` counts like the unit that holds the ticket."""
        if clock in (ClockKind.FILE, ClockKind.DISPATCH, ClockKind.APPROVAL):
            return DESK
        if clock is ClockKind.VERIFY:
            return VERIFIERS
        return self.unit_calendars.get(unit_kind, CITY) if unit_kind is not None else CITY

    def timekeeping(
        self, clock: ClockKind, unit_kind: str | None, calendars: Mapping[str, WorkingCalendar]
    ) -> Timekeeping:
        """City's and clock's calendar, day rule; :class:`Unavailable` ``calendar.missing`` for an absent one."""
        own = self.calendar_id(clock, unit_kind)
        for calendar_id in (CITY, own):
            if calendar_id not in calendars:
                raise Unavailable("calendar.missing", calendar_id=calendar_id)
        return Timekeeping(calendars[CITY], calendars[own], self.day_rule)

    def basis_of(self, condition: Condition, unit_kind: str | None) -> Basis | None:
        """What binds a unit of this kind to the limit; None: it is a reference (参考时限) and counts in no index."""
        own = self.condition_bases.get(condition.condition_id, ())
        return next((basis for basis in (*own, *self.bases) if basis.unit_kind == unit_kind), None)

    def approval_of(self, request: str, span: timedelta | None, *, first: bool) -> ApprovalRule | None:
        """Who grants a request of this kind for ``span`` (elapsed; None where it asks for no time)."""
        for rule in self.approvals:
            short_enough = rule.up_to is None or (span is not None and span <= rule.up_to)
            if rule.request == request and short_enough and (first or not rule.first_only):
                return rule
        return None

    def ladder_of(self, clock: ClockKind) -> tuple[LadderStep, ...]:
        """The reminders of a clock, lowest first."""
        return tuple(sorted((step for step in self.ladder if step.clock is clock), key=lambda step: step.percent))
