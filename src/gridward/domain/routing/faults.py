"""Why rules are refused, in codes that screens translate and in a sentence for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SENTENCES: Mapping[str, str] = {
    "rule_id_repeated": "{times} rules have this id.",
    "category_unknown": "Category {named} is in no standing standard.",
    "condition_unknown": "Condition {named} is in no standing standard.",
    "grid_unknown": "Grid {named} does not exist, or has ended.",
    "area_unknown": "Area {named} does not exist.",
    "unit_unknown": "Unit {named} does not exist, or has ended.",
    "unit_of_other_kind": "Unit {named} is of another kind than the line says.",
    "unit_without_person": "Unit {named} has neither a person nor a telephone: nobody would learn of a ticket.",
    "no_last_resort": "It chooses the last resort, and no unit is one.",
    "window_empty": "Its window ends before it begins: it would never hold.",
    "before_not_a_later_rule": "It says that it goes before {named}, which is not a later rule.",
    "rule_unreachable": "It is never reached: {taken_by} take every case. Example: {example}.",
    "rule_never_holds": "It never holds: no case fits what it asks.",
    "rules_overlap": "It shares cases with {with}, and only the order decides. Example: {example}. "
    "Put the special case first, or name {with} under 先于.",
    "rule_finds_nobody": "It takes cases in which no such service area can lie. Example: {example}. Ask for the ground.",
    "duty_missing": "It asks the duty list, which has no line for {named}. Example: {example}.",
    "duty_without_unit": "No unit of the kind {named} exists.",
    "duties_overlap": "It claims {named} as {with} does: two leads for one thing, so every ticket would wait.",
    "rules_too_many_to_check": "The {rules} rules cut one another into too many pieces to be judged. Merge some.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why rules are refused. ``place`` is a rule's id or ``duties[3]``; ``facts`` name what, or the example."""

    code: str
    place: str
    facts: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "place": self.place, **self.facts}


def in_words(fault: Fault) -> str:
    """One English sentence."""
    values = {name: _plain(value) for name, value in fault.facts.items()}
    return SENTENCES[fault.code].format_map(values)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items()) or "any"
    return ", ".join(map(_plain, value)) if isinstance(value, list | tuple) else str(value)
