"""Instants and durations, and the texts for them.

Both are ints of virtual microseconds. An instant counts from 1970.

The program uses no floats for time: with floats, one exact wait in five was wrong.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND = 1_000_000
"""Microseconds in a second."""

DAY = 86_400 * SECOND
"""Microseconds in a day."""

END = 253_402_300_800 * SECOND
"""The instant 10000-01-01T00:00:00Z, which no clock reaches, because a date has a year of four digits."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HTTP_DATE = re.compile(
    rf"(?:{'|'.join(_DAYS)}), (\d\d) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d:\d\d:\d\d) GMT", re.ASCII
)


def _date(instant: int) -> datetime:
    return _EPOCH + timedelta(microseconds=instant)


def whole_seconds(duration: int) -> int:
    """Return a duration or instant in seconds, rounded up, so that a wait of this length is always enough."""
    return -(-duration // SECOND)


def from_iso(text: str) -> int:
    """Return the instant of an ISO 8601 text. Raises ValueError if the text is no instant or has no time zone."""
    date = datetime.fromisoformat(text)
    if date.tzinfo is None:
        msg = "an instant needs a zone"
        raise ValueError(msg)
    return (date - _EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=1024)
def _second(second: int) -> str:
    """Return the ISO 8601 text of a second since 1970, without a zone.

    A list repeats few seconds often, so the last results are cached.
    """
    return _date(second * SECOND).replace(tzinfo=None).isoformat()


def iso(instant: int) -> str:
    """Return an instant as the reference writes it: `2026-06-07T12:00:00Z`, with a fraction only if it is not 0."""
    second, fraction = divmod(instant, SECOND)
    return f"{_second(second)}.{fraction:06}Z" if fraction else f"{_second(second)}Z"


def iso_naive(instant: int) -> str:
    """Return an instant without a zone and always with microseconds, as many Python services write instants."""
    second, fraction = divmod(instant, SECOND)
    return f"{_second(second)}.{fraction:06}"


def http_date(instant: int) -> str:
    """Return an instant as an IMF-fixdate of RFC 9110, rounded down to whole seconds and always in English."""
    date = _date(instant)
    day, month = _DAYS[date.weekday()], _MONTHS[date.month - 1]
    return f"{day}, {date.day:02} {month} {date.year:04} {date.hour:02}:{date.minute:02}:{date.second:02} GMT"


def from_http_date(text: str) -> int:
    """Return the instant of an IMF-fixdate. Raises ValueError if the text is not an IMF-fixdate."""
    match = _HTTP_DATE.fullmatch(text)
    if match is None:
        msg = f"not an HTTP date: {text[:40]!r}"
        raise ValueError(msg)
    day, month, year, clock = match.groups()
    return from_iso(f"{year}-{_MONTHS.index(month) + 1:02}-{day}T{clock}Z")
