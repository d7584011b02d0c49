"""``gridward invite``: a way in for one person, also for the very first."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Annotated
from uuid import UUID

import segno
import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.cli.acting import chosen_tenant
from gridward.cli.migrating import look
from gridward.cli.program import app, database, now, settings, stop
from gridward.domain.accounts import Actor, program
from gridward.domain.accounts_roster import RosterLine
from gridward.domain.accounts_sign_in import masked_phone, normal_phone
from gridward.persistence.accounts import people
from gridward.persistence.accounts.rows import PersonRow
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import WriteSession, make_engine, write_transaction
from gridward.services.accounts.invites import Invited, make_invite
from gridward.services.accounts.jurisdictions import found_jurisdiction
from gridward.services.accounts.roster_import import judge_roster, publish_roster
from gridward.settings import install_secrets


async def chosen_person(session: WriteSession, actor: Actor, who: str | None, phone: str | None) -> PersonRow | None:
    """The one person meant; None: nobody of that name or number yet."""
    by_id = _id(who)
    if by_id is not None:
        return await people.person(session, actor.jurisdiction_id, by_id)
    found = await people.named(session, actor.jurisdiction_id, name=who, phone=phone)
    if len(found) > 1:
        listed = "\n".join(f"  {one.person_id}  {one.name}  {masked_phone(one.phone)}" for one in found)
        stop(f"Several people fit; name one by id:\n{listed}")
    return found[0] if found else None


async def held_or_given(
    session: WriteSession, actor: Actor, person: PersonRow | None, line: RosterLine
) -> PersonRow | None:
    """The person with the role of the line, put on the roster if need be."""
    judged = await judge_roster(session, actor, [line], now())
    for finding in judged.refused:
        stop(f"{finding.field or finding.place}: {finding.why}")
    published = await publish_roster(session, actor, judged, now())
    if person is not None:
        return person
    (person_id,) = published.added | published.known
    return await people.person(session, actor.jurisdiction_id, person_id)


def _id(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None


async def connected(
    engine: AsyncEngine, key: bytes, wanted: str | None, found: str | None, line: RosterLine, *, with_role: bool
) -> Invited:
    async with write_transaction(engine) as session:
        if found is not None:
            jurisdiction_id = await found_jurisdiction(session, found, via="cli", now=now())
        else:
            jurisdiction_id = chosen_tenant(await tenants(session), wanted).jurisdiction_id
        actor = program(jurisdiction_id, "cli")
        who, phone = line.cell("name") or None, line.cell("phone") or None
        person = await chosen_person(session, actor, who, None if phone is None else normal_phone(phone))
        if with_role:
            if person is not None:
                line = RosterLine(
                    place=line.place, cells={**line.cells, "name": person.name, "phone": person.phone or ""}
                )
            person = await held_or_given(session, actor, person, line)
        if person is None:
            stop("Nobody of that name or number is on the roster. With --phone and --role they are put on it.")
        return await make_invite(session, key, actor, person.person_id, now())


@app.command()
def invite(
    person: Annotated[str | None, typer.Argument(help="Name or id.")] = None,
    phone: Annotated[str | None, typer.Option(help="Mobile number, as on the roster.")] = None,
    role: Annotated[str, typer.Option(help="Give this role as well; puts an unknown person on the roster.")] = "",
    community: Annotated[str, typer.Option(help="Code of the community that the role is for.")] = "",
    unit: Annotated[str, typer.Option(help="Code of the unit, for unit_worker and unit_lead.")] = "",
    grid: Annotated[str, typer.Option(help="Code of the grid, for a steward.")] = "",
    jurisdiction: Annotated[str | None, typer.Option(help="Name or id, when there are several.")] = None,
    found: Annotated[str | None, typer.Option(help="Found a jurisdiction of this name first.", metavar="NAME")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Make a sign-in link for one person; an earlier unspent one is void.

    The first one of an installation: gridward invite 梁工 --phone 138… --role system_admin --found 雪圃街道
    """
    if person is None and phone is None:
        stop("Whom? Say a name, an id, or --phone.")
    cells = {
        "name": person or "",
        "phone": phone or "",
        "role": role,
        "community": community,
        "unit": unit,
        "grid": grid,
    }
    chosen = settings()
    key = install_secrets(chosen.folder).session
    with database(chosen) as url:
        look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True)
        made = asyncio.run(_run(url, key, jurisdiction, found, RosterLine(place="", cells=cells), bool(role)))
    link = made.url(chosen.origin)
    if as_json:
        until = None if made.expires_at is None else made.expires_at.isoformat()
        answer = {"person_id": str(made.person_id), "name": made.name, "url": link}
        json.dump({**answer, "printed_code": made.printed_code, "expires_at": until}, sys.stdout, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    sys.stdout.write(f"{made.name}\n{link}\n")
    if made.printed_code is not None:
        sys.stdout.write(f"or, with the phone number, the code {made.printed_code[:4]} {made.printed_code[4:]}\n")
    sys.stdout.write("Good for seven days, once.\n")
    if chosen.secure:
        segno.make(link, error="m", micro=False).terminal(sys.stdout, compact=True)


async def _run(
    url: str, key: bytes, wanted: str | None, found: str | None, line: RosterLine, with_role: bool
) -> Invited:
    engine = make_engine(url, role="gridward_app", pool_size=2)
    try:
        return await connected(engine, key, wanted, found, line, with_role=with_role)
    finally:
        await engine.dispose()
