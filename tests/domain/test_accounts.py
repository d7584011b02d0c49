"""The policy: what the table says, and what follows from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridward.domain.accounts import (
    ADMIN_ROLES,
    POLICY,
    PROGRAM_ACTIONS,
    SCOPES_OF_ROLE,
    TICKET_FIELDS,
    UNIT_ROLES,
    Actor,
    Grant,
    Relation,
    Role,
    ScopeKind,
    Subject,
    idle_limit,
    may,
    may_anywhere,
    policy_markdown,
    program,
    relations,
    require,
    scope_revision,
    ticket_fields,
)
from gridward.domain.accounts_sign_in import masked_phone, normal_phone
from gridward.domain.errors import Forbidden, Malformed, NotFound
from gridward.domain.tickets.table import ACTIONS, LIFECYCLE
from gridward.domain.tickets.words import Intent

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
HERE, ELSEWHERE = uuid4(), uuid4()
HOME, NEIGHBOUR = uuid4(), uuid4()
GRID, OTHER_GRID, UNIT, OTHER_UNIT = uuid4(), uuid4(), uuid4(), uuid4()
ME, SOMEBODY = uuid4(), uuid4()


def grant(role: Role, kind: ScopeKind, scope_id: UUID, community_id: UUID | None = None) -> Grant:
    community = scope_id if kind is ScopeKind.community else community_id
    return Grant(role=role, scope_kind=kind, scope_id=scope_id, valid_from=SINCE, community_id=community)


def actor(*grants: Grant, grids: frozenset[UUID] = frozenset()) -> Actor:
    return Actor(person_id=ME, jurisdiction_id=HERE, grants=grants, grids=grids)


def subject(**more: object) -> Subject:
    return Subject(**{"jurisdiction_id": HERE, **more})  # type: ignore[arg-type]


DISPATCHER = actor(grant(Role.dispatcher, ScopeKind.community, HOME))
STEWARD = actor(grant(Role.steward, ScopeKind.grid, GRID, HOME))
UNIT_LEAD = actor(grant(Role.unit_lead, ScopeKind.unit, UNIT))
VOLUNTEER = actor(grant(Role.volunteer, ScopeKind.community, HOME))

HERS = subject(owner_ids=frozenset({ME}), community_id=NEIGHBOUR)
NEXT_DOOR = subject(owner_ids=frozenset({SOMEBODY}), grid_id=GRID, community_id=HOME)
WITH_US = subject(owner_ids=frozenset({SOMEBODY}), grid_id=GRID, community_id=HOME, unit_ids=frozenset({UNIT}))
WITH_OTHERS = subject(community_id=HOME, unit_ids=frozenset({OTHER_UNIT}))


def test_every_step_of_a_ticket_has_a_row() -> None:
    assert set(POLICY) >= ACTIONS


def test_every_row_lets_somebody_do_it() -> None:
    assert [action for action, row in POLICY.items() if not row and action not in PROGRAM_ACTIONS] == []


def test_a_dispatcher_is_nobody_in_the_next_community() -> None:
    assert may(DISPATCHER, "ticket:assign", NEXT_DOOR)
    assert not may(DISPATCHER, "ticket:assign", subject(community_id=NEIGHBOUR))
    assert not may(DISPATCHER, "ticket:assign", subject())


def test_a_report_is_taken_from_everywhere_in_the_jurisdiction() -> None:
    for place in (HERS, NEXT_DOOR, subject(), subject(owner_ids=frozenset({ME}))):
        assert may(VOLUNTEER, "report:file", place)
        assert may(UNIT_LEAD, "report:file", place)
    assert not may(VOLUNTEER, "report:file", Subject(jurisdiction_id=ELSEWHERE))


def test_two_roles_do_not_lend_each_other_their_relations() -> None:
    both = actor(
        grant(Role.dispatcher, ScopeKind.community, HOME), grant(Role.volunteer, ScopeKind.community, NEIGHBOUR)
    )
    assert Relation.own_area in relations(both, subject(community_id=NEIGHBOUR))
    assert not may(both, "ticket:assign", subject(community_id=NEIGHBOUR))
    assert may(both, "ticket:read_outline", subject(community_id=NEIGHBOUR))


def test_a_unit_sees_a_ticket_while_it_is_theirs_and_never_who_reported() -> None:
    assert may(UNIT_LEAD, "ticket:read", WITH_US)
    assert not may(UNIT_LEAD, "ticket:read", WITH_OTHERS)
    assert "reporter" not in ticket_fields(UNIT_LEAD, WITH_US)
    assert ticket_fields(UNIT_LEAD, WITH_OTHERS) == frozenset()


@pytest.mark.parametrize("role", sorted(UNIT_ROLES))
def test_no_cell_shows_a_foreign_reporter_to_a_unit(role: Role) -> None:
    assert POLICY["ticket:read_reporter"][role] == {Relation.own}
    assert role not in POLICY["ticket:read_internal_note"]
    assert role not in POLICY["ticket:verify"]


def test_a_volunteer_sees_the_outline_of_a_neighbours_ticket_and_all_of_the_own() -> None:
    assert ticket_fields(VOLUNTEER, NEXT_DOOR) == TICKET_FIELDS["ticket:read_outline"]
    assert {"timeline", "photos", "reporter"} <= ticket_fields(VOLUNTEER, HERS)
    assert ticket_fields(VOLUNTEER, subject(community_id=NEIGHBOUR)) == frozenset()


def test_a_steward_holds_a_grid_by_grant_or_by_stewardship() -> None:
    assert relations(STEWARD, NEXT_DOOR) == {Relation.own_grid, Relation.own_area, Relation.other}
    held = actor(grant(Role.steward, ScopeKind.community, HOME), grids=frozenset({GRID}))
    assert Relation.own_grid in relations(held, NEXT_DOOR)
    without_role = actor(grant(Role.volunteer, ScopeKind.community, HOME), grids=frozenset({GRID}))
    assert Relation.own_grid not in relations(without_role, NEXT_DOOR)


def test_the_three_administrators_are_apart() -> None:
    all_of_it = subject()
    can = {
        role: {a for a in POLICY if may(actor(grant(role, ScopeKind.jurisdiction, HERE)), a, all_of_it)}
        for role in ADMIN_ROLES
    }
    assert "rules:publish" in can[Role.system_admin]
    assert "grant:give" in can[Role.security_admin]
    assert "audit:read" in can[Role.audit_admin]
    for action in ("rules:publish", "grant:give", "audit:read", "people:invite_staff", "territory:publish"):
        assert sum(action in allowed for allowed in can.values()) == 1, action
    assert not any(action.startswith("ticket:") for allowed in can.values() for action in allowed)


def test_the_program_does_only_its_column() -> None:
    rules = program(HERE, "rules")
    assert may(rules, "ticket:assign", NEXT_DOOR)
    assert not may(rules, "ticket:verify", NEXT_DOOR)
    assert not may(rules, "ticket:assign", Subject(jurisdiction_id=ELSEWHERE))


def test_what_has_no_row_is_a_fault_and_nobody_is_let_through() -> None:
    with pytest.raises(KeyError):
        may(DISPATCHER, "ticket:teleport", NEXT_DOOR)


def test_refusals_do_not_tell_what_lies_elsewhere() -> None:
    with pytest.raises(NotFound):
        require(DISPATCHER, "ticket:assign", Subject(jurisdiction_id=ELSEWHERE, community_id=HOME))
    with pytest.raises(Forbidden) as refused:
        require(VOLUNTEER, "ticket:assign", NEXT_DOOR)
    assert refused.value.facts == {"action": "ticket:assign"}


grants = st.builds(
    lambda role, kind, scope, community: grant(role, kind, scope, community),
    st.sampled_from(Role),
    st.sampled_from(ScopeKind),
    st.sampled_from([HERE, HOME, NEIGHBOUR, GRID, UNIT]),
    st.sampled_from([None, HOME, NEIGHBOUR]),
)
subjects = st.builds(
    Subject,
    jurisdiction_id=st.sampled_from([HERE, ELSEWHERE]),
    owner_ids=st.frozensets(st.sampled_from([ME, SOMEBODY])),
    grid_id=st.sampled_from([None, GRID, OTHER_GRID]),
    community_id=st.sampled_from([None, HOME, NEIGHBOUR]),
    unit_ids=st.frozensets(st.sampled_from([UNIT, OTHER_UNIT])),
)


@given(st.lists(grants, max_size=4), subjects, st.sampled_from(sorted(POLICY)))
def test_nothing_reaches_into_another_jurisdiction_and_no_role_allows_nothing(
    held: list[Grant], thing: Subject, action: str
) -> None:
    person = actor(*held)
    allowed = may(person, action, thing)
    if thing.jurisdiction_id != HERE or not held:
        assert not allowed
    if allowed:
        assert may_anywhere(person, action)
        assert any(may(actor(one), action, thing) for one in held)
    assert ticket_fields(person, Subject(jurisdiction_id=ELSEWHERE)) == frozenset()


@given(st.lists(grants, min_size=1, max_size=4))
def test_the_revision_knows_every_grant_whatever_their_order(held: list[Grant]) -> None:
    assert scope_revision(actor(*held)) == scope_revision(actor(*reversed(held)))
    assert scope_revision(actor(*held)) != scope_revision(actor(*held[1:]))


def test_more_power_means_shorter_sessions() -> None:
    assert idle_limit([Role.volunteer]) == timedelta(days=180)
    assert idle_limit([Role.volunteer, Role.dispatcher]) == timedelta(hours=12)
    assert idle_limit([]) <= timedelta(hours=2)


def test_every_role_has_a_scope_and_every_intent_a_place_in_the_printed_table() -> None:
    assert set(SCOPES_OF_ROLE) == set(Role)
    printed = policy_markdown()
    assert all(f"| `{action}` |" in printed for action in ACTIONS)
    assert {transition.intent for transition in LIFECYCLE.values()} == set(Intent)
    assert len({line.count("|") for line in printed.splitlines()}) == 1


@pytest.mark.parametrize(
    "written", ["138 0013 8000", "+86-138-0013-8000", "0086 13800138000", "１３８００１３８０００", "8613800138000"]
)
def test_a_phone_is_read_as_people_write_it(written: str) -> None:
    assert normal_phone(written) == "13800138000"


@pytest.mark.parametrize("written", ["", "1380013800", "138001380000", "12800138000", "0757-12345678", "1380013800x"])
def test_what_is_no_mobile_number_is_refused(written: str) -> None:
    with pytest.raises(Malformed):
        normal_phone(written)


def test_a_masked_phone_keeps_its_ends() -> None:
    assert masked_phone("13800138000") == "138****8000"
