"""The sleeping clients of a test, and the moment at which the clock jumps to the earliest end of a sleep.

The clock jumps as soon as nothing else can happen before: at once if one client sleeps and the test has no other
thread or task, else after the process has been quiet for a while.
A thread of its own waits for that moment, because a sleeping task must not keep its event loop waiting.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final
from weakref import WeakSet

from mockserver.patching.waits import real
from mockserver.patching.waits.real import RealThread
from mockserver.patching.waits.settings import SECOND, CannotSleep, SleepSettings

_QUIET_SHARE: Final = 4
"""A process is busy if it used the processor for more than 1/4 of the time."""

MOST_POLLS: Final = 1000
"""Polls without a move of the clock after which the client is taken not to sleep between polls."""

Sleep = Future[int]
"""A running sleep; its result is the rest, in microseconds, that must be slept for real: 0 if the sleep ended."""


@dataclass
class _Sleeper:
    """One sleeping client: the end of its sleep, once known, and whether no other task could run meanwhile."""

    lasts: int
    sleep: Sleep
    thread: threading.Thread
    alone: bool
    due: int = 0

    def wake(self, rest: int = 0, problem: CannotSleep | None = None) -> None:
        if not self.sleep.set_running_or_notify_cancel():
            return
        if problem is None:
            self.sleep.set_result(rest)
        else:
            self.sleep.set_exception(problem)


class Threads:
    """The threads of one test: the thread that makes this value, and those that are started later.

    A thread that was there before, such as a server's, does not belong to the test and sleeps for real.
    """

    def __init__(self) -> None:
        self._first = threading.current_thread()
        self._others = WeakSet(threading.enumerate())

    def has(self, thread: threading.Thread) -> bool:
        """Return whether a thread belongs to the test.

        A `threading.Timer`, with which pytest-timeout keeps real time, never does; nor does a thread that Python did
        not start.
        """
        if thread is self._first:
            return True
        foreign = isinstance(thread, threading.Timer | threading._DummyThread)
        return not (foreign or thread in self._others or getattr(thread, "sleeps_for_real", False))

    def alive(self) -> list[threading.Thread]:
        """Return the test's threads that have not ended."""
        return [thread for thread in threading.enumerate() if self.has(thread)]


class Date:
    """The date that `time.time` returns: the clock's date, as long as the clock moves.

    While nothing moves the clock, the date goes on with real time in whole seconds. So a client that waits for a date
    without sleeping reaches it, and a client that reads the date within a second gets the date of the mock. The date
    never goes back.
    """

    def __init__(self, now: int, elapsed: int) -> None:
        self._now = self._shown = now
        self._since = elapsed

    def move(self, now: int, elapsed: int) -> None:
        """Record the clock's present time, in microseconds."""
        self._now, self._since = now, elapsed

    def at(self, elapsed: int) -> int:
        """Return the date to show, in microseconds since 1970."""
        self._shown = max(self._shown, self._now + (elapsed - self._since) // SECOND * SECOND)
        return self._shown


class Scheduler:
    """The sleepers of one test, and the clock that they move."""

    def __init__(self, settings: SleepSettings, threads: Threads) -> None:
        self.settings = settings
        self.threads = threads
        self.listeners: dict[object, Callable[[], None]] = {}
        """The clients with a deadline that a move of the clock may pass, with a function to call from any thread."""
        self._began = self._now = settings.clock.now()
        self._date = Date(self._now, real.elapsed())
        self._polls = 0 if settings.polls is None else settings.polls()
        self.begin()

    def begin(self) -> None:
        """Begin with no sleeping client, again in a forked child, which has neither the sleepers nor the thread."""
        self._changed = threading.Condition()
        self._arrived: list[_Sleeper] = []
        self._asleep: list[_Sleeper] = []
        self._stirred = real.elapsed()
        self._closed = False
        self._thread: RealThread | None = None

    def enter(self, lasts: int, alone: Callable[[], bool]) -> Sleep:
        """Begin a sleep of `lasts` microseconds, and return it; cancel the returned sleep to end it early.

        `alone` returns True if no other task of the sleeper's thread could run meanwhile.
        """
        first = not (self._asleep or self._arrived)
        sleeper = _Sleeper(lasts, Sleep(), threading.current_thread(), first and alone())
        with self._changed:
            if self._closed:
                sleeper.wake(lasts)
            else:
                self._arrived.append(sleeper)
                self._start()
                self._changed.notify()
        return sleeper.sleep

    def _start(self) -> None:
        if self._thread is None:
            self._thread = RealThread(target=self._run, name="virtual sleep", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End all virtual sleeping: the rest of each running sleep is slept for real."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        for sleeper in self._asleep:
            sleeper.wake(max(0, sleeper.due - self._now))
        for sleeper in self._arrived:
            sleeper.wake(sleeper.lasts)

    def look(self) -> None:
        """Read the clock, which other code may have moved."""
        now = self.settings.clock.now()
        # Not backward: another thread may move the clock, read it after us, and be here before us.
        if now > self._now:
            self._move(now)

    def start_over(self) -> None:
        """Go on from the present time of the clock; the rest of each sleep stays as it was."""
        now = self.settings.clock.now()
        shift = now - self._now
        self._began += shift
        for sleeper in self._asleep:
            sleeper.due += shift
        self._date = Date(now, real.elapsed())
        self._move(now)

    def passed(self) -> int:
        """Return the microseconds that the clock has moved since the test began."""
        return self._now - self._began

    def date(self) -> int:
        """Return the instant that client code sees, in microseconds since 1970."""
        return self._date.at(real.elapsed())

    def diagnosis(self) -> str:
        """Return why the clock stands still although polls arrive; the empty text if nothing is wrong."""
        since = 0 if self.settings.polls is None else self.settings.polls() - self._polls
        if since < MOST_POLLS:
            return ""
        return (
            f"{since} polls came while virtual time stood still: the client does not sleep between them, or not in a"
            " way that is seen (C code, select, a time-out of Event.wait, Condition.wait or queue.get, a thread that"
            " was there before the test, another process); let it wait with time.sleep or asyncio.sleep, or use a"
            " clock that moves by itself"
        )

    # The following methods run in the scheduler's thread.

    def _run(self) -> None:
        while self._any_sleeper():
            try:
                self._note_ends()
                if self._alone() or self._quiet():
                    self._jump()
            except BaseException as problem:  # noqa: BLE001 - the sleeping clients get the error; nothing else could help
                self._give_up(problem)

    def _any_sleeper(self) -> bool:
        """Wait until a client sleeps or the scheduler closes, and return whether to go on."""
        with self._changed:
            self._asleep = [each for each in self._asleep if not each.sleep.done()]
            while not (self._closed or self._arrived or self._asleep):
                self._changed.wait()
            return not self._closed

    def _note_ends(self) -> None:
        """Note the ends of the sleeps that have just begun."""
        if self._arrived:
            self.look()
            with self._changed:
                arrived, self._arrived = self._arrived, []
            for sleeper in arrived:
                sleeper.due = self._now + sleeper.lasts
            self._asleep += arrived
            self._stirred = real.elapsed()

    def _alone(self) -> bool:
        """Return whether one client sleeps, and the test has no other thread or task."""
        if len(self._asleep) != 1 or self._arrived:
            return False
        [only] = self._asleep
        return only.alone and self.threads.alive() == [only.thread]

    def _quiet(self) -> bool:
        """Wait for the settle time, and return whether the process was quiet meanwhile."""
        since, used, busy = real.elapsed(), real.used(), self.settings.busy()
        with self._changed:
            if not (self._closed or self._arrived):
                self._changed.wait(self.settings.settle / SECOND)
            if self._closed or self._arrived:
                return False
        now = real.elapsed()
        if now - self._stirred > self.settings.patience:
            return True
        return not (busy or self._at_work(now - since, real.used() - used))

    def _at_work(self, passed: int, used: int) -> bool:
        """Return whether a thread works, such as a server with a request, or waits for a processor to work."""
        if used * _QUIET_SHARE > passed or self.settings.busy():
            return True
        return any(real.ready(thread) for thread in threading.enumerate() if thread is not self._thread)

    def _jump(self) -> None:
        """Move the clock to the first end of a sleep, and wake every client that is due then."""
        self.look()
        self._asleep = sorted((each for each in self._asleep if not each.sleep.done()), key=lambda each: each.due)
        if not self._asleep:
            return
        first = self._asleep[0]
        if first.due - self._began > self.settings.max_virtual:
            problem = self._too_long()
            self._asleep.remove(first)
            first.wake(problem=problem)
            return
        if first.due > self._now:
            self.settings.clock.advance(first.due - self._now)
            self._move(first.due)
        due = [each for each in self._asleep if each.due <= self._now]
        # Before they wake: a client that sleeps again at once must not be listed as asleep still.
        self._asleep = [each for each in self._asleep if each.due > self._now]
        self._stirred = real.elapsed()
        for sleeper in due:
            sleeper.wake()

    def _move(self, now: int) -> None:
        self._now = now
        self._date.move(now, real.elapsed())
        if self.settings.polls is not None:
            self._polls = self.settings.polls()
        for tell in list(self.listeners.values()):
            tell()

    def _too_long(self) -> CannotSleep:
        most = self.settings.max_virtual / SECOND
        return CannotSleep(
            f"the clients have slept for all of the {most:g} s of virtual time that they may, and still wait for"
            f" {self.settings.waiting()}; let that end, give the client a deadline, or raise max_virtual"
        )

    def _give_up(self, problem: BaseException) -> None:
        """Raise CannotSleep, with the reason, in every sleeping client."""
        with self._changed:
            sleepers = self._asleep + self._arrived
            self._asleep, self._arrived = [], []
        for sleeper in sleepers:
            error = CannotSleep(
                f"sleeping cannot move the clock of the world, which says {problem!r}; is its server still there?"
            )
            error.__cause__ = problem
            sleeper.wake(problem=error)
