"""Lists that are longer than one file: in how many files they come, and where one goes on that had to end early."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query, Request

from gridward.gateways.sheets import MOST_ROWS
from gridward.web.deps import Parts

Language = Literal["zh", "en"]

MostRows = Annotated[
    int | None, Query(ge=1, le=MOST_ROWS, description="Rows of this file at most; default: as the installation is set")
]
Skip = Annotated[int, Query(ge=0, description="Rows that stand in the files before this one")]


def further(built: Parts, request: Request, changed: Mapping[str, object]) -> str:
    """The address of the same list from another place on; whoever is signed in opens it from the file itself."""
    return f"{built.public_url}{request.url.path}?{urlencode({**request.query_params, **changed})}"


def cut_words(address: str, lang: Language) -> list[str]:
    """What stands at the end of a file that is not the end of its list."""
    if lang == "zh":
        return ["未完：还有后续，登录后打开下面的地址，就从这里接着导出", address]
    return ["Cut here: sign in and open the address below, it goes on from this place", address]
