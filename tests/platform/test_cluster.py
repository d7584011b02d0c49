"""The private cluster: durable, closed to the network, one program for each folder, several beside each other."""

from __future__ import annotations

import os
import select
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir, mkdtemp

import pytest

from gridward.gateways.cluster import (
    SOCKET_LIMIT,
    SOCKET_NAME,
    Cluster,
    ClusterRefused,
    find_binaries,
    reachable,
    server_user,
)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that the postgres user can reach; pytest's own is closed to it."""
    folder = Path(mkdtemp(prefix="gridward-place-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def running(place: Path) -> Iterator[Cluster]:
    with Cluster(place / "first") as cluster:
        yield cluster


def ask(cluster: Cluster, setting: str) -> str:
    return cluster.sql(f"SHOW {setting}")


def test_what_is_confirmed_is_kept(running: Cluster) -> None:
    for setting in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
        assert ask(running, setting) == "on", setting


def test_nothing_listens_on_the_network_and_the_socket_is_ours(running: Cluster) -> None:
    assert ask(running, "listen_addresses") == ""
    folder = running.socket_folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(bytes(folder / SOCKET_NAME)) <= SOCKET_LIMIT
    assert stat.S_IMODE(running.data.stat().st_mode) == 0o700


def test_the_server_is_not_root(running: Cluster) -> None:
    pid = (running.data / "postmaster.pid").read_text().split("\n", 1)[0]
    assert Path(f"/proc/{pid}").stat().st_uid != 0


def test_a_database_is_the_owner_roles_and_has_the_extensions(running: Cluster) -> None:
    address = running.ensure_database("town")
    assert running.ensure_database("town") == address
    assert running.sql("SELECT rolname FROM pg_database JOIN pg_roles r ON datdba = r.oid WHERE datname = 'town'") == (
        "gridward_owner"
    )
    found = running.sql("SELECT string_agg(extname, ' ' ORDER BY extname) FROM pg_extension", database="town")
    assert found == "btree_gist pg_trgm plpgsql postgis"
    assert running.sql("SELECT rolsuper FROM pg_roles WHERE rolname = 'gridward_owner'") == "f"


def test_a_second_program_on_the_same_folder_is_refused_by_name(running: Cluster) -> None:
    with pytest.raises(ClusterRefused, match=f"in use by another gridward .process {os.getpid()}"):
        Cluster(running.folder).start()
    assert running.sql("SELECT 1") == "1"


def test_two_run_beside_each_other(running: Cluster, place: Path) -> None:
    with Cluster(place / "second", durable=False) as second:
        second.ensure_database("village")
        assert second.sql("SELECT count(*) FROM pg_database WHERE datname = 'village'") == "1"
        assert running.sql("SELECT count(*) FROM pg_database WHERE datname = 'village'") == "0"
        assert second.url("village") != running.url("village")
    assert not second.is_running()
    assert not second.socket_folder.exists()
    assert running.is_running()


def test_what_a_killed_program_left_is_taken_over(place: Path) -> None:
    folder = place / "third"
    first = Cluster(folder, durable=False)
    first.start()
    first.sql("CREATE TABLE kept AS SELECT 7 AS number")
    first._drop_lock()  # as the kernel does when a program is killed
    with Cluster(folder, durable=False) as second:
        assert second.sql("SELECT number FROM kept") == "7"
    assert not first.is_running()


def test_a_pid_file_of_a_dead_server_or_of_somebody_else_is_no_obstacle(place: Path) -> None:
    folder = place / "fourth"
    with Cluster(folder) as cluster:
        cluster.sql("CREATE TABLE kept AS SELECT 7 AS number")
        server = int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
        descriptor = os.pidfd_open(server)
        os.kill(server, signal.SIGKILL)
        wait_for_end(descriptor)
    for pid in ("999999999", str(os.getpid())):
        (cluster.data / "postmaster.pid").write_text(f"{pid}\n{cluster.data}\n")
        assert not cluster.is_running()
        with Cluster(folder) as again:
            assert again.sql("SELECT number FROM kept") == "7"


def wait_for_end(descriptor: int) -> None:
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    assert poller.poll(10_000)
    os.close(descriptor)


def test_a_long_temporary_folder_is_no_obstacle(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("long" * 25)))
    assert str(Cluster(place / "fifth").socket_folder).startswith("/tmp/")


def test_a_file_in_the_sockets_way_is_refused(place: Path) -> None:
    cluster = Cluster(place / "sixth", durable=False)
    cluster.socket_folder.write_text("not yours")
    try:
        with pytest.raises(ClusterRefused, match="in the way"):
            cluster.start()
    finally:
        cluster.socket_folder.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_root_learns_that_the_postgres_user_cannot_get_there() -> None:
    closed = Path(mkdtemp(prefix="gridward-closed-", dir=gettempdir()))
    try:
        assert not reachable(closed / "data", server_user())
        with pytest.raises(ClusterRefused, match="the user postgres cannot reach"):
            Cluster(closed / "data").start()
    finally:
        shutil.rmtree(closed)


def test_without_postgis_three_ways_are_named(tmp_path: Path) -> None:
    (tmp_path / "17" / "bin").mkdir(parents=True)
    (tmp_path / "17" / "bin" / "postgres").touch()
    with pytest.raises(ClusterRefused, match=r"apt-get install postgresql-postgis.*DATABASE_URL.*docker compose"):
        find_binaries(programs=tmp_path, extensions=tmp_path)


def test_the_newest_that_has_postgis_is_taken_unless_the_data_says_another(tmp_path: Path) -> None:
    for version, extension in (("15", True), ("16", True), ("17", False)):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "postgres").touch()
        if extension:
            (tmp_path / version / "extension").mkdir()
            (tmp_path / version / "extension" / "postgis.control").touch()
    assert find_binaries(programs=tmp_path, extensions=tmp_path).version == 16
    assert find_binaries(version=15, programs=tmp_path, extensions=tmp_path).version == 15
    with pytest.raises(ClusterRefused, match="no PostgreSQL 14 with PostGIS"):
        find_binaries(version=14, programs=tmp_path, extensions=tmp_path)
