"""Answers that are shared: made once for those who ask at once, kept while there is room, never lost with who made them."""

from __future__ import annotations

import asyncio

import pytest

from gridward.web.shelf import KEY_BYTES, Shelf


class Kitchen:
    """Makes answers that wait until they are let go, and counts them."""

    def __init__(self) -> None:
        self.made = 0
        self.ready = asyncio.Event()

    async def __call__(self) -> bytes:
        self.made += 1
        await self.ready.wait()
        return b"tile"


async def test_sixteen_desks_that_ask_at_once_have_it_made_once() -> None:
    shelf, kitchen = Shelf(), Kitchen()
    desks = [asyncio.create_task(shelf.get("a", kitchen)) for _ in range(16)]
    await asyncio.sleep(0)
    kitchen.ready.set()
    assert await asyncio.gather(*desks) == [b"tile"] * 16
    assert await shelf.get("a", kitchen) == b"tile"
    assert kitchen.made == 1
    await shelf.get("b", kitchen)
    assert kitchen.made == 2, "another state is another tile"


async def test_who_waits_for_somebody_that_goes_away_makes_it() -> None:
    shelf, kitchen = Shelf(), Kitchen()
    first = asyncio.create_task(shelf.get("a", kitchen))
    await asyncio.sleep(0)
    second = asyncio.create_task(shelf.get("a", kitchen))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    kitchen.ready.set()
    assert await second == b"tile"
    assert kitchen.made == 2


async def test_who_goes_away_while_waiting_takes_nobody_along() -> None:
    shelf, kitchen = Shelf(), Kitchen()
    makes, leaves = (asyncio.create_task(shelf.get("a", kitchen)) for _ in range(2))
    await asyncio.sleep(0)
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    kitchen.ready.set()
    assert await makes == b"tile"
    assert kitchen.made == 1


async def test_a_fault_is_told_to_whoever_met_it_and_the_next_one_tries() -> None:
    shelf, kitchen = Shelf(), Kitchen()

    async def broken() -> bytes:
        raise OSError("the database went away")

    with pytest.raises(OSError, match="went away"):
        await shelf.get("a", broken)
    kitchen.ready.set()
    assert await shelf.get("a", kitchen) == b"tile"


async def test_what_was_asked_for_longest_ago_makes_room() -> None:
    shelf, kitchen = Shelf(most_bytes=2 * (KEY_BYTES + len(b"tile"))), Kitchen()
    kitchen.ready.set()
    for key in ("a", "b", "a", "c", "a"):
        await shelf.get(key, kitchen)
    assert kitchen.made == 3, "a was asked for again before c came, so b had to go"
    await shelf.get("b", kitchen)
    assert kitchen.made == 4


async def test_answers_with_nothing_in_them_make_room_for_one_another_too() -> None:
    shelf, made = Shelf(most_bytes=3 * KEY_BYTES), []

    async def empty() -> bytes:
        made.append(1)
        return b""

    for key in (*range(4), 3, 0):
        assert await shelf.get(key, empty) == b""
    assert len(made) == 5, "the first had to go, and only it"


async def test_without_room_everybody_has_their_own_made() -> None:
    shelf, kitchen = Shelf(most_bytes=0), Kitchen()
    desks = [asyncio.create_task(shelf.get("a", kitchen)) for _ in range(2)]
    await asyncio.sleep(0)
    kitchen.ready.set()
    assert await asyncio.gather(*desks) == [b"tile"] * 2
    assert kitchen.made == 2
