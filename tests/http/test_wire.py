"""The pieces in which an answer is sent, and the end of sending once the client has gone."""

import asyncio

import pytest
from starlette.types import Message, Scope

from mockserver.core.delivery import Delivery, dropped, slowed
from mockserver.core.faults import Drip, Drop, Then, Truncate
from mockserver.http.wire import CONNECTION, answer, deliver
from mockserver.serve.transport import HttpTransport

BODY = b"0123456789"
START = {"type": "http.response.start", "status": 200, "headers": []}


def scripted(delay: int = 0, drip: Drip | None = None, drop: Drop | None = None, cut: float | None = None) -> Delivery:
    """The steps that a fault with these keys gives."""
    end = drop if cut is None else Truncate(cut)
    return slowed(() if end is None else dropped(end), Then(delay=delay, drip=drip))


class Line(asyncio.Transport):
    """A connection whose client is there until it is cut."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[object] = []
        self.gone = asyncio.Event()
        self.finished = False

    def is_closing(self) -> bool:
        return self.gone.is_set()

    def write(self, data: object) -> None:
        self.events.append(data)

    def close(self) -> None:
        self.events.append("close")
        self.gone.set()

    def abort(self) -> None:
        self.events.append("abort")
        self.gone.set()

    def end(self) -> None:
        self.close()

    def answered(self) -> None:
        """Nothing follows."""

    def hold_reading(self, hold: bool) -> None:
        """Nothing is read."""

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a part of an answer as a server does: once the client has gone, drop it."""
        self.finished = "body" in message and not message.get("more_body")
        if not self.gone.is_set():
            self.events.append((message["body"], message.get("more_body", False)) if "body" in message else "start")


def delivered(
    delivery: Delivery, body: bytes = BODY, method: str = "GET", leaves_after: int | None = None
) -> list[object]:
    """Return the events on the line; the client may leave after so many of them."""
    return told(delivery, body, method, leaves_after)[0]


def told(
    delivery: Delivery, body: bytes = BODY, method: str = "GET", leaves_after: int | None = None
) -> tuple[list[object], bool]:
    """Return the events on the line, and whether the client has gone."""

    async def run() -> tuple[list[object], bool]:
        line = Line()

        async def send(message: Message) -> None:
            await line.send(message)
            if len(line.events) == leaves_after:
                line.gone.set()

        if leaves_after == 0:
            line.gone.set()
        scope: Scope = {"method": method, "state": {CONNECTION: HttpTransport(line, line)}}
        async with asyncio.timeout(30):
            gone = await deliver(delivery, START, body, (scope, line.receive, send))
        # Or the server would take the application for one that forgot to answer.
        assert line.finished
        return line.events, gone

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("delivery", "expected"),
    [
        (scripted(), ["start", (BODY, False)]),
        (scripted(delay=1), ["start", (BODY, False)]),
        (scripted(drip=Drip(size=4, every=1)), ["start", (b"0123", True), (b"4567", True), (b"89", False)]),
        (scripted(drip=Drip(size=5, every=1)), ["start", (b"01234", True), (b"56789", False)]),
        (scripted(drip=Drip(size=10, every=1)), ["start", (BODY, False)]),
        (scripted(cut=0.55), ["start", (b"01234", True), "close"]),
        (scripted(cut=0), ["start", "close"]),
        (scripted(cut=0.5, drip=Drip(size=3, every=1)), ["start", (b"012", True), (b"34", True), "close"]),
        (scripted(drop=Drop.CLOSE), ["close"]),
        (scripted(drop=Drop.RESET), ["abort"]),
        (scripted(drop=Drop.CLOSE, delay=1), ["close"]),
    ],
)
def test_each_delivery_sends_these_events_on_the_line(delivery: Delivery, expected: list[object]) -> None:
    assert delivered(delivery) == expected


def test_garbage_is_no_http() -> None:
    garbage, end = delivered(scripted(drop=Drop.GARBAGE))
    assert isinstance(garbage, bytes)
    assert (garbage.startswith(b"HTTP"), end) == (False, "close")


@pytest.mark.parametrize(
    ("delivery", "end"), [(scripted(drip=Drip(size=1, every=60_000_000)), (b"", False)), (scripted(cut=0.5), "close")]
)
@pytest.mark.parametrize(("method", "body"), [("GET", b""), ("HEAD", BODY)])
def test_where_there_is_no_body_nothing_drips(delivery: Delivery, end: object, method: str, body: bytes) -> None:
    assert delivered(delivery, body, method) == ["start", end]


HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("delivery", "after", "expected"),
    [
        (scripted(delay=HOUR), 0, []),
        (scripted(delay=HOUR, drop=Drop.RESET), 0, []),
        (scripted(drop=Drop.HANG), 0, []),
        (scripted(drip=Drip(size=4, every=HOUR)), 2, ["start", (b"0123", True)]),
    ],
)
def test_a_client_that_has_gone_gets_no_more_bytes(delivery: Delivery, after: int, expected: list[object]) -> None:
    assert delivered(delivery, leaves_after=after) == expected


@pytest.mark.parametrize(
    ("delivery", "after", "expected"),
    [
        pytest.param(scripted(), None, False, id="an answer that came"),
        pytest.param(scripted(delay=1), None, False, id="a late one"),
        pytest.param(scripted(drip=Drip(size=4, every=1)), None, False, id="one in drops"),
        pytest.param(scripted(drip=Drip(size=4, every=1)), 4, False, id="who leaves with the last drop"),
        pytest.param(scripted(cut=0.5), None, False, id="one that we cut off"),
        pytest.param(scripted(drop=Drop.RESET), None, False, id="a connection that we reset"),
        pytest.param(scripted(drop=Drop.CLOSE, delay=1), None, False, id="one that we close"),
        pytest.param(scripted(drop=Drop.GARBAGE), None, False, id="one that we end with garbage"),
        pytest.param(scripted(delay=HOUR), 0, True, id="who does not wait"),
        pytest.param(scripted(delay=HOUR, drop=Drop.RESET), 0, True, id="who leaves before we reset"),
        pytest.param(scripted(delay=HOUR, cut=0.5), 0, True, id="who leaves before we cut off"),
        pytest.param(scripted(drop=Drop.HANG), 0, True, id="who hangs until it gives up"),
        pytest.param(scripted(drip=Drip(size=4, every=HOUR)), 2, True, id="who leaves between two drops"),
        pytest.param(scripted(drip=Drip(size=4, every=HOUR), cut=0.9), 2, True, id="who leaves before the cut"),
    ],
)
def test_a_client_that_leaves_before_the_answer_is_complete_has_gone(
    delivery: Delivery, after: int | None, expected: bool
) -> None:
    assert told(delivery, leaves_after=after)[1] is expected


@pytest.mark.parametrize("gone", [False, True])
def test_a_client_may_have_gone_before_a_plain_answer_is_sent(gone: bool) -> None:
    async def run() -> tuple[bool, bool]:
        line = Line()
        connection = HttpTransport(line, line)
        if gone:
            connection.gone.set()
        said = await answer(dict(START), BODY, {"state": {CONNECTION: connection}}, line.send)
        return said, await answer(dict(START), BODY, {}, line.send)

    assert asyncio.run(run()) == (gone, False)


@pytest.mark.parametrize("delivery", [scripted(drip=Drip()), scripted(drop=Drop.RESET), scripted(cut=0.5)])
def test_a_connection_that_was_lost_already_is_neither_killed_nor_said_to_be_complete(delivery: Delivery) -> None:
    async def run() -> tuple[bool, list[object]]:
        line = Line()
        connection = HttpTransport(line, line)
        connection.gone.set()
        scope: Scope = {"method": "GET", "state": {CONNECTION: connection}}
        async with asyncio.timeout(30):
            gone = await deliver(delivery, dict(START), BODY, (scope, line.receive, line.send))
        return gone, [event for event in line.events if event in ("abort", "close")]

    assert asyncio.run(run()) == (True, [])


def test_a_plain_answer_leaves_in_one_piece() -> None:
    async def run() -> list[object]:
        line = Line()
        connection = HttpTransport(line, line)

        async def send(message: Message) -> None:
            connection.write(message.get("body", b"head "))

        await answer(dict(START), BODY, {"state": {CONNECTION: connection}}, send)
        await answer(dict(START), BODY, {}, send)
        return line.events

    assert asyncio.run(run()) == [b"head " + BODY, b"head ", BODY]


def test_an_answer_that_cannot_be_sent_holds_back_nothing_that_comes_after_it() -> None:
    async def send(_: Message) -> None:
        msg = "this head cannot be sent"
        raise RuntimeError(msg)

    async def fail() -> list[object]:
        line = Line()
        connection = HttpTransport(line, line)
        with pytest.raises(RuntimeError, match="this head"):
            await answer(START, BODY, {"state": {CONNECTION: connection}}, send)
        connection.write(b"HTTP/1.1 500 ")
        return line.events

    assert asyncio.run(fail()) == [b"HTTP/1.1 500 "]
