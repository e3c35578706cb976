from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.instant import DAY, END, SECOND, from_iso, http_date, iso, iso_naive, whole_seconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.integers(min_value=0, max_value=END - 1)


def date(instant: int) -> datetime:
    return EPOCH + timedelta(microseconds=instant)


@pytest.mark.documented
def test_an_instant_is_written_as_in_the_reference() -> None:
    assert iso(from_iso("2026-06-07T12:00:00Z")) == "2026-06-07T12:00:00Z"


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000001Z"),
        (SECOND // 2, "1970-01-01T00:00:00.500000Z"),
        (DAY, "1970-01-02T00:00:00Z"),
        (END - 1, "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_fraction_is_written_only_where_there_is_one(instant: int, text: str) -> None:
    assert iso(instant) == text


@given(instants)
def test_a_written_instant_is_read_as_the_same_one(instant: int) -> None:
    assert from_iso(iso(instant)) == instant
    assert from_iso(iso_naive(instant) + "Z") == instant
    assert len(iso_naive(instant)) == len("1970-01-01T00:00:00.000000")


@given(instants, st.integers(min_value=-23 * 60 - 59, max_value=23 * 60 + 59))
def test_an_instant_is_read_in_any_zone(instant: int, minutes: int) -> None:
    moment = date(DAY + instant % (END - 2 * DAY))
    assert from_iso(moment.astimezone(timezone(timedelta(minutes=minutes))).isoformat()) == from_iso(moment.isoformat())
    assert date(from_iso(moment.isoformat())) == moment


@pytest.mark.parametrize("text", ["2026-06-07T12:00:00", "2026-06-07", "noon", "", "2026-13-01T00:00:00Z"])
def test_a_bad_instant_or_one_without_a_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_iso(text)


@given(instants)
def test_an_http_date_is_the_one_of_the_standard_library(instant: int) -> None:
    assert http_date(instant) == format_datetime(date(instant), usegmt=True)


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [(0, 0), (1, 1), (SECOND - 1, 1), (SECOND, 1), (SECOND + 1, 2), (DAY, 86_400), (-1, 0), (-SECOND, -1)],
)
def test_seconds_are_rounded_up(duration: int, seconds: int) -> None:
    assert whole_seconds(duration) == seconds


@given(st.integers())
def test_waiting_whole_seconds_is_always_enough_and_never_a_second_too_long(duration: int) -> None:
    assert 0 <= whole_seconds(duration) * SECOND - duration < SECOND
