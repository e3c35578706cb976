"""What the program says to who started it: results on standard output, the rest on standard error, an exit status."""

import os
import sys
from typing import Final, TextIO

USER_ERROR: Final = 2
"""Exit status: a sentence on standard error says what to mend."""

NEVER_FIRED: Final = 3
"""Exit status of `serve --strict`: a rule of the scenario never fired."""


def say(text: object) -> None:
    """Print what was asked for."""
    _write(sys.stdout, text)


def tell(text: object) -> None:
    """Print what is worth knowing."""
    _write(sys.stderr, text)


def warn(text: object) -> None:
    """Print what is likely not meant."""
    tell(f"warning: {text}")


def _write(stream: TextIO, text: object) -> None:
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        # Whoever read has enough, as `head` has. What is left is for nobody, and must not be tried again at the end.
        nobody = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nobody, stream.fileno())
        os.close(nobody)
