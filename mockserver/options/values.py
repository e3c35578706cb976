"""The readers of option values. Each raises ArgumentTypeError with the expected form and the given text."""

import re
from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Final

from mockserver.core.clock import Mode
from mockserver.core.forms import Form
from mockserver.core.host import is_address
from mockserver.core.wording import shortened


def _wrong(expected: str, text: str) -> ArgumentTypeError:
    return ArgumentTypeError(f"expected {expected}, found {shortened(text)!r}")


def port(text: str) -> int:
    """Read a port from 0 to 65535; 0 means any free one."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 15 and int(text) <= 65535):
        raise _wrong("a port from 0 to 65535 (0: any free one)", text)
    return int(text)


def mode(text: str) -> Mode:
    """Read the mode of a clock."""
    if text not in [*Mode]:
        raise _wrong(f"one of {', '.join(Mode)}", text)
    return Mode(text)


def log_format(text: str) -> str:
    """Read the format of the log."""
    if text not in ("text", "json"):
        raise _wrong("text or json", text)
    return text


def folder(text: str) -> str:
    """Read the path of a folder."""
    if not text.strip():
        raise _wrong("a folder", text)
    return text


def seed(text: str) -> int:
    """Read a seed, a whole number from 0 to 2^63 - 1."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < 2**63):
        raise _wrong("a whole number from 0 to 2^63 - 1", text)
    return int(text)


def rate(text: str) -> float:
    """Read a rate in virtual seconds a real second."""
    if not (_NUMBER.fullmatch(text) and 0 < float(text) <= 1_000_000):
        raise _wrong("a number over 0 up to 1000000", text)
    return float(text)


def formed(form: Form) -> Callable[[str], object]:
    """Return a reader for a form of the scenario language; digits are a number, as in YAML."""

    def read(text: str) -> object:
        try:
            return form.lengthen(float(text) if _NUMBER.fullmatch(text) else text)
        except ValueError as error:
            raise _wrong(str(error) or form.expected, text) from error

    return read


def url(text: str) -> str:
    """Read the base URL of links."""
    if not text.startswith(("http://", "https://")) or any(char.isspace() for char in text):
        raise _wrong("a URL such as https://mock.example:8402", text)
    return text.rstrip("/")


def whole(most: int) -> Callable[[str], int]:
    """Return a reader for a whole number from 1 to `most`."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) <= 15 and 1 <= int(text) <= most):
            raise _wrong(f"a whole number from 1 to {most}", text)
        return int(text)

    return read


def size(text: str) -> int:
    """Read a size in bytes, such as `512KiB`."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise _wrong("a number of bytes over 0, or a size such as 512KiB, 2MiB, 1GiB", text)
    return int(match[1]) * _UNITS[match[2]]


def hosts(text: str) -> tuple[str, ...]:
    """Read names of hosts, with commas between them."""
    names = tuple(name.strip() for name in text.split(","))
    if not all(map(_HOST.fullmatch, names)):
        raise _wrong("names such as mock.example, without scheme and port, commas between them", text)
    return names


def certifiable(text: str) -> tuple[str, ...]:
    """Read names and addresses for a certificate, with commas between them."""
    names = tuple(name.strip().lower().removesuffix(".") for name in text.split(","))
    if not all(_CERTIFIABLE.fullmatch(name) or is_address(name) for name in names):
        raise _wrong("names or addresses such as mock.example, of letters, digits and hyphens, commas between", text)
    return names


def control_token(text: str) -> str:
    """Read a token. The error does not repeat it, because errors end in logs."""
    if not _TOKEN.fullmatch(text):
        msg = "expected at least 8 printable ASCII characters, none of them a space"
        raise ArgumentTypeError(msg)
    return text


def switch(text: str) -> bool:
    """Read yes or no."""
    if text.lower() not in _SWITCH:
        raise _wrong("1 or 0, true or false, yes or no, on or off", text)
    return _SWITCH[text.lower()]


_NUMBER: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
_SIZE: Final = re.compile(r"([1-9][0-9]{0,11})(|KiB|MiB|GiB)")
_UNITS: Final = {"": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_HOST: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")
_LABEL: Final = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_CERTIFIABLE: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_TOKEN: Final = re.compile(r"[!-~]{8,}")
_SWITCH: Final = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
