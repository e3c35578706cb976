"""The settings of a clock: its mode, its step and its rate."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from mockserver.core.forms import Start, Step
from mockserver.core.instant import SECOND


class Mode(StrEnum):
    """The force that moves the clock of a world."""

    REAL = "real"
    POLL = "poll"
    MANUAL = "manual"

    @property
    def ticks(self) -> bool:
        """Whether real time moves the clock."""
        return self is Mode.REAL

    @property
    def holds(self) -> bool:
        """Whether an unfinished generation keeps its age until its owner requests the generation again."""
        return self is Mode.POLL


PATIENCE = 2 * SECOND
"""The wait of a patient client between two polls. Source: API reference, "End-to-end example": `time.sleep(2)`."""


class ClockSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The section `clock`: None leaves the choice to the server's options.

    `step` is the age in microseconds that a generation gains at a repeated request; `rate` is virtual seconds a
    real second; `start` is an instant in microseconds.
    """

    mode: Mode | None = None
    step: Step = PATIENCE
    rate: Annotated[float, Meta(gt=0, le=1_000_000)] = 1
    start: Start | None = None
