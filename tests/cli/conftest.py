"""One command at a time, as it is typed, against the module's own database."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import programs


@pytest.fixture
def gridward(database_url: str, tmp_path: Path):
    """Runs one command against this module's database."""

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GRIDWARD_")},
            "DATABASE_URL": database_url,
            "GRIDWARD_DATA": str(tmp_path / "data"),
            "GRIDWARD_ALLOW_UNSAFE_DATABASE": "true",
            **settings,
        }
        return programs.run(*arguments, environment=environment)

    return run
