"""What must be true at rest, asked of PostgreSQL and the photo store past every program, and of the phones' disks."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image
from sqlalchemy import text
from sqlalchemy.engine import Row

from drills.items import Item
from drills.oracle_facts import doors_off
from gridward.persistence.database import WriteSession
from replaying import path_of_the_table

if TYPE_CHECKING:
    from drills.handset import Person
    from drills.schedule import Schedule

ON_ASSIGNMENT = ("acknowledge", "arrive", "resolve")
"""Steps that may only be done under the assignment that was on the screen."""


async def rows(session: WriteSession, query: str, **values: Any) -> Sequence[Row[Any]]:
    return (await session.execute(text(query), values)).all()


async def visible(session: WriteSession, home: Any, who: Person) -> dict[str, int]:
    """The tickets that somebody should see, with their versions: my reports', my units', my communities'."""
    found = await rows(
        session,
        """
        SELECT ticket_id::text, version FROM ticket WHERE jurisdiction_id = :home
          AND (status IN ('received','accepted','assigned','in_progress','deferred','shelved','resolved','split')
               OR ended_at > now() - interval '29 days')
          AND (ticket_id IN (SELECT ticket_id FROM report WHERE reporter_id = CAST(:me AS uuid))
               OR unit_id = ANY(CAST(:units AS uuid[])) OR community_id = ANY(CAST(:communities AS uuid[])))
        """,
        home=home,
        me=who.person_id,
        units=list(who.units),
        communities=list(who.communities),
    )
    return {one.ticket_id: one.version for one in found}


async def differences(session: WriteSession, of: Schedule) -> dict[str, str]:
    """I5: what a phone shows otherwise than the server has it, in words, by who holds it; empty when all are right."""
    found = {}
    for key, one in of.handsets.items():
        truth = await visible(session, of.town.jurisdiction_id, one.holder)
        shown = {ticket_id: row["version"] for ticket_id, row in one.disk.rows.shown().items()}
        if truth != shown:
            off = {one: (shown.get(one), truth.get(one)) for one in truth.keys() | shown.keys()}
            told = {one: both for one, both in off.items() if both[0] != both[1]}
            found[key] = f"the phone of {key} has other versions than the server (phone, server): {told}"
        if one.holder.visits and (off_doors := await doors_off(session, one)):
            found[key] = f"the phone of {key} shows other doors than the server (phone, server): {off_doors}"
    return found


async def complaints(session: WriteSession, of: Schedule) -> list[str]:
    """Everything that does not hold; each begins with the number of the invariant."""
    home = of.town.jurisdiction_id
    items = of.items()
    return [
        *await _reports(session, home, items, of),
        *await _steps(session, home, items),
        *await _photos(session, home, items, of),
        *await _histories(session, home, items),
        *await _entries_and_changes(session, home),
    ]


async def _reports(session: WriteSession, home: Any, items: dict[str, Item], of: Schedule) -> list[str]:
    query = (
        "SELECT report_id::text, digest, reporter_id::text, ticket_id::text, erased_at FROM report"
        " WHERE jurisdiction_id = :home"
    )
    everything = await rows(session, query, home=home)
    back = [one for one in everything if one.report_id in of.erased and (one.reporter_id or not one.erased_at)]
    if back:
        return [f"I6: {one.report_id} was erased and is there again" for one in back]
    there = [one for one in everything if one.report_id not in of.erased]
    by_digest = Counter(one.digest for one in there)
    mine = {item.digest: item for item in items.values() if item.kind == "report" and item.item_id not in of.erased}
    found = [f"I1: filed {times} times: {digest}" for digest, times in by_digest.items() if times > 1]
    found += [f"I1: nobody saved {one.report_id}" for one in there if one.digest not in mine]
    found += [f"I1: lost: {item.item_id}" for digest, item in mine.items() if digest not in by_digest]
    for item in mine.values():
        if item.state != "delivered":
            found.append(f"I1: the report {item.item_id} ended as {item.state}, {item.refused}")
    for one in there:
        item = mine.get(one.digest)
        if item is not None and (one.report_id, one.reporter_id) != (item.item_id, item.person):
            found.append(f"I10: {item.item_id} of {item.person} is there as {one.report_id} of {one.reporter_id}")
        if item is not None and item.receipt.get("ticket_id") != one.ticket_id:
            found.append(f"I3: the receipt of {item.item_id} names another ticket")
    saved = sum(one.disk.saved for one in of.handsets.values())
    if len(items) < saved:
        found.append(f"I1: {saved - len(items)} items are on no phone any more")
    return found


async def _steps(session: WriteSession, home: Any, items: dict[str, Item]) -> list[str]:
    query = (
        "SELECT op_id::text, digest, actor_id::text, status, answer->>'code' AS code"
        " FROM operation WHERE jurisdiction_id = :home"
    )
    there = {one.op_id: one for one in await rows(session, query, home=home)}
    found = [f"I1: nobody saved the step {one}" for one in there.keys() - items.keys()]
    for item in items.values():
        if item.kind != "operation":
            continue
        stored = there.get(item.item_id)
        if stored is not None and (stored.digest, stored.actor_id) != (item.digest, item.person):
            found.append(f"I10: {item.item_id} is stored with another digest or person")
        if item.state == "delivered" and (stored is None or stored.status != 200):
            found.append(f"I3: the step {item.item_id} was called delivered: {stored and stored.status}")
        if item.state == "attention":
            code = stored.code if stored is not None else None
            stays = item.refused in ("not_permitted", "verify.own_unit", "ticket_unknown")
            if code != item.refused and not stays:
                found.append(f"I7: {item.item_id} was told {item.refused}, stored is {code}")
            if stored is not None and stored.status == 200:
                found.append(f"I7: {item.item_id} was done and its phone was told {item.refused}")
    return found


async def _photos(session: WriteSession, home: Any, items: dict[str, Item], of: Schedule) -> list[str]:
    query = (
        "SELECT coalesce(report_id, operation_id)::text AS item_id, photo.sha256, photo.photo_id, stored_sha256"
        " FROM photo_use JOIN photo USING (photo_id) WHERE photo_use.jurisdiction_id = :home"
    )
    tied: dict[str, set[str]] = {}
    found = []
    for one in await rows(session, query, home=home):
        tied.setdefault(one.item_id, set()).add(one.sha256)
        key = one.photo_id.hex
        path = of.stage.photos / "photos" / "photos" / key[-2:] / f"{key}.jpg"
        content = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(content).hexdigest() != one.stored_sha256:
            found.append(f"I2: the file of {one.sha256} is not what was stored")
            continue
        with Image.open(BytesIO(content)) as picture:
            picture.load()
    erased = [item for item in items.values() if item.ticket_id in of.erased]
    delivered = [item for item in items.values() if item.state == "delivered" and item not in erased]
    found += [
        f"I2: {item.item_id} has {len(tied.get(item.item_id, ()))} of {len(item.photos)} photos"
        for item in delivered
        if tied.get(item.item_id, set()) != set(item.photos)
    ]
    return found


async def _histories(session: WriteSession, home: Any, items: dict[str, Item]) -> list[str]:
    try:
        await path_of_the_table(session, home)
    except (AssertionError, KeyError) as off:
        return [f"I7: a history is no path of the table: {off}"]
    entries = await rows(
        session,
        "SELECT ticket_id, ticket_version, verb, detail, xid::text FROM entry"
        " WHERE jurisdiction_id = :home AND ticket_version IS NOT NULL ORDER BY ticket_id, ticket_version",
        home=home,
    )
    found, done, at, ticket, assignment = [], dict[str, int](), dict[str, str](), None, None
    for number, one in enumerate(entries):
        if one.ticket_id != ticket:
            ticket, assignment = one.ticket_id, None
        op = str(one.detail.get("operation_id"))
        item = items.get(op)
        # That somebody was forgotten is no step; it may happen to several tickets.
        if "operation_id" in one.detail and at.setdefault(op, one.xid) != one.xid:
            found.append(f"I7: {op} ({one.verb}) had an effect in two transactions")
        if item is not None and item.kind == "operation" and op not in done:
            done[op] = number
            if item.type in ON_ASSIGNMENT and item.seen["assignment_id"] != assignment:
                found.append(f"I7: {op} ({item.type}) was done under another assignment than its sender saw")
            if item.after is not None and item.after not in done:
                found.append(f"I8: {op} came without or before {item.after}")
        if one.detail.get("intent") == "assign" or (assignment is None and one.detail.get("assignment_id")):
            assignment = one.detail.get("assignment_id", assignment)
    return found


async def _entries_and_changes(session: WriteSession, home: Any) -> list[str]:
    """I18: in each transaction, per ticket: one row for each scope, of the version that its entries lead to; and the last
    word to each scope is what it should know now."""
    off = await rows(
        session,
        """
        WITH told AS (
            SELECT ticket_id, xid, max(ticket_version) AS version FROM entry
            WHERE jurisdiction_id = :home AND ticket_version IS NOT NULL GROUP BY ticket_id, xid
        ), rows AS (
            SELECT entity_id, xid, scope, count(*) AS times, min(version) AS low, max(version) AS high
            FROM change WHERE jurisdiction_id = :home AND entity = 'ticket' GROUP BY entity_id, xid, scope
        )
        SELECT 'a scope was told ' || rows.times || ' times' AS why, rows.entity_id FROM rows WHERE times <> 1
        UNION ALL SELECT 'a change without its entry, or of another version', rows.entity_id
            FROM rows LEFT JOIN told ON told.ticket_id = rows.entity_id AND told.xid = rows.xid
            WHERE told.version IS NULL OR told.version <> rows.low OR told.version <> rows.high
        UNION ALL SELECT 'an entry without a change', told.ticket_id
            FROM told LEFT JOIN rows ON rows.entity_id = told.ticket_id AND rows.xid = told.xid
                AND rows.scope = 'jurisdiction:' || CAST(:home AS text)
            WHERE rows.scope IS NULL
        UNION ALL SELECT 'version ' || ticket.version || ' of the row, ' || max(told.version) || ' of the log',
                ticket.ticket_id
            FROM ticket LEFT JOIN told USING (ticket_id) WHERE jurisdiction_id = :home
            GROUP BY ticket.ticket_id HAVING ticket.version IS DISTINCT FROM max(told.version)
        """,
        home=str(home),
    )
    last = await rows(
        session,
        """
        WITH last AS (
            SELECT DISTINCT ON (entity_id, scope) entity_id, scope, op FROM change
            WHERE jurisdiction_id = :home AND entity = 'ticket' ORDER BY entity_id, scope, version DESC
        ), should AS (
            SELECT ticket_id, 'jurisdiction:' || jurisdiction_id AS scope FROM ticket WHERE jurisdiction_id = :home
            UNION SELECT ticket_id, 'community:' || community_id FROM ticket
                WHERE jurisdiction_id = :home AND community_id IS NOT NULL
            UNION SELECT ticket_id, 'unit:' || unit_id FROM ticket WHERE jurisdiction_id = :home AND unit_id IS NOT NULL
            UNION SELECT ticket_id, 'person:' || reporter_id FROM report
                WHERE jurisdiction_id = :home AND reporter_id IS NOT NULL
        )
        SELECT coalesce(last.scope, should.scope) AS scope, coalesce(entity_id, ticket_id) AS ticket, op
        FROM last FULL JOIN should ON should.ticket_id = last.entity_id AND should.scope = last.scope
        WHERE (op = 'u') IS DISTINCT FROM (should.scope IS NOT NULL)
        """,
        home=home,
    )
    return [
        *(f"I18: {one.why}: {one.entity_id}" for one in off),
        *(f"I18: the last word to {one.scope} on {one.ticket} is {one.op}" for one in last),
    ]
