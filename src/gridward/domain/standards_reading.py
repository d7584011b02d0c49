"""Reads limits as cities write them: ``2紧急工作时``, ``5个工作日``, ``1紧急工作时制止，15天拆除``.

A bare 天 or 小时 belongs to no kind: the caller declares what they mean and is told where that decided. A text is read
whole or refused whole, with the reason; nothing is ever filled in.

What is refused on purpose, because either reading would be a guess: ranges (3–5天), weeks and months, alternatives
by season (种植季节15天，其他3天), several limits of which one has no name, a due time without its hour (日产日清),
half days where whole days are counted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from gridward.domain.errors import Malformed
from gridward.domain.standards_conditions import Milestone
from gridward.domain.standards_limits import DayRule, Limit, LimitKind

CODE = "limit.unreadable"


@dataclass(frozen=True, slots=True)
class LimitWords:
    """What a city must declare before its limits can be read.

    Raises :class:`Malformed` ``limit.bare_kind`` where a bare 天 is declared to be hours or the like.
    """

    bare_day: LimitKind
    bare_hour: LimitKind
    day_rule: DayRule

    def __post_init__(self) -> None:
        days, hours = (LimitKind.WORK_DAY, LimitKind.NATURAL_DAY), (LimitKind.WORK_HOUR, LimitKind.URGENT_HOUR)
        if self.bare_day not in days or self.bare_hour not in hours:
            raise Malformed("limit.bare_kind", bare_day=self.bare_day, bare_hour=self.bare_hour)


@dataclass(frozen=True, slots=True)
class ReadLimit:
    """What a text said.

    Args:
        limit: The condition's limit; of several stages the last. None only where each area class has its own.
        milestones: The stages in order, if there are several.
        by_area_class: ``A``/``B``/``C`` → limit.
        decided: ``day``, ``hour``: which bare words had to be decided by the declaration.
    """

    limit: Limit | None
    milestones: tuple[Milestone, ...] = ()
    by_area_class: Mapping[str, Limit] = field(default_factory=dict)
    decided: frozenset[str] = frozenset()


UNITS: tuple[tuple[str, LimitKind | str], ...] = (
    ("紧急工作小时|紧急工作时|紧急小时", LimitKind.URGENT_HOUR),
    ("紧急工作日|紧急工作天", LimitKind.URGENT_DAY),
    ("工作小时|工作时", LimitKind.WORK_HOUR),
    ("工作日|工作天", LimitKind.WORK_DAY),
    ("自然日|自然天|日历日|日历天", LimitKind.NATURAL_DAY),
    ("小时|分钟", "hour"),
    ("天|日", "day"),
)
KIND_OF_UNIT = {word: kind for words, kind in UNITS for word in words.split("|")}
DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
NUMBER = r"\d+(?:\.\d+)?|半|[零〇一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]"
# Not 工作时 of 工作时间, not 日 of 日常 or 天 of 天气.
SPAN = re.compile(
    rf"(?P<number>{NUMBER})个?(?P<unit>{'|'.join(u for u, _ in UNITS)})(?!间|常|气)(?P<half>半)?(?:之内|以内|内)?"
)
HOUR = re.compile(
    r"(?P<day>当日|当天|次日|第二天|第二日)(?P<hour>\d{1,2})(?:[:时点](?P<minute>\d{1,2}|半)?分?)(?:之前|以前|前)?"
)
LEFT_UNREAD = re.compile(
    rf"\d|紧急|工作|小时|分钟|自然日|[{''.join(DIGITS)}十半数几多]个?(?:周|星期|月|季度|年|天|日|小时)"
)
ONE_OF_SEVERAL = re.compile("季|汛|雨|雪|冬|夏|春|秋|节假|采暖|供暖|白天|夜间|其他|其它|一般|特殊|情况|原则")
AREA_CLASS = re.compile(r"(?P<letter>[ABC])类?(?:区域|地区|区|地段)?|(?P<word>[一二三])类(?:区域|地区|区|地段)?")
LETTER = {"一": "A", "二": "B", "三": "C"}
EDGES = " ,，;；。、:：/()（）[]【】|"
CLAUSES = re.compile(r"[,，;；。、/|\n]+")


def read_limits(text: str, words: LimitWords) -> ReadLimit:
    """Read one cell of a standard.

    Raises:
        Malformed: ``limit.unreadable`` with ``text`` and ``why``: ``empty``, ``no_limit``, ``left_unread``,
            ``no_hour``, ``clock_time``, ``several_unnamed``, ``alternatives``, ``part_of_day``, ``not_positive``.
    """
    flat = re.sub(r"[^\S\n]+", "", unicodedata.normalize("NFKC", text)).strip("\n" + EDGES)
    if not flat:
        raise Malformed(CODE, text=text, why="empty")
    found = [_Found(match, words, text) for match in _matches(flat)]
    if not found:
        why = "no_hour" if re.search("当日|当天|次日|日产日清|日清", flat) else "no_limit"
        raise Malformed(CODE, text=text, why=why)
    decided = frozenset(one.decided for one in found if one.decided)
    if len(found) == 1:
        rest = _remark(flat[: found[0].start], flat[found[0].end :])
        _refuse_unread(rest, text)
        return ReadLimit(found[0].limit(text.strip(), rest or None), decided=decided)
    named = _named(flat, found, text)
    classes = [AREA_CLASS.fullmatch(name) for name, _, _ in named]
    if all(classes):
        by_class = {
            match["letter"] or LETTER[match["word"]]: one.limit(clause, None)
            for match, (_, one, clause) in zip(classes, named, strict=True)
            if match is not None
        }
        if len(by_class) < len(named):
            raise Malformed(CODE, text=text, why="several_unnamed")
        return ReadLimit(None, by_area_class=by_class, decided=decided)
    if any(classes) or any(ONE_OF_SEVERAL.search(name) for name, _, _ in named):
        raise Malformed(CODE, text=text, why="alternatives")
    stages = tuple(
        Milestone(number, name, one.limit(clause, None)) for number, (name, one, clause) in enumerate(named, 1)
    )
    return ReadLimit(stages[-1].limit, stages, decided=decided)


class _Found:
    """One limit inside a text."""

    def __init__(self, match: re.Match[str], words: LimitWords, text: str) -> None:
        self.start, self.end = match.span()
        self.decided: str | None = None
        self.minute_of_day: int | None = None
        if match.re is HOUR:
            self._at_hour(match, text)
        else:
            self._span(match, words, text)

    def _at_hour(self, match: re.Match[str], text: str) -> None:
        minute = 30 if match["minute"] == "半" else int(match["minute"] or 0)
        self.kind, self.amount = LimitKind.BY_TIME, Fraction(match["day"] not in ("当日", "当天"))
        self.minute_of_day = int(match["hour"]) * 60 + minute
        if minute > 59 or self.minute_of_day > 1440:
            raise Malformed(CODE, text=text, why="clock_time")

    def _span(self, match: re.Match[str], words: LimitWords, text: str) -> None:
        self.amount = _number(match["number"]) + (Fraction(1, 2) if match["half"] else 0)
        if match["unit"] == "分钟":
            self.amount /= 60
        kind = KIND_OF_UNIT[match["unit"]]
        if isinstance(kind, LimitKind):
            self.kind = kind
        else:
            self.decided = kind
            self.kind = words.bare_day if kind == "day" else words.bare_hour
        if self.amount <= 0:
            raise Malformed(CODE, text=text, why="not_positive")
        whole_days = self.kind in (LimitKind.WORK_DAY, LimitKind.NATURAL_DAY) and words.day_rule is DayRule.NEXT_DAY
        if whole_days and self.amount.denominator != 1:
            raise Malformed(CODE, text=text, why="part_of_day")

    def limit(self, text: str, remark: str | None) -> Limit:
        whole = self.amount.denominator == 1
        return Limit(self.kind, int(self.amount) if whole else self.amount, text, remark, self.minute_of_day)


def _matches(flat: str) -> list[re.Match[str]]:
    hours = list(HOUR.finditer(flat))
    taken = [match.span() for match in hours]
    spans = [m for m in SPAN.finditer(flat) if not any(a < m.end() and m.start() < b for a, b in taken)]
    return sorted([*hours, *spans], key=lambda match: match.start())


def _named(flat: str, found: list[_Found], text: str) -> list[tuple[str, _Found, str]]:
    """Each limit with the name beside it and the clause both stand in."""
    pieces: list[tuple[int, int]] = []
    at = 0
    for gap in CLAUSES.finditer(flat):
        pieces.append((at, gap.start()))
        at = gap.end()
    pieces = [(a, b) for a, b in [*pieces, (at, len(flat))] if b > a]
    if len(pieces) == 1:
        starts, ends = [one.start for one in found], [one.end for one in found]
        cuts = [*starts, len(flat)] if starts[0] == 0 else [0, *ends]
        if cuts[-1] != len(flat):
            raise Malformed(CODE, text=text, why="several_unnamed")
        pieces = list(pairwise(cuts))
    named = []
    for a, b in pieces:
        inside = [one for one in found if a <= one.start and one.end <= b]
        name = _remark(flat[a : inside[0].start], flat[inside[0].end : b]) if len(inside) == 1 else ""
        if not name:
            raise Malformed(CODE, text=text, why="several_unnamed")
        _refuse_unread(name, text)
        named.append((name, inside[0], flat[a:b]))
    return named


def _remark(before: str, after: str) -> str:
    return "，".join(part for part in (before.strip("\n" + EDGES), after.strip("\n" + EDGES)) if part)


def _refuse_unread(rest: str, text: str) -> None:
    if LEFT_UNREAD.search(rest):
        raise Malformed(CODE, text=text, why="left_unread")


def _number(word: str) -> Fraction:
    if word == "半":
        return Fraction(1, 2)
    if word[0].isdigit():
        return Fraction(word)
    if "十" in word:
        tens, _, ones = word.partition("十")
        return Fraction((DIGITS[tens] if tens else 1) * 10 + (DIGITS[ones] if ones else 0))
    return Fraction(DIGITS[word])


UNIT_MARKS = re.compile(r"[、，,；;/\n]+")
AND = re.compile(r"(?<=部门|单位|中心|企业|公司|街办|政府)[和及与]+")


def read_unit_names(text: str) -> tuple[str, ...]:
    """The units that a cell names, in order, each once.

    They are separated by 、，；/ or a new line, and by 和 or 及 where a whole body's name ends before it (…部门和…部门,
    but not 住房和城乡建设局).
    """
    parts = (re.sub(r"\s", "", part).lstrip("及和与") for part in UNIT_MARKS.split(text))
    return tuple(dict.fromkeys(name for part in parts for name in AND.split(part) if name))


def read_code(text: str) -> str:
    """Codes are text: ``1`` is ``01``, ``03`` stays."""
    return text.zfill(2) if text.isdigit() else text
