"""The phone's part: an outbox, two tabs that drain it without knowing of each other, and the rows it shows.

``Disk`` is what a kill leaves; everything else is memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drills.model.shapes import (
    Answer,
    Cursor,
    Page,
    PageRow,
    Pull,
    PutPhoto,
    PutReport,
    PutStep,
    Request,
    Seen,
    Snapshot,
)
from drills.rows import Rows

FINAL = frozenset({403, 409, 410, 413, 415, 422})


@dataclass(slots=True)
class Item:
    """What was saved; it never changes but for ``state``: saved, delivered or attention."""

    id: str
    person: str
    ticket: str
    digest: str
    photos: tuple[str, ...]
    intent: str | None = None
    after: str | None = None
    seen: int = 0
    state: str = "saved"
    code: str = ""


@dataclass(slots=True)
class Disk:
    items: dict[str, Item] = field(default_factory=dict)
    photos: dict[str, str] = field(default_factory=dict)
    on_server: set[str] = field(default_factory=set)
    rows: Rows[Seen] = field(default_factory=Rows)
    cursor: Cursor | None = None
    scopes: frozenset[str] = frozenset()


@dataclass(slots=True)
class Tab:
    """One page of the app: at most one request each for sending and for pulling."""

    sending: object | None = None
    pulling: object | None = None
    staged: list[PageRow] = field(default_factory=list)
    start: Cursor | None = None
    scopes: frozenset[str] = frozenset()
    """As the first page of a snapshot said them: when they change on the way, the feed shows that they are others."""
    beyond: str = ""


class Phone:
    def __init__(self, name: str, person: str) -> None:
        self.name, self.person, self.disk = name, person, Disk()
        self.tabs = [Tab(), Tab()]

    # ---- the person

    def save(self, item: Item, photos: dict[str, str]) -> None:
        """One transaction; only then the screen says that it is saved."""
        self.disk.photos |= photos
        self.disk.items[item.id] = item

    def sign_in(self, person: str) -> None:
        """Somebody else: what the first one saw is gone, what is unsent stays and stays theirs."""
        self.person = person
        self.disk.rows, self.disk.cursor, self.disk.scopes = Rows(), None, frozenset()
        self.kill()

    def kill(self) -> None:
        self.tabs = [Tab(), Tab()]

    # ---- sending

    def heads(self) -> list[Item]:
        """The item of each ticket that goes first."""
        unsent = [one for one in self.disk.items.values() if one.state != "delivered" and one.person == self.person]
        found = {}
        for item in unsent:
            mine = [one for one in unsent if one.ticket == item.ticket]
            report = next((one for one in mine if one.intent is None), None)
            ids = {one.id for one in mine}
            steps = [one for one in mine if one.intent is not None and one.state == "saved" and one.after not in ids]
            first = report or next(iter(steps), None)
            if first is not None and first.state == "saved":
                found[item.ticket] = first
        return list(found.values())

    def predecessor(self, ticket: str) -> str | None:
        """My last step on this ticket that has no answer."""
        return next(
            (
                one.id
                for one in reversed(self.disk.items.values())
                if one.ticket == ticket and one.intent and one.state == "saved" and one.person == self.person
            ),
            None,
        )

    def next_request(self, item: Item) -> Request:
        for sha in item.photos:
            if sha not in self.disk.on_server:
                return PutPhoto(item.person, sha, self.disk.photos[sha])
        if item.intent is None:
            return PutReport(item.person, item.id, item.digest, item.photos)
        return PutStep(item.person, item.id, item.digest, item.ticket, item.intent, item.after, item.seen, item.photos)

    def sent(self, item: Item) -> None:
        """The request has left."""

    def hears(self, item_id: str, asked: Request, answer: Answer) -> None:
        item = self.disk.items.get(item_id)
        if item is None or item.state == "delivered":
            return
        if isinstance(asked, PutPhoto):
            if self.acknowledged(answer, asked.sha, asked.sha):
                self.disk.on_server.add(asked.sha)
        elif self.acknowledged(answer, item.id, item.digest):
            item.state = "delivered"
            self.let_go(item)
        elif answer.ours and answer.status == 424:
            self.disk.on_server -= set(answer.missing)
        elif answer.ours and answer.status in FINAL:
            item.state, item.code = "attention", answer.code

    def acknowledged(self, answer: Answer, id_: str, digest: str) -> bool:
        return answer.status in (200, 201) and answer.ours and answer.id == id_ and answer.digest == digest

    def let_go(self, item: Item) -> None:
        needed = {sha for one in self.disk.items.values() if one.state != "delivered" for sha in one.photos}
        for sha in item.photos:
            if sha not in needed:
                self.disk.photos.pop(sha, None)

    # ---- seeing

    def next_pull(self, tab: Tab, limit: int) -> Request:
        if self.disk.cursor is None:
            return Snapshot(self.person, tab.beyond, tab.start, limit)
        tab.staged, tab.start, tab.beyond = [], None, ""
        return Pull(self.person, self.disk.cursor, limit)

    def sees(self, tab: Tab, asked: Request, answer: Answer) -> bool:
        """Rows and cursor in one transaction; True when this was the end of the feed."""
        if not answer.ours:
            return False
        if isinstance(asked, Pull):
            if asked.cursor != self.disk.cursor:
                return False  # the other tab was quicker
            if answer.page is None:
                self.disk.cursor = None
                return False
            if answer.page.scopes != self.disk.scopes:
                self.change_scopes(answer.page.scopes)
                return False
            for row in answer.page.rows:
                self.take(row)
            self.disk.cursor = answer.page.cursor
            return not answer.page.more
        if isinstance(asked, Snapshot) and answer.page is not None and self.disk.cursor is None:
            self.stage(tab, answer.page)
        return False

    def stage(self, tab: Tab, page: Page) -> None:
        if tab.start is not None and page.cursor != tab.start:
            return
        if tab.start is None:
            tab.scopes = page.scopes
        tab.start, tab.beyond = page.cursor, page.beyond
        tab.staged += page.rows
        if page.more:
            return
        self.disk.rows, self.disk.cursor, self.disk.scopes = Rows(), page.cursor, tab.scopes
        for row in tab.staged:
            self.take(row)
        tab.staged, tab.start, tab.beyond = [], None, ""

    def change_scopes(self, scopes: frozenset[str]) -> None:
        """What came through a scope that is no longer mine goes now; the rest comes anew."""
        self.disk.rows.keep_scopes(scopes)
        self.disk.scopes, self.disk.cursor = scopes, None

    def take(self, change: PageRow) -> None:
        version = change.data.version if change.data else 0
        self.disk.rows.take(change.ticket, change.scope, change.version, change.data, version)
