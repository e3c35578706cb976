"""From JSON to frozen values, by their annotations; keys that a newer server adds are left alone."""

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any, Final, TypeVar, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def read(kind: type[T], value: object) -> T:
    """Return the value that JSON stands for; ValueError or TypeError where it cannot be one of this kind."""
    return cast("T", _reader(cast("Any", kind))(value))


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    if is_dataclass(kind):
        return _record(cast("type", kind))
    arguments = get_args(kind)
    if get_origin(kind) is tuple:
        each = _reader(arguments[0])
        return lambda value: tuple(map(each, _a(list, value)))
    if type(None) in arguments:
        present = _reader(arguments[0])
        return lambda value: None if value is None else present(value)
    return _SCALARS.get(kind, _as_it_is)


def _record(kind: type) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields(kind)}
    needed = {field.name for field in fields(kind) if field.default is MISSING}

    def record(value: Any) -> Any:
        if missing := needed - _a(dict, value).keys():
            msg = f"no {', '.join(sorted(missing))}"
            raise ValueError(msg)
        return kind(**{name: reader(value[name]) for name, reader in readers.items() if name in value})

    return record


def _a(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind):
        msg = f"{type(value).__name__} where {getattr(kind, '__name__', kind)} is due"
        raise TypeError(msg)
    return value


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError as problem:
        msg = "a number that is too large"
        raise ValueError(msg) from problem


def _as_it_is(value: Any) -> Any:
    return value


_SCALARS: Final[dict[Any, Callable[[Any], Any]]] = {
    datetime: datetime.fromisoformat,
    float: lambda value: _float(_a(int | float, value)),
    str: partial(_a, str),
    int: partial(_a, int),
    bool: partial(_a, bool),
}
