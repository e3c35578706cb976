"""The command `imaginelab-mock`: a function of its arguments. Exit status 2 means that the user can correct it."""

import errno
from collections.abc import Sequence
from contextlib import suppress

from mockserver.commands import openapi, run, scenarios, schema, serve, validate
from mockserver.commands.arguments import Misused, Parser, Version
from mockserver.language.file import ScenarioError
from mockserver.options.server import BadVariable
from mockserver.terminal import USER_ERROR, CannotWrite, tell


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; `argv` None means the process's own arguments."""
    try:
        return _status(argv)
    except CannotWrite as error:
        # Where standard error cannot be written either, only the exit status remains.
        with suppress(CannotWrite):
            tell(f"imaginelab-mock: {error}")
        return USER_ERROR


def _status(argv: Sequence[str] | None) -> int:
    given = _parser().parse_args(argv)
    try:
        return int(given.run(given))
    except ScenarioError as error:
        tell(*error.problems)
        return USER_ERROR
    except BadVariable as error:
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


def _parser() -> Parser:
    parser = Parser(prog="imaginelab-mock", description="An emulator of the ImagineLab API.")
    parser.add_argument("--version", action=Version, nargs=0, help="print which release this is")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (serve.add, run.add, validate.add, scenarios.add_list, scenarios.add_show, schema.add, openapi.add):
        add(commands)
    return parser
