"""How far the notifier has followed the log, who is concerned, and the messages it leaves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ScalarSelect,
    Select,
    Text,
    bindparam,
    cast,
    exists,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import InstrumentedAttribute

from gridward.domain.accounts import Role
from gridward.domain.entries import Place
from gridward.persistence.accounts.rows import GrantRow, PersonRow
from gridward.persistence.accounts.sessions import in_force
from gridward.persistence.database import Glance, ReadSession, WriteSession
from gridward.persistence.entries import EntryRow
from gridward.persistence.notifications.rows import FollowerRow, NotificationRow
from gridward.persistence.prepared import Prepared
from gridward.persistence.territory.queries import stewards_of
from gridward.persistence.tickets.rows import ReportRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """An entry as the notifier reads it, with how its ticket stands now."""

    epoch: int
    xid: int
    entry_id: UUID
    jurisdiction_id: UUID
    actor_id: UUID | None
    verb: str
    occurred_at: datetime
    recorded_at: datetime
    detail: Mapping[str, Any]
    ticket_id: UUID | None
    grid_id: UUID | None
    community_id: UUID | None
    unit_id: UUID | None
    worker_id: UUID | None
    in_tray: bool
    urgent: bool

    @property
    def of_unit(self) -> UUID | None:
        """The unit that the ticket is with now; of what is about no ticket, the unit that its detail names."""
        named = self.detail.get("unit_id") if self.ticket_id is None else None
        return UUID(named) if named else self.unit_id


FOLLOW = text(
    """
    SELECT e.epoch, e.xid::text AS xid, e.entry_id, e.jurisdiction_id, e.actor_id, e.verb, e.occurred_at, e.recorded_at,
           e.detail,
           t.ticket_id, t.grid_id, t.community_id, t.unit_id, t.worker_id, t.tray_reason IS NOT NULL AS in_tray,
           t.urgent
    FROM entry e LEFT JOIN ticket t ON t.ticket_id = e.ticket_id
    WHERE (e.epoch, e.xid, e.entry_id) > (CAST(:epoch AS integer), CAST(:xid AS text)::xid8, CAST(:entry_id AS uuid))
      AND (e.epoch < (SELECT feed_epoch FROM system) OR e.xid < pg_snapshot_xmin(pg_current_snapshot()))
    ORDER BY e.epoch, e.xid, e.entry_id LIMIT :limit
    """
)
"""The log in the order of commits, below the oldest transaction still running; an older epoch is final as a whole."""

_NAMED = FollowerRow.name == bindparam("name", type_=Text())


def _place(column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    return select(column).where(_NAMED).scalar_subquery()


_PLACE = tuple_(_place(FollowerRow.epoch), _place(FollowerRow.xid), _place(FollowerRow.entry_id))
_FINAL = or_(
    EntryRow.epoch < literal_column("(SELECT feed_epoch FROM system)"),
    EntryRow.xid < literal_column("pg_snapshot_xmin(pg_current_snapshot())"),
)
_NEWER = select(EntryRow.entry_id).where(tuple_(EntryRow.epoch, EntryRow.xid, EntryRow.entry_id) > _PLACE)
NEWS = Prepared(
    select(or_(~exists(select(FollowerRow.name).where(_NAMED)), exists(_NEWER.where(_FINAL))).label("some"))
)
"""Whether ``FOLLOW`` would find anything from where a follower stands; somebody who has no place yet has to look."""

NOBODY = UUID(int=0)


async def has_news(glance: Glance, name: str) -> bool:
    """Whether there is something for a follower, without a transaction and without its place being locked."""
    (found,) = await NEWS.rows(glance, {"name": name})
    return bool(found.some)


async def place_of(session: WriteSession, name: str) -> Place:
    """How far a follower has come; locked until the transaction ends."""
    await session.execute(
        upsert(FollowerRow).values(name=name, epoch=0, xid=text("'0'::xid8"), entry_id=NOBODY).on_conflict_do_nothing()
    )
    query = select(FollowerRow.epoch, cast(FollowerRow.xid, Text).label("xid"), FollowerRow.entry_id)
    row = (await session.execute(query.where(FollowerRow.name == name).with_for_update())).one()
    return Place(row.epoch, int(row.xid), row.entry_id)


async def moved_to(session: WriteSession, name: str, place: Place) -> None:
    """Everything up to here has had its consequences."""
    xid = text("CAST(:xid AS text)::xid8").bindparams(xid=str(place.xid))
    await session.execute(
        update(FollowerRow).where(FollowerRow.name == name).values(epoch=place.epoch, xid=xid, entry_id=place.entry_id)
    )


async def follow(session: WriteSession, name: str, limit: int) -> list[Followed]:
    """The next entries for a follower, whose place is locked until the transaction ends."""
    place = await place_of(session, name)
    rows = await session.execute(
        FOLLOW, {"epoch": place.epoch, "xid": str(place.xid), "entry_id": place.entry_id, "limit": limit}
    )
    return [
        Followed(
            epoch=row.epoch,
            xid=int(row.xid),
            entry_id=row.entry_id,
            jurisdiction_id=row.jurisdiction_id,
            actor_id=row.actor_id,
            verb=row.verb,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            detail=row.detail,
            ticket_id=row.ticket_id,
            grid_id=row.grid_id,
            community_id=row.community_id,
            unit_id=row.unit_id,
            worker_id=row.worker_id,
            in_tray=bool(row.in_tray),
            urgent=bool(row.urgent),
        )
        for row in rows
    ]


async def followed(session: WriteSession, name: str, last: Followed) -> None:
    """Everything up to this entry has had its consequences."""
    await moved_to(session, name, Place(last.epoch, last.xid, last.entry_id))


async def reporters(session: ReadSession | WriteSession, ticket_id: UUID) -> set[UUID]:
    query = select(ReportRow.reporter_id).where(
        ReportRow.ticket_id == ticket_id, ReportRow.reporter_id.is_not(None), ReportRow.erased_at.is_(None)
    )
    return {one for one in (await session.execute(query)).scalars() if one is not None}


def _holding(roles: Collection[Role], at: datetime) -> Select[UUID]:
    """People who hold one of these roles now and may sign in."""
    return (
        select(GrantRow.person_id)
        .join(PersonRow, PersonRow.person_id == GrantRow.person_id)
        .where(
            GrantRow.role.in_([role.value for role in roles]), in_force(GrantRow, at), PersonRow.disabled_at.is_(None)
        )
    )


async def holders(session: WriteSession, roles: Collection[Role], scopes: Collection[UUID], at: datetime) -> set[UUID]:
    """People who hold one of these roles in one of these scopes now and may sign in."""
    query = _holding(roles, at).where(GrantRow.scope_id.in_(scopes))
    return set((await session.execute(query)).scalars())


async def everybody(session: WriteSession, roles: Collection[Role], jurisdiction_id: UUID, at: datetime) -> set[UUID]:
    """The same, for whatever part of the jurisdiction they hold it."""
    query = _holding(roles, at).where(GrantRow.jurisdiction_id == jurisdiction_id)
    return set((await session.execute(query)).scalars())


async def stewards(session: WriteSession, grid_id: UUID, at: datetime) -> set[UUID]:
    return {one.person_id for one in await stewards_of(session, grid_id, at)}


async def leads(session: WriteSession, grid_id: UUID, at: datetime) -> set[UUID]:
    """Who leads a grid (网格长)."""
    return {one.person_id for one in await stewards_of(session, grid_id, at) if one.is_lead}


async def add(session: WriteSession, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Store messages; one that is there already is not sent twice. The ids of those that are new."""
    if not rows:
        return set()
    query = (
        upsert(NotificationRow).values(list(rows)).on_conflict_do_nothing().returning(NotificationRow.notification_id)
    )
    return set((await session.execute(query)).scalars())
