"""The statements of a request, taken from the server's log, and what they cost without anything around them.

``pgbench`` runs them with the ids of what is new drawn anew in each transaction; everything else is as it was sent.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from bench.installation import Installation
from gridward.gateways.cluster import OWNER, find_binaries

UUID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LINE = re.compile(r"^\d{4}-\d\d-\d\d \S+ \S+ \[(\d+)\] (\w+):  (.*)$")
PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
VARIABLE = re.compile(r":(?:base|pick)::")
MOST_VARIABLES = 255
"""pgbench gives a statement no more parameters, and every place where a variable stands is one."""
ACTING = {"role": "gridward_app", "jit": "off", "timezone": "UTC", "statement_timeout": "30000"}


@dataclass(slots=True)
class Statement:
    sql: str
    parameters: list[str | None]


@contextmanager
def logged(installation: Installation, database: str) -> Iterator[list[list[Statement]]]:
    """Fills the list with the transactions of what happens inside, in the order in which they ended."""
    found: list[list[Statement]] = []
    installation.cluster.sql(f"ALTER DATABASE {database} SET log_statement = 'all'")
    log = installation.cluster.log
    began = log.stat().st_size
    try:
        yield found
    finally:
        installation.cluster.sql(f"ALTER DATABASE {database} RESET log_statement")
        with log.open("rb") as file:
            file.seek(began)
            found += _transactions(file.read().decode(errors="replace"))


def _transactions(text: str) -> list[list[Statement]]:
    open_of: dict[str, list[Statement]] = {}
    ended = []
    for process, level, said in _entries(text):
        if level == "LOG" and (match := re.match(r"(?:statement|execute \S+): (.*)", said, re.DOTALL)):
            sql = match[1].strip().rstrip(";")
            word = sql.split(None, 1)[0].upper() if sql else ""
            if word == "BEGIN":
                open_of[process] = []
            if process not in open_of:
                continue
            open_of[process].append(Statement(sql, []))
            if word in ("COMMIT", "ROLLBACK"):
                ended.append(open_of.pop(process))
        elif level == "DETAIL" and said.startswith("parameters: ") and open_of.get(process):
            values = {int(number): value for number, value in PARAMETER.findall(said)}
            open_of[process][-1].parameters = [
                None if values[n] == "NULL" else values[n][1:-1].replace("''", "'") for n in sorted(values)
            ]
    return ended


def _entries(text: str) -> Iterator[tuple[str, str, str]]:
    current: tuple[str, str, str] | None = None
    for line in text.splitlines():
        match = LINE.match(line)
        if match:
            if current:
                yield current
            current = match[1], match[2], match[3]
        elif current:
            current = current[0], current[1], current[2] + "\n" + line.removeprefix("\t")
    if current:
        yield current


@dataclass(slots=True)
class Script:
    """For pgbench; run ``weight`` times as often as one of weight 1."""

    text: str
    statements: int
    weight: int = 1


async def as_scripts(
    connection: asyncpg.Connection, transactions: Sequence[Sequence[Statement]], since_ms: int
) -> list[Script]:
    """The transactions for pgbench: those of equal statements become one script that draws whose values it takes.

    Ids made after ``since_ms`` (Unix milliseconds) are new in each run.
    """
    alike: dict[tuple[str, ...], list[Sequence[Statement]]] = {}
    for one in transactions:
        alike.setdefault(tuple(statement.sql for statement in one), []).append(one)
    ordered = sorted(alike.values(), key=lambda group: -len(group))
    return [
        Script(await _fitting(connection, group, since_ms), len(group[0]) - 2, weight=len(group)) for group in ordered
    ]


async def _fitting(connection: asyncpg.Connection, group: Sequence[Sequence[Statement]], since_ms: int) -> str:
    """The script, drawing from as many of the group as pgbench can hold."""
    while True:
        text = await _script(connection, group, since_ms)
        most = max(len(VARIABLE.findall(one)) for one in text.split(";\n"))
        if most <= MOST_VARIABLES:
            return text
        if len(group) == 1:
            raise ValueError(f"a statement with {most} places of new ids is too much for pgbench")
        group = group[: len(group) // 2]


async def _script(connection: asyncpg.Connection, group: Sequence[Sequence[Statement]], since_ms: int) -> str:
    fresh: list[dict[str, int]] = [{} for _ in group]
    lines = [r"\set base random(1, 281474976710000)", rf"\set pick random(0, {len(group) - 1})"]
    for at, statement in enumerate(group[0]):
        sql = statement.sql
        if statement.parameters:
            types = await _types(connection, sql)
            values = [
                _drawn([_value(one[at].parameters[n], kind, fresh[k], since_ms) for k, one in enumerate(group)])
                for n, kind in enumerate(types)
            ]
            sql = re.sub(r"\$(\d+)", lambda match, values=values: values[int(match[1]) - 1], sql)
        lines.append(f"{sql};")
    return "\n".join(lines) + "\n"


def _drawn(values: Sequence[str]) -> str:
    """The value itself where all agree."""
    if len(set(values)) == 1:
        return values[0]
    cases = " ".join(f"WHEN {at} THEN {value}" for at, value in enumerate(values))
    return f"(CASE :pick::int {cases} END)"


async def _types(connection: asyncpg.Connection, sql: str) -> list[str]:
    await connection.execute(f"PREPARE looked_at AS {sql}")
    types: list[str] = await connection.fetchval(
        "SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = 'looked_at'"
    )
    await connection.execute("DEALLOCATE looked_at")
    return types


def _value(value: str | None, kind: str, fresh: dict[str, int], since_ms: int) -> str:
    """A literal that pgbench leaves alone (it takes ``:word`` for a variable), with new ids computed."""
    if value is None:
        return f"NULL::{kind}"
    parts, end = [], 0
    for match in UUID_TEXT.finditer(value):
        if _is_new(UUID(match[0]), since_ms):
            number = fresh.setdefault(match[0], len(fresh))
            made = f"'00000000-0000-4000-8000-' || lpad(to_hex(:base::bigint + {number}), 12, '0')"
            parts += [_literal(value[end : match.start()]), made]
            end = match.end()
    parts.append(_literal(value[end:]))
    joined = " || ".join(part for part in parts if part != "E''") or "E''"
    return f"({joined})::{kind}"


def _literal(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a") + "'"


def _is_new(found: UUID, since_ms: int) -> bool:
    return found.version == 5 or (found.version == 7 and found.int >> 80 >= since_ms)


@dataclass(slots=True)
class Bare:
    per_second: float
    p50_ms: float
    p99_ms: float


def pgbench(
    installation: Installation, database: str, scripts: Sequence[Script], *, seconds: int, clients: int, **settings: str
) -> Bare:
    """Run the scripts by turns, prepared, as the API's role."""
    folder = installation.folder / "pgbench"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for number, script in enumerate(scripts):
        (folder / f"{number:03d}.sql").write_text(script.text)
    command = [
        find_binaries()["pgbench"],
        *("-h", str(installation.cluster.socket_folder), "-U", OWNER),
        *("-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), "-l"),
        *(part for number, script in enumerate(scripts) for part in ("-f", f"{number:03d}.sql@{script.weight}")),
        database,
    ]
    options = " ".join(f"-c {name}={value}" for name, value in {**ACTING, **settings}.items())
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, "PGOPTIONS": options})
    if done.returncode or "aborted" in done.stderr:
        raise RuntimeError(f"pgbench: {done.stderr[-2000:]}")
    latencies = sorted(
        int(line.split()[2]) / 1000 for path in folder.glob("pgbench_log.*") for line in path.open() if line.strip()
    )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    return Bare(float(found[1]), latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.99)])
