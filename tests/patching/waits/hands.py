"""A clock that keeps account of its moves, and clients that wait for a job of a known length."""

import asyncio
import threading
import time
from collections.abc import Callable

from mockserver.patching.waits.settings import SECOND

PATIENCE = 60
"""Real seconds until a test fails; only a hang takes as long."""


class Hands:
    """The clock of a world: it shows `at`; `moves` are its jumps, in seconds."""

    def __init__(self, at: int = 0) -> None:
        self.at = at
        self.moves: list[float] = []

    def now(self) -> int:
        return self.at

    def advance(self, duration: int) -> None:
        assert duration > 0
        self.at += duration
        self.moves.append(duration / SECOND)

    def finished(self, after: float) -> bool:
        """Tell whether a job that takes so many seconds from 0 on is finished."""
        return self.at >= after * SECOND


def polls(hands: Hands, job: float, interval: float) -> int:
    """Return how many times a thread looks at a job until it is finished."""
    count = 1
    while not hands.finished(job):
        time.sleep(interval)
        count += 1
    return count


async def polls_of_a_task(hands: Hands, job: float, interval: float) -> int:
    """Return the same for a task."""
    count = 1
    while not hands.finished(job):
        await asyncio.sleep(interval)
        count += 1
    return count


class Started:
    """A thread with one function, started at once; `result` waits for its value, and raises its error."""

    def __init__(self, act: Callable[[], object], kind: type[threading.Thread] = threading.Thread) -> None:
        self._result: object = None
        self._problem: BaseException | None = None
        self.thread = kind(target=self._run, args=(act,), daemon=True)
        self.thread.start()

    def _run(self, act: Callable[[], object]) -> None:
        try:
            self._result = act()
        except BaseException as problem:  # noqa: BLE001 - raised where the result is asked for
            self._problem = problem

    def result(self) -> object:
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        if self._problem is not None:
            raise self._problem
        return self._result


class InFlight:
    """Tells whether requests are in flight, until they are `over`, and counts its calls."""

    def __init__(self, over: Callable[[int], bool] = lambda _: False) -> None:
        self.calls = 0
        self._over = over
        self._seen = threading.Condition()

    def __call__(self) -> bool:
        with self._seen:
            self.calls += 1
            self._seen.notify_all()
        return not self._over(self.calls)

    def wait(self) -> None:
        """Wait for the first call, which means that a thread sleeps."""
        with self._seen:
            assert self._seen.wait_for(lambda: self.calls > 0, PATIENCE)

    def wait_for_all(self) -> None:
        """Wait until the scheduler knows every present sleeper, which is sure at its second call."""
        with self._seen:
            begun = self.calls
            assert self._seen.wait_for(lambda: self.calls > begun + 1, PATIENCE)

    def end(self) -> None:
        self._over = lambda _: True
