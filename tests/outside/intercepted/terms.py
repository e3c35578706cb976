"""What every client here can do, and what is told of each."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from typing import Any

HOST = "api.imagineview.art"
KEY = {"Authorization": "Bearer il_test_1"}


@dataclass(frozen=True)
class Answer:
    """What a client made of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Ask = Callable[[str, float], Answer]
"""Ask for a URL within so many seconds."""

AskLater = Callable[[str, float], Awaitable[Answer]]


@dataclass(frozen=True)
class Row:
    """One client: how it is made, before anything is intercepted, and what it raises.

    `reset`: its connection is reset before an answer. `late`: no answer comes within its own time-out; `connect_late`:
    nor is it connected. `grouped`: it connects in a group of tasks where it knows the address, and raises as one.
    """

    make: Callable[[ExitStack], Ask]
    reset: type[Exception] | tuple[type[Exception], ...]
    late: type[Exception] | tuple[type[Exception], ...]
    dns: type[Exception]
    refused: type[Exception]
    connect_late: type[Exception]
    untrusted: type[Exception]
    grouped: bool = field(default=False)


def header(headers: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()}


def on_a_loop(factory: Callable[[], asyncio.AbstractEventLoop], begin: Callable[[], Any]) -> Callable[[ExitStack], Ask]:
    """Make a client that lives on an event loop of its own; `begin` is called there and makes an async one."""

    def make(stack: ExitStack) -> Ask:
        runner = stack.enter_context(asyncio.Runner(loop_factory=factory))
        living = AsyncExitStack()
        ask: AskLater = runner.run(begin()(living))
        stack.callback(lambda: runner.run(living.aclose()))

        def now(url: str, timeout: float) -> Answer:
            async def later() -> Answer:
                return await ask(url, timeout)

            return runner.run(later())

        return now

    return make
