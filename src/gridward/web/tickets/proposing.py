"""代上报: what a pasted message would become. Filing it is the same PUT as a phone's report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.geometry import Datum, to_wgs84
from gridward.domain.routing.choice import Choice
from gridward.domain.tickets.intake import MOST_CHARACTERS, Pair
from gridward.domain.tickets.numbers import spoken_number
from gridward.persistence.tickets import lists
from gridward.services.routing.choose import Place
from gridward.services.tickets.proposing import Proposal, Wish, propose
from gridward.web.deps import CurrentActor, Now, Read
from gridward.web.tickets.envelopes import Code
from gridward.web.tickets.reach import reach_of

router = APIRouter(tags=["tickets"])


class PlaceIn(BaseModel):
    """WGS-84 degrees, accuracy in metres."""

    model_config = ConfigDict(extra="forbid")

    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)
    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    accuracy_m: float = Field(default=10.0, ge=0, le=5_000, allow_inf_nan=False)


class PastedIn(BaseModel):
    """A pasted text, and what the dispatcher has settled already; the text is read for the rest."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=MOST_CHARACTERS)] = ""
    place: PlaceIn | None = None
    category: Code | None = None
    condition_id: Code | None = None


class HeardOut(BaseModel):
    """What the text says of itself. ``note`` is what was said; the rest is null where the text does not say it."""

    note: str
    speaker: str | None
    said_at: datetime | None
    source: str | None
    outer_no: str | None
    outer_due_at: datetime | None


class PointOut(BaseModel):
    lon: float
    lat: float


class DegreesOut(BaseModel):
    """Degrees that stand in the text. ``datum`` null: the text does not say what they refer to, so somebody must;
    ``as_`` is where they lie in WGS-84 under each."""

    lon: float
    lat: float
    datum: str | None
    as_datum: dict[str, PointOut]


class SaidPlaceOut(BaseModel):
    kind: str
    name: str
    words: str
    lon: float
    lat: float
    accuracy_m: float


class LikelyOut(BaseModel):
    category: str
    category_name: str
    condition_id: str | None


class ProposedTwin(BaseModel):
    """An open ticket of the kind near by, as far as this dispatcher may know it."""

    ticket_id: UUID
    short_no: str
    status: str
    distance_m: float
    place_note: str | None
    received_at: datetime | None


class ChoiceOut(BaseModel):
    """``unit_id`` is whom the rules mean, sure of it or not; ``doubts`` say why they are not. ``sure``: they would send
    it out alone."""

    unit_id: UUID | None
    unit_name: str | None
    rule_name: str | None
    source: str | None
    sure: bool
    doubts: list[str]
    grid_id: UUID | None
    candidates: list[dict[str, Any]]
    twins: list[ProposedTwin]


class ProposalOut(BaseModel):
    heard: HeardOut
    degrees: list[DegreesOut]
    places: list[SaidPlaceOut]
    kinds: list[LikelyOut]
    choice: ChoiceOut | None


@router.post("/reports/proposal")
async def propose_report(pasted: PastedIn, session: Read, actor: CurrentActor, now: Now) -> ProposalOut:
    """Place, kind, unit and likely twins of a pasted message. Nothing is stored."""
    place = Place(**pasted.place.model_dump()) if pasted.place else None
    wish = Wish(text=pasted.text, place=place, category=pasted.category, condition_id=pasted.condition_id)
    made = await propose(session, actor, wish, now)
    twins = [twin.ticket_id for twin in made.choice.twins] if made.choice else []
    known = await lists.briefs(session, reach_of(actor), twins)
    message = made.message
    return ProposalOut(
        heard=HeardOut(
            note=message.note,
            speaker=message.speaker,
            said_at=message.said_at,
            source=message.source,
            outer_no=message.outer_no,
            outer_due_at=message.outer_due_at,
        ),
        degrees=[_degrees(one) for one in message.pairs],
        places=[
            SaidPlaceOut(
                kind=one.kind,
                name=one.name,
                words=one.words,
                lon=one.lon,
                lat=one.lat,
                accuracy_m=one.accuracy_m,
            )
            for one in made.places[:MOST_PLACES]
        ],
        kinds=_kinds(made),
        choice=_choice(made.choice, known) if made.choice else None,
    )


MOST_PLACES = 8
ASKED_DATUMS = (Datum.wgs84, Datum.gcj02, Datum.bd09)


def _degrees(pair: Pair) -> DegreesOut:
    lies = {datum.value: to_wgs84(pair.lon, pair.lat, datum) for datum in ASKED_DATUMS}
    return DegreesOut(
        lon=pair.lon,
        lat=pair.lat,
        datum=pair.datum.value if pair.datum else None,
        as_datum={name: PointOut(lon=round(lon, 7), lat=round(lat, 7)) for name, (lon, lat) in lies.items()},
    )


def _kinds(made: Proposal) -> list[LikelyOut]:
    return [
        LikelyOut(
            category=one.category,
            category_name=made.standard.categories[one.category].name.zh,
            condition_id=one.condition_id,
        )
        for one in made.kinds
    ]


def _choice(choice: Choice, known: Mapping[UUID, Any]) -> ChoiceOut:
    unit_id = choice.unit_id or choice.meant_unit_id
    named: Sequence[Any] = [one for one in choice.candidates if one.unit_id == unit_id]
    return ChoiceOut(
        unit_id=unit_id,
        unit_name=named[0].name if named else None,
        rule_name=choice.rule_name,
        source=named[0].source if named else None,
        sure=choice.sure,
        doubts=[str(doubt) for doubt in choice.doubts],
        grid_id=choice.grid_id,
        candidates=choice.as_json()["candidates"],
        twins=[
            ProposedTwin(
                ticket_id=twin.ticket_id,
                short_no=spoken_number(twin.short_no),
                status=twin.status,
                distance_m=round(twin.distance_m, 1),
                place_note=known[twin.ticket_id].place_note,
                received_at=known[twin.ticket_id].received_at,
            )
            for twin in choice.twins
            if twin.ticket_id in known
        ],
    )
