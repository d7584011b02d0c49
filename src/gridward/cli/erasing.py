"""`gridward erase`: a person or one report, on request; a look first, then for good."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from gridward.cli.acting import Acting, Apply, Jurisdiction, reading, writing
from gridward.cli.program import app, console, settings
from gridward.domain.erasure import Kind
from gridward.gateways.erasures import FILE, FileLedger
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.erasure import Left
from gridward.services import erasure
from gridward.settings import Settings, make_folder

erasing = typer.Typer(no_args_is_help=True, help="Erase what somebody asks to be forgotten; it cannot be taken back.")
app.add_typer(erasing, name="erase")


def ledger(chosen: Settings) -> FileLedger:
    """The ledger of this installation's erasures; see :mod:`gridward.gateways.erasures`."""
    make_folder(chosen.folder)
    return FileLedger(chosen.folder / FILE)


@erasing.command("person")
def person(
    person_id: Annotated[UUID, typer.Argument(help="Id of the person, as the people's page shows it.")],
    jurisdiction: Jurisdiction = None,
    apply: Apply = False,
) -> None:
    """Erase a person: name, number, reports, words, pictures. Without --apply it says how much that is."""
    _run(Kind.person, person_id, jurisdiction, apply=apply)


@erasing.command("report")
def report(
    report_id: Annotated[UUID, typer.Argument(help="Id of the report.")],
    jurisdiction: Jurisdiction = None,
    apply: Apply = False,
) -> None:
    """Erase one report; its ticket stays with its kind and place. Without --apply it says how much that is."""
    _run(Kind.report, report_id, jurisdiction, apply=apply)


def _run(kind: Kind, subject_id: UUID, jurisdiction: str | None, *, apply: bool) -> None:
    looking, doing = (
        (erasure.look_at_person, erasure.erase_person)
        if kind is Kind.person
        else (erasure.look_at_report, erasure.erase_report)
    )

    async def look(session: ReadSession, acting: Acting) -> Left:
        return await looking(session, acting.actor, subject_id)

    kept_in = ledger(settings())

    async def do(session: WriteSession, acting: Acting) -> Left:
        return await doing(session, kept_in, acting.actor, subject_id, acting.now)

    left = writing(jurisdiction, do) if apply else reading(jurisdiction, look)
    what = f"{left.reports} reports, {left.texts} texts, {left.photos} pictures"
    if not apply:
        console.print(f"{kind.value} {subject_id}: {what} would be erased for good. --apply does it.")
        return
    console.print(f"{kind.value} {subject_id}: erased, {what}. The ledger is {kept_in.path}: keep a copy elsewhere.")
