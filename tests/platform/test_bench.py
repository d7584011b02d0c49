"""The benchmark still runs: the smallest city, some of its lines. What they measure is nobody's matter here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_smallest_city_is_made_and_measured() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        own = {key: value for key, value in os.environ.items() if not key.startswith(("GRIDWARD_", "DATABASE_URL"))}
        done = subprocess.run(
            [sys.executable, "-m", "bench", "--size", "tiny", "--only", "filing,search,households,replay"],
            cwd=CHECKOUT,
            env={**own, "GRIDWARD_DATA": str(folder / "data")},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        (result,) = (folder / "data" / "bench" / "results").glob("tiny-*.json")
        lines = {line["key"]: line for line in json.loads(result.read_text())["lines"]}
        assert set(lines) == {"filing", "search", "households", "replay"}, done.stdout
        assert "0 differences" in lines["replay"]["measured"], "multiplied histories must be what their rows say"
        assert "could not be measured" not in done.stdout
