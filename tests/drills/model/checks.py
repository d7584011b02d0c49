"""What must hold in the model: the invariants of the protocol, looked at after everything that happens."""

from __future__ import annotations

from collections import Counter

from drills.model.phone import Item, Phone
from drills.model.server import Server
from drills.model.shapes import IN_WORK, TABLE


class Violated(AssertionError):
    """One of the invariants of the protocol; the text begins with its number."""


class Watch:
    """Looks at a server and its phones.

    ``saved`` and ``photos`` is everything that a screen ever called saved; ``lost_with_backup`` was committed after the
    backup that came back: gone by no fault of the protocol.
    """

    server: Server
    phones: list[Phone]
    saved: dict[str, Item]
    photos: dict[str, str]
    lost_with_backup: set[str]

    def holds(self) -> None:
        kept = self.server.kept
        digests = Counter(one.digest for one in kept.reports.values())
        twice = [digest for digest, times in digests.items() if times > 1]
        if twice:
            raise Violated(f"I1: filed twice: {twice}")
        for report_id, report in kept.reports.items():
            for sha in report.photos:
                if kept.photos.get((report.person, sha)) != self.photos[sha]:
                    raise Violated(f"I2: {report_id} is there without its photo {sha}")
        if kept.erased & kept.reports.keys() or self.server.ledger & kept.reports.keys():
            raise Violated("I6: what was erased is there again")
        for ticket_id, ticket in kept.tickets.items():
            self._history(ticket_id)
            if len(ticket.history) + 1 != ticket.version:
                raise Violated(f"I7: {ticket_id} has version {ticket.version} after {len(ticket.history)} deeds")
        for phone in self.phones:
            for item in phone.disk.items.values():
                if item.state == "delivered" and not self._is_there(item):
                    raise Violated(f"I3: {item.id} was called delivered and is not there")
                if item.code == "erased" and item.ticket not in self.server.ledger:
                    raise Violated(f"I1: {item.id} was refused as erased and nobody erased it")

    def _is_there(self, item: Item) -> bool:
        kept = self.server.kept
        if item.id in self.lost_with_backup or item.ticket in self.server.ledger:
            return True
        if item.intent is None:
            return item.id in kept.reports and kept.reports[item.id].person == item.person
        return item.id in kept.steps and kept.steps[item.id].status == 200

    def _history(self, ticket_id: str) -> None:
        ticket = self.server.kept.tickets[ticket_id]
        status, done = "assigned", set[str]()
        for deed in ticket.history:
            to = {"note": status, "assign": "assigned"}.get(deed.intent) or TABLE.get((status, deed.intent))
            if deed.before != status or deed.after != to or (deed.intent == "assign" and status not in IN_WORK):
                raise Violated(f"I7: {ticket_id} went from {status} by {deed.intent} to {deed.after}")
            if deed.intent in ("acknowledge", "resolve") and deed.seen != deed.assignment:
                raise Violated(f"I7: {deed.op} was done under an assignment that was over")
            if deed.op is not None:
                if deed.op in done:
                    raise Violated(f"I7: {deed.op} was done twice")
                after = self.saved[deed.op].after
                if after is not None and after not in done and after not in self.lost_with_backup:
                    raise Violated(f"I8: {deed.op} was done without or before {after}")
                done.add(deed.op)
            status = deed.after

    def nothing_erased_is_shown(self, phone: Phone) -> None:
        cursor = phone.disk.cursor
        for one in self.server.kept.changes:
            known = cursor is not None and one.visible and cursor >= (self.server.epoch, one.xid, one.seq)
            if one.erasure and known and one.ticket in phone.disk.rows.by_id:
                raise Violated(f"I6: phone {phone.name} still shows {one.ticket}, which was erased")

    def shows_what_the_server_has(self, phone: Phone) -> None:
        server = self.server
        for item in server.ledger & phone.disk.rows.by_id.keys():
            raise Violated(f"I6: phone {phone.name} shows {item}, which was erased")
        truth = {one: data for one in server.kept.tickets if (data := server.view(phone.person, one)) is not None}
        shown = phone.disk.rows.shown()
        if truth != shown:
            off = [one for one in truth.keys() | shown.keys() if truth.get(one) != shown.get(one)]
            told = {one: (shown.get(one), truth.get(one)) for one in off}
            raise Violated(f"I4/I5: phone {phone.name} shows otherwise than the server has (phone, server): {told}")

    def nothing_lost(self) -> None:
        items = {item.id: item for phone in self.phones for item in phone.disk.items.values()}
        for item_id, item in self.saved.items():
            mine = items.get(item_id)
            if mine is None:
                raise Violated(
                    f"I1: {item_id} is on no phone any more" + ("" if self._is_there(item) else ", nor there")
                )
            if mine.state == "saved" and not self._stands_on_trouble(mine):
                raise Violated(f"I1: {item_id} still waits")
            if mine.state == "attention" and item.intent is None and mine.code not in ("erased",):
                raise Violated(f"I1: the report {item_id} was refused: {mine.code}")

    def _stands_on_trouble(self, item: Item) -> bool:
        """Its report was refused, or what it builds on was, or went with an older backup."""
        phones = [phone for phone in self.phones if item.id in phone.disk.items]
        others = phones[0].disk.items
        chain = [item]
        while chain[-1].after in others and chain[-1].after is not None:
            chain.append(others[chain[-1].after])
        refused = [one for one in others.values() if one.ticket == item.ticket and one.intent is None]
        return any(one.state == "attention" for one in (*chain[1:], *refused)) or any(map(self._cannot_end, chain))

    def _cannot_end(self, item: Item) -> bool:
        """What it stands on went with an older backup."""
        return item.ticket in self.lost_with_backup or item.after in self.lost_with_backup
