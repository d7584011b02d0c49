"""The kinds of problem of the built-in standard, and their conditions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gridward.domain.standards_conditions import (
    Category,
    CategoryKind,
    Condition,
    Evidence,
    Milestone,
    Picture,
    Question,
    Text,
    Verification,
)
from gridward.domain.standards_limits import Limit, LimitKind

SCHEME = "gridward"

_HALF_HOUR, _ONE_HOUR, _TWO_HOURS = (Limit(LimitKind.URGENT_HOUR, hours) for hours in (Fraction(1, 2), 1, 2))
_TWO_WORK_HOURS, _FOUR_WORK_HOURS, _EIGHT_WORK_HOURS = (Limit(LimitKind.WORK_HOUR, hours) for hours in (2, 4, 8))
_STREET_LAST = ("街道办事处",)
_CLEANERS, _ESTATES, _COMMUNITY = ("环卫作业单位", "物业企业"), ("物业企业",), ("社区居委会",)
_COVER_OWNER = ("井盖权属单位",)


_DRAWN = frozenset({"manhole_missing", "manhole_broken", "manhole_noisy", "flooding_deep"})


def _drawing(category: str, code: str) -> str:
    """The picture of an answer: its own where it is drawn, otherwise that of its category."""
    own = f"{category}_{code}"
    return own if own in _DRAWN else category


def _days(days: int) -> Limit:
    return Limit(LimitKind.WORK_DAY, days)


def _urgent(
    category: str, code: str, filing: str, closing: str, *, zh: str, en: str, lead: tuple[str, ...]
) -> Condition:
    """A danger: made safe within two hours, day and night, looked at on the spot."""
    return Condition(
        condition_id=f"{category}-{code}",
        category_code=category,
        code=code,
        filing_text=filing,
        closing_text=closing,
        limit=_TWO_HOURS,
        acknowledge_limit=_HALF_HOUR,
        respond_limit=_ONE_HOUR,
        closing_evidence=(Evidence.AFTER_PHOTO, Evidence.POSITION),
        verification=Verification.SPOT,
        lead=lead,
        last_resort=_STREET_LAST,
        name=Text(zh, en),
        picture=_drawing(category, code),
    )


def _plain(
    category: str,
    code: str,
    filing: str,
    closing: str,
    limit: Limit,
    *,
    zh: str,
    en: str,
    lead: tuple[str, ...],
    verification: Verification = Verification.DESK,
    by_class: Mapping[str, Limit] | None = None,
    closing_evidence: tuple[Evidence, ...] = (Evidence.AFTER_PHOTO,),
    milestones: tuple[Milestone, ...] = (),
    informed: bool = False,
) -> Condition:
    return Condition(
        condition_id=f"{category}-{code}",
        category_code=category,
        code=code,
        filing_text=filing,
        closing_text=closing,
        limit=limit,
        limits_by_area_class=by_class or {},
        milestones=milestones,
        acknowledge_limit=_TWO_WORK_HOURS,
        closing_evidence=closing_evidence,
        verification=verification,
        informed_close_allowed=informed,
        lead=lead,
        last_resort=_COMMUNITY,
        name=Text(zh, en),
        picture=_drawing(category, code),
    )


_REMOVAL = (
    Milestone(1, "制止", Limit(LimitKind.URGENT_HOUR, 1)),
    Milestone(2, "拆除", Limit(LimitKind.NATURAL_DAY, 15), (Evidence.AFTER_PHOTO,)),
)
_HEARD = (Evidence.ANSWER,)

CONDITIONS: tuple[Condition, ...] = (
    _plain(
        "litter_full",
        "full",
        "垃圾桶、果皮箱满溢，或桶边堆放",
        "清运完毕，桶身与周边干净",
        _FOUR_WORK_HOURS,
        zh="垃圾满了",
        en="Bin is full",
        lead=_CLEANERS,
    ),
    _plain(
        "litter_ground",
        "ground",
        "路面、绿地、楼道有散落垃圾",
        "清扫干净",
        _FOUR_WORK_HOURS,
        by_class={"A": _TWO_WORK_HOURS, "B": _FOUR_WORK_HOURS, "C": _EIGHT_WORK_HOURS},
        zh="地上垃圾",
        en="Litter on the ground",
        lead=_CLEANERS,
    ),
    _plain(
        "dumping",
        "dumped",
        "公共地方堆放杂物、建筑废料、大件垃圾",
        "清走，地面恢复",
        _days(2),
        zh="乱堆放",
        en="Things dumped",
        lead=_CLEANERS,
    ),
    _urgent(
        "manhole",
        "missing",
        "井盖缺失、移位，行人会掉下去",
        "盖好并固定",
        zh="不见了",
        en="Missing",
        lead=_COVER_OWNER,
    ),
    _plain(
        "manhole",
        "broken",
        "井盖或井圈破损、开裂",
        "更换或修复",
        _FOUR_WORK_HOURS,
        zh="破了",
        en="Broken",
        lead=_COVER_OWNER,
        verification=Verification.SPOT,
    ),
    _plain(
        "manhole",
        "noisy",
        "车过时井盖弹跳、发响",
        "垫稳，不再发响",
        _days(2),
        zh="响",
        en="Noisy",
        lead=_COVER_OWNER,
    ),
    _plain(
        "lamp",
        "dark",
        "路灯不亮或闪烁",
        "恢复正常照明",
        _days(3),
        zh="路灯不亮",
        en="Lamp is out",
        lead=("路灯管理单位",),
    ),
    _plain(
        "flooding",
        "shallow",
        "路面积水，绕一绕能走过去",
        "排干，找到原因",
        _days(1),
        zh="能走过去",
        en="Can be passed",
        lead=("排水管理单位", *_ESTATES),
    ),
    _urgent(
        "flooding",
        "deep",
        "积水没过脚面、进屋或带电，走不过去",
        "排干，解除危险",
        zh="走不过去",
        en="Cannot be passed",
        lead=("排水管理单位", *_ESTATES),
    ),
    _plain(
        "parking",
        "blocking",
        "车辆占用人行道、盲道、出入口",
        "移走或摆放整齐",
        _FOUR_WORK_HOURS,
        zh="乱停放",
        en="Badly parked",
        lead=(*_ESTATES, *_COMMUNITY),
    ),
    _urgent(
        "fire_lane",
        "blocked",
        "消防通道、疏散楼梯、消防登高面被占用或锁闭",
        "恢复畅通",
        zh="堵消防通道",
        en="Fire lane blocked",
        lead=_ESTATES,
    ),
    _plain(
        "other",
        "general",
        "其他影响环境、秩序、安全的问题",
        "按事项处理并答复",
        _days(5),
        zh="其他",
        en="Something else",
        lead=_COMMUNITY,
        informed=True,
    ),
    _plain(
        "building_work",
        "ongoing",
        "正在搭建违法建筑物、构筑物",
        "停止施工并拆除",
        _REMOVAL[-1].limit,
        milestones=_REMOVAL,
        zh="正在违建",
        en="Being built",
        lead=("街道执法队",),
        verification=Verification.SPOT,
    ),
    _plain(
        "street_stall",
        "stall",
        "占道经营、店外摆卖",
        "收回或撤离，地面干净",
        _FOUR_WORK_HOURS,
        zh="占道经营",
        en="Stall on the road",
        lead=("街道执法队",),
    ),
    _plain(
        "greenery",
        "fallen",
        "树枝折断、倾倒或遮挡",
        "修剪、清走",
        _days(3),
        zh="树木问题",
        en="Trees",
        lead=("绿化养护单位", *_ESTATES),
    ),
    _plain(
        "noise",
        "noise",
        "生活、装修、娱乐噪声扰民",
        "劝止，来电人知道结果",
        _days(1),
        zh="噪声",
        en="Noise",
        lead=_COMMUNITY,
        verification=Verification.PHONE,
        closing_evidence=_HEARD,
    ),
    _plain(
        "demand",
        "answer",
        "住户的诉求、建议、求助",
        "当面或电话答复，住户听到了答复",
        _days(5),
        zh="住户诉求",
        en="A household's request",
        lead=_COMMUNITY,
        verification=Verification.PHONE,
        closing_evidence=_HEARD,
        informed=True,
    ),
)


def _category(
    code: str,
    zh: str,
    en: str,
    kind: CategoryKind,
    *,
    place: int | None = None,
    question: Question | None = None,
    named: bool = True,
    radius_m: float = 30.0,
) -> Category:
    conditions = tuple(one.condition_id for one in CONDITIONS if one.category_code == code)
    return Category(
        code=code,
        scheme=SCHEME,
        name=Text(zh, en),
        kind=kind,
        condition_ids=conditions,
        picture=Picture(place, code) if place is not None else None,
        question=question,
        default_condition_id=conditions[0] if named and question is None else None,
        duplicate_radius_m=radius_m,
        automatic=place is not None and named,
    )


_THING, _HAPPENING, _DEMAND = CategoryKind.COMPONENT, CategoryKind.MATTER, CategoryKind.DEMAND
_COVER = Question(
    Text("井盖怎么了？", "What is wrong with it?"), ("manhole-missing", "manhole-broken", "manhole-noisy")
)
_WATER = Question(Text("走得过去吗？", "Can people pass?"), ("flooding-shallow", "flooding-deep"))

CATEGORIES: tuple[Category, ...] = (
    _category("litter_full", "垃圾满了", "Bin full", _HAPPENING, place=1, radius_m=20),
    _category("litter_ground", "地上垃圾", "Litter", _HAPPENING, place=2),
    _category("dumping", "乱堆放", "Dumping", _HAPPENING, place=3),
    _category("manhole", "井盖", "Manhole cover", _THING, place=4, question=_COVER, radius_m=10),
    _category("lamp", "路灯", "Street lamp", _THING, place=5, radius_m=15),
    _category("flooding", "积水", "Standing water", _HAPPENING, place=6, question=_WATER, radius_m=50),
    _category("parking", "乱停放", "Bad parking", _HAPPENING, place=7),
    _category("fire_lane", "堵消防通道", "Fire lane blocked", _HAPPENING, place=8),
    _category("other", "其他", "Other", _HAPPENING, place=9, named=False),
    _category("building_work", "违法搭建", "Illegal building", _HAPPENING),
    _category("street_stall", "占道经营", "Street stall", _HAPPENING),
    _category("greenery", "树木绿化", "Trees and greenery", _THING),
    _category("noise", "噪声扰民", "Noise", _HAPPENING),
    _category("demand", "住户诉求", "A household's request", _DEMAND),
)
