"""The command `run`: play a scenario to one command, which needs no change."""

import os
from argparse import REMAINDER, Namespace
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import structs

from mockserver.commands.arguments import Commands, Misused, Parser
from mockserver.commands.scenarios import load_scenario
from mockserver.core.clock import Mode
from mockserver.language import gallery
from mockserver.options.server import (
    PREFIX,
    RUN,
    Options,
    add_run_options,
    read_options,
    unknown_variables,
)
from mockserver.terminal import USER_ERROR, CannotWrite, tell, warn

if TYPE_CHECKING:
    from mockserver.run.outcome import Outcome

_EPILOG: Final = (
    f"But for --speed, --report and --no-proxy-for each has a variable, such as {PREFIX}SEED=7; the command line wins."
)


def add(commands: "Commands[Parser]") -> None:
    """Add the command `run`."""
    parser = commands.add_parser("run", help="play a scenario to one command, which stays as it is", epilog=_EPILOG)
    add_run_options(parser)
    parser.add_argument(
        "--report", action="append", default=[], type=Path, metavar="FILE", help="x.json, or x.xml (JUnit)"
    )
    parser.add_argument("command", metavar="-- COMMAND", nargs=REMAINDER, help="the command and its arguments")
    parser.set_defaults(run=_run)


def _run(given: Namespace) -> int:
    # Not at the top: the check of a file does not need the web framework.
    from mockserver.run.child import CannotStart
    from mockserver.run.command import Order, run
    from mockserver.run.outcome import summary, trouble
    from mockserver.run.reports import CannotReport, writer
    from mockserver.serve.descriptors import TooFewDescriptors, require_now
    from mockserver.tls.authority import API_HOST, LibraryMissing
    from mockserver.tls.folder import CannotKeep

    for sentence in unknown_variables(os.environ):
        warn(sentence)
    options = _with_speed(read_options(given, os.environ, RUN), given.speed)
    command = _command(given.command)
    if API_HOST in given.no_proxy_for:
        raise Misused(f"run: --no-proxy-for {API_HOST} would let the command reach the real API; leave it out")
    loaded = load_scenario(options.scenario, warn)
    try:
        require_now()
        writers = [writer(file) for file in given.report]
        outcome = run(Order(command, given.no_proxy_for, os.environ), options, loaded)
    except (CannotReport, CannotKeep, LibraryMissing, TooFewDescriptors) as error:
        tell(f"imaginelab-mock: {error}")
        return USER_ERROR
    except CannotStart as error:
        tell(f"imaginelab-mock: {error}{_suggestion(command[0])}")
        return error.status
    status = _tell_all(trouble(outcome) if options.quiet else summary(outcome), outcome.status)
    return _write_reports(writers, outcome, status)


def _command(words: list[str]) -> tuple[str, ...]:
    """Return the command without the `--` before it; raises Misused if there is none."""
    if words and words[0] == "--":
        words = words[1:]
    if not words:
        raise Misused("run: expected a command, as in imaginelab-mock run [OPTIONS] -- COMMAND…")
    return tuple(words)


def _tell_all(lines: Iterable[str], status: int) -> int:
    """Print the last lines and return the exit status: USER_ERROR instead of 0 if they cannot be written."""
    try:
        for line in lines:
            tell(line)
    except CannotWrite:
        return status or USER_ERROR
    return status


def _write_reports(writers: Iterable[Callable[["Outcome"], None]], outcome: "Outcome", status: int) -> int:
    """Write each report and return the exit status: USER_ERROR instead of 0 if one cannot be written."""
    from mockserver.run.reports import CannotReport  # not at the top: as for `_run`

    for write in writers:
        try:
            write(outcome)
        except CannotReport as error:
            tell(f"imaginelab-mock: {error}")
            status = status or USER_ERROR
    return status


def _suggestion(word: str) -> str:
    """Return the end of the error sentence for a command that does not exist: the likely intention."""
    if gallery.named(word) and gallery.path(word) is not None:
        return f"; a scenario is named by --scenario {word}"
    return "; for a line of shell: run -- sh -c '…'" if " " in word or "=" in word else ""


def _with_speed(options: Options, speed: float | None) -> Options:
    if speed is None:
        return options
    if options.clock not in (None, Mode.REAL) or options.rate is not None:
        raise Misused("run: --speed N is a real clock at that rate; leave --clock and --rate out")
    return structs.replace(options, clock=Mode.REAL, rate=speed)
