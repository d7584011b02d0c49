"""The files of the pages' builds: those of an earlier one are given out for a while.

A page that was opened before an update fetches parts of itself later, and must not have to be updated in the middle of what
somebody is doing. The names carry the digest of what is in the files, so the builds lie beside each other.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

KEPT = timedelta(days=30)
TOUCHED = timedelta(days=1)
"""How exactly it is known when a build was given out last: every start of every process would write otherwise."""


def with_earlier(built: Path, folder: Path, now: datetime) -> Path:
    """Where the files of this build and of the earlier ones lie.

    Args:
        built: The files of this build.
        folder: Where they are kept beside those of others; made when it is not there.

    Raises:
        OSError: there is no room, or the folder may not be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    touched = (now.timestamp(), now.timestamp())
    for file in built.iterdir():
        held = folder / file.name
        if not held.exists():
            # Another process that starts beside this one sees it whole or not at all.
            coming = folder / f".{token_hex(8)}"
            shutil.copyfile(file, coming)
            os.utime(coming, touched)
            coming.replace(held)
        elif held.stat().st_mtime < (now - TOUCHED).timestamp():
            os.utime(held, touched)
    for held in folder.iterdir():
        with suppress(FileNotFoundError):  # it was the other's, who has put it in its place
            if held.stat().st_mtime < (now - KEPT).timestamp():
                held.unlink()
    return folder
