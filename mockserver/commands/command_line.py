"""How the command line is read: a mistake in it is one sentence, and what it prints can fail as other output can."""

import argparse
import sys
from typing import Any, NoReturn

from mockserver.core.document import nearest, worded
from mockserver.release import release
from mockserver.terminal import USER_ERROR, say, tell


class Parser(argparse.ArgumentParser):
    """Tells a mistake in one sentence, with the nearest word; takes no abbreviations, which a new option could end."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        """End with the sentence, and say where all words stand."""
        self.exit(USER_ERROR, f"{self.prog}: {message}; {self.prog} --help shows what there is\n")

    def parse_known_args(self, *given: Any, **more: Any) -> Any:
        """Take everything; what is unknown is refused here, where the command is known that it was given to."""
        known, strangers = super().parse_known_args(*given, **more)
        if strangers:
            word = strangers[0].partition("=")[0]
            near = nearest(word, list(self._option_string_actions)) if word.startswith("-") else None
            self.error(f"unknown argument {worded(word)}" + (f"; did you mean {near}?" if near else ""))
        return known, strangers

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print as all commands do: argparse itself passes over what cannot be written."""
        text = message.removesuffix("\n")
        if text:
            say(text) if file is sys.stdout else tell(text)


class Version(argparse.Action):
    """Look the release up only where it is asked for: that takes longer than all other options together."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        """Print the release, and end."""
        say(f"{parser.prog} {release()}")
        parser.exit()
