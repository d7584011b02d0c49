"""Who let time pass or gave more of it, as a ledger tells it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from gridward.domain.accounts import Role
from gridward.domain.sla.ledger import Ledger
from gridward.persistence import suspensions
from gridward.persistence.database import ReadSession
from gridward.persistence.tickets import detail as stored


class ApprovedOut(BaseModel):
    """``kind``: of the request, or ``suspension``. ``role`` null: the program. ``name``: for whoever may read names of
    the desk. ``notice``: what announced a suspension."""

    kind: str
    role: str | None
    name: str | None
    at: datetime
    notice: str | None


Approvals = Mapping[str, ApprovedOut]
"""What stands behind a pause or an extension, as text of its id → who granted it."""

GRANTING = (Role.supervisor, Role.shift_leader, Role.dispatcher)
"""Roles that grant, the highest first: of whoever holds several it is told who could decide the most."""


async def approvals(session: ReadSession, ledgers: Collection[Ledger], *, named: bool) -> Approvals:
    """Of every pause and extension of these clocks. ``named``: the reader may see names of the desk."""
    ids = set(_ids(ledgers))
    if not ids:
        return {}
    granted = await stored.granted_requests(session, ids)
    ordered = await suspensions.several(session, ids)
    deciders = {one.decided_by_id for one in granted} | {one.made_by for one in ordered.values()}
    people = await stored.people_of(session, deciders - {None})

    def approved(kind: str, by: UUID | None, at: datetime, notice: str | None = None) -> ApprovedOut:
        name, roles = people.get(by, (None, frozenset())) if by else (None, frozenset())
        role = next((one.value for one in GRANTING if one.value in roles), None)
        return ApprovedOut(kind=kind, role=role, name=name if named else None, at=at, notice=notice)

    return {str(one.request_id): approved(one.kind, one.decided_by_id, one.decided_at) for one in granted} | {
        str(one): approved("suspension", row.made_by, row.made_at, row.notice or None) for one, row in ordered.items()
    }


def _ids(ledgers: Collection[Ledger]) -> Iterable[UUID]:
    """Requests and suspensions; what else stands behind a pause is a step and nobody's approval."""
    for one in ledgers:
        for basis in (*(pause.basis for pause in one.clock.pauses), *(more.basis for more in one.clock.extensions)):
            try:
                yield UUID(basis or "")
            except ValueError:
                continue
