"""Photos stay where they were put, under the name that was given, whole or not at all."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer

from gridward.domain.errors import NotFound, Refusal, Unavailable
from gridward.gateways.blobstore import BlobStore, FolderBlobs, MemoryBlobs, S3Blobs, try_out

KEY = "photos/3f/0123456789abcdef.jpg"
BUCKET = "s3://photos-of-the-town/gridward/2026"
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=town/20260901/us-east-1/s3/aws4_request"}


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """A server that speaks S3, with one bucket; answers its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    assert httpx.put(f"{address}/photos-of-the-town", headers=SIGNED).status_code == 200
    yield address
    server.stop()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment of a program that keeps its photos there."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    settings = {"ACCESS_KEY_ID": "town", "SECRET_ACCESS_KEY": "secret", "REGION": "us-east-1"}
    for name, value in {**settings, "ENDPOINT_URL": s3_server}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    return s3_server


@pytest.fixture(params=["folder", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    match request.param:
        case "folder":
            return FolderBlobs(tmp_path / "blobs")
        case "memory":
            return MemoryBlobs()
        case _:
            request.getfixturevalue("s3")
            return S3Blobs(BUCKET)


async def test_what_was_put_is_there_until_it_is_deleted(store: BlobStore) -> None:
    with pytest.raises(NotFound, match="blob_missing"):
        await store.get(KEY)
    await store.put(KEY, b"first")
    await store.put(KEY, b"second")
    await store.put(KEY, b"second")
    assert await store.get(KEY) == b"second"
    await store.delete(KEY)
    await store.delete(KEY)
    with pytest.raises(NotFound, match="blob_missing"):
        await store.get(KEY)


async def test_the_largest_photo_that_is_taken_comes_back_as_it_was(store: BlobStore) -> None:
    largest = os.urandom(12 * 1024 * 1024)
    await store.put(KEY, largest)
    assert await store.get(KEY) == largest
    await store.put(KEY, b"")
    assert await store.get(KEY) == b""
    await store.delete(KEY)


async def test_a_store_is_tried_out_and_nothing_stays_of_that(store: BlobStore) -> None:
    await try_out(store, "trial/1")
    with pytest.raises(NotFound):
        await store.get("trial/1")


@pytest.mark.parametrize(
    "key", ["../escape", "/etc/passwd", "a/../b", "a//b", "A", "a b", "", ".hidden", "a/.b", "a\n"]
)
async def test_a_key_never_leaves_the_store(store: BlobStore, key: str) -> None:
    for attempt in (store.put(key, b""), store.get(key), store.delete(key)):
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


async def refused(store: BlobStore) -> set[str]:
    """Why this store cannot be used, by each thing that can be asked of it."""
    reasons = set()
    for attempt in (store.put(KEY, b"content"), store.get(KEY), store.delete(KEY)):
        with pytest.raises(Unavailable, match="storage_unavailable") as away:
            await attempt
        assert away.value.facts["retry_after_s"] > 0
        reasons.add(f"{away.value.facts['why']}: {' '.join(away.value.facts['settings'])}")
    return reasons


async def test_a_folder_that_is_gone_is_no_folder_that_is_empty(tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    store = FolderBlobs(folder)
    folder.rmdir()
    folder.write_text("a file where the folder was")
    assert await refused(store) == {"folder: GRIDWARD_BLOBS GRIDWARD_DATA"}


async def test_a_prefix_keeps_two_towns_in_one_bucket_apart(s3: str) -> None:
    here, there, at_the_root = (
        S3Blobs(BUCKET),
        S3Blobs("s3://photos-of-the-town/other/"),
        S3Blobs("s3://photos-of-the-town"),
    )
    await here.put(KEY, b"ours")
    for other in (there, at_the_root):
        with pytest.raises(NotFound):
            await other.get(KEY)
    assert httpx.get(f"{s3}/photos-of-the-town/gridward/2026/{KEY}", headers=SIGNED).content == b"ours"
    await here.delete(KEY)


async def test_a_bucket_that_is_not_there_is_no_photo_that_is_not_there(s3: str) -> None:
    assert await refused(S3Blobs("s3://photos-of-nobody")) == {"bucket: GRIDWARD_BLOBS"}


async def test_credentials_that_nobody_knows_are_named(s3: str) -> None:
    httpx.post(f"{s3}/moto-api/reset-auth", content=b"0").raise_for_status()
    try:
        assert await refused(S3Blobs(BUCKET)) == {"credentials: AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY"}
    finally:
        httpx.post(f"{s3}/moto-api/reset-auth", content=b"inf").raise_for_status()


@asynccontextmanager
async def cut_off(address: str, after_bytes: int) -> AsyncIterator[str]:
    """A way to that server on which every connection breaks after so many bytes."""
    host, _, port = address.removeprefix("http://").partition(":")

    async def lead(sender: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        _, onward = await asyncio.open_connection(host, int(port))
        onward.write(await sender.read(after_bytes))
        await onward.drain()
        for end in (onward, back):
            end.transport.abort()

    server = await asyncio.start_server(lead, "127.0.0.1", limit=after_bytes)
    async with server:
        yield "http://{}:{}".format(*server.sockets[0].getsockname())


async def test_a_server_that_goes_away_midway_has_stored_nothing(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await S3Blobs(BUCKET).put("photos/3f/before.jpg", b"before")
    async with cut_off(s3, after_bytes=100_000) as broken:
        monkeypatch.setenv("AWS_ENDPOINT_URL", broken)
        store = S3Blobs(BUCKET)
        for key in (KEY, "photos/3f/before.jpg"):
            with pytest.raises(Unavailable, match="storage_unavailable"):
                await store.put(key, bytes(8_000_000))
    # Now nobody listens there any more.
    assert await refused(store) == {"unreachable: AWS_ENDPOINT_URL AWS_REGION"}
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    assert await S3Blobs(BUCKET).get("photos/3f/before.jpg") == b"before"
    with pytest.raises(NotFound):
        await S3Blobs(BUCKET).get(KEY)
