"""Real time stays real, also if the functions of `time` are replaced."""

import threading
import time
from threading import Event

import pytest

from mockserver.patching.waits import real

from .hands import PATIENCE, Started


def test_our_copies_of_the_functions_of_time_are_no_attributes_of_the_module() -> None:
    for name in ("monotonic", "monotonic_ns", "time", "time_ns", "sleep", "process_time_ns"):
        assert getattr(real.TIME, name) is not getattr(time, name)
    assert real.SHARED is time


def test_real_time_passes_also_if_time_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic_ns", lambda: 0)
    monkeypatch.setattr(time, "process_time_ns", lambda: 0)
    before = real.elapsed(), real.used()
    while real.elapsed() == before[0] or real.used() == before[1]:
        pass
    assert before < (real.elapsed(), real.used())


def soon_rests(thread: threading.Thread) -> bool:
    return any(not real.ready(thread) for _ in range(100_000))


def test_a_working_thread_is_ready_and_a_waiting_one_is_not() -> None:
    go = Event()
    waiting = Started(lambda: go.wait(PATIENCE))
    assert soon_rests(waiting.thread)
    go.set()
    waiting.result()
    assert soon_rests(waiting.thread)
    assert real.ready(threading.current_thread())


def test_a_thread_that_is_being_started_is_ready() -> None:
    thread = threading.Thread()
    assert real.ready(thread)
    thread.start()
    thread.join()
