from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from mockserver.core import rules
from mockserver.core.rules import Calls, Condition, difference


def holds(condition: Condition, found: object) -> bool:
    return not difference(rules.tests({"key": condition}), lambda _: found)


@pytest.mark.parametrize(
    ("glob", "text", "fits"),
    [
        ("", "", True),
        ("", "a", False),
        ("neon", "neon", True),
        ("neon", "Neon", False),
        ("neon", "neon city", False),
        ("*", "", True),
        ("*", "a\nb", True),
        ("neon*", "neon city", True),
        ("*city", "neon city", True),
        ("*on*ci*", "neon city", True),
        ("*ci*on*", "neon city", False),
        ("*skyline*", "a\nskyline\n", True),
        ("neon", "neon\n", False),
        ("n?on", "neon", True),
        ("n?on", "non", False),
        ("?", "\n", True),
        ("?", "🏙", True),
        ("??", "🏙", False),
        ("a*b*c", "abc", True),
        ("ab*ba", "aba", False),
        ("a.c", "abc", False),
        ("a.c", "a.c", True),
        ("[ab]", "a", False),
        ("[ab]", "[ab]", True),
        (r"\d+", "12", False),
        (r"\d+", r"\d+", True),
        ("^a|b$", "a", False),
        ("(a){2}", "(a){2}", True),
    ],
)
def test_a_text_is_a_case_sensitive_glob(glob: str, text: str, fits: bool) -> None:
    assert holds(glob, text) is fits


def fits_by_hand(glob: str, text: str) -> bool:
    if not glob:
        return not text
    if glob[0] == "*":
        return any(fits_by_hand(glob[1:], text[i:]) for i in range(len(text) + 1))
    return bool(text) and glob[0] in ("?", text[0]) and fits_by_hand(glob[1:], text[1:])


@given(st.text(alphabet="ab*?.", max_size=8), st.text(alphabet="ab.\n", max_size=8))
def test_a_glob_fits_the_same_texts_as_a_plain_search(glob: str, text: str) -> None:
    assert holds(glob, text) is fits_by_hand(glob, text)


def test_a_glob_of_many_stars_is_soon_done_with_a_long_text() -> None:
    assert not holds("*a" * 30 + "*b", "a" * 10_000)


@pytest.mark.parametrize(
    ("condition", "found", "fits"),
    [
        (1, 1, True),
        (1, 1.0, True),
        (1.5, 1.5, True),
        (1, 2, False),
        (1, True, False),
        (0, False, False),
        (0, None, False),
        (1, "1", False),
        (True, True, True),
        (True, 1, False),
        (True, False, False),
        (True, "true", False),
        (False, False, True),
        (False, None, False),
        (None, None, True),
        (None, "", False),
        (None, "null", False),
    ],
)
def test_a_number_boolean_or_null_equals_that_json_value(condition: Condition, found: object, fits: bool) -> None:
    assert holds(condition, found) is fits


@pytest.mark.parametrize(
    ("glob", "found"),
    [("1842", 1842), ("true", True), ("null", None), ('["a",1]', ["a", 1]), ('{"a":*}', {"a": None}), ("1.5", 1.5)],
)
def test_a_glob_is_over_the_value_as_text(glob: str, found: object) -> None:
    assert holds(glob, found)


@pytest.mark.parametrize("condition", ["*", "", None, False, 0, ("*", None)])
def test_no_condition_fits_an_absent_value(condition: Condition) -> None:
    assert not holds(condition, UNSET)


@pytest.mark.parametrize(
    ("found", "fits"), [("video", True), ("image", False), (7, True), (7.5, False), (None, True), (True, False)]
)
def test_a_list_means_any_of_its_values(found: object, fits: bool) -> None:
    assert holds(("vid*", 7, None), found) is fits


def test_nothing_is_one_of_an_empty_list() -> None:
    assert not holds((), "video")


def test_the_difference_is_each_failed_condition_with_the_value_found() -> None:
    facts = {"generation_type": "image", "prompt": "neon", "settings.n": 2}
    when = rules.tests({"generation_type": "video", "prompt": "n*", "settings.n": (1, 3), "project_id": "p"})
    assert difference(when, lambda key: facts.get(key, UNSET)) == {
        "generation_type": ("video", "image"),
        "settings.n": ((1, 3), 2),
        "project_id": ("p", UNSET),
    }


def test_no_conditions_make_no_difference() -> None:
    assert difference(rules.tests({}), lambda _: UNSET) == {}


def test_conditions_can_be_asked_many_times() -> None:
    asked = rules.tests({"prompt": "n*"})
    found: list[Callable[[str], object]] = [lambda _: "neon", lambda _: "city", lambda _: "noon"]
    assert [not difference(asked, fact) for fact in found] == [True, False, True]


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ("header.X-Request-Id", "header.x-request-id"),
        ("query.Page", "query.Page"),
        ("settings.Ratio", "settings.Ratio"),
    ],
)
def test_only_the_name_of_a_header_ignores_case(key: str, asked: str) -> None:
    assert difference(rules.tests({key: "*"}), lambda name: "found" if name == asked else UNSET) == {}


@pytest.mark.parametrize(
    ("calls", "included"),
    [
        (Calls(), []),
        (Calls(spans=((1, 1),)), [1]),
        (Calls(spans=((2, 4),)), [2, 3, 4]),
        (Calls(spans=((7, None),)), [7, 8, 9]),
        (Calls(spans=((1, 1), (4, 4))), [1, 4]),
        (Calls(spans=((3, 5), (4, 6), (9, None))), [3, 4, 5, 6, 9]),
        (Calls(every=3), [3, 6, 9]),
        (Calls(every=1), [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ],
)
def test_calls_name_which_matches_fire(calls: Calls, included: list[int]) -> None:
    assert [call for call in range(1, 10) if calls.include(call)] == included


spans = st.tuples(st.integers(1, 20), st.none() | st.integers(1, 20)).filter(lambda span: span[0] <= (span[1] or 20))


@given(st.lists(spans, max_size=4))
def test_calls_include_the_union_of_their_spans(chosen: list[tuple[int, int | None]]) -> None:
    counted = {call for first, last in chosen for call in range(first, (last or 30) + 1)}
    calls = Calls(spans=tuple(chosen))
    assert {call for call in range(1, 31) if calls.include(call)} == counted
