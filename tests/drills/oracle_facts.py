"""What must be true at rest of visits and walks: each message once, with one effect, under whom it was, as it was written."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from drills.items import Item
from gridward.persistence.database import WriteSession

if TYPE_CHECKING:
    from drills.handset import Handset
    from drills.schedule import Schedule

DOORS = """
    SELECT h.household_id::text AS id, h.version, last.outcome
    FROM tie t JOIN household h ON h.household_id = t.household_id AND h.ended_at IS NULL
    LEFT JOIN LATERAL (SELECT outcome FROM visit v JOIN household made USING (household_id)
                       WHERE h.household_id IN (made.household_id, made.merged_into_id)
                       ORDER BY visited_at DESC, visit_id DESC LIMIT 1) last ON true
    WHERE t.person_id = CAST(:me AS uuid) AND t.valid_to IS NULL
"""

THERE = """
    SELECT 'visit' AS type, v.visit_id::text AS id, v.digest, v.liaison_id::text AS person, v.erased,
           (SELECT count(*) FROM entry e WHERE e.subject_id = v.visit_id AND e.verb = 'visit.made') AS effects,
           jsonb_build_object('household_id', v.household_id, 'outcome', v.outcome, 'follows', v.follows,
                              'satisfied', v.satisfied, 'note', n.words) AS body,
           NULL AS verdict, h.ended = 'erased' AS forgotten
    FROM visit v JOIN household h USING (household_id) LEFT JOIN visit_note n USING (visit_id)
    WHERE v.jurisdiction_id = :home
    UNION ALL
    SELECT 'start', p.patrol_id::text, p.digest, p.person_id::text, false,
           (SELECT count(*) FROM entry e WHERE e.subject_id = p.patrol_id AND e.verb = 'patrol.started'),
           jsonb_build_object('plan_id', p.plan_id), NULL, false
    FROM patrol p WHERE p.jurisdiction_id = :home
    UNION ALL
    SELECT o.type, o.op_id::text, o.digest, o.person_id::text, false,
           CASE o.type
               WHEN 'check_in' THEN (SELECT count(*) FROM check_in c WHERE c.check_in_id = o.op_id)
               WHEN 'end' THEN (SELECT count(*) FROM entry e WHERE e.subject_id = p.patrol_id AND e.verb = 'patrol.ended')
               ELSE 1 END,
           CASE o.type WHEN 'positions' THEN jsonb_build_object('fixes', o.body -> 'fixes', 'device', o.body -> 'device')
                       ELSE '{}' END,
           (SELECT verdict FROM check_in c WHERE c.check_in_id = o.op_id), false
    FROM patrol_operation o JOIN patrol p USING (patrol_id) WHERE p.jurisdiction_id = :home
"""

OFF = """
    SELECT 'patrol ' || p.patrol_id || ' has version ' || p.version || ' after ' || count(o.op_id) || ' messages' AS why
    FROM patrol p LEFT JOIN patrol_operation o USING (patrol_id) WHERE p.jurisdiction_id = :home
    GROUP BY p.patrol_id HAVING p.version <> 1 + count(o.op_id)
    UNION ALL
    SELECT 'the change of ' || entity || ' ' || entity_id || ' was told ' || count(*) || ' times to ' || scope FROM change
    WHERE jurisdiction_id = :home AND entity IN ('household', 'patrol') GROUP BY entity, entity_id, scope, xid
    HAVING count(*) <> 1
    UNION ALL
    SELECT e.verb || ' of ' || e.subject_id || ' was told to nobody' FROM entry e
    WHERE e.jurisdiction_id = :home AND e.verb IN ('patrol.started', 'patrol.ended', 'visit.made')
      AND NOT EXISTS (SELECT FROM change c WHERE c.jurisdiction_id = :home AND c.xid = e.xid
                      AND c.entity IN ('household', 'patrol'))
      AND (e.verb <> 'visit.made' OR EXISTS (
          SELECT FROM visit v JOIN tie t USING (household_id)
          WHERE v.visit_id = e.subject_id AND t.valid_to IS NULL AND t.valid_from < v.received_at))
"""


async def doors_off(session: WriteSession, one: Handset) -> dict[str, Any]:
    """I5, I6: households that a phone shows otherwise than SQL has them for its person: version and last outcome."""
    found = (await session.execute(text(DOORS), {"me": one.holder.person_id})).all()
    truth = {row.id: (row.version, row.outcome) for row in found}
    shown = {key: (row["version"], row["last_outcome"]) for key, row in one.disk.doors.by_id.items()}
    return {
        key: (shown.get(key), truth.get(key)) for key in truth.keys() | shown.keys() if shown.get(key) != truth.get(key)
    }


async def complaints(session: WriteSession, of: Schedule) -> list[str]:
    """Everything that does not hold; each begins with the number of the invariant."""
    home = str(of.town.jurisdiction_id)
    items = {key: item for key, item in of.items().items() if item.kind == "fact"}
    there = (await session.execute(text(THERE), {"home": home})).all()
    found = [*_lost_or_doubled(items, there)]
    for row in there:
        if (item := items.get(row.id)) is not None:
            found += _as_it_was_said(item, row)
    found += [f"I18: {row.why}" for row in await session.execute(text(OFF), {"home": home})]
    return [*found, *await _raised(session, home, of)]


def _lost_or_doubled(items: dict[str, Item], there: Any) -> list[str]:
    arrived = Counter(row.id for row in there)
    digests = {item.digest for item in items.values()}
    found = [
        f"I1: {row.type} {row.id} was taken twice"
        if row.digest in digests
        else f"I1: nobody saved the {row.type} {row.id}"
        for row in there
        if row.id not in items
    ]
    found += [f"I1: {one} is there {times} times" for one, times in arrived.items() if times > 1]
    found += [f"I1: lost: {item.type} {key}" for key, item in items.items() if key not in arrived]
    return found


def _as_it_was_said(item: Item, row: Any) -> list[str]:
    found = []
    if (row.type, row.digest, row.person) != (item.type, item.digest, item.person):
        found.append(f"I10: {item.item_id} ({item.type} of {item.person}) is there as {row.type} of {row.person}")
    if row.effects != 1:
        found.append(f"I7: {item.type} {item.item_id} had {row.effects} effects")
    if row.erased != (item.state == "attention"):
        found.append(f"I3: {item.type} {item.item_id} ended as {item.state}, {item.refused}; erased: {row.erased}")
    if item.type == "check_in" and item.receipt.get("verdict") != row.verdict:
        found.append(f"I3: the check-in {item.item_id} was told {item.receipt.get('verdict')}, stored is {row.verdict}")
    said = json.loads(item.text)["body"]
    for name, value in row.body.items():
        gone = row.erased and name in ("follows", "satisfied")
        if value != said.get(name) and not gone and not (name == "note" and row.forgotten):
            found.append(f"I1: {item.type} {item.item_id}: {name} is {value}, said was {said.get(name)}")
    return found


async def _raised(session: WriteSession, home: str, of: Schedule) -> list[str]:
    """What was raised at a door or on the way still says where, and that is there."""
    query = """
        SELECT r.report_id::text AS id, r.visit_id::text, r.patrol_id::text,
               coalesce(v.visit_id, p.patrol_id) IS NOT NULL AS known
        FROM report r LEFT JOIN visit v USING (visit_id) LEFT JOIN patrol p ON p.patrol_id = r.patrol_id
        WHERE r.jurisdiction_id = :home AND r.erased_at IS NULL
    """
    there = {row.id: row for row in await session.execute(text(query), {"home": home})}
    found = []
    for key, item in of.items().items():
        if item.kind != "report" or key not in there:
            continue  # that it is not there is another complaint
        row, said = there[key], json.loads(item.text)["body"]
        raised_at = (said.get("visit_id"), said.get("patrol_id"))
        if (row.visit_id, row.patrol_id) != raised_at:
            found.append(f"I1: the report {key} was raised at {raised_at} and says {row.visit_id}, {row.patrol_id}")
        elif any(raised_at) and not row.known:
            found.append(f"I1: where the report {key} was raised, {raised_at}, is not there")
    return found


def counts(items: dict[str, Item]) -> Counter[str]:
    """What was delivered, by kind, for the line that a drill prints."""
    names = {"visit": "visits", "start": "walks", "positions": "messages of positions", "check_in": "check-ins"}
    total = Counter[str]()
    for item in items.values():
        if item.kind == "fact":
            total[names.get(item.type, "ends of walks")] += 1
        elif item.kind == "report":
            body = json.loads(item.text)["body"]
            total["raised at a door"] += body.get("visit_id") is not None
            total["raised on a walk"] += body.get("patrol_id") is not None
            total["reports"] += 1
        else:
            total["steps"] += 1
    return total
