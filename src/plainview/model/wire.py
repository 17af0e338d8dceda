# SPDX-License-Identifier: Apache-2.0
"""Values to JSON and back, exactly: the one place where a model value meets text.

``dump`` writes any frozen value of this package; ``load`` reads it into the type asked for and keeps
nothing it does not know silently wrong: an unknown field is ignored (newer writers may add), a
missing field without default is an error. Canonical text: keys sorted, no spaces, UTF-8.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def plain(value: object) -> Any:
    """The value as JSON-ready objects; dataclasses become objects, tuples lists, times ISO text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no wire form")


def canonical(value: object) -> bytes:
    """Canonical JSON bytes: what digests and keys are taken over."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def pieces(value: object) -> Iterator[str]:
    """The JSON text of a dataclass, piece by piece: one line for each field and for each member of a list.

    A case of ten hours holds a million words; as one text, or as one tree of objects, it would not fit beside itself.

    >>> from dataclasses import make_dataclass
    >>> "".join(pieces(make_dataclass("Pair", ["a", "b"])(1, (2, 3)))).split("\\n")
    ['{"schema":"Pair.1",', '"a":1,', '"b":[', '2,', '3', ']}', '']
    """
    assert is_dataclass(value)
    yield f"{{{json.dumps('schema')}:{json.dumps(f'{type(value).__name__}.1')}"
    for name in sorted(_names(type(value))):
        inner = getattr(value, name)
        yield f",\n{json.dumps(name)}:"
        if isinstance(inner, tuple) and inner:
            separator = "[\n"
            for item in inner:
                yield separator + _compact(item)
                separator = ",\n"
            yield "\n]"
        else:
            yield _compact(inner)
    yield "}\n"


def _compact(value: object) -> str:
    return json.dumps(value, default=_member, separators=(",", ":"), ensure_ascii=False, sort_keys=True)


def _member(value: object) -> object:
    """One step of :func:`plain`: what JSON does not know itself, its own members left as they are."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: getattr(value, name) for name in _names(type(value))}
    return plain(value)


def _names(kind: Any) -> tuple[str, ...]:
    if kind not in _NAMES:
        _NAMES[kind] = tuple(f.name for f in fields(kind))
    return _NAMES[kind]


_NAMES: dict[type, tuple[str, ...]] = {}
"""Field names by class, asked for a million times in one dump."""


def dump(value: object, *, indent: int | None = None) -> str:
    """JSON text with sorted keys; the object's type is named in ``schema`` when it is a dataclass."""
    data = plain(value)
    if is_dataclass(value) and isinstance(data, dict):
        data = {"schema": f"{type(value).__name__}.1", **data}
    return json.dumps(data, sort_keys=True, indent=indent, ensure_ascii=False)


def load(kind: type[T], text: str | bytes) -> T:
    """Parse JSON text into ``kind``; ``ValueError`` names the field that does not fit."""
    return build(kind, json.loads(text))


_NEXT = ", "


def dumped(values: Iterable[object]) -> str:
    """The JSON text of a list, one member made a tree at a time.

    >>> dumped([1, 2.5])
    '[1, 2.5]'
    """
    return f"[{_NEXT.join(json.dumps(plain(each), ensure_ascii=False, sort_keys=True) for each in values)}]"


def members(kind: type[T], text: str) -> Iterator[T]:
    """The members of a list as ``dumped`` writes it, one read at a time; ``ValueError`` when it is written otherwise.

    Hours of tracks as one tree of objects would fill memory.

    >>> list(members(float, "[1, 2.5]"))
    [1.0, 2.5]
    """
    if not text.startswith("["):
        raise ValueError(f"{kind.__name__}: expected a list")
    read, at = json.JSONDecoder().raw_decode, 1
    while not text.startswith("]", at):
        data, at = read(text, at)
        yield build(kind, data)
        at += len(_NEXT) if text.startswith(_NEXT, at) else 0


def build(kind: type[T], data: Any, where: str = "") -> T:
    """``data`` (parsed JSON) as ``kind``, recursively; ``where`` is the path for error sentences."""
    return typing.cast(T, _build(kind, data, where or getattr(kind, "__name__", str(kind))))


def _build(kind: Any, data: Any, where: str) -> Any:
    supertype = getattr(kind, "__supertype__", None)
    if supertype is not None:
        return kind(_build(supertype, data, where))
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _build_optional(kind, data, where)
    if origin in (tuple, list, Sequence):
        return _build_sequence(kind, data, where)
    if origin in (dict, Mapping):
        return {key: _build(get_args(kind)[1], item, f"{where}.{key}") for key, item in data.items()}
    if is_dataclass(kind):
        return _build_dataclass(kind, data, where)
    return _build_scalar(kind, data, where)


def _build_optional(kind: Any, data: Any, where: str) -> Any:
    if data is None:
        return None
    inner = [arg for arg in get_args(kind) if arg is not type(None)]
    return _build(inner[0], data, where)


def _build_sequence(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, list):
        raise ValueError(f"{where}: expected a list")
    args = get_args(kind)
    if get_origin(kind) is list:
        return [_build(args[0], item, f"{where}[{i}]") for i, item in enumerate(data)]
    if get_origin(kind) is Sequence or (len(args) == 2 and args[1] is Ellipsis):
        return tuple(_build(args[0], item, f"{where}[{i}]") for i, item in enumerate(data))
    if len(args) != len(data):
        raise ValueError(f"{where}: expected {len(args)} items")
    return tuple(_build(arg, item, f"{where}[{i}]") for i, (arg, item) in enumerate(zip(args, data, strict=True)))


def _build_dataclass(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, dict):
        raise ValueError(f"{where}: expected an object")
    hints = _hints(kind)
    values = {}
    for f in fields(kind):
        if f.name in data:
            values[f.name] = _build(hints[f.name], data[f.name], f"{where}.{f.name}")
        elif f.default is MISSING and f.default_factory is MISSING:
            raise ValueError(f"{where}: {f.name} is missing")
    return kind(**values)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """A class's annotations as types; finding them out costs more than building a value."""
    return get_type_hints(kind)


def _build_scalar(kind: Any, data: Any, where: str) -> Any:
    if kind is Any or kind is object:
        return data
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data)
    if kind is datetime or kind is date:
        return kind.fromisoformat(data)
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise ValueError(f"{where}: expected {kind.__name__}, found {type(data).__name__}")
    return data
