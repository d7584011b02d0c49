"""Whose figures may be looked at: the people of one unit, by name."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from gridward.domain.disclosures import Personal, Sight
from gridward.domain.errors import Malformed
from gridward.persistence.statistics.people import workers
from gridward.web.deps import Noted
from gridward.web.statistics.question import Question, question

router = APIRouter(tags=["figures"])


class WorkerOut(BaseModel):
    """``tickets``: of those of the place and kind asked about, how many this person had in hand in the period."""

    person_id: UUID
    name: str
    tickets: int


class WorkersOut(BaseModel):
    """In the order of their names: persons have no rank."""

    people: list[WorkerOut]


@router.get("/figures/people")
async def people(noted: Noted, asks: Annotated[Question, Depends(question("figures:read_person"))]) -> WorkersOut:
    """Who of a unit had tickets in hand; each figure takes one of them as ``worker_id``. ``unit_id`` must be said."""
    if asks.asked.unit_id is None:
        raise Malformed("query_unreadable", field="unit_id")
    found = await workers(asks.session, asks.asked)
    noted.sights |= {Sight(one.person_id, Personal.name) for one in found}
    return WorkersOut(people=[WorkerOut.model_validate(one, from_attributes=True) for one in found])
