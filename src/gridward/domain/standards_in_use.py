"""What a version that is to be published would take away from under live tickets, rules and duties.

Live tickets keep the version they pin. Still nobody should drop a condition without having seen who uses it: publishing
is refused until exactly these conditions are acknowledged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gridward.domain.errors import Refusal
from gridward.domain.routing.rules import RuleSet
from gridward.domain.standards import Standard


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTickets:
    """How many open tickets stand under a condition, and the oldest few: id and number."""

    count: int
    examples: tuple[tuple[UUID, str], ...]


NONE = OpenTickets(count=0, examples=())


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """A condition that would vanish. ``rules`` name it or its category; ``duties`` are places in the duty list."""

    condition_id: str
    category_code: str
    category_name: str
    filing_text: str
    tickets: OpenTickets
    rules: tuple[str, ...]
    duties: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "condition_id": self.condition_id,
            "category": self.category_code,
            "category_name": self.category_name,
            "filing_text": self.filing_text,
            "tickets": self.tickets.count,
            "examples": [{"ticket_id": str(one), "number": number} for one, number in self.tickets.examples],
            "rules": list(self.rules),
            "duties": list(self.duties),
        }


def vanishing(before: Standard | None, after: Standard, others: Collection[Standard]) -> tuple[str, ...]:
    """Conditions of ``before`` that neither ``after`` nor another standing standard has."""
    if before is None:
        return ()
    known = {key for one in (after, *others) for key in one.conditions}
    return tuple(key for key in before.conditions if key not in known)


def in_use(
    before: Standard | None,
    after: Standard,
    others: Collection[Standard],
    tickets: Mapping[str, OpenTickets],
    rules: RuleSet,
) -> tuple[InUse, ...]:
    """The vanishing conditions that an open ticket, a rule or a duty still uses, in the standard's order."""
    if before is None:
        return ()
    categories = {code for one in (after, *others) for code in one.categories}
    found = []
    for key in vanishing(before, after, others):
        condition = before.conditions[key]
        code = condition.category_code
        whole_category = code not in categories
        by_rules = [
            rule.rule_id
            for rule in rules.rules
            if key in (rule.when.conditions or ()) or (whole_category and code in (rule.when.categories or ()))
        ]
        by_duties = [at for at, duty in enumerate(rules.duties) if whole_category and duty.category == code]
        if key in tickets or by_rules or by_duties:
            found.append(
                InUse(
                    condition_id=key,
                    category_code=code,
                    category_name=before.category(code).name.zh,
                    filing_text=condition.filing_text,
                    tickets=tickets.get(key, NONE),
                    rules=tuple(by_rules),
                    duties=tuple(by_duties),
                )
            )
    return tuple(found)


def require_acknowledged(found: Collection[InUse], acknowledged: Collection[str]) -> None:
    """Raises: Refusal: ``standard.conditions_in_use`` with those that nobody has acknowledged."""
    left = [one for one in found if one.condition_id not in acknowledged]
    if left:
        raise Refusal("standard.conditions_in_use", conditions=[one.as_json() for one in left])
