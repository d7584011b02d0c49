"""The browser is killed while it saves, while it sends and behind a file chooser: the short tier of ``browser.drill``."""

from __future__ import annotations

from pathlib import Path

from browser.drill import drill
from browser.stage.server import Installation, Server


async def test_nothing_that_the_screen_called_saved_is_lost_to_a_kill(
    installation: Installation, server: Server, tmp_path: Path
) -> None:
    counted = await drill(installation, server, tmp_path / "profile", seed=20261129, size="tiny")
    assert (counted["saving"], counted["sending"], counted["choosing"]) == (2, 2, 2)
    assert counted["photos"] >= counted["arrived"] > 0
