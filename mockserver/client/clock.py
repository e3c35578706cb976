"""A world's clock from outside: what it shows, how it moves, and what comes due when it is moved."""

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
    """What comes due at an instant: a `status` begins to show, `credits` come back, or the order can be seen.

    `what` is `status`, `refund` or `visible`.
    """

    at: datetime
    generation: int
    what: str
    status: str | None = None
    credits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """A clock at one look: `step` is in seconds, `began` when the world did, `next` what comes due first."""

    now: datetime
    mode: Mode
    step: float | Literal["next"]
    rate: float
    began: datetime
    next: Due | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a move of the clock did: by how many seconds, and what came due on the way, in order.

    `omitted` is how many more things came due than are told.
    """

    now: datetime
    moved: float
    due: tuple[Due, ...]
    omitted: int = 0


class Clock:
    """The virtual clock of a world; each attribute is as it is when it is read.

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
        """Return everything that the clock shows, at one look."""
        return self._control.read(ClockView, "/clock")

    @property
    def now(self) -> datetime:
        """The virtual instant, in UTC."""
        return self.view().now

    @property
    def mode(self) -> Mode:
        """What moves the clock."""
        return self.view().mode

    @property
    def step(self) -> float | Literal["next"]:
        """The seconds by which asking again moves a `poll` clock."""
        return self.view().step

    @property
    def rate(self) -> float:
        """The virtual seconds that pass on a `real` clock in each real one."""
        return self.view().rate

    @property
    def next(self) -> Due | None:
        """What comes due first, None where nothing ever will."""
        return self.view().next

    def advance(
        self,
        by: Duration | None = None,
        *,
        to: datetime | str | None = None,
        until: Literal["next"] | tuple[int, str] | None = None,
    ) -> Moved:
        """Move the clock forward, in any mode, and make every generation older by as much.

        By a duration, to an instant, or until the next thing comes due or a generation shows a status:
        `until=(1842, "completed")`. Invalid, and nothing moved, for the past, for what will never come, and for a
        datetime without a zone.
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
        """Let time move in another way from now on; every generation keeps its age."""
        return self._control.send(ClockView, "PATCH", "/clock", _given({"mode": mode, "step": step, "rate": rate}))


def _given(asked: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in asked.items() if value is not None}
