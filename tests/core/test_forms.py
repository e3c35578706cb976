"""The short forms: the accepted texts, their values, and the errors for all other texts."""

import math
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.forms import (
    CALLS,
    DURATION,
    LONGEST_DURATION,
    OPERATIONS,
    RETRY_AFTER,
    START,
    STEP,
    EntryError,
    Form,
)
from mockserver.core.instant import SECOND
from mockserver.core.operation import Operation

CENTURY = LONGEST_DURATION // SECOND
MOST_DIGITS = "a duration from 0 to a hundred years, of at most 15 digits before the point and 15 after it"


@pytest.mark.parametrize(
    ("form", "short", "long"),
    [
        (DURATION, 0, 0),
        (DURATION, 2, 2_000_000),
        (DURATION, 0.1, 100_000),
        (DURATION, "500ms", 500_000),
        (DURATION, "2s", 2_000_000),
        (DURATION, "1.5 s", 1_500_000),
        (DURATION, " 5m ", 300_000_000),
        (DURATION, "1h", 3_600_000_000),
        (DURATION, 0.000001, 1),
        (DURATION, "000000000000001.000000000000000s", 1_000_000),
        (DURATION, CENTURY, LONGEST_DURATION),
        (STEP, "next", "next"),
        (STEP, "2s", 2_000_000),
        (START, "now", "now"),
        (START, "1970-01-01T00:00:01Z", 1_000_000),
        (START, "1970-01-01T02:00:00+02:00", 0),
        (CALLS, 2, {"spans": [(2, 2)]}),
        (CALLS, "2", {"spans": [(2, 2)]}),
        (CALLS, "2-4", {"spans": [(2, 4)]}),
        (CALLS, "2 - 4", {"spans": [(2, 4)]}),
        (CALLS, "3-", {"spans": [(3, None)]}),
        (CALLS, [1, "4-5"], {"spans": [(1, 1), (4, 5)]}),
        (CALLS, "2-2", {"spans": [(2, 2)]}),
        (RETRY_AFTER, 2, {"in": 2_000_000}),
        (RETRY_AFTER, 0.5, {"in": 500_000}),
        (RETRY_AFTER, "500ms", {"in": 500_000}),
        (RETRY_AFTER, "0.493", {"raw": "0.493"}),
        (RETRY_AFTER, "soon", {"raw": "soon"}),
        (RETRY_AFTER, "", {"raw": ""}),
        (OPERATIONS, "me", ["me"]),
        (OPERATIONS, ["status", "result"], ["status", "result"]),
        (OPERATIONS, "any", [*Operation]),
    ],
)
def test_a_short_form_has_a_long_one(form: Form, short: object, long: object) -> None:
    assert form.lengthen(short) == long


@pytest.mark.parametrize(
    ("form", "wrong", "expected"),
    [
        *((DURATION, wrong, "") for wrong in (None, True, "", "2", "2d", "s", "-2s", "٣s", "1e3s", [2], {"s": 2})),
        (DURATION, -1, "a duration from 0 to a hundred years"),
        (DURATION, CENTURY + 1, "a duration from 0 to a hundred years"),
        (DURATION, "9" * 15 + "h", "a duration from 0 to a hundred years"),
        *((DURATION, text, MOST_DIGITS) for text in ("9" * 16 + "h", "9" * 999_995 + "s", "1." + "0" * 16 + "s")),
        *((DURATION, number, "a duration from 0 to a hundred years") for number in (math.inf, math.nan, 10**400)),
        (DURATION, "0.0001ms", "a duration in whole microseconds"),
        (STEP, "nxt", ""),
        *(
            (START, wrong, "")
            for wrong in (None, 5, "", "soon", "2026-06-07", "2026-06-07T12:00:00", "2026-13-01T00:00Z")
        ),
        (START, "1969-12-31T23:59:59Z", "an instant between the years 1970 and 9799"),
        (START, "9900-01-01T00:00:00Z", "an instant between the years 1970 and 9799"),
        *((CALLS, wrong, "") for wrong in (None, True, 0, -1, 1.5, "", "0-2", "-3", "1,2", "a", [[1]], 10**9)),
        (CALLS, [], "a list of at least one call number or range"),
        (CALLS, "4-2", 'a range that goes up, such as "2-4"'),
        (RETRY_AFTER, None, ""),
        (RETRY_AFTER, True, ""),
        (RETRY_AFTER, [], ""),
        (RETRY_AFTER, -1, "a duration from 0 to a hundred years"),
        (RETRY_AFTER, "9" * 999_995 + "s", MOST_DIGITS),
        (START, f"2026-06-07T12:00:00.{'0' * 999_995}Z", ""),
        *((OPERATIONS, wrong, "") for wrong in (None, True, 5, "", "on", "Status", [["me"]])),
        (OPERATIONS, [], "at least one operation"),
        (OPERATIONS, ["any"], "an operation, since `any` means all of them and stands without a list: `on: any`"),
        (OPERATIONS, "me, status", "an operation, and several of them as a list, [me, status]"),
    ],
)
def test_a_bad_short_form_is_refused(form: Form, wrong: object, expected: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        form.lengthen(wrong)


# Not a parameter: Python does not write it.
UNWRITABLE = 10**5000


@pytest.mark.parametrize("form", [DURATION, STEP, CALLS, RETRY_AFTER])
def test_a_number_that_python_does_not_write_is_refused_in_our_words(form: Form) -> None:
    with pytest.raises(ValueError, match=r"^(a duration from 0 to a hundred years)?$"):
        form.lengthen(UNWRITABLE)


@pytest.mark.parametrize(
    ("form", "wrong", "index"),
    [(CALLS, [1, "x", "y"], 1), (CALLS, ["4-2"], 0), (OPERATIONS, ["me", "any"], 1), (OPERATIONS, ["staus", "me"], 0)],
)
def test_an_entry_that_is_wrong_is_known_by_its_index(form: Form, wrong: object, index: int) -> None:
    with pytest.raises(EntryError) as told:
        form.lengthen(wrong)
    assert told.value.index == index


@given(st.integers(0, LONGEST_DURATION // 1000))
def test_milliseconds_are_exact(milliseconds: int) -> None:
    assert DURATION.lengthen(f"{milliseconds}ms") == milliseconds * 1000


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), st.lists))
def test_a_form_lengthens_or_raises_value_error(value: object) -> None:
    for form in (DURATION, STEP, START, CALLS, RETRY_AFTER, OPERATIONS):
        try:
            form.lengthen(value)
        except ValueError:
            continue
        assert value is not None


@pytest.mark.parametrize("form", [DURATION, STEP, START, CALLS, RETRY_AFTER, OPERATIONS])
def test_a_form_has_words_for_its_values_and_a_check_for_editors(form: Form) -> None:
    assert form.expected.startswith(("a ", "the ", *form.words))
    assert isinstance(form.schema["anyOf"], list)
    assert all(isinstance(choice, Mapping) for choice in form.schema["anyOf"])
    assert form.meta.extra == {"form": form}
