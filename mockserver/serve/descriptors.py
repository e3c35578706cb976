"""The limit of open files of the process; most open files are connections."""

from contextlib import suppress
from typing import Final

FEWEST: Final = 64
"""A server needs about 20 before its first client; the rest is for clients."""


class TooFewDescriptors(Exception):
    """The limit of open files is too low for a server; the text is one sentence with the way out."""


def require_now() -> None:
    """Raise TooFewDescriptors if the present limit is too low; for a server that does not raise it."""
    _require(_limits()[0])


def require_at_most() -> None:
    """Raise TooFewDescriptors if even the highest permitted limit is too low; for a server that raises it."""
    _require(_limits()[1])


def _limits() -> tuple[int, int]:
    """Return the present and the highest permitted limit; FEWEST for one that does not exist."""
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
