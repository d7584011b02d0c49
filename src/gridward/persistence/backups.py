"""What a backup must know of the database at one instant, and how a restored one begins a new life."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.domain.sync import next_epoch
from gridward.persistence.changes import ChangeRow
from gridward.persistence.database import ReadSession, WriteSession, read_transaction
from gridward.persistence.entries import SystemRow
from gridward.persistence.evidence import PhotoRow
from gridward.persistence.progress import PublicPhotoRow
from gridward.persistence.server import IDENTITY

AT_ONCE = 1_000

TABLES = text(
    "SELECT quote_ident(relname) FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    " AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e') ORDER BY relname"
)
"""Our own tables; those of extensions come with the extensions."""

UNLOGGED = text(
    "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relpersistence = 'u'"
)


@asynccontextmanager
async def instant(engine: AsyncEngine) -> AsyncIterator[tuple[ReadSession, str]]:
    """One instant of the database, and its name for a dump that must see the same one.

    It takes no transaction id: the change feed goes on meanwhile.
    """
    async with read_transaction(engine) as session:
        await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        name = (await session.execute(text("SELECT pg_export_snapshot()"))).scalar_one()
        yield session, str(name)


async def tables(session: ReadSession) -> list[str]:
    """Names of our tables; empty: an empty database."""
    return list(await session.scalars(TABLES))


async def counts(session: ReadSession) -> dict[str, int]:
    """Rows of every table that outlives a crash."""
    passing = set(await session.scalars(UNLOGGED))
    found = {}
    for table in await tables(session):
        if table not in passing:
            found[table] = int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())  # noqa: S608 - quoted
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The files of one photo, or of one copy that everybody may see (``thumb_…`` None)."""

    file_id: UUID
    sha256: str
    thumb_sha256: str | None = None


async def pictures(session: ReadSession) -> AsyncIterator[Picture]:
    """Every picture that has files, in the order of ids."""
    last = UUID(int=0)
    while True:
        query = select(PhotoRow.photo_id, PhotoRow.stored_sha256, PhotoRow.thumb_sha256)
        rows = (
            await session.execute(query.where(PhotoRow.photo_id > last).order_by(PhotoRow.photo_id).limit(AT_ONCE))
        ).all()
        for row in rows:
            yield Picture(file_id=row.photo_id, sha256=row.stored_sha256, thumb_sha256=row.thumb_sha256)
        if len(rows) < AT_ONCE:
            break
        last = rows[-1].photo_id
    copies = select(PublicPhotoRow.rendition_id, PublicPhotoRow.sha256).where(PublicPhotoRow.rendition_id.is_not(None))
    for rendition_id, sha256 in await session.execute(copies.order_by(PublicPhotoRow.rendition_id)):
        if rendition_id is not None and sha256 is not None:
            yield Picture(file_id=rendition_id, sha256=sha256)


async def still_there(session: ReadSession, file_ids: Collection[UUID]) -> set[UUID]:
    """Those of these pictures that have a row now: they were not let go of meanwhile."""
    photos = await session.scalars(select(PhotoRow.photo_id).where(PhotoRow.photo_id.in_(file_ids)))
    copies = await session.scalars(select(PublicPhotoRow.rendition_id).where(PublicPhotoRow.rendition_id.in_(file_ids)))
    return {*photos, *(one for one in copies if one is not None)}


async def system(session: ReadSession | WriteSession) -> tuple[int, str]:
    """``(feed_epoch, identity)`` as stored."""
    row = (await session.execute(select(SystemRow.feed_epoch, SystemRow.identity))).one()
    return row.feed_epoch, row.identity


ENSURE_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} NOLOGIN; END IF;
    IF NOT pg_has_role(current_user, '{role}', 'USAGE') THEN EXECUTE format('GRANT {role} TO %I', current_user); END IF;
END $$
"""


ROLES = ("gridward_app", "gridward_worker")


async def ensure_roles(session: WriteSession) -> None:
    """The roles that a dump gives rights to, as the migration makes them."""
    for role in ROLES:
        await session.execute(text(ENSURE_ROLE.format(role=role)))


async def give_rights_of_tables_to_come(session: WriteSession) -> None:
    """As the migration does, and only once the dump is read in: what it creates must get no right that it does not name."""
    for role in ROLES:
        for what, rights in (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE, SELECT")):
            given = f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON {what} TO {role}"
            await session.execute(text(given))


async def begin_anew(session: WriteSession, now: datetime) -> int:
    """This database is the one to go on with: a new epoch of the feed, so that every phone fetches anew; answers it."""
    epoch, _ = await system(session)
    new = next_epoch(epoch, now)
    identity = (await session.execute(text(IDENTITY))).scalar_one()
    await session.execute(update(SystemRow).values(feed_epoch=new, identity=identity, pruned_through=None))
    # No cursor leads to a change of an earlier epoch any more.
    await session.execute(ChangeRow.__table__.delete().where(ChangeRow.epoch < new))  # type: ignore[attr-defined]
    return new
