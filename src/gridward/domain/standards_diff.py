"""Two versions of a standard beside each other: what came, what went, what says something else now.

Values are words as the standard writes them (``4工作时``, names of units) or codes that a screen translates
(``spot``, ``photo``). A limit is compared by what it means: a bare 4小时 that is declared otherwise is another limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import SequenceMatcher
from typing import Any

from gridward.domain.standards import Basis, Category, Condition, Limit, LimitKind, Milestone, Reason, Standard, Weights
from gridward.domain.standards_document import to_document

Words = tuple[str, ...]

ALIKE = 0.6
"""From this likeness of the filing texts on, a condition that came may be one that went, said otherwise."""

IN_DAYS = frozenset({LimitKind.WORK_DAY, LimitKind.NATURAL_DAY})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """``field`` of a condition or of the whole; empty ``before`` or ``after``: nothing stood there."""

    field: str
    before: Words
    after: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A condition that differs. ``changes`` is empty where it came or went; ``like`` names what came in its place."""

    condition: Condition
    category: Category
    changes: tuple[FieldChange, ...] = ()
    like: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """From one version to another; conditions in the order of the standard they stand in."""

    added: tuple[Row, ...]
    gone: tuple[Row, ...]
    changed: tuple[Row, ...]
    same: int
    whole: tuple[FieldChange, ...]

    @property
    def empty(self) -> bool:
        return not (self.added or self.gone or self.changed or self.whole)


def compare(before: Standard, after: Standard) -> Comparison:
    """Row by row, by condition id."""
    gone = [one for key, one in before.conditions.items() if key not in after.conditions]
    added = [one for key, one in after.conditions.items() if key not in before.conditions]
    kept = [(before.conditions[key], one) for key, one in after.conditions.items() if key in before.conditions]
    changed = []
    for old, new in kept:
        changes = tuple(_of_condition(before, old, after, new))
        if changes:
            changed.append(Row(condition=new, category=after.category(new.category_code), changes=changes))
    return Comparison(
        added=tuple(Row(condition=one, category=after.category(one.category_code)) for one in added),
        gone=tuple(
            Row(condition=one, category=before.category(one.category_code), like=_like(one, added)) for one in gone
        ),
        changed=tuple(changed),
        same=len(kept) - len(changed),
        whole=tuple(_of_whole(before, after)),
    )


def limit_words(limit: Limit | None) -> Words:
    """What a limit means, whatever was written; what was written beside it where that says more."""
    if limit is None:
        return ()
    said = replace(limit, text="", remark=None).words
    return (f"{said}（{limit.remark}）" if limit.remark else said,)


def _of_condition(before: Standard, old: Condition, after: Standard, new: Condition) -> Iterable[FieldChange]:
    was, now = _said(before, old), _said(after, new)
    for name in dict.fromkeys((*was, *now)):
        if was.get(name, ()) != now.get(name, ()):
            yield FieldChange(name, was.get(name, ()), now.get(name, ()))
    if before.day_rule is not after.day_rule and _in_days(new):
        yield FieldChange("day_rule", (before.day_rule.value,), (after.day_rule.value,))


def _said(standard: Standard, one: Condition) -> dict[str, Words]:
    """A condition in words, field by field."""
    return {
        "category": (standard.category(one.category_code).name.zh,),
        "name": (one.name.zh,) if one.name else (),
        "filing_text": (one.filing_text,),
        "closing_text": (one.closing_text,) if one.closing_text else (),
        "limit": limit_words(one.limit),
        **{f"limit_{letter.lower()}": limit_words(limit) for letter, limit in one.limits_by_area_class.items()},
        "milestones": tuple(_stage(stage) for stage in one.milestones),
        "acknowledge_limit": limit_words(one.acknowledge_limit),
        "respond_limit": limit_words(one.respond_limit),
        "filing_evidence": tuple(map(str, one.filing_evidence)),
        "closing_evidence": tuple(map(str, one.closing_evidence)),
        "verification": (one.verification.value,),
        "informed_close_allowed": _yes(one.informed_close_allowed),
        "rework": (one.rework.value,),
        "rework_limit": limit_words(one.rework_limit),
        "lead": one.lead,
        "assist": one.assist,
        "assist_in_order": _yes(one.assist_in_order),
        "last_resort": one.last_resort,
        "authorities": one.authorities,
        "basis": tuple(map(basis_words, standard.condition_bases.get(one.condition_id, ()))),
    }


def basis_words(basis: Basis) -> str:
    """A basis in one line: the kind of unit and how it binds as codes, document and clause as they are."""
    return " · ".join(part for part in (basis.unit_kind, basis.document, basis.clause, basis.binding.value) if part)


def _stage(stage: Milestone) -> str:
    return f"{stage.name} {''.join(limit_words(replace(stage.limit, remark=None)))}"


def _yes(value: bool) -> Words:
    return ("yes",) if value else ("no",)


def _in_days(one: Condition) -> bool:
    limits = (one.limit, *one.limits_by_area_class.values(), *(stage.limit for stage in one.milestones))
    return any(limit is not None and limit.kind in IN_DAYS for limit in limits)


def _like(gone: Condition, added: Iterable[Condition]) -> str | None:
    found = [
        (SequenceMatcher(None, gone.filing_text, one.filing_text).ratio(), one.condition_id)
        for one in added
        if one.category_code == gone.category_code
    ]
    likeness, condition_id = max(found, default=(0.0, None))
    return condition_id if likeness >= ALIKE else None


def _of_whole(before: Standard, after: Standard) -> Iterable[FieldChange]:
    """Everything that belongs to no condition. What has no words of its own is shown as it stands in a file."""
    if before.day_rule is not after.day_rule:
        yield FieldChange("day_rule", (before.day_rule.value,), (after.day_rule.value,))
    if before.bases != after.bases:
        yield _apart("bases", tuple(map(basis_words, before.bases)), tuple(map(basis_words, after.bases)))
    for name in ("unit_calendars", "ladder", "approvals", "applies"):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield _apart(name, _lines(to_document(was)), _lines(to_document(now)))
    for name in dict.fromkeys((*before.reasons, *after.reasons)):
        was, now = before.reasons.get(name, ()), after.reasons.get(name, ())
        if was != now:
            yield _apart(f"reasons.{name}", tuple(map(_reason, was)), tuple(map(_reason, now)))
    for one in fields(before.terms):
        was, now = getattr(before.terms, one.name), getattr(after.terms, one.name)
        if was != now:
            yield FieldChange(f"terms.{one.name}", _term(was), _term(now))
    for code in after.categories:
        old, new = before.categories.get(code), after.categories[code]
        if old is not None and old.offered is not new.offered:
            yield FieldChange(f"offered.{new.name.zh}", _yes(old.offered), _yes(new.offered))
        if old is not None and _kind_said(old) != _kind_said(new):
            yield _apart(f"category.{code}", _lines(to_document(_kind_said(old))), _lines(to_document(_kind_said(new))))


def _kind_said(category: Category) -> Category:
    """A category without what has lines of its own: the list of its conditions, whether it is offered."""
    return replace(category, condition_ids=(), scheme="", offered=True)


def _reason(line: Reason) -> str:
    return " · ".join(part for part in (line.text.zh, line.text.en) if part)


def _apart(field: str, before: Words, after: Words) -> FieldChange:
    """Of a list only the lines that differ; where only their order does, all."""
    gone = tuple(line for line in before if line not in after)
    came = tuple(line for line in after if line not in before)
    return FieldChange(field, gone, came) if gone or came else FieldChange(field, before, after)


def _term(value: object) -> Words:
    if isinstance(value, Limit):
        return limit_words(value)
    if isinstance(value, Weights):
        return _lines(to_document(value))
    if isinstance(value, Mapping):
        return tuple(f"{key} {''.join(limit_words(limit))}" for key, limit in value.items())
    return () if value is None else (str(value),)


def _lines(document: Any) -> Words:
    if isinstance(document, Mapping):
        return tuple(f"{key}: {_flat(value)}" for key, value in document.items() if value not in ([], {}, None, False))
    return tuple(_flat(item) for item in document)


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(_flat(item) for item in value.values() if item not in (None, "", [], {}, False))
    if isinstance(value, list):
        return "、".join(_flat(item) for item in value)
    return str(value)
