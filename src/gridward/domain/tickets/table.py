"""The life of a ticket as one table: status × intent → status. It can be printed, and it is the program.

Who may is the row ``action`` of the policy table in ``accounts_table``; what a step must bring is :mod:`.bodies`. Nothing
else in the program asks for a status to decide what is legal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from gridward.domain.tickets.rows import BY_UNIT, CLOCKS, JUDGED_ON, MEANING, MOVES
from gridward.domain.tickets.words import OPEN, Intent, JudgedOn, Status


class Touch(StrEnum):
    """What a step does to a clock."""

    START = "start"
    STOP = "stop"
    STOP_FOR_NOW = "stop_for_now"
    FINAL = "final"
    RUN_ON = "run_on"
    VOID = "void"
    PAUSE = "pause"
    EXTEND = "extend"
    RECOMPUTE = "recompute"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One cell of the table.

    Args:
        source: None: the ticket does not exist yet.
        targets: Where it leads; empty: the status stays. Several only where the past decides (back from a merge).
        may_stay: Leads to ``targets`` or, by a rule of the step, changes nothing (a wish to withdraw).
        action: Row of the policy table that says who may.
        verb: Of the fact that it leaves.
        judged_on: What the sender must have seen.
        by_unit: A step of the unit's work: counts from when it was done, also without signal; the desk may take it for
            the unit where the policy says so.
        clocks: (touch, clock) pairs, clock names as in ``standards.ClockKind``; ``unit`` stands for all of the unit's.
    """

    intent: Intent
    source: Status | None
    targets: frozenset[Status]
    action: str
    verb: str
    zh: str
    may_stay: bool = False
    judged_on: JudgedOn = JudgedOn.ASSIGNMENT
    by_unit: bool = False
    clocks: tuple[tuple[Touch, str], ...] = ()

    @property
    def target(self) -> Status | None:
        """The one status that it leads to; None where it stays or the past decides."""
        return next(iter(self.targets)) if len(self.targets) == 1 else None


Lifecycle = Mapping[tuple[Status | None, Intent], Transition]


def _statuses(words: list[str]) -> list[Status | None]:
    found: list[Status | None] = []
    for word in words:
        match word:
            case "–":
                found.append(None)
            case "open":
                found.extend(status for status in Status if status in OPEN)
            case "every":
                found.extend(status for status in Status if status is not Status.MERGED)
            case _:
                found.append(Status(word))
    return found


def _rows(block: str) -> Iterator[tuple[Intent, str]]:
    for line in block.strip().splitlines():
        name, rest = line.split(maxsplit=1)
        yield Intent(name), rest


def _cells(moves: str) -> Iterator[tuple[Status | None, frozenset[Status], bool]]:
    for move in moves.split("  "):
        sources, _, to = (part.strip() for part in move.partition(">"))
        targets = _statuses(to.removesuffix("?").split())
        for source in _statuses(sources.split()):
            yield source, frozenset(status for status in targets if status is not None), to.endswith("?")


def _built() -> Lifecycle:
    meaning = dict(_rows(MEANING))
    clocks = dict(_rows(CLOCKS))
    table: dict[tuple[Status | None, Intent], Transition] = {}
    for intent, moves in _rows(MOVES):
        action, verb, zh = meaning[intent].split()
        judged_on = next((on for on, names in JUDGED_ON.items() if intent in names), JudgedOn.ASSIGNMENT)
        touches = (touch.split(":") for touch in clocks.get(intent, "").split())
        row = tuple((Touch(touch), clock) for touch, clock in touches)
        for source, targets, may_stay in _cells(moves):
            if (source, intent) in table:
                raise ValueError(f"{intent} from {source} stands twice in the table")
            table[source, intent] = Transition(
                intent=intent,
                source=source,
                targets=targets,
                may_stay=may_stay,
                action=action,
                verb=verb,
                zh=zh,
                judged_on=judged_on,
                by_unit=intent in BY_UNIT,
                clocks=row,
            )
    return MappingProxyType(table)


LIFECYCLE: Lifecycle = _built()
"""``LIFECYCLE[status, intent]`` → :class:`Transition`; what is not there is not a step."""

ACTIONS: frozenset[str] = frozenset(transition.action for transition in LIFECYCLE.values())
"""Every row of the policy table that a step may need."""


def transitions_from(status: Status | None) -> tuple[Transition, ...]:
    """Everything that is a step from here, in the order of the table."""
    return tuple(transition for (source, _), transition in LIFECYCLE.items() if source is status)
