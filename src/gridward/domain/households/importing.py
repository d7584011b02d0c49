"""A spreadsheet of households, judged row by row against what is registered; nothing is guessed and nothing half done.

Each row is one household. Rows that stand below a merged building, entrance or floor cell belong to it, which is said;
any other cell that reaches over several rows is a question. An identity number is refused wherever it stands, and it is
not repeated in the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
NO = frozenset({"", "否", "不同意", "no", "n", "0", "×"})


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
    """A household that stands: ``fingerprint`` of its contact (keyed digest of number, name) and its needs."""

    household_id: UUID
    version: int
    floor: str
    name: str | None
    phone_digest: bytes | None
    needs: frozenset[Need]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Buildings by code, name and house number; None where several are called so. What stands there by place."""

    buildings: Mapping[str, UUID | None]
    households: Mapping[tuple[UUID, str, str], Known] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A row that can be published; ``known`` None: a household to be registered. Without consent there is no contact."""

    place: str
    building_id: UUID
    dwelling: Dwelling
    name: str | None
    phone: str | None
    consents: bool
    needs: tuple[Need, ...]
    known: Known | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    read: int
    ready: tuple[Planned, ...]
    unchanged: int
    repaired: int
    refused: tuple[Finding, ...]
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
            warnings=self.warnings,
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
    warnings: list[Finding] = []
    seen: dict[tuple[UUID, str, str], str] = {}
    read = unchanged = repaired = 0
    for line in lines:
        read += 1
        try:
            plan = _planned(line, ground)
            key = (plan.building_id, plan.dwelling.entrance, plan.dwelling.room)
            if key in seen:
                raise _Refused("room_repeated", "room", plan.dwelling.label, f"The same room stands in {seen[key]}.")
        except _Refused as wrong:
            refused.append(
                Finding(code=wrong.code, place=line.place, field=wrong.column, text=wrong.text, why=wrong.why)
            )
            continue
        seen[key] = line.place
        if not plan.consents and (line.cell("name") or line.cell("phone")):
            why = "Name and number are left out: this household has not agreed to be called (同意)."
            warnings.append(Finding(code="no_consent", place=line.place, field="consent", why=why))
        repaired += bool(line.filled)
        if line.filled:
            why = "Taken from the merged cell above."
            columns = ", ".join(sorted(line.filled))
            warnings.append(Finding(code="cell_filled", place=line.place, field=columns, why=why))
        if _says_nothing_new(plan, digest_of):
            unchanged += 1
        else:
            ready.append(plan)
    return Judged(
        read=read,
        ready=tuple(ready),
        unchanged=unchanged,
        repaired=repaired,
        refused=tuple(refused),
        warnings=tuple(warnings),
    )


def _planned(line: Line, ground: Ground) -> Planned:
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
    phone = _phone(line)
    said = line.cell("consent").lower()
    if said not in YES | NO:
        why = "Whether this household agrees is 是 or 否."
        raise _Refused("consent_unreadable", "consent", line.cell("consent"), why)
    try:
        needs = needs_of(
            line.cell("needs").replace("，", "、").replace(",", "、").split("、") if line.cell("needs") else ()
        )
    except Malformed:
        why = "A need is 需上门, 需陪诊 or 独居; nothing else is kept about people."
        raise _Refused("need_unknown", "needs", "", why) from None
    consents = said in YES
    return Planned(
        place=line.place,
        building_id=building_id,
        dwelling=place,
        name=name if consents else None,
        phone=phone if consents else None,
        consents=consents,
        needs=needs,
        known=ground.households.get((building_id, place.entrance, place.room)),
    )


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


def _says_nothing_new(plan: Planned, digest_of: Mapping[str, bytes]) -> bool:
    known = plan.known
    if known is None or known.floor != plan.dwelling.floor or known.needs != frozenset(plan.needs):
        return False
    if not plan.consents:
        return known.name is None and known.phone_digest is None
    return known.name == plan.name and known.phone_digest == (digest_of[plan.phone] if plan.phone else None)
