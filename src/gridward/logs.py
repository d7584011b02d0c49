"""One way of logging for the three programs: events with values, for people or for machines."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, Literal, TextIO

import structlog
from asyncpg import InterfaceError, PostgresError
from pydantic_core import ValidationError
from sqlalchemy.exc import DBAPIError
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import ExcInfo

BARE = ExceptionDictTransformer(show_locals=False)
"""Local variables hold what people wrote and secrets: they stay out of the log."""
LONGEST_STATEMENT = 400


def words_of(error: BaseException) -> str:
    """What an exception says of itself; of a database's complaint only what repeats no value: no row, no parameter."""
    match error:
        case PostgresError():
            named = ("sqlstate", "schema_name", "table_name", "column_name", "constraint_name")
            return ", ".join(f"{name} {value}" for name in named if (value := getattr(error, name, None)))
        case DBAPIError():
            return f"{type(error.orig).__name__} of {(error.statement or '')[:LONGEST_STATEMENT]}"
        case ValidationError():
            return f"{error.error_count()} fields of {error.title}"
    return str(error)


def _said(raised: ExcInfo) -> list[tuple[BaseException, str]]:
    """An exception and what it came from, each with its words, the last first. Below a fault of the database the driver's own
    exceptions repeat what it was given: of these only the kind is told."""
    found: list[tuple[BaseException, str]] = []
    error: BaseException | None = raised[1]
    below = False
    while error is not None:
        below = below or isinstance(error, DBAPIError | InterfaceError)
        told = not below or isinstance(error, DBAPIError | PostgresError)
        found.append((error, words_of(error) if told else ""))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _as_text(out: TextIO, raised: ExcInfo) -> None:
    for number, (error, words) in enumerate(reversed(_said(raised))):
        out.write("\nthen:\n" if number else "")
        out.writelines(traceback.format_tb(error.__traceback__))
        out.write(f"{type(error).__qualname__}: {words}\n")


def _as_json(exc_info: ExcInfo) -> list[dict[str, Any]]:
    found, said = BARE(exc_info), _said(exc_info)
    for number, one in enumerate(found):
        one["exc_value"] = said[number][1] if number < len(said) else ""
    return found


def configure(form: Literal["text", "json"], level: str) -> None:
    """Send everything, libraries included, to standard error in one form."""
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.processors.ExceptionRenderer(_as_json), structlog.processors.JSONRenderer(ensure_ascii=False)]
        if form == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_as_text)]
    )
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # What they do all day says nothing about the community; their complaints are heard.
    for chatty in ("uvicorn", "httpx", "httpcore", "asyncio", "alembic", "PIL", "pyogrio"):
        logging.getLogger(chatty).setLevel("WARNING")
