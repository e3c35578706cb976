"""Checks of a test's arguments before a request is sent, so that a mistake is reported where it was made.

The server checks the rest, such as the content of a scenario.
"""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeGuard

from mockserver.client.errors import Invalid

NAME: Final = re.compile(r"(?!\.\.?$)[A-Za-z0-9._-]{1,64}")
"""The pattern of a world's name."""

LAST_PORT: Final = 65535

MOST_SECONDS: Final = 1_000_000
"""Eleven days; a socket cannot wait for a month."""

# Characters of a value that an error repeats.
_LONGEST: Final = 200

_ADDRESS: Final = re.compile(r"(https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?)/?")
_TOKEN: Final = re.compile(r"[!-~]*")
_FILE: Final = re.compile(r"(\.{0,2}|~)[/\\].*|[^\s:{]+\.ya?ml")


def shown(value: object) -> str:
    """Return how Python writes a value, cut where that is long: an error ends in the report of a test."""
    try:
        written = repr(value)
    except ValueError:
        # Python writes no int of more than 4300 digits, nor a list in which one stands.
        return f"a value of type {type(value).__name__} with a number that has too many digits to be written"
    return written if len(written) <= _LONGEST else f"{written[: _LONGEST - 1]}…"


def text(value: object) -> str:
    """Return a value as a query or a path has it; raises Invalid for a number of too many digits to be written."""
    try:
        return str(value)
    except ValueError as problem:
        raise Invalid(f"expected a number that can be written, found {shown(value)}") from problem


def address(url: object) -> str:
    """Return the address of a server as it is written; raises Invalid where it is none."""
    match = _ADDRESS.fullmatch(url) if isinstance(url, str) else None
    if match is None or int(match["port"] or 0) > LAST_PORT:
        expected = "the address of a mock server, such as http://127.0.0.1:8402, without a path"
        msg = f"expected {expected}; found {shown(url)}"
        raise Invalid(msg)
    return match[1]


def control_token(token: object) -> str | None:
    """Return the token of a server, None for an empty one, as the server itself has it.

    Raises Invalid if none is like it.
    """
    if token is None:
        return None
    if not (isinstance(token, str) and _TOKEN.fullmatch(token)):
        # The error does not repeat the token, because errors end in logs.
        msg = "token: expected printable ASCII characters, none of them a space, found something else"
        raise Invalid(msg)
    return token or None


def world_name(name: object) -> str:
    """Return the name of a world; raises Invalid if it breaks the pattern."""
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        msg = f"expected 1 to 64 letters, digits, dots, hyphens and underscores for a world, found {shown(name)}"
        raise Invalid(msg)
    return name


def waiting(name: str, seconds: object) -> float:
    """Return a wait in real seconds, 0 or more; raises Invalid for any other value."""
    if not _within(seconds):
        msg = f"{name}: expected a number of seconds from 0 to {MOST_SECONDS}, found {shown(seconds)}"
        raise Invalid(msg)
    return seconds


def patience(seconds: object) -> float:
    """Return a timeout in real seconds, more than 0; raises Invalid for any other value."""
    if not (_within(seconds) and seconds > 0):
        msg = f"timeout: expected a number of seconds above 0 and up to {MOST_SECONDS}, found {shown(seconds)}"
        raise Invalid(msg)
    return seconds


def _within(seconds: object) -> TypeGuard[float]:
    return isinstance(seconds, int | float) and 0 <= seconds <= MOST_SECONDS


def script(scenario: object) -> dict[str, str]:
    """Return the text of a scenario, and of a file its name; raises Invalid for a text that is the name of a file."""
    if isinstance(scenario, Path):
        return {"scenario": scenario.read_text(encoding="utf-8"), "file": scenario.name}
    expected = f"expected a name of the gallery, YAML, or a file as a pathlib.Path, found {shown(scenario)}"
    if not isinstance(scenario, str):
        raise Invalid(expected)
    if _FILE.fullmatch(scenario):
        msg = f"{expected}; give Path({shown(scenario)})"
        raise Invalid(msg)
    return {"scenario": scenario}


def json_text(value: object) -> bytes:
    """Write a value as JSON, a timedelta as seconds, a datetime as text.

    Raises Invalid if JSON cannot write the value.
    """
    try:
        return json.dumps(value, default=_plain, allow_nan=False).encode()
    except (TypeError, ValueError) as problem:
        msg = f"expected what JSON can say, numbers that are finite too; found {shown(value)}"
        raise Invalid(msg) from problem


def _plain(value: object) -> float | str:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if not isinstance(value, datetime):
        msg = f"expected what JSON can say, a timedelta or a datetime; found {shown(value)}"
        raise Invalid(msg)
    if value.tzinfo is None:
        msg = f"{value.isoformat()} may be anywhere: say its zone, such as tzinfo=UTC"
        raise Invalid(msg)
    return value.isoformat()
