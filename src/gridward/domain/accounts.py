"""Who a person is to this program: roles, where they hold, and what they allow.

A role is granted for a scope and a time, several to one person. What a role allows depends on the relation of that role
to the thing: a dispatcher of one community is nobody in the next. The table itself stands in ``accounts_table``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from gridward.domain.accounts_table import COLUMNS, POLICY_TABLE
from gridward.domain.errors import Forbidden, NotFound


class Role(StrEnum):
    """What a person is here; the Chinese words stand in the glossary."""

    volunteer = "volunteer"
    steward = "steward"
    liaison = "liaison"
    unit_worker = "unit_worker"
    unit_lead = "unit_lead"
    dispatcher = "dispatcher"
    shift_leader = "shift_leader"
    supervisor = "supervisor"
    system_admin = "system_admin"
    security_admin = "security_admin"
    audit_admin = "audit_admin"


class ScopeKind(StrEnum):
    jurisdiction = "jurisdiction"
    community = "community"
    grid = "grid"
    unit = "unit"


class Relation(StrEnum):
    """How a thing stands to one role of one person. Several hold at once: the own grid lies in the own area.

    ``other`` holds for everything in the person's jurisdiction: a row that names it asks for no nearer relation.
    """

    own = "own"
    own_grid = "own_grid"
    own_unit = "own_unit"
    own_area = "own_area"
    other = "other"


UNIT_ROLES = frozenset({Role.unit_worker, Role.unit_lead})
ADMIN_ROLES = frozenset({Role.system_admin, Role.security_admin, Role.audit_admin})
DESK_ROLES = frozenset({Role.dispatcher, Role.shift_leader, Role.supervisor})
PUBLIC_ROLES = frozenset({Role.volunteer, Role.liaison})
"""Roles that whoever keeps the roster may give; all others are for whoever keeps the rights."""
STAFF_ROLES = DESK_ROLES | ADMIN_ROLES
"""These sign in with a password; a link, a printed code or a message to a phone is not enough for them."""

SCOPES_OF_ROLE: Mapping[Role, frozenset[ScopeKind]] = MappingProxyType(
    {
        Role.volunteer: frozenset({ScopeKind.community}),
        Role.liaison: frozenset({ScopeKind.community}),
        Role.steward: frozenset({ScopeKind.grid, ScopeKind.community}),
        **dict.fromkeys(UNIT_ROLES, frozenset({ScopeKind.unit})),
        **dict.fromkeys(DESK_ROLES, frozenset({ScopeKind.community, ScopeKind.jurisdiction})),
        **dict.fromkeys(ADMIN_ROLES, frozenset({ScopeKind.jurisdiction})),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role held in a scope from ``valid_from`` until before ``valid_to`` (open when None).

    ``scope_id`` is the id of the jurisdiction, community (an area), grid or unit; ``community_id`` the community in
    which that scope lies, where it lies in one. ``is_lead`` marks the grid leader among stewards.
    """

    role: Role
    scope_kind: ScopeKind
    scope_id: UUID
    valid_from: datetime
    valid_to: datetime | None = None
    is_lead: bool = False
    community_id: UUID | None = None

    def holds_at(self, at: datetime) -> bool:
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts now. ``grants`` and ``grids`` (stewardships) are those in force at the moment of the look-up.

    ``person_id`` is None for the program itself (:func:`program`). ``via`` says how the act arrived: ``app``, ``cli``,
    ``rules``, ``sweep``, ``demo``.
    """

    person_id: UUID | None
    jurisdiction_id: UUID
    grants: tuple[Grant, ...] = ()
    via: str = "app"
    grids: frozenset[UUID] = frozenset()

    @property
    def is_program(self) -> bool:
        return self.person_id is None

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    @property
    def unit_ids(self) -> frozenset[UUID]:
        """The units this person works for or leads."""
        return self.scope_ids(ScopeKind.unit)

    def scope_ids(self, kind: ScopeKind, roles: Iterable[Role] = tuple(Role)) -> frozenset[UUID]:
        wanted = frozenset(roles)
        return frozenset(g.scope_id for g in self.grants if g.scope_kind is kind and g.role in wanted)


def program(jurisdiction_id: UUID, via: str) -> Actor:
    """The program acting by itself: ``rules``, ``sweep``."""
    return Actor(person_id=None, jurisdiction_id=jurisdiction_id, via=via)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the policy must know of a thing: where it lies, whose it is, which units have it.

    ``owner_ids`` are the reporters of a ticket, the uploader of a photo, the person of an account. ``unit_ids`` are the
    units whose assignment has not ended: once a ticket is taken away, it is no longer theirs; the unit that resolved a
    closed ticket keeps it. A thing of the whole jurisdiction (a rule set, a standard) names nothing but that.
    """

    jurisdiction_id: UUID
    owner_ids: frozenset[UUID] = frozenset()
    grid_id: UUID | None = None
    community_id: UUID | None = None
    unit_ids: frozenset[UUID] = frozenset()


_LETTERS = {
    "o": Relation.own,
    "g": Relation.own_grid,
    "u": Relation.own_unit,
    "a": Relation.own_area,
    "x": Relation.other,
}


def _parsed(table: str) -> tuple[Mapping[str, Mapping[Role, frozenset[Relation]]], frozenset[str]]:
    _, *lines = (line.split() for line in table.splitlines() if line.strip())
    if COLUMNS.split() != [*Role, "program"]:
        raise ValueError("the columns of the policy table are the roles, in their order")
    policy: dict[str, Mapping[Role, frozenset[Relation]]] = {}
    by_program = set()
    for action, *cells in lines:
        if action in policy or len(cells) != len(Role) + 1:
            raise ValueError(f"the row {action} of the policy table is not one row")
        policy[action] = MappingProxyType(
            {
                role: frozenset(_LETTERS[letter] for letter in cell)
                for role, cell in zip(Role, cells[:-1], strict=True)
                if cell != "."
            }
        )
        if cells[-1] != ".":
            by_program.add(action)
    return MappingProxyType(policy), frozenset(by_program)


POLICY, PROGRAM_ACTIONS = _parsed(POLICY_TABLE)
"""``POLICY[action][role]``: the relations in which that role may. ``PROGRAM_ACTIONS``: what the program does alone."""


def relations_of(actor: Actor, grant: Grant, subject: Subject) -> frozenset[Relation]:
    """How the subject stands to one role of the actor; empty across jurisdictions."""
    if subject.jurisdiction_id != actor.jurisdiction_id:
        return frozenset()
    found = {Relation.other}
    if actor.person_id in subject.owner_ids:
        found.add(Relation.own)
    if subject.grid_id is not None and grant.role is Role.steward:
        held = grant.scope_kind is ScopeKind.grid and grant.scope_id == subject.grid_id
        in_scope = grant.community_id is not None and grant.community_id == subject.community_id
        if held or (in_scope and subject.grid_id in actor.grids):
            found.add(Relation.own_grid)
    if grant.scope_kind is ScopeKind.unit and grant.scope_id in subject.unit_ids:
        found.add(Relation.own_unit)
    if grant.scope_kind is ScopeKind.jurisdiction or (
        grant.community_id is not None and grant.community_id == subject.community_id
    ):
        found.add(Relation.own_area)
    return frozenset(found)


def relations(actor: Actor, subject: Subject) -> frozenset[Relation]:
    """How the subject stands to the actor through any role; for showing, not for deciding: see :func:`may`."""
    return frozenset().union(*(relations_of(actor, grant, subject) for grant in actor.grants))


def may(actor: Actor, action: str, subject: Subject) -> bool:
    """Whether one role of the actor allows the action in that role's own relation to the subject.

    Raises:
        KeyError: the action has no row in the table: a fault of the program, not of the actor.
    """
    row = POLICY[action]
    if actor.is_program:
        return action in PROGRAM_ACTIONS and subject.jurisdiction_id == actor.jurisdiction_id
    return any(row.get(grant.role, frozenset()) & relations_of(actor, grant, subject) for grant in actor.grants)


def may_anywhere(actor: Actor, action: str) -> bool:
    """Whether some role of the actor has any cell in the row: decides if a button or a list is offered at all."""
    return action in PROGRAM_ACTIONS if actor.is_program else any(role in POLICY[action] for role in actor.roles)


def require(actor: Actor, action: str, subject: Subject) -> None:
    """Raises:
    NotFound: the subject lies in another jurisdiction (its existence is not told).
    Forbidden: ``not_permitted``, with the action.
    """
    if subject.jurisdiction_id != actor.jurisdiction_id:
        raise NotFound("not_found")
    if not may(actor, action, subject):
        raise Forbidden("not_permitted", action=action)


_OUTLINE = "ticket_id short_no status category category_name urgent place_note lon lat grid_id grid_name community_id"
_CLOCKS = "due_at resolve_due_at next_due near_breach breached_at paused clocks ledger assignment assignee_id"
_FIELDS = {
    "ticket:read_outline": f"{_OUTLINE} unit_kind received_at thumbnail version",
    "ticket:read": "ticket_no condition_id condition accuracy_m unit_id unit_name captured_at photo photos timeline "
    "reports_count marks source resolution requests allowed due_at",
    "ticket:read_clocks": _CLOCKS,
    "ticket:read_routing": "routing",
    "ticket:read_trays": "tray_reason candidates conflicts",
    "ticket:read_reporter": "reporter speaker outer_no outer_due_at",
    "ticket:read_unit_note": "unit_notes",
    "ticket:read_internal_note": "internal_notes",
}
TICKET_FIELDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {action: frozenset(names.split()) for action, names in _FIELDS.items()}
)
"""Which fields of a ticket each reading action opens."""


def ticket_fields(actor: Actor, subject: Subject) -> frozenset[str]:
    """The fields of a ticket that this actor may see; empty means that for this actor there is no such ticket."""
    opened = (fields for action, fields in TICKET_FIELDS.items() if may(actor, action, subject))
    return frozenset().union(*opened)


def scope_revision(actor: Actor) -> str:
    """Changes whenever what the actor may see changes: a grant given, ended or run out, a grid taken over."""
    parts = sorted(f"{g.role}/{g.scope_kind}/{g.scope_id}/{g.is_lead}/{g.community_id}" for g in actor.grants)
    parts += sorted(str(grid) for grid in actor.grids)
    return hashlib.sha256("\n".join([str(actor.person_id), *parts]).encode()).hexdigest()[:16]


_IDLE: Mapping[Role, timedelta] = MappingProxyType(
    {
        Role.volunteer: timedelta(days=180),
        Role.liaison: timedelta(days=180),
        Role.steward: timedelta(days=30),
        Role.unit_worker: timedelta(days=30),
        Role.unit_lead: timedelta(days=30),
        **dict.fromkeys(DESK_ROLES, timedelta(hours=12)),
        **dict.fromkeys(ADMIN_ROLES, timedelta(hours=2)),
    }
)


def idle_limit(roles: Iterable[Role]) -> timedelta:
    """How long a session may stay unused: the shortest of the person's roles, so more power means less time."""
    return min((_IDLE[role] for role in roles), default=timedelta(hours=2))


def policy_markdown() -> str:
    """The policy as a Markdown table; cells name the relations by their letters."""
    letters = {relation: letter for letter, relation in _LETTERS.items()}
    lines = [
        "| action | " + " | ".join(role.value for role in Role) + " | program |",
        "|---" * (len(Role) + 2) + "|",
    ]
    for action, row in POLICY.items():
        cells = ["".join(letters[r] for r in Relation if r in row.get(role, ())) for role in Role]
        lines.append(f"| `{action}` | " + " | ".join([*cells, "x" if action in PROGRAM_ACTIONS else ""]) + " |")
    return "\n".join(lines) + "\n"
