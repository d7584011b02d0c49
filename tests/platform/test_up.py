"""`gridward up` as a person meets it: it answers, it refuses clearly, and Ctrl-C leaves nothing running."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import mkdtemp

import pytest

import programs
from gridward.gateways.cluster import Cluster

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("GRIDWARD_", "DATABASE_"))}
QUICK_S = 30  # on two busy cores; alone it takes about three
PATIENCE_S = 120


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(mkdtemp(prefix="gridward-up-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def gridward(*arguments: str, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gridward", *arguments],
        env={**ENVIRONMENT, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until_announced(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if "Ctrl-C stops everything" in line:
            return
    assert process.stderr is not None
    pytest.fail(process.stderr.read())


def signs_in_as(cluster: Cluster, port: int) -> set[str]:
    """The logins of the programs' connections, once the API was asked something that it must look up."""
    asking = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/tickets", headers={"Cookie": "sid=nobody"})
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(asking)
    answer.value.close()
    return set(cluster.sql("SELECT usename FROM pg_stat_activity WHERE application_name = 'gridward'").split())


@pytest.mark.slow
def test_up_answers_stops_whole_is_quick_the_second_time_and_starts_after_a_kill(folder: Path, port: int) -> None:
    environment = {"GRIDWARD_DATA": str(folder / "data"), "GRIDWARD_PORT": str(port)}
    cluster = Cluster(folder / "data" / "postgres")

    process = gridward("up", "--no-demo", environment=environment)
    until_announced(process)
    assert_it_runs(cluster, port)
    second = gridward("up", environment={**environment, "GRIDWARD_PORT": "0" + str(port)})
    _, complaint = second.communicate(timeout=PATIENCE_S)
    assert (second.returncode, "cannot be used" in complaint) == (1, True)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, said.splitlines()[-1]) == (0, "stopped")
    assert not cluster.is_running()
    assert not is_answered(port)

    began = time.monotonic()
    process = gridward("up", "--no-demo", environment=environment)
    until_announced(process)
    assert time.monotonic() - began < QUICK_S
    assert_it_runs(cluster, port)
    process.kill()
    process.communicate(timeout=PATIENCE_S)  # the children hold these pipes: this returns when they have ended
    assert not is_answered(port)

    again = gridward("up", "--no-demo", environment=environment)
    until_announced(again)
    assert_it_runs(cluster, port)
    again.send_signal(signal.SIGTERM)
    _, said = again.communicate(timeout=PATIENCE_S)
    assert (again.returncode, said.splitlines()[-1]) == (0, "stopped")
    assert not cluster.is_running()


def is_answered(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def assert_it_runs(cluster: Cluster, port: int) -> None:
    assert cluster.is_running()
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/nothing-here")
    assert answer.value.code == 404
    answer.value.close()
    assert signs_in_as(cluster, port) - {"gridward_worker"} == {"gridward_app"}, "as the owner"


@pytest.mark.slow
def test_the_first_start_makes_the_demo_and_can_be_stopped_in_it(folder: Path, port: int) -> None:
    environment = {"GRIDWARD_DATA": str(folder / "data"), "GRIDWARD_PORT": str(port)}
    process = gridward("up", environment=environment)
    assert process.stderr is not None
    before_the_demo = []
    for line in process.stderr:
        if line.startswith("demo "):
            break
        before_the_demo.append(line)
    else:
        pytest.fail("".join(before_the_demo))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, said.splitlines()[-1]) == (0, "stopped")
    assert not Cluster(folder / "data" / "postgres").is_running()


def test_wrong_settings_end_at_once_with_their_names(folder: Path) -> None:
    process = gridward("up", environment={"GRIDWARD_DATA": str(folder), "GRIDWARD_PROT": "8001"})
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert "GRIDWARD_PROT is no setting; did you mean GRIDWARD_PORT?" in said
    assert "Traceback" not in said
    assert not list(folder.iterdir())


def test_a_database_that_does_not_keep_its_word_is_refused_unless_named(cluster: Cluster, database_url: str) -> None:
    given = {"DATABASE_URL": database_url, "GRIDWARD_DATA": "/nonexistent"}
    ended = programs.run("serve", environment={**ENVIRONMENT, **given})
    assert ended.returncode == 3
    assert "fsync, full_page_writes, synchronous_commit" in ended.stderr


def test_a_database_that_is_not_there_is_refused_in_words(folder: Path) -> None:
    given = {"DATABASE_URL": f"postgresql://nobody@/nothing?host={folder}", "GRIDWARD_DATA": str(folder)}
    ended = programs.run("worker", environment={**ENVIRONMENT, **given})
    assert ended.returncode == 3
    assert "cannot be reached" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_database_without_tables_says_what_to_run(cluster: Cluster, folder: Path) -> None:
    address = cluster.ensure_database("bare")
    given = {"DATABASE_URL": address, "GRIDWARD_DATA": str(folder), "GRIDWARD_ALLOW_UNSAFE_DATABASE": "1"}
    refused = programs.run("serve", environment={**ENVIRONMENT, **given})
    assert (refused.returncode, "gridward migrate" in refused.stderr) == (3, True)
    migrated = programs.run("migrate", environment={**ENVIRONMENT, **given})
    assert migrated.returncode == 0, migrated.stderr
    assert "brought from nothing" in migrated.stderr
    cluster.drop_database("bare")


@pytest.mark.parametrize(
    ("store", "says"),
    [
        ("s3://photos-of-the-town", "the bucket's server does not answer as one should. Look at AWS_ENDPOINT_URL"),
        ("{folder}/a-file/photos", "Not a directory. Look at GRIDWARD_BLOBS"),
    ],
)
def test_a_store_that_cannot_keep_photos_is_refused_in_words(
    folder: Path, port: int, cluster: Cluster, database_url: str, store: str, says: str
) -> None:
    (folder / "a-file").touch()
    given = {"DATABASE_URL": database_url, "GRIDWARD_DATA": str(folder), "GRIDWARD_ALLOW_UNSAFE_DATABASE": "1"}
    nobody = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    environment = {**ENVIRONMENT, **given, **nobody, "GRIDWARD_BLOBS": store.format(folder=folder)}
    ended = programs.run("serve", environment=environment)
    assert ended.returncode == 2
    assert says in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr
