"""What a standard speaks of: categories (大类/小类) and their filing conditions (立案条件)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gridward.domain.standards_limits import Limit


class CategoryKind(StrEnum):
    """部件, 事件, 诉求: a thing, something that happens, what a household asks for."""

    COMPONENT = "component"
    MATTER = "matter"
    DEMAND = "demand"


class Verification(StrEnum):
    """How the end is checked: on the spot, at the desk from pictures, or by a call to the reporter."""

    SPOT = "spot"
    DESK = "desk"
    PHONE = "phone"


class Evidence(StrEnum):
    """What a step must bring. ``after_photo`` is taken there; ``answer`` is one that the household has heard."""

    PHOTO = "photo"
    POSITION = "position"
    AFTER_PHOTO = "after_photo"
    ANSWER = "answer"
    FORM = "form"


class Rework(StrEnum):
    """After a failed verification: the old clock runs on with what was left, or one with a limit of its own starts."""

    RESUME = "resume"
    NEW_CLOCK = "new_clock"


@dataclass(frozen=True, slots=True)
class Text:
    """Words for people in both languages; an imported standard has only Chinese."""

    zh: str
    en: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of a list of reasons; ``code`` goes into entries, the words onto the screen."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Milestone:
    """A stage of the work (阶段) with its own limit from the same start, and what proves that it was reached."""

    number: int
    name: str
    limit: Limit
    proof: tuple[Evidence, ...] = (Evidence.PHOTO,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A filing condition (立案条件): the row of the standard that carries the limit.

    Args:
        condition_id: Unique within the standard, stable between its versions: ``<category_code>-<code>``.
        limit: None means no clock, no rate: never a default.
        limits_by_area_class: ``A``/``B``/``C`` → limit that replaces ``limit`` there.
        milestones: In order. The last one's time is ``limit`` and is measured by ``resolve``; clocks of kind
            ``milestone`` run for :attr:`stages`.
        lead, assist, last_resort, authorities: 主办, 协办, 兜底, 主管部门 in the standard's own words, mapped to units
            by kind and place. ``assist_in_order``: the next one's clock starts when the one before is done.
        verification: How its end is normally checked.
        informed_close_allowed: 告知性结案: may be closed by telling why nothing can be done.
        name, picture: For the answer of a picture question, or the condition's short name.
    """

    condition_id: str
    category_code: str
    code: str
    filing_text: str
    closing_text: str
    limit: Limit | None
    limits_by_area_class: Mapping[str, Limit] = field(default_factory=dict)
    milestones: tuple[Milestone, ...] = ()
    acknowledge_limit: Limit | None = None
    respond_limit: Limit | None = None
    filing_evidence: tuple[Evidence, ...] = (Evidence.PHOTO,)
    closing_evidence: tuple[Evidence, ...] = (Evidence.AFTER_PHOTO,)
    verification: Verification = Verification.SPOT
    informed_close_allowed: bool = False
    rework: Rework = Rework.RESUME
    rework_limit: Limit | None = None
    lead: tuple[str, ...] = ()
    assist: tuple[str, ...] = ()
    assist_in_order: bool = False
    last_resort: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    name: Text | None = None
    picture: str | None = None

    @property
    def urgent(self) -> bool:
        """Whether it goes out at once, day and night: its limit or its first milestone is an urgent one (紧急)."""
        first = self.milestones[0].limit if self.milestones else None
        return any(limit is not None and limit.is_urgent for limit in (self.limit, first))

    @property
    def stages(self) -> tuple[Milestone, ...]:
        """The milestones that have a clock of their own: all but the last, which is the resolving itself."""
        return self.milestones[:-1]

    def limit_in(self, area_class: str | None) -> Limit | None:
        """The limit for a place of this class (A/B/C), or the general one."""
        return self.limits_by_area_class.get(area_class, self.limit) if area_class else self.limit


@dataclass(frozen=True, slots=True)
class Question:
    """The one question after the picture, asked only where it changes the urgency. Answers are condition ids."""

    text: Text
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A large picture on the phone: where it stands (1 …), and the file name of the drawing without its ending."""

    place: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A kind of problem (小类) with the conditions it knows.

    Args:
        code: The key of this kind here: letters, digits, ``_`` and ``-``.
        scheme, number: Where its official digits come from and what they are, if it has any; the same digits mean
            different things in two schemes, and in 部件 and 事件 of one.
        parent_code, parent_name: 大类.
        picture: None: only the desk can name it.
        question: None where the picture alone names the condition, or nothing does.
        default_condition_id: The condition that the picture names by itself; None: the desk decides.
        duplicate_radius_m: Metres within which an open ticket of this kind is taken for the same thing.
        automatic: The rules may accept and assign it alone.
        offered: False: switched off. Nobody is offered it; what was reported as it all the same is taken and told.
    """

    code: str
    scheme: str
    name: Text
    kind: CategoryKind
    condition_ids: tuple[str, ...]
    number: str = ""
    parent_code: str | None = None
    parent_name: Text | None = None
    picture: Picture | None = None
    question: Question | None = None
    default_condition_id: str | None = None
    duplicate_radius_m: float = 30.0
    automatic: bool = False
    offered: bool = True
