"""Tables of a person's file: what names of units mean, what kind of place a community is. Judged row by row."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from gridward.domain.accounts import Actor
from gridward.domain.imports import Finding
from gridward.domain.standards import COMMUNITY_TYPE_WORDS, CommunityType
from gridward.domain.standards_unit_names import UnitRole
from gridward.domain.territory import UnitKind
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards.places import PlaceType, places_by_code
from gridward.persistence.standards.unit_names import UnitNameLine, units_by_word

Word = TypeVar("Word", UnitKind, UnitRole, CommunityType)
Rows = Sequence[tuple[str, Mapping[str, str]]]

NAME_COLUMNS = {
    "name": ("name", "单位名称", "名称"),
    "role": ("role", "角色", "主办协办兜底"),
    "area": ("area", "区划代码", "区划"),
    "kind": ("unit_kind", "单位类别", "类别"),
    "unit": ("unit", "单位代码", "责任单位"),
}
PLACE_COLUMNS = {
    "code": ("code", "代码", "区划代码", "网格代码"),
    "type": ("community_type", "小区类型", "类型"),
    "class": ("area_class", "区域类别", "区域级别"),
}
ROLE_WORDS = {"主办": UnitRole.lead, "协办": UnitRole.assist, "兜底": UnitRole.last_resort}
KIND_WORDS = {
    "作业单位": UnitKind.work,
    "物业企业": UnitKind.estate,
    "专业部门": UnitKind.department,
    "权属单位": UnitKind.owner,
    "街道": UnitKind.street,
    "社区": UnitKind.community,
    "志愿队": UnitKind.volunteers,
}
TYPE_WORDS = {word: one for one, word in COMMUNITY_TYPE_WORDS.items()}
CLASS_WORDS = {"一类": "A", "二类": "B", "三类": "C", "A类": "A", "B类": "B", "C类": "C"}


async def names_in_file(
    session: ReadSession | WriteSession, actor: Actor, rows: Rows, used: Collection[str]
) -> tuple[list[UnitNameLine], list[Finding]]:
    """Lines for :func:`unit_names.map_names`, and what is wrong with rows; a row that says neither kind nor unit takes
    a meaning back. ``used``: the names of the standard.
    """
    jurisdiction_id = actor.jurisdiction_id
    areas = await places_by_code(session, jurisdiction_id, {row["area"] for _, row in rows if row.get("area")})
    units = await units_by_word(session, jurisdiction_id, {row["unit"] for _, row in rows if row.get("unit")})
    lines: list[UnitNameLine] = []
    findings: list[Finding] = []
    seen: set[tuple[str, UUID | None]] = set()
    for place, row in rows:
        name, area, unit = row["name"], row.get("area", ""), row.get("unit", "")
        kind = _word(row.get("kind", ""), UnitKind, KIND_WORDS)
        role = _word(row.get("role", ""), UnitRole, ROLE_WORDS)
        of_area = areas.get(area)
        key = (name, of_area[1] if of_area else None)
        faults = {
            "name_not_used": ("name", name, name not in used, "No condition of the standard uses this name."),
            "kind_unknown": ("unit_kind", row.get("kind", ""), kind is None and bool(row.get("kind")), KINDS),
            "role_unknown": (
                "role",
                row.get("role", ""),
                role is None and bool(row.get("role")),
                "主办, 协办 or 兜底.",
            ),
            "area_unknown": ("area", area, bool(area) and (of_area is None or of_area[0] != "area"), NO_AREA),
            "unit_unknown": ("unit", unit, bool(unit) and len(units.get(unit, ())) != 1, NO_UNIT),
            "two_meanings": (
                "unit",
                unit,
                bool(unit) and kind is not None,
                "Say a kind of unit or one unit, not both.",
            ),
            "place_twice": ("area", area, key in seen, "The name has a line for this place already."),
        }
        wrong = [(code, *told) for code, told in faults.items() if told[2]]
        findings += [Finding(code=code, place=place, field=f, text=text, why=why) for code, f, text, _, why in wrong]
        seen.add(key)
        if not wrong:
            unit_id = units[unit][0] if unit else None
            lines.append(UnitNameLine(name=name, area_id=key[1], unit_kind=kind, unit_id=unit_id, role=role))
    return lines, findings


async def places_in_file(
    session: ReadSession | WriteSession, actor: Actor, rows: Rows
) -> tuple[list[PlaceType], list[Finding]]:
    """Lines for :func:`places.set_types`, and what is wrong with rows."""
    known = await places_by_code(session, actor.jurisdiction_id, {row["code"] for _, row in rows})
    lines: list[PlaceType] = []
    findings: list[Finding] = []
    seen: set[str] = set()
    for place, row in rows:
        kind, class_ = row.get("type", ""), row.get("class", "")
        community_type = _word(kind, CommunityType, TYPE_WORDS)
        letter = CLASS_WORDS.get(class_, class_.upper())
        faults = {
            "place_unknown": ("code", row["code"], row["code"] not in known, NO_AREA),
            "place_twice": ("code", row["code"], row["code"] in seen, "The file has a line for it already."),
            "type_unknown": ("community_type", kind, community_type is None and bool(kind), TYPES),
            "class_unknown": ("area_class", class_, letter not in ("", "A", "B", "C"), "A, B or C."),
        }
        wrong = [(code, *told) for code, told in faults.items() if told[2]]
        findings += [Finding(code=code, place=place, field=f, text=text, why=why) for code, f, text, _, why in wrong]
        seen.add(row["code"])
        if not wrong:
            lines.append(PlaceType(code=row["code"], community_type=community_type, area_class=letter or None))
    return lines, findings


NO_AREA = "No area or grid has this code."
NO_UNIT = "No unit, or more than one, has this code or name."
KINDS = f"One of {'、'.join(KIND_WORDS)}."
TYPES = f"One of {'、'.join(TYPE_WORDS)}."


def _word(text: str, words: type[Word], chinese: Mapping[str, Word]) -> Word | None:
    if text in chinese:
        return chinese[text]
    return words(text) if text in set(words) else None
