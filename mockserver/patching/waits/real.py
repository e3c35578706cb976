"""Read the real time, from a private copy of the module `time` that libraries such as freezegun do not find.

freezegun goes through the modules of the process and replaces the functions of `time` wherever it finds them. It knows
them by identity, and a second copy of the module has other functions.
"""

import threading
import time
from importlib.machinery import BuiltinImporter
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Final

SHARED: Final = time
"""The module `time` that the client knows, where its functions are replaced."""


def _copy(name: str) -> ModuleType:
    spec = BuiltinImporter.find_spec(name)
    assert spec is not None  # noqa: S101 - `time` is built in
    assert spec.loader is not None  # noqa: S101 - whatever is built in has one
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TIME: Final = _copy("time")
"""The module `time` as the interpreter has it."""


def elapsed() -> int:
    """Return real microseconds that never go back."""
    return int(TIME.monotonic_ns()) // 1000


def used() -> int:
    """Return the microseconds of processor that this process has used."""
    return int(TIME.process_time_ns()) // 1000


def sleep(duration: int) -> None:
    """Let so many microseconds of real time pass."""
    TIME.sleep(duration / 1_000_000)


class RealThread(threading.Thread):
    """A thread that always sleeps for real, such as a server's or the scheduler's own."""

    sleeps_for_real = True


def ready(thread: threading.Thread) -> bool:
    """Return whether a thread runs or only waits for a processor; False if the system does not say.

    On a crowded machine a thread that has work to do may get no processor for a while, and then looks idle.
    """
    if thread.native_id is None:  # it is being started
        return True
    try:
        state = Path(f"/proc/self/task/{thread.native_id}/stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] == "R"
