"""What a phone keeps: what was saved and what became of it, its photos, and what it shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from drills.rows import Rows

WAITING = ("saved", "sending", "sign_in")


@dataclass(slots=True)
class Item:
    """What was saved: ``text`` is what goes out, for ever the same characters."""

    item_id: str
    kind: str
    person: str
    ticket_id: str
    digest: str
    text: str
    photos: tuple[str, ...]
    number: int
    after: str | None = None
    type: str = ""
    seen: Mapping[str, Any] = field(default_factory=dict)
    urgent: bool = False
    state: str = "saved"
    attempts: int = 0
    next_try_at: float = 0.0
    refused: str | None = None
    receipt: Mapping[str, Any] = field(default_factory=dict)
    address: str = ""
    echo: str = ""
    """Of a fact, which is neither a report nor a step: where it goes, and under which name its id comes back."""
    last: str = ""
    """What the last attempt met, for whoever asks why this still waits."""

    @property
    def path(self) -> str:
        if self.kind == "fact":
            return self.address
        if self.kind == "report":
            return f"/api/v1/reports/{self.item_id}"
        return f"/api/v1/tickets/{self.ticket_id}/operations/{self.item_id}"

    @property
    def waiting(self) -> bool:
        return self.state in WAITING


@dataclass(slots=True)
class Doors:
    """The households that somebody visits, without their people; ``told`` of a change so often, asked for at ``known``."""

    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: int = 1
    known: int = 0


@dataclass(slots=True)
class Walk:
    """A patrol that is under way. ``seconds``: up to where its positions are told."""

    patrol_id: str
    seconds: int = 0


@dataclass(slots=True)
class Disk:
    items: dict[str, Item] = field(default_factory=dict)
    photos: dict[str, bytes] = field(default_factory=dict)
    on_server: set[str] = field(default_factory=set)
    rows: Rows[dict[str, Any]] = field(default_factory=Rows)
    cursor: str | None = None
    scope_rev: str = ""
    doors: Doors = field(default_factory=Doors)
    walk: Walk | None = None
    saved: int = 0


def canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
