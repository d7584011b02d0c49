"""A private PostgreSQL with PostGIS for one data folder: made, started and stopped by the program itself.

Nothing listens on the network. The server is reached by a Unix socket in a 0700 folder, which is why it needs no
password. PostgreSQL refuses to run as root, so root runs it as the system's ``postgres`` user.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

SUPERUSER = "postgres"
OWNER = "gridward_owner"
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
SOCKET_LIMIT = 107  # bytes of a Unix socket address, its file name included
SOCKET_NAME = ".s.PGSQL.5432"

DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class ClusterRefused(RuntimeError):
    """The embedded database cannot be used; the text says why and what to do, for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of one PostgreSQL version that has PostGIS."""

    folder: Path
    version: int

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries(
    *,
    version: int | None = None,
    programs: Path = Path("/usr/lib/postgresql"),
    extensions: Path = Path("/usr/share/postgresql"),
) -> Binaries:
    """The newest installed PostgreSQL (or the one of ``version``) that can create PostGIS.

    Raises:
        ClusterRefused: there is none.
    """
    found = [
        Binaries(folder, int(folder.parent.name))
        for folder in programs.glob("*/bin")
        if folder.parent.name.isdigit()
        and (folder / "postgres").exists()
        and (extensions / folder.parent.name / "extension" / "postgis.control").exists()
    ]
    if version is not None:
        found = [binaries for binaries in found if binaries.version == version]
    if not found:
        wanted = f"PostgreSQL {version}" if version else "PostgreSQL 15 or newer"
        raise ClusterRefused(
            f"no {wanted} with PostGIS below {programs}. Three ways on: `apt-get install postgresql-postgis`; "
            "DATABASE_URL for a server of your own; `docker compose up`."
        )
    return max(found, key=lambda binaries: binaries.version)


def server_user() -> str | None:
    """Whom the server must run as: None is ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise ClusterRefused(
            "PostgreSQL does not run as root and there is no user `postgres`: install postgresql-postgis"
        ) from None


def reachable(folder: Path, user: str | None) -> bool:
    """Whether ``user`` can get to ``folder``, or to the nearest part of its path that exists."""
    while not folder.exists():
        folder = folder.parent
    if user is None:
        return os.access(folder, os.X_OK)
    answer = subprocess.run(["/usr/bin/test", "-x", str(folder)], check=False, cwd="/", **as_user(user))
    return answer.returncode == 0


def as_user(user: str | None) -> dict[str, Any]:
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


class Cluster:
    """The cluster below one folder. ``with Cluster(folder) as cluster:`` starts it and stops it.

    Args:
        folder: Where data and log lie; made when absent. Owned by the server's user, mode 0700.
        durable: False only for test clusters: a crash may then lose everything.
        settings: Further server settings, such as ``max_connections``.
    """

    def __init__(self, folder: Path, *, durable: bool = True, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.durable = durable
        self.settings = {"max_connections": "100", "shared_buffers": "256MB", **(settings or {})}
        self.user = server_user()
        self._lock: int | None = None

    @property
    def socket_folder(self) -> Path:
        """A short path that depends on the data folder only, so that every program finds the server."""
        name = f"gridward-{os.geteuid()}-{hashlib.sha256(bytes(self.folder)).hexdigest()[:10]}"
        for parent in (tempfile.gettempdir(), "/tmp"):
            folder = Path(parent) / name
            if len(bytes(folder / SOCKET_NAME)) <= SOCKET_LIMIT and reachable(Path(parent), self.user):
                return folder
        raise ClusterRefused(f"no temporary folder short enough for a socket: {tempfile.gettempdir()}")

    def url(self, database: str, *, user: str = OWNER) -> str:
        """The address of a database, for SQLAlchemy."""
        return f"postgresql+asyncpg://{user}@/{database}?host={self.socket_folder}"

    def url_as(self, database: str, role: str) -> str:
        """The address at which ``role`` itself comes in: a login that owns nothing, and that no statement can turn into
        another one. The owner's where migrations have not made the role yet."""
        known = self.sql("SELECT rolcanlogin FROM pg_roles WHERE rolname = " + literal(role))
        if known == "f":
            self.sql(f"ALTER ROLE {identifier(role)} LOGIN")
        return self.url(database, user=role) if known else self.url(database)

    def is_running(self) -> bool:
        return self._postmaster() is not None

    def start(self) -> None:
        """Make the cluster if it is new, then start it; take over one that a killed program left running.

        Raises:
            ClusterRefused: another program uses this folder, or the server does not start.
        """
        self._take_lock()
        try:
            binaries = self._initialise()
            if self.is_running():
                self._stop(binaries)
            self._drop_stale_pid_file()
            self._make_socket_folder()
            options = {
                "listen_addresses": "",
                "unix_socket_directories": str(self.socket_folder),
                "unix_socket_permissions": "0700",
                "timezone": "UTC",
                "log_timezone": "UTC",
                "jit": "off",
                **self.settings,
                **(DURABLE if self.durable else UNSAFE),
            }
            flags = shlex.join(part for name, value in options.items() for part in ("-c", f"{name}={value}"))
            self._run(
                [
                    binaries["pg_ctl"],
                    "-D",
                    str(self.data),
                    "-l",
                    str(self.log),
                    "-w",
                    "-t",
                    "120",
                    "-o",
                    flags,
                    "start",
                ],
                failure="the database did not start",
            )
            self._ensure_owner()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server, let go of the folder. Harmless when it does not run."""
        try:
            if self.is_running():
                self._stop(self._binaries())
            shutil.rmtree(self.socket_folder, ignore_errors=True)
        finally:
            self._drop_lock()

    def __enter__(self) -> Cluster:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def ensure_database(self, name: str) -> str:
        """A database with our extensions, owned by the owner role, made when absent; answers its address."""
        if not self.sql("SELECT 1 FROM pg_database WHERE datname = " + literal(name)):
            self.create_database(name)
            for extension in EXTENSIONS:
                self.sql(f"CREATE EXTENSION IF NOT EXISTS {extension}", database=name)
        return self.url(name)

    def create_database(self, name: str, *, template: str = "template0") -> str:
        self.sql(f"CREATE DATABASE {identifier(name)} TEMPLATE {identifier(template)} OWNER {OWNER}")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.sql(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")

    def sql(self, statement: str, *, database: str = "postgres") -> str:
        """One statement as the superuser; the unaligned answer, without headings."""
        command = [self._binaries()["psql"], "-h", str(self.socket_folder), "-U", SUPERUSER, "-d", database]
        return self._run(
            [*command, "-XqtA", "-v", "ON_ERROR_STOP=1", "-c", statement], failure="a statement failed"
        ).strip()

    def _binaries(self) -> Binaries:
        version = self.data / "PG_VERSION"
        return find_binaries(version=int(version.read_text()) if version.exists() else None)

    def _initialise(self) -> Binaries:
        if (self.data / "PG_VERSION").exists():
            return self._binaries()
        binaries = find_binaries()
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._own(self.folder)
        command = [binaries["initdb"], "-D", str(fresh), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8"]
        command += ["--locale=C.UTF-8", "--data-checksums"] + ([] if self.durable else ["--no-sync"])
        self._run(command, failure="the database could not be made")
        # A half-made cluster never carries the name of a whole one.
        fresh.rename(self.data)
        return binaries

    def _ensure_owner(self) -> None:
        if not self.sql("SELECT 1 FROM pg_roles WHERE rolname = " + literal(OWNER)):
            self.sql(f"CREATE ROLE {OWNER} LOGIN CREATEROLE")

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        if self.user is not None:
            account = pwd.getpwnam(self.user)
            os.chown(folder, account.pw_uid, account.pw_gid)

    def _make_socket_folder(self) -> None:
        folder = self.socket_folder
        if folder.is_symlink() or (folder.exists() and not stat.S_ISDIR(folder.lstat().st_mode)):
            raise ClusterRefused(f"{folder} is in the way of the database's socket: remove it")
        try:
            self._own(folder)
        except PermissionError:
            raise ClusterRefused(f"{folder} belongs to somebody else: remove it, or set TMPDIR") from None

    def _take_lock(self) -> None:
        if not reachable(self.folder.parent, self.user):
            raise ClusterRefused(
                f"the user {self.user or 'running this'} cannot reach {self.folder}: choose GRIDWARD_DATA elsewhere"
            )
        try:
            self._own(self.folder)
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError as error:
            raise ClusterRefused(f"{error.filename} belongs to another user: choose GRIDWARD_DATA elsewhere") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(lock)
            raise ClusterRefused(
                f"{self.folder} is in use by another gridward (process {holder}). Stop it, or set GRIDWARD_DATA "
                "(and GRIDWARD_PORT) to run a second one beside it."
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._lock = lock

    def _drop_lock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None

    def _postmaster(self) -> int | None:
        """The server's process, when the one named in the pid file really is a server of this folder."""
        pid = self._pid()
        if pid is None:
            return None
        try:
            return pid if Path(f"/proc/{pid}/cwd").readlink() == self.data else None
        except OSError:
            return None

    def _drop_stale_pid_file(self) -> None:
        # PostgreSQL clears up after a dead process itself, but not when the number now belongs to somebody else's.
        pid = self._pid()
        if pid is not None and Path(f"/proc/{pid}").exists() and self._postmaster() is None:
            (self.data / "postmaster.pid").unlink()

    def _stop(self, binaries: Binaries) -> None:
        command = [binaries["pg_ctl"], "-D", str(self.data), "-m", "fast", "-w", "-t", "120", "stop"]
        self._run(command, failure="the database did not stop")

    def _run(self, command: Sequence[str], *, failure: str) -> str:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        # Files, not pipes: the server inherits them and would hold a pipe open for as long as it lives.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            code = subprocess.run(
                command,
                check=False,
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,  # Ctrl-C in the terminal must not end `pg_ctl` halfway
                **as_user(self.user),
            ).returncode
            out.seek(0)
            err.seek(0)
            answer, complaint = out.read(), err.read().strip()
        if code != 0:
            raise ClusterRefused(f"{failure}: {complaint or answer.strip()}{self._last_words()}")
        return answer

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return ""
        telling = [line for line in lines[-40:] if re.search(r"FATAL|PANIC|HINT", line)]
        return "".join(f"\n  {line}" for line in telling[-3:])


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
