"""Which kind of problem a text speaks of, by its words: the names and filing conditions of the standard in force.

Chinese has no spaces, so pairs of characters are compared; a pair that few kinds share says more than one that many do.
What people say and what a standard writes differ: :data:`SAID` leads from the one to the other.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gridward.domain.standards import Category, Standard

SAID: tuple[tuple[str, str], ...] = (
    (r"爆桶|爆满|满出来|溢出|没人收|没人倒|垃圾桶.{0,3}满|桶.{0,2}满了", "垃圾满了满溢"),
    (r"纸屑|烟头|狗屎|散落|一地|好脏|很脏|脏兮兮", "地上垃圾散落"),
    (r"建筑垃圾|装修垃圾|旧家具|旧沙发|沙发|床垫|杂物|余泥|大件|堆在|堆放|堆了", "乱堆放堆放杂物大件垃圾"),
    (r"沙井|窨井|井盖子|下水道盖|渠盖|雨水篦", "井盖"),
    (r"井盖?.{0,6}(?:不见|没了|没有盖|丢|被偷|缺|移位)|(?:掉|跌)下去", "井盖缺失不见了"),
    (r"井.{0,8}(?:破|裂|烂|塌|碎)", "井盖破损开裂破了"),
    (r"井.{0,10}(?:响|咣|哐|弹|跳|松)|咣当|哐当", "井盖弹跳发响"),
    (r"灯.{0,4}(?:不亮|坏|灭|闪)|没有?灯|黑漆漆|黑麻麻|乌黑", "路灯不亮"),
    (r"水浸|内涝|淹|倒灌|积水|冒水|污水.{0,3}(?:冒|溢)", "路面积水"),
    (r"(?:水|淹).{0,6}(?:进屋|过膝|没过|走不过|过不去|带电|漏电)", "积水走不过去没过脚面进屋"),
    (r"违停|乱停|占道停|停满|停在(?:人行道|盲道|门口)|共享单车|电动车.{0,4}(?:停|堵)", "乱停放车辆占用"),
    (r"消防.{0,4}(?:堵|占|锁|车)|(?:楼梯|疏散).{0,4}(?:堵|杂物|锁)", "堵消防通道占用"),
    (r"违建|违章|搭棚|加建|加盖|僭建", "违法搭建搭建违法建筑"),
    (r"摆摊|摆卖|流动(?:摊|小贩)|走鬼|档口.{0,4}(?:出|占)|烧烤摊", "占道经营店外摆卖"),
    (r"树.{0,5}(?:倒|断|歪|挡|压)|断枝|杂草|枯枝|绿化带", "树木绿化树枝折断"),
    (r"噪音|好吵|太吵|很吵|吵死|扰民|广场舞|半夜.{0,6}(?:施工|装修|唱)|装修.{0,4}(?:吵|声)", "噪声扰民"),
    (r"漏水|停水|停电|纠纷|咨询|求助|建议|投诉", "住户诉求诉求"),
)
"""What people say (a pattern) → the words of a standard that mean it."""

_PATTERNS = tuple((re.compile(said), official) for said, official in SAID)
_HAN = re.compile(r"[\u3400-\u9fff]+")
_NAME_WEIGHT, _ROOT_WEIGHT = 3.0, 1.0
LEAST_SCORE = 2.0
MOST_KINDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """A kind that a text may mean. ``condition_id`` None: the kind alone, or the words do not tell its conditions apart."""

    category: str
    condition_id: str | None
    score: float


def likely_kinds(text: str, standard: Standard) -> tuple[Likely, ...]:
    """At most three kinds, the likeliest first; none where the words fit nothing."""
    said = _pairs(_enriched(text))
    words = {code: _words_of(one, standard) for code, one in standard.categories.items() if one.offered}
    spread = Counter(pair for pairs in words.values() for pair in pairs)
    whole = max(len(words), 2)

    def worth(pair: str) -> float:
        return math.log(whole / spread[pair]) if spread[pair] else 0.0

    scored = []
    for code, pairs in words.items():
        score = sum(weight * worth(pair) for pair, weight in pairs.items() if pair in said)
        if score >= LEAST_SCORE:
            scored.append((round(score, 3), code))
    scored.sort(key=lambda one: (-one[0], one[1]))
    return tuple(
        Likely(category=code, condition_id=_condition(said, standard.categories[code], standard), score=score)
        for score, code in scored[:MOST_KINDS]
    )


def _enriched(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    return " ".join([plain, *(official for said, official in _PATTERNS if said.search(plain))])


def _pairs(text: str) -> frozenset[str]:
    runs = _HAN.findall(text)
    return frozenset(run[at : at + 2] for run in runs for at in range(len(run) - 1))


def _words_of(category: Category, standard: Standard) -> Mapping[str, float]:
    """Pairs of characters of a kind with what each weighs: its name more than what its conditions are filed for."""
    found: dict[str, float] = {}
    conditions = [standard.conditions[one] for one in category.condition_ids if one in standard.conditions]
    texts = [(one.filing_text, _ROOT_WEIGHT) for one in conditions]
    texts += [(one.name.zh, _ROOT_WEIGHT) for one in conditions if one.name]
    for words, weight in (*texts, (category.name.zh, _NAME_WEIGHT)):
        for pair in _pairs(words):
            found[pair] = max(found.get(pair, 0.0), weight)
    return found


def _condition(said: Iterable[str], category: Category, standard: Standard) -> str | None:
    """The condition that the words name, where they name one; the kind's own is not repeated."""
    if len(category.condition_ids) < 2:
        return category.default_condition_id
    pairs = frozenset(said)
    scored = []
    for condition_id in category.condition_ids:
        condition = standard.conditions.get(condition_id)
        if condition is not None:
            words = _pairs(condition.filing_text) | (_pairs(condition.name.zh) if condition.name else frozenset())
            scored.append((len(words & pairs), condition_id))
    scored.sort(reverse=True)
    if len(scored) > 1 and scored[0][0] > scored[1][0]:
        return scored[0][1]
    return category.default_condition_id
