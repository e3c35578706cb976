"""What stands in the place of `time.sleep` from the beginning of a session on, for a client that takes it early.

It may keep the function where nobody finds it again: as a default argument, in an object that is made at import. It
sleeps for real, like the other, until a test sleeps virtually for the first time. Light, because every session has it.
"""

import time
from collections.abc import Callable
from functools import wraps
from types import BuiltinFunctionType

_ACTS: list[Callable[[float], None]] = [time.sleep]


@wraps(time.sleep)
def _sleep(seconds: float, /) -> None:
    _ACTS[-1](seconds)


def stand_in() -> None:
    """Stand in, unless somebody else does already."""
    if isinstance(time.sleep, BuiltinFunctionType):
        vars(time)["sleep"] = _sleep


def step_aside(install: Callable[[], None]) -> None:
    """Let `install` put a function in the place of `time.sleep`, which those sleep by too who have this one's."""
    stood = time.sleep is _sleep
    if stood:
        vars(time)["sleep"] = _ACTS[0]
    install()
    if stood:
        _ACTS.append(time.sleep)
