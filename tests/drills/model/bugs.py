"""The nine planted bugs as the model can have them: each a small subclass of the server or of the phone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from drills.model.phone import Item, Phone
from drills.model.server import Server
from drills.model.shapes import DAY, Answer, Change, Cursor, PutReport, PutStep, Report, Ticket


class DeleteBeforeAck(Phone):
    def sent(self, item: Item) -> None:
        self.disk.items.pop(item.id, None)


class Accept200(Phone):
    def acknowledged(self, answer: Answer, id_: str, digest: str) -> bool:
        return answer.status in (200, 201)


class NoDedupe(Server):
    def known_report(self, asked: PutReport) -> Report | None:
        return None


class DayKeys(Server):
    def known_report(self, asked: PutReport) -> Report | None:
        known = super().known_report(asked)
        return known if known is None or self.hour - known.received_at < DAY else None


class CommitBeforePhotos(Server):
    def missing(self, person: str, photos: object) -> tuple[str, ...]:
        return ()


class SeqCursor(Server):
    def final(self) -> list[Change]:
        """The place in the feed is the sequence's number, and there is no horizon."""
        seen = [replace(one, xid=0) for one in self.kept.changes if one.visible]
        return sorted(seen, key=lambda one: one.seq)


class ResurrectErased(Server):
    def is_erased(self, report_id: str) -> bool:
        return False


class NoEpoch(Server):
    def new_epoch(self) -> None:
        pass

    def follows(self, cursor: Cursor) -> bool:
        return True


class BlindOperation(Server):
    def judged(self, asked: PutStep, ticket: Ticket) -> int:
        to = {"note": ticket.status, "acknowledge": "in_progress", "resolve": "resolved"}.get(asked.intent)
        if to is None:
            return 422
        self.apply(asked.ticket, ticket, asked.intent, to, asked)
        return 200


@dataclass(frozen=True, slots=True)
class Cast:
    server: type[Server] = Server
    phone: type[Phone] = Phone


BUGS = {
    "delete_before_ack": Cast(phone=DeleteBeforeAck),
    "no_dedupe": Cast(server=NoDedupe),
    "accept_200": Cast(phone=Accept200),
    "commit_before_photos": Cast(server=CommitBeforePhotos),
    "seq_cursor": Cast(server=SeqCursor),
    "resurrect_erased": Cast(server=ResurrectErased),
    "day_keys": Cast(server=DayKeys),
    "no_epoch": Cast(server=NoEpoch),
    "blind_operation": Cast(server=BlindOperation),
}
