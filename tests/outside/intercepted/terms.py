"""The common form of all clients here, and the facts that a row states about one client."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from typing import Any

HOST = "api.imagineview.art"
KEY = {"Authorization": "Bearer il_test_1"}


@dataclass(frozen=True)
class Answer:
    """An answer in the common form of all clients."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Ask = Callable[[str, float], Answer]
"""Call a URL and return the answer; the number is the client's time-out in seconds."""

AskLater = Callable[[str, float], Awaitable[Answer]]


@dataclass(frozen=True)
class Row:
    """One client: the function that makes it before the interception begins, and the errors that it raises."""

    make: Callable[[ExitStack], Ask]
    reset: type[Exception] | tuple[type[Exception], ...]
    """The error when the connection is reset before an answer."""
    late: type[Exception] | tuple[type[Exception], ...]
    """The error when no answer comes within the client's own time-out."""
    dns: type[Exception]
    refused: type[Exception]
    connect_late: type[Exception]
    """The error when no connection is made within the client's own time-out."""
    untrusted: type[Exception]
    grouped: bool = field(default=False)
    """True for a client that connects to a known address in a group of tasks, and so raises a group of errors."""


def header(headers: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()}


def on_a_loop(factory: Callable[[], asyncio.AbstractEventLoop], begin: Callable[[], Any]) -> Callable[[ExitStack], Ask]:
    """Make a client that runs on its own event loop; `begin` is called on that loop and makes an async client."""

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
