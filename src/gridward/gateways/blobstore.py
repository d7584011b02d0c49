"""Where photos are kept: a local folder or an S3 bucket, behind one small asynchronous interface.

Keys are made by the program from ids, never from a name that somebody sent. ``put`` answers only when the bytes would
survive a power cut: the local folder writes beside, syncs, renames and syncs the folder; S3 answers after
it has stored. A store that cannot be used says why, and which settings to look at, to the log and to whoever started
the program; a phone keeps its photo and comes again.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import structlog
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from gridward.domain.errors import Malformed, NotFound, Refusal, Unavailable

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

log = structlog.get_logger()

KEY = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*(\.[a-z0-9]+)?")

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})

AGAIN_S = 30
"""When a phone may come back to a store that was away."""

SETTINGS_OF: dict[str, tuple[str, ...]] = {
    "folder": ("GRIDWARD_BLOBS", "GRIDWARD_DATA"),
    "bucket": ("GRIDWARD_BLOBS",),
    "credentials": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    "unreachable": ("AWS_ENDPOINT_URL", "AWS_REGION"),
}
"""Why a store cannot be used, and the settings to look at then."""


class BlobStore(Protocol):
    """Bytes under a key. Keys are lower-case path segments with at most one extension."""

    async def put(self, key: str, content: bytes) -> None:
        """Store durably; the same key again replaces the content in one step.

        Raises:
            Refusal: ``storage_full``. Unavailable: ``storage_unavailable``. Nothing is left half written.
        """

    async def get(self, key: str) -> bytes:
        """Raises: NotFound: ``blob_missing``. Unavailable: ``storage_unavailable``."""

    async def delete(self, key: str) -> None:
        """Remove; what is not there is removed already. Raises: Unavailable: ``storage_unavailable``."""


async def try_out(store: BlobStore, key: str) -> None:
    """Put, read and remove a file of a few bytes: whether this store can be used, before anybody needs it.

    Raises:
        Refusal: ``storage_full``. Unavailable: ``storage_unavailable`` with ``why`` and ``settings``.
    """
    await store.put(key, b"trial")
    await store.get(key)
    await store.delete(key)


def check_key(key: str) -> str:
    if not KEY.fullmatch(key):
        raise Malformed("blob_key_malformed")
    return key


def _away(why: str, error: Exception) -> Unavailable:
    log.error("blobs.unavailable", why=why, settings=SETTINGS_OF[why], error=str(error)[:500])
    return Unavailable("storage_unavailable", why=why, settings=list(SETTINGS_OF[why]), retry_after_s=AGAIN_S)


class _Obstore:
    """What any obstore backend does the same way."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def _why(self, error: Exception) -> str | None:
        """Why the store cannot be used; None: it can, the file is not there."""
        return None if isinstance(error, FileNotFoundError) else "folder"

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as error:
            why = self._why(error)
            if why is None:
                raise NotFound("blob_missing") from error
            raise _away(why, error) from error

    async def put(self, key: str, content: bytes) -> None:
        check_key(key)
        with self._in_our_words():
            # In one request: parts of a large one that was broken off would stay in the bucket and be paid for.
            await self._store.put_async(key, content, use_multipart=False)

    async def get(self, key: str) -> bytes:
        check_key(key)
        with self._in_our_words():
            found = await self._store.get_async(key)
            return bytes(await found.bytes_async())

    async def delete(self, key: str) -> None:
        check_key(key)
        try:
            with self._in_our_words():
                await self._store.delete_async(key)
        except NotFound:
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
            raise _away("folder", error) from error


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


RETRIES: RetryConfig = {"max_retries": 2, "retry_timeout": timedelta(seconds=15)}
PATIENCE: ClientConfig = {
    "connect_timeout": timedelta(seconds=5),
    "timeout": timedelta(seconds=30),
    "allow_http": True,  # whoever writes AWS_ENDPOINT_URL=http://… means the bucket server in the next container
}
"""A phone waits meanwhile, and it comes again by itself: what does not pass soon is its business."""


class S3Blobs(_Obstore):
    """A bucket, ``s3://bucket/prefix``. Credentials, region and endpoint come from the environment in the names that
    every S3 client knows (``AWS_…``), or from the machine's role."""

    def __init__(self, url: str) -> None:
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        store = S3Store(bucket, prefix=prefix.strip("/") or None, client_options=PATIENCE, retry_config=RETRIES)
        super().__init__(store)

    def _why(self, error: Exception) -> str | None:
        if isinstance(error, FileNotFoundError):
            # S3 says 404 of a file and of a whole bucket, and obstore knows one kind of 404.
            return "bucket" if "NoSuchBucket" in str(error) else None
        return "credentials" if isinstance(error, PermissionDeniedError | UnauthenticatedError) else "unreachable"


class MemoryBlobs(_Obstore):
    """The quiet twin: forgets everything when the process ends."""

    def __init__(self) -> None:
        super().__init__(MemoryStore())


def blob_store(address: str) -> BlobStore:
    """A bucket (``s3://…``) or a folder."""
    return S3Blobs(address) if address.startswith("s3://") else FolderBlobs(Path(address))
