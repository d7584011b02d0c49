"""A standard or a calendar as JSON, and back: what is stored, exported and compared.

Every dataclass becomes an object of its fields; fractions are whole numbers or ``"n/d"``, spans are seconds, dates ISO.
Reading what was written gives an equal object.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any, TypeVar, Union

from gridward.domain.calendar import WorkingCalendar
from gridward.domain.errors import Malformed
from gridward.domain.standards import Condition, Standard

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


def read_condition(document: Mapping[str, Any]) -> Condition:
    """One condition of a standard."""
    return _whole(Condition, document)


def read_calendar(document: Mapping[str, Any]) -> WorkingCalendar:
    """The calendar. Raises :class:`Malformed` as :class:`WorkingCalendar` does, or ``standard.document``."""
    return _whole(WorkingCalendar, document)


def _whole(kind: type[Read], document: Mapping[str, Any]) -> Read:
    try:
        return typing.cast(Read, _read(kind, document))
    except (TypeError, ValueError, KeyError, ZeroDivisionError) as fault:
        raise Malformed("standard.document", kind=kind.__name__, why=str(fault)) from fault


@cache
def _fields(kind: type[Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {f.name: hints[f.name] for f in dataclasses.fields(kind) if f.init}


def _read(kind: Any, value: Any) -> Any:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return _number(value) if Fraction in args else _read(next(a for a in args if a is not type(None)), value)
    if origin is tuple:
        return tuple(_read(args[0], item) for item in value)
    if origin is frozenset:
        return frozenset(_read(args[0], item) for item in value)
    if origin is Mapping:
        return {_read(args[0], key): _read(args[1], item) for key, item in value.items()}
    if dataclasses.is_dataclass(kind):
        make: Any = kind
        return make(**{name: _read(hint, value[name]) for name, hint in _fields(make).items() if name in value})
    if kind is timedelta:
        return timedelta(seconds=value)
    if kind is date:
        return date.fromisoformat(value)
    if kind is Fraction:
        return Fraction(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is float:
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _number(value: int | str) -> int | Fraction:
    number = Fraction(value)
    return int(number) if number.denominator == 1 else number
