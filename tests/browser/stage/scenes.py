"""Every scene there is: whichever file of scenes lies here is read, so that none can be forgotten by whoever looks."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from browser.stage.scene import SCENES, Scene

FIELD = "browser.stage.scenes_field"
"""Doors and walks: they need a demo with field work."""


def every_scene() -> list[Scene]:
    """In the order of the files' names."""
    for path in sorted(Path(__file__).parent.glob("scenes_*.py")):
        import_module(f"browser.stage.{path.stem}")
    return SCENES


def of_reports_alone(scene: Scene) -> bool:
    """Whether a demo without field work is enough for it."""
    return scene.play.__module__ != FIELD
