"""The threads of a test: the one that begins it, and those that are started while it runs.

A thread that was there before, such as a server's, is not the test's and sleeps for real.
"""

import threading
from weakref import WeakSet


class RealThread(threading.Thread):
    """A thread that always sleeps for real, whenever it was started: a server's, or the scheduler's own."""

    sleeps_for_real = True


class Threads:
    """The threads of one test, from where this is made on."""

    def __init__(self) -> None:
        self._first = threading.current_thread()
        self._others = WeakSet(threading.enumerate())

    def has(self, thread: threading.Thread) -> bool:
        """Tell whether a thread is the test's.

        Never is a `threading.Timer`, with which pytest-timeout keeps real time, nor a thread that Python did not start.
        """
        if thread is self._first:
            return True
        foreign = isinstance(thread, threading.Timer | threading._DummyThread)
        return not (foreign or thread in self._others or getattr(thread, "sleeps_for_real", False))

    def alive(self) -> list[threading.Thread]:
        """Return those of the test's threads that have not ended."""
        return [thread for thread in threading.enumerate() if self.has(thread)]
