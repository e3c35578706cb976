"""The processor time that one request takes of the event loop's thread, in a world of many unfinished generations.

Processor time is what a request takes from all others, so it is measured in this process, in the thread of the loop.
"""

import asyncio
import http.client
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial

from starlette.types import Receive, Scope, Send

from benchmarks.account import Account, logged_in
from benchmarks.request import ANSWER_LIMIT, Request, answer
from benchmarks.rounds import Spread, interleaved, ratio
from benchmarks.run import Readings, Run
from mockserver.core.generation import GenerationType, Order
from mockserver.http.app import application
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource
from mockserver.serve.server import ServerThread
from mockserver.world.world import World
from mockserver.world.worlds import DEFAULT, Worlds

COPIED = 1_000  # generations of the world that is copied
POLLS = 100  # polls whose processor time is taken together: one is close to what the clock can tell
SCENARIO = """
clock: {mode: manual}
accounts: [{email: you@example.com, password: YOUR_PASSWORD, credits: 10000000}]
"""
JSON = {"Content-Type": "application/json"}


class Stage:
    """A server in a thread, whose default world holds so many unfinished generations."""

    def __init__(self, servers: ExitStack, generations: int) -> None:
        worlds = Worlds(FixedSource(parse(SCENARIO, "stalls.yaml")))
        self._app = application(worlds)
        self.url = servers.enter_context(ServerThread(self._serve)).url
        self.account: Account = logged_in(self.url)
        fill(worlds.find(DEFAULT), generations)
        self.status = self.account.status(1842 + generations // 2)
        self.copy = self.control("/worlds/kept", "PUT", b'{"from": "default"}')

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._loop = asyncio.get_running_loop()
        await self._app(scope, receive, send)

    def control(self, path: str, method: str = "GET", body: bytes = b"") -> Request:
        """State a request to the control plane."""
        return Request(f"{self.url}/__mock{path}", JSON if body else {}, method, body)

    def milliseconds(self, ask: Callable[[], object]) -> float:
        """Tell the milliseconds of processor time that the loop's thread takes while `ask` sends and reads."""
        before = self._spent()
        ask()
        return (self._spent() - before) * 1000

    def _spent(self) -> float:
        return asyncio.run_coroutine_threadsafe(_thread_time(), self._loop).result()


async def _thread_time() -> float:
    return time.thread_time()


def fill(world: World, generations: int) -> None:
    """Order so many generations of one account, half of them in a project."""
    account = world.accounts[17]
    for number in range(generations):
        order = Order(GenerationType.IMAGE, "seedream-5.0-lite", "A skyline", project_id=("a", None)[number % 2])
        world.create(account, order, order.fact, world.journal.number())


def stalls(run: Run) -> Readings:
    """Take each kind of request whose work could grow with the generations, then the polls while one listens."""
    with ExitStack() as servers:
        one, copied, many = (Stage(servers, generations) for generations in (1, COPIED, run.effort.generations))
        quiet = [_quiet(many) for _ in range(run.effort.rounds)]
        copies = [copied.milliseconds(partial(answer, copied.copy)) for _ in range(run.effort.rounds)]
        first = many.milliseconds(partial(_listen, servers, many))
        _listen(servers, one)
        polls = {"one": partial(_polls, one), "many": partial(_polls, many)}
        heard = interleaved(run.effort.rounds, polls)
    return {
        "stall-status": ratio(heard, "many", "one"),
        "stall-listener": Spread.of([first]),
        "stall-copy": Spread.of(copies),
        **{name: Spread.of([figures[name] for figures in quiet]) for name in quiet[0]},
    }


def _quiet(stage: Stage) -> dict[str, float]:
    requests = {
        "stall-clock": stage.control("/clock"),
        "stall-advance": stage.control("/clock/advance", "POST", b'{"by": "1ms"}'),
        "stall-mode": stage.control("/clock", "PATCH", b'{"mode": "manual"}'),
        "stall-list": stage.control("/generations"),
        "stall-history": Request(f"{stage.url}/api/v1/generations?status=pending&project_id=a", stage.status.headers),
    }
    return {name: stage.milliseconds(partial(answer, request)) for name, request in requests.items()}


def _polls(stage: Stage) -> float:
    return stage.milliseconds(lambda: [answer(stage.status) for _ in range(POLLS)])


def _listen(servers: ExitStack, stage: Stage) -> None:
    """Listen to the events until the end, and read whatever comes."""
    connection = http.client.HTTPConnection(*stage.status.address, timeout=ANSWER_LIMIT)
    servers.callback(connection.close)
    connection.request("GET", "/__mock/events")
    events = connection.getresponse()
    events.readline()
    threading.Thread(target=_drain, args=(events,), daemon=True).start()


def _drain(events: http.client.HTTPResponse) -> None:
    with suppress(OSError, ValueError, http.client.HTTPException, AttributeError):
        while events.readline():
            pass
