"""A backup as a folder: a dump of the database, files of pictures, and a description with the digest of every part.

::

    backup.json     what this is: program, tables, counts, digests of the parts
    database/       the dump (pg_dump, directory format)
    files.jsonl     one line per file of a picture: {"key", "sha256", "size"}
    files/          those files under their keys

It is written beside its name (``DIR.partial``) and renamed when it is whole: a folder of that name is a backup.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

FORMAT = 1
DESCRIPTION, DATABASE, LISTING, FILES = "backup.json", "database", "files.jsonl", "files"
CHUNK = 1024 * 1024


class BackupRefused(RuntimeError):
    """This is no place for a backup, or no backup that can be restored; the text names the place and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a picture."""

    key: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """``backup.json``. ``parts``: path → sha256 of everything but the pictures; ``missing``: keys that the store had
    lost before this backup was made."""

    made_at: str
    program: str
    revision: str
    server_version: int
    identity: str
    feed_epoch: int
    counts: Mapping[str, int]
    files: int
    file_bytes: int
    missing: tuple[str, ...]
    parts: Mapping[str, str]
    format: int = FORMAT


class Writing:
    """A backup in the making."""

    def __init__(self, target: Path) -> None:
        """Raises: BackupRefused: something is there already."""
        self.target = target.absolute()
        self.folder = self.target.with_name(self.target.name + ".partial")
        if self.target.exists() and (not self.target.is_dir() or any(self.target.iterdir())):
            raise BackupRefused(f"{self.target} is there already and not empty: a backup is written to a new folder")
        if self.folder.exists():
            raise BackupRefused(f"{self.folder} is left from a backup that did not end, or one is running: remove it")
        try:
            self.folder.mkdir(parents=True, mode=0o700)
            (self.folder / FILES).mkdir(mode=0o700)
        except OSError as error:
            raise BackupRefused(f"{self.folder} cannot be made: {error.strerror}") from error
        self._listing: TextIO = (self.folder / LISTING).open("w")
        self._files = self._bytes = 0

    @property
    def database(self) -> Path:
        return self.folder / DATABASE

    @property
    def files(self) -> Path:
        return self.folder / FILES

    def listed(self, entry: Entry) -> None:
        """One file is there."""
        self._listing.write(json.dumps(asdict(entry), separators=(",", ":")) + "\n")
        self._files += 1
        self._bytes += entry.size

    def finish(self, **described: Any) -> Description:
        """Describe it, make it durable, and give it its name."""
        self._listing.close()
        parts = {
            str(path.relative_to(self.folder)): digest_of(path)
            for path in sorted((*self.database.rglob("*"), self.folder / LISTING))
            if path.is_file()
        }
        made = Description(**described, files=self._files, file_bytes=self._bytes, parts=parts)
        (self.folder / DESCRIPTION).write_text(json.dumps(asdict(made), indent=1, ensure_ascii=False) + "\n")
        for path in (*(self.folder / part for part in parts), self.folder / DESCRIPTION, self.database, self.folder):
            _sync(path)
        if self.target.exists():
            self.target.rmdir()
        self.folder.rename(self.target)
        _sync(self.target.parent)
        return made

    def give_up(self) -> None:
        self._listing.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


class Reading:
    """A backup that is to be restored."""

    def __init__(self, folder: Path) -> None:
        """Raises: BackupRefused: there is none, or it is of another time."""
        self.folder = folder.absolute()
        if not self.folder.is_dir():
            raise BackupRefused(f"{self.folder} is not there")
        described = self.folder / DESCRIPTION
        if not described.exists():
            why = "it did not end" if self.folder.name.endswith(".partial") else f"it has no {DESCRIPTION}"
            raise BackupRefused(f"{self.folder} is no backup: {why}")
        try:
            said = json.loads(described.read_text())
            if said.get("format") != FORMAT:
                raise BackupRefused(
                    f"{self.folder} has format {said.get('format')}, this program reads format {FORMAT}: use the program "
                    f"that made it ({said.get('program')})"
                )
            self.description = Description(**{**said, "missing": tuple(said["missing"])})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BackupRefused(f"{described} is damaged: {error}") from None

    @property
    def database(self) -> Path:
        return self.folder / DATABASE

    @property
    def files(self) -> Path:
        return self.folder / FILES

    def verify(self) -> None:
        """Read every byte.

        Raises:
            BackupRefused: naming the first file that is missing or is not what was written.
        """
        for part, digest in self.description.parts.items():
            self._check(self.folder / part, digest)
        number = 0
        for entry in self.entries():
            self._check(self.files / entry.key, entry.sha256)
            number += 1
        if number != self.description.files:
            raise BackupRefused(f"{self.folder / LISTING} lists {number} files, {DESCRIPTION} {self.description.files}")

    def _check(self, path: Path, digest: str) -> None:
        if not path.is_file():
            raise BackupRefused(f"{path} is missing: this backup is not whole, take another one")
        if digest_of(path) != digest:
            raise BackupRefused(f"{path} is damaged (its digest differs): take another backup")

    def entries(self) -> Iterator[Entry]:
        with (self.folder / LISTING).open() as lines:
            for line in lines:
                yield Entry(**json.loads(line))
