"""The command line. Each group of commands is a file here; loading it adds its commands to ``program.app``."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType

from gridward.cli.program import NO_DATABASE, NOT_DONE, WRONG_SETTINGS, Stop, app, console
from gridward.domain.errors import Refusal
from gridward.gateways.cluster import ClusterRefused
from gridward.settings import SettingsRefused

COMMANDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "up": ("up",),
        "serve": ("serving",),
        "worker": ("serving",),
        "openapi": ("serving",),
        "demo": ("demo",),
        "migrate": ("migrating",),
        "backup": ("backup",),
        "restore": ("backup",),
        "adopt": ("backup",),
        "erase": ("erasing",),
        "import territory": ("territory",),
        "import standard": ("standards",),
        "import rules": ("rules",),
        "import people": ("people",),
        "import tickets": ("past",),
        "import households": ("households",),
        "territory": ("territory_changes",),
        "standards": ("standards_versions", "standards_places"),
        "calendars": ("calendars",),
        "rules": ("rules", "rules_checks"),
        "explain": ("routing",),
        "audit-sla": ("auditing",),
        "verify-entries": ("verifying",),
        "seal-receiver": ("seal_receiver",),
        "rebuild": ("rebuilding",),
        "invite": ("inviting",),
        "sms": ("texting",),
        "second-step": ("second_step",),
        "lifecycle": ("lifecycle",),
        "settings": ("describing",),
    }
)
"""The files of each command. Only those are read: the whole program takes seconds to load, one command a fraction of it."""


def files_of(words: Sequence[str]) -> tuple[str, ...]:
    """Where the command stands that these words begin with; every file when there is none, so that help lists them all."""
    for first in (" ".join(words[:2]), " ".join(words[:1])):
        if first in COMMANDS:
            return COMMANDS[first]
    return tuple(dict.fromkeys(file for files in COMMANDS.values() for file in files))


def load(words: Sequence[str]) -> None:
    for file in files_of(words):
        import_module(f"gridward.cli.{file}")


def main() -> None:
    """Run one command; what is refused ends with a sentence and an exit code, never with a trace.

    Exit codes: 0 done, 1 not done, 2 wrong usage or settings, 3 no usable database.
    """
    # What is read stays. To look for garbage in it while reading is a fifth of the time of a start, and in a server that
    # runs each full look among it would be a pause of a fifth of a second.
    gc.disable()
    load(sys.argv[1:3])
    gc.freeze()
    gc.enable()
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
