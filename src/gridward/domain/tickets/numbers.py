"""The two numbers of a ticket: the official one for papers, and the one that people say (037号)."""

from __future__ import annotations

import re
from datetime import date

SHOWN = 1_000_000
"""The official number shows six digits of a sequence that never stands still for anybody; gaps are allowed."""

_OFFICIAL = re.compile(r"(\d{8})-(\d{6})")
_SPOKEN = re.compile(r"(\d{1,4})号?")


def official_number(day: date, number: int) -> str:
    """``20261121-004213``: the local day of receiving and the place in the sequence."""
    return f"{day:%Y%m%d}-{number % SHOWN:06d}"


def spoken_number(short_no: int) -> str:
    """``037``: counted within a community and day."""
    return f"{short_no:03d}"


def read_official(words: str) -> tuple[str, int] | None:
    """Day (``YYYYMMDD``) and number, when the words are an official number."""
    found = _OFFICIAL.fullmatch(words.strip())
    return (found[1], int(found[2])) if found else None


def read_spoken(words: str) -> int | None:
    """The number, when the words are a spoken one."""
    found = _SPOKEN.fullmatch(words.strip())
    return int(found[1]) if found else None
