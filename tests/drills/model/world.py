"""Phones, a network that loses, doubles, reorders and forges, and a server: run by a schedule, watched at every step.

A schedule is a string of bytes, two for each thing that happens: which thing, and to whom.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from drills.model.checks import Violated, Watch
from drills.model.phone import Item, Phone, Tab
from drills.model.server import Server
from drills.model.shapes import UNITS, Answer, Kept, PutPhoto, PutStep, Request

AUNT, UNCLE, MASTER, CAPTAIN = "梁阿姨", "何伯", "霍师傅", "关师傅"
MEMBERS = {MASTER: {UNITS[0]}, CAPTAIN: {UNITS[1]}}
QUIET_ROUNDS = 400


@dataclass(eq=False, slots=True)
class Message:
    """A request that is under way, and the tab that waits for its answer (None: it was heard already)."""

    phone: Phone
    tab: Tab
    item: str | None
    asked: Request
    answer: Answer | None = None


FORGERIES: tuple[Callable[[Answer], Answer], ...] = (
    lambda _: Answer(200, ours=False, code="captive page"),
    lambda _: Answer(204, ours=False),
    lambda true: Answer(200, id="somebody else's", digest=true.digest),
    lambda true: Answer(201, id=true.id, digest="another"),
    lambda true: Answer(200, ours=False, id=true.id, digest=true.digest, code="no X-App-Ack, or cut off"),
    lambda _: Answer(201, ours=False, code="HTML"),
    lambda _: Answer(409, ours=False, code="a proxy's own"),
)


class World(Watch):
    def __init__(self, server: type[Server] = Server, phone: type[Phone] = Phone) -> None:
        self.server = server({who: set(units) for who, units in MEMBERS.items()})
        self.phones = [phone("A", AUNT), phone("B", MASTER), phone("C", CAPTAIN), phone("D", UNCLE)]
        self.requests: list[Message] = []
        self.answers: list[Message] = []
        self.saved: dict[str, Item] = {}
        self.photos: dict[str, str] = {}
        self.backup: Kept | None = None
        self.lost_with_backup: set[str] = set()
        self.numbers = count(1)
        self.said: list[str] = []

    # ---- what may happen

    def save_report(self, arg: int) -> None:
        phone = self.phones[arg % 4]
        report_id = f"r{next(self.numbers)}"
        self._save(phone, Item(report_id, phone.person, report_id, f"d-{report_id}", self._photos(arg // 4 % 3)))

    def save_step(self, arg: int) -> None:
        phone = self.phones[arg % 4]
        tickets = [
            *phone.disk.rows.by_id,
            *(one.ticket for one in phone.disk.items.values() if one.person == phone.person),
        ]
        if not tickets:
            return
        ticket = tickets[arg // 4 % len(tickets)]
        shown = phone.disk.rows.shown().get(ticket)
        seen = shown.assignment if shown else 1
        intent = ("note", "acknowledge", "resolve")[arg // 16 % 3] if phone.person in MEMBERS else "note"
        op = f"o{next(self.numbers)}"
        photos = self._photos(arg // 64 % 2) if intent != "acknowledge" else ()
        after = phone.predecessor(ticket)
        self._save(phone, Item(op, phone.person, ticket, f"d-{op}", photos, intent, after, seen))

    def _photos(self, how_many: int) -> tuple[str, ...]:
        made = {f"sha-{number}": f"picture-{number}" for number in (next(self.numbers) for _ in range(how_many))}
        self.photos |= made
        return tuple(made)

    def _save(self, phone: Phone, item: Item) -> None:
        phone.save(item, {sha: self.photos[sha] for sha in item.photos})
        self.saved[item.id] = item

    def send(self, arg: int) -> None:
        """A tab asks for its next thing; an answer that it still waits for comes too late from now on."""
        phone, number = self.phones[arg % 4], arg // 4 % 2
        heads = phone.heads()
        if heads:
            item = heads[arg // 8 % len(heads)]
            asked, tab = phone.next_request(item), phone.tabs[number]
            message = Message(phone, tab, item.id, asked)
            tab.sending = message
            self.requests.append(message)
            if not isinstance(asked, PutPhoto):
                phone.sent(item)

    def pull(self, arg: int) -> None:
        phone = self.phones[arg % 4]
        tab = phone.tabs[arg // 4 % 2]
        message = Message(phone, tab, None, phone.next_pull(tab, arg // 8 % 3 + 1))
        tab.pulling = message
        self.requests.append(message)

    def arrive(self, arg: int) -> None:
        self._arrive(arg, again=False)

    def arrive_and_again(self, arg: int) -> None:
        """The same request comes a second time, sooner or later."""
        self._arrive(arg, again=True)

    def _arrive(self, arg: int, *, again: bool) -> None:
        free = [one for one in self.requests if not self._blocked(one.asked)]
        if free:
            message = free[arg % len(free)]
            if not again:
                self.requests.remove(message)
            answer = self.server.handle(message.asked)
            self.answers.append(Message(message.phone, message.tab, message.item, message.asked, answer))
            if not again:
                return
            message.tab = Tab()

    def _blocked(self, asked: Request) -> bool:
        return isinstance(asked, PutStep) and self.server.locked(asked.ticket)

    def lose_request(self, arg: int) -> None:
        if self.requests:
            self.requests.pop(arg % len(self.requests))

    def lose_answer(self, arg: int) -> None:
        if self.answers:
            self.answers.pop(arg % len(self.answers))

    def forge(self, arg: int) -> None:
        """Somebody on the way answers in place of the server."""
        if self.requests:
            message = self.requests.pop(arg % len(self.requests))
            item = self.saved.get(message.item or "")
            true = Answer(200, id=item.id if item else None, digest=item.digest if item else None)
            message.answer = FORGERIES[arg // 8 % len(FORGERIES)](true)
            self.answers.append(message)

    def hear(self, arg: int) -> None:
        if not self.answers:
            return
        message = self.answers.pop(arg % len(self.answers))
        phone, tab, answer = message.phone, message.tab, message.answer
        if tab not in phone.tabs or answer is None:
            return
        if message.item is not None:
            if self._waits(tab.sending, message):
                tab.sending = None
                phone.hears(message.item, message.asked, answer)
        elif self._waits(tab.pulling, message):
            tab.pulling = None
            if phone.sees(tab, message.asked, answer):
                self.nothing_erased_is_shown(phone)

    @staticmethod
    def _waits(waiting: object | None, message: Message) -> bool:
        return isinstance(waiting, Message) and waiting.asked is message.asked

    def kill_phone(self, arg: int) -> None:
        self.phones[arg % 4].kill()

    def sign_in(self, arg: int) -> None:
        """何伯 borrows 梁阿姨's phone, and gives it back."""
        self.phones[0].sign_in(UNCLE if self.phones[0].person == AUNT else AUNT)

    def desk_begins(self, arg: int) -> None:
        if len(self.server.writers) < 3:
            self.server.open_writer()

    def desk_writes(self, arg: int) -> None:
        tickets = [one for one in self.server.kept.tickets if not self.server.locked(one)]
        if self.server.writers and tickets:
            wish = ("assign", "assign", "verify", "rework", "reopen")[arg % 5]
            writer = self.server.writers[arg // 5 % len(self.server.writers)]
            self.server.write(writer, tickets[arg // 15 % len(tickets)], wish)

    def desk_commits(self, arg: int) -> None:
        if self.server.writers:
            self.server.commit(self.server.writers[arg % len(self.server.writers)])

    def desk_rolls_back(self, arg: int) -> None:
        if self.server.writers:
            self.server.roll_back(self.server.writers[arg % len(self.server.writers)])

    def erase(self, arg: int) -> None:
        reports = [one for one in self.server.kept.reports if not self.server.locked(one)]
        if reports:
            self.server.erase(reports[arg % len(reports)])

    def photo_let_go(self, arg: int) -> None:
        """A photo that no report came for is cleared away on the server."""
        kept = self.server.kept
        used = {(report.person, sha) for report in kept.reports.values() for sha in report.photos}
        used |= {(item.person, sha) for item in self.saved.values() if item.id in kept.steps for sha in item.photos}
        free = [one for one in kept.photos if one not in used]
        if free:
            del kept.photos[free[arg % len(free)]]

    def change_grants(self, arg: int) -> None:
        units = self.server.members[MASTER]
        units.symmetric_difference_update({UNITS[arg % 2]})

    def hours_pass(self, arg: int) -> None:
        self.server.hour += 13

    def back_up(self, arg: int) -> None:
        self.backup = self.server.backup()

    def restore_moved(self, arg: int) -> None:
        """Dumped and restored elsewhere at once."""
        self._restore(self.server.backup())

    def restore_older(self, arg: int) -> None:
        if self.backup is not None:
            self._restore(self.backup)

    def _restore(self, backup: Kept) -> None:
        now = self.server.kept
        had = now.reports.keys() | now.steps.keys()
        self.lost_with_backup |= had - backup.reports.keys() - backup.steps.keys() - self.server.ledger
        self.server.restore(backup)

    # ---- the schedule

    def run(self, schedule: bytes) -> None:
        for code, arg in zip(schedule[::2], schedule[1::2], strict=False):
            name = HAPPENS[code % len(HAPPENS)]
            if name != NOTHING:
                self.said.append(f"{name}({arg})")
                getattr(self, name)(arg)
                self.holds()
        self.quiet()

    def quiet(self) -> None:
        """The network is whole again, everybody finishes, and all is looked at."""
        while self.server.writers:
            self.server.commit(self.server.writers[0])
        while self.requests:
            self.arrive(0)
        self.answers.clear()
        for phone in self.phones:
            for person in (UNCLE, AUNT) if phone is self.phones[0] else (phone.person,):
                if phone.person != person:
                    phone.sign_in(person)
                self._drain(phone)
                self._settle(phone)
                self.shows_what_the_server_has(phone)
        self.holds()
        self.nothing_lost()

    def _drain(self, phone: Phone) -> None:
        for turn in range(QUIET_ROUNDS):
            waiting = [item for item in phone.heads() if not self._cannot_end(item)]
            if not waiting:
                return
            asked = phone.next_request(waiting[turn % len(waiting)])
            phone.hears(waiting[turn % len(waiting)].id, asked, self.server.handle(asked))
        raise Violated(f"I1: {[one.id for one in waiting]} never get an end")

    def _settle(self, phone: Phone) -> None:
        tab = phone.tabs[0]
        for _ in range(QUIET_ROUNDS):
            asked = phone.next_pull(tab, 3)
            if phone.sees(tab, asked, self.server.handle(asked)):
                return
        raise Violated(f"I11: phone {phone.name} never comes to the end of the feed")


NOTHING = "nothing"
"""What a shrunk schedule is full of."""

HAPPENS = (
    NOTHING,
    *("save_report",) * 4,
    *("save_step",) * 6,
    *("send",) * 12,
    *("arrive",) * 12,
    *("hear",) * 12,
    *("pull",) * 10,
    *("arrive_and_again",) * 2,
    *("lose_request", "lose_answer"),
    *("forge",) * 2,
    *("desk_begins",) * 4,
    *("desk_writes",) * 8,
    *("desk_commits",) * 3,
    *("kill_phone", "sign_in", "desk_rolls_back", "erase", "photo_let_go", "change_grants"),
    *("hours_pass", "back_up", "restore_moved", "restore_older"),
)
"""Drawn evenly: what is here more often happens more often."""
