"""Photos that nothing refers to: let go of after a while, and then their files.

Two steps, because a store of files and a database have no transaction in common. First the row goes and the files are
put on a list, together; then the files go, with nothing open in the database; then the list is shortened. Whatever breaks
off in between is done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from gridward.domain.evidence import UNUSED_SPAN
from gridward.gateways.blobstore import BlobStore
from gridward.persistence import evidence as photos
from gridward.persistence.database import ReadSession, WriteSession
from gridward.services.evidence.uploading import full_key, public_key, thumb_key

AT_ONCE = 500


async def drop_unused(session: WriteSession, now: datetime) -> bool:
    """Let go of up to 500 photos that waited for a report longer than ``UNUSED_SPAN``; True when there may be more.

    A phone whose report comes later still has the photo and is asked for it (``photos_missing``).
    """
    return await photos.drop_unused(session, received_before=now - UNUSED_SPAN, now=now, limit=AT_ONCE) == AT_ONCE


async def dropped(session: ReadSession) -> list[UUID]:
    """Up to 500 photos whose files are to be removed."""
    return await photos.dropped(session, limit=AT_ONCE)


async def remove_files(blobs: BlobStore, photo_ids: Sequence[UUID]) -> None:
    """Remove the files of these photos and public copies from the store, whether they are there or not.

    Raises:
        Unavailable: ``storage_unavailable``.
    """
    for photo_id in photo_ids:
        await blobs.delete(full_key(photo_id))
        await blobs.delete(thumb_key(photo_id))
        await blobs.delete(public_key(photo_id))


async def files_removed(session: WriteSession, photo_ids: Sequence[UUID]) -> None:
    """Take photos off the list of files to be removed."""
    await photos.files_removed(session, photo_ids)
