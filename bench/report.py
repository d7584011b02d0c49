"""What one run found: a table for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(slots=True, kw_only=True)
class Line:
    """One figure against its target. ``held`` None: there is no target, or nothing could be measured.

    ``details`` are further figures; ``plans`` are query plans by name, as PostgreSQL prints them.
    """

    key: str
    what: str
    measured: str
    target: str = ""
    held: bool | None = None
    details: dict[str, Any] = field(default_factory=dict)
    plans: dict[str, str] = field(default_factory=dict)


HELD = {True: "held", False: "NOT HELD", None: "–"}


def show(lines: Sequence[Line], heading: str) -> None:
    table = Table(title=heading, title_justify="left")
    for column in ("line", "what", "measured", "target", ""):
        table.add_column(column, overflow="fold")
    for line in lines:
        table.add_row(line.key, line.what, line.measured, line.target, HELD[line.held])
    console = Console(width=150)
    console.print(table)
    for line in lines:
        for name, value in line.details.items():
            console.print(f"{line.key}: {name}: {value}", highlight=False, markup=False)


def write(path: Path, lines: Sequence[Line], about: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {"about": about, "lines": [asdict(line) for line in lines]}
    path.write_text(json.dumps(said, ensure_ascii=False, indent=2, default=str) + "\n")
    for line in lines:
        for name, plan in line.plans.items():
            (path.parent / f"{path.stem}-{line.key}-{name}.plan").write_text(plan + "\n")
