"""Where photos are kept: a local folder or an S3 bucket, behind one small asynchronous interface.

Keys are made by the program from ids, never from a name that somebody sent. ``put`` answers only when the bytes would
survive a power cut: the local folder writes beside, syncs, renames and syncs the folder; S3 answers after
it has stored.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from gridward.domain.errors import Malformed, NotFound, Refusal

KEY = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*(\.[a-z0-9]+)?")

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class BlobStore(Protocol):
    """Bytes under a key. Keys are lower-case path segments with at most one extension."""

    async def put(self, key: str, content: bytes) -> None:
        """Store durably; the same key again replaces the content in one step.

        Raises:
            Refusal: ``storage_full``; nothing is left half written.
        """

    async def get(self, key: str) -> bytes:
        """Raises: NotFound: ``blob_missing``."""

    async def exists(self, key: str) -> bool: ...

    async def delete(self, key: str) -> None:
        """Remove; what is not there is removed already."""


def check_key(key: str) -> str:
    if not KEY.fullmatch(key):
        raise Malformed("blob_key_malformed")
    return key


class _Obstore:
    """What any obstore backend does the same way."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, key: str, content: bytes) -> None:
        await self._store.put_async(check_key(key), content)

    async def get(self, key: str) -> bytes:
        try:
            found = await self._store.get_async(check_key(key))
        except FileNotFoundError as error:
            raise NotFound("blob_missing") from error
        return bytes(await found.bytes_async())

    async def exists(self, key: str) -> bool:
        try:
            await self._store.head_async(check_key(key))
        except FileNotFoundError:
            return False
        return True

    async def delete(self, key: str) -> None:
        try:
            await self._store.delete_async(check_key(key))
        except FileNotFoundError:
            return


class FolderBlobs(_Obstore):
    """A folder on this machine. Its own ``put``, because obstore renames without asking the disk to keep the bytes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        super().__init__(LocalStore(folder))
        self._folder = folder

    async def put(self, key: str, content: bytes) -> None:
        await asyncio.to_thread(self._put, check_key(key), content)

    def _put(self, key: str, content: bytes) -> None:
        target = self._folder / key
        beside: Path | None = None
        try:
            _make_folders(target.parent, self._folder)
            descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}#")
            beside = Path(name)
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, target)
            _sync_folder(target.parent)
        except OSError as error:
            if beside is not None:
                beside.unlink(missing_ok=True)
            if error.errno in NO_ROOM:
                raise Refusal("storage_full", of="disk", retry_after_s=60) from error
            raise


def _make_folders(folder: Path, root: Path) -> None:
    if folder.is_dir():
        return
    if folder != root:
        _make_folders(folder.parent, root)
    folder.mkdir(exist_ok=True, mode=0o700)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class S3Blobs(_Obstore):
    """A bucket. Credentials, region and endpoint come from the environment in the names that every S3 client knows
    (``AWS_…``), or from the machine's role."""

    def __init__(self, bucket: str, *, prefix: str = "") -> None:
        super().__init__(S3Store(bucket, prefix=prefix or None))


class MemoryBlobs(_Obstore):
    """The quiet twin: forgets everything when the process ends."""

    def __init__(self) -> None:
        super().__init__(MemoryStore())
