"""A listener gets its events, and a comment after a long silence; no wait goes on in vain."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.generation import GenerationType, Order
from mockserver.core.instant import SECOND
from mockserver.core.scenario import Scenario
from mockserver.http.control.events import EventStream, relay
from mockserver.language.loaded import LoadedScenario
from mockserver.world.clock import RealTime
from mockserver.world.events import REMEMBERED, Restarted
from mockserver.world.world import World

COMMENT = b":\n\n"
LONG = 30.0


def moved(id_: int) -> bytes:
    """The event of a manual clock that a test moves by a second each time, from 1970 on."""
    return b'id: %d\nevent: clock\ndata: {"now":"1970-01-01T00:00:%02dZ","mode":"manual","moved":1}\n\n' % (id_, id_)


class Stage:
    """A world, a listener, and the bytes written to the listener."""

    def __init__(self, mode: Mode = Mode.MANUAL, rate: float = 1) -> None:
        self.elapsed = 0
        real = RealTime(elapsed=lambda: self.elapsed, today=lambda: 0)
        self.world = World(LoadedScenario(Scenario(clock=ClockSettings(mode=mode, start=0, rate=rate))), real=real)
        self.written: list[bytes] = []
        self.gone = asyncio.get_running_loop().create_future()
        self.reading = asyncio.Event()
        self.reading.set()
        self._arrived = asyncio.Event()

    async def write(self, text: bytes) -> None:
        self.written.append(text)
        self._arrived.set()
        await self.reading.wait()

    async def arrival(self, count: int) -> list[bytes]:
        """Wait until so many things have been written, and return them."""
        while len(self.written) < count:
            self._arrived.clear()
            await self._arrived.wait()
        return self.written

    def move(self) -> None:
        self.world.time.advance(SECOND)
        self.world.events.moved(SECOND)

    async def relayed(self, heartbeat: float = LONG) -> None:
        with self.world.events.listening() as listener:
            async for text in relay(self.world.events, listener, self.gone, heartbeat):
                await self.write(text)


def played(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await story()

    asyncio.run(bounded())


def test_silence_is_broken_by_comments_until_the_client_goes() -> None:
    async def story() -> None:
        stage = Stage()
        relaying = asyncio.ensure_future(stage.relayed(heartbeat=0.001))
        assert set(await stage.arrival(3)) == {COMMENT}
        stage.gone.set_result(None)
        await relaying

    played(story)


def test_events_that_happen_meanwhile_are_sent_together_and_at_once() -> None:
    async def story() -> None:
        stage = Stage()
        relaying = asyncio.ensure_future(stage.relayed())
        await asyncio.sleep(0)
        stage.move()
        stage.move()
        assert await stage.arrival(1) == [moved(1) + moved(2)]
        stage.move()
        assert await stage.arrival(2) == [moved(1) + moved(2), moved(3)]
        stage.gone.set_result(None)
        await relaying
        assert stage.world.events.listeners == set()

    played(story)


def test_a_client_that_does_not_read_loses_its_place_and_learns_it_when_it_reads_again() -> None:
    async def story() -> None:
        stage = Stage()
        relaying = asyncio.ensure_future(stage.relayed())
        await asyncio.sleep(0)
        stage.reading.clear()
        stage.move()
        await stage.arrival(1)
        for _ in range(REMEMBERED + 1):
            assert stage.world.events.listeners
            stage.move()
        assert stage.world.events.listeners == set()
        stage.reading.set()
        await relaying
        assert stage.written == [moved(1), b'event: dropped\ndata: {"since":1}\n\n']

    played(story)


@pytest.mark.parametrize("rate", [1_000, 1_000_000])
def test_on_a_real_clock_the_stream_itself_looks_when_something_is_due(rate: float) -> None:
    async def story() -> None:
        stage = Stage(Mode.REAL, rate)
        order = Order(GenerationType.TEXT, "text-standard", "A line")
        stage.world.create(stage.world.accounts[17], order, order.fact, 1)
        relaying = asyncio.ensure_future(stage.relayed())
        await asyncio.sleep(0)
        stage.elapsed += int(2 * SECOND / rate)
        [text] = await stage.arrival(1)
        assert text == (
            b'id: 1\nevent: generation\ndata: {"at":"1970-01-01T00:00:02Z","generation":1842,"what":"status",'
            b'"status":"processing"}\n\n'
        )
        stage.gone.set_result(None)
        await relaying

    played(story)


def test_the_stream_of_a_world_that_is_discarded_ends() -> None:
    async def story() -> None:
        stage = Stage()
        relaying = asyncio.ensure_future(stage.relayed())
        await asyncio.sleep(0)
        stage.world.events.end()
        await relaying
        assert stage.written == []

    played(story)


def test_events_before_the_end_are_sent_first() -> None:
    async def story() -> None:
        stage = Stage()
        relaying = asyncio.ensure_future(stage.relayed())
        await asyncio.sleep(0)
        stage.move()
        stage.world.events.end()
        await relaying
        assert b"".join(stage.written) == moved(1)

    played(story)


def test_a_stream_that_ends_before_its_client_goes_leaves_nothing_running() -> None:
    async def story() -> None:
        stage = Stage()

        async def receive() -> Message:
            await stage.gone
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            stage.world.events.end()

        await EventStream(stage.world.events, None)({"type": "http", "method": "GET"}, receive, send)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others)

    played(story)


def test_a_whole_stream() -> None:
    async def story() -> None:
        stage, left = Stage(), asyncio.Event()
        sent: list[tuple[object, object]] = []

        async def receive() -> Message:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append((message.get("body", message.get("status")), message.get("more_body", False)))
            if len(sent) == 2:
                stage.world.events.restart(stage.world.time, Restarted("default", "rough", 7, 1))
            if len(sent) == 3:
                left.set()

        await EventStream(stage.world.events, 5)({"type": "http", "method": "GET"}, receive, send)
        assert sent == [
            (200, False),
            (b'retry: 1000\nid: 0\n\nevent: missed\ndata: {"since":5,"next":1}\n\n', True),
            (b'id: 1\nevent: reset\ndata: {"world":"default","scenario":"rough","seed":7,"restarts":1}\n\n', True),
            (b"", False),
        ]

    played(story)
