"""One way of logging for the three programs: events with values, for people or for machines."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog
from structlog.dev import plain_traceback
from structlog.tracebacks import ExceptionDictTransformer

BARE = ExceptionDictTransformer(show_locals=False)
"""Local variables hold what people wrote and secrets: they stay out of the log."""


def configure(form: Literal["text", "json"], level: str) -> None:
    """Send everything, libraries included, to standard error in one form."""
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.processors.ExceptionRenderer(BARE), structlog.processors.JSONRenderer(ensure_ascii=False)]
        if form == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain_traceback)]
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
