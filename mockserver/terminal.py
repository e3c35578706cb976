"""Output on a terminal: results on standard output, messages on standard error, and the exit statuses.

What is printed may have words of others in it: each line is made printable here. Output that is no longer read is
dropped without an error; a full disk is an error.
"""

import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from io import TextIOWrapper, UnsupportedOperation
from select import select
from typing import Final, TextIO, cast

from mockserver.core.wording import escape_in_json, printable, printable_json

USER_ERROR: Final = 2
"""Exit status: a sentence on standard error says how to correct the call or the files."""

NEVER_FIRED: Final = 3
"""Exit status of `serve --strict`: a rule of the scenario never fired."""


class CannotWrite(Exception):
    """A standard stream cannot be written; the text is one sentence with the reason."""


def open_closed_streams() -> None:
    """Open /dev/null at each of the descriptors 0, 1 and 2 that is closed when the process starts.

    Otherwise the next file or socket would get that number, and output would go into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is this one. A command under `run` inherits it like a standard stream.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    sys.stdin = sys.stdin or _stream(0, "r")
    sys.stdout = sys.stdout or _stream(1, "w")
    sys.stderr = sys.stderr or _stream(2, "w")


def escape_unknown_characters() -> None:
    r"""Make both streams write characters that their encoding lacks as escapes, such as \u65e5."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(*lines: object) -> None:
    """Print lines of a result on standard output; raises CannotWrite if that fails."""
    _write(sys.stdout, _printable(lines))


def say_json(text: str) -> None:
    """Print a JSON document, in ASCII if standard output's encoding lacks one of its characters."""
    text = printable_json(text)
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        text = "".join(char if char.isascii() else escape_in_json(char) for char in text)
    _write(sys.stdout, text)


def say_document(text: str) -> None:
    """Print a text of others: printable for a terminal, and unchanged for a file or another program."""
    if sys.stdout.isatty():
        say(*text.expandtabs().splitlines())
    else:
        _write(sys.stdout, text)


def tell(*lines: object) -> None:
    """Print lines of a message on standard error; raises CannotWrite if that fails."""
    _write(sys.stderr, _printable(lines))


def warn(text: object) -> None:
    """Print a warning on standard error."""
    tell(f"warning: {text}")


def raw_standard_error() -> tuple[Callable[[bytes], int], str]:
    """Return a function that writes bytes to standard error, unbuffered, and the encoding for them.

    The function may block, and returns how many bytes it wrote. It raises OSError if it can write none.
    """
    stream = sys.stderr
    try:
        descriptor = stream.fileno()
    except UnsupportedOperation:
        # A test has put a stream in memory in its place.
        return (lambda data: stream.write(data.decode(stream.encoding)) and len(data)), stream.encoding
    return partial(_write_raw, stream, descriptor), stream.encoding


def _stream(number: int, mode: str) -> TextIO:
    return cast("TextIO", open(number, mode, closefd=False))


def _printable(lines: Iterable[object]) -> str:
    return "\n".join(printable(str(line)) for line in lines)


def _write(stream: TextIO, text: str) -> None:
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        _discard(stream)
    except OSError as error:
        _discard(stream)
        name = "standard output" if stream is sys.stdout else "standard error"
        raise CannotWrite(f"{name} cannot be written: {error.strerror}") from error


def _write_raw(stream: TextIO, descriptor: int, data: bytes) -> int:
    try:
        return os.write(descriptor, data)
    except BlockingIOError:
        # Another process with the same pipe or terminal has made it non-blocking.
        select([], [descriptor], [])
        return 0
    except BrokenPipeError:
        _discard(stream)
        return len(data)


def _discard(stream: TextIO) -> None:
    """Connect a stream to /dev/null, so that the process does not write the rest of its buffer again when it ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
