"""The words of the model: what phones ask, what the server answers, what it keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

TABLE = {
    ("assigned", "acknowledge"): "in_progress",
    ("assigned", "resolve"): "resolved",
    ("in_progress", "resolve"): "resolved",
    ("resolved", "verify"): "closed",
    ("resolved", "rework"): "assigned",
    ("closed", "reopen"): "assigned",
}
"""status × intent → status; a note is possible always, the desk's ``assign`` while the ticket is in work."""
IN_WORK = ("assigned", "in_progress")
UNIT_STEPS = ("acknowledge", "resolve")
UNITS = ("unit:one", "unit:two")
DAY = 24


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer on its way back. ``ours``: JSON with the acknowledgement's header."""

    status: int
    ours: bool = True
    id: str | None = None
    digest: str | None = None
    code: str = ""
    missing: tuple[str, ...] = ()
    page: Page | None = None


@dataclass(frozen=True, slots=True)
class PutPhoto:
    person: str
    sha: str
    data: str


@dataclass(frozen=True, slots=True)
class PutReport:
    person: str
    id: str
    digest: str
    photos: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PutStep:
    person: str
    id: str
    digest: str
    ticket: str
    intent: str
    after: str | None
    seen: int
    photos: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pull:
    person: str
    cursor: Cursor | None
    limit: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One page of all my scopes; ``start`` is the cursor that the first page gave."""

    person: str
    beyond: str
    start: Cursor | None
    limit: int


Request = PutPhoto | PutReport | PutStep | Pull | Snapshot
Cursor = tuple[int, int, int]
"""epoch, xid, seq."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A ticket as its viewer gets it."""

    version: int
    status: str
    assignment: int


@dataclass(frozen=True, slots=True)
class PageRow:
    scope: str
    ticket: str
    version: int
    data: Seen | None
    """None: this scope forgets the ticket."""


@dataclass(frozen=True, slots=True)
class Page:
    """``snapshot``: pages of ``rows`` replace what the phone shows, ``beyond`` asks for the next one."""

    rows: tuple[PageRow, ...]
    cursor: Cursor | None
    more: bool
    scopes: frozenset[str]
    beyond: str = ""


@dataclass(slots=True)
class Change:
    xid: int
    seq: int
    scope: str
    ticket: str
    version: int
    gone: bool
    visible: bool
    erasure: bool = False


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry of a ticket's history, with what the judge knew."""

    before: str
    intent: str
    after: str
    op: str | None
    assignment: int
    seen: int | None


@dataclass(slots=True)
class Ticket:
    reporter: str
    unit: str
    status: str = "assigned"
    version: int = 1
    assignment: int = 1
    history: list[Deed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    person: str
    digest: str
    photos: tuple[str, ...]
    received_at: int


@dataclass(frozen=True, slots=True)
class Done:
    person: str
    digest: str
    status: int


@dataclass(slots=True)
class Kept:
    """What the database holds: all of it goes into a backup."""

    photos: dict[tuple[str, str], str] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    steps: dict[str, Done] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)


@dataclass(slots=True)
class Writer:
    """A transaction of the desk that is still open: it holds the horizon, and the row of each ticket it has worked on."""

    xid: int
    work: dict[str, tuple[Callable[[Ticket], None], list[Change]]] = field(default_factory=dict)


def scopes_of(ticket: Ticket) -> set[str]:
    return {f"person:{ticket.reporter}", ticket.unit}
