"""The browser is killed while it saves, while it sends, behind a file chooser, on a walk and at a door: the short tier of ``browser.drill``."""

from __future__ import annotations

from pathlib import Path

from browser.drill import WAYS, drill
from browser.stage.server import Installation, Server


async def test_nothing_that_the_screen_called_saved_is_lost_to_a_kill(
    installation: Installation, server: Server, tmp_path: Path
) -> None:
    counted = await drill(installation, server, tmp_path / "profile", seed=20261129, size="tiny")
    assert [counted[way] for way in WAYS] == [2, 2, 2, 1, 2]
    assert (counted["start facts"], counted["end facts"], counted["visit facts"]) == (1, 1, 2)
    assert counted["photos"] >= counted["arrived"] > 0
