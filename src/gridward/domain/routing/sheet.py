"""Rules and duty list as two tables of words that an administrator edits, and back.

A cell names things as ``code name``; the code counts, and a name alone will do where it is the only one of that name.
Lists are separated by 、 or a comma or a new line. An empty cell asks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gridward.domain.imports import Finding
from gridward.domain.routing.document import write_duties, write_rules
from gridward.domain.routing.faults import Fault, in_words
from gridward.domain.routing.rules import RuleSet

RULES_SHEET, DUTIES_SHEET = "规则", "事项清单"
RULE_COLUMNS: Mapping[str, str] = {
    "编号": "rule_id",
    "名称": "name",
    "类别": "categories",
    "立案条件": "conditions",
    "场所": "grounds",
    "网格": "grids",
    "区划": "areas",
    "区域类别": "area_classes",
    "紧急": "urgent",
    "日期": "dates",
    "时段": "times",
    "派给": "by",
    "单位": "unit_id",
    "先于": "before",
}
DUTY_COLUMNS: Mapping[str, str] = {
    "类别": "category",
    "责任": "part",
    "单位类别": "unit_kind",
    "单位": "unit_id",
    "区划": "area_id",
}
GROUNDS = {"estate": "物业小区内", "lane": "巷道", "neither": "两者都不是"}
WAYS = {
    ("service_area", "estate"): "物业企业（责任范围）",
    ("service_area", "work"): "作业单位（责任范围）",
    ("duty", None): "按事项清单",
    ("standard", None): "按标准的主办单位",
    ("unit", None): "指定单位",
    ("last_resort", None): "兜底单位",
    ("tray", None): "派遣员",
}
PARTS = {"main": "主体责任", "assist": "协助责任"}
UNIT_KINDS = {
    "work": "作业单位",
    "estate": "物业企业",
    "department": "专业部门",
    "owner": "权属单位",
    "street": "街道",
    "community": "社区",
    "volunteers": "志愿队",
}
YES, NO = "是", "否"

Row = tuple[int, Mapping[str, str]]
"""The row's number in the sheet and its cells by field."""


@dataclass(frozen=True, slots=True)
class Names:
    """What cells may name: key (as rules keep it) → code and name."""

    categories: Mapping[str, tuple[str, str]]
    conditions: Mapping[str, tuple[str, str]]
    grids: Mapping[str, tuple[str, str]]
    areas: Mapping[str, tuple[str, str]]
    units: Mapping[str, tuple[str, str]]


@dataclass(slots=True)
class Read:
    """What was read: JSON forms, in which row each stands, and what could not be read."""

    rules: list[dict[str, Any]] = field(default_factory=list)
    duties: list[dict[str, Any]] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0


def judged(read: Read, faults: Sequence[Fault]) -> list[Finding]:
    """Everything wrong with a file, at most one finding for each row: the cells first, then what rules are refused for."""
    found = list(read.findings)
    by_place: dict[str, list[Fault]] = {}
    for fault in faults:
        by_place.setdefault(read.places.get(fault.place, fault.place), []).append(fault)
    for place, own in by_place.items():
        why = " ".join(in_words(fault) for fault in own)
        found.append(Finding(code=own[0].code, place=place, why=why, facts={"faults": [one.as_json() for one in own]}))
    return found


def to_rows(rule_set: RuleSet, names: Names) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The cells of both sheets by field, in order."""
    rules = [_rule_cells(rule, names) for rule in write_rules(rule_set.rules)]
    return rules, [_duty_cells(duty, names) for duty in write_duties(rule_set.duties)]


def _rule_cells(rule: Mapping[str, Any], names: Names) -> dict[str, str]:
    when, choose = rule["when"], rule["choose"]
    window = when.get("window", {})
    return {
        "rule_id": rule["rule_id"],
        "name": rule["name"],
        "categories": _listed(when.get("categories"), names.categories),
        "conditions": _listed(when.get("conditions"), names.conditions),
        "grounds": "、".join(GROUNDS[one] for one in when.get("grounds", ())),
        "grids": _listed(when.get("grids"), names.grids),
        "areas": _listed(when.get("areas"), names.areas),
        "area_classes": "、".join(when.get("area_classes", ())),
        "urgent": "" if "urgent" not in when else YES if when["urgent"] else NO,
        "dates": _span(window.get("from_on"), window.get("to_on")),
        "times": _span(window.get("from_time"), window.get("to_time")),
        "by": WAYS[choose["by"], choose.get("kind")],
        "unit_id": _listed([choose["unit_id"]] if "unit_id" in choose else None, names.units),
        "before": "、".join(rule.get("before", ())),
    }


def _duty_cells(duty: Mapping[str, Any], names: Names) -> dict[str, str]:
    return {
        "category": _listed([duty["category"]], names.categories),
        "part": PARTS[duty["part"]],
        "unit_kind": UNIT_KINDS[duty["unit_kind"]],
        "unit_id": _listed([duty["unit_id"]] if "unit_id" in duty else None, names.units),
        "area_id": _listed([duty["area_id"]] if "area_id" in duty else None, names.areas),
    }


def _listed(keys: Sequence[str] | None, known: Mapping[str, tuple[str, str]]) -> str:
    return "、".join(" ".join(known.get(key, (key, ""))).strip() for key in keys or ())


def _span(start: str | None, end: str | None) -> str:
    return "" if start is None and end is None else f"{start or ''}~{end or ''}"


def from_rows(rules: Sequence[Row], duties: Sequence[Row], names: Names) -> Read:
    """Read both sheets; a row that cannot be read is a finding and is left out."""
    read = Read(rows=len(rules) + len(duties))
    for sheet, rows, one in ((RULES_SHEET, rules, _rule), (DUTIES_SHEET, duties, _duty)):
        headings = {name: heading for heading, name in _columns(sheet).items()}
        for number, cells in rows:
            place = f"sheet {sheet} row {number}"
            reading = _Reading(cells)
            made = one(reading, names)
            if reading.faults:
                read.findings.append(_finding(place, cells, headings, reading.faults))
            elif sheet == RULES_SHEET:
                read.places.setdefault(made["rule_id"], place)
                read.rules.append(made)
            else:
                read.places[f"duties[{len(read.duties)}]"] = place
                read.duties.append(made)
    return read


def _columns(sheet: str) -> Mapping[str, str]:
    return RULE_COLUMNS if sheet == RULES_SHEET else DUTY_COLUMNS


def _finding(
    place: str, cells: Mapping[str, str], headings: Mapping[str, str], faults: Sequence[tuple[str, str]]
) -> Finding:
    name = faults[0][0]
    return Finding(
        code="rule_cell",
        place=place,
        field=headings[name],
        text=cells.get(name, ""),
        why=" ".join(f"{headings[name]}: {why}" for name, why in faults),
    )


class _Reading:
    """The cells of one row, and what is wrong with them."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self.cells = cells
        self.faults: list[tuple[str, str]] = []

    def text(self, name: str) -> str:
        return self.cells.get(name, "").strip()

    def fault(self, name: str, why: str) -> None:
        self.faults.append((name, why))

    def words(self, name: str) -> list[str]:
        words = (word.strip() for word in re.split(r"[、,，;；\n]+", self.text(name)))
        return [word for word in words if word]

    def known(self, name: str, known: Mapping[str, tuple[str, str]]) -> list[str]:
        """Keys of what a cell names."""
        found = []
        for word in self.words(name):
            keys = _named(word, known)
            if len(keys) == 1:
                found += keys
            else:
                self.fault(name, f"{word!r} is {'not unique, say its code' if keys else 'not known here'}.")
        return found

    def of(self, name: str, words: Mapping[str, str]) -> list[str]:
        """Codes of words from a fixed list; the code itself will do."""
        by_word = {word: code for code, word in words.items()} | {code: code for code in words}
        found = []
        for word in self.words(name):
            if word in by_word:
                found.append(by_word[word])
            else:
                self.fault(name, f"{word!r} is none of {'、'.join(words.values())}.")
        return found

    def span(self, name: str, start: str, end: str) -> dict[str, str]:
        if not self.text(name):
            return {}
        parts = re.split(r"\s*[~～至]\s*", self.text(name))
        if len(parts) != 2 or not any(parts):
            self.fault(name, "written as START~END; one of them may stay empty for dates.")
            return {}
        return {key: part for key, part in zip((start, end), parts, strict=True) if part}


def _named(word: str, known: Mapping[str, tuple[str, str]]) -> list[str]:
    code = word.split()[0]
    by_code = [key for key, (own, _) in known.items() if own == code]
    return by_code or [key for key, (_, name) in known.items() if name == word]


def _rule(row: _Reading, names: Names) -> dict[str, Any]:
    for name in ("rule_id", "name", "by"):
        if not row.text(name):
            row.fault(name, "must be given.")
    asked: dict[str, object] = {
        "categories": row.known("categories", names.categories),
        "conditions": row.known("conditions", names.conditions),
        "grounds": row.of("grounds", GROUNDS),
        "grids": row.known("grids", names.grids),
        "areas": row.known("areas", names.areas),
        "area_classes": row.words("area_classes"),
        "window": {**row.span("dates", "from_on", "to_on"), **row.span("times", "from_time", "to_time")},
    }
    when = {name: value for name, value in asked.items() if value}
    if row.text("urgent"):
        when["urgent"] = row.of("urgent", {"yes": YES, "no": NO}) == ["yes"]
    said = row.text("by").replace("(", "（").replace(")", "）")
    way = next((way for way, words in WAYS.items() if words == said), None)
    if way is None and said:
        row.fault("by", f"none of {'、'.join(WAYS.values())}.")
    by, kind = way or ("", None)
    choose = {"by": by, **({"kind": kind} if kind else {})}
    units = row.known("unit_id", names.units)
    if len(units) != (1 if by == "unit" else 0):
        row.fault("unit_id", f"one unit where 派给 is {WAYS['unit', None]}, otherwise none.")
    elif units:
        choose["unit_id"] = units[0]
    before = row.words("before")
    return {
        "rule_id": row.text("rule_id"),
        "name": row.text("name"),
        "when": when,
        "choose": choose,
        **({"before": before} if before else {}),
    }


def _duty(row: _Reading, names: Names) -> dict[str, Any]:
    for name in ("category", "unit_kind"):
        if not row.text(name):
            row.fault(name, "must be given.")
    found = {
        "category": row.known("category", names.categories),
        "part": row.of("part", PARTS) or ["main"],
        "unit_kind": row.of("unit_kind", UNIT_KINDS),
        "unit_id": row.known("unit_id", names.units),
        "area_id": row.known("area_id", names.areas),
    }
    for name, values in found.items():
        if len(values) > 1:
            row.fault(name, "one only; make a row for each.")
    return {name: values[0] for name, values in found.items() if values}
