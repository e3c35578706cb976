"""Writes the log of a running server to standard error. A thread does the writing, so the server never waits.

If no program reads from a pipe, the pipe becomes full and blocks its writer. Then the lines wait in memory, up to a
bound. Further lines are left out and counted. As soon as the pipe accepts bytes again, the log states this count in
their place.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Self

from mockserver.world.log import LeftOut, LogEntry

MOST_WAITING: Final = 1_048_576
"""The most bytes of memory that the waiting lines may take."""

# Seconds between the first line and its writing. The lines of that time are written together. To wake a thread for each
# line would cost a busy server more than the writing itself.
_GATHERING: Final = 0.01

# Seconds that a server, at its end, waits until the remaining lines are written.
_GRACE: Final = 0.5

_UNREAD: Final = "was not read"


class LogWriter:
    """A log that appends to a queue during a `with` block. A daemon thread of its own empties the queue.

    `form` turns a record into text. `write` may block, and returns how many bytes it wrote. If `write` raises an
    OSError, only the lines passed to this call are lost. `encoding` is the encoding of standard error.
    """

    def __init__(
        self,
        form: Callable[[LogEntry], str],
        write: Callable[[bytes], int],
        encoding: str = "utf-8",
        most: int = MOST_WAITING,
    ) -> None:
        self._form = form
        self._write = write
        self._encoding = encoding
        self._most = most
        self._lock = threading.Lock()
        self._waiting: list[bytes] = []
        self._size = 0
        self._left_out = 0
        self._lost = 0
        self._torn = False
        self._reason = ""
        self._called = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._empty, name="writing the log", daemon=True)

    def __enter__(self) -> Self:
        with _signals_blocked():
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._called.set()
        self._thread.join(_GRACE)

    def __call__(self, told: LogEntry) -> None:
        """Put an entry into the queue and return without waiting. This may be called from any thread."""
        data = self._encoded(told)
        with self._lock:
            # Once one line is left out, all further lines are left out until the queue is empty. So the log has one
            # gap, not many.
            if self._left_out or self._size > self._most:
                self._left_out += data.count(b"\n")
                return
            self._waiting.append(data)
            self._size += sys.getsizeof(data)
        if not self._called.is_set():
            self._called.set()

    def _encoded(self, told: LogEntry) -> bytes:
        return f"{self._form(told)}\n".encode(self._encoding, "backslashreplace")

    def _empty(self) -> None:
        """Write the waiting lines again and again, until the server ends."""
        while True:
            self._called.wait()
            self._closing.wait(_GATHERING)
            self._called.clear()
            ending = self._closing.is_set()
            for data, lines in list(self._pieces()):
                self._lost += lines - self._written(data, lines)
            if ending:
                return

    def _pieces(self) -> Iterator[tuple[bytes, int]]:
        """Empty the queue and yield its bytes in order, each piece with the number of log lines that it contains."""
        with self._lock:
            waiting, left_out = self._waiting, self._left_out
            self._waiting, self._size, self._left_out = [], 0, 0
        lost, self._lost = self._lost, 0
        if self._torn:
            yield b"\n", 0
        if lost:
            yield self._encoded(LeftOut(lost, self._reason)), lost
        if waiting:
            data = b"".join(waiting)
            yield data, data.count(b"\n")
        if left_out:
            yield self._encoded(LeftOut(left_out, _UNREAD)), left_out

    def _written(self, data: bytes, lines: int) -> int:
        """Write a piece, and return how many of its lines were written."""
        done = 0
        try:
            while done < len(data):
                done += self._write(data[done:])
        except OSError as error:
            self._reason = f"could not be written: {error.strerror}"
        if done:
            self._torn = not data[:done].endswith(b"\n")
        return lines if done == len(data) else data[:done].count(b"\n")


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block signals, so that a thread started inside the `with` block receives none.

    A signal that such a thread receives would not wake the main thread.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
