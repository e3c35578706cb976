"""Memory is given back after many connections have ended, and when a server is idle after many requests."""

import asyncio
from collections.abc import Callable

import pytest

from mockserver.serve.memory import IDLE, MANY_ENDS, MANY_REQUESTS, Memory, give_back

from .wire import Loop


def many_ends(memory: Memory, _: int) -> None:
    for _number in range(MANY_ENDS // 10):
        memory.note_end()


def many_requests(memory: Memory, second: int) -> None:
    for _number in range(MANY_REQUESTS if second == 0 else 0):
        memory.note_request()


def requests_without_end(memory: Memory, second: int) -> None:
    many_requests(memory, second)
    memory.note_request()


def few(memory: Memory, _: int) -> None:
    memory.note_request()
    memory.note_end()


@pytest.mark.parametrize(
    ("work", "seconds", "given"),
    [
        (many_ends, 9, 0),
        (many_ends, 10, 1),
        (many_ends, 20, 2),
        (many_requests, 2 * IDLE - 1, 0),
        (many_requests, 2 * IDLE + 1, 1),
        (many_requests, 9 * IDLE, 1),
        (requests_without_end, 9 * IDLE, 0),
        (few, 9 * IDLE, 0),
    ],
)
def test_memory_is_given_back_after_much_work(work: Callable[[Memory, int], None], seconds: int, given: int) -> None:
    times: list[float] = []

    async def lived() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop)
        memory = Memory(loop, lambda: times.append(loop.time()))
        for second in range(seconds):
            work(memory, second)
            loop.now += 1
            for _ in range(3):
                await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(lived())
    assert len(times) == given


def test_giving_back_fails_nowhere() -> None:
    give_back()
