from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from mockserver.client.reading import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    at: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    leaves: tuple[Leaf, ...]
    first: Leaf | None
    step: float | Literal["next"] = 1.0
    counts: dict[str, int] | None = None


NOON = "2026-06-07T12:00:00Z"
LEAF = Leaf(at=datetime(2026, 6, 7, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("kind", "value", "made"),
    [
        (Leaf, {"at": NOON}, LEAF),
        (Leaf, {"at": NOON, "note": None, "new": {}}, LEAF),
        (Leaf, {"at": NOON, "note": "x"}, Leaf(at=LEAF.at, note="x")),
        (tuple[Leaf, ...], [{"at": NOON}], (LEAF,)),
        (tuple[str, ...], [], ()),
        (float, 2, 2.0),
        (Tree, {"leaves": [], "first": None}, Tree(leaves=(), first=None)),
        (
            Tree,
            {"leaves": [{"at": NOON}], "first": {"at": NOON}, "step": "next", "counts": {"a": 1}},
            Tree(leaves=(LEAF,), first=LEAF, step="next", counts={"a": 1}),
        ),
    ],
)
def test_json_becomes_a_value(kind: Any, value: object, made: object) -> None:
    assert read(kind, value) == made


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        (Leaf, {}, "no at"),
        (Leaf, None, "NoneType where dict is due"),
        (Leaf, {"at": "noon"}, "Invalid isoformat"),
        (Leaf, {"at": 12}, "must be str"),
        (Tree, {"leaves": {}, "first": None}, "dict where list is due"),
        (Tree, {"leaves": [{}], "first": None}, "no at"),
        (Tree, {"first": 1}, "no leaves"),
        (Leaf, {"at": NOON, "note": 1}, "int where str is due"),
        (float, "2", r"str where int \| float is due"),
        (bool, 1, "int where bool is due"),
    ],
)
def test_json_of_another_shape_is_refused(kind: Any, value: object, sentence: str) -> None:
    with pytest.raises((TypeError, ValueError), match=sentence):
        read(kind, value)


@pytest.mark.parametrize("number", [10**400, -(10**400)])
def test_a_number_that_no_float_holds_is_no_value_of_this_kind(number: int) -> None:
    with pytest.raises(ValueError, match=r"^a number that is too large$"):
        read(float, number)
