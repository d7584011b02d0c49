"""The lifecycle for people and for other programs: JSON, a diagram, a table."""

from __future__ import annotations

from typing import Any

from gridward.domain.accounts import POLICY, PROGRAM_ACTIONS
from gridward.domain.tickets.bodies import EITHER, FIELDS
from gridward.domain.tickets.table import LIFECYCLE, Transition
from gridward.domain.tickets.words import OPEN, STATUS_WORDS, Intent, Status

NEW = "none"
"""How the state before the first fact is called outside."""

ASKED_FOR = {
    Intent.FILE: "place, picture kind or photo (what is missing is marked)",
    Intent.ACKNOWLEDGE: "who took it",
    Intent.REACH: "the proof that the milestone asks for",
    Intent.RESOLVE: "what the condition asks for: after-photo, or an answer heard",
    Intent.VERIFY: "photo, or call note; at the desk before and after side by side",
    Intent.GRANT_EXTEND: "the signed form, where the standard asks for it",
    Intent.GRANT_DEFER: "the signed form, where the standard asks for it",
    Intent.GRANT_SHELVE: "the signed form, where the standard asks for it",
    Intent.SPLIT: "2 to 10 units, one of them the lead",
}
"""What a step must bring besides the fields that are always there."""


def who_may(action: str) -> list[str]:
    """The roles that the policy gives the action, in its order; ``program`` where it may act by itself."""
    return [*(role.value for role in POLICY[action]), *(["program"] if action in PROGRAM_ACTIONS else [])]


def rows_of(intent: Intent) -> tuple[Transition, ...]:
    return tuple(transition for (_, named), transition in LIFECYCLE.items() if named is intent)


def as_json() -> dict[str, Any]:
    """Intent → moves (``none``: no ticket yet; an empty list: the status stays), verb, label. The phone's copy."""
    return {intent.value: _intent_json(rows_of(intent)) for intent in Intent}


def _intent_json(rows: tuple[Transition, ...]) -> dict[str, Any]:
    return {
        "moves": {
            row.source.value if row.source else NEW: [to.value for to in Status if to in row.targets] for row in rows
        },
        "verb": rows[0].verb,
        "zh": rows[0].zh,
        "by_unit": rows[0].by_unit,
        "judged_on": rows[0].judged_on.value,
        "either": list(EITHER.get(rows[0].intent, ())),
    }


def as_mermaid() -> str:
    """A state diagram: every step that changes the status, the ways back from a merge as one."""
    edges: dict[tuple[str, str], list[str]] = {}
    for (source, intent), transition in LIFECYCLE.items():
        from_any_open = {row.source for row in rows_of(intent)} >= OPEN
        start = "[*]" if source is None else "any_open" if from_any_open and source in OPEN else source.value
        back = len(transition.targets) > 1 and source is not None
        ends = ["status_before"] if back else [to.value for to in Status if to in transition.targets]
        for end in ends:
            intents = edges.setdefault((start, end), [])
            intents += [intent.value] if intent.value not in intents else []
    lines = ["stateDiagram-v2"]
    lines += [f"    {status.value} : {status.value} {STATUS_WORDS[status][0]}" for status in Status]
    lines += ["    any_open : any open one", "    status_before : where it was"]
    lines += [f"    {start} --> {end} : {', '.join(intents)}" for (start, end), intents in edges.items()]
    return "\n".join(lines) + "\n"


def as_markdown() -> str:
    """The table as Markdown, one line per intent."""
    lines = ["| intent | from → to | who | must bring | clocks |", "|---|---|---|---|---|"]
    lines += [_line(intent) for intent in Intent]
    return "\n".join(lines) + "\n"


def _line(intent: Intent) -> str:
    rows = rows_of(intent)
    cells = (
        f"`{intent.value}` {rows[0].zh}",
        _moves(rows),
        ", ".join(who_may(rows[0].action)),
        _brings(intent),
        ", ".join(f"{touch.value} `{clock}`".replace("_", " ") for touch, clock in rows[0].clocks) or "–",
    )
    return f"| {' | '.join(cells)} |"


def _moves(rows: tuple[Transition, ...]) -> str:
    grouped: dict[str, list[str]] = {}
    for row in rows:
        grouped.setdefault(_target(row), []).append(row.source.value if row.source else "–")
    return "; ".join(f"{', '.join(sources)} {target}" for target, sources in grouped.items())


def _target(row: Transition) -> str:
    if not row.targets:
        return "stays"
    if len(row.targets) > 1:
        ends = ", ".join(f"**{to}**" for to in Status if to in row.targets)
        return f"→ {ends}" if row.source is None else "→ where it was"
    return f"→ **{row.target}**" + (" or stays" if row.may_stay else "")


def _brings(intent: Intent) -> str:
    needed = [field.name for field in FIELDS[intent] if field.required]
    either = EITHER.get(intent)
    named = [f"one of {' / '.join(either)}"] if either else []
    asked = [ASKED_FOR[intent]] if intent in ASKED_FOR else []
    return ", ".join([*needed, *named, *asked]) or "–"
