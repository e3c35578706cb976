"""A clock that keeps account of its moves, and clients that wait for a job of a known length."""

import asyncio
import threading
import time
from collections.abc import Callable

from mockserver.patching.waits.settings import SECOND

PATIENCE = 60
"""Real seconds after which a test is given up on, that only a hang would take."""


class Hands:
    """A world's clock: it shows `at`, and `moves` are the jumps that it made, in seconds."""

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
        """Whether a job is finished that takes so many seconds from 0 on."""
        return self.at >= after * SECOND


def polls(hands: Hands, job: float, interval: float) -> int:
    """How many times a thread looks at a job until it is finished."""
    count = 1
    while not hands.finished(job):
        time.sleep(interval)
        count += 1
    return count


async def polls_of_a_task(hands: Hands, job: float, interval: float) -> int:
    """The same for a task."""
    count = 1
    while not hands.finished(job):
        await asyncio.sleep(interval)
        count += 1
    return count


class Started:
    """A thread that does one thing, started at once; `result` is awaited, with what went wrong in it."""

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


class Told:
    """Whether requests are in flight: until they are `over`. Each question is counted."""

    def __init__(self, over: Callable[[int], bool] = lambda _: False) -> None:
        self.asked = 0
        self._over = over
        self._seen = threading.Condition()

    def __call__(self) -> bool:
        with self._seen:
            self.asked += 1
            self._seen.notify_all()
        return not self._over(self.asked)

    def wait(self) -> None:
        """Wait for the first question, which means that a thread sleeps."""
        with self._seen:
            assert self._seen.wait_for(lambda: self.asked > 0, PATIENCE)

    def wait_for_all(self) -> None:
        """Until it is known of all who sleep by now: who asks for the second time has met them before."""
        with self._seen:
            begun = self.asked
            assert self._seen.wait_for(lambda: self.asked > begun + 1, PATIENCE)

    def end(self) -> None:
        self._over = lambda _: True
