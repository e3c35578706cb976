"""The options of `serve`: each is taken from the command line, else from its variable, else from the scenario.

What nobody says is the default of the field, here or in the scenario.
"""

import re
from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction, Namespace
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import Final, Literal

from msgspec import Struct, structs

from mockserver.bounds import Bounds
from mockserver.core.age import ClockSettings, Mode
from mockserver.core.document import nearest
from mockserver.core.forms import START, STEP, Form
from mockserver.core.scenario import Scenario

PREFIX: Final = "IMAGINELAB_MOCK_"
"""What the names of the variables begin with."""

HTTPS_PORT: Final = 8443
"""Where TLS is spoken, if it is and nobody says where."""

_BOUNDS: Final = Bounds()


class Options(Struct, frozen=True, kw_only=True):
    """What whoever starts the server decides; None leaves it to the scenario.

    `step` is in microseconds, `start` an instant in microseconds since 1970. `default_clock` moves the clock where
    neither `clock` nor the scenario says what does. The journal's bounds are of each world; without a `control_token`
    the control plane asks for none. `tls_host` are further names that the certificate is for, and `ca_dir` the folder
    where who vouches for it is kept.
    """

    scenario: str | None = None
    host: str = "127.0.0.1"
    port: int = 8402
    clock: Mode | None = None
    step: int | Literal["next"] | None = None
    rate: float | None = None
    start: int | Literal["now"] | None = None
    seed: int | None = None
    default_clock: Mode = Mode.REAL
    public_url: str | None = None
    quiet: bool = False
    reload: bool = False
    strict: bool = False
    max_worlds: int = _BOUNDS.worlds
    journal_entries: int = _BOUNDS.journal_entries
    journal_bytes: int = _BOUNDS.journal_bytes
    allow_host: tuple[str, ...] = ()
    control_token: str | None = None
    tls: bool | None = None
    https_port: int | None = None
    tls_host: tuple[str, ...] = ()
    ca_dir: str | None = None
    log_format: Literal["text", "json"] = "text"

    @property
    def encrypted_port(self) -> int | None:
        """The port for TLS, None where there is none: who names one wants it, unless `tls` is denied."""
        if self.tls is False or not (self.tls or self.https_port is not None):
            return None
        return HTTPS_PORT if self.https_port is None else self.https_port

    @property
    def bounds(self) -> Bounds:
        """How much the server holds."""
        return Bounds(worlds=self.max_worlds, journal_entries=self.journal_entries, journal_bytes=self.journal_bytes)

    def applied(self, scenario: Scenario) -> Scenario:
        """Return the scenario as these options have it."""
        chosen = {"mode": self.clock, "step": self.step, "rate": self.rate, "start": self.start}
        given = {key: value for key, value in chosen.items() if value is not None}
        clock: ClockSettings = structs.replace(
            scenario.clock, **{"mode": scenario.clock.mode or self.default_clock, **given}
        )
        return structs.replace(scenario, clock=clock, seed=scenario.seed if self.seed is None else self.seed)


class BadVariable(Exception):
    """A variable has a value that its option does not take; the text is one sentence that names it."""


def _wrong(expected: str, text: str) -> ArgumentTypeError:
    return ArgumentTypeError(f"expected {expected}, found {text!r}")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= 65535):
        raise _wrong("a port from 0 to 65535 (0: any free one)", text)
    return int(text)


def _mode(text: str) -> Mode:
    if text not in [*Mode]:
        raise _wrong(f"one of {', '.join(Mode)}", text)
    return Mode(text)


def _log_format(text: str) -> str:
    if text not in ("text", "json"):
        raise _wrong("text or json", text)
    return text


def _folder(text: str) -> str:
    if not text.strip():
        raise _wrong("a folder", text)
    return text


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < 2**63):
        raise _wrong("a whole number from 0 to 2^63 - 1", text)
    return int(text)


def _rate(text: str) -> float:
    if not (_NUMBER.fullmatch(text) and 0 < float(text) <= 1_000_000):
        raise _wrong("a number over 0 up to 1000000", text)
    return float(text)


def _formed(form: Form) -> Callable[[str], object]:
    """Return what reads a text as a scenario reads it: what looks like a number is one."""

    def read(text: str) -> object:
        try:
            return form.lengthen(float(text) if _NUMBER.fullmatch(text) else text)
        except ValueError as error:
            raise _wrong(str(error) or form.expected, text) from error

    return read


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")) or any(char.isspace() for char in text):
        raise _wrong("a URL such as https://mock.example:8402", text)
    return text.rstrip("/")


def _whole(most: int) -> Callable[[str], int]:
    """Return what reads a whole number from 1."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) <= 15 and 1 <= int(text) <= most):
            raise _wrong(f"a whole number from 1 to {most}", text)
        return int(text)

    return read


def _size(text: str) -> int:
    match = _SIZE.fullmatch(text)
    if match is None:
        raise _wrong("a number of bytes over 0, or a size such as 512KiB, 2MiB, 1GiB", text)
    return int(match[1]) * _UNITS[match[2]]


def _hosts(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(map(_HOST.fullmatch, names)):
        raise _wrong("names such as mock.example, without scheme and port, commas between them", text)
    return names


def _certifiable(text: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower().removesuffix(".") for name in text.split(","))
    if not all(_CERTIFIABLE.fullmatch(name) or _is_address(name) for name in names):
        raise _wrong("names or addresses such as mock.example, of letters, digits and hyphens, commas between", text)
    return names


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _control_token(text: str) -> str:
    # What it is stays unsaid: errors end in logs.
    if not _TOKEN.fullmatch(text):
        msg = "expected at least 8 printable ASCII characters, none of them a space"
        raise ArgumentTypeError(msg)
    return text


def _switch(text: str) -> bool:
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


class _Option(Struct, frozen=True):
    """How an option is written; where its variable is `vital`, an empty one is a mistake, else it says nothing."""

    read: Callable[[str], object]
    word: str
    help: str
    vital: bool = False


_OPTIONS: Final[Mapping[str, _Option]] = {
    "scenario": _Option(str, "SCENARIO", "a name of the gallery, or a YAML file; none: the happy path"),
    "host": _Option(str, "HOST", "address to listen on (127.0.0.1)"),
    "port": _Option(_port, "PORT", "port to listen on, 0 for any free one (8402)"),
    "clock": _Option(_mode, "MODE", f"what moves the clock: {', '.join(Mode)} (real)"),
    "step": _Option(_formed(STEP), "STEP", "how much older a poll finds a generation on a poll clock, or next (2s)"),
    "rate": _Option(_rate, "RATE", "virtual seconds a real second on a real clock (1)"),
    "start": _Option(_formed(START), "START", "when the clock starts: now, or an instant such as 2026-06-07T12:00:00Z"),
    "seed": _Option(_seed, "SEED", "what all chance comes from (1842)"),
    "default_clock": _Option(_mode, "MODE", "what moves it where neither --clock nor the scenario says (real)"),
    "public_url": _Option(_url, "URL", "what media links begin with (scheme and host that the client used)"),
    "quiet": _Option(_switch, "", "no line about each exchange"),
    "reload": _Option(_switch, "", "look at the scenario file again on each reset"),
    "strict": _Option(_switch, "", "end with exit status 3 if a rule never fired"),
    "max_worlds": _Option(_whole(100_000), "N", "worlds that there can be at a time (256)"),
    "journal_entries": _Option(_whole(1_000_000), "N", "exchanges that the journal of a world keeps (1000)"),
    "journal_bytes": _Option(_size, "SIZE", "bytes that they may have together (2MiB)"),
    "allow_host": _Option(_hosts, "NAME", "further names by which the control plane is reached, commas between them"),
    # In CI a secret that was not set is an empty variable; it must not leave the server open.
    "control_token": _Option(
        _control_token, "TOKEN", "what the control plane asks for; safer in its variable", vital=True
    ),
    "tls": _Option(_switch, "", f"serve over TLS too, at a second port ({HTTPS_PORT})"),
    "https_port": _Option(_port, "PORT", f"port for TLS, 0 for any free one; implies --tls ({HTTPS_PORT})"),
    "tls_host": _Option(_certifiable, "NAME", "further names that the certificate is for, commas between them"),
    "ca_dir": _Option(
        _folder, "DIR", "where the certificate authority is kept, with files for clients in any language"
    ),
    "log_format": _Option(_log_format, "FORMAT", "text, or json: one object a line (text)"),
}
"""How each field of `Options` is written."""


def add(parser: ArgumentParser) -> None:
    """Add the options to a parser; what is not given is None."""
    for name, option in _OPTIONS.items():
        flag = f"--{name.replace('_', '-')}"
        if name == "scenario":
            parser.add_argument(name, nargs="?", metavar=option.word, help=option.help)
        elif option.read is _switch:
            parser.add_argument(flag, action=BooleanOptionalAction, help=option.help)
        else:
            parser.add_argument(flag, type=option.read, metavar=option.word, help=option.help)


def chosen(given: Namespace, variables: Mapping[str, str]) -> Options:
    """Return what the command line says, and for the rest what the variables say.

    BadVariable for a value that an option does not take. An empty variable says nothing, but for that of the token.
    """
    values = {name: value for name in _OPTIONS if (value := getattr(given, name)) is not None}
    for name, option in _OPTIONS.items():
        variable = PREFIX + name.upper()
        text = variables.get(variable)
        if name in values or text is None or not (text or option.vital):
            continue
        try:
            values[name] = option.read(text)
        except ArgumentTypeError as error:
            raise BadVariable(f"{variable}: {error}") from error
    return structs.replace(Options(), **values)


def strangers(variables: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each variable that has the prefix, but is none of ours."""
    known = [PREFIX + name.upper() for name in _OPTIONS]
    for variable in sorted(variables):
        if variable.startswith(PREFIX) and variable not in known:
            near = nearest(variable.removeprefix(PREFIX), [name.removeprefix(PREFIX) for name in known])
            way_out = f"did you mean {PREFIX}{near}?" if near else f"those are {', '.join(known)}"
            yield f"{variable} is no variable of this program; {way_out}"
