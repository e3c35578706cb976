"""The thread that writes the log: it keeps the order, counts each lost line, and never makes the server wait."""

import errno
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mockserver.world.log import LogEntry, Noted, as_json, as_text
from mockserver.world.log_writer import LogWriter


def in_lines(told: LogEntry) -> str:
    """Write an entry with its number of lines; an error with a traceback has several."""
    return str(told)


class Gate:
    """A standard error that takes no bytes until it is opened."""

    def __init__(self) -> None:
        self.written = b""
        self.entered = threading.Event()
        self.opened = threading.Event()

    def write(self, data: bytes) -> int:
        self.entered.set()
        assert self.opened.wait(30)
        self.written += data
        return len(data)

    @property
    def lines(self) -> list[str]:
        return self.written.decode().splitlines()


class Disk:
    """A standard error that takes so many bytes and then once reports a full disk."""

    def __init__(self, room: int) -> None:
        self._room = room
        self.written = b""
        self.full = threading.Event()

    def write(self, data: bytes) -> int:
        if self.full.is_set():
            self.written += data
            return len(data)
        if not self._room:
            self.full.set()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = data[: self._room]
        self._room -= len(taken)
        self.written += taken
        return len(taken)


@contextmanager
def collecting(encoding: str = "utf-8") -> Iterator[tuple[LogWriter, list[bytes]]]:
    written: list[bytes] = []

    def write(data: bytes) -> int:
        written.append(data)
        return len(data)

    with LogWriter(as_text, write, encoding) as log:
        yield log, written


def test_all_lines_are_written_in_order_by_the_end() -> None:
    with collecting() as (log, written):
        for i in range(1000):
            log(Noted(f"line {i}"))
    assert b"".join(written).decode().splitlines() == [f"line {i}" for i in range(1000)]


def test_each_line_of_several_threads_is_written_once() -> None:
    def tell(log: LogWriter, first: int) -> None:
        for i in range(first, first + 500):
            log(Noted(str(i)))

    with collecting() as (log, written):
        threads = [threading.Thread(target=tell, args=(log, first)) for first in range(0, 2000, 500)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(map(int, b"".join(written).split())) == list(range(2000))


def test_a_character_that_the_encoding_lacks_is_escaped() -> None:
    with collecting("ascii") as (log, written):
        log(Noted("日"))
    assert written == [b"\\u65e5\n"]


def test_a_partial_write_is_continued() -> None:
    written = b""

    def write(data: bytes) -> int:
        nonlocal written
        written += data[:2]
        return len(data[:2])

    with LogWriter(in_lines, write) as log:
        log(Noted("one"))
        log(Noted("three\nlines\nlong"))
    assert written == b"one\nthree\nlines\nlong\n"


def test_the_thread_takes_no_signal() -> None:
    blocked = []

    def write(data: bytes) -> int:
        blocked.append(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        return len(data)

    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with LogWriter(as_text, write) as log:
        assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
        log(Noted("now"))
    assert {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD} <= set(blocked[0])


def test_lines_lost_to_an_idle_reader_are_counted_and_the_count_is_written_in_their_place() -> None:
    gate = Gate()
    with LogWriter(in_lines, gate.write, most=1000) as log:
        log(Noted("first"))
        assert gate.entered.wait(30)
        for i in range(100):
            log(Noted(f"line {i}\nof two"))
        gate.opened.set()
    kept = (len(gate.lines) - 2) // 2
    assert 0 < kept < 100
    left_out = f"{2 * (100 - kept)} lines of the log were left out, as standard error was not read"
    assert gate.lines == ["first", *(line for i in range(kept) for line in (f"line {i}", "of two")), left_out]


def test_the_count_is_an_object_in_a_log_of_objects() -> None:
    gate = Gate()
    with LogWriter(as_json(), gate.write, most=0) as log:
        log(Noted("first"))
        assert gate.entered.wait(30)
        for text in ("second", "third", "fourth"):
            log(Noted(text))
        gate.opened.set()
    assert '"level": "warning", "event": "left_out", "count": 2, "reason": "was not read"}' in gate.lines[-1]
    assert len(gate.lines) == 3


def test_lines_are_accepted_again_after_a_read() -> None:
    gate, told = Gate(), threading.Event()

    def write(data: bytes) -> int:
        done = gate.write(data)
        if b"left out" in data:
            told.set()
        return done

    with LogWriter(as_text, write, most=0) as log:
        log(Noted("first"))
        assert gate.entered.wait(30)
        for text in ("second", "third"):
            log(Noted(text))
        gate.opened.set()
        assert told.wait(30)
        log(Noted("fourth"))
    left_out = "1 line of the log was left out, as standard error was not read"
    assert gate.lines == ["first", "second", left_out, "fourth"]


FULL = "left out, as standard error could not be written: No space left on device\n"


@pytest.mark.parametrize(
    ("room", "written"),
    [
        (0, f"2 lines of the log were {FULL}"),
        (3, f"one\n2 lines of the log were {FULL}"),
        (4, f"one\n1 line of the log was {FULL}"),
        (7, f"one\ntwo\n1 line of the log was {FULL}"),
    ],
)
def test_the_number_of_lines_lost_to_a_full_disk_is_written_when_there_is_room(room: int, written: str) -> None:
    disk = Disk(room)
    with LogWriter(in_lines, disk.write) as log:
        log(Noted("one\ntwo"))
        assert disk.full.wait(30)
        log(Noted("three"))
    assert disk.written.decode() == f"{written}three\n"


def test_the_end_does_not_wait_for_a_pipe_without_a_reader() -> None:
    gate = Gate()
    with LogWriter(as_text, gate.write) as log:
        log(Noted("first"))
        assert gate.entered.wait(30)
    assert gate.written == b""
    gate.opened.set()


def test_without_entries_no_byte_is_written() -> None:
    with collecting() as (_, written):
        pass
    assert written == []
