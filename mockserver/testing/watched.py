"""The clock of a test's world, with its present time: only the test and its sleeping move it.

So the server need not be asked before each sleep.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Literal, TypeVar

from mockserver.client.clock import Clock, ClockView, Duration, Mode, Moved
from mockserver.client.control import Control

View = TypeVar("View", ClockView, Moved)


class WatchedClock(Clock):
    """A clock like any other, that remembers the latest instant which it showed, and tells its `watcher` of each."""

    watcher: Callable[[], object] = bool

    def __init__(self, control: Control) -> None:
        super().__init__(control)
        self._shown: datetime | None = None
        # Of two answers, the one that was given first may be read last.
        self._remembering = Lock()

    @property
    def shown(self) -> datetime:
        """The latest instant that it showed."""
        return self._shown or self.now

    def forget(self) -> None:
        """Remember nothing: a world that starts over shows its first instant again."""
        self._shown = None

    def jump(self, duration: timedelta) -> None:
        """Move the clock forward without calling the watcher, which makes this jump."""
        self._remember(super().advance(duration).now)

    def view(self) -> ClockView:
        """Return everything that the clock shows, as `Clock.view` does."""
        return self._told(super().view())

    def set(
        self,
        *,
        mode: Mode | None = None,
        step: Duration | Literal["next"] | None = None,
        rate: float | None = None,
    ) -> ClockView:
        """Let time move in another way, as `Clock.set` does."""
        return self._told(super().set(mode=mode, step=step, rate=rate))

    def advance(
        self,
        by: Duration | None = None,
        *,
        to: datetime | str | None = None,
        until: Literal["next"] | tuple[int, str] | None = None,
    ) -> Moved:
        """Move the clock forward, as `Clock.advance` does."""
        return self._told(super().advance(by, to=to, until=until))

    def _told(self, view: View) -> View:
        self._remember(view.now)
        self.watcher()
        return view

    def _remember(self, now: datetime) -> None:
        with self._remembering:
            self._shown = now if self._shown is None else max(self._shown, now)
