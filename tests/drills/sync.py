"""All tiers of the proof in full: ``python -m drills.sync --seed 1``, or only those named. Ends with 1 when one failed.

Two run beside each other, but the crowd has the machine to itself, because it is about time. Each tier can be run alone
with its seed: the commands are printed.
"""

from __future__ import annotations

import argparse
import os
import random
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from drills.arguments import LARGEST_SEED
from drills.planted import CHECKOUT

AT_ONCE = 2


def program(module: str) -> Callable[[int], list[str]]:
    return lambda seed: [sys.executable, "-m", module, "--seed", str(seed), "--size", "full"]


def pages(seed: int) -> list[str]:
    return ["npm", "--prefix", "frontend", "run", "--silent", "drill", "--", str(seed), "full"]


@dataclass(frozen=True, slots=True)
class Tier:
    """``alone``: nothing else runs meanwhile."""

    name: str
    command: Callable[[int], list[str]]
    alone: bool = False


TIERS = (
    Tier("l1", program("drills.l1")),
    Tier("l2", pages),
    Tier("l3", program("browser.drill")),
    Tier("l0", program("drills.l0")),
    Tier("feed", program("drills.feed")),
    Tier("slow", program("drills.slow")),
    Tier("acks", program("drills.acks")),
    Tier("poison", program("drills.poison")),
    Tier("restore", program("drills.restore")),
    Tier("crowd", program("drills.crowd"), alone=True),
)
"""The longest first."""


def run(tier: Tier, seed: int) -> tuple[Tier, int]:
    command, began = tier.command(seed), time.monotonic()
    print(f"  begins  {tier.name:8} {shlex.join(command)}", flush=True)
    done = subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=os.environ
    )
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    told = lines[-1:] if done.returncode == 0 else [one for one in lines if "violated" in one.lower()] + lines[-20:]
    word = {0: "held", 1: "FAILED"}.get(done.returncode, "could not run")
    print(f"  {word:7} {tier.name:8} {time.monotonic() - began:.0f} s", *told, sep="\n      ", flush=True)
    return tier, done.returncode


def main() -> int:
    parser = argparse.ArgumentParser(description="The proof of the protocol, every tier in full")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(LARGEST_SEED))
    parser.add_argument("only", nargs="*", metavar="TIER", help="only these")
    chosen = parser.parse_args()
    unknown = set(chosen.only) - {tier.name for tier in TIERS}
    if unknown:
        parser.error(f"no such tier: {', '.join(sorted(unknown))}")
    print(f"The proof of the protocol: seed {chosen.seed}", flush=True)
    began = time.monotonic()
    wanted = [tier for tier in TIERS if not chosen.only or tier.name in chosen.only]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        ended = list(threads.map(lambda tier: run(tier, chosen.seed), [one for one in wanted if not one.alone]))
    ended += [run(tier, chosen.seed) for tier in wanted if tier.alone]
    failed = [tier.name for tier, code in ended if code]
    print(f"{len(ended) - len(failed)} of {len(ended)} tiers held, {(time.monotonic() - began) / 60:.0f} minutes")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
