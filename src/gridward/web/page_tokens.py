"""Where the next page of a list begins, as a word that the reader hands back and need not understand."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from uuid import UUID

from gridward.domain.errors import Malformed


def write_token(*parts: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def read_token(token: str, count: int) -> list[str]:
    """The parts that were written. Raises: Malformed: ``page_unreadable``."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        raise unreadable() from None
    if not isinstance(parts, list) or len(parts) != count or not all(isinstance(one, str) for one in parts):
        raise unreadable()
    return parts


def write_moment(at: datetime, row_id: UUID) -> str:
    """Of a list in the order of time: its last row."""
    return write_token(at.isoformat(), str(row_id))


def read_moment(token: str) -> tuple[datetime, UUID]:
    """Raises: Malformed: ``page_unreadable``."""
    at, row_id = read_token(token, 2)
    try:
        moment, found = datetime.fromisoformat(at), UUID(row_id)
    except ValueError:
        raise unreadable() from None
    if moment.tzinfo is None:
        raise unreadable()
    return moment, found


def unreadable() -> Malformed:
    return Malformed("page_unreadable")
