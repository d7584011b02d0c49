"""The photos that the demo's people send: drawings, delivered through the real service, each picture opened once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from gridward.demo.pictures import SCENES, draw_scene
from gridward.domain.accounts import Actor
from gridward.gateways.blobstore import BlobStore
from gridward.gateways.pictures import Developed, DirectPictures, Pictures, Redacted
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.services.evidence import uploading

ZONE = ZoneInfo("Asia/Shanghai")
VARIANTS = 2
"""Drawings of each kind; a person always has the same one."""


class Remembered:
    """Develops each picture once: the demo's people send the same drawings again and again."""

    def __init__(self, inner: Pictures) -> None:
        self._inner = inner
        self._known: dict[bytes, Developed] = {}

    async def develop(self, content: bytes, zone: tzinfo) -> Developed:
        key = hashlib.sha256(content).digest()
        if key not in self._known:
            self._known[key] = await self._inner.develop(content, zone)
        return self._known[key]

    async def redact(self, content: bytes, boxes: Sequence[Sequence[float]], *, longest: int) -> Redacted:
        return await self._inner.redact(content, boxes, longest=longest)

    async def close(self) -> None:
        await self._inner.close()


class Album:
    """What each person has taken so far."""

    def __init__(self, blobs: BlobStore, people: Sequence[UUID]) -> None:
        self._blobs = blobs
        self._order_of = {person_id: order for order, person_id in enumerate(people)}
        self._taken: dict[tuple[UUID, str, bool], str] = {}
        self._pictures = Remembered(DirectPictures())

    async def photo(self, session: WriteSession, actor: Actor, category: str, *, after: bool, now: datetime) -> str:
        """The digest of a drawing that this person has delivered, delivering it if need be."""
        assert actor.person_id is not None
        kind = category if category in SCENES else "other"
        key = (actor.person_id, kind, after)
        if key not in self._taken:
            content = draw_scene(kind, variant=1 + self._order_of[actor.person_id] % VARIANTS, after=after)
            sha256 = hashlib.sha256(content).hexdigest()
            stored = await uploading.develop(
                content, sha256, zone=ZONE, photo_id=new_id(), pictures=self._pictures, blobs=self._blobs
            )
            await uploading.keep(session, actor, stored, now=now)
            self._taken[key] = sha256
        return self._taken[key]
