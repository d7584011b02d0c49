"""``gridward second-step``: the way back for the last security administrator without authenticator and recovery codes."""

from __future__ import annotations

from typing import Annotated

import typer

from gridward.cli.acting import Acting, Jurisdiction, writing
from gridward.cli.program import app, console, stop
from gridward.persistence.accounts import people
from gridward.persistence.database import WriteSession
from gridward.services.accounts import second_step as verbs

second_step = typer.Typer(no_args_is_help=True, help="The second step at sign-in.")
app.add_typer(second_step, name="second-step")


@second_step.command("take-off")
def take_off(
    name: Annotated[str, typer.Argument(help="The person's whole name.")],
    phone: Annotated[str | None, typer.Option("--phone", help="The number, when several have that name.")] = None,
    jurisdiction: Jurisdiction = None,
) -> None:
    """Take a person's second step off: all their devices are signed out, and they set it up anew."""

    async def do(session: WriteSession, acting: Acting) -> tuple[int, bool]:
        found = await people.named(session, acting.actor.jurisdiction_id, name=name, phone=phone)
        fits = len(found) == 1
        done = fits and await verbs.take_off(session, acting.actor, found[0].person_id, acting.now)
        return len(found), done

    fitting, done = writing(jurisdiction, do)
    if fitting != 1:
        stop(f"{fitting} people fit: {'say --phone as well' if fitting else 'is the name written as on the roster?'}.")
    if done:
        console.print(f"{name} sets the second step up anew at the next sign-in.", markup=False)
    else:
        console.print(f"{name} has no second step; nothing was changed.", markup=False)


@second_step.callback()
def _group() -> None:
    """One command in a group of its own, so that others can follow."""
