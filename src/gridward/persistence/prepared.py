"""Statements of the hot path: written in Core, compiled once, run by the driver itself.

Filing and acting run some fifteen small statements in one transaction, and SQLAlchemy's way to the driver costs several
times what PostgreSQL needs for them. A :class:`Prepared` keeps what is worth keeping of it (the statement is written
with columns, and their types convert what goes in and comes out) and spends nothing on the rest.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from asyncpg import Connection, IntegrityConstraintViolationError, InterfaceError, InternalClientError, PostgresError
from sqlalchemy import ClauseElement, Row, SelectBase
from sqlalchemy.dialects.postgresql import asyncpg as driver
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import greenlet_spawn

from gridward.persistence.database import Glance, ReadSession, WriteSession

Convert = Callable[[Any], Any] | None
Line = Row[*tuple[Any, ...]]
"""A row whose columns are its attributes."""

DBAPI: Any = driver.dialect.import_dbapi()  # type: ignore[no-untyped-call]
DIALECT: PGDialect = driver.dialect(dbapi=DBAPI)  # type: ignore[no-untyped-call]
FLOAT8_OID = 701
"""Types of floating point ask what the driver calls the column; no other type asks."""


class Prepared:
    """One statement of Core. Which columns an INSERT names follows from the values it is given.

    Not for statements that are written anew each time (``in_`` with a list, ``literal_execute``), nor for columns with
    defaults made by Python: those are refused when the statement is first run.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._forms: dict[tuple[str, ...], _Form] = {}

    async def rows(self, session: ReadSession | WriteSession | Glance, values: Mapping[str, Any]) -> list[Line]:
        """Run it and answer every row.

        Raises:
            sqlalchemy.exc.DBAPIError: as :class:`IntegrityError` where a constraint said no.
            TypeError: at a glance, for anything but a SELECT.
        """
        if isinstance(session, Glance) and not isinstance(self._statement, SelectBase):
            raise TypeError(f"more than a glance: {self._statement}")
        form = self._form(tuple(values))
        async with _connection(session, form.sql) as connection:
            return form.lines(await connection.fetch(form.sql, *form.arguments(values)))

    async def one_or_none(self, session: ReadSession | WriteSession, values: Mapping[str, Any]) -> Line | None:
        """The only row, if there is one."""
        found = await self.rows(session, values)
        if len(found) > 1:
            raise ValueError(f"{len(found)} rows where one was expected")
        return found[0] if found else None

    async def one(self, session: ReadSession | WriteSession, values: Mapping[str, Any]) -> Line:
        """The only row. Raises ValueError where there is none."""
        found = await self.one_or_none(session, values)
        if found is None:
            raise ValueError("no row where one was expected")
        return found

    async def run(self, session: WriteSession, many: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each of ``many``, in one round trip. Raises as :meth:`rows`."""
        if not many:
            return
        form = self._form(tuple(many[0]))
        async with _connection(session, form.sql) as connection:
            if len(many) == 1:
                await connection.fetch(form.sql, *form.arguments(many[0]))
            else:
                await connection.executemany(form.sql, [form.arguments(values) for values in many])

    def _form(self, names: tuple[str, ...]) -> _Form:
        form = self._forms.get(names)
        if form is None:
            form = self._forms[names] = _Form(self._statement, names)
        return form


class _Form:
    """A statement as the driver takes it, for one set of names."""

    def __init__(self, statement: ClauseElement, names: tuple[str, ...]) -> None:
        keys = list(names) if getattr(statement, "is_dml", False) else None
        compiled = statement.compile(dialect=DIALECT, column_keys=keys, for_executemany=True)
        assert isinstance(compiled, SQLCompiler)
        if compiled.post_compile_params or compiled.literal_execute_params or compiled.insert_prefetch:
            raise TypeError(f"cannot be prepared: {compiled}")
        missing = [name for name, bind in compiled.binds.items() if bind.required and name not in names]
        if missing:
            raise TypeError(f"no value given for {missing}: {compiled}")
        self.sql = str(compiled)
        given = compiled.construct_params(_check=False)
        self._binds: list[tuple[str, Any, Convert]] = [
            (name, given[name], compiled.binds[name].type.dialect_impl(DIALECT).bind_processor(DIALECT))
            for name in compiled.positiontup or ()
        ]
        columns = getattr(statement, "exported_columns", None)
        named = [] if columns is None else [(key, column.type) for key, column in columns.items()]
        self._converts: list[Convert] = [
            kind.dialect_impl(DIALECT).result_processor(DIALECT, FLOAT8_OID) for _, kind in named
        ]
        self._plain = not any(self._converts)
        line: Any = namedtuple("Line", [key for key, _ in named])  # type: ignore[misc]
        self._make = line._make if named else None

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        return [
            value if convert is None else convert(value)
            for value, convert in ((values.get(name, stated), convert) for name, stated, convert in self._binds)
        ]

    def lines(self, found: Sequence[Any]) -> list[Line]:
        make = self._make
        if make is None:
            return []
        if self._plain:
            return cast(list[Line], [make(record) for record in found])
        return cast(
            list[Line],
            [
                make(
                    value if convert is None else convert(value)
                    for value, convert in zip(record, self._converts, strict=True)
                )
                for record in found
            ],
        )


async def run_text(session: WriteSession, sql: str, arguments: Sequence[str]) -> None:
    """Run a statement that is put together from others (see ``writes``). Raises as :meth:`Prepared.rows`."""
    async with _connection(session, sql) as connection:
        await connection.fetch(sql, *arguments)


@asynccontextmanager
async def _connection(session: ReadSession | WriteSession | Glance, sql: str) -> AsyncIterator[Connection[Any]]:
    """The driver's connection of this session, its transaction begun; its errors become SQLAlchemy's."""
    if isinstance(session, Glance):
        pooled = session.pooled
    else:
        if not session.in_transaction():
            await session.connection()
        pooled = session.sync_session.connection().connection
    connection = pooled.driver_connection
    assert isinstance(connection, Connection)
    try:
        if not isinstance(session, Glance) and not connection.is_in_transaction():
            # SQLAlchemy begins with its own first statement, by this; a statement before that would commit by itself.
            await pooled.dbapi_connection._start_transaction()  # type: ignore[union-attr]
        yield connection
    except (PostgresError, InterfaceError, InternalClientError, OSError, DBAPI.Error) as error:
        # The driver stumbles like this over a server's last words to a connection that did nothing.
        if connection.is_closed() or isinstance(error, InternalClientError):
            # SQLAlchemy did not see it break: the pool would give it to the next request.
            broken = pooled if isinstance(session, Glance) else session.sync_session.connection()
            await greenlet_spawn(broken.invalidate)
        raise _translated(sql, error) from error


def _translated(sql: str, error: BaseException) -> DBAPIError:
    """What SQLAlchemy would have raised, so that everybody catches one thing."""
    refused = isinstance(error, IntegrityConstraintViolationError)
    kind, known = (IntegrityError, DBAPI.IntegrityError) if refused else (DBAPIError, DBAPI.Error)
    orig = known(f"{type(error).__name__}: {error}", error)
    orig.__cause__ = error
    return kind(sql, None, orig)
