"""The planted bugs: each is put into a copy of the tree, and the harnesses that can express it must find it.

``python -m drills.planted`` prints who found what and ends with 1 when one was missed. A patch is named
``<bug>.<side>.patch``; the side says which harnesses must find it. The model has its bugs as subclasses of its own.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from drills.arguments import LARGEST_SEED
from drills.model.bugs import BUGS

CHECKOUT = Path(__file__).parents[2]
PATCHES = CHECKOUT / "tests" / "planted"
FOUND_BY = {
    "server": ("l1",),
    "phone": ("l1",),
    "restore": ("restore",),
    "crowd": ("crowd",),
    "poison": ("poison",),
    "slow": ("slow",),
    "pages": ("l2",),
    "screen": ("l3",),
}
"""Which harnesses a side's patches are for."""
BESIDES = {
    "seq_cursor.server": ("feed",),
    "accept_200.phone": ("l1", "acks"),
    "delete_before_ack.pages": ("l2", "l3"),
    "trust_sending.pages": ("l2", "l3"),
}
"""Where it is otherwise: what a cursor passes over shows when many write at once, what a killed phone loses in a real one too."""
SIZE_OF = {"crowd": "short", "l3": "short", "restore": "short"}
AT_ONCE = 2
LIMIT_S = 900.0
SAID = {0: "MISSED", 1: "found"}


@dataclass(frozen=True, slots=True)
class Trial:
    """One bug before one harness; ``patch`` is None for the model's own and for the tree as it is (``bug`` empty)."""

    bug: str
    harness: str
    patch: Path | None = None


def trials(only: Sequence[str] = ()) -> list[Trial]:
    """All of them, the tree without a bug first: whoever finds something there finds nothing."""
    patches = [
        Trial(patch.stem.partition(".")[0], harness, patch)
        for patch in sorted(PATCHES.glob("*.patch"))
        for harness in BESIDES.get(patch.stem, FOUND_BY[patch.suffixes[0].removeprefix(".")])
    ]
    found = [*(Trial(bug, "l0") for bug in BUGS), *patches]
    found = [one for one in found if not only or one.bug in only or one.harness in only]
    return [*(Trial("", harness) for harness in dict.fromkeys(one.harness for one in found)), *found]


def copied(folder: Path, *, pages: bool) -> None:
    """The tree as it is, with what is not committed yet."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=CHECKOUT, check=True, capture_output=True).stdout.decode().split("\0")
    for name in filter(None, names):
        source = CHECKOUT / name
        if source.is_file() and (pages or not name.startswith("frontend/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    if pages:
        (folder / "frontend" / "node_modules").symlink_to(CHECKOUT / "frontend" / "node_modules")


def command(trial: Trial, tree: Path, seed: int) -> list[str]:
    if trial.harness == "l2":
        return ["npm", "--prefix", str(tree / "frontend"), "run", "--silent", "drill", "--", str(seed), "planted"]
    module = "browser.drill" if trial.harness == "l3" else f"drills.{trial.harness}"
    planted = ["--bug", trial.bug] if trial.harness == "l0" and trial.bug else []
    size = SIZE_OF.get(trial.harness, "planted")
    return [sys.executable, "-m", module, "--seed", str(seed), "--size", size, *planted]


def tried(trial: Trial, seed: int) -> tuple[int, str]:
    """How the harness ended, and its last words."""
    with tempfile.TemporaryDirectory(prefix="gridward-planted-") as name:
        tree = Path(name)
        tree.chmod(0o711)
        copied(tree, pages=trial.harness in ("l2", "l3"))
        if trial.patch is not None:
            subprocess.run(["git", "apply", "--unsafe-paths", str(trial.patch)], cwd=tree, check=True)
        environment = {**os.environ, "PYTHONPATH": f"{tree / 'src'}:{tree / 'tests'}"}
        try:
            done = subprocess.run(
                command(trial, tree, seed), cwd=tree, env=environment, capture_output=True, text=True, timeout=LIMIT_S
            )
        except subprocess.TimeoutExpired:
            return 2, f"not ready after {LIMIT_S:.0f} s"
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    violated = next((line for line in lines if "violated" in line.lower()), None)
    if done.returncode == 1 and violated is None:
        return 2, lines[-1] if lines else ""  # it broke, which is no finding
    return done.returncode, (violated or lines[-1]).strip()


def main() -> int:
    parser = argparse.ArgumentParser(description="Planted bugs")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(LARGEST_SEED))
    parser.add_argument("only", nargs="*", help="bugs or harnesses")
    chosen = parser.parse_args()
    print(f"Planted bugs: seed {chosen.seed}", flush=True)
    began, all_ = time.monotonic(), trials(chosen.only)

    def one(trial: Trial) -> tuple[Trial, str]:
        code, words = tried(trial, chosen.seed)
        said = (
            SAID.get(code, "could not run") if trial.bug else {0: "quiet", 1: "FALSE ALARM"}.get(code, "could not run")
        )
        print(f"  {trial.bug or 'no bug':22} {trial.harness:8} {said:13} {words[:150]}", flush=True)
        return trial, said

    with ThreadPoolExecutor(AT_ONCE) as threads:
        ended = dict(threads.map(one, all_))
    print(table(ended))
    wrong = [trial for trial, said in ended.items() if said not in ("found", "quiet")]
    print(f"Planted bugs: {len(all_) - len(wrong)} of {len(all_)} as they must be ({time.monotonic() - began:.0f} s)")
    return 1 if wrong else 0


def table(ended: dict[Trial, str]) -> str:
    """Bugs down, harnesses across; a dash where a harness cannot express the bug."""
    bugs = list(dict.fromkeys(trial.bug for trial in ended))
    harnesses = list(dict.fromkeys(trial.harness for trial in ended))
    said = {(trial.bug, trial.harness): what for trial, what in ended.items()}

    def line(name: str, cells: Sequence[str]) -> str:
        return "".join([f"{name:24}", *(f"{cell:>15}" for cell in cells)])

    rows = [line(bug or "no bug", [said.get((bug, one), "–") for one in harnesses]) for bug in bugs]
    return "\n".join(["", line("", harnesses), *rows, ""])


if __name__ == "__main__":
    sys.exit(main())
