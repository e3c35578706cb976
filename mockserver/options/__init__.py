"""The options of `serve`: each is taken from the command line, else from its variable, else from the scenario.

What nobody says is the default of the field, here or in the scenario.
"""

from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction, Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal

from msgspec import Struct, structs

from mockserver.core.age import ClockSettings, Mode
from mockserver.core.document import nearest
from mockserver.core.forms import START, STEP
from mockserver.core.scenario import Scenario
from mockserver.options import values as read
from mockserver.world.bounds import Bounds

PREFIX: Final = "IMAGINELAB_MOCK_"
"""What the names of the variables begin with."""

HTTPS_PORT: Final = 8443
"""Where TLS is spoken, if it is and nobody says where."""

URL: Final = f"{PREFIX}URL"
"""The variable, no option, by which `run` tells its command where the mock is: base URL, proxy and control plane."""

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


class _Option(Struct, frozen=True):
    """How an option is written; where its variable is `vital`, an empty one is a mistake, else it says nothing."""

    read: Callable[[str], object]
    word: str
    help: str
    vital: bool = False


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
        read.control_token, "TOKEN", "what the control plane asks for; safer in its variable", vital=True
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
"""Those that `run` has too; the others are about how a server is reached."""


def add(parser: ArgumentParser) -> None:
    """Add the options of `serve` to a parser; what is not given is None."""
    scenario = _OPTIONS["scenario"]
    parser.add_argument("scenario", nargs="?", metavar=scenario.word, help=scenario.help)
    for name in _OPTIONS:
        if name != "scenario":
            _add(parser, name)


def add_to_run(parser: ArgumentParser) -> None:
    """Add those that `run` has of them, and two of its own: `speed`, and the hosts that are reached without it."""
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


def chosen(given: Namespace, variables: Mapping[str, str], names: Iterable[str] = _OPTIONS) -> Options:
    """Return what the command line says, and for the rest what the variables of these options say.

    BadVariable for a value that an option does not take. An empty variable says nothing, but for that of the token.
    """
    values = {name: value for name in names if (value := getattr(given, name)) is not None}
    for name in names:
        option = _OPTIONS[name]
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
        if variable.startswith(PREFIX) and variable not in (*known, URL):
            near = nearest(variable.removeprefix(PREFIX), [name.removeprefix(PREFIX) for name in known])
            way_out = f"did you mean {PREFIX}{near}?" if near else f"those are {', '.join(known)}"
            yield f"{variable} is no variable of this program; {way_out}"
