"""Scenarios are read one large one at a time, and small ones beside it."""

import asyncio
import threading
from functools import partial

import pytest

from mockserver.http.control.reading import LARGE, Readings


def test_a_small_reading_passes_large_ones_which_take_turns() -> None:
    reading: list[str] = []
    go_on = {name: threading.Event() for name in ("first", "second")}

    def read(name: str) -> str:
        reading.append(name)
        assert name == "small" or go_on[name].wait(30)
        return name

    async def lived() -> None:
        readings = Readings()
        first = asyncio.ensure_future(readings.run(partial(read, "first"), LARGE))
        second = asyncio.ensure_future(readings.run(partial(read, "second"), LARGE))
        async with asyncio.timeout(30):
            assert await readings.run(partial(read, "small"), LARGE - 1) == "small"
            assert sorted(reading) == ["first", "small"]
            go_on["first"].set()
            assert await first == "first"
            go_on["second"].set()
            assert await second == "second"

    asyncio.run(lived())


def test_an_error_of_a_reading_is_raised_where_it_is_awaited() -> None:
    def read() -> None:
        raise LookupError("unreadable")

    with pytest.raises(LookupError, match="unreadable"):
        asyncio.run(Readings().run(read, LARGE))


def test_a_stop_waits_for_no_reading() -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def read() -> None:
        begun.set()
        assert go_on.wait(30)
        ended.set()

    async def lived() -> None:
        reading = asyncio.ensure_future(Readings().run(read, LARGE))
        while not begun.is_set():
            await asyncio.sleep(0)
        reading.cancel()

    asyncio.run(lived())
    assert not ended.is_set()
    go_on.set()
    assert ended.wait(30)


def test_a_reading_whose_client_has_gone_gives_its_turn_away() -> None:
    go_on = threading.Event()

    async def lived() -> str:
        readings = Readings()
        first = asyncio.ensure_future(readings.run(go_on.wait, LARGE))
        second = asyncio.ensure_future(readings.run(partial(pytest.fail, "it is read"), LARGE))
        third = asyncio.ensure_future(readings.run(lambda: "third", LARGE))
        await asyncio.sleep(0)
        second.cancel()
        go_on.set()
        async with asyncio.timeout(30):
            await first
            return await third

    assert asyncio.run(lived()) == "third"
