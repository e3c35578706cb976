"""Instants and durations: ints of virtual microseconds, since 1970 or long, and the texts they are written as.

Floats are refused inside: one exact wait in five went wrong with them.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND = 1_000_000
"""Microseconds in a second."""

DAY = 86_400 * SECOND
"""Microseconds in a day."""

END = 253_402_300_800 * SECOND
"""The instant 10000-01-01T00:00:00Z, which no clock reaches: dates are written with four digits of year."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HTTP_DATE = re.compile(
    rf"(?:{'|'.join(_DAYS)}), (\d\d) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d:\d\d:\d\d) GMT", re.ASCII
)


def _date(instant: int) -> datetime:
    return _EPOCH + timedelta(microseconds=instant)


def whole_seconds(duration: int) -> int:
    """Return the seconds of a duration or instant, rounded up: waiting them is always enough."""
    return -(-duration // SECOND)


def from_iso(text: str) -> int:
    """Return the instant of an ISO 8601 text; raises ValueError if it is none or names no zone."""
    date = datetime.fromisoformat(text)
    if date.tzinfo is None:
        msg = "an instant needs a zone"
        raise ValueError(msg)
    return (date - _EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=1024)
def _second(second: int) -> str:
    """Write a second since 1970 without a zone. A list names few seconds often, so the last ones are remembered."""
    return _date(second * SECOND).replace(tzinfo=None).isoformat()


def iso(instant: int) -> str:
    """Write an instant as the reference does: `2026-06-07T12:00:00Z`, with a fraction only where there is one."""
    second, fraction = divmod(instant, SECOND)
    return f"{_second(second)}.{fraction:06}Z" if fraction else f"{_second(second)}Z"


def iso_naive(instant: int) -> str:
    """Write an instant without a zone and always with microseconds, as many Python services do."""
    second, fraction = divmod(instant, SECOND)
    return f"{_second(second)}.{fraction:06}"


def http_date(instant: int) -> str:
    """Write an instant as RFC 9110's IMF-fixdate, cut to whole seconds; the words do not follow the locale."""
    date = _date(instant)
    day, month = _DAYS[date.weekday()], _MONTHS[date.month - 1]
    return f"{day}, {date.day:02} {month} {date.year:04} {date.hour:02}:{date.minute:02}:{date.second:02} GMT"


def from_http_date(text: str) -> int:
    """Return the instant of an IMF-fixdate; raises ValueError if the text is none."""
    match = _HTTP_DATE.fullmatch(text)
    if match is None:
        msg = f"not an HTTP date: {text[:40]!r}"
        raise ValueError(msg)
    day, month, year, clock = match.groups()
    return from_iso(f"{year}-{_MONTHS.index(month) + 1:02}-{day}T{clock}Z")
