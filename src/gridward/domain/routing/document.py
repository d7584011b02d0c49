"""Rules and duty lists as JSON: what a file, a screen and the database hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from gridward.domain.errors import Malformed
from gridward.domain.routing.rules import By, Choose, Duty, Ground, Part, Rule, When, Window
from gridward.domain.territory import ServiceKind, UnitKind


def read_rules(document: object) -> tuple[Rule, ...]:
    """Rules from their JSON form, a list of ``{rule_id, name, when: {…}, choose: {by, kind?, unit_id?}, before?}``.

    ``when`` may hold ``categories, conditions, grounds, grids, areas, area_classes`` (lists), ``urgent`` and ``window``
    (``{from_on?, to_on?, from_time?, to_time?}``, ISO dates and ``22:00``).

    Raises:
        Malformed: ``rules_malformed`` with ``place`` (``rules[2].when.grounds``).
    """
    return tuple(_rule(item, f"rules[{at}]") for at, item in enumerate(_list(document, "rules")))


def read_duties(document: object) -> tuple[Duty, ...]:
    """The duty list from its JSON form, a list of ``{category, unit_kind, part?, unit_id?, area_id?}``.

    Raises:
        Malformed: ``rules_malformed`` with ``place``.
    """
    return tuple(_duty(item, f"duties[{at}]") for at, item in enumerate(_list(document, "duties")))


def write_rules(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """The JSON form; the inverse of :func:`read_rules`."""
    return [
        {
            "rule_id": rule.rule_id,
            "name": rule.name,
            "when": {
                name: _written(value) for name in When.__slots__ if (value := getattr(rule.when, name)) is not None
            },
            "choose": {
                name: str(value) for name in Choose.__slots__ if (value := getattr(rule.choose, name)) is not None
            },
            **({"before": sorted(rule.before)} if rule.before else {}),
        }
        for rule in rules
    ]


def _written(value: object) -> object:
    if isinstance(value, Window):
        parts = {name: getattr(value, name) for name in Window.__slots__}
        return {
            name: f"{part:%H:%M}" if isinstance(part, time) else str(part)
            for name, part in parts.items()
            if part is not None
        }
    return value if isinstance(value, bool) else sorted(map(str, value))  # type: ignore[call-overload]


def write_duties(duties: Iterable[Duty]) -> list[dict[str, Any]]:
    """The JSON form; the inverse of :func:`read_duties`."""
    return [
        {name: str(value) for name in Duty.__slots__ if (value := getattr(duty, name)) is not None} for duty in duties
    ]


Word = TypeVar("Word", bound=StrEnum)


def _rule(item: object, place: str) -> Rule:
    given = _fields(item, place, {"rule_id", "name", "when", "choose", "before"})
    when = _fields(given.get("when", {}), f"{place}.when", set(When.__slots__))
    choose = _fields(given.get("choose"), f"{place}.choose", set(Choose.__slots__))
    by = _word(By, choose.get("by"), f"{place}.choose.by")
    kind, unit_id = choose.get("kind"), choose.get("unit_id")
    if (by is By.service_area) is (kind is None) or (by is By.unit) is (unit_id is None):
        raise _malformed(f"{place}.choose")
    urgent = when.get("urgent")
    if urgent is not None and not isinstance(urgent, bool):
        raise _malformed(f"{place}.when.urgent")

    def some(name: str) -> list[object] | None:
        return None if when.get(name) is None else _list(when[name], f"{place}.when.{name}", least=1)

    grounds, grids, areas = some("grounds"), some("grids"), some("areas")
    at = f"{place}.when"
    return Rule(
        rule_id=_text(given.get("rule_id"), f"{place}.rule_id"),
        name=_text(given.get("name"), f"{place}.name"),
        when=When(
            categories=_texts(some("categories"), f"{at}.categories"),
            conditions=_texts(some("conditions"), f"{at}.conditions"),
            grounds=None if grounds is None else frozenset(_word(Ground, one, f"{at}.grounds") for one in grounds),
            grids=None if grids is None else frozenset(_id(one, f"{at}.grids") for one in grids),
            areas=None if areas is None else frozenset(_id(one, f"{at}.areas") for one in areas),
            area_classes=_texts(some("area_classes"), f"{at}.area_classes"),
            urgent=urgent,
            window=None if when.get("window") is None else _window(when["window"], f"{at}.window"),
        ),
        choose=Choose(
            by=by,
            kind=None if kind is None else _word(ServiceKind, kind, f"{place}.choose.kind"),
            unit_id=None if unit_id is None else _id(unit_id, f"{place}.choose.unit_id"),
        ),
        before=_texts(_list(given.get("before", []), f"{place}.before"), f"{place}.before") or frozenset(),
    )


def _window(item: object, place: str) -> Window:
    given = _fields(item, place, set(Window.__slots__))

    def part(name: str, read: Callable[[str], Any]) -> Any:
        if given.get(name) is None:
            return None
        try:
            return read(_text(given[name], f"{place}.{name}"))
        except ValueError:
            raise _malformed(f"{place}.{name}") from None

    window = Window(
        from_on=part("from_on", date.fromisoformat),
        to_on=part("to_on", date.fromisoformat),
        from_time=part("from_time", _clock),
        to_time=part("to_time", _clock),
    )
    if window == Window() or (window.from_time is None) is not (window.to_time is None):
        raise _malformed(place)
    return window


def _clock(text: str) -> time:
    """``22:00``, to the minute and without a zone."""
    read = time.fromisoformat(text)
    if read.second or read.microsecond or read.tzinfo:
        raise ValueError(text)
    return read


def _duty(item: object, place: str) -> Duty:
    given = _fields(item, place, set(Duty.__slots__))
    unit_id, area_id = given.get("unit_id"), given.get("area_id")
    return Duty(
        category=_text(given.get("category"), f"{place}.category"),
        unit_kind=_word(UnitKind, given.get("unit_kind"), f"{place}.unit_kind"),
        part=_word(Part, given.get("part", Part.main.value), f"{place}.part"),
        unit_id=None if unit_id is None else _id(unit_id, f"{place}.unit_id"),
        area_id=None if area_id is None else _id(area_id, f"{place}.area_id"),
    )


def _malformed(place: str) -> Malformed:
    return Malformed("rules_malformed", place=place)


def _list(value: object, place: str, *, least: int = 0) -> list[object]:
    if not isinstance(value, list) or len(value) < least:
        raise _malformed(place)
    return value


def _fields(value: object, place: str, known: set[str]) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or not set(value) <= known:
        raise _malformed(place)
    return value


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _malformed(place)
    return value


def _texts(values: list[object] | None, place: str) -> frozenset[str] | None:
    return None if values is None else frozenset(_text(value, place) for value in values)


def _word(words: type[Word], value: object, place: str) -> Word:
    try:
        return words(_text(value, place))
    except ValueError:
        raise _malformed(place) from None


def _id(value: object, place: str) -> UUID:
    try:
        return UUID(_text(value, place))
    except ValueError:
        raise _malformed(place) from None
