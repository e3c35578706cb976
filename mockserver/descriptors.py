"""Open files: how many of them, most being connections, the process may have, and opening one without waiting."""

import os
from contextlib import suppress
from typing import Final

FEWEST: Final = 64
"""A server needs about 20 before its first client; the rest is for clients."""


class TooFewDescriptors(Exception):
    """The process may have too few files open; the text is one sentence with the way out."""


def open_without_waiting(path: str, flags: int) -> int:
    """Open a file as `os.open` does, and a pipe at once: otherwise it opens only when its other end is open too.

    A pipe opened for writing that is not read is an OSError.
    """
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)


def require_now() -> None:
    """Raise TooFewDescriptors where the present limit is too low for a server that does not raise it."""
    _require(_limits()[0])


def require_at_most() -> None:
    """Raise TooFewDescriptors where the limit is too low for a server although it raises it as far as it may."""
    _require(_limits()[1])


def _limits() -> tuple[int, int]:
    """Return the limit, and how far the process may raise it; FEWEST where there is none."""
    with suppress(ImportError):
        import resource  # not at the top: not every system has it

        soft, hard = (
            FEWEST if limit == resource.RLIM_INFINITY else limit for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
        )
        return soft, hard
    return FEWEST, FEWEST


def _require(limit: int) -> None:
    if limit < FEWEST:
        msg = (
            f"this process may have {limit} files open at a time, but a server needs at least {FEWEST};"
            " raise the limit, as with ulimit -n 1024"
        )
        raise TooFewDescriptors(msg)
