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


@pytest.mark.slow
def test_up_answers_stops_whole_and_is_quick_the_second_time(folder: Path, port: int) -> None:
    environment = {"GRIDWARD_DATA": str(folder / "data"), "GRIDWARD_PORT": str(port)}
    for turn in (1, 2):
        began = time.monotonic()
        process = gridward("up", "--no-demo", environment=environment)
        until_announced(process)
        took = time.monotonic() - began
        cluster = Cluster(folder / "data" / "postgres")
        assert cluster.is_running()
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/nothing-here")
        assert answer.value.code == 404
        answer.value.close()
        if turn == 1:
            second = gridward("up", environment={**environment, "GRIDWARD_PORT": "0" + str(port)})
            _, complaint = second.communicate(timeout=PATIENCE_S)
            assert (second.returncode, "cannot be used" in complaint) == (1, True)
        else:
            assert took < QUICK_S
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, said.splitlines()[-1]) == (0, "stopped")
        assert not cluster.is_running()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


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


@pytest.mark.slow
def test_a_killed_up_takes_its_programs_with_it_and_the_next_one_starts(folder: Path, port: int) -> None:
    environment = {"GRIDWARD_DATA": str(folder / "data"), "GRIDWARD_PORT": str(port)}
    process = gridward("up", "--no-demo", environment=environment)
    until_announced(process)
    process.kill()
    process.communicate(timeout=PATIENCE_S)  # the children hold these pipes: this returns when they have ended
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    again = gridward("up", "--no-demo", environment=environment)
    until_announced(again)
    again.send_signal(signal.SIGTERM)
    again.communicate(timeout=PATIENCE_S)
    assert again.returncode == 0


def test_wrong_settings_end_at_once_with_their_names(folder: Path) -> None:
    process = gridward("up", environment={"GRIDWARD_DATA": str(folder), "GRIDWARD_PROT": "8001"})
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert "GRIDWARD_PROT is no setting; did you mean GRIDWARD_PORT?" in said
    assert "Traceback" not in said
    assert not list(folder.iterdir())


def test_a_database_that_does_not_keep_its_word_is_refused_unless_named(cluster: Cluster, database_url: str) -> None:
    given = {"DATABASE_URL": database_url, "GRIDWARD_DATA": "/nonexistent"}
    process = gridward("serve", environment=given)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 3
    assert "fsync, full_page_writes, synchronous_commit" in said


def test_a_database_that_is_not_there_is_refused_in_words(folder: Path) -> None:
    given = {"DATABASE_URL": f"postgresql://nobody@/nothing?host={folder}", "GRIDWARD_DATA": str(folder)}
    process = gridward("worker", environment=given)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 3
    assert "cannot be reached" in said
    assert "Traceback" not in said


def test_a_database_without_tables_says_what_to_run(cluster: Cluster, folder: Path) -> None:
    address = cluster.ensure_database("bare")
    given = {"DATABASE_URL": address, "GRIDWARD_DATA": str(folder), "GRIDWARD_ALLOW_UNSAFE_DATABASE": "1"}
    process = gridward("serve", environment=given)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, "gridward migrate" in said) == (3, True)
    process = gridward("migrate", environment=given)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert "brought from nothing" in said
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
    process = gridward("serve", environment={**given, **nobody, "GRIDWARD_BLOBS": store.format(folder=folder)})
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert says in " ".join(said.split())
    assert "Traceback" not in said
