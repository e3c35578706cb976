"""The parser of the command line: a mistake gives one sentence, and printing can fail as any other output can."""

import argparse
import sys
from typing import Any, NoReturn

from mockserver.core.wording import nearest, printable, worded
from mockserver.release import release
from mockserver.terminal import USER_ERROR, say, tell

Commands = argparse._SubParsersAction
"""The place where each command adds its own parser."""


class Misused(Exception):
    """Two options contradict each other, or an argument is missing; the text is one sentence."""


class Parser(argparse.ArgumentParser):
    """A parser that reports a mistake in one sentence with the nearest word, and takes no abbreviated options.

    A new option could make an abbreviation ambiguous.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        """End the process with this sentence, and point to `--help`."""
        self.exit(USER_ERROR, f"{self.prog}: {printable(message)}; {self.prog} --help shows what there is\n")

    def parse_known_args(self, *given: Any, **more: Any) -> Any:
        """Parse all arguments; refuse unknown ones here, where the name of the command is known."""
        known, unknown = super().parse_known_args(*given, **more)
        if unknown:
            word = unknown[0].partition("=")[0]
            near = nearest(word, list(self._option_string_actions)) if word.startswith("-") else None
            self.error(f"unknown argument {worded(word)}" + (f"; did you mean {near}?" if near else ""))
        return known, unknown

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print as all commands do, because argparse ignores a stream that cannot be written."""
        lines = message.removesuffix("\n").split("\n")
        if lines != [""]:
            say(*lines) if file is sys.stdout else tell(*lines)


class Version(argparse.Action):
    """The option `--version`. It looks the release up only on request, since that is slow."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        """Print the release, and end."""
        say(f"{parser.prog} {release()}")
        parser.exit()
