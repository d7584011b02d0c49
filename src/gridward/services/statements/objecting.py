"""A unit objects to a line of its statement, or explains a breach; a supervisor decides.

What a unit that never signs in said on paper or by telephone, a supervisor enters, with who said it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Conflict, Malformed, NotFound
from gridward.domain.statements import Decision, Month, SaidFor, Verdict
from gridward.persistence.database import WriteSession
from gridward.persistence.statements import queries as stored
from gridward.persistence.statements.rows import StatementRow
from gridward.services.noting import note


async def _mine(session: WriteSession, actor: Actor, statement_id: UUID, action: str) -> StatementRow:
    """Raises: NotFound: ``statement.unknown``, also for another unit's. Forbidden: ``not_permitted``."""
    statement = await stored.one(session, actor.jurisdiction_id, statement_id)
    if statement is None:
        raise NotFound("statement.unknown")
    require(actor, action, Subject(jurisdiction_id=actor.jurisdiction_id, unit_ids=frozenset({statement.unit_id})))
    return statement


def _action(said: SaidFor | None) -> str:
    return "statement:object" if said is None else "statement:object_for"


def _said(said: SaidFor | None) -> dict[str, str | None]:
    return {"said_by": None, "way": None} if said is None else {"said_by": said.said_by.strip(), "way": said.way.value}


def _of(statement: StatementRow, said: SaidFor | None = None) -> dict[str, str]:
    """What the log tells of the statement; of who said something only how it came."""
    of = {"unit_id": str(statement.unit_id), "month": Month(statement.month).name}
    return of if said is None else {**of, "way": said.way.value}


async def object_to(
    session: WriteSession,
    actor: Actor,
    statement_id: UUID,
    line: int,
    objection_id: UUID,
    words: str,
    now: datetime,
    said: SaidFor | None = None,
) -> None:
    """Say that a line is wrong, and why. ``said``: somebody of the unit did, and a supervisor enters it.

    Raises:
        NotFound: ``statement.unknown``, ``statement.line_unknown``. Conflict: ``objection.too_late`` (``until``),
            ``objection.one_open``. Malformed: ``objection.no_words``. Forbidden: ``not_permitted``.
    """
    statement = await _mine(session, actor, statement_id, _action(said))
    row = await stored.line(session, statement_id, line)
    assert actor.person_id is not None

    if row is None:
        raise NotFound("statement.line_unknown")
    if now > statement.object_until:
        raise Conflict("objection.too_late", until=statement.object_until.isoformat())
    if not words.strip():
        raise Malformed("objection.no_words")

    made = await stored.object_to(
        session,
        {
            "objection_id": objection_id,
            "jurisdiction_id": actor.jurisdiction_id,
            "statement_id": statement_id,
            "line": line,
            "words": words.strip(),
            "made_by": actor.person_id,
            "made_at": now,
            **_said(said),
        },
    )
    if not made:
        raise Conflict("objection.one_open")
    detail = {
        **_of(statement, said),
        "line": line,
        "ticket_id": str(row.ticket_id),
        "clock": row.key,
        "objection_id": str(objection_id),
    }
    await note(session, actor, "statement.objected", "statement", statement_id, detail, now)


async def decide(
    session: WriteSession, actor: Actor, objection_id: UUID, decision: Decision, answer: str, now: datetime
) -> None:
    """Decide an objection, once. What was granted and cannot be put right on its ticket may still be noted or refused.

    Raises:
        NotFound: ``objection.unknown``. Conflict: ``objection.decided``. Malformed: ``objection.no_answer``.
        Forbidden: ``not_permitted``.
    """
    require(actor, "statement:decide", Subject(jurisdiction_id=actor.jurisdiction_id))
    objection = await stored.objection(session, actor.jurisdiction_id, objection_id)

    if objection is None:
        raise NotFound("objection.unknown")
    statement = await stored.one(session, actor.jurisdiction_id, objection.statement_id)
    assert statement is not None
    takes_back = objection.decision == Decision.granted.value and decision is not Decision.granted
    if objection.decided_at is not None and not takes_back:
        raise Conflict("objection.decided")
    if not answer.strip():
        raise Malformed("objection.no_answer")

    await stored.decide(
        session,
        objection_id,
        decision=decision.value,
        answer=answer.strip(),
        decided_by=actor.person_id,
        decided_at=now,
    )
    detail = {
        **_of(statement),
        "line": objection.line,
        "decision": decision.value,
        "objection_id": str(objection_id),
    }
    await note(session, actor, "statement.decided", "statement", objection.statement_id, detail, now)


async def explain(
    session: WriteSession,
    actor: Actor,
    statement_id: UUID,
    line: int,
    words: str,
    now: datetime,
    said: SaidFor | None = None,
) -> None:
    """What the unit has to say beside a breach (情况说明); it changes no number. Said again, the newest stands.
    ``said``: as of an objection.

    Raises:
        NotFound: ``statement.unknown``, ``statement.line_unknown``. Conflict: ``explanation.no_breach``.
        Malformed: ``explanation.no_words``. Forbidden: ``not_permitted``.
    """
    statement = await _mine(session, actor, statement_id, _action(said))
    row = await stored.line(session, statement_id, line)
    assert actor.person_id is not None

    if row is None:
        raise NotFound("statement.line_unknown")
    if row.verdict != Verdict.late.value:
        raise Conflict("explanation.no_breach")
    if not words.strip():
        raise Malformed("explanation.no_words")

    await stored.explain(
        session,
        {
            "ticket_id": row.ticket_id,
            "key": row.key,
            "jurisdiction_id": actor.jurisdiction_id,
            "unit_id": statement.unit_id,
            "words": words.strip(),
            "made_by": actor.person_id,
            "made_at": now,
            **_said(said),
        },
    )
    detail = {**_of(statement, said), "line": line, "ticket_id": str(row.ticket_id), "clock": row.key}
    await note(session, actor, "statement.explained", "statement", statement_id, detail, now)
