"""The agreement between a world and its sleeping clients: the clock to move, the signs to heed, and the bound."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

SECOND: Final = 1_000_000
"""Microseconds in a second: all durations and instants here are whole microseconds."""


class MovableClock(Protocol):
    """The clock of one world, as far as sleeping moves it; it is asked from a thread of the scheduler's own.

    It stands still between two moves (`manual`), and works in a forked child where clients fork.
    """

    def now(self) -> int:
        """Return the instant that it shows, in microseconds since 1970."""

    def advance(self, duration: int) -> None:
        """Move it forward by so many microseconds, more than 0."""


class CannotSleep(BaseException):
    """A virtual sleep that cannot end; its text is one sentence with the reason and the way out.

    Not an Exception: a client that survives every error of its requests would sleep again, and that at once.
    """


def idle() -> bool:
    """Return that no request is in flight, if that cannot be known."""
    return False


def unknown() -> str:
    """Return an empty text, if the generations that clients wait for cannot be known."""
    return "something that does not come"


@dataclass(eq=False)
class Terms:
    """The terms. The callables must be cheap, and are called from any thread."""

    clock: MovableClock

    busy: Callable[[], bool] = idle
    """Whether a request is in flight at the mock; the clock does not jump while one is."""

    waiting: Callable[[], str] = unknown
    """The generations that clients wait for, for the sentence of `CannotSleep`: `generation 1842 (processing)`."""

    polls: Callable[[], int] | None = None
    """How many polls the mock has had, for `diagnosis`."""

    clocks: bool = False
    """Whether client code sees virtual time where it reads `time.time`, `time.monotonic` and the event loop's clock."""

    events: bool = False
    """Whether `threading.Event.wait` with a time-out counts as a sleep that `set` ends."""

    settle: int = 5_000
    """Real microseconds for which the process has to be quiet before the clock jumps, where several may sleep."""

    patience: int = 10 * SECOND
    """Real microseconds after which the clock jumps although the process is not quiet."""

    max_virtual: int = 3600 * SECOND
    """Virtual microseconds after which a sleep is refused with `CannotSleep`."""
