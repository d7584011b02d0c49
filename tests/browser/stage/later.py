"""``gridward`` some days from now: ``DAYS serve --lifeline``. The clocks of its programs are ahead."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from gridward import app, worker
from gridward.cli import main


def run() -> None:
    ahead = timedelta(days=int(sys.argv.pop(1)))

    def clock() -> datetime:
        return datetime.now(UTC) + ahead

    app.clock = worker.clock = clock
    main()
