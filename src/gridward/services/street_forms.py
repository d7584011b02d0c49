"""Forms of the street: kept once, their columns told, ended when another takes their place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Conflict, Malformed, NotFound
from gridward.domain.registers import COLUMNS, Register, columns_for, plain_heading
from gridward.gateways.forms import read_form
from gridward.persistence import street_forms as stored
from gridward.persistence.database import WriteSession
from gridward.services.noting import note

MOST_NAME = 60


async def keep(
    session: WriteSession, actor: Actor, form_id: UUID, *, register: Register, name: str, content: bytes, now: datetime
) -> None:
    """Keep a form and tell by its headings what fills it; the same id again takes a newer file.

    Raises:
        Forbidden: ``not_permitted``. Conflict: ``id_taken``.
        Malformed: ``form.name_missing``, and as :func:`read_form`.
    """
    require(actor, "street_form:keep", Subject(jurisdiction_id=actor.jurisdiction_id))
    known = await stored.form(session, form_id)
    if known is not None and known.jurisdiction_id != actor.jurisdiction_id:
        raise Conflict("id_taken")
    plain = name.strip()
    if not plain or len(plain) > MOST_NAME:
        raise Malformed("form.name_missing", most=MOST_NAME)
    words = {plain_heading(word): column for column in COLUMNS[register] for word in column.words}
    read = read_form(content, words)
    columns = {str(place): key for place, key in columns_for(COLUMNS[register], read.headings).items()}
    values = {
        "form_id": form_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "register": register.value,
        "name": plain,
        "content": content,
        "sheet": read.sheet,
        "heading_row": read.heading_row,
        "first_row": read.first_row,
        "headings": {str(place): heading for place, heading in read.headings.items()},
        "columns": columns,
        "kept_by": actor.person_id,
        "kept_at": now,
        "ended_at": None,
    }
    await stored.put(session, values)
    detail = {"register": register.value, "columns": len(columns), "headings": len(read.headings)}
    await note(session, actor, "street_form.kept", "street_form", form_id, detail, now)


async def tell(session: WriteSession, actor: Actor, form_id: UUID, columns: Mapping[int, str], now: datetime) -> None:
    """Say what fills which column, where the headings did not tell.

    Raises:
        NotFound: ``form.unknown``. Forbidden: ``not_permitted``. Malformed: ``form.column_unknown`` with the place or key.
    """
    known = await _known(session, actor, form_id)
    keys = {column.key for column in COLUMNS[Register(known.register)]}
    for place, key in columns.items():
        if str(place) not in known.headings or key not in keys:
            raise Malformed("form.column_unknown", column=place, key=key)
    await stored.change(session, form_id, columns={str(place): key for place, key in sorted(columns.items())})
    await note(session, actor, "street_form.told", "street_form", form_id, {"columns": len(columns)}, now)


async def end(session: WriteSession, actor: Actor, form_id: UUID, now: datetime) -> None:
    """The form is not used any more. Raises: NotFound: ``form.unknown``. Forbidden: ``not_permitted``."""
    await _known(session, actor, form_id)
    await stored.change(session, form_id, ended_at=now)
    await note(session, actor, "street_form.ended", "street_form", form_id, {}, now)


async def _known(session: WriteSession, actor: Actor, form_id: UUID) -> stored.StreetFormRow:
    require(actor, "street_form:keep", Subject(jurisdiction_id=actor.jurisdiction_id))
    known = await stored.form(session, form_id)
    if known is None or known.jurisdiction_id != actor.jurisdiction_id or known.ended_at is not None:
        raise NotFound("form.unknown")
    return known
