"""The pictures of a backup: which files there are, out of the store, and into one again."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.domain.errors import NotFound
from gridward.gateways.backup_folder import Entry
from gridward.gateways.blobstore import BlobStore, FolderBlobs
from gridward.persistence import backups
from gridward.persistence.database import ReadSession, read_transaction
from gridward.services.evidence.uploading import full_key, public_key, thumb_key


async def _files(session: ReadSession) -> AsyncIterator[tuple[backups.Picture, str, str]]:
    async for one in backups.pictures(session):
        if one.thumb_sha256 is None:
            yield one, public_key(one.file_id), one.sha256
        else:
            yield one, full_key(one.file_id), one.sha256
            yield one, thumb_key(one.file_id), one.thumb_sha256


async def copy_out(
    engine: AsyncEngine, session: ReadSession, blobs: BlobStore, folder: Path, listed: Callable[[Entry], None]
) -> list[str]:
    """Copy every file that this instant of the database names; each is checked against its digest on the way.

    A picture that was erased since that instant is left out: it must not come back.

    Returns:
        Keys of files that the store has lost or that are not what was stored, though their pictures are still there.

    Raises:
        Refusal: ``storage_full``. Unavailable: ``storage_unavailable``.
    """
    target, lost = FolderBlobs(folder), []
    async for picture, key, sha256 in _files(session):
        try:
            content: bytes | None = await blobs.get(key)
        except NotFound:
            content = None
        if content is not None and hashlib.sha256(content).hexdigest() == sha256:
            await target.put(key, content)
            listed(Entry(key=key, sha256=sha256, size=len(content)))
            continue
        async with read_transaction(engine) as now:
            if await backups.still_there(now, [picture.file_id]):
                lost.append(key)
    return lost


async def copy_in(folder: Path, entries: Iterable[Entry], blobs: BlobStore) -> int:
    """Put the files of a backup into a store; how many. Doing it twice changes nothing.

    Raises:
        as :func:`copy_out`.
    """
    source, number = FolderBlobs(folder), 0
    for entry in entries:
        await blobs.put(entry.key, await source.get(entry.key))
        number += 1
    return number
