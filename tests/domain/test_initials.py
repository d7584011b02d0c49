"""Names by their first letters."""

from __future__ import annotations

import pytest

from gridward.domain.initials import are_initials, begins_so, letters_of


@pytest.mark.parametrize(
    ("name", "found", "not_found"),
    [
        ("雪圃学校东门", ("xpxxdm", "xx", "xxdm", "XP", "xj"), ("xm", "dmx")),
        ("北滘镇林头社区", ("bj", "bjz", "ltsq"), ("bh",)),
        ("窨井盖缺失", ("yjg", "jgqs"), ("jjg",)),
        ("涌口大街", ("ck", "yk", "ckdj"), ("kk",)),
        ("A座3号楼", ("az",), ("zz",)),
        ("乐从家具城", ("lc", "yc", "lcjj"), ("jcl",)),
    ],
)
def test_a_name_is_found_by_its_letters_from_any_character_on(
    name: str, found: tuple[str, ...], not_found: tuple[str, ...]
) -> None:
    assert [letters for letters in found if not begins_so(name, letters)] == []
    assert [letters for letters in not_found if begins_so(name, letters)] == []


def test_every_character_of_the_first_level_has_a_letter() -> None:
    level = [
        bytes((row, cell)).decode("gb2312")
        for row in range(0xB0, 0xD8)
        for cell in range(0xA1, 0xFF)
        if row < 0xD7 or cell <= 0xF9
    ]
    assert len(level) == 3755
    assert [one for one in level if not letters_of(one)] == []


def test_only_letters_are_taken_for_initials() -> None:
    assert [words for words in ("x", "xp", "037", "xp1", "学校", "abcdefghijklm") if are_initials(words)] == ["xp"]
