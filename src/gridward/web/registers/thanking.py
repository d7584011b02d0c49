"""Thanks, not points: what one person found and what became of it, for that person alone; and the card for the fridge."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import segno
from fastapi import APIRouter, Query
from pydantic import BaseModel

from gridward.domain.accounts import Subject, require
from gridward.domain.calendar import local_instant
from gridward.domain.errors import Malformed, NotFound
from gridward.persistence import registers as stored
from gridward.persistence.accounts.tenants import telephone_of, time_zone_of
from gridward.persistence.registers import Of
from gridward.persistence.statistics.asking import Group
from gridward.persistence.statistics.naming import names
from gridward.web.deps import Built, CurrentActor, Now, Read
from gridward.web.registers.asking import AreaId
from gridward.web.registers.showing import FROM_GROUP, ThanksOut

router = APIRouter(tags=["registers"])

LONGEST = timedelta(days=1_100)


class ContactCardOut(BaseModel):
    """民情联系卡. ``address`` leads to the report screen; ``qr`` is an SVG data address of it."""

    area: str | None
    telephone: str | None
    address: str
    qr: str


@router.get("/my/thanks")
async def my_thanks(
    session: Read,
    who: CurrentActor,
    now: Now,
    first: Annotated[date, Query(alias="from", description="First local day")],
    last: Annotated[date, Query(alias="to", description="Last local day")],
) -> ThanksOut:
    """What the caller found in a time and how much of it is done by now. Nobody else is told."""
    owners = frozenset({who.person_id} if who.person_id is not None else ())
    require(who, "certificate:read_own", Subject(jurisdiction_id=who.jurisdiction_id, owner_ids=owners))
    if last < first or last - first > LONGEST:
        raise Malformed("period_unreadable", field="to", text=last.isoformat())
    zone = await time_zone_of(session, who.jurisdiction_id)
    of = Of(
        jurisdiction_id=who.jurisdiction_id,
        since=local_instant(zone, first, 0),
        until=local_instant(zone, last + timedelta(days=1), 0),
        at=now,
        community_ids=None,
    )
    sources = (*FROM_GROUP, "steward", "unit_worker", "unit_lead")
    found = await stored.thanks(session, of, sources, who.person_id)
    return ThanksOut(found=found.found, done=found.done)


@router.get("/contact-card")
async def contact_card(session: Read, who: CurrentActor, built: Built, area_id: AreaId = None) -> ContactCardOut:
    """What stands on the card that is left at a door."""
    require(who, "contact_card:print", Subject(jurisdiction_id=who.jurisdiction_id, community_id=area_id))
    area = None
    if area_id is not None:
        area = (await names(session, who.jurisdiction_id, Group.community, [str(area_id)])).get(str(area_id))
        if area is None:
            raise NotFound("area_unknown")
    address = f"{built.public_url}/report"
    return ContactCardOut(
        area=area,
        telephone=await telephone_of(session, who.jurisdiction_id),
        address=address,
        qr=segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=2),
    )
