"""Published rules: the version in force, and every one before it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.domain.errors import NotFound
from gridward.domain.routing.document import read_duties, read_rules, write_duties, write_rules
from gridward.domain.routing.rules import RuleSet
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.prepared import Prepared
from gridward.persistence.routing.rows import RuleSetRow

CURRENT = Prepared(
    text(
        """
SELECT rule_set_id, version FROM rule_set
WHERE jurisdiction_id = :jurisdiction_id ORDER BY version DESC LIMIT 1
"""
    )
    .bindparams(bindparam("jurisdiction_id", type_=Uuid()))
    .columns(rule_set_id=Uuid(), version=Integer())
)
SAYS = Prepared(
    text("SELECT rules::text AS rules, duties::text AS duties FROM rule_set WHERE rule_set_id = :rule_set_id")
    .bindparams(bindparam("rule_set_id", type_=Uuid()))
    .columns(rules=Text(), duties=Text())
)

_known: dict[UUID, RuleSet] = {}
"""What was published never changes, and a city's duty list is too long to be fetched for every report."""

MOST_KNOWN = 64


async def current_rules(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> RuleSet:
    """The rules in force; version 0 and empty where none were published."""
    row = await CURRENT.one_or_none(session, {"jurisdiction_id": jurisdiction_id})
    if row is None:
        return RuleSet(version=0, rules=())
    if row.rule_set_id not in _known:
        says = await SAYS.one(session, {"rule_set_id": row.rule_set_id})
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[row.rule_set_id] = _rule_set(row.version, says.rules, says.duties)
    return _known[row.rule_set_id]


def _rule_set(version: int, rules: str, duties: str) -> RuleSet:
    return RuleSet(version=version, rules=read_rules(json.loads(rules)), duties=read_duties(json.loads(duties)))


async def add_rules(
    session: WriteSession,
    jurisdiction_id: UUID,
    rule_set: RuleSet,
    *,
    rule_set_id: UUID,
    published_at: datetime,
    published_by: UUID | None,
) -> bool:
    """Store a new version; False when somebody else has published that version meanwhile."""
    statement = (
        upsert(RuleSetRow)
        .values(
            rule_set_id=rule_set_id,
            jurisdiction_id=jurisdiction_id,
            version=rule_set.version,
            rules=write_rules(rule_set.rules),
            duties=write_duties(rule_set.duties),
            published_at=published_at,
            published_by=published_by,
        )
        .on_conflict_do_nothing(index_elements=["jurisdiction_id", "version"])
        .returning(RuleSetRow.rule_set_id)
    )
    return (await session.execute(statement)).scalar_one_or_none() is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One published version, with who put it in force (None: the program itself) and when."""

    rule_set: RuleSet
    published_at: datetime
    published_by: UUID | None
    publisher: str | None


EDITIONS = text(
    """
SELECT s.version, s.rules::text AS rules, s.duties::text AS duties, s.published_at, s.published_by, p.name AS publisher
FROM rule_set s LEFT JOIN person p ON p.person_id = s.published_by
WHERE s.jurisdiction_id = :jurisdiction_id AND s.version <= :newest
ORDER BY s.version DESC LIMIT :most
"""
)


async def editions(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, *, newest: int = 2**31 - 1, most: int = 100
) -> list[Edition]:
    """Versions from ``newest`` down, each whole."""
    rows = await session.execute(EDITIONS, {"jurisdiction_id": jurisdiction_id, "newest": newest, "most": most})
    return [
        Edition(
            rule_set=_rule_set(row.version, row.rules, row.duties),
            published_at=row.published_at,
            published_by=row.published_by,
            publisher=row.publisher,
        )
        for row in rows
    ]


async def rules_of_version(session: ReadSession | WriteSession, jurisdiction_id: UUID, version: int) -> RuleSet:
    """One version. Raises: NotFound: ``rules_version_unknown``."""
    found = await editions(session, jurisdiction_id, newest=version, most=1)
    if not found or found[0].rule_set.version != version:
        raise NotFound("rules_version_unknown", version=version)
    return found[0].rule_set
