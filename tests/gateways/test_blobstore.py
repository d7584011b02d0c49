"""Photos stay where they were put, under the name that was given, whole or not at all."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest

from gridward.domain.errors import NotFound, Refusal
from gridward.gateways.blobstore import BlobStore, FolderBlobs, MemoryBlobs

KEY = "photos/3f/0123456789abcdef.jpg"


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return FolderBlobs(tmp_path / "blobs") if request.param == "folder" else MemoryBlobs()


async def test_what_was_put_is_there_until_it_is_deleted(store: BlobStore) -> None:
    assert not await store.exists(KEY)
    await store.put(KEY, b"first")
    await store.put(KEY, b"second")
    assert await store.get(KEY) == b"second"
    assert await store.exists(KEY)
    await store.delete(KEY)
    await store.delete(KEY)
    assert not await store.exists(KEY)
    with pytest.raises(NotFound, match="blob_missing"):
        await store.get(KEY)


@pytest.mark.parametrize(
    "key", ["../escape", "/etc/passwd", "a/../b", "a//b", "A", "a b", "", ".hidden", "a/.b", "a\n"]
)
async def test_a_key_never_leaves_the_store(store: BlobStore, key: str) -> None:
    for attempt in (store.put(key, b""), store.get(key), store.exists(key), store.delete(key)):
        with pytest.raises(Refusal, match="blob_key_malformed"):
            await attempt


async def test_two_writers_of_one_key_leave_one_whole_file(tmp_path: Path) -> None:
    store = FolderBlobs(tmp_path)
    contents = [bytes([number]) * 200_000 for number in range(8)]
    await asyncio.gather(*(store.put(KEY, content) for content in contents))
    assert await store.get(KEY) in contents
    assert [file.name for file in (tmp_path / KEY).parent.iterdir()] == [Path(KEY).name]


async def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderBlobs(tmp_path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refusal, match="storage_full"):
        await store.put(KEY, b"content")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


async def test_the_file_and_its_folder_are_synced_before_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderBlobs(tmp_path)
    steps: list[str] = []
    sync, replace = os.fsync, os.replace

    def noted_sync(descriptor: int) -> None:
        steps.append("folder" if Path(f"/proc/self/fd/{descriptor}").resolve().is_dir() else "file")
        sync(descriptor)

    def noted_replace(source: Path, target: Path) -> None:
        steps.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "replace", noted_replace)
    await store.put(KEY, b"content")
    assert steps[-3:] == ["file", "rename", "folder"]
