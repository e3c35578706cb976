"""A value that JSON cannot write is reported by name before a request is sent."""

from collections.abc import Callable
from typing import Final

import pytest

from mockserver.client import Invalid
from mockserver.client.control import segment, with_query
from mockserver.client.given import address, json_text, patience, script, shown, waiting, world_name

UNWRITABLE: Final = 10**5000
LONG: Final = "9" * 999_995

GIVEN: Final[dict[str, Callable[[], object]]] = {
    "the seconds of a wait": lambda: waiting("timeout", UNWRITABLE),
    "the seconds of a timeout": lambda: patience(UNWRITABLE),
    "the name of a world": lambda: world_name(UNWRITABLE),
    "a long name of a world": lambda: world_name(LONG),
    "an address": lambda: address(UNWRITABLE),
    "a long address": lambda: address(LONG),
    "a long port": lambda: address(f"http://127.0.0.1:{LONG}"),
    "a scenario": lambda: script(UNWRITABLE),
    "a long file": lambda: script(f"{LONG}.yaml"),
    "a number in JSON": lambda: json_text({"by": UNWRITABLE}),
    "an infinite number in JSON": lambda: json_text({"by": float("inf"), "note": LONG}),
    "a part of a path": lambda: segment(UNWRITABLE),
    "a part of a query": lambda: with_query("/journal", {"since": UNWRITABLE}),
}


@pytest.mark.parametrize("name", GIVEN)
def test_a_value_that_cannot_be_sent_gives_a_short_sentence(name: str) -> None:
    with pytest.raises(Invalid) as told:
        GIVEN[name]()
    assert "found " in str(told.value)
    assert len(str(told.value)) < 1000


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.5, "2.5"),
        ("a" * 198, f"'{'a' * 198}'"),
        ("a" * 199, f"'{'a' * 198}…"),
        ([UNWRITABLE], "a value of type list with a number that has too many digits to be written"),
    ],
)
def test_an_error_shows_a_value_as_python_writes_it_and_cuts_it(value: object, text: str) -> None:
    assert shown(value) == text
