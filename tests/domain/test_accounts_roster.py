"""A roster judged line by line."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from gridward.domain.accounts import Role, ScopeKind
from gridward.domain.accounts_roster import KnownGround, KnownPerson, RosterLine, judge

HOME, UNIT, GRID, LED, LEAD = uuid4(), uuid4(), uuid4(), uuid4(), uuid4()
OLD, GONE = uuid4(), uuid4()
KNOWN = KnownGround(
    jurisdiction_id=uuid4(),
    admins_apart=True,
    communities={"440605001001": HOME, "雪圃社区": HOME},
    units={"HW1": UNIT},
    grids={"001": (GRID, HOME), "002": (LED, HOME)},
    grid_leads={LED: LEAD},
    people={
        ("何伯", "19900000001"): KnownPerson(
            person_id=OLD,
            disabled=False,
            held=frozenset({(Role.volunteer, ScopeKind.community, HOME)}),
            grids=frozenset(),
        ),
        ("离任", "19900000002"): KnownPerson(person_id=GONE, disabled=True, held=frozenset(), grids=frozenset()),
    },
)


def line(number: int, **cells: str) -> RosterLine:
    return RosterLine(place=f"row {number}", cells={"name": "梁阿姨", "phone": "199 0000 0009", **cells})


def test_an_empty_role_is_a_volunteer_and_a_community_has_code_or_name() -> None:
    judged = judge([line(2, community="440605001001"), line(3, name="陈姨", community="雪圃社区")], KNOWN)
    assert judged.refused == ()
    assert {(plan.role, plan.scope_kind, plan.scope_id) for plan in judged.ready} == {
        (Role.volunteer, ScopeKind.community, HOME)
    }
    assert [warning.code for warning in judged.warnings] == ["phone_shared"]


def test_a_grid_leader_holds_the_grid() -> None:
    (plan,) = judge([line(2, role="网格长", grid="001")], KNOWN).ready
    assert (plan.role, plan.is_lead, plan.scope_kind, plan.grid_id) == (Role.steward, True, ScopeKind.grid, GRID)
    assert plan.community_id == HOME
    assert plan.gives_grid


def test_what_stands_already_is_unchanged_and_a_second_role_is_not() -> None:
    judged = judge(
        [
            line(2, name="何伯", phone="19900000001", community="雪圃社区"),
            line(3, name="何伯", phone="19900000001", community="雪圃社区", role="liaison"),
        ],
        KNOWN,
    )
    assert [plan.place for plan in judged.unchanged] == ["row 2"]
    assert [(plan.place, plan.person_id) for plan in judged.ready] == [("row 3", OLD)]


@pytest.mark.parametrize(
    ("cells", "code", "field"),
    [
        ({"name": " "}, "name_missing", "name"),
        ({"phone": "0757-123"}, "phone_malformed", "phone"),
        ({"role": "市长"}, "role_unknown", "role"),
        ({"community": "999"}, "community_unknown", "community"),
        ({}, "community_missing", "community"),
        ({"role": "unit_worker"}, "unit_missing", "unit"),
        ({"role": "unit_worker", "unit": "XX"}, "unit_unknown", "unit"),
        ({"role": "网格员", "grid": "01"}, "grid_unknown", "grid"),
        ({"role": "网格长", "grid": "002"}, "grid_has_lead", "grid"),
        ({"name": "离任", "phone": "19900000002", "community": "雪圃社区"}, "person_disabled", "name"),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_its_field(cells: dict[str, str], code: str, field: str) -> None:
    judged = judge([line(7, **cells)], KNOWN)
    (finding,) = judged.refused
    assert (finding.place, finding.code, finding.field) == ("row 7", code, field)
    assert judged.ready == ()


def test_lines_are_judged_against_the_ones_before() -> None:
    judged = judge(
        [
            line(2, community="雪圃社区"),
            line(3, community="440605001001"),
            line(4, name="甲", phone="19900000011", role="网格长", grid="001"),
            line(5, name="乙", phone="19900000012", role="网格长", grid="001"),
            line(6, name="丙", phone="19900000013", role="系统管理员"),
            line(7, name="丙", phone="19900000013", role="审计管理员"),
        ],
        KNOWN,
    )
    assert [(finding.place, finding.code) for finding in judged.refused] == [
        ("row 3", "row_repeated"),
        ("row 5", "grid_has_lead"),
        ("row 7", "admins_apart"),
    ]
    assert judged.read == len(judged.ready) + len(judged.unchanged) + len(judged.refused)


def test_one_community_may_have_one_administrator() -> None:
    rows = [line(2, role="system_admin"), line(3, role="security_admin"), line(4, role="audit_admin")]
    assert len(judge(rows, replace(KNOWN, admins_apart=False)).ready) == 3
