"""Rows for several tables, written by one statement.

Whatever a step leaves behind (clocks, words, photos, entries, changes) is known before any of it is written. Sent table by
table, each costs a round trip and the driver some two hundred parameters; here it is one statement with a JSON list per
table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic_core import to_json
from sqlalchemy import LargeBinary, Table

from gridward.persistence.database import WriteSession
from gridward.persistence.prepared import DIALECT, run_text

Again = Literal["refused", "left", "replaced"]
"""What becomes of a row whose key is there already."""

_quoted = DIALECT.identifier_preparer.quote


class Put:
    """How rows of one table are written.

    Args:
        again: ``replaced`` keeps ``fixed`` and the key as they are.
        key: the columns that say which row it is; only for ``replaced``.
        stated: columns that the database knows, with the expression that tells it.
    """

    def __init__(
        self,
        table: Table,
        *,
        again: Again = "refused",
        key: Sequence[str] = (),
        fixed: Sequence[str] = (),
        stated: Mapping[str, str] | None = None,
    ) -> None:
        self._table, self._again, self._key = table, again, tuple(key)
        self._kept = frozenset((*key, *fixed))
        self._stated = dict(stated or {})
        self._binary = tuple(column.name for column in table.c if isinstance(column.type, LargeBinary))

    def rows(self, given: Sequence[Mapping[str, Any]]) -> str:
        """The rows as PostgreSQL reads them: bytes in its own hexadecimal form, which JSON has none for."""
        if self._binary:
            given = [
                {**row, **{name: _hex(row[name]) for name in self._binary if row.get(name) is not None}}
                for row in given
            ]
        return to_json(given).decode()

    def sql(self, names: Sequence[str], place: int) -> str:
        """Insert these columns of the rows in parameter ``place``."""
        unknown = [name for name in names if name not in self._table.c]
        if unknown:
            raise TypeError(f"no columns of {self._table.name}: {unknown}")
        table = _quoted(self._table.name)
        columns = [_quoted(name) for name in names]
        into = ", ".join([*columns, *map(_quoted, self._stated)])
        taken = ", ".join([*columns, *self._stated.values()])
        rows = f"jsonb_populate_recordset(NULL::{table}, ${place}::jsonb)"
        return f"INSERT INTO {table} ({into}) SELECT {taken} FROM {rows}{self._conflict(names)}"  # noqa: S608

    def _conflict(self, names: Sequence[str]) -> str:
        if self._again == "refused":
            return ""
        if self._again == "left":
            return " ON CONFLICT DO NOTHING"
        anew = ", ".join(f"{_quoted(one)} = excluded.{_quoted(one)}" for one in names if one not in self._kept)
        return f" ON CONFLICT ({', '.join(map(_quoted, self._key))}) DO UPDATE SET {anew}"


class Writes:
    """Rows that wait to be written together; nothing of them is in the database before :meth:`run`.

    All rows of one :class:`Put` have the same columns; a column that none of them has gets its default.
    """

    def __init__(self) -> None:
        self._rows: dict[Put, list[Mapping[str, Any]]] = {}

    def add(self, put: Put, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self._rows.setdefault(put, []).extend(rows)

    def holds(self, put: Put) -> bool:
        return put in self._rows

    async def run(self, session: WriteSession) -> None:
        """Write all of it in one round trip; nothing waits afterwards.

        Raises:
            sqlalchemy.exc.DBAPIError: as ``IntegrityError`` where a constraint said no.
        """
        if not self._rows:
            return
        waiting, self._rows = self._rows, {}
        parts = [put.sql(tuple(rows[0]), place) for place, (put, rows) in enumerate(waiting.items(), start=1)]
        sql = parts[-1]
        if len(parts) > 1:
            sql = f"WITH {', '.join(f'put{n} AS ({one})' for n, one in enumerate(parts[:-1]))} {sql}"
        await run_text(session, sql, [put.rows(rows) for put, rows in waiting.items()])


def _hex(value: bytes) -> str:
    return f"\\x{value.hex()}"
