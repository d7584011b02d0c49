"""How the values of a body are written in JSON, and the readers that take nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from gridward.domain.facts import read_limit, write_instant, write_limit
from gridward.domain.standards_limits import LimitKind

LONGEST_TEXT = 2000
MOST_ITEMS = 50
CODE_FORM = re.compile(r"[A-Za-z0-9._:#/-]{1,120}")


class Kind(StrEnum):
    """How a field is written in JSON."""

    WORDS = "words"
    """Free text of a person. It never enters a fact: the service keeps it and names it by an id."""
    CODE = "code"
    """Letters, digits and ``._:#/-``; a line of a list of reasons, a rule id, a category."""
    CODES = "codes"
    ID = "id"
    IDS = "ids"
    PHOTOS = "photos"
    """SHA-256 digests in hexadecimal, not empty."""
    FLAG = "flag"
    WHOLE = "whole"
    NUMBER = "number"
    INSTANT = "instant"
    """RFC 3339 with zone."""
    SPAN = "span"
    """``{"kind": "work_hour", "amount": 4}``: see ``standards.Limit``; amounts are whole or ``"1/3"``."""
    PARTS = "parts"
    """For a split: ``[{"child_id", "unit_id", "unit_kind", "lead"?: true}, …]`` in their order."""
    COURSE = "course"
    """What a child inherits of its parent's overall clock; made by the program."""


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT or "\x00" in value:
        raise ValueError
    return value.strip()


def _code(value: Any) -> str:
    if not isinstance(value, str) or not CODE_FORM.fullmatch(value):
        raise ValueError
    return value


def _listed(read: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def read_list(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple) or not value or len(value) > MOST_ITEMS:
            raise ValueError
        return list(dict.fromkeys(read(item) for item in value))

    return read_list


def _photo(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise ValueError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise ValueError
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 < value < 1e9:
        raise ValueError
    return float(value)


def _instant(value: Any) -> str:
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError
    return write_instant(instant)


def _span(value: Any) -> dict[str, Any]:
    limit = read_limit({"kind": value["kind"], "amount": value["amount"]})
    if limit.kind is LimitKind.BY_TIME:
        raise ValueError
    return write_limit(limit)


def _parts(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list | tuple) or len(value) > MOST_ITEMS:
        raise ValueError
    return [
        {
            "child_id": str(UUID(str(part["child_id"]))),
            "unit_id": str(UUID(str(part["unit_id"]))),
            "unit_kind": _code(part["unit_kind"]),
            "lead": _flag(part.get("lead", False)),
        }
        for part in value
    ]


def _id(value: Any) -> str:
    return str(value if isinstance(value, UUID) else UUID(value))


def _course(value: Any) -> dict[str, Any]:
    return dict(value)


READERS: Mapping[Kind, Callable[[Any], Any]] = MappingProxyType(
    {
        Kind.WORDS: _text,
        Kind.CODE: _code,
        Kind.CODES: _listed(_code),
        Kind.ID: _id,
        Kind.IDS: _listed(_id),
        Kind.PHOTOS: _listed(_photo),
        Kind.FLAG: _flag,
        Kind.WHOLE: _whole,
        Kind.NUMBER: _number,
        Kind.INSTANT: _instant,
        Kind.SPAN: _span,
        Kind.PARTS: _parts,
        Kind.COURSE: _course,
    }
)
