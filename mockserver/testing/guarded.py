"""A session that refuses look-ups of the real API outside of interceptions: the refused callers, and the summary.

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
from mockserver.patching.addresses.guard import Guard
from mockserver.patching.addresses.patches import Function, Patches

MOST_TOLD: Final = 20
"""Lines of the summary, each of which tells one thread, or one test."""

MOST_KEPT: Final = 1_000
"""Threads and tests that are counted apart; the rest is counted together."""

LONGEST_NAME: Final = 60
"""Characters of a thread's name that are shown."""

Told = tuple[int, str]
"""How many look-ups were refused, and to which thread or test."""


@dataclass(frozen=True)
class Starter:
    """The starter of a thread or look-up: a test by its id, a fixture, or the session.

    `test` is True for a test; `real` for one that may reach the real API.
    """

    name: str
    test: bool = False
    real: bool = False


SESSION: Final = Starter("the session")
UNKNOWN: Final = Starter("code that ran before the guard, or without `threading`")


@dataclass(frozen=True)
class Asker:
    """A thread that asks for the real API, and its starter.

    `thread` is empty for the thread that runs the tests: there, `starter` is the test or fixture that runs now.
    """

    thread: str
    starter: Starter

    def described(self, test: Starter) -> str:
        """Return a name that a reader knows the asker by while `test` runs, or the session does."""
        if not self.thread:
            return self.starter.name
        if not self.starter.test:
            return f"{self.thread}, started by {self.starter.name}"
        return (
            f"{self.thread} of {test.name}" if self.starter == test else f"{self.thread}, left by {self.starter.name}"
        )


class _Refusals:
    """Counts the look-ups that were refused to one asker, and the tests that ran meanwhile."""

    def __init__(self) -> None:
        self.count = 0
        self._first = self._last = ""
        self._others = 0

    def add(self, test: str) -> None:
        """Count one look-up that was refused during a test; the empty text where the asker's name says all."""
        self.count += 1
        if not self._first:
            self._first = test
        elif test != self._last:
            self._others += 1
        self._last = test

    def told(self, asker: str) -> Told:
        """Return the count, and the asker with the tests."""
        during = f", during {self._first}" if self._first else ""
        if self._others:
            during += f" and {self._others} other test{'' if self._others == 1 else 's'}"
        return self.count, asker + during


class GuardedSession:
    """Shuts the API's host from `begin` to `end`, but for the tests that may reach it."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._runner = threading.current_thread()
        self._test = self._acting = SESSION
        self._starters: WeakKeyDictionary[threading.Thread, Starter] = WeakKeyDictionary()
        self._refused: dict[str, _Refusals] = {}
        self._counting = threading.Lock()
        self._guard = Guard(host, self._refusal)
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
        """Run a test for a `with` block, by its id; the test may reach the real API where it is `real`."""
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

    def told(self) -> list[Told]:
        """Return how many look-ups were refused, and to which thread or test, in the order of the first ones."""
        with self._counting:
            return [refusals.told(asker) for asker, refusals in self._refused.items()]

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
        """Return the sentence of a refusal, and count it; the empty text where the look-up may pass."""
        thread, test = threading.current_thread(), self._test
        asker = Asker("" if thread is self._runner else _named(thread), self._starter(thread))
        if test.real and not _stray(asker.starter):
            return ""
        who = asker.described(test)
        during = "" if asker.starter == test or not test.test else test.name
        self._count(who, during)
        when = f" during {during}" if during else ""
        return f"{who} asked for the real API ({self._host}){when}, outside of an interception: {_way_out(asker, test)}"

    def _count(self, who: str, during: str) -> None:
        with self._counting:
            key = who if who in self._refused or len(self._refused) < MOST_KEPT else "other threads and tests"
            self._refused.setdefault(key, _Refusals()).add(during)


def _named(thread: threading.Thread) -> str:
    # Whatever letters a name has, it is shown on one line.
    return f"thread {thread.name[:LONGEST_NAME]!r}"


def _stray(starter: Starter) -> bool:
    return starter.test and not starter.real


def _way_out(asker: Asker, test: Starter) -> str:
    starter = asker.starter
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


def summary(told: Iterable[Told]) -> Iterator[str]:
    """Yield the lines about refused look-ups of a session; none if there were none."""
    lines = list(told)
    if not lines:
        return
    yield (
        f"the real API was asked for {_times(sum(count for count, _ in lines))} outside an interception;"
        " every look-up was refused:"
    )
    yield from (f"  {_times(count)} by {printable(who)}" for count, who in islice(lines, MOST_TOLD))
    if len(lines) > MOST_TOLD:
        yield f"  … and by {len(lines) - MOST_TOLD} more"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
