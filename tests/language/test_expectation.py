"""The words for the values that a type expects."""

from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta
from msgspec.inspect import type_info

from mockserver.core.document import from_json
from mockserver.core.forms import Duration
from mockserver.language.expectation import expected, suits


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Any, "any value"),
        (bool, "true or false"),
        (dict[str, int], "a mapping"),
        (tuple[int, str], "a list of 2 entries"),
        (Annotated[tuple[int, ...], Meta(min_length=1)], "a list of at least 1 entries"),
        (Annotated[str, Meta(max_length=5)], "text of at most 5 characters"),
        (Annotated[int, Meta(gt=1, lt=5)], "a whole number over 1 under 5"),
        (Annotated[float, Meta(le=5)], "a number up to 5"),
        (Literal[404] | Literal["later"], "404 or later"),
        (Literal["b", "a"] | int | None, "a or b, a whole number or null"),
        (Duration, "a duration: a number of seconds, or a text such as 500ms, 2s, 5m, 1h"),
    ],
)
def test_a_type_describes_its_expected_values(kind: object, words: str) -> None:
    assert expected(type_info(kind)) == words


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        (Any, None, True),
        (Any, [1], True),
        (int | str, "x", True),
        (int | str, None, False),
        (Annotated[int | None, Meta(extra={"x": 1})] | str, 5, True),
        (Duration, None, False),
        (Duration, [], True),
        (dict[str, int], {}, True),
        (tuple[int, ...], {}, False),
        (int, True, False),
        (float, 5, True),
        (Literal[404], 405, True),
        (Literal[404], "x", False),
        (Literal[404] | Literal["later"], "x", True),
    ],
)
def test_a_type_suits_values_of_its_shape(kind: object, value: object, fits: bool) -> None:
    assert suits(type_info(kind), from_json(value)) is fits
