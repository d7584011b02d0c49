"""A spreadsheet of households, judged row by row against what is registered; nothing is guessed and nothing half done.

Each row is one household. Rows that stand below a merged building, entrance or floor cell belong to it, which is said;
any other cell that reaches over several rows is a question. An identity number is refused wherever it stands, and it is
not repeated in the answer.

An empty cell, and a column that the file has not, leave what is registered as it is. Only a written 否 withdraws consent,
and then name, number and needs go, as they do when a liaison notes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from gridward.domain.accounts_sign_in import normal_phone
from gridward.domain.errors import Malformed
from gridward.domain.households.register import Dwelling, Need, dwelling, holds_id_number, name_of, needs_of
from gridward.domain.imports import Finding, ImportReport

COLUMNS: Mapping[str, Sequence[str]] = {
    "building": ("楼栋", "楼栋编码", "楼栋名称", "房屋", "building"),
    "entrance": ("单元", "梯", "entrance"),
    "floor": ("楼层", "层", "floor"),
    "room": ("房号", "房间号", "门牌", "室", "room"),
    "name": ("联系人", "姓名", "户主", "name"),
    "phone": ("联系电话", "电话", "手机", "phone"),
    "consent": ("同意", "是否同意", "consent"),
    "needs": ("关爱", "关爱需要", "needs"),
}
NEEDED = ("building", "room")
FILLED = frozenset({"building", "entrance", "floor"})
"""A merged cell of these stands for all of its rows."""
UNWANTED = ("身份证", "证件号", "民族", "宗教", "病")
"""Parts of headings whose columns are left unread; the preview says so."""

YES = frozenset({"是", "同意", "yes", "y", "1", "√", "✓"})
NO = frozenset({"否", "不同意", "no", "n", "0", "×"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: ``cells`` by the names of :data:`COLUMNS`; ``filled`` and ``spread`` name cells that were merged over
    several rows, of :data:`FILLED` and others."""

    place: str
    cells: Mapping[str, str]
    filled: frozenset[str] = frozenset()
    spread: frozenset[str] = frozenset()

    def cell(self, name: str) -> str:
        return self.cells.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Known:
    """A household that stands: its contact (name, keyed digest of the number), its needs, and what it said last.

    ``number_sealed``: the number as it is kept, to be written again where a row has none.
    """

    household_id: UUID
    version: int
    floor: str
    name: str | None
    phone_digest: bytes | None
    needs: frozenset[Need]
    consents: bool
    number_sealed: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Buildings by code, name and house number; None where several are called so. What stands there by place."""

    buildings: Mapping[str, UUID | None]
    households: Mapping[tuple[UUID, str, str], Known] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A row that can be published: its household as it will stand; ``known`` None: one to be registered.

    ``noted``: what it said, where that is not known yet. ``contact``: whether name or number is to be written; ``phone``
    None: the number stays. Without consent none of the three comes from the file.
    """

    place: str
    building_id: UUID
    dwelling: Dwelling
    noted: bool | None
    contact: bool
    name: str | None
    phone: str | None
    needs: tuple[Need, ...]
    known: Known | None

    @property
    def withdraws(self) -> bool:
        return self.noted is False

    @property
    def writes_needs(self) -> bool:
        return frozenset(self.needs) != (self.known.needs if self.known else frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    read: int
    ready: tuple[Planned, ...]
    unchanged: int
    repaired: int
    refused: tuple[Finding, ...]
    overwritten: tuple[Finding, ...]
    warnings: tuple[Finding, ...]

    @property
    def report(self) -> ImportReport:
        return ImportReport(
            subject="households",
            read=self.read,
            ready=len(self.ready),
            unchanged=self.unchanged,
            repaired=self.repaired,
            refused=self.refused,
            warnings=self.overwritten + self.warnings,
            facts={"new": sum(one.known is None for one in self.ready)},
        )


class _Refused(Exception):
    def __init__(self, code: str, column: str, text: str, why: str) -> None:
        self.code, self.column, self.text, self.why = code, column, text, why


def judge(lines: Iterable[Line], ground: Ground, digest_of: Mapping[str, bytes]) -> Judged:
    """Every line on its own, then against the lines before it.

    Args:
        digest_of: Keyed digest of every readable number in the file, so that a number can be compared unread.
    """
    ready: list[Planned] = []
    refused: list[Finding] = []
    overwritten: list[Finding] = []
    warnings: list[Finding] = []
    seen: dict[tuple[UUID, str, str], str] = {}
    behind = _behind_entrances(ground)
    read = unchanged = repaired = 0
    for line in lines:
        read += 1
        try:
            plan = _planned(line, ground, digest_of)
            if plan.known is None and _lacks_entrance(plan, behind):
                why = "Which entrance? At this room a household is registered that has one."
                raise _Refused("entrance_missing", "entrance", plan.dwelling.label, why)
            key = (plan.building_id, plan.dwelling.entrance, plan.dwelling.room)
            if key in seen:
                raise _Refused("room_repeated", "room", plan.dwelling.label, f"The same room stands in {seen[key]}.")
        except _Refused as wrong:
            refused.append(
                Finding(code=wrong.code, place=line.place, field=wrong.column, text=wrong.text, why=wrong.why)
            )
            continue
        seen[key] = line.place
        if _left_out(line, plan):
            why = "Name, number and needs are left out: this household has not agreed (同意)."
            warnings.append(Finding(code="no_consent", place=line.place, field="consent", why=why))
        repaired += bool(line.filled)
        if line.filled:
            why = "Taken from the merged cell above."
            columns = ", ".join(sorted(line.filled))
            warnings.append(Finding(code="cell_filled", place=line.place, field=columns, why=why))
        if _says_nothing_new(plan):
            unchanged += 1
        else:
            ready.append(plan)
            overwritten += _overwritten(plan)
    return Judged(
        read=read,
        ready=tuple(ready),
        unchanged=unchanged,
        repaired=repaired,
        refused=tuple(refused),
        overwritten=tuple(overwritten),
        warnings=tuple(warnings),
    )


def _behind_entrances(ground: Ground) -> Mapping[tuple[UUID, str], set[str]]:
    """The floors, by building and room, of the households that have an entrance."""
    found: dict[tuple[UUID, str], set[str]] = {}
    for (building_id, entrance, room), known in ground.households.items():
        if entrance:
            found.setdefault((building_id, room), set()).add(known.floor)
    return found


def _lacks_entrance(plan: Planned, behind: Mapping[tuple[UUID, str], set[str]]) -> bool:
    """Whether it would stand beside a household that may be the same one; a floor that is not said may be any."""
    floors = behind.get((plan.building_id, plan.dwelling.room), set())
    floor = plan.dwelling.floor
    return not plan.dwelling.entrance and bool(floors) and (not floor or "" in floors or floor in floors)


def _planned(line: Line, ground: Ground, digest_of: Mapping[str, bytes]) -> Planned:
    for column in COLUMNS:
        # A building's code begins with that of its grid, which has as many digits as an identity number of old.
        of_ours = column == "building" and line.cell(column) in ground.buildings
        if not of_ours and holds_id_number(line.cell(column)):
            why = "An identity number: it is not stored, and not shown here. Take it out of the file."
            raise _Refused("id_number", column, "", why)
    for column in sorted(line.spread):
        why = "This cell reaches over several rows: which of them does it mean? Write it into each, or into one."
        raise _Refused("cell_merged", column, line.cell(column), why)
    building_id = _building(line, ground)
    try:
        place = dwelling(line.cell("entrance"), line.cell("floor"), line.cell("room"))
        name = name_of(line.cell("name")) or None
    except Malformed as wrong:
        column = "name" if wrong.code == "household.name_too_long" else "room"
        raise _Refused(wrong.code.removeprefix("household."), column, "", "Too long to be one.") from None
    if not place.room and (place.entrance or place.floor):
        raise _Refused("room_missing", "room", "", "Which room? Only a house of one family has none.")
    phone, said, needs = _phone(line), _said(line), _needs(line)
    known = ground.households.get((building_id, place.entrance, place.room))
    agreed = known is not None and known.consents
    consents = agreed if said is None else said
    if not consents:
        name, phone, needs = None, None, None
    stays = known if said is not False else None
    noted = said if (not agreed if said else _holds_anything(known)) else None
    renamed = name is not None and (known is None or name != known.name)
    renumbered = phone is not None and (known is None or digest_of[phone] != known.phone_digest)
    return Planned(
        place=line.place,
        building_id=building_id,
        dwelling=replace(place, floor=place.floor or (known.floor if known else "")),
        noted=noted,
        contact=consents and (noted is True or renamed or renumbered),
        name=name or (stays.name if stays else None),
        phone=phone if renumbered else None,
        needs=needs if needs is not None else tuple(sorted(stays.needs)) if stays else (),
        known=known,
    )


def _said(line: Line) -> bool | None:
    text = line.cell("consent").lower()
    if text and text not in YES | NO:
        why = "Whether this household agrees is 是 or 否."
        raise _Refused("consent_unreadable", "consent", line.cell("consent"), why)
    return text in YES if text else None


def _needs(line: Line) -> tuple[Need, ...] | None:
    text = line.cell("needs").replace("，", "、").replace(",", "、")
    try:
        return needs_of(text.split("、")) if text else None
    except Malformed:
        why = "A need is 需上门, 需陪诊 or 独居; nothing else is kept about people."
        raise _Refused("need_unknown", "needs", "", why) from None


def _holds_anything(known: Known | None) -> bool:
    """Whether there is something that a withdrawal takes away."""
    return known is not None and bool(known.consents or known.name or known.phone_digest or known.needs)


def _building(line: Line, ground: Ground) -> UUID:
    text = line.cell("building")
    if not text:
        raise _Refused("building_missing", "building", "", "Which building? An empty cell is not the one above it.")
    if text not in ground.buildings:
        why = "No building has this code, name or number here; import the territory first, or look for a lost zero."
        raise _Refused("building_unknown", "building", text, why)
    found = ground.buildings[text]
    if found is None:
        raise _Refused("building_ambiguous", "building", text, "Several buildings are called so: write the code.")
    return found


def _phone(line: Line) -> str | None:
    text = line.cell("phone")
    if not text:
        return None
    try:
        return normal_phone(text)
    except Malformed:
        why = "Not a mobile number of eleven digits."
        raise _Refused("phone_malformed", "phone", "", why) from None


def _left_out(line: Line, plan: Planned) -> bool:
    agrees = plan.noted is True or (plan.known is not None and plan.known.consents and not plan.withdraws)
    return not agrees and any(line.cell(column) for column in ("name", "phone", "needs"))


def _says_nothing_new(plan: Planned) -> bool:
    known = plan.known
    return (
        known is not None
        and known.floor == plan.dwelling.floor
        and plan.noted is None
        and not plan.contact
        and not plan.writes_needs
    )


def _overwritten(plan: Planned) -> list[Finding]:
    """What of a registered household a row replaces or takes away; never what it is: whoever imports may not read it.

    Needs are said to be written whether there were others or none: who needs what is for the liaison alone.
    """
    known = plan.known
    if known is None:
        return []

    def found(code: str, column: str, why: str) -> Finding:
        place = replace(plan.dwelling, floor=known.floor)
        return Finding(code=code, place=plan.place, field=column, text=place.label, why=why)

    if plan.withdraws:
        why = "Consent is withdrawn (否): name, number and needs are removed."
        rest = [found("consent_withdrawn", "consent", why)]
    else:
        rest = []
        if known.name and plan.contact and plan.name != known.name:
            rest.append(found("name_overwritten", "name", "Another name takes the place of the one that is kept."))
        if known.phone_digest and plan.phone:
            rest.append(found("phone_overwritten", "phone", "Another number takes the place of the one that is kept."))
        if plan.writes_needs:
            rest.append(found("needs_written", "needs", "Exactly the needs of this row are kept from now on."))
    if known.floor and known.floor != plan.dwelling.floor:
        rest.append(found("floor_overwritten", "floor", "Another floor takes the place of the one that is kept."))
    return rest
