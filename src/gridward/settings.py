"""Everything that can be set from outside, by environment variables. Only the three programs read this.

A wrong value, or a ``GRIDWARD_…`` name that does not exist, stops the program with a sentence that names the variable:
a setting that is silently ignored is found out when it is too late.
"""

from __future__ import annotations

import difflib
import fcntl
import hashlib
import ipaddress
import json
import os
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, cast
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from gridward.domain.geometry import named_datum
from gridward.domain.territory_base_map import FARTHEST_ZOOM, BaseMap
from gridward.gateways.channels.calling import host_of
from gridward.gateways.cluster import reachable, server_user
from gridward.gateways.sheets import MOST_ROWS

CHECKOUT = Path(__file__).parents[2]
SYSTEM_FOLDER = Path("/var/lib/gridward")
PREFIX = "GRIDWARD_"
OF_THE_TESTS = frozenset({"GRIDWARD_REAL_DATA", "GRIDWARD_TEST_RUN"})


class SettingsRefused(ValueError):
    """The environment does not make sense; the text has one line for each variable."""


class Settings(BaseSettings):
    """The settings of one process. ``read()`` makes them from the environment, with good messages."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, populate_by_name=True
    )

    port: int = Field(8000, ge=1, le=65535, description="Port that the API and the pages listen on.")
    host: str = Field(
        "127.0.0.1",
        description="Address to listen on. Anything but this machine's own needs an https GRIDWARD_PUBLIC_URL.",
    )
    public_url: str = Field(
        "",
        description="Address that people's browsers use, without a path. Default http://127.0.0.1:GRIDWARD_PORT; "
        "http is accepted for this machine only.",
    )
    data: Path | None = Field(
        None,
        description="Folder of everything that is kept: database, photos, secrets. Default var/ in the checkout; as "
        "root, if the postgres user cannot reach that, a folder below /var/lib/gridward.",
    )
    database_url: SecretStr | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="A PostgreSQL (15 or newer, PostGIS 3.1 or newer) of your own instead of the embedded one; its "
        "login owns the tables. Example: postgresql://gridward:secret@db/gridward",
    )
    blobs: str = Field(
        "",
        description="Where photos lie: a folder or s3://bucket/prefix. A bucket is reached by AWS_ACCESS_KEY_ID, "
        "AWS_SECRET_ACCESS_KEY, AWS_REGION and, when it is not Amazon's, AWS_ENDPOINT_URL; it is tried out at start. "
        "Default photos/ in the data folder.",
    )
    processes: int = Field(1, ge=1, le=64, description="Number of API processes.")
    database_connections: int = Field(
        10, ge=2, le=200, description="Most database connections of one API process; the worker uses half."
    )
    requests_at_once: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="How many requests one API process works on at once; others wait a moment or come again. Default: "
        "GRIDWARD_DATABASE_CONNECTIONS.",
    )
    uploads_at_once: int = Field(64, ge=1, le=10_000, description="How many photos one API process takes in at once.")
    streams_at_once: int = Field(
        500,
        ge=1,
        le=10_000,
        description="How many desks one API process keeps informed at once; who finds no room asks every ten seconds.",
    )
    tiles_kept_mb: int = Field(
        32,
        ge=0,
        le=4096,
        description="Megabytes of map tiles that each API process keeps for desks that look at the same place; 0: none.",
    )
    file_rows: int = Field(
        MOST_ROWS,
        ge=10,
        le=MOST_ROWS,
        description="Rows of one exported file at most; a longer list is offered as several files. Older spreadsheet "
        "programs hold 65,536.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses or networks of TLS proxies whose X-Forwarded-For is believed, separated by commas."
    )
    sms: str = Field(
        "console",
        description="Channel for one-time codes and for people on duty: console prints them, off offers none, an https "
        "address is that of your SMS gateway, which must lie in the open internet (`gridward sms` tries it out).",
    )
    base_map: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="A base map of others that people may lay under the grid map: one or several https addresses of "
        "tiles with {x}, {y} and {z}, separated by blanks and drawn over one another. None: nothing foreign is asked. "
        "Browsers ask for the tiles themselves and send no Referer, so a key must not be bound to a site.",
    )
    base_map_datum: str = Field("", description="What the base map is drawn in: WGS-84, CGCS2000 or GCJ-02.")
    base_map_attribution: str = Field("", description="Whose map it is, as it must stand on it.")
    base_map_approval: str = Field("", description="The 审图号 of the base map, shown beside its owner.")
    base_map_most_zoom: int = Field(18, ge=1, le=FARTHEST_ZOOM, description="Finest zoom that the base map has.")
    push: Literal["on", "off"] = Field(
        "on", description="Messages to browsers through their makers' push services; off calls none and offers none."
    )
    push_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts of push services beside those of Google, Mozilla, Apple and Microsoft, separated by commas; "
        ".example.org means every name below it.",
    )
    webhook_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts that messages may be sent to as webhooks (SMS gateways, WeCom and the like), separated by "
        "commas; .example.org means every name below it. They must lie in the open internet. None: no webhooks.",
    )
    seal_webhook: str = Field(
        "",
        description="An https address outside that is sent every seal of the log as well, so that whoever may write both "
        "the database and seals.jsonl is found out; it must lie in the open internet. None: seals stand in the file alone.",
    )
    log_format: Literal["text", "json"] = Field("text", description="Log lines for people or for machines.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    allow_unsafe_database: bool = Field(
        False,
        description="FOR TESTS ONLY: run on a database that loses what it confirmed when the power fails (fsync, "
        "full_page_writes or synchronous_commit off).",
    )

    allow_private_push: bool = Field(
        False, description="FOR TESTS ONLY: push services and webhooks on this machine and without TLS are called too."
    )

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        try:
            url = make_url(value.get_secret_value())
        except ArgumentError:
            raise ValueError("is not an address like postgresql://user:password@host/database") from None
        if url.get_backend_name() not in ("postgresql", "postgres") or not url.database:
            raise ValueError("must name a PostgreSQL database: postgresql://user:password@host/database")
        return value

    @field_validator("data")
    @classmethod
    def _is_a_folder(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        if value.exists() and not value.is_dir():
            raise ValueError("is not a folder")
        return value.expanduser().absolute()

    @field_validator("blobs")
    @classmethod
    def _is_a_store(cls, value: str) -> str:
        if "://" not in value:
            return value
        if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.-]+)*/?", value, re.ASCII):
            raise ValueError("must be a folder or s3://bucket/prefix")
        for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT"):
            endpoint = urlsplit(os.environ.get(name, "https://amazon"))
            if endpoint.scheme not in ("http", "https") or not endpoint.hostname:
                raise ValueError(f"is reached by {name}, which must be an address like https://s3.example.org")
        return value

    @field_validator("base_map", mode="before")
    @classmethod
    def _are_tiles(cls, value: object) -> tuple[str, ...]:
        return tuple(value.split()) if isinstance(value, str) else cast("tuple[str, ...]", value)

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _are_addresses(cls, value: object) -> tuple[str, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        assert isinstance(parts, list | tuple)
        addresses = tuple(part.strip() for part in parts if part.strip())
        for address in addresses:
            ipaddress.ip_network(address, strict=False)
        return addresses

    @field_validator("push_hosts", "webhook_hosts", mode="before")
    @classmethod
    def _are_hosts(cls, value: object) -> tuple[str, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        assert isinstance(parts, list | tuple)
        hosts = tuple(part.strip().lower() for part in parts if part.strip())
        for host in hosts:
            if not re.fullmatch(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)*", host, re.ASCII):
                raise ValueError(f"{host} is not a host name")
        return hosts

    @field_validator("seal_webhook")
    @classmethod
    def _is_callable(cls, value: str) -> str:
        if value and host_of(value) is None:
            raise ValueError("must be an https address like https://seals.example.org/grid, without user or fragment")
        return value

    @field_validator("sms")
    @classmethod
    def _is_a_channel(cls, value: str) -> str:
        if value not in ("console", "off") and host_of(value) is None:
            raise ValueError("must be console, off, or an https address like https://sms.example.org/send")
        return value

    @field_validator("public_url")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("must be an address without a path, like https://grid.example.org")
        if parts.scheme == "http" and not is_this_machine(parts.hostname):
            raise ValueError("must be https: plain http is for this machine only (cookies and the camera need https)")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _is_not_open_without_tls(self) -> Settings:
        if not self.secure and not is_this_machine(self.host):
            raise ValueError(
                f"GRIDWARD_HOST={self.host} is open to others: set GRIDWARD_PUBLIC_URL to the https address "
                "of your TLS proxy (compose.yaml has one)"
            )
        return self

    @model_validator(mode="after")
    def _calls_over_tls(self) -> Settings:
        for name, address in (("GRIDWARD_SEAL_WEBHOOK", self.seal_webhook), ("GRIDWARD_SMS", self.sms)):
            if address.startswith("http:") and not self.allow_private_push:
                raise ValueError(f"{name} must be an https address")
        return self

    @model_validator(mode="after")
    def _has_a_whole_base_map(self) -> Settings:
        try:
            _ = self.shown_base_map
        except ValueError as error:
            raise ValueError(f"GRIDWARD_BASE_MAP {error}") from None
        return self

    @property
    def shown_base_map(self) -> BaseMap | None:
        """The base map with all that must be said of it; None when there is none."""
        if not self.base_map:
            return None
        datum = named_datum(self.base_map_datum)
        if datum is None:
            raise ValueError("needs GRIDWARD_BASE_MAP_DATUM to be WGS-84, CGCS2000 or GCJ-02")
        return BaseMap(self.base_map, datum, self.base_map_attribution, self.base_map_approval, self.base_map_most_zoom)

    @property
    def origin(self) -> str:
        """Where people's browsers find it; never ends in a slash."""
        return self.public_url or f"http://{'127.0.0.1' if self.host == 'localhost' else self.host}:{self.port}"

    @property
    def secure(self) -> bool:
        """False only on plain-http localhost: cookies then lack ``Secure`` and the ``__Host-`` prefix."""
        return self.origin.startswith("https://")

    @property
    def folder(self) -> Path:
        """The data folder by the rule of placement; it may not exist yet."""
        if self.data is not None:
            return self.data
        default = CHECKOUT / "var"
        if self.database_url is not None or reachable(default, server_user()):
            return default
        return SYSTEM_FOLDER / hashlib.sha256(bytes(CHECKOUT)).hexdigest()[:10]

    @property
    def blob_store(self) -> str:
        return self.blobs or str(self.folder / "photos")


def is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def variable_of(field: str) -> str:
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else PREFIX + field.upper()


VARIABLES: Mapping[str, str] = {variable_of(field): field for field in Settings.model_fields}


def read() -> Settings:
    """The settings of this process.

    Raises:
        SettingsRefused: with one line for each variable that is wrong or unknown.
    """
    complaints = []
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in VARIABLES and name not in OF_THE_TESTS:
            near = difflib.get_close_matches(name, VARIABLES, n=1)
            complaints.append(f"{name} is no setting" + (f"; did you mean {near[0]}?" if near else ""))
    try:
        settings = Settings()
    except ValidationError as error:
        for one in error.errors():
            why = one["msg"].removeprefix("Value error, ")
            field = str(one["loc"][0]) if one["loc"] else ""
            name = field if field in VARIABLES else variable_of(field) if field in Settings.model_fields else ""
            shown = "" if name == "DATABASE_URL" else f"={os.environ.get(name, '')}"
            complaints.append(f"{name}{shown}: {why}" if name else why)
    else:
        if not complaints:
            return settings
    raise SettingsRefused("\n".join(complaints))


def make_folder(folder: Path) -> None:
    """The data folder with the parts of its path that lack; as root, others may pass through but not look."""
    mode = 0o711 if os.geteuid() == 0 else 0o700
    for part in (*reversed(folder.parents), folder):
        if not part.exists():
            part.mkdir()
            part.chmod(mode)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys made at install, 32 bytes each. Losing them ends all sessions and makes stored phone numbers unreadable.

    ``session`` derives what signs people in, ``phone_hash`` finds a telephone number without storing it, ``push`` signs
    for push services: with another one every phone has to subscribe anew. ``webhook`` derives what receivers of webhooks
    check signatures with. ``household`` seals the telephone numbers of households.
    """

    session: bytes
    phone_hash: bytes
    push: bytes
    webhook: bytes
    household: bytes


ADDED_LATER = frozenset({"push", "webhook", "household"})
"""Keys that an installation of an earlier version lacks; all others must be there."""


def install_secrets(folder: Path) -> Secrets:
    """The keys of this installation, from ``secrets.json`` in the data folder; made there the first time.

    Raises:
        SettingsRefused: others on this machine can read the file, or it is not what was written.
    """
    path = folder / "secrets.json"
    if not path.exists():
        make_folder(folder)
        _add_keys(folder, path)
    stored = _stored_keys(path)
    if ADDED_LATER - stored.keys():
        _add_keys(folder, path)
        stored = _stored_keys(path)
    try:
        return Secrets(**{name: stored[name] for name in Secrets.__slots__})
    except KeyError as error:
        raise SettingsRefused(f"{path} is damaged ({error!r}): restore it from your backup") from None


def _stored_keys(path: Path) -> dict[str, bytes]:
    if path.stat().st_mode & 0o077:
        raise SettingsRefused(f"{path} can be read by others: chmod 600 it, and think about who has seen it")
    try:
        stored = json.loads(path.read_text())
        return {name: b64decode(stored[name], validate=True) for name in Secrets.__slots__ if name in stored}
    except (ValueError, TypeError) as error:
        raise SettingsRefused(f"{path} is damaged ({error!r}): restore it from your backup") from None


def _add_keys(folder: Path, path: Path) -> None:
    """Several processes may come here at once; what the first one made is everybody's."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = _stored_keys(path) if path.exists() else {}
        made = {name: secrets.token_bytes(32) for name in (ADDED_LATER if kept else Secrets.__slots__)}
        draft = folder / f".secrets.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({name: b64encode(key).decode() for name, key in (made | kept).items()}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        os.close(lock)
