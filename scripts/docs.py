"""Writes into the documents what the program itself knows: the lifecycle, the policy, the settings.

python scripts/docs.py           write
python scripts/docs.py --check   fail when something is not current
"""

import re
import subprocess
import sys
from pathlib import Path

from gridward.domain.accounts import policy_markdown
from gridward.domain.tickets.printing import as_markdown, as_mermaid

ROOT = Path(__file__).parents[1]


def settings() -> str:
    return subprocess.check_output([sys.executable, "-m", "gridward", "settings"], text=True)


PARTS = {
    "README.md": {
        "lifecycle": lambda: f"```mermaid\n{as_mermaid().strip()}\n```",
        "policy": policy_markdown,
    },
    "docs/lifecycle.md": {"lifecycle": as_markdown},
    "docs/operating.md": {"settings": settings},
}


def filled(text: str, name: str, made: str) -> str:
    """The text with the part between its two marks made anew."""
    pattern = re.compile(rf"(<!-- {name}: begin[^>]*-->\n).*?(<!-- {name}: end -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"the marks of {name} are missing")
    return pattern.sub(lambda found: f"{found[1]}\n{made.strip()}\n\n{found[2]}", text)


stale = []
for name, parts in PARTS.items():
    path = ROOT / name
    text = new = path.read_text()
    for part, make in parts.items():
        new = filled(new, part, make())
    if new != text:
        stale.append(name)
        if "--check" not in sys.argv:
            path.write_text(new)
if stale and "--check" in sys.argv:
    raise SystemExit(f"not current, run `make docs`: {', '.join(stale)}")
