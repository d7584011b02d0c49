"""The change feed: which thing changed, for whom, in commit order.

A cursor over a sequence or a clock skips rows: a transaction that took a lower number may commit after a reader has
passed it. So the feed is ordered by ``(xid, seq)`` and a reader sees only rows below the oldest transaction still
running (``pg_snapshot_xmin``): everything below that horizon is final.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    DateTime,
    Identity,
    Index,
    Integer,
    Text,
    Uuid,
    bindparam,
    column,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from gridward.domain.sync import Cursor, check_cursor
from gridward.persistence.database import Glance, ReadSession, Row, WriteSession
from gridward.persistence.prepared import Prepared


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id; read as text, because the driver has no number for it."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


class ChangeRow(Row):
    """One row per scope that a change touches; it holds no data, the reader's policy makes that at read time."""

    __tablename__ = "change"
    __table_args__ = (
        CheckConstraint("op IN ('u', 'r')", name="op"),
        Index("ix_change_feed", "jurisdiction_id", "scope", "epoch", "xid", "seq"),
        Index("ix_change_order", "epoch", "xid", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    epoch: Mapped[int] = mapped_column(Integer)
    xid: Mapped[str] = mapped_column(Xid8(), server_default=text("pg_current_xact_id()"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    jurisdiction_id: Mapped[UUID]
    scope: Mapped[str] = mapped_column(Text)
    entity: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(BigInteger)
    op: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the feed; ``gone`` tells the scope to forget the thing."""

    scope: str
    entity: str
    entity_id: UUID
    version: int
    gone: bool


@dataclass(frozen=True, slots=True)
class FeedPage:
    """What follows a cursor. ``more``: the page is full, ask again at once."""

    changes: tuple[Change, ...]
    cursor: Cursor
    more: bool


_NEWEST = """
    SELECT xid, seq FROM change
    WHERE epoch = (SELECT feed_epoch FROM system) AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid DESC, seq DESC LIMIT 1
"""

_BOUNDS = """
    SELECT feed_epoch, pruned_through::text AS pruned_through,
           pg_snapshot_xmax(pg_current_snapshot())::text AS ahead_of
    FROM system
"""

_FEED = text(
    f"""
    WITH newest AS ({_NEWEST}), bounds AS ({_BOUNDS}),
    page AS (
        SELECT found.* FROM unnest(:scopes) AS wanted(scope) CROSS JOIN LATERAL (
            SELECT xid, seq, change.scope, entity, entity_id, version, op FROM change
            WHERE jurisdiction_id = :jurisdiction_id AND change.scope = wanted.scope AND epoch = :epoch
              AND (xid, seq) > (CAST(:xid AS text)::xid8, :seq)
              AND xid < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY xid, seq LIMIT :limit
        ) AS found
        ORDER BY xid, seq LIMIT :limit
    )
    SELECT bounds.*, newest.xid::text AS newest_xid, newest.seq AS newest_seq,
           page.xid::text AS xid, page.seq, page.scope, entity, entity_id, version, op
    FROM bounds LEFT JOIN newest ON true LEFT JOIN page ON true
    ORDER BY page.xid, page.seq
    """  # noqa: S608 - made of constants
)
FEED = Prepared(
    _FEED.bindparams(
        bindparam("scopes", type_=ARRAY(Text)),
        bindparam("jurisdiction_id", type_=Uuid()),
        bindparam("epoch", type_=Integer()),
        bindparam("xid", type_=Text()),
        bindparam("seq", type_=BigInteger()),
        bindparam("limit", type_=Integer()),
    ).columns(
        column("feed_epoch", Integer()),
        column("pruned_through", Text()),
        column("ahead_of", Text()),
        column("newest_xid", Text()),
        column("newest_seq", BigInteger()),
        column("xid", Text()),
        column("seq", BigInteger()),
        column("scope", Text()),
        column("entity", Text()),
        column("entity_id", Uuid()),
        column("version", BigInteger()),
        column("op", Text()),
    )
)
"""Horizon, rows and newest row in one statement: two statements could see two horizons."""

START = text(
    f"""
    WITH newest AS ({_NEWEST}), bounds AS ({_BOUNDS})
    SELECT feed_epoch, coalesce(newest.xid::text, '0') AS xid, coalesce(newest.seq, 0) AS seq
    FROM bounds LEFT JOIN newest ON true
    """  # noqa: S608 - made of constants
)


async def feed_page(
    session: ReadSession | WriteSession | Glance,
    *,
    jurisdiction_id: UUID,
    scopes: Sequence[str],
    cursor: Cursor,
    limit: int,
) -> FeedPage:
    """The changes of these scopes after a cursor, in commit order.

    The next cursor is the last row returned. A page that is not full moves it on to the newest row of *any* scope below
    the horizon: a committed row, never the horizon itself, whose number may be used again after a crash.

    Raises:
        gridward.domain.sync.MustRefetch: the feed cannot go on from this cursor.
    """
    rows = await FEED.rows(
        session,
        {
            "scopes": list(scopes),
            "jurisdiction_id": jurisdiction_id,
            "epoch": cursor.epoch,
            "xid": str(cursor.xid),
            "seq": cursor.seq,
            "limit": limit,
        },
    )
    head = rows[0]
    check_cursor(
        cursor,
        epoch=head.feed_epoch,
        ahead_of=int(head.ahead_of),
        pruned_through=int(head.pruned_through) if head.pruned_through else None,
    )
    found = [row for row in rows if row.xid is not None]
    more = len(found) >= limit
    if more:
        cursor = Cursor(cursor.epoch, int(found[-1].xid), found[-1].seq)
    elif head.newest_xid is not None:
        cursor = max(cursor, Cursor(cursor.epoch, int(head.newest_xid), head.newest_seq))
    changes = tuple(Change(row.scope, row.entity, row.entity_id, row.version, row.op == "r") for row in found)
    return FeedPage(changes, cursor, more)


FOLLOW = text(
    f"""
    WITH newest AS ({_NEWEST}), bounds AS ({_BOUNDS}),
    page AS (
        SELECT xid, seq, jurisdiction_id, scope, entity, entity_id, version, op FROM change
        WHERE epoch = :epoch AND (xid, seq) > (CAST(:xid AS text)::xid8, :seq)
          AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid, seq LIMIT :limit
    )
    SELECT bounds.*, newest.xid::text AS newest_xid, newest.seq AS newest_seq,
           page.xid::text AS xid, page.seq, jurisdiction_id, page.scope, entity, entity_id, version, op
    FROM bounds LEFT JOIN newest ON true LEFT JOIN page ON true
    ORDER BY page.xid, page.seq
    """  # noqa: S608 - made of constants
)
"""As ``FEED``, for every scope at once: one query serves all streams of a process."""


async def all_changes(
    session: ReadSession, cursor: Cursor, limit: int
) -> tuple[Mapping[UUID, Sequence[Change]], Cursor, bool]:
    """What follows a cursor in every jurisdiction, in commit order; the cursor after it; whether there is more.

    Raises:
        gridward.domain.sync.MustRefetch: the feed cannot go on from this cursor.
    """
    asked = {"epoch": cursor.epoch, "xid": str(cursor.xid), "seq": cursor.seq, "limit": limit}
    rows = (await session.execute(FOLLOW, asked)).all()
    head = rows[0]
    check_cursor(
        cursor,
        epoch=head.feed_epoch,
        ahead_of=int(head.ahead_of),
        pruned_through=int(head.pruned_through) if head.pruned_through else None,
    )
    found: dict[UUID, list[Change]] = {}
    for row in rows:
        if row.xid is not None:
            change = Change(row.scope, row.entity, row.entity_id, row.version, row.op == "r")
            found.setdefault(row.jurisdiction_id, []).append(change)
            cursor = Cursor(cursor.epoch, int(row.xid), row.seq)
    return found, cursor, sum(map(len, found.values())) >= limit


async def start_cursor(session: ReadSession | WriteSession) -> Cursor:
    """Where to follow the feed from, taken before the first page of a snapshot."""
    row = (await session.execute(START)).one()
    return Cursor(row.feed_epoch, int(row.xid), row.seq)


_NOW: ColumnElement[int] = literal_column("(SELECT feed_epoch FROM system)")
_HORIZON: ColumnElement[Any] = literal_column("pg_snapshot_xmin(pg_current_snapshot())")
_OF_SCOPE = (
    ChangeRow.jurisdiction_id == bindparam("jurisdiction_id", type_=Uuid()),
    ChangeRow.scope == bindparam("scope", type_=Text()),
    ChangeRow.epoch == _NOW,
)
_COLON: ColumnElement[str] = literal_column("':'")
_FINAL = (
    select(func.concat(ChangeRow.xid, _COLON, ChangeRow.seq))
    .where(*_OF_SCOPE, ChangeRow.xid < _HORIZON)
    .order_by(ChangeRow.xid.desc(), ChangeRow.seq.desc())
    .limit(literal_column("1"))
)
_SINCE = select(func.concat(func.count(), _COLON, func.max(ChangeRow.seq))).where(*_OF_SCOPE, ChangeRow.xid >= _HORIZON)
STATE = Prepared(
    select(
        func.concat_ws(
            _COLON,
            _NOW,
            literal_column("(SELECT pruned_through FROM system)"),
            _FINAL.scalar_subquery(),
            _SINCE.scalar_subquery(),
        ).label("state")
    )
)


async def state_of(session: ReadSession | Glance, jurisdiction_id: UUID, scope: str) -> str:
    """Another text after each change of a scope that a reader can see, whatever order they were committed in.

    The newest change alone would not do: one with a lower number may be committed after it. So what lies above the
    horizon (see :func:`feed_page`) is counted. What is read after this is at least as new as the text says.
    """
    rows = await STATE.rows(session, {"jurisdiction_id": jurisdiction_id, "scope": scope})
    return str(rows[0].state)


PRUNE = text(
    f"""
    WITH newest AS ({_NEWEST}),
    head AS (
        SELECT xid, seq, at FROM change WHERE epoch = (SELECT feed_epoch FROM system) ORDER BY xid, seq LIMIT :limit
    ),
    young AS (SELECT xid FROM head WHERE at >= :before ORDER BY xid LIMIT 1),
    kept AS (SELECT least(newest.xid, young.xid) AS since FROM newest LEFT JOIN young ON true),
    last AS (SELECT xid FROM head, kept WHERE xid < kept.since ORDER BY xid DESC LIMIT 1),
    noted AS (
        UPDATE system SET pruned_through = last.xid FROM last
        WHERE pruned_through IS NULL OR pruned_through < last.xid
    ),
    gone AS (
        DELETE FROM change USING last
        WHERE change.epoch = (SELECT feed_epoch FROM system) AND change.xid <= last.xid RETURNING 1
    )
    SELECT count(*) FROM gone
    """  # noqa: S608 - made of constants
)
"""Whole transactions from the oldest on, up to the first with a change that is still kept. The newest that a reader can
see always stays: a snapshot starts from it."""


async def prune(session: WriteSession, *, before: datetime, limit: int) -> int:
    """Drop what was recorded before an instant, about ``limit`` rows of it, and note how far; how many went."""
    return int((await session.execute(PRUNE, {"before": before, "limit": limit})).scalar_one())
