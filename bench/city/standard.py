"""A standard of a city's size beside the built-in kinds, and the duty list that goes with it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from uuid import UUID

from gridward.domain.routing.rules import Duty, Part
from gridward.domain.standards import Category, Condition, Limit, LimitKind, Standard, Text
from gridward.domain.standards_builtin import built_in_standard
from gridward.domain.standards_conditions import CategoryKind
from gridward.domain.territory import UnitKind

CONDITIONS_OF_A_CATEGORY = 5
THINGS = (
    "路面",
    "护栏",
    "站亭",
    "花箱",
    "座椅",
    "雨水篦",
    "路牌",
    "信号灯",
    "电箱",
    "围挡",
    "公厕",
    "树池",
    "广告牌",
    "桥栏",
)
FAULTS = ("破损", "缺失", "松动", "污损", "倾斜")
LIMITS = (
    Limit(LimitKind.URGENT_HOUR, 2),
    Limit(LimitKind.WORK_HOUR, 4),
    Limit(LimitKind.WORK_HOUR, 8),
    Limit(LimitKind.WORK_DAY, 2),
    Limit(LimitKind.WORK_DAY, 5),
)


def large_standard(conditions: int) -> Standard:
    """The built-in standard with further kinds until it has about ``conditions`` conditions."""
    standard = built_in_standard("draft")
    categories, known = dict(standard.categories), dict(standard.conditions)
    number = 0
    while len(known) < conditions:
        number += 1
        code = f"part{number:03d}"
        name = f"{THINGS[number % len(THINGS)]}{number}"
        ids = []
        for fault, (word, limit) in enumerate(zip(FAULTS, LIMITS, strict=True), 1):
            condition = Condition(
                condition_id=f"{code}-{fault}",
                category_code=code,
                code=str(fault),
                filing_text=f"{name}{word}，影响通行或市容",
                closing_text=f"{name}修复，现场干净",
                limit=limit,
                lead=("市政设施所",),
                last_resort=("社区居委会",),
                name=Text(f"{name}{word}"),
            )
            known[condition.condition_id] = condition
            ids.append(condition.condition_id)
        categories[code] = Category(
            code=code,
            scheme="local",
            number=f"01{number:02d}",
            name=Text(name),
            kind=CategoryKind.COMPONENT,
            condition_ids=tuple(ids),
            default_condition_id=ids[1],
            automatic=True,
        )
    return replace(standard, categories=categories, conditions=known)


def large_duties(
    rng: random.Random, standard: Standard, departments: dict[str, UUID], streets: list[UUID]
) -> tuple[Duty, ...]:
    """For each further kind the department that answers everywhere, another that helps, and one street's exception."""
    found = []
    units = list(departments.values())
    for code in standard.categories:
        if code.startswith("part"):
            main, assist, local = (rng.choice(units) for _ in range(3))
            found += [
                Duty(category=code, unit_kind=UnitKind.department, unit_id=main),
                Duty(category=code, unit_kind=UnitKind.department, part=Part.assist, unit_id=assist),
                Duty(category=code, unit_kind=UnitKind.department, unit_id=local, area_id=rng.choice(streets)),
            ]
    return tuple(found)


FIRST_DAY = date(2020, 1, 1)
