"""The transport that Uvicorn's protocol and the application see: held bytes, the end, and the loss of the client."""

import asyncio
from collections.abc import Callable
from functools import partial

from starlette.types import Message

from mockserver.serve.transport import HttpTransport


class Beneath(asyncio.Transport):
    """The real connection below the transport; it records its events."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[object] = []

    def is_closing(self) -> bool:
        return "end" in self.events

    def write(self, data: object) -> None:
        self.events.append(data)

    def end(self) -> None:
        self.events.append("end")

    def answered(self) -> None:
        self.events.append("answered")

    def hold_reading(self, hold: bool) -> None:
        self.events.append(hold)

    def abort(self) -> None:
        self.events.append("abort")


def events(act: Callable[[HttpTransport], object]) -> list[object]:
    beneath = Beneath()
    act(HttpTransport(beneath, beneath))
    return beneath.events


def test_held_bytes_are_written_at_once_on_release_or_close() -> None:
    def act(transport: HttpTransport) -> None:
        transport.write(b"a")
        for end in (transport.release, transport.close):
            transport.hold()
            transport.write(b"b")
            transport.write(b"c")
            end()

    assert events(act) == [b"a", b"bc", b"bc", "end"]


def test_bytes_written_after_the_end_are_lost() -> None:
    def act(transport: HttpTransport) -> None:
        transport.close()
        transport.write(b"a")
        transport.hold()
        transport.write(b"b")
        transport.release()

    assert events(act) == ["end"]


def test_an_answer_has_started_with_its_first_byte() -> None:
    def act(transport: HttpTransport) -> None:
        transport.hold()
        transport.write(b"a")
        seen.append(transport.started)
        transport.release()
        seen.append(transport.started)
        transport.begin(oversized=False, whole_url=None)
        seen.append(transport.started)

    seen: list[bool] = []
    assert events(act) == [b"a"]
    assert seen == [False, True, False]


def test_a_lost_connection_passes_nothing_to_the_connection_below() -> None:
    def act(transport: HttpTransport) -> None:
        transport.lose()
        assert transport.gone.is_set()
        transport.answered()
        transport.pause_reading()
        transport.close()

    assert events(act) == []


def test_all_other_calls_go_to_the_connection_below() -> None:
    def act(transport: HttpTransport) -> None:
        transport.pause_reading()
        transport.resume_reading()
        transport.answered()
        transport.reset()
        transport.abort()

    assert events(act) == [True, False, "answered", "abort", "abort"]


def test_the_message_after_the_body_says_that_the_client_has_gone() -> None:
    body: list[Message] = [
        {"type": "http.request", "body": b"a", "more_body": True},
        {"type": "http.request", "body": b"b", "more_body": False},
    ]

    async def receive() -> Message:
        return body.pop(0)

    async def lived() -> list[str]:
        beneath = Beneath()
        transport = HttpTransport(beneath, beneath)
        next_message = partial(transport.receive, receive)
        seen = [(await next_message())["type"], (await next_message())["type"]]
        leaving = asyncio.ensure_future(next_message())
        await asyncio.sleep(0)
        assert not leaving.done()
        transport.gone.set()
        return [*seen, (await leaving)["type"], (await next_message())["type"]]

    assert asyncio.run(lived()) == ["http.request", "http.request", "http.disconnect", "http.disconnect"]
