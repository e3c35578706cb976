"""The settings of a virtual sleep: the clock that it moves, the signs that the test is busy, and the bounds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

SECOND: Final = 1_000_000
"""Microseconds in a second: all durations and instants here are whole microseconds."""


class MovableClock(Protocol):
    """The clock of one world, which a virtual sleep reads and moves. The scheduler's own thread calls it.

    The clock stands still between two moves (`manual`). It must work in a forked child too, if clients fork.
    """

    def now(self) -> int:
        """Return the instant that the clock shows, in microseconds since 1970."""

    def advance(self, duration: int) -> None:
        """Move the clock forward by so many microseconds, more than 0."""


class CannotSleep(BaseException):
    """A virtual sleep that cannot end; its text is one sentence with the reason and the way out.

    It is no Exception: a client that catches every Exception of its requests would sleep again at once.
    """


def never_busy() -> bool:
    """Return False: without a count of the requests, assume that no request is in flight."""
    return False


def unknown_generation() -> str:
    """Return a text for generations whose numbers are unknown."""
    return "something that does not come"


@dataclass(eq=False)
class SleepSettings:
    """The settings of a virtual sleep. The functions among them must be cheap; any thread may call them."""

    clock: MovableClock

    busy: Callable[[], bool] = never_busy
    """Whether a request is in flight at the mock; the clock does not jump while one is."""

    waiting: Callable[[], str] = unknown_generation
    """The generations that clients wait for, for the sentence of `CannotSleep`: `generation 1842 (processing)`."""

    polls: Callable[[], int] | None = None
    """The number of polls that the mock has received, for `diagnosis`."""

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
