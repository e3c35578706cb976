"""Refuse a session's look-ups of the real API outside of interceptions, and summarize the refused callers.

A thread belongs to its starter: a test, or a fixture of a class, module or session. So do the threads that this
thread starts in its turn.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Final
from weakref import WeakKeyDictionary

from mockserver.core.wording import printable
from mockserver.patching.addresses.guard import LookupGuard
from mockserver.patching.addresses.patches import Function, Patches

MOST_LINES: Final = 20
"""Lines of the summary; each names one thread or one test."""

MOST_CALLERS: Final = 1_000
"""The number of threads and tests that are counted separately; all others share one count."""

LONGEST_NAME: Final = 60
"""The number of characters of a thread's name to show."""

RefusedLookups = tuple[int, str]
"""How many look-ups were refused, and the name of the thread or test that made them."""


@dataclass(frozen=True)
class Starter:
    """The starter of a thread or look-up: a test by its id, a fixture, or the session.

    `test` is True for a test; `real` is True for a test that may reach the real API.
    """

    name: str
    test: bool = False
    real: bool = False


SESSION: Final = Starter("the session")
UNKNOWN: Final = Starter("code that ran before the guard, or without `threading`")


@dataclass(frozen=True)
class LookupCaller:
    """A thread that looks up the real API, and its starter.

    `thread` is empty for the thread that runs the tests: there, `starter` is the test or fixture that runs now.
    """

    thread: str
    starter: Starter

    def described(self, test: Starter) -> str:
        """Return a readable name for the caller; `test` is the running test, if any."""
        if not self.thread:
            return self.starter.name
        if not self.starter.test:
            return f"{self.thread}, started by {self.starter.name}"
        return (
            f"{self.thread} of {test.name}" if self.starter == test else f"{self.thread}, left by {self.starter.name}"
        )


class _Refusals:
    """Counts the look-ups that were refused to one caller, and the tests that ran meanwhile."""

    def __init__(self) -> None:
        self.count = 0
        self._first = self._last = ""
        self._others = 0

    def add(self, test: str) -> None:
        """Count one refused look-up during `test`; the empty text if the caller's name already has the test."""
        self.count += 1
        if not self._first:
            self._first = test
        elif test != self._last:
            self._others += 1
        self._last = test

    def described(self, caller: str) -> RefusedLookups:
        """Return the count, and the name of the caller with the tests."""
        during = f", during {self._first}" if self._first else ""
        if self._others:
            during += f" and {self._others} other test{'' if self._others == 1 else 's'}"
        return self.count, caller + during


class GuardedSession:
    """Refuses look-ups of the API's host from `begin` to `end`, except for tests that may reach the real API."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._runner = threading.current_thread()
        self._test = self._acting = SESSION
        self._starters: WeakKeyDictionary[threading.Thread, Starter] = WeakKeyDictionary()
        self._refused: dict[str, _Refusals] = {}
        self._counting = threading.Lock()
        self._guard = LookupGuard(host, self._refusal)
        self._patches = Patches()

    def begin(self) -> None:
        """Refuse look-ups from now on, and remember the starter of each thread."""
        self._patches.chain(threading.Thread, "start", self._remembering)
        self._guard.begin()

    def end(self) -> None:
        """Refuse nothing more."""
        self._guard.end()
        self._patches.end()

    @contextmanager
    def running(self, test: str, *, real: bool) -> Iterator[None]:
        """Run the test with this id for a `with` block; a `real` test may reach the real API."""
        self._guard.renew()
        self._test = Starter(test, test=True, real=real)
        try:
            with self._acts(self._test):
                yield
        finally:
            self._test = SESSION
            self._guard.renew()

    def setting_up(self, fixture: str, scope: str) -> AbstractContextManager[None]:
        """Set up a fixture of a class, module or session for a `with` block."""
        return self._acts(Starter(f"the {scope} fixture {fixture!r}"))

    @contextmanager
    def _acts(self, starter: Starter) -> Iterator[None]:
        before, self._acting = self._acting, starter
        try:
            yield
        finally:
            self._acting = before

    def refused(self) -> list[RefusedLookups]:
        """Return the refused look-ups of each thread and test, in the order of their first refusals."""
        with self._counting:
            return [refusals.described(caller) for caller, refusals in self._refused.items()]

    # Threads

    def _remembering(self, previous: Function) -> Function:
        def start(thread: threading.Thread) -> None:
            self._starters[thread] = self._starter(threading.current_thread())
            previous(thread)

        return start

    def _starter(self, thread: threading.Thread) -> Starter:
        return self._acting if thread is self._runner else self._starters.get(thread, UNKNOWN)

    # Look-ups

    def _refusal(self) -> str:
        """Count a refusal and return its sentence; return the empty text if the look-up may pass."""
        thread, test = threading.current_thread(), self._test
        caller = LookupCaller("" if thread is self._runner else _named(thread), self._starter(thread))
        if test.real and not _stray(caller.starter):
            return ""
        name = caller.described(test)
        during = "" if caller.starter == test or not test.test else test.name
        self._count(name, during)
        when = f" during {during}" if during else ""
        return (
            f"{name} asked for the real API ({self._host}){when}, outside of an interception: {_way_out(caller, test)}"
        )

    def _count(self, name: str, during: str) -> None:
        with self._counting:
            key = name if name in self._refused or len(self._refused) < MOST_CALLERS else "other threads and tests"
            self._refused.setdefault(key, _Refusals()).add(during)


def _named(thread: threading.Thread) -> str:
    # Quoted, so that any name stays on one line.
    return f"thread {thread.name[:LONGEST_NAME]!r}"


def _stray(starter: Starter) -> bool:
    return starter.test and not starter.real


def _way_out(caller: LookupCaller, test: Starter) -> str:
    starter = caller.starter
    if starter.test and starter != test:
        alone = "; imaginelab_real opens it for the threads of its own test alone" if test.real else ""
        return f"end this thread, or the pool that it works for, in {starter.name}{alone}"
    if starter.test:
        return (
            "send the test to the mock with @pytest.mark.imaginelab(intercept=True), or let it reach the real API"
            " with @pytest.mark.imaginelab_real"
        )
    return (
        "only what a test asks is intercepted. Ask in a test or in a fixture of its own; @pytest.mark.imaginelab_real"
        " opens the real API for a test, and the ini option `imaginelab = no-guard` for the session"
    )


def summary(refused: Iterable[RefusedLookups]) -> Iterator[str]:
    """Yield the lines about the refused look-ups of a session, if there are any."""
    lines = list(refused)
    if not lines:
        return
    yield (
        f"the real API was asked for {_times(sum(count for count, _ in lines))} outside an interception;"
        " every look-up was refused:"
    )
    yield from (f"  {_times(count)} by {printable(name)}" for count, name in islice(lines, MOST_LINES))
    if len(lines) > MOST_LINES:
        yield f"  … and by {len(lines) - MOST_LINES} more"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
