"""The first letters of names in pinyin, so that a name is found by a few keys: 雪圃学校 by ``xpxx``, ``xx`` or ``px``.

The 3,755 characters of GB/T 2312's first level stand in the order of their pinyin, so 23 boundaries are a whole table of
them. Others that names of places and trades use, and characters read in more than one way, stand in two short lists.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

_FIRST_OF = """
a B0A1 b B0C5 c B2C1 d B4EE e B6EA f B7A2 g B8C1 h B9FE j BBF7 k BFA6 l C0AC m C2E8 n C4C3 o C5B6 p C5BE q C6DA
r C8BB s C8F6 t CBFA w CDDA x CEF4 y D1B9 z D4D1 . D7FA
"""
_PAIRS = _FIRST_OF.split()
_LETTERS, _CODES = _PAIRS[::2], [int(code, 16) for code in _PAIRS[1::2]]

_BEYOND = """
b 埗塝湴浜陂濞邶亳褒弼畀
c 禅槎郴茌滁陲岑骢
d 氹凼岽垌峒砀滇邸碓
f 沣洑浮阜涪枋
g 岗涠埚赣鳜洸
h 浛浒潢鄠浠菏泓鹮蚝
j 滘漖垍泾鄄郏旌蓟峧
k 崆喹埪邝堃
l 塱崀榄瀧泷浏麓滦澧瓴耒醴罗鲮娄
m 渑汨岷邙濛鄚
n 湳坭垴宁沩
p 埔圃鄱濮邳郫泮
q 衢岐邛淇蕲亓氿
r 榕溶芮瑢
s 墅嵊朔泗沭滠筛
t 塘婷滕洮鄌坨郯
w 圩汶渥沅邬雯浯
x 冼墟峡浔歙隰郤祆荥浠
y 窨涌垟峄沂邕鄞弋烨瑶洢
z 嶂漳浈涿柘郑祇芷
"""
_OTHERS: Mapping[str, str] = MappingProxyType(
    {character: line[0] for line in _BEYOND.strip().splitlines() for character in line[2:]}
)

_SEVERAL: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys("重种", "cz"),
        **dict.fromkeys("长曾", "cz"),
        **dict.fromkeys("行吓", "xh"),
        "乐": "ly",
        "厦": "xs",
        "会": "hk",
        "涌": "cy",
        "埔": "bp",
        "圩": "wx",
        "车": "cj",
        "调": "dt",
        "弹": "dt",
        "石": "sd",
        "单": "ds",
        "朝": "cz",
        "传": "cz",
        "藏": "cz",
        "卡": "kq",
        "校": "xj",
        "降": "jx",
        "巷": "xh",
        "都": "d",
        "便": "bp",
        "泊": "bp",
        "番": "fp",
        "提": "td",
        "解": "jx",
        "洗": "xs",
    }
)

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
SHORTEST, LONGEST = 2, 12


def letters_of(character: str) -> str:
    """The first letters that a character may be read with; a letter or figure stands for itself; "" where unknown."""
    if character in _SEVERAL:
        return _SEVERAL[character]
    if character in _OTHERS:
        return _OTHERS[character]
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    try:
        code = int.from_bytes(character.encode("gb2312"))
    except UnicodeEncodeError:
        return ""
    if not _CODES[0] <= code < _CODES[-1]:
        return ""
    return _LETTERS[bisect_right(_CODES, code) - 1]


@lru_cache(maxsize=65_536)
def _read(name: str) -> tuple[str, ...]:
    return tuple(letters_of(character) for character in name)


def are_initials(words: str) -> bool:
    """Whether somebody may mean first letters by this."""
    return SHORTEST <= len(words) <= LONGEST and set(words.lower()) <= LETTERS


def begins_so(name: str, initials: str) -> bool:
    """Whether the characters of a name, from one of them on, begin with these letters."""
    read, wanted = _read(name), initials.lower()
    return any(
        all(letter in ways for letter, ways in zip(wanted, read[start:], strict=False))
        for start in range(len(read) - len(wanted) + 1)
    )
