"""The options of `serve` and `run`. A value comes from the command line, else from a variable, else from the scenario.

The last resort is the default of the field, here or in the scenario.
"""

from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction, Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal

from msgspec import Struct, structs

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.forms import START, STEP
from mockserver.core.scenario import Scenario
from mockserver.core.wording import nearest
from mockserver.options import values as read
from mockserver.world.bounds import Bounds

PREFIX: Final = "IMAGINELAB_MOCK_"
"""The prefix of all variables."""

HTTPS_PORT: Final = 8443
"""The default port for TLS."""

URL: Final = f"{PREFIX}URL"
"""The variable that `run` sets for its command: the mock's base URL, also its proxy and control plane. No option."""

_BOUNDS: Final = Bounds()


class Options(Struct, frozen=True, kw_only=True):
    """The options of one server. None leaves the choice to the scenario."""

    scenario: str | None = None
    host: str = "127.0.0.1"
    port: int = 8402
    clock: Mode | None = None
    step: int | Literal["next"] | None = None
    """Virtual microseconds, or `next`."""
    rate: float | None = None
    """Virtual seconds a real second."""
    start: int | Literal["now"] | None = None
    """Microseconds since 1970, or `now`."""
    seed: int | None = None
    default_clock: Mode = Mode.REAL
    """The mode of the clock if neither `clock` nor the scenario gives one."""
    public_url: str | None = None
    quiet: bool = False
    reload: bool = False
    strict: bool = False
    max_worlds: int = _BOUNDS.worlds
    journal_entries: int = _BOUNDS.journal_entries
    """Exchanges that the journal of one world keeps."""
    journal_bytes: int = _BOUNDS.journal_bytes
    """Bytes that the journal of one world keeps."""
    allow_host: tuple[str, ...] = ()
    control_token: str | None = None
    """The token that the control plane requires; None requires none."""
    tls: bool | None = None
    https_port: int | None = None
    tls_host: tuple[str, ...] = ()
    """Further names in the certificate."""
    ca_dir: str | None = None
    """The folder that keeps the certificate authority; None makes a new one at each start."""
    log_format: Literal["text", "json"] = "text"

    @property
    def encrypted_port(self) -> int | None:
        """The port for TLS, or None without TLS. A given port implies TLS, unless `tls` is False."""
        if self.tls is False or not (self.tls or self.https_port is not None):
            return None
        return HTTPS_PORT if self.https_port is None else self.https_port

    @property
    def bounds(self) -> Bounds:
        """The bounds of the server's memory."""
        return Bounds(worlds=self.max_worlds, journal_entries=self.journal_entries, journal_bytes=self.journal_bytes)

    def applied(self, scenario: Scenario) -> Scenario:
        """Return the scenario, changed by these options."""
        chosen = {"mode": self.clock, "step": self.step, "rate": self.rate, "start": self.start}
        given = {key: value for key, value in chosen.items() if value is not None}
        clock: ClockSettings = structs.replace(
            scenario.clock, **{"mode": scenario.clock.mode or self.default_clock, **given}
        )
        return structs.replace(scenario, clock=clock, seed=scenario.seed if self.seed is None else self.seed)


class BadVariable(Exception):
    """The value of a variable is invalid; the text is one sentence that names the variable."""


class _Option(Struct, frozen=True):
    """How an option is written on the command line and in its variable."""

    read: Callable[[str], object]
    word: str
    help: str
    empty_is_error: bool = False
    """True: an empty variable is an error. False: an empty variable counts as absent."""


_OPTIONS: Final[Mapping[str, _Option]] = {
    "scenario": _Option(str, "SCENARIO", "a name of the gallery, or a YAML file; none: the happy path"),
    "host": _Option(str, "HOST", "address to listen on (127.0.0.1)"),
    "port": _Option(read.port, "PORT", "port to listen on, 0 for any free one (8402)"),
    "clock": _Option(read.mode, "MODE", f"what moves the clock: {', '.join(Mode)} (real)"),
    "step": _Option(
        read.formed(STEP), "STEP", "how much older a poll finds a generation on a poll clock, or next (2s)"
    ),
    "rate": _Option(read.rate, "RATE", "virtual seconds a real second on a real clock (1)"),
    "start": _Option(
        read.formed(START), "START", "when the clock starts: now, or an instant such as 2026-06-07T12:00:00Z"
    ),
    "seed": _Option(read.seed, "SEED", "what all chance comes from (1842)"),
    "default_clock": _Option(read.mode, "MODE", "what moves it where neither --clock nor the scenario says (real)"),
    "public_url": _Option(read.url, "URL", "what media links begin with (scheme and host that the client used)"),
    "quiet": _Option(read.switch, "", "no line about each exchange"),
    "reload": _Option(read.switch, "", "look at the scenario file again on each reset"),
    "strict": _Option(read.switch, "", "end with exit status 3 if a rule never fired"),
    "max_worlds": _Option(read.whole(100_000), "N", "worlds that there can be at a time (256)"),
    "journal_entries": _Option(read.whole(1_000_000), "N", "exchanges that the journal of a world keeps (1000)"),
    "journal_bytes": _Option(read.size, "SIZE", "bytes that they may have together (2MiB)"),
    "allow_host": _Option(
        read.hosts, "NAME", "further names by which the control plane is reached, commas between them"
    ),
    # In CI a secret that was not set is an empty variable; it must not leave the server open.
    "control_token": _Option(
        read.control_token, "TOKEN", "what the control plane asks for; safer in its variable", empty_is_error=True
    ),
    "tls": _Option(read.switch, "", f"serve over TLS too, at a second port ({HTTPS_PORT})"),
    "https_port": _Option(read.port, "PORT", f"port for TLS, 0 for any free one; implies --tls ({HTTPS_PORT})"),
    "tls_host": _Option(read.certifiable, "NAME", "further names that the certificate is for, commas between them"),
    "ca_dir": _Option(
        read.folder, "DIR", "where the certificate authority is kept, with files for clients in any language"
    ),
    "log_format": _Option(read.log_format, "FORMAT", "text, or json: one object a line (text)"),
}
"""How each field of `Options` is written."""


RUN: Final = (
    *("scenario", "clock", "step", "rate", "start", "seed"),
    *("max_worlds", "journal_entries", "journal_bytes", "quiet", "strict"),
)
"""The options that `run` has too; the others concern the address of a server."""


def add_serve_options(parser: ArgumentParser) -> None:
    """Add the options of `serve` to a parser. The value of an absent option is None."""
    scenario = _OPTIONS["scenario"]
    parser.add_argument("scenario", nargs="?", metavar=scenario.word, help=scenario.help)
    for name in _OPTIONS:
        if name != "scenario":
            _add(parser, name)


def add_run_options(parser: ArgumentParser) -> None:
    """Add the options of `run` to a parser: those of `RUN`, `--speed`, and `--no-proxy-for`."""
    for name in RUN:
        if name != "quiet":
            _add(parser, name)
    parser.add_argument("--quiet", action=BooleanOptionalAction, help="no table at the end")
    parser.add_argument("--speed", type=read.rate, metavar="N", help="a real clock, at N virtual seconds a real second")
    parser.add_argument(
        "--no-proxy-for", type=read.hosts, default=(), metavar="NAME", help="hosts that it may reach itself"
    )


def _add(parser: ArgumentParser, name: str) -> None:
    option, flag = _OPTIONS[name], f"--{name.replace('_', '-')}"
    if option.read is read.switch:
        parser.add_argument(flag, action=BooleanOptionalAction, help=option.help)
    else:
        parser.add_argument(flag, type=option.read, metavar=option.word, help=option.help)


def read_options(given: Namespace, variables: Mapping[str, str], names: Iterable[str] = _OPTIONS) -> Options:
    """Return the options given on the command line, and for the others those of the variables.

    Raises BadVariable for an invalid value. An empty variable counts as absent, except the token's, which is an error.
    """
    values = {name: value for name in names if (value := getattr(given, name)) is not None}
    for name in names:
        option = _OPTIONS[name]
        variable = PREFIX + name.upper()
        text = variables.get(variable)
        if name in values or text is None or not (text or option.empty_is_error):
            continue
        try:
            values[name] = option.read(text)
        except ArgumentTypeError as error:
            raise BadVariable(f"{variable}: {error}") from error
    return structs.replace(Options(), **values)


def unknown_variables(variables: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each variable with the prefix that belongs to no option."""
    known = [PREFIX + name.upper() for name in _OPTIONS]
    for variable in sorted(variables):
        if variable.startswith(PREFIX) and variable not in (*known, URL):
            near = nearest(variable.removeprefix(PREFIX), [name.removeprefix(PREFIX) for name in known])
            way_out = f"did you mean {PREFIX}{near}?" if near else f"those are {', '.join(known)}"
            yield f"{variable} is no variable of this program; {way_out}"
