"""Opening foreign pictures, in processes that can be lost.

A few long-lived child processes decode and re-encode (see :mod:`gridward.gateways.pictures_child`); one that dies,
hangs or spends its budget takes only its own picture with it. A process per picture would cost its start (a third of a
second of imports) each time.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timezone, tzinfo
from pathlib import Path
from typing import Any, Protocol

import structlog

from gridward.domain.errors import Refusal, Unavailable
from gridward.domain.evidence import (
    BrokenPhoto,
    Claim,
    FileKind,
    PhotoRefused,
    PhotoRules,
    check_dimensions,
    check_kind,
    claim_from,
)
from gridward.gateways import pictures_child

log = structlog.get_logger()

CHILD = Path(pictures_child.__file__)
MAX_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Developed:
    """A picture as it is stored: upright JPEG without embedded text, its thumbnail, and what the file said of itself.

    ``width`` and ``height`` are of ``full``, in pixels.
    """

    kind: FileKind
    full: bytes
    thumb: bytes
    width: int
    height: int
    claim: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A stored picture made fit for strangers: JPEG, with parts that nobody can recognise any more."""

    full: bytes
    width: int
    height: int


class Pictures(Protocol):
    """Whoever can turn what a phone sent into what is stored."""

    async def develop(self, content: bytes, zone: tzinfo) -> Developed:
        """``zone`` is read into a camera's time that names no offset.

        Raises:
            BrokenPhoto: ``photo_empty``, ``photo_broken``.
            PhotoRefused: by kind, ``photo_too_many_pixels``, ``photo_too_hard``.
            Unavailable: ``photo_busy``.
        """

    async def redact(self, content: bytes, boxes: Sequence[Sequence[float]], *, longest: int) -> Redacted:
        """A smaller picture without what lies in ``boxes`` (``x, y, width, height`` as fractions, from the top left).

        Args:
            longest: Pixels of its longer side at most.

        Raises: as :meth:`develop`.
        """

    async def close(self) -> None: ...


class Lost(Exception):
    """A child ended, or was ended, in the middle of a picture."""


class DirectPictures:
    """The quiet twin: the same work in this process, without limits. For tests and drawn demo pictures."""

    def __init__(self, rules: PhotoRules | None = None) -> None:
        self._rules = rules or PhotoRules()

    async def develop(self, content: bytes, zone: tzinfo) -> Developed:
        check_kind(content)
        try:
            known, full, thumb = pictures_child.develop(content, _limits(self._rules))
        except pictures_child.Refused as refused:
            raise _refusal(refused.code, refused.facts, self._rules) from refused
        return _developed(known, full, thumb, zone, self._rules)

    async def redact(self, content: bytes, boxes: Sequence[Sequence[float]], *, longest: int) -> Redacted:
        check_kind(content)
        try:
            known, full, _ = pictures_child.develop(content, {**_limits(self._rules), **_cover(boxes, longest)})
        except pictures_child.Refused as refused:
            raise _refusal(refused.code, refused.facts, self._rules) from refused
        return _redacted(known, full, self._rules)

    async def close(self) -> None:
        return


class PictureWorkers:
    """Child processes, started when first needed and replaced after ``recycle_after`` pictures.

    Args:
        processes: How many pictures are opened at once.
        waiting: How many may wait for a process before the next is turned away (``photo_busy``).
        cpu_s, wall_s: What one picture may use; more CPU time is ``photo_too_hard``, more wall time ``photo_busy``.
        memory_bytes: Address space of a child. 40 megapixels in RGBA with one copy need 320 MB.
    """

    def __init__(
        self,
        rules: PhotoRules | None = None,
        *,
        processes: int = 2,
        waiting: int = 32,
        cpu_s: float = 10.0,
        wall_s: float = 30.0,
        memory_bytes: int = 1024 * 1024 * 1024,
        recycle_after: int = 500,
    ) -> None:
        self._rules = rules or PhotoRules()
        self._turns = asyncio.Semaphore(processes)
        self._most = processes + waiting
        self._inside = 0
        self._idle: list[_Child] = []
        self._cpu_s, self._wall_s = cpu_s, wall_s
        self._memory_bytes, self._recycle_after = memory_bytes, recycle_after

    async def develop(self, content: bytes, zone: tzinfo) -> Developed:
        known, full, thumb = await self._in_turn(content, {})
        return _developed(known, full, thumb, zone, self._rules)

    async def redact(self, content: bytes, boxes: Sequence[Sequence[float]], *, longest: int) -> Redacted:
        known, full, _ = await self._in_turn(content, _cover(boxes, longest))
        return _redacted(known, full, self._rules)

    async def _in_turn(self, content: bytes, wish: dict[str, Any]) -> tuple[dict[str, Any], bytes, bytes]:
        check_kind(content)
        if self._inside >= self._most:
            raise Unavailable("photo_busy", retry_after_s=5)
        self._inside += 1
        try:
            async with self._turns:
                answer = await self._ask(content, wish)
        finally:
            self._inside -= 1
        known = answer[0]
        if "code" in known:
            raise _refusal(known.get("code"), known.get("facts"), self._rules)
        return answer

    async def _ask(self, content: bytes, wish: dict[str, Any]) -> tuple[dict[str, Any], bytes, bytes]:
        child = await self._next()
        try:
            async with asyncio.timeout(self._wall_s):
                answer = await child.ask({**_limits(self._rules), **wish, "cpu_s": self._cpu_s}, content)
        except TimeoutError as error:
            await child.stop()
            raise Unavailable("photo_busy", retry_after_s=10) from error
        except Lost as error:
            if await child.stop() == -signal.SIGTERM:
                raise Unavailable("photo_busy", retry_after_s=5) from error
            raise PhotoRefused("photo_too_hard") from error
        except BaseException:
            await child.stop()
            raise
        if child.asked < self._recycle_after:
            self._idle.append(child)
        else:
            await child.stop()
        return answer

    async def _next(self) -> _Child:
        """One that waits, else a new one. Whatever ended one that waited, the next picture is not to blame for it."""
        while self._idle:
            child = self._idle.pop()
            if child.lives:
                return child
        try:
            return await _Child.start(self._memory_bytes)
        except OSError as error:
            log.error("pictures.no_process", error=str(error))
            raise Unavailable("photo_busy", retry_after_s=10) from error

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().stop()


class _Child:
    """One process and its two pipes. Its answers are read with bounds: it may have been taken over by a picture."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._to, self._from = process, process.stdin, process.stdout
        self.asked = 0

    @property
    def lives(self) -> bool:
        return self._process.returncode is None

    @classmethod
    async def start(cls, memory_bytes: int) -> _Child:
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(CHILD),
                str(memory_bytes),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"LANG": "C.UTF-8"},
                limit=4 * 1024 * 1024,
            )
        )

    async def ask(self, limits: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes, bytes]:
        """Raises: Lost: the process is gone or speaks nonsense."""
        self.asked += 1
        head = json.dumps({**limits, "size": len(content)}).encode()
        try:
            self._to.write(len(head).to_bytes(4, "big") + head)
            self._to.write(content)
            await self._to.drain()
            size = int.from_bytes(await self._from.readexactly(4), "big")
            if size > MAX_ANSWER:
                raise Lost
            known = json.loads(await self._from.readexactly(size))
            if not isinstance(known, dict):
                raise Lost
            most = limits["max_pixels"] * 4
            full, thumb = (_size(known.get(name, 0), most) for name in ("full", "thumb"))
            return known, await self._from.readexactly(full), await self._from.readexactly(thumb)
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            raise Lost from error

    async def stop(self) -> int:
        """End the process and answer how it ended."""
        if self._process.returncode is None:
            self._to.close()
            try:
                async with asyncio.timeout(0.5):
                    return await self._process.wait()
            except TimeoutError:
                # It may have ended by itself just now.
                with suppress(ProcessLookupError):
                    self._process.kill()
        return await self._process.wait()


def _size(value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise Lost
    return value


def _limits(rules: PhotoRules) -> dict[str, Any]:
    return {"max_side": rules.max_side, "max_pixels": rules.max_pixels, "thumb_side": rules.thumb_side}


def _cover(boxes: Sequence[Sequence[float]], longest: int) -> dict[str, Any]:
    return {"boxes": [list(box) for box in boxes], "longest": longest}


def _refusal(code: object, facts: object, rules: PhotoRules) -> Refusal:
    told = facts if isinstance(facts, dict) else {}
    if code == "photo_too_many_pixels":
        sides = {name: int(told[name]) for name in ("width", "height") if isinstance(told.get(name), int)}
        return PhotoRefused(code, **sides, limit_pixels=rules.max_pixels, limit_side=rules.max_side)
    if code in ("photo_animated_refused", "photo_too_hard"):
        return PhotoRefused(str(code))
    return BrokenPhoto("photo_broken", part="metadata" if told.get("part") == "metadata" else "picture")


def _developed(known: dict[str, Any], full: bytes, thumb: bytes, zone: tzinfo, rules: PhotoRules) -> Developed:
    width, height = _checked(known, full, rules)
    _checked(known, thumb, rules)
    said = known.get("said")
    return Developed(
        kind=FileKind(known["kind"]),
        full=full,
        thumb=thumb,
        width=width,
        height=height,
        claim=_claim(said if isinstance(said, dict) else {}, zone),
    )


def _redacted(known: dict[str, Any], full: bytes, rules: PhotoRules) -> Redacted:
    width, height = _checked(known, full, rules)
    return Redacted(full=full, width=width, height=height)


def _checked(known: dict[str, Any], made: bytes, rules: PhotoRules) -> tuple[int, int]:
    width, height = known.get("width"), known.get("height")
    if not isinstance(width, int) or not isinstance(height, int) or not made.startswith(b"\xff\xd8\xff"):
        raise BrokenPhoto("photo_broken", part="picture")
    check_dimensions(width, height, rules)
    return width, height


def _claim(said: dict[str, Any], zone: tzinfo) -> Claim:
    taken, assumed = None, False
    try:
        local = datetime.fromisoformat(str(said["taken_local"])).replace(tzinfo=None)
        offset = said.get("offset")
        assumed = offset is None
        taken = local.replace(tzinfo=zone if offset is None else _offset(str(offset)))
    except (KeyError, ValueError):
        assumed = False
    return claim_from({**said, "taken_at": taken, "zone_assumed": assumed})


def _offset(text: str) -> timezone:
    aware = datetime.strptime(text, "%z")
    return timezone(aware.utcoffset() or UTC.utcoffset(None))
