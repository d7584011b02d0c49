"""One verb at the command line: a database, one jurisdiction, the program as actor, one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, TypeVar

import typer

from gridward.cli.migrating import look
from gridward.cli.program import WRONG_SETTINGS, database, now, settings, stop
from gridward.domain.accounts import Actor, program
from gridward.domain.calendar import zone_named
from gridward.persistence.accounts.tenants import Tenant, tenants
from gridward.persistence.database import ReadSession, WriteSession, make_engine, read_transaction, write_transaction

Answer = TypeVar("Answer")

Jurisdiction = Annotated[str | None, typer.Option("--jurisdiction", help="Name or id, when there are several.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Apply = Annotated[bool, typer.Option("--apply", help="Do it; without it nothing changes.")]


def chosen_tenant(found: Sequence[Tenant], wanted: str | None) -> Tenant:
    """The jurisdiction that a person named by name or id, or the only one."""
    names = ", ".join(one.name for one in found) or "none yet"
    fitting = [one for one in found if wanted is None or wanted in (one.name, str(one.jurisdiction_id))]
    if len(fitting) != 1:
        stop(f"Which jurisdiction? Say --jurisdiction with a name or id. There is: {names}.", WRONG_SETTINGS)
    return fitting[0]


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, when, and which date that is there."""

    actor: Actor
    now: datetime
    today: date


def reading(jurisdiction: str | None, work: Callable[[ReadSession, Acting], Awaitable[Answer]]) -> Answer:
    """Ask something in a transaction that PostgreSQL itself keeps from writing."""

    async def ask(url: str) -> Answer:
        engine = make_engine(url, role="gridward_app", pool_size=2)
        try:
            async with read_transaction(engine) as session:
                return await work(session, await _acting(session, jurisdiction))
        finally:
            await engine.dispose()

    return _with_database(ask)


def writing(jurisdiction: str | None, work: Callable[[WriteSession, Acting], Awaitable[Answer]]) -> Answer:
    """Do something whole or not at all."""

    async def do(url: str) -> Answer:
        engine = make_engine(url, role="gridward_app", pool_size=2)
        try:
            async with write_transaction(engine) as session:
                return await work(session, await _acting(session, jurisdiction))
        finally:
            await engine.dispose()

    return _with_database(do)


async def _acting(session: ReadSession | WriteSession, wanted: str | None) -> Acting:
    tenant = chosen_tenant(await tenants(session), wanted)
    at = now()
    return Acting(program(tenant.jurisdiction_id, "cli"), at, at.astimezone(zone_named(tenant.time_zone)).date())


def _with_database(work: Callable[[str], Awaitable[Answer]]) -> Answer:
    async def run(url: str) -> Answer:
        return await work(url)

    chosen = settings()
    with database(chosen) as url:
        look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True)
        return asyncio.run(run(url))
