"""Text search that finds two Chinese characters: vectors of single characters and pairs, queried as a phrase.

Chinese has no spaces and PostgreSQL's parsers cut it into one long word; trigrams need three characters. So each
character stands in the vector by itself and together with its right neighbour, at its own position.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

GAP = 8
"""Positions between two fields, so that no phrase runs from one into the next."""

MAX_POSITION = 16_000
MAX_OCCURRENCES = 250
"""PostgreSQL keeps 256 positions of one lexeme."""


def search_vector(public: Iterable[str | None], private: Iterable[str | None] = ()) -> str:
    """The text form of a ``tsvector``: ``public`` fields weigh A, ``private`` ones D.

    A viewer who may not read the private words searches with :func:`search_query` restricted to A.
    """
    found: dict[str, list[str]] = {}
    at = 1
    for words, weight in ((public, "A"), (private, "")):
        for word in words:
            for run in _runs(word or ""):
                for here, character in enumerate(run):
                    if at >= MAX_POSITION:
                        break
                    for token in {character, run[here : here + 2]}:
                        places = found.setdefault(token, [])
                        if len(places) < MAX_OCCURRENCES:
                            places.append(f"{at}{weight}")
                    at += 1
                at += GAP
    return " ".join(f"{_quoted(token)}:{','.join(places)}" for token, places in found.items())


def search_query(words: str, *, public_only: bool) -> str | None:
    """The text form of a ``tsquery`` that wants each run of characters as a phrase; None when nothing is left of it."""
    weight = ":A" if public_only else ""
    phrases = []
    for run in _runs(words[:80]):
        tokens = [run] if len(run) < 2 else [run[at : at + 2] for at in range(len(run) - 1)]
        phrases.append(" <-> ".join(f"{_quoted(token)}{weight}" for token in tokens))
    return " & ".join(f"({phrase})" for phrase in phrases) or None


def any_of(queries: Iterable[str | None]) -> str | None:
    """One tsquery that is satisfied by any of these."""
    return " | ".join(f"({query})" for query in queries if query is not None) or None


def _runs(words: str) -> Iterator[str]:
    folded = unicodedata.normalize("NFKC", words).casefold()
    run: list[str] = []
    for character in folded:
        if character.isalnum():
            run.append(character)
        elif run:
            yield "".join(run)
            run = []
    if run:
        yield "".join(run)


def _quoted(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
