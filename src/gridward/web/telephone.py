"""Whom somebody may call who has no session."""

from __future__ import annotations

import asyncio

from asyncpg import PostgresError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.domain.errors import Unavailable
from gridward.persistence.accounts import people
from gridward.persistence.database import ReadSession, read_transaction

START_S = 5.0


class Telephone:
    """The number of the installation's one jurisdiction; none where there are several.

    ``known``: what it was when it was last asked for. A page that says that something does not work asks nobody: the
    database may be what does not work, or its last connection what everybody waits for.
    """

    def __init__(self) -> None:
        self.known: str | None = None

    async def ask(self, session: ReadSession) -> str | None:
        self.known = await people.only_telephone(session)
        return self.known

    async def learn(self, engine: AsyncEngine) -> None:
        """Asks at the start; a database that is away then is asked by the first stranger's ``hello``."""
        try:
            async with asyncio.timeout(START_S), read_transaction(engine) as session:
                await self.ask(session)
        except (TimeoutError, Unavailable, DBAPIError, PostgresError):
            return
