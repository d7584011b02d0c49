"""Who works and walks in the invented quarter. All names are made up."""

from __future__ import annotations

import random
from dataclasses import dataclass

from gridward.demo.city import COLUMNS, COMMUNITIES, ROWS, STREET_CODE, grid_code
from gridward.domain.territory import UnitKind

SURNAMES = "梁何黄陈李麦霍区冼关邓卢苏潘罗谭欧阮叶曾"
GIVEN = (
    "秀英", "志强", "桂芳", "国华", "美玲", "建业", "丽珍", "伟明", "惠兰", "耀祖",
    "润棠", "金好", "少芬", "锦波", "玉婵", "炳坤", "翠仪", "兆麟", "燕萍", "树根",
    "月娥", "广文", "杏娟", "健辉", "瑞云", "泽林", "婉婷", "守信", "淑贞", "永康",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """One unit; ``area`` is the code of the area it belongs to, ``ground`` the names of its service areas."""

    code: str
    name: str
    kind: UnitKind
    area: str
    telephone: str
    last_resort: bool = False
    ground: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """One person with one role. ``grids`` are codes; ``staff`` signs in by password."""

    name: str
    role: str
    phone: str
    community: str | None = None
    unit: str | None = None
    grids: tuple[str, ...] = ()
    is_lead: bool = False
    staff: bool = False


UNITS = (
    UnitPlan("HW1", "环卫一队", UnitKind.work, STREET_CODE, "0000-10000001", ground=("环卫一队作业范围",)),
    UnitPlan("HW2", "环卫二队", UnitKind.work, STREET_CODE, "0000-10000002", ground=("环卫二队作业范围",)),
    UnitPlan("WY1", "雪圃花园物业", UnitKind.estate, COMMUNITIES[0].code, "0000-10000003", ground=("雪圃花园",)),
    UnitPlan("WY2", "水埗新苑物业", UnitKind.estate, COMMUNITIES[2].code, "0000-10000004", ground=("水埗新苑",)),
    UnitPlan("SZ", "市政设施所", UnitKind.department, STREET_CODE, "0000-10000005"),
    UnitPlan("LD", "路灯管理所", UnitKind.department, STREET_CODE, "0000-10000006"),
    UnitPlan("ZF", "综合执法队", UnitKind.department, STREET_CODE, "0000-10000007"),
    UnitPlan("JD", "连溪街道办", UnitKind.street, STREET_CODE, "0000-10000008", last_resort=True),
    *(
        UnitPlan(
            f"SQ{number}",
            plan.name + "居委会",
            UnitKind.community,
            plan.code,
            f"0000-1000001{number}",
            last_resort=True,
        )
        for number, plan in enumerate(COMMUNITIES, 1)
    ),
)


LIAISONS = 80
"""With the households; without them a handful is enough."""


def roster(seed: int = 1, *, field_work: bool = False) -> tuple[PersonPlan, ...]:
    """Everybody: 36 volunteers, 15 stewards, 6 liaisons, the units' people, the desk, supervisors, administrators.

    ``field_work``: 80 liaisons, the others of them behind everybody else, who stay who they are.
    """
    rng = random.Random(f"people-{seed}")
    names = [surname + given for surname in SURNAMES for given in GIVEN]
    rng.shuffle(names)
    drawn = iter(names)
    counter = iter(range(1, 10_000))
    people: list[PersonPlan] = []

    def add(role: str, **more: object) -> None:
        people.append(PersonPlan(next(drawn), role, f"1990000{next(counter):04d}", **more))  # type: ignore[arg-type]

    for plan in COMMUNITIES:
        for _ in range(12):
            add("volunteer", community=plan.code)
        for row in range(ROWS):
            held = tuple(grid_code(column, row) for column in range(COLUMNS) if column in plan.columns)
            add("steward", community=plan.code, grids=held, is_lead=True)
        for _ in range(2):
            add("liaison", community=plan.code)
    for unit in UNITS:
        add("unit_lead", unit=unit.code, staff=True)
        for _ in range(3 if unit.kind is UnitKind.work else 1):
            add("unit_worker", unit=unit.code)
    for role in (
        "dispatcher",
        "dispatcher",
        "shift_leader",
        "supervisor",
        "system_admin",
        "security_admin",
        "audit_admin",
    ):
        add(role, staff=True)
    if field_work:
        for number in range(LIAISONS - sum(plan.role == "liaison" for plan in people)):
            add("liaison", community=COMMUNITIES[number % len(COMMUNITIES)].code)
    return tuple(people)
