"""What stands in the place of `time.sleep` from the beginning of a session on, for a client that takes it early.

It may keep the function where nobody finds it again: as a default argument, in an object that is made at import. It
sleeps for real, like the other, until a test sleeps virtually for the first time. Light, because every session has it.
"""

import time
from collections.abc import Callable
from functools import wraps
from types import BuiltinFunctionType
from typing import Any, Final

_ACTS: Final[list[Callable[[float], None]]] = [time.sleep]


def _made() -> Callable[[float], None]:
    @wraps(time.sleep)
    def sleep(seconds: float, /) -> None:
        _ACTS[-1](seconds)

    return sleep


# Not under a name of its own: whoever replaces what sleeps in all modules would replace it here too.
_STAND_IN: Final = (_made(),)


def stand_in() -> None:
    """Stand in, unless somebody else does already."""
    if isinstance(time.sleep, BuiltinFunctionType):
        vars(time)["sleep"] = _STAND_IN[0]


def step_aside(install: Callable[[], Any]) -> None:
    """Let `install` put a function in the place of `time.sleep`, which those sleep by too who have this one's.

    It returns that function, the same each time; where somebody has put back what stood there before, it is put again.
    """
    stood = time.sleep is _STAND_IN[0]
    if stood and len(_ACTS) == 1:
        vars(time)["sleep"] = _ACTS[0]
    sleep = install()
    if not stood:
        return
    vars(time)["sleep"] = sleep
    if len(_ACTS) == 1 and sleep.__wrapped__ is not _STAND_IN[0]:
        _ACTS.append(sleep)
