"""Erasing on request: a person, or one report."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from gridward.persistence.erasure import Left
from gridward.services import erasure
from gridward.web.deps import Built, CurrentActor, Now, Write

router = APIRouter(tags=["accounts"])


class Erased(BaseModel):
    """What went, in numbers."""

    reports: int
    texts: int
    photos: int


def _said(left: Left) -> Erased:
    return Erased(reports=left.reports, texts=left.texts, photos=left.photos)


@router.post("/people/{person_id}/erase")
async def erase_person(person_id: UUID, session: Write, actor: CurrentActor, built: Built, at: Now) -> Erased:
    """Erase a person with everything they brought: name, number, reports, words, pictures. It cannot be taken back."""
    return _said(await erasure.erase_person(session, built.erasures, actor, person_id, at))


@router.post("/reports/{report_id}/erase")
async def erase_report(report_id: UUID, session: Write, actor: CurrentActor, built: Built, at: Now) -> Erased:
    """Erase one report; its ticket stays with its kind and place. Its id answers 410 from now on."""
    return _said(await erasure.erase_report(session, built.erasures, actor, report_id, at))
