"""Replace `time.sleep` from the beginning of a session, for a client that copies the function at its import.

Such a client may keep the function where it cannot be replaced: as a default argument, or in an object. The replacement
sleeps for real until a test first sleeps virtually. This module is light, since every session imports it.
"""

import time
from collections.abc import Callable
from functools import wraps
from types import BuiltinFunctionType
from typing import Any, Final

_SLEEPS: Final[list[Callable[[float], None]]] = [time.sleep]


def _made() -> Callable[[float], None]:
    @wraps(time.sleep)
    def sleep(seconds: float, /) -> None:
        _SLEEPS[-1](seconds)

    return sleep


# In a tuple: a library that replaces sleeping functions in all modules would replace a plain name too.
_EARLY_SLEEP: Final = (_made(),)


def install_early_sleep() -> None:
    """Replace `time.sleep`, unless other code has replaced it already."""
    if isinstance(time.sleep, BuiltinFunctionType):
        vars(time)["sleep"] = _EARLY_SLEEP[0]


def hand_over(install: Callable[[], Any]) -> None:
    """Let `install` replace `time.sleep`; clients that kept this module's function then call the new function too.

    `install` returns the new function, the same each time. This function installs it again if other code has restored
    the original function.
    """
    ours = time.sleep is _EARLY_SLEEP[0]
    if ours and len(_SLEEPS) == 1:
        vars(time)["sleep"] = _SLEEPS[0]
    sleep = install()
    if not ours:
        return
    vars(time)["sleep"] = sleep
    if len(_SLEEPS) == 1 and sleep.__wrapped__ is not _EARLY_SLEEP[0]:
        _SLEEPS.append(sleep)
