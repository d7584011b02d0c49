"""A roster as people keep it: one line per person and role, judged line by line before anything is published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar
from uuid import UUID

from gridward.domain.accounts import ADMIN_ROLES, DESK_ROLES, PUBLIC_ROLES, UNIT_ROLES, Role, ScopeKind
from gridward.domain.accounts_sign_in import normal_phone
from gridward.domain.errors import Malformed
from gridward.domain.imports import Finding

Found = TypeVar("Found")
NO_GRID: tuple[UUID | None, UUID | None] = (None, None)

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "name": ("name", "姓名", "名字"),
        "phone": ("phone", "mobile", "手机", "手机号", "手机号码", "电话", "联系电话"),
        "community": ("community", "community code", "社区", "社区编码", "社区代码", "所属社区", "村居"),
        "role": ("role", "角色", "身份", "岗位"),
        "unit": ("unit", "unit code", "单位", "单位编码", "单位代码", "责任单位"),
        "grid": ("grid", "grid code", "网格", "网格编码", "网格代码", "所属网格"),
    }
)
"""A column's name here, and what its heading may say."""

ROLE_WORDS: Mapping[str, tuple[Role, bool]] = MappingProxyType(
    {
        **{role.value: (role, False) for role in Role},
        "志愿者": (Role.volunteer, False),
        "党员志愿者": (Role.volunteer, False),
        "网格员": (Role.steward, False),
        "网格长": (Role.steward, True),
        "grid_leader": (Role.steward, True),
        "联系党员": (Role.liaison, False),
        "党代表": (Role.liaison, False),
        "作业人员": (Role.unit_worker, False),
        "单位人员": (Role.unit_worker, False),
        "单位负责人": (Role.unit_lead, False),
        "队长": (Role.unit_lead, False),
        "派遣员": (Role.dispatcher, False),
        "值班长": (Role.shift_leader, False),
        "考核员": (Role.supervisor, False),
        "督查员": (Role.supervisor, False),
        "系统管理员": (Role.system_admin, False),
        "安全管理员": (Role.security_admin, False),
        "审计管理员": (Role.audit_admin, False),
    }
)
"""What a role may be called, and whether that one leads; nothing at all means volunteer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLine:
    """One line as it stands in the file: ``cells`` by the names of :data:`COLUMNS`."""

    place: str
    cells: Mapping[str, str]

    def cell(self, name: str) -> str:
        return self.cells.get(name, "").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPerson:
    person_id: UUID
    disabled: bool
    held: frozenset[tuple[Role, ScopeKind, UUID]]
    grids: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownGround:
    """What a roster may refer to. Communities, units and grids by code, and communities by an unambiguous name.

    ``admins_apart``: nobody holds two of the administrator roles.
    """

    jurisdiction_id: UUID
    admins_apart: bool
    communities: Mapping[str, UUID | None]
    units: Mapping[str, UUID | None]
    grids: Mapping[str, tuple[UUID | None, UUID | None]]
    grid_leads: Mapping[UUID, UUID]
    people: Mapping[tuple[str, str], KnownPerson]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A line that can be published: the person (None: to be added), the role, and the grid to hold with it."""

    place: str
    name: str
    phone: str
    community_id: UUID | None
    person_id: UUID | None
    role: Role
    scope_kind: ScopeKind
    scope_id: UUID
    is_lead: bool
    grid_id: UUID | None
    gives_grant: bool
    gives_grid: bool

    @property
    def person(self) -> tuple[str, str]:
        return self.name, self.phone


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRoster:
    """``unchanged`` holds the people whose line says what stands already."""

    read: int
    ready: tuple[Planned, ...]
    unchanged: tuple[Planned, ...]
    refused: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """What whoever brings a roster may do with it: the administrators share these. ``person_id`` is that person's own."""

    person_id: UUID | None
    add: bool
    give_public: bool
    give: bool

    def gives(self, plan: Planned) -> bool:
        return self.give_public if plan.role in PUBLIC_ROLES else self.give


def within(judged: JudgedRoster, powers: Powers) -> JudgedRoster:
    """What of a roster these powers reach: people are put on it without a role that is another's to give.

    The same file is then brought by that other administrator, who gives the roles. Nobody gives a role to themselves.
    """
    ready: list[Planned] = []
    refused, warnings = list(judged.refused), list(judged.warnings)
    for plan in judged.ready:
        if plan.person_id is None and not powers.add:
            why = "New on the roster: the system administrator brings the same file first."
            refused.append(Finding(code="person_not_yours", place=plan.place, field="name", text=plan.name, why=why))
        elif plan.person_id is not None and plan.person_id == powers.person_id:
            why = "Nobody gives a role to themselves; another administrator does."
            refused.append(Finding(code="grant_to_self", place=plan.place, field="role", text=plan.name, why=why))
        elif powers.gives(plan):
            ready.append(plan)
        elif plan.person_id is None:
            why = "Put on the roster without this role; the security administrator gives it by the same file."
            warnings.append(Finding(code="role_left", place=plan.place, field="role", text=plan.name, why=why))
            ready.append(replace(plan, gives_grant=False, gives_grid=False))
        else:
            why = "This role is the security administrator's to give: by the same file."
            refused.append(Finding(code="role_not_yours", place=plan.place, field="role", text=plan.name, why=why))
    return replace(judged, ready=tuple(ready), refused=tuple(refused), warnings=tuple(warnings))


class _Refused(Exception):
    def __init__(self, code: str, field: str, text: str, why: str) -> None:
        self.code, self.field, self.text, self.why = code, field, text, why


def judge(lines: Iterable[RosterLine], known: KnownGround) -> JudgedRoster:
    """Every line on its own, then against the lines before it: repeated lines, shared numbers, a grid's second lead."""
    ready: list[Planned] = []
    unchanged: list[Planned] = []
    refused: list[Finding] = []
    warnings: list[Finding] = []
    seen: dict[tuple[str, str, Role, UUID], str] = {}
    names_of_phone: dict[str, str] = {}
    led_by: dict[UUID, tuple[str, str]] = {}
    read = 0
    for line in lines:
        read += 1
        try:
            plan = _planned(line, known)
            key = (*plan.person, plan.role, plan.scope_id)
            if key in seen:
                raise _Refused("row_repeated", "", plan.name, f"The same person and role stand in {seen[key]}.")
            _check_lead(plan, known.grid_leads, led_by)
            if known.admins_apart:
                _check_apart(plan, known, ready)
        except _Refused as wrong:
            refused.append(
                Finding(code=wrong.code, place=line.place, field=wrong.field, text=wrong.text, why=wrong.why)
            )
            continue
        seen[key] = line.place
        if plan.is_lead and plan.grid_id is not None:
            led_by[plan.grid_id] = plan.person
        other = names_of_phone.setdefault(plan.phone, plan.name)
        if other != plan.name:
            why = f"{other} has the same number: whoever gets a code by it is asked which of the two."
            warnings.append(Finding(code="phone_shared", place=line.place, field="phone", text=plan.name, why=why))
        if plan.role is Role.steward and plan.grid_id is None:
            why = "A steward without a grid sees the community's tickets and is asked for none of them first."
            warnings.append(Finding(code="steward_without_grid", place=line.place, field="grid", why=why))
        (ready if plan.gives_grant or plan.gives_grid or plan.person_id is None else unchanged).append(plan)
    return JudgedRoster(
        read=read,
        ready=tuple(ready),
        unchanged=tuple(unchanged),
        refused=tuple(refused),
        warnings=tuple(warnings),
    )


def _check_lead(plan: Planned, leads: Mapping[UUID, UUID], led_by: Mapping[UUID, tuple[str, str]]) -> None:
    if not plan.is_lead or plan.grid_id is None:
        return
    stands = leads.get(plan.grid_id)
    if (stands is not None and stands != plan.person_id) or led_by.get(plan.grid_id, plan.person) != plan.person:
        raise _Refused("grid_has_lead", "grid", plan.name, "The grid has another lead; end that stewardship first.")


def _check_apart(plan: Planned, known: KnownGround, ready: Iterable[Planned]) -> None:
    person = known.people.get(plan.person)
    roles = {role for role, _, _ in person.held} if person else set()
    roles |= {other.role for other in ready if other.person == plan.person}
    if plan.role in ADMIN_ROLES and (roles & ADMIN_ROLES) - {plan.role}:
        raise _Refused("admins_apart", "role", plan.name, "The three administrators are three people here.")


def _planned(line: RosterLine, known: KnownGround) -> Planned:
    name = line.cell("name")
    if not name:
        raise _Refused("name_missing", "name", "", "Who is it?")
    try:
        phone = normal_phone(line.cell("phone"))
    except Malformed:
        why = "Not a mobile number of eleven digits; it is how this person is found again."
        raise _Refused("phone_malformed", "phone", line.cell("phone"), why) from None
    word = line.cell("role").lower()
    if word and word not in ROLE_WORDS:
        why = "No role of that name: " + ", ".join(Role) + ", or its Chinese word."
        raise _Refused("role_unknown", "role", line.cell("role"), why)
    role, is_lead = ROLE_WORDS[word or Role.volunteer]
    grid_id, grid_community = _found(line, "grid", known.grids, NO_GRID)
    community_id = _found(line, "community", known.communities, grid_community)
    unit_id = _found(line, "unit", known.units, None)
    scope_kind, scope_id = _scope(line, role, known.jurisdiction_id, community_id, grid_id, unit_id)
    person = known.people.get((name, phone))
    if person is not None and person.disabled:
        raise _Refused("person_disabled", "name", name, "This person was shut out; let them in again first.")
    holds = grid_id if role is Role.steward else None
    return Planned(
        place=line.place,
        name=name,
        phone=phone,
        community_id=community_id,
        person_id=None if person is None else person.person_id,
        role=role,
        scope_kind=scope_kind,
        scope_id=scope_id,
        is_lead=is_lead,
        grid_id=holds,
        gives_grant=person is None or (role, scope_kind, scope_id) not in person.held,
        gives_grid=holds is not None and (person is None or holds not in person.grids),
    )


def _found(line: RosterLine, column: str, known: Mapping[str, Found], otherwise: Found) -> Found:
    text = line.cell(column)
    if not text:
        return otherwise
    if text not in known:
        why = f"No {column} has this code here; import the territory first, or look for a lost zero."
        raise _Refused(f"{column}_unknown", column, text, why)
    return known[text]


def _scope(
    line: RosterLine, role: Role, jurisdiction_id: UUID, community: UUID | None, grid: UUID | None, unit: UUID | None
) -> tuple[ScopeKind, UUID]:
    if role in UNIT_ROLES:
        if unit is None:
            raise _Refused("unit_missing", "unit", line.cell("name"), "Which unit does this person work for?")
        return ScopeKind.unit, unit
    if role is Role.steward and grid is not None:
        return ScopeKind.grid, grid
    if role in DESK_ROLES and community is None:
        return ScopeKind.jurisdiction, jurisdiction_id
    if role in (Role.volunteer, Role.liaison, Role.steward) or role in DESK_ROLES:
        if community is None:
            raise _Refused("community_missing", "community", line.cell("name"), "Which community is this person of?")
        return ScopeKind.community, community
    return ScopeKind.jurisdiction, jurisdiction_id
