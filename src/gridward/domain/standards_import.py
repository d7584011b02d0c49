"""Judges the rows of a city's workbook: categories and conditions, or a refusal with sheet, row and text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gridward.domain.errors import Malformed
from gridward.domain.imports import Finding
from gridward.domain.standards import Category, CategoryKind, Condition, Limit, LimitKind, Standard, Text, Verification
from gridward.domain.standards_reading import LimitWords, ReadLimit, read_code, read_limits, read_unit_names

COUNTED_DAYS = frozenset({LimitKind.WORK_DAY, LimitKind.NATURAL_DAY})
KIND_OF_SHEET = {"部件": CategoryKind.COMPONENT, "事件": CategoryKind.MATTER, "诉求": CategoryKind.DEMAND}
LETTER_OF_KIND = {CategoryKind.COMPONENT: "C", CategoryKind.MATTER: "M", CategoryKind.DEMAND: "D"}
CATEGORY_CELLS = ("parent_code", "parent_name", "code", "name")
UNIT_CELLS = ("lead", "assist", "last_resort", "authorities")
WHY_NOT_READ: Mapping[str, str] = {
    "empty": "No limit stands there.",
    "no_limit": "No number with a unit of time stands there.",
    "no_hour": "A due time needs its hour, such as 当日18:00.",
    "left_unread": "A part of the text cannot be read; the rest alone might mislead.",
    "several_unnamed": "Several limits, and not each has a name.",
    "alternatives": "Several limits for different cases: state one, or one per area class A, B, C.",
    "clock_time": "There is no such time of day.",
    "part_of_day": "Part of a day has no meaning where whole days are counted (day rule next_day).",
    "not_positive": "A limit is longer than nothing.",
}


@dataclass(frozen=True, slots=True)
class RawRow:
    """One line of a sheet: field → text. ``continues``: only the lower half of merged cells, no row of its own."""

    sheet: str
    number: int
    values: Mapping[str, str]
    continues: bool = False

    @property
    def place(self) -> str:
        return f"sheet {self.sheet} row {self.number}"

    def finding(self, code: str, name: str, text: str, why: str) -> Finding:
        return Finding(code=code, place=self.place, field=name, text=text, why=why)


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A sheet's lines below its headings; ``headed`` False: it has none and was not read."""

    title: str
    rows: tuple[RawRow, ...]
    headed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a workbook says.

    Args:
        read: Conditions found, good and bad; ``read == len(conditions) + len(refused)``.
        changed: Conditions that the previous version has not, or has otherwise.
        repaired: Conditions whose category was put right from the line above.
        several_units: Conditions that name two or more units.
        decided: ``day``/``hour`` → conditions where the declaration of the bare word decided.
        continued: Lines that were the lower half of a condition.
        vanished: Conditions of the previous version that the file no longer has.
    """

    read: int
    categories: Mapping[str, Category]
    conditions: Mapping[str, Condition]
    changed: int
    repaired: int
    several_units: int
    decided: Mapping[str, int]
    continued: int
    vanished: tuple[str, ...]
    refused: tuple[Finding, ...]
    warnings: tuple[Finding, ...]

    @property
    def kinds(self) -> Mapping[str, int]:
        """How many conditions have a limit of each kind."""
        return dict(Counter(str(one.limit.kind) for one in self.conditions.values() if one.limit))


@dataclass(slots=True)
class _Sorting:
    """What has been found so far. ``numbers``: of the previous version, category → number → filing text."""

    scheme: str
    numbers: Mapping[str, Mapping[int, str]]
    categories: dict[str, Category] = field(default_factory=dict)
    conditions: dict[str, Condition] = field(default_factory=dict)
    decided: Counter[str] = field(default_factory=Counter)
    refused: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    repaired: int = 0


def judge(sheets: Sequence[RawSheet], words: LimitWords, *, scheme: str, previous: Standard | None) -> Judged:
    """Every row as a condition or a refusal: none is lost, none is given a limit that it does not state.

    ``previous`` is the newest version of the same scheme: a condition that is filed in the same words keeps its id.
    """
    sorting = _Sorting(scheme, _numbers(previous))
    read = continued = 0
    for sheet in sheets:
        if not sheet.headed:
            why = "It has no line of headings."
            sorting.warnings.append(Finding(code="sheet_skipped", place=f"sheet {sheet.title}", why=why))
        kind = next((kind for word, kind in KIND_OF_SHEET.items() if word in sheet.title), None)
        above: dict[str, str] = {}
        for row in sheet.rows:
            if row.continues:
                continued += 1
                continue
            read += 1
            if kind is None:
                why = "The sheet's name says neither 部件 nor 事件 nor 诉求."
                sorting.refused.append(row.finding("sheet_kind", "sheet", sheet.title, why))
                continue
            above = _category_cells(row, above, sorting)
            refusal = _sort(row, above, kind, words, sorting)
            if refusal is not None:
                sorting.refused.append(refusal)
    before = previous.conditions if previous else {}
    recounted = previous is not None and previous.day_rule is not words.day_rule
    return Judged(
        read=read,
        categories=sorting.categories,
        conditions=sorting.conditions,
        changed=sum(_changed(before.get(key), one, recounted) for key, one in sorting.conditions.items()),
        repaired=sorting.repaired,
        several_units=sum(len(one.lead) + len(one.assist) > 1 for one in sorting.conditions.values()),
        decided={word: sorting.decided[word] for word in ("day", "hour")},
        continued=continued,
        vanished=tuple(key for key in before if key not in sorting.conditions),
        refused=tuple(sorting.refused),
        warnings=tuple(sorting.warnings),
    )


def _changed(before: Condition | None, now: Condition, recounted: bool) -> bool:
    """Whether a condition says something else than before; with another day rule, every limit in days does."""
    limits = (now.limit, *now.limits_by_area_class.values(), *(stage.limit for stage in now.milestones))
    in_days = any(limit is not None and limit.kind in COUNTED_DAYS for limit in limits)
    return before != now or (recounted and in_days)


def _numbers(previous: Standard | None) -> Mapping[str, Mapping[int, str]]:
    numbers: dict[str, dict[int, str]] = {}
    for one in previous.conditions.values() if previous else ():
        if one.code.isdigit():
            numbers.setdefault(one.category_code, {})[int(one.code)] = one.filing_text
    return numbers


def _category_cells(row: RawRow, above: Mapping[str, str], sorting: _Sorting) -> dict[str, str]:
    """The row's own category and units, or what stands above them where cells were left empty without merging."""
    own = {name: re.sub(r"\s", "", row.values.get(name, "")) for name in CATEGORY_CELLS}
    own |= {name: row.values.get(name, "") for name in UNIT_CELLS}
    candidates: tuple[str, ...] = ()
    if above and not own["code"] and not own["name"]:
        candidates = (*CATEGORY_CELLS, *UNIT_CELLS)
    elif above and not own["parent_code"] and own["parent_name"] in ("", above["parent_name"]):
        candidates = ("parent_code", "parent_name")
    filled = [name for name in candidates if not own[name] and above[name]]
    if filled:
        sorting.repaired += 1
        own |= {name: above[name] for name in filled}
        why = "The cell is empty and not merged; taken from the line above."
        text = " ".join(own[name] for name in filled)
        sorting.warnings.append(row.finding("carried_down", ", ".join(filled), text, why))
    return own


def _sort(
    row: RawRow, own: Mapping[str, str], kind: CategoryKind, words: LimitWords, sorting: _Sorting
) -> Finding | None:
    """Put one row where it belongs, or say why not."""
    filing = _flat(row.values["filing_text"])
    needed = {"code": own["code"], "name": own["name"], "filing_text": filing}
    missing = [name for name, value in needed.items() if not value]
    if missing:
        return row.finding("missing", ", ".join(missing), "", "Nothing stands there.")
    number = read_code(own["parent_code"]) + read_code(own["code"])
    key = LETTER_OF_KIND[kind] + number
    if not re.fullmatch(r"[A-Za-z0-9]{1,20}", number):
        return row.finding("code_form", "code", number, "A code is made of digits and letters.")
    category = sorting.categories.get(key)
    if category is not None and category.name.zh != own["name"]:
        why = f"The code already stands for {category.name.zh}."
        return row.finding("code_reused", "name", f"{number} {own['name']}", why)
    try:
        said = _limits(row, words)
    except Malformed as unread:
        why = str(unread.facts["why"])
        return row.finding(f"limit_{why}", "limit", str(unread.facts["text"]), WHY_NOT_READ[why])
    category = category or Category(
        code=key,
        scheme=sorting.scheme,
        number=number,
        name=Text(own["name"]),
        kind=kind,
        condition_ids=(),
        parent_code=read_code(own["parent_code"]) or None,
        parent_name=Text(own["parent_name"]) if own["parent_name"] else None,
    )
    condition = _condition(row, own, category, said, sorting)
    sorting.decided.update(said.decided)
    sorting.conditions[condition.condition_id] = condition
    sorting.categories[key] = replace(category, condition_ids=(*category.condition_ids, condition.condition_id))
    return None


def _limits(row: RawRow, words: LimitWords) -> ReadLimit:
    """The limit cell, and the cells of the area classes where the workbook has such columns."""
    classes = {letter: row.values.get(f"limit_{letter.lower()}", "") for letter in "ABC"}
    stated = {letter: read_limits(text, words) for letter, text in classes.items() if text}
    own = row.values.get("limit", "")
    if not stated:
        return read_limits(own, words)
    general = read_limits(own, words) if own else ReadLimit(None)
    by_class: dict[str, Limit] = {letter: one.limit for letter, one in stated.items() if one.limit is not None}
    decided = general.decided.union(*(one.decided for one in stated.values()))
    return replace(general, by_area_class={**general.by_area_class, **by_class}, decided=decided)


def _condition(
    row: RawRow, own: Mapping[str, str], category: Category, said: ReadLimit, sorting: _Sorting
) -> Condition:
    """A danger is looked at on the spot, everything else judged from pictures at the desk."""
    filing = _flat(row.values["filing_text"])
    number = _number_of(row, category, filing, sorting)
    condition = Condition(
        condition_id=f"{category.code}-{number}",
        category_code=category.code,
        code=str(number),
        filing_text=filing,
        closing_text=_flat(row.values.get("closing_text", "")),
        limit=said.limit,
        limits_by_area_class=said.by_area_class,
        milestones=said.milestones,
        lead=read_unit_names(own["lead"]),
        assist=read_unit_names(own["assist"]),
        last_resort=read_unit_names(own["last_resort"]),
        authorities=read_unit_names(own["authorities"]),
    )
    if not condition.lead:
        why = "It names no unit; whoever dispatches must choose one."
        sorting.warnings.append(row.finding("no_unit", "lead", filing, why))
    danger = condition.urgent or any(limit.is_urgent for limit in said.by_area_class.values())
    return replace(condition, verification=Verification.SPOT if danger else Verification.DESK)


def _number_of(row: RawRow, category: Category, filing: str, sorting: _Sorting) -> int:
    """The number it had in the previous version, or the next that was never used."""
    siblings = [sorting.conditions[one] for one in category.condition_ids]
    if any(one.filing_text == filing for one in siblings):
        why = "The class has this condition already; both are kept."
        sorting.warnings.append(row.finding("said_twice", "filing_text", filing, why))
    old, taken = sorting.numbers.get(category.code, {}), {int(one.code) for one in siblings}
    same = (number for number, text in old.items() if text == filing and number not in taken)
    return next(same, max((*old, *taken), default=0) + 1)


def _flat(text: str) -> str:
    return re.sub(r"\s*\n\s*", "", text).strip()
