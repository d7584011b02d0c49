"""Asking the rules: gather what they may ask, then let them choose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import NotFound
from gridward.domain.routing.choice import Choice, Gathered
from gridward.domain.routing.route import route
from gridward.domain.routing.rules import RuleSet
from gridward.domain.standards import Category, Condition
from gridward.domain.standards_unit_names import named_at, names_in
from gridward.domain.territory import Located
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.routing.rule_sets import current_rules
from gridward.persistence.routing.surroundings import surroundings
from gridward.persistence.standards.applying import Applied, standard_applying
from gridward.persistence.territory.queries import locate


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """WGS-84 degrees; accuracy in metres."""

    lon: float
    lat: float
    accuracy_m: float


async def look_around(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, place: Place | None, at: datetime
) -> Located | None:
    """What lies around a place; None without one."""
    if place is None:
        return None
    return await locate(session, jurisdiction_id, place.lon, place.lat, place.accuracy_m, at)


async def gather(
    session: ReadSession | WriteSession,
    *,
    jurisdiction_id: UUID,
    category: Category,
    condition: Condition | None,
    named: bool,
    place: Place | None,
    at: datetime,
    area_class: str | None = None,
    except_ticket_id: UUID | None = None,
    rule_set: RuleSet | None = None,
    located: Located | None = None,
) -> tuple[Gathered, RuleSet]:
    """What the rules may ask about a report, and the rules (those in force, unless a draft is given).

    Args:
        named: The picture or the reporter named the condition.
        except_ticket_id: A ticket is not its own twin.
        located: What lies around the place, where that was asked before.
    """
    rules = rule_set or await current_rules(session, jurisdiction_id)
    located = located or await look_around(session, jurisdiction_id, place, at)
    around = await surroundings(
        session,
        jurisdiction_id,
        community_id=located.community_id if located else None,
        unit_ids=sorted(_asked_for(rules, located), key=str),
        names=list(names_in(condition)) if condition else [],
        category=category.code,
        lon=place.lon if place else 0.0,
        lat=place.lat if place else 0.0,
        radius_m=category.duplicate_radius_m,
        at=at,
        except_ticket_id=except_ticket_id,
    )
    gathered = Gathered(
        category=category.code,
        condition_id=condition.condition_id if condition else None,
        condition_named=named,
        urgent=condition.urgent if condition else False,
        automatic=category.automatic,
        area_class=area_class,
        located=located,
        area_ids=around.area_ids,
        units=around.units,
        last_resorts=located.last_resorts if located else (),
        twins=around.twins if place else (),
        local_at=await local_time(session, jurisdiction_id, at) if rules.asks_the_time else None,
        named=named_at(condition, around.meanings),
    )
    return gathered, rules


def _asked_for(rules: RuleSet, located: Located | None) -> frozenset[UUID]:
    if located is None:
        return rules.named_units
    by_area = (hit.unit_id for hit in located.service_areas)
    return rules.named_units | frozenset((*by_area, *located.last_resorts))


async def local_time(session: ReadSession | WriteSession, jurisdiction_id: UUID, at: datetime) -> datetime:
    """What the clocks of a jurisdiction show, without a zone."""
    return at.astimezone(await time_zone_of(session, jurisdiction_id)).replace(tzinfo=None)


async def choose(
    session: ReadSession | WriteSession,
    *,
    jurisdiction_id: UUID,
    category: Category,
    condition: Condition | None,
    named: bool,
    place: Place | None,
    at: datetime,
    area_class: str | None = None,
    except_ticket_id: UUID | None = None,
) -> Choice:
    """:func:`gather`, then ask the rules."""
    return route(
        *await gather(
            session,
            jurisdiction_id=jurisdiction_id,
            category=category,
            condition=condition,
            named=named,
            place=place,
            at=at,
            area_class=area_class,
            except_ticket_id=except_ticket_id,
        )
    )


async def kind_named(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, category: str, condition_id: str | None, at: datetime
) -> tuple[Category, Condition | None]:
    """A category of the general standard, and its condition: the one named, else the one the picture names by itself.

    Raises:
        NotFound: ``category.unknown``, ``condition.unknown``.
    """
    category_found, condition, _ = await kind_at(session, jurisdiction_id, category, condition_id, at, None)
    return category_found, condition


async def kind_at(
    session: ReadSession | WriteSession,
    jurisdiction_id: UUID,
    category: str,
    condition_id: str | None,
    at: datetime,
    located: Located | None,
) -> tuple[Category, Condition | None, Applied]:
    """The same by the standard that holds at a place, and why it is that one. Raises as :func:`kind_named`."""
    applied = await standard_applying(
        session,
        jurisdiction_id,
        category,
        on=at.astimezone(await time_zone_of(session, jurisdiction_id)).date(),
        at=at,
        community_id=located.community_id if located else None,
        grid_id=located.grid.grid_id if located and located.grid else None,
    )
    if applied.standard is None:
        raise NotFound("category.unknown", category=category)
    found = applied.standard.category(category)
    wanted = condition_id or found.default_condition_id
    if wanted is None:
        return found, None, applied
    if wanted not in found.condition_ids:
        raise NotFound("condition.unknown", condition_id=wanted)
    return found, applied.standard.condition(wanted), applied


async def explain(
    session: ReadSession | WriteSession,
    actor: Actor,
    place: Place,
    *,
    category: str,
    condition_id: str | None,
    at: datetime,
    rule_set: RuleSet | None = None,
) -> Choice:
    """Where a report of this kind, here and now, would go, and why; nothing is filed.

    Raises:
        Forbidden, NotFound: not this actor's area, or no such kind.
    """
    around = await look_around(session, actor.jurisdiction_id, place, at)
    kind, condition, applied = await kind_at(session, actor.jurisdiction_id, category, condition_id, at, around)
    gathered, rules = await gather(
        session,
        jurisdiction_id=actor.jurisdiction_id,
        category=kind,
        condition=condition,
        named=condition is not None,
        place=place,
        at=at,
        area_class=applied.area_class,
        rule_set=rule_set,
        located=around,
    )
    located = gathered.located
    subject = Subject(
        jurisdiction_id=actor.jurisdiction_id,
        grid_id=located.grid.grid_id if located and located.grid else None,
        community_id=located.community_id if located else None,
    )
    require(actor, "rules:explain", subject)
    return route(gathered, rules)
