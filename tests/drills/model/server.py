"""The server's part of the protocol in a page: what it answers, what it keeps, and the feed as PostgreSQL makes it.

Nothing of the product is used here. A transaction takes its number (``xid``) when it begins and becomes visible when it
commits, so numbers and commits come in different orders, as they do in PostgreSQL.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import replace

from drills.model.shapes import (
    IN_WORK,
    TABLE,
    UNIT_STEPS,
    UNITS,
    Answer,
    Change,
    Cursor,
    Deed,
    Done,
    Kept,
    Page,
    PageRow,
    Pull,
    PutPhoto,
    PutReport,
    PutStep,
    Report,
    Request,
    Seen,
    Snapshot,
    Ticket,
    Writer,
    scopes_of,
)


class Server:
    """Answers requests one at a time; the desk's transactions (:class:`Writer`) stay open between them."""

    def __init__(self, members: dict[str, set[str]]) -> None:
        self.kept, self.members = Kept(), members
        self.epoch, self.next_xid, self.next_seq, self.hour = 1, 1, 1, 0
        self.writers: list[Writer] = []
        self.ledger: set[str] = set()
        """Erased ids, kept apart from the database: a restore applies them again."""

    # ---- what phones ask

    def handle(self, asked: Request) -> Answer:
        match asked:
            case PutPhoto():
                self.kept.photos[asked.person, asked.sha] = asked.data
                return Answer(201, id=asked.sha, digest=asked.sha)
            case PutReport():
                return self.report(asked)
            case PutStep():
                return self.step(asked)
            case Pull():
                return self.pull(asked)
            case Snapshot():
                return self.snapshot(asked)

    def locked(self, ticket: str) -> bool:
        return any(ticket in writer.work for writer in self.writers)

    def report(self, asked: PutReport) -> Answer:
        if self.is_erased(asked.id):
            return Answer(410, code="erased")
        known = self.known_report(asked)
        if known is not None:
            if (known.person, known.digest) != (asked.person, asked.digest):
                return Answer(409, code="id_taken")
            return Answer(200, id=asked.id, digest=asked.digest)
        missing = self.missing(asked.person, asked.photos)
        if missing:
            return Answer(424, missing=missing)
        report_id = asked.id if asked.id not in self.kept.reports else f"{asked.id}+{len(self.kept.reports)}"
        self.kept.reports[report_id] = Report(asked.person, asked.digest, asked.photos, self.hour)
        self.kept.tickets[report_id] = ticket = Ticket(asked.person, UNITS[len(self.kept.tickets) % 2])
        xid = self.begin()
        self.kept.changes += self.changes_of(xid, report_id, scopes_of(ticket), (), 1, visible=True)
        return Answer(201, id=asked.id, digest=asked.digest)

    def step(self, asked: PutStep) -> Answer:
        done = self.kept.steps.get(asked.id)
        if done is not None:
            if (done.person, done.digest) != (asked.person, asked.digest):
                return Answer(409, code="id_taken")
            return Answer(done.status, id=asked.id, digest=asked.digest, code="as before")
        ticket = self.kept.tickets.get(asked.ticket)
        if ticket is None:
            return (
                Answer(410, code="erased") if asked.ticket in self.kept.erased else Answer(404, code="ticket_unknown")
            )
        if not self.may_see(asked.person, ticket) and asked.seen == ticket.assignment:
            return Answer(403, code="not_permitted")
        if asked.after is not None:
            before = self.kept.steps.get(asked.after)
            if before is None:
                return Answer(425, code="predecessor_unanswered")
            if before.status != 200:
                return self.answered(asked, 409)
        missing = self.missing(asked.person, asked.photos)
        if missing:
            return Answer(424, missing=missing)
        return self.answered(asked, self.judged(asked, ticket))

    def judged(self, asked: PutStep, ticket: Ticket) -> int:
        """200 and done, or why not."""
        if asked.intent in UNIT_STEPS and asked.seen != ticket.assignment:
            return 409
        to = ticket.status if asked.intent == "note" else TABLE.get((ticket.status, asked.intent))
        if to is None or asked.intent in ("verify", "rework", "reopen"):
            return 422
        self.apply(asked.ticket, ticket, asked.intent, to, asked)
        return 200

    def apply(self, ticket_id: str, ticket: Ticket, intent: str, to: str, asked: PutStep) -> None:
        ticket.history.append(Deed(ticket.status, intent, to, asked.id, ticket.assignment, asked.seen))
        ticket.status, ticket.version = to, ticket.version + 1
        xid = self.begin()
        self.kept.changes += self.changes_of(xid, ticket_id, scopes_of(ticket), (), ticket.version, visible=True)

    def answered(self, asked: PutStep, status: int) -> Answer:
        self.kept.steps[asked.id] = Done(asked.person, asked.digest, status)
        return Answer(status, id=asked.id, digest=asked.digest, code="refused")

    def is_erased(self, report_id: str) -> bool:
        return report_id in self.kept.erased

    def known_report(self, asked: PutReport) -> Report | None:
        return self.kept.reports.get(asked.id)

    def missing(self, person: str, photos: Iterable[str]) -> tuple[str, ...]:
        return tuple(sha for sha in photos if (person, sha) not in self.kept.photos)

    # ---- the feed

    def scopes(self, person: str) -> frozenset[str]:
        return frozenset({f"person:{person}", *self.members.get(person, ())})

    def may_see(self, person: str, ticket: Ticket) -> bool:
        return bool(scopes_of(ticket) & self.scopes(person))

    def view(self, person: str, ticket_id: str) -> Seen | None:
        ticket = self.kept.tickets.get(ticket_id)
        if ticket is None or not self.may_see(person, ticket):
            return None
        return Seen(ticket.version, ticket.status, ticket.assignment)

    def horizon(self) -> int:
        return min((writer.xid for writer in self.writers), default=self.next_xid)

    def final(self) -> list[Change]:
        """What every reader may see, in order."""
        horizon = self.horizon()
        found = [one for one in self.kept.changes if one.visible and one.xid < horizon]
        return sorted(found, key=lambda one: (one.xid, one.seq))

    def newest(self, rows: list[Change]) -> Cursor:
        return (self.epoch, rows[-1].xid, rows[-1].seq) if rows else (self.epoch, 0, 0)

    def follows(self, cursor: Cursor) -> bool:
        return cursor[0] == self.epoch and cursor[1] < self.next_xid

    def pull(self, asked: Pull) -> Answer:
        if asked.cursor is None or not self.follows(asked.cursor):
            return Answer(409, code="must_refetch")
        scopes = self.scopes(asked.person)
        rows = self.final()
        page = [one for one in rows if one.scope in scopes and (one.xid, one.seq) > asked.cursor[1:]][: asked.limit]
        full = len(page) >= asked.limit
        cursor = self.newest(page) if full else max(asked.cursor, self.newest(rows))
        shown = tuple(self.shown(asked.person, one) for one in page)
        return Answer(200, page=Page(shown, cursor, full, scopes))

    def shown(self, person: str, one: Change) -> PageRow:
        data = None if one.gone else self.view(person, one.ticket)
        return PageRow(one.scope, one.ticket, one.version, data)

    def snapshot(self, asked: Snapshot) -> Answer:
        start = asked.start or self.newest(self.final())
        scopes = self.scopes(asked.person)
        rows, last = [], ""
        wanted = sorted(one for one in self.kept.tickets if one > asked.beyond)
        for ticket_id in wanted[: asked.limit]:
            ticket, last = self.kept.tickets[ticket_id], ticket_id
            data = self.view(asked.person, ticket_id)
            rows += [PageRow(s, ticket_id, ticket.version, data) for s in sorted(scopes_of(ticket) & scopes)]
        more = len(wanted) > asked.limit
        return Answer(200, page=Page(tuple(rows), start, more, scopes, beyond=last))

    # ---- writing

    def begin(self) -> int:
        self.next_xid += 1
        return self.next_xid - 1

    def changes_of(
        self, xid: int, ticket: str, now_in: set[str], left: Iterable[str], version: int, *, visible: bool
    ) -> list[Change]:
        made = []
        for scope, gone in (*((one, False) for one in sorted(now_in)), *((one, True) for one in sorted(left))):
            made.append(Change(xid, self.next_seq, scope, ticket, version, gone, visible))
            self.next_seq += 1
        return made

    # ---- the desk

    def open_writer(self) -> None:
        self.writers.append(Writer(self.begin()))

    def write(self, writer: Writer, ticket_id: str, wish: str) -> None:
        """Lock the ticket's row and change it, to be seen when the writer commits."""
        ticket = self.kept.tickets[ticket_id]
        now = replace(ticket, history=list(ticket.history))
        if wish == "assign" and ticket.status in IN_WORK:
            now.unit = UNITS[1 - UNITS.index(ticket.unit)]
            now.status, now.assignment = "assigned", ticket.assignment + 1
        elif (ticket.status, wish) in TABLE:
            now.status = TABLE[ticket.status, wish]
            now.assignment += wish == "reopen"
        else:
            return
        now.version += 1
        now.history.append(Deed(ticket.status, wish, now.status, None, now.assignment, None))
        left = scopes_of(ticket) - scopes_of(now)
        rows = self.changes_of(writer.xid, ticket_id, scopes_of(now), left, now.version, visible=False)

        def take_over(row: Ticket) -> None:
            for name in ("unit", "status", "assignment", "version", "history"):
                setattr(row, name, getattr(now, name))

        writer.work[ticket_id] = (take_over, rows)

    def commit(self, writer: Writer) -> None:
        self.writers.remove(writer)
        for ticket_id, (take_over, rows) in writer.work.items():
            take_over(self.kept.tickets[ticket_id])
            for row in rows:
                row.visible = True
            self.kept.changes += rows

    def roll_back(self, writer: Writer) -> None:
        self.writers.remove(writer)

    # ---- erasing, and a backup that comes back

    def erase(self, report_id: str) -> None:
        self.ledger.add(report_id)
        self._erase(report_id)

    def _erase(self, report_id: str) -> None:
        self.kept.erased.add(report_id)
        self.kept.reports.pop(report_id, None)
        ticket = self.kept.tickets.pop(report_id, None)
        if ticket is not None:
            gone = self.changes_of(self.begin(), report_id, set(), scopes_of(ticket), ticket.version + 1, visible=True)
            self.kept.changes += [replace(one, erasure=True) for one in gone]

    def backup(self) -> Kept:
        """As ``pg_dump`` takes it: what is committed."""
        return copy.deepcopy(self.kept)

    def restore(self, backup: Kept) -> None:
        """A new database with this in it: transactions and sequences count from the beginning again."""
        self.writers.clear()
        self.kept = copy.deepcopy(backup)
        for number, row in enumerate(sorted(self.kept.changes, key=lambda one: (one.xid, one.seq)), start=1):
            row.xid, row.seq = 1, number
        self.next_xid, self.next_seq = 2, len(self.kept.changes) + 1
        self.new_epoch()
        for report_id in sorted(self.ledger - self.kept.erased):
            self._erase(report_id)

    def new_epoch(self) -> None:
        self.epoch += 1
