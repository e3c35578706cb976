"""Documents as users might write them, drawn from the types as the loader reads them, not from the schema."""

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st
from msgspec import inspect

from mockserver.core.forms import CALLS, DURATION, OPERATIONS, RETRY_AFTER, SIZE, START, STEP, Form, Keyed
from mockserver.core.operation import Operation
from mockserver.language.expectation import fields, mark, plain, words

_COUNTS = st.integers(1, 999_999_999)
_SPANS = st.one_of(
    _COUNTS,
    st.builds("{}-{}".format, st.integers(1, 9), st.integers(9, 99)),
    st.builds("{} -".format, st.integers(1, 9)),
    st.sampled_from(["2-", "0-2", "4-2", "x"]),
)
_DURATIONS = st.one_of(
    st.integers(0, 10**6),
    st.floats(0, 10**6, allow_nan=False).map(lambda number: round(number, 3)),
    st.builds(
        "{}{}{}".format,
        st.decimals(0, 999, places=1),
        st.sampled_from(["", " "]),
        st.sampled_from(["ms", "s", "m", "h"]),
    ),
    st.sampled_from(["2s", " 5m ", -1, "2d", "", True, 10**12]),
)
_FORMS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    DURATION.expected: _DURATIONS,
    STEP.expected: _DURATIONS | st.just("next"),
    SIZE.expected: st.sampled_from(
        [1, 0, -1, True, 2**26, 2**26 + 1, "1KiB", " 64 MiB ", "0MiB", "1GiB", "1 mib", "7"]
    ),
    START.expected: st.sampled_from(
        ["now", "2026-06-07T12:00:00Z", "2026-06-07 12:00+02:00", "20260607T120000.5-0130", "2026-06-07", 5, ""]
    ),
    CALLS.expected: st.one_of(_SPANS, st.lists(_SPANS, max_size=3), st.fixed_dictionaries({"every": _COUNTS})),
    RETRY_AFTER.expected: st.one_of(
        _DURATIONS,
        st.text(max_size=5),
        st.fixed_dictionaries({"in": _DURATIONS}, optional={"as": st.sampled_from(["seconds", "http-date", "soon"])}),
    ),
    OPERATIONS.expected: st.one_of(
        st.sampled_from([*Operation, "any", "staus"]).map(str),
        st.lists(st.sampled_from([*Operation]).map(str), max_size=3),
    ),
}
_JUNK = st.sampled_from([None, True, 0, -1, 1.5, "", "x", [], {}, {"prompt": 1}, [[1]]])
_KEYS = ["prompt", "account", "id", "settings.aspect_ratio", "header.X-Team", "query.dry"]


def documents(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Values for a place of a type: mostly right, sometimes wrong."""
    return st.one_of(*[_right(kind)] * 12, _JUNK)


def _right(kind: inspect.Type) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one return a kind
    inner, form = plain(kind), mark(kind, "form")
    match form, inner:
        case Form(), _:
            return _FORMS[form.expected]
        case Keyed(), inspect.StructType(cls=cls):
            beside = _struct(cls, without=form.key)
            word = st.sampled_from(["pending", "queued", "completed"])
            return st.one_of(word, st.dictionaries(word, _DURATIONS | beside, min_size=1, max_size=1))
        case _, inspect.UnionType(types=types):
            return st.one_of(*map(documents, types))
        case _, inspect.StructType(cls=cls):
            return _struct(cls)
        case _, inspect.DictType(value_type=value):
            return st.dictionaries(st.sampled_from(_KEYS), documents(value), max_size=2)
        case _, inspect.CollectionType(item_type=item):
            return st.lists(documents(item), max_size=2)
        case _, inspect.TupleType(item_types=items):
            return st.tuples(*map(documents, items)).map(list)
        case _, inspect.EnumType() | inspect.LiteralType():
            return st.sampled_from([getattr(word, "value", word) for word in words(inner)])
    return {
        inspect.AnyType: _JUNK,
        inspect.BoolType: st.booleans(),
        inspect.NoneType: st.none(),
        inspect.StrType: st.text(max_size=9),
        inspect.IntType: st.integers(0, 300),
        inspect.FloatType: st.floats(0, 2) | st.integers(0, 2),
    }[type(inner)]


def _struct(cls: type, without: str | None = None) -> st.SearchStrategy[Any]:
    written = {key: field for key, field in fields(cls).written.items() if key != without}
    required = {key: documents(field.type) for key, field in written.items() if field.required}
    return st.fixed_dictionaries(
        required, optional={key: documents(field.type) for key, field in written.items() if key not in required}
    )
