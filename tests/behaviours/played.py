"""The fixture `api` of the stories, and the lives and clocks that many of them need."""

from typing import Protocol

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.generation import Life
from mockserver.core.instant import SECOND
from mockserver.core.scenario import Scenario
from mockserver.core.timeline import Step
from mockserver.http.app import Settings
from tests.support.client import Client


class Start(Protocol):
    """Start a server and return an anonymous client of it; without a scenario it plays the happy path."""

    def __call__(self, scenario: Scenario | None = None, settings: Settings | None = None) -> Client: ...


def life(**steps: int | None) -> Life:
    """A rule for every order: `pending=2, failed=None` is two seconds of `pending`, then `failed`."""
    return Life(then=tuple(Step(status=name, lasts=lasts and lasts * SECOND) for name, lasts in steps.items()))


FOR_EVER = Life(when={"prompt": "for ever"}, then=(Step(status="processing", progress=50),), cost=0)
"""A life that never ends and costs nothing, used to let time pass."""


def every(seconds: int) -> ClockSettings:
    """A clock that each poll moves by so many seconds."""
    return ClockSettings(mode=Mode.POLL, step=seconds * SECOND)
