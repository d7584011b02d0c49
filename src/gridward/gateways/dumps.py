"""PostgreSQL's own programs for dumping a database and reading a dump in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from sqlalchemy.engine import make_url

OF_THE_SERVER = re.compile(r"EXTENSION|\bspatial_ref_sys\b|\d (COMMENT )?(- )?SCHEMA (- )?public|DEFAULT ACL")
"""Entries of a dump that belong to the server and its roles: the target has them before."""


class DumpRefused(RuntimeError):
    """Dumping or reading in did not work; the text is for the person at the terminal."""


def programs(server_version: int, where: Path = Path("/usr/lib/postgresql")) -> Path:
    """The folder of programs that can talk to this server: not older than it.

    Raises:
        DumpRefused: there are none.
    """
    wanted = server_version // 10_000
    found = {int(one.parent.name): one for one in where.glob("*/bin") if one.parent.name.isdigit()}
    fitting = sorted(version for version, one in found.items() if version >= wanted and (one / "pg_dump").exists())
    if fitting:
        return found[fitting[0]]
    on_path = shutil.which("pg_dump")
    if on_path is not None:
        said = subprocess.run([on_path, "--version"], check=True, capture_output=True, text=True).stdout
        number = re.search(r"(\d+)", said)
        if number is not None and int(number[1]) >= wanted:
            return Path(on_path).parent
    raise DumpRefused(f"no pg_dump of PostgreSQL {wanted} or newer here: install postgresql-client-{wanted}")


def surroundings(url: str) -> dict[str, str]:
    """The address as PostgreSQL's programs read it from their environment, so that no password stands in a list of
    processes."""
    parsed = make_url(url)
    query = {name: value if isinstance(value, str) else value[0] for name, value in parsed.query.items()}
    named = {
        "PGHOST": parsed.host or query.get("host"),
        "PGPORT": str(parsed.port) if parsed.port else query.get("port"),
        "PGUSER": parsed.username,
        "PGPASSWORD": parsed.password,
        "PGDATABASE": parsed.database,
        "PGSSLMODE": query.get("sslmode") or query.get("ssl"),
    }
    own = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**own, "PGOPTIONS": "-c statement_timeout=0", **{name: one for name, one in named.items() if one}}


def dump(url: str, folder: Path, *, server_version: int, snapshot: str) -> None:
    """Write the database as it was at this instant into a folder that is not there yet.

    Read as the worker, which sees every jurisdiction: a login that may not act as the worker is refused, where it would
    otherwise get a dump without the rows that row level security keeps from it.

    Raises:
        DumpRefused: with what PostgreSQL's program said.
    """
    _run(
        programs(server_version) / "pg_dump",
        [
            "--format=directory",
            f"--file={folder}",
            f"--snapshot={snapshot}",
            "--no-owner",
            "--schema=public",
            "--role=gridward_worker",
            "--enable-row-security",
        ],
        url,
    )


def read_in(url: str, folder: Path, *, server_version: int) -> None:
    """Read a dump into an empty database, all of it or nothing.

    Raises:
        DumpRefused: with what PostgreSQL's program said.
    """
    program = programs(server_version) / "pg_restore"
    listed = _run(program, ["--list", str(folder)], url).splitlines()
    wanted = "\n".join(line for line in listed if not line.startswith(";") and not OF_THE_SERVER.search(line))
    _run(
        program,
        [
            f"--dbname={make_url(url).database}",
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--use-list=/dev/stdin",
            str(folder),
        ],
        url,
        said=wanted + "\n",
    )


def _run(program: Path, arguments: list[str], url: str, said: str = "") -> str:
    done = subprocess.run(
        [str(program), *arguments],
        check=False,
        input=said,
        capture_output=True,
        text=True,
        cwd="/",
        env=surroundings(url),
    )
    if done.returncode != 0:
        raise DumpRefused(f"{program.name} ended with {done.returncode}: {done.stderr.strip()[-1000:]}")
    return done.stdout
