"""A standard or a calendar as JSON, and back: what is stored, exported and compared.

Every dataclass becomes an object of its fields; fractions are whole numbers or ``"n/d"``, spans are seconds, dates ISO.
Reading what was written gives an equal object.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from functools import cache, partial
from typing import Any, TypeVar, Union

from gridward.domain.calendar import WorkingCalendar
from gridward.domain.errors import Malformed
from gridward.domain.standards import Standard

Read = TypeVar("Read")


def to_document(value: object) -> Any:
    """JSON-ready form of a dataclass of this package, or of a part of one."""
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | float() | str():
            return value
        case Fraction():
            return int(value) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
        case timedelta():
            return value.total_seconds()
        case date():
            return value.isoformat()
        case Mapping():
            return {str(to_document(key)): to_document(item) for key, item in value.items()}
        case tuple() | list():
            return [to_document(item) for item in value]
        case frozenset():
            return sorted(to_document(item) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_document(getattr(value, f.name)) for f in dataclasses.fields(value) if f.init}
    raise TypeError(f"no document form for {type(value).__name__}")


def read_standard(document: Mapping[str, Any]) -> Standard:
    """The standard. Raises :class:`Malformed` ``standard.document`` naming the field."""
    return _whole(Standard, document)


def read_file(document: Mapping[str, Any], onto: Standard) -> Standard:
    """A standard from a file of a person: what it does not say is as in ``onto``, and it must fit together.

    ``conditions_changed`` and ``categories_changed`` replace or add single ones; ``conditions`` and ``categories`` all.

    Raises:
        Malformed: ``standard.document`` with ``place`` and ``why``.
    """
    given = dict(document)
    whole = to_document(replace(onto, standard_id="", version=0, valid_from=None, valid_to=None))
    for name in ("categories", "conditions"):
        some = given.pop(f"{name}_changed", {})
        if not isinstance(some, Mapping):
            raise Malformed("standard.document", kind="Standard", place=f"{name}_changed", why="it is no object")
        whole[name] = {**whole[name], **some}
    standard = read_standard({**whole, **given})
    _check(standard)
    return standard


def _check(standard: Standard) -> None:
    """What the shape alone does not say: keys are the ids, categories and conditions name one another."""
    faults: list[tuple[str, str]] = []
    listed = {key: code for code, one in standard.categories.items() for key in one.condition_ids}
    for code, category in standard.categories.items():
        if category.code != code:
            faults.append((f"categories[{code}].code", f"it says {category.code}"))
        faults += [
            (f"categories[{code}].condition_ids", f"there is no condition {key}")
            for key in category.condition_ids
            if key not in standard.conditions
        ]
        named = (category.default_condition_id, *(category.question.answers if category.question else ()))
        faults += [
            (f"categories[{code}]", f"{key} is none of its conditions")
            for key in named
            if key is not None and key not in category.condition_ids
        ]
    for key, condition in standard.conditions.items():
        if condition.condition_id != key:
            faults.append((f"conditions[{key}].condition_id", f"it says {condition.condition_id}"))
        if listed.get(key) != condition.category_code:
            faults.append((f"conditions[{key}].category_code", f"category {condition.category_code} does not list it"))
    if not standard.conditions:
        faults.append(("conditions", "there is none"))
    if faults:
        place, why = faults[0]
        raise Malformed("standard.document", kind="Standard", place=place, why=why)


def read_calendar(document: Mapping[str, Any]) -> WorkingCalendar:
    """The calendar. Raises :class:`Malformed` as :class:`WorkingCalendar` does, or ``standard.document``."""
    return _whole(WorkingCalendar, document)


class _Fault(Exception):
    """What is wrong, and where: the names and numbers on the way to it, innermost first."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.way: list[str] = []

    @property
    def place(self) -> str:
        return "".join(reversed(self.way)).lstrip(".")


def _whole(kind: type[Read], document: Mapping[str, Any]) -> Read:
    try:
        return typing.cast(Read, _at("", _reader(typing.cast(Any, kind)), document))
    except _Fault as fault:
        if isinstance(fault.__cause__, Malformed) and not fault.place:
            raise fault.__cause__ from None
        raise Malformed("standard.document", kind=kind.__name__, place=fault.place, why=str(fault)) from fault


def _at(step: str, read: Callable[[Any], Any], value: Any) -> Any:
    """What lies one step deeper. Raises :class:`_Fault` with the step's name."""
    try:
        return read(value)
    except _Fault as fault:
        fault.way.append(step)
        raise
    except (TypeError, ValueError, KeyError, ZeroDivisionError, AttributeError, Malformed) as fault:
        told = _Fault(f"{fault.code} {dict(fault.facts)}" if isinstance(fault, Malformed) else str(fault))
        told.way.append(step)
        raise told from fault


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """Reads a value of this kind: a standard has thousands of parts, and each kind is looked at once."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):
        present = _number if Fraction in args else _reader(next(one for one in args if one is not type(None)))
        return lambda value: None if value is None else present(value)
    if origin is tuple or origin is frozenset:
        member = _reader(args[0])
        return lambda value: origin(_at(f"[{number}]", member, one) for number, one in enumerate(_checked(list, value)))
    if origin is Mapping:
        return partial(_mapping, _reader(args[0]), _reader(args[1]))
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return partial(_object, kind, {one.name: hints[one.name] for one in dataclasses.fields(kind) if one.init})
    if kind is timedelta:
        return lambda value: timedelta(seconds=value)
    if kind is date:
        return date.fromisoformat
    if kind in (Fraction, float) or issubclass(kind, Enum):
        return typing.cast(Callable[[Any], Any], kind)
    return partial(_checked, kind)


def _object(kind: Any, hints: Mapping[str, Any], value: Any) -> Any:
    unknown = sorted(set(value) - set(hints))
    if unknown:
        raise _Fault(f"nothing is called {', '.join(unknown)} here")
    return kind(**{name: _at(f".{name}", _reader(hint), value[name]) for name, hint in hints.items() if name in value})


def _mapping(name: Callable[[Any], Any], member: Callable[[Any], Any], value: Any) -> dict[Any, Any]:
    return {_at(f"[{key}]", name, key): _at(f"[{key}]", member, one) for key, one in value.items()}


def _checked(kind: type[Any], value: Any) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _number(value: int | str) -> int | Fraction:
    number = Fraction(value)
    return int(number) if number.denominator == 1 else number
