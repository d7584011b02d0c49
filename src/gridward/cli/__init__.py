"""The command line. Each group of commands is a file here; importing it adds its commands to ``program.app``."""

from __future__ import annotations

import sys

from gridward.cli import (
    auditing,
    backup,
    calendars,
    demo,
    describing,
    erasing,
    inviting,
    lifecycle,
    migrating,
    past,
    people,
    rebuilding,
    routing,
    rules,
    rules_checks,
    serving,
    standards,
    standards_places,
    standards_versions,
    territory,
    territory_changes,
    up,
)
from gridward.cli.program import NO_DATABASE, NOT_DONE, WRONG_SETTINGS, Stop, app, console
from gridward.domain.errors import Refusal
from gridward.gateways.cluster import ClusterRefused
from gridward.settings import SettingsRefused

COMMANDS = (
    up,
    auditing,
    backup,
    demo,
    serving,
    migrating,
    territory,
    territory_changes,
    standards,
    standards_versions,
    standards_places,
    calendars,
    past,
    routing,
    rules,
    rules_checks,
    lifecycle,
    people,
    rebuilding,
    inviting,
    describing,
    erasing,
)


def main() -> None:
    """Run one command; what is refused ends with a sentence and an exit code, never with a trace.

    Exit codes: 0 done, 1 not done, 2 wrong usage or settings, 3 no usable database.
    """
    try:
        app()
    except SettingsRefused as refused:
        end(f"These settings cannot be used:\n{refused}", WRONG_SETTINGS)
    except ClusterRefused as refused:
        end(f"The embedded database cannot be used: {refused}", NO_DATABASE)
    except Refusal as refused:
        end(f"Refused: {refused}", NOT_DONE)
    except Stop as wish:
        end(str(wish), wish.code)


def end(text: str, code: int) -> None:
    console.print(text, style="red", markup=False, soft_wrap=True)
    sys.exit(code)
