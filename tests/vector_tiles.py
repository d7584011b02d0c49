"""Reads vector tiles as a map does, by the published format and with no code of ours: layers, points, properties."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack
from typing import Any

VALUES = {1: bytes.decode, 2: lambda raw: unpack("<f", raw)[0], 3: lambda raw: unpack("<d", raw)[0]}


@dataclass(frozen=True, slots=True)
class Feature:
    """``at`` is the first point of its shape in steps of the tile, from the north-west corner."""

    at: tuple[int, int]
    says: dict[str, Any]


def read_tile(content: bytes) -> dict[str, list[Feature]]:
    """The features of a tile by layer; one written in several pieces is read as one."""
    found: dict[str, list[Feature]] = {}
    for number, layer in _fields(content):
        assert number == 3, "a tile holds layers only"
        name, features = _layer(layer)
        found.setdefault(name, []).extend(features)
    return found


def _layer(content: bytes) -> tuple[str, list[Feature]]:
    name, keys, values, features = "", [], [], []
    for number, value in _fields(content):
        if number == 1:
            name = value.decode()
        elif number == 2:
            features.append(value)
        elif number == 3:
            keys.append(value.decode())
        elif number == 4:
            values.append(_value(value))
    return name, [_feature(one, keys, values) for one in features]


def _feature(content: bytes, keys: list[str], values: list[Any]) -> Feature:
    fields = dict(_fields(content))
    tags, shape = list(_numbers(fields.get(2, b""))), list(_numbers(fields[4]))
    x, y = ((number >> 1) ^ -(number & 1) for number in shape[1:3])
    return Feature((x, y), {keys[key]: values[value] for key, value in zip(tags[::2], tags[1::2], strict=True)})


def _value(content: bytes) -> Any:
    ((kind, raw),) = _fields(content)
    if kind in VALUES:
        return VALUES[kind](raw)
    if kind == 6:
        return (raw >> 1) ^ -(raw & 1)
    return bool(raw) if kind == 7 else raw


def _fields(content: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(content):
        key, at = _number(content, at)
        kind = key & 7
        if kind == 0:
            value, at = _number(content, at)
            yield key >> 3, value
            continue
        length, at = _number(content, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
        yield key >> 3, content[at : at + length]
        at += length


def _numbers(content: bytes) -> Iterator[int]:
    at = 0
    while at < len(content):
        number, at = _number(content, at)
        yield number


def _number(content: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        number |= (content[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if content[at - 1] < 0x80:
            return number, at
