"""What the dispatch meeting of a month talks about: overdue, repeated, refused, unhappy; each thing with why it is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.causes import CauseState
from gridward.domain.registers import Section
from gridward.domain.tickets.numbers import official_number
from gridward.gateways.sheets import Record
from gridward.persistence import causes
from gridward.persistence import registers as stored
from gridward.persistence.database import ReadSession
from gridward.persistence.registers import Refused, Unhappy
from gridward.persistence.statistics.asking import Group
from gridward.persistence.statistics.naming import names
from gridward.persistence.tickets import lists
from gridward.persistence.tickets.asking import Reach
from gridward.web.registers import words
from gridward.web.registers.asking import Asked, Language

EACH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """``tickets``: the rows of everything that is named, by id."""

    overdue: list[UUID]
    repeated: list[Any]
    refused: list[Refused]
    unhappy: list[Unhappy]
    kinds: Mapping[str, str]
    tickets: Mapping[UUID, Any]


async def agenda(session: ReadSession, asks: Asked) -> Agenda:
    """At most 200 things of each sort. What is overdue or waits to be looked into is of now; the rest is of the month."""
    of, reach = asks.of, _reach(asks)
    overdue = await stored.overdue(session, of, EACH)
    refused = await stored.refused(session, of, EACH)
    unhappy = await stored.unhappy(session, of, EACH)
    repeated = list(await causes.causes(session, reach, state=CauseState.open, limit=EACH))
    named = {*overdue, *(one.ticket_id for one in refused), *(one.ticket_id for one in unhappy)}
    return Agenda(
        overdue=overdue,
        repeated=repeated,
        refused=refused,
        unhappy=unhappy,
        kinds=await names(session, of.jurisdiction_id, Group.category, {one.category_code for one in repeated}),
        tickets=await lists.briefs(session, reach, sorted(named)),
    )


def _reach(asks: Asked) -> Reach:
    """Whoever may ask about a place may find its tickets."""
    everything = asks.of.community_ids is None
    return Reach(
        jurisdiction_id=asks.of.jurisdiction_id,
        person_id=None,
        everything=everything,
        community_ids=frozenset(asks.of.community_ids or ()),
    )


async def records(session: ReadSession, asks: Asked, lang: Language) -> list[Record]:
    """The agenda as lines of one table."""
    found, zh = await agenda(session, asks), lang == "zh"
    lines: list[Record] = []
    for ticket_id in found.overdue:
        row = found.tickets.get(ticket_id)
        if row is not None:
            late = _late(row.breached_at, asks)
            lines.append(
                _line(Section.overdue, row, row.breached_at, f"超期 {late} 天" if zh else f"{late} days", lang)
            )
    lines.extend(_repeated(cause, found.kinds, lang) for cause in found.repeated)
    for refusal in found.refused:
        row = found.tickets.get(refusal.ticket_id)
        if row is not None:
            lines.append(_line(Section.refused, row, refusal.asked_at, refused_words(refusal, lang), lang))
    for unhappy in found.unhappy:
        row = found.tickets.get(unhappy.ticket_id)
        if row is not None:
            lines.append(_line(Section.unhappy, row, unhappy.at, unhappy_words(unhappy, lang), lang))
    return lines


def _repeated(cause: Any, kinds: Mapping[str, str], lang: Language) -> Record:
    zh = lang == "zh"
    n, days = cause.tickets, cause.days
    return {
        "section": words.SECTIONS[Section.repeated][not zh],
        "kind": kinds.get(cause.category_code, cause.category_code),
        "place_note": cause.building,
        "at": cause.found_at,
        "fact": f"{days} 天内 {n} 件，待研究成因" if zh else f"{n} within {days} days, cause to be looked into",
    }


def refused_words(one: Refused, lang: Language) -> str:
    zh = lang == "zh"
    said = one.reason_zh if zh else one.reason_en or one.reason_zh
    reason = said or (one.reason or "").replace("_", " ")
    outcome = words.OUTCOMES.get(one.outcome, (one.outcome or "", one.outcome or ""))[not zh]
    who = one.unit or ("–")
    turns = f"共派 {one.turns} 次" if zh else f"sent out {one.turns} times"
    return ("；" if zh else "; ").join(part for part in (who, reason, outcome, turns) if part)


def unhappy_words(one: Unhappy, lang: Language) -> str:
    if lang == "zh":
        told = "走访时住户说没有办好" if one.at_visit else "上报人评价不满意"
        return "上报人要求重办" if one.asked_again else told
    told = (
        "at a visit the household said that it was not done well" if one.at_visit else "the reporter was not satisfied"
    )
    return "the reporter wants it done again" if one.asked_again else told


def _late(breached_at: datetime | None, asks: Asked) -> int:
    return 0 if breached_at is None else max(0, (asks.of.at - breached_at).days)


def _line(section: Section, row: Any, at: datetime | None, fact: str, lang: Language) -> Record:
    return {
        "section": words.SECTIONS[section][lang != "zh"],
        "ticket_no": official_number(row.number_day, row.number),
        "kind": row.category_name,
        "place_note": row.place_note or row.grid_name,
        "unit": row.unit_name,
        "at": at,
        "fact": fact,
    }
