"""A world's clock from outside: read it, move it, change its mode."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from mockserver.client.control import Control

Mode = Literal["real", "poll", "manual"]
Duration = float | str | timedelta
"""Seconds, or a text with a unit such as `500ms`, `2s`, `5m` and `1h`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One event of a generation that comes due at an instant."""

    at: datetime
    generation: int

    what: str
    """`status`: a new status shows. `refund`: credits come back. `visible`: the order becomes visible."""

    status: str | None = None
    """The new status, for `status`."""

    credits: int | None = None
    """The credits that come back, for `refund`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """A clock at one moment."""

    now: datetime
    mode: Mode
    step: float | Literal["next"]
    """Seconds by which a poll moves a `poll` clock, or `next`."""

    rate: float
    """Virtual seconds a real second, on a `real` clock."""

    began: datetime
    """The instant at which the world began."""

    next: Due | None
    """The first event to come due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The result of a move of the clock."""

    now: datetime

    moved: float
    """Seconds by which it moved."""

    due: tuple[Due, ...]
    """The events that came due on the way, in order."""

    omitted: int = 0


class Clock:
    """The virtual clock of a world. Each attribute is fetched when it is read.

    >>> world.clock.set(mode="manual").mode
    'manual'
    >>> world.clock.advance("90s").moved
    90.0
    >>> world.clock.now.isoformat()
    '2026-06-07T12:01:30+00:00'
    >>> world.clock.next is None
    True
    """

    def __init__(self, control: Control) -> None:
        self._control = control

    def view(self) -> ClockView:
        """Return everything that the clock shows at one moment."""
        return self._control.read(ClockView, "/clock")

    @property
    def now(self) -> datetime:
        """The virtual instant, in UTC."""
        return self.view().now

    @property
    def mode(self) -> Mode:
        """The mode of the clock."""
        return self.view().mode

    @property
    def step(self) -> float | Literal["next"]:
        """Seconds by which a poll moves a `poll` clock."""
        return self.view().step

    @property
    def rate(self) -> float:
        """Virtual seconds a real second, on a `real` clock."""
        return self.view().rate

    @property
    def next(self) -> Due | None:
        """The first event to come due; None if no event will."""
        return self.view().next

    def advance(
        self,
        by: Duration | None = None,
        *,
        to: datetime | str | None = None,
        until: Literal["next"] | tuple[int, str] | None = None,
    ) -> Moved:
        """Move the clock forward, in any mode, and make every generation older by as much.

        It moves by a duration, to an instant, until the next event comes due, or until a generation shows a
        status: `until=(1842, "completed")`. Raises Invalid for an instant in the past, an event that will never
        come, or a datetime without a zone; then the clock does not move.
        """
        wanted = {"generation": until[0], "status": until[1]} if isinstance(until, tuple) else until
        return self._control.send(Moved, "POST", "/clock/advance", _given({"by": by, "to": to, "until": wanted}))

    def set(
        self,
        *,
        mode: Mode | None = None,
        step: Duration | Literal["next"] | None = None,
        rate: float | None = None,
    ) -> ClockView:
        """Change the mode of the clock; every generation keeps its age."""
        return self._control.send(ClockView, "PATCH", "/clock", _given({"mode": mode, "step": step, "rate": rate}))


def _given(asked: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in asked.items() if value is not None}
