"""The clock of a test's world, which remembers its latest time: only the test and its sleeping move the clock.

So a sleep does not have to request the time from the server.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Literal, TypeVar

from mockserver.client.clock import Clock, ClockView, Duration, Mode, Moved
from mockserver.client.control import Control

View = TypeVar("View", ClockView, Moved)


class CachedClock(Clock):
    """A clock that remembers the latest instant that it showed, and calls `on_change` after each answer."""

    on_change: Callable[[], object]
    """Called after each answer, except an answer to `jump`."""

    def __init__(self, control: Control) -> None:
        super().__init__(control)
        self.on_change = _ignore_change
        self._shown: datetime | None = None
        # Of two answers, the one that was given first may be read last.
        self._remembering = Lock()

    @property
    def shown(self) -> datetime:
        """The latest instant that the clock showed."""
        return self._shown or self.now

    def forget(self) -> None:
        """Forget the latest instant: a world that starts over shows its first instant again."""
        self._shown = None

    def jump(self, duration: timedelta) -> None:
        """Move the clock forward without calling `on_change`: the owner of `on_change` calls this method."""
        self._remember(super().advance(duration).now)

    def view(self) -> ClockView:
        """Return everything that the clock shows, as `Clock.view` does."""
        return self._noted(super().view())

    def set(
        self,
        *,
        mode: Mode | None = None,
        step: Duration | Literal["next"] | None = None,
        rate: float | None = None,
    ) -> ClockView:
        """Let time move in another way, as `Clock.set` does."""
        return self._noted(super().set(mode=mode, step=step, rate=rate))

    def advance(
        self,
        by: Duration | None = None,
        *,
        to: datetime | str | None = None,
        until: Literal["next"] | tuple[int, str] | None = None,
    ) -> Moved:
        """Move the clock forward, as `Clock.advance` does."""
        return self._noted(super().advance(by, to=to, until=until))

    def _noted(self, view: View) -> View:
        self._remember(view.now)
        self.on_change()
        return view

    def _remember(self, now: datetime) -> None:
        with self._remembering:
            self._shown = now if self._shown is None else max(self._shown, now)


def _ignore_change() -> None:
    """Do nothing: no sleep depends on the clock."""
