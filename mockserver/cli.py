"""The command `imaginelab-mock`: a function of its arguments. Exit status 2 means that the user can mend it."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from msgspec.structs import replace

from mockserver.core.age import Mode
from mockserver.core.scenario import Scenario
from mockserver.release import release
from mockserver.scenario_file import HAPPY_PATH, ScenarioError, Script, load

USER_ERROR = 2
"""Exit status: a sentence on standard error says what to mend."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; `argv` None is the process's own arguments."""
    options = _parser().parse_args(argv)
    try:
        return int(options.run(options))
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return USER_ERROR
    except BrokenPipeError:
        # Whoever read has enough, as `head` has; what is left is for nobody, and must not be tried again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="imaginelab-mock", description="An emulator of the ImagineLab API.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print which release this is")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _serve_options(commands.add_parser("serve", help="play a scenario until stopped"))
    validate = commands.add_parser("validate", help="say what is wrong with scenario files")
    validate.add_argument("files", metavar="FILE", nargs="+", type=Path)
    validate.set_defaults(run=_validate)
    openapi = commands.add_parser("openapi", help="print the OpenAPI document of the emulated API")
    openapi.add_argument("scenario", metavar="SCENARIO", nargs="?", type=Path, help="whose models it names")
    openapi.set_defaults(run=_openapi)
    return parser


class _Version(argparse.Action):
    """Look the release up only where it is asked for: that takes longer than all other options together."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        print(parser.prog, release())
        parser.exit()


def _serve_options(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("scenario", metavar="SCENARIO", nargs="?", type=Path, help="a YAML file; none: the happy path")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    serve.add_argument("--port", type=int, default=8402, help="port to listen on, 0 for any free one (%(default)s)")
    serve.add_argument("--clock", type=Mode, choices=list(Mode), metavar="MODE", help=f"{', '.join(Mode)} (real)")
    serve.add_argument("--seed", type=_seed, help="what all chance comes from (the scenario's, else 1842)")
    serve.add_argument("--public-url", type=_url, metavar="URL", help="what media links begin with (the client's Host)")
    serve.add_argument("--quiet", action="store_true", help="no line about each exchange")
    serve.set_defaults(run=_serve)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) < 2**63):
        msg = f"expected a whole number from 0 to 2^63 - 1, found {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")) or any(char.isspace() for char in text):
        msg = f"expected a URL such as https://mock.example:8402, found {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return text.rstrip("/")


def _script(path: Path | None) -> Script:
    script = HAPPY_PATH if path is None else load(path)
    for warning in script.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return script


def _played(scenario: Scenario, options: argparse.Namespace) -> Scenario:
    """Return the scenario as the options have it: they win over the file, and the file over the default."""
    clock = replace(scenario.clock, mode=options.clock or scenario.clock.mode or Mode.REAL)
    return replace(scenario, clock=clock, seed=scenario.seed if options.seed is None else options.seed)


def _serve(options: argparse.Namespace) -> int:
    # Not at the top: the web framework is not needed to check a file.
    from mockserver import server
    from mockserver.http.app import application
    from mockserver.http.exchange import Settings
    from mockserver.worlds import Worlds

    script = _script(options.scenario)
    scenario = _played(script.scenario, options)
    try:
        listener = server.listen(options.host, options.port)
    except server.AddressError as error:
        print(f"imaginelab-mock: {error}", file=sys.stderr)
        return USER_ERROR
    line = f"listening on {server.url(listener)} (scenario {script.name}, seed {scenario.seed})"
    settings = Settings(public_url=options.public_url, log=None if options.quiet else _log)
    app = application(Worlds(scenario), settings)
    # What is here stays: looking through it again and again for garbage costs each request a tenth of its time.
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    server.serve(app, listener, lambda: print("imaginelab-mock", line, flush=True))
    return 0


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _validate(options: argparse.Namespace) -> int:
    problems: list[object] = []
    for path in options.files:
        try:
            script = load(path)
        except ScenarioError as error:
            problems.append(error)
        else:
            for warning in script.warnings:
                print(f"warning: {warning}")
            print(f"{path}: valid")
    for problem in problems:
        print(problem, file=sys.stderr)
    return USER_ERROR if problems else 0


def _openapi(options: argparse.Namespace) -> int:
    from mockserver.http.app import document  # not at the top: as for `serve`

    print(document(_script(options.scenario).scenario).decode())
    return 0
