"""Virtual time: a base, the real time since it was set, and a rate. The only reader of real time in the package."""

import time
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.instant import END
from mockserver.core.scenario import REFERENCE_START


class RealTime(Struct, frozen=True):
    """The source of real time: `elapsed` microseconds, which never go back, and the instant `today`."""

    elapsed: Callable[[], int] = lambda: time.monotonic_ns() // 1000
    today: Callable[[], int] = lambda: time.time_ns() // 1000


class Clock:
    """The clock of one world. It never goes back, and it stops just before the year 10000.

    `read` reads real time, once for each exchange. Time does not move within an exchange, so all instants in an answer
    agree.
    """

    def __init__(self, settings: ClockSettings, real: RealTime) -> None:
        self._move_by(settings.mode or Mode.REAL, settings.step, settings.rate)
        self._real = real
        self.today = real.today
        """Returns the real instant, in microseconds since 1970, in every clock mode."""
        self._base = self._now = _start(settings, self.mode, real)
        self._since = self.elapsed = real.elapsed()
        """The real microseconds that the clock last read, as `RealTime.elapsed` counts them."""

    def now(self) -> int:
        """Return the instant that the clock showed when it was last read, in microseconds since 1970."""
        return self._now

    def read(self) -> int:
        """Read real time if the clock mode uses it, and return the present instant."""
        if self.ticks:
            self.elapsed = self._real.elapsed()
            self._now = min(self._base + int((self.elapsed - self._since) * self.rate), END - 1)
        return self._now

    def change(self, mode: Mode, step: int | Literal["next"], rate: float) -> None:
        """Change the clock mode, step and rate; the present instant stays."""
        if not self.ticks:
            self.elapsed = self._real.elapsed()
        self._base, self._since = self.read(), self.elapsed
        self._move_by(mode, step, rate)

    def _move_by(self, mode: Mode, step: int | Literal["next"], rate: float) -> None:
        self.mode, self.step, self.rate = mode, step, rate
        # Every request needs these two values. They are stored here, so that reading them needs no function call.
        self.ticks, self.holds = mode.ticks, mode.holds

    def reach(self, instant: int) -> None:
        """Move the clock forward to an instant. An instant in the past moves nothing.

        Time goes on from there since real time was last read, which the present exchange has done.
        """
        if instant > self._now:
            self._base = self._now = min(instant, END - 1)
            self._since = self.elapsed

    # The past of a world is made again

    def stop_at(self, elapsed: int) -> None:
        """Read this value instead of real time, until `resume`: it is `elapsed` of an earlier reading."""
        self._real = RealTime(lambda: elapsed, self._real.today)

    def resume(self, real: RealTime) -> None:
        """Read real time again. The present instant stays, and time goes on from there."""
        self._real = real
        self._base, self._since = self._now, real.elapsed()

    @property
    def real(self) -> RealTime:
        """The source of real time."""
        return self._real


def _start(settings: ClockSettings, mode: Mode, real: RealTime) -> int:
    if settings.start is None:
        return real.today() if mode.ticks else REFERENCE_START
    return real.today() if settings.start == "now" else settings.start
