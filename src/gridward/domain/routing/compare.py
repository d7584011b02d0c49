"""Two versions of the rules against each other: what was added, taken out, changed, or stands elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from gridward.domain.routing.document import write_duties, write_rules
from gridward.domain.routing.rules import RuleSet

Document = Mapping[str, Any]


class What(StrEnum):
    added = "added"
    removed = "removed"
    changed = "changed"
    moved = "moved"
    duty_added = "duty_added"
    duty_removed = "duty_removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. ``place`` counts from 1, in the version where the rule or line still, or first, stands.

    Args:
        rule_id, name: Of the rule; None for a line of the duty list.
        fields: What of a changed rule differs: ``name``, ``when.categories``, ``choose``, ``before``.
        before, after: The JSON forms of the rule or line in both versions.
    """

    what: What
    place: int
    rule_id: str | None = None
    name: str | None = None
    fields: tuple[str, ...] = ()
    before: Document | None = None
    after: Document | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "place": self.place,
            "rule_id": self.rule_id,
            "name": self.name,
            "fields": list(self.fields),
            "before": self.before,
            "after": self.after,
        }


def compare(before: RuleSet, after: RuleSet) -> tuple[Change, ...]:
    """What one would read aloud: rules in the order of the later version, then those taken out, then duties."""
    return (*_rules(write_rules(before.rules), write_rules(after.rules)), *_duties(before, after))


def _rules(before: Sequence[Document], after: Sequence[Document]) -> list[Change]:
    was = {rule["rule_id"]: rule for rule in before}
    now = {rule["rule_id"]: rule for rule in after}
    moved = _moved([one for one in was if one in now], [one for one in now if one in was])
    found = []
    for place, (rule_id, rule) in enumerate(now.items(), 1):
        old = was.get(rule_id)
        named = {"place": place, "rule_id": rule_id, "name": rule["name"], "before": old, "after": rule}
        if old is None:
            found.append(Change(what=What.added, **named))
            continue
        if rule_id in moved:
            found.append(Change(what=What.moved, **named))
        if old != rule:
            found.append(Change(what=What.changed, fields=_fields(old, rule), **named))
    for place, (rule_id, rule) in enumerate(was.items(), 1):
        if rule_id not in now:
            found.append(Change(what=What.removed, place=place, rule_id=rule_id, name=rule["name"], before=rule))
    return found


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The fewest that one would have to take up and put elsewhere."""
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    kept = {one for block in matcher.get_matching_blocks() for one in before[block.a : block.a + block.size]}
    return set(after) - kept


def _fields(before: Document, after: Document) -> tuple[str, ...]:
    whole = [name for name in ("name", "choose", "before") if before.get(name) != after.get(name)]
    asked = sorted({*before["when"], *after["when"]})
    return (*whole, *(f"when.{name}" for name in asked if before["when"].get(name) != after["when"].get(name)))


def _duties(before: RuleSet, after: RuleSet) -> list[Change]:
    was, now = write_duties(before.duties), write_duties(after.duties)
    gone = [
        Change(what=What.duty_removed, place=place, before=line) for place, line in enumerate(was, 1) if line not in now
    ]
    new = [
        Change(what=What.duty_added, place=place, after=line) for place, line in enumerate(now, 1) if line not in was
    ]
    return [*new, *gone]
