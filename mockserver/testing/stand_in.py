"""The function in the place of `time.sleep` from the beginning of a session on, for a client that takes it early.

Such a client may keep the function where it cannot be replaced: as a default argument, or in an object made at import.
The function sleeps for real until a test first sleeps virtually. It is light, because every session has it.
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


# Not under a name of its own: a library that replaces sleeping functions in all modules would replace it too.
_STAND_IN: Final = (_made(),)


def stand_in() -> None:
    """Stand in, unless somebody else does already."""
    if isinstance(time.sleep, BuiltinFunctionType):
        vars(time)["sleep"] = _STAND_IN[0]


def step_aside(install: Callable[[], Any]) -> None:
    """Let `install` replace `time.sleep`; clients that took this module's function call the replacement too.

    It returns the replacement, the same each time. If other code has put back the former function, it is put again.
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
