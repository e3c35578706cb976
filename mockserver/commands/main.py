"""The command `imaginelab-mock`: a function of its arguments. Exit status 2 means that the user can mend it."""

import argparse
import errno
import gc
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import json, structs

from mockserver import options
from mockserver.commands.annotation import annotated
from mockserver.commands.command_line import Parser, Version
from mockserver.core.age import Mode
from mockserver.core.document import Problem
from mockserver.language import gallery
from mockserver.language.file import ScenarioError, load
from mockserver.language.loaded import HAPPY_PATH, LoadedScenario
from mockserver.terminal import (
    NEVER_FIRED,
    USER_ERROR,
    CannotWrite,
    raw_standard_error,
    say,
    say_json,
    tell,
    warn,
)

if TYPE_CHECKING:
    from mockserver.world.log import Log


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; `argv` None is the process's own arguments."""
    try:
        return _status(argv)
    except CannotWrite as error:
        return _told([f"imaginelab-mock: {error}"], USER_ERROR)


def _status(argv: Sequence[str] | None) -> int:
    given = _parser().parse_args(argv)
    try:
        return int(given.run(given))
    except (ScenarioError, options.BadVariable) as error:
        tell(error)
        return USER_ERROR
    except Misused as error:
        tell(f"imaginelab-mock {error}")
        return USER_ERROR
    except OSError as error:
        if error.errno not in (errno.EMFILE, errno.ENFILE):
            raise
        tell(f"imaginelab-mock: {error.strerror}; close some, or raise the limit, as with ulimit -n 1024")
        return USER_ERROR
    except KeyboardInterrupt:
        return 130


class Misused(Exception):
    """Options that do not go together; the text is one sentence."""


def _parser() -> Parser:
    parser = Parser(prog="imaginelab-mock", description="An emulator of the ImagineLab API.")
    parser.add_argument("--version", action=Version, nargs=0, help="print which release this is")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    serve = commands.add_parser("serve", help="play a scenario until stopped", epilog=_VARIABLES)
    options.add(serve)
    serve.set_defaults(run=_serve)
    run = commands.add_parser(
        "run", help="play a scenario to one command, which stays as it is", epilog=_SOME_VARIABLES
    )
    options.add_to_run(run)
    run.add_argument(
        "--report", action="append", default=[], type=Path, metavar="FILE", help="x.json, or x.xml (JUnit)"
    )
    run.add_argument("command", metavar="-- COMMAND", nargs=argparse.REMAINDER, help="the command and its arguments")
    run.set_defaults(run=_run)
    validate = commands.add_parser("validate", help="say what is wrong with scenarios")
    validate.add_argument("scenarios", metavar="FILE", nargs="+", help="a YAML file, or a name of the gallery")
    validate.add_argument("--format", choices=["text", "github"], default="text", help="for people, or for annotations")
    validate.set_defaults(run=_validate)
    commands.add_parser("scenarios", help="list the gallery").set_defaults(run=_scenarios)
    show = commands.add_parser("show", help="print a scenario of the gallery")
    show.add_argument("scenario", metavar="NAME")
    show.set_defaults(run=_show)
    commands.add_parser("schema", help="print the JSON Schema of scenario files").set_defaults(run=_schema)
    openapi = commands.add_parser("openapi", help="print the OpenAPI document of the emulated API")
    which = openapi.add_mutually_exclusive_group()
    which.add_argument("scenario", metavar="SCENARIO", nargs="?", help="whose models it names")
    which.add_argument("--control", action="store_true", help="that of the control plane instead")
    openapi.set_defaults(run=_openapi)
    return parser


_VARIABLES: Final = (
    f"Each option has a variable, such as {options.PREFIX}PORT=0 or {options.PREFIX}STRICT=1; the command line wins."
)

_SOME_VARIABLES: Final = (
    f"But for --speed, --report and --no-proxy-for each has a variable, such as {options.PREFIX}SEED=7;"
    " the command line wins."
)


# Scenarios


def _file(word: str) -> Path:
    """Return the file that somebody means by a name of the gallery or a path."""
    if not gallery.named(word):
        return Path(word)
    file = gallery.path(word)
    if file is None:
        near = f"did you mean {' or '.join(names)}? " if (names := gallery.near(word)) else ""
        way_out = f"`imaginelab-mock scenarios` lists them; a file of that name is ./{word}"
        raise ScenarioError([Problem(word, f"there is no such scenario in the gallery; {near}{way_out}")])
    return file


def _script(word: str | None, warned: Callable[[object], object]) -> LoadedScenario:
    script = HAPPY_PATH if word is None else load(_file(word))
    for warning in script.warnings:
        warned(warning)
    return script


# Commands


def _serve(given: argparse.Namespace) -> int:
    # Not at the top: it brings Python's logging, which is not needed to check a file.
    from mockserver.world.log import Failed, Warned, as_json, as_text
    from mockserver.world.log_writer import LogWriter

    chosen = options.chosen(given, os.environ)
    form = as_json() if chosen.log_format == "json" else as_text
    with LogWriter(form, *raw_standard_error()) as log:

        def warned(text: object) -> None:
            log(Warned(str(text)))

        for stranger in options.strangers(os.environ):
            warned(stranger)
        try:
            return _play(_script(chosen.scenario, warned), chosen, log)
        except ScenarioError as error:
            log(Failed(str(error)))
        except CannotWrite as error:
            log(Failed(f"imaginelab-mock: {error}"))
        return USER_ERROR


def _play(script: LoadedScenario, chosen: options.Options, log: "Log") -> int:
    # Not at the top: the web framework is not needed to check a file.
    from mockserver.serve import server
    from mockserver.serve.descriptors import TooFewDescriptors, require_at_most
    from mockserver.serve.emulator import COLLECTED_AFTER, emulator
    from mockserver.serve.listen import AddressError, listen, url
    from mockserver.tls.authority import LibraryMissing
    from mockserver.tls.kept_files import CannotKeep
    from mockserver.world.log import Failed, Warned, hearing

    seed = chosen.applied(script.scenario).seed
    with ExitStack() as open_:
        try:
            require_at_most()
            plain = open_.enter_context(listen(chosen.host, chosen.port))
            where = url(plain)
            made = emulator(chosen, script, log)
            encrypted = None
            if chosen.encrypted_port is not None:
                if chosen.encrypted_port == chosen.port != 0:
                    raise Misused(f"serve: --port and --https-port are both {chosen.port}; give each its own")
                listener = open_.enter_context(listen(chosen.host, chosen.encrypted_port))
                encrypted = listener, made.vouching.authority.context
                where += f" and {url(listener, 'https')}"
        except (AddressError, CannotKeep, LibraryMissing, TooFewDescriptors) as error:
            log(Failed(f"imaginelab-mock: {error}"))
            return USER_ERROR
        open_.enter_context(hearing(log))
        line = f"imaginelab-mock listening on {where} (scenario {script.name}, seed {seed})"
        gc.freeze()
        gc.set_threshold(*COLLECTED_AFTER)
        server.serve(made.app, server.Doors(plain, encrypted, made.tunnels), lambda: say(line))
    idle = made.worlds.never_fired()
    for rule in idle:
        log(Warned(str(rule)))
    return NEVER_FIRED if idle and chosen.strict else 0


def _run(given: argparse.Namespace) -> int:
    # Not at the top: as for `serve`.
    from mockserver.run.child import CannotStart
    from mockserver.run.command import Order, run
    from mockserver.run.reports import CannotReport, writer
    from mockserver.run.summary import summary, trouble
    from mockserver.serve.descriptors import TooFewDescriptors, require_now
    from mockserver.tls.authority import API_HOST, LibraryMissing
    from mockserver.tls.kept_files import CannotKeep

    for stranger in options.strangers(os.environ):
        warn(stranger)
    chosen = _at_speed(options.chosen(given, os.environ, options.RUN), given.speed)
    command = tuple(given.command[given.command[:1] == ["--"] :])
    if not command:
        raise Misused("run: expected a command, as in imaginelab-mock run [OPTIONS] -- COMMAND…")
    if API_HOST in given.no_proxy_for:
        raise Misused(f"run: --no-proxy-for {API_HOST} would let the command reach the real API; leave it out")
    script = _script(chosen.scenario, warn)
    try:
        require_now()
        writers = [writer(file) for file in given.report]
        outcome = run(Order(command, given.no_proxy_for, os.environ), chosen, script)
    except (CannotReport, CannotKeep, LibraryMissing, TooFewDescriptors) as error:
        tell(f"imaginelab-mock: {error}")
        return USER_ERROR
    except CannotStart as error:
        tell(f"imaginelab-mock: {error}{_meant(command[0])}")
        return error.status
    status = _told(trouble(outcome) if chosen.quiet else summary(outcome), outcome.status)
    for write in writers:
        try:
            write(outcome)
        except CannotReport as error:
            tell(f"imaginelab-mock: {error}")
            status = status or USER_ERROR
    return status


def _told(lines: Iterable[str], status: int) -> int:
    """Tell the last lines of a command, and return its exit status: another one if it is 0 and they cannot be told."""
    try:
        for line in lines:
            tell(line)
    except CannotWrite:
        return status or USER_ERROR
    return status


def _meant(word: str) -> str:
    """Say what a word may have been meant for that is no command."""
    if gallery.named(word) and gallery.path(word) is not None:
        return f"; a scenario is named by --scenario {word}"
    return "; for a line of shell: run -- sh -c '…'" if " " in word or "=" in word else ""


def _at_speed(chosen: options.Options, speed: float | None) -> options.Options:
    if speed is None:
        return chosen
    if chosen.clock not in (None, Mode.REAL) or chosen.rate is not None:
        raise Misused("run: --speed N is a real clock at that rate; leave --clock and --rate out")
    return structs.replace(chosen, clock=Mode.REAL, rate=speed)


def _validate(given: argparse.Namespace) -> int:
    problems: list[Problem] = []
    warnings: list[Problem] = []
    for word in given.scenarios:
        try:
            warnings += load(_file(word)).warnings
        except ScenarioError as error:
            problems += error.problems
        else:
            if given.format == "text":
                say(f"{word}: valid")
    # A file that two of them extend is read twice, and told once.
    for warning in dict.fromkeys(warnings):
        say(annotated("warning", warning) if given.format == "github" else f"warning: {warning}")
    for problem in dict.fromkeys(problems):
        if given.format == "github":
            say(annotated("error", problem))
        else:
            tell(problem)
    return USER_ERROR if problems else 0


def _scenarios(_: argparse.Namespace) -> int:
    names = gallery.names()
    width = max(map(len, names), default=0)
    for name in names:
        say(f"{name:{width}}  {load(_file(name)).scenario.gist}")
    return 0


def _show(given: argparse.Namespace) -> int:
    say(load(_file(given.scenario)).text.rstrip("\n"))
    return 0


def _schema(_: argparse.Namespace) -> int:
    from mockserver.language.schema import schema  # not at the top: it brings the introspection library

    say_json(json.format(json.encode(schema()), indent=2).decode())
    return 0


def _openapi(given: argparse.Namespace) -> int:
    from mockserver.http.app import control_document, document  # not at the top: as for `serve`

    described = control_document() if given.control else document(_script(given.scenario, warn).scenario)
    say_json(described.decode())
    return 0
