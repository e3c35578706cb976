"""Retry libraries, event loops and clients written by others, in a virtual sleep: they spend no real time."""

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TypeVar

import anyio
import backoff
import httpx
import pytest
import requests
import stamina
import tenacity
import trio
import urllib3
import uvloop
from requests.adapters import HTTPAdapter

from mockserver.client import MockServer
from mockserver.client.world import World
from mockserver.core.scenario import Scenario
from mockserver.patching.waits import VirtualSleep, install
from tests.support.customer import ORDER

# Like the pytest plugin, this module installs before another module can keep its own reference to a sleep function.
install()

SECOND = 1_000_000
NOON = 1_780_833_600 * SECOND


T = TypeVar("T")


class Hands:
    """A clock that moves only when a client sleeps."""

    def __init__(self) -> None:
        self.at = NOON
        self.moves: list[float] = []

    def now(self) -> int:
        return self.at

    def advance(self, duration: int) -> None:
        self.at += duration
        self.moves.append(duration / SECOND)

    @property
    def slept(self) -> float:
        return (self.at - NOON) / SECOND


class Unfinished(Exception):
    """The error for a client that has to poll again."""


class Job:
    """A job that takes `lasts` virtual seconds; an earlier poll raises `Unfinished`. `asked` counts all polls."""

    def __init__(self, hands: Hands, lasts: float) -> None:
        self._hands, self._lasts = hands, lasts
        self.asked = 0

    def poll(self) -> str:
        self.asked += 1
        if self._hands.slept < self._lasts:
            raise Unfinished
        return "completed"

    async def poll_async(self) -> str:
        return self.poll()


# Each client waits two seconds between two polls, in its own way.

TWO = {"on": Unfinished, "attempts": None, "timeout": None, "wait_initial": 2.0, "wait_max": 2.0, "wait_jitter": 0}


def with_tenacity(job: Job) -> str:
    return tenacity.retry(wait=tenacity.wait_fixed(2))(job.poll)()


async def with_tenacity_async(job: Job) -> str:
    return await tenacity.retry(wait=tenacity.wait_fixed(2))(job.poll_async)()


def with_backoff(job: Job) -> str:
    return backoff.on_exception(backoff.constant, Unfinished, interval=2, jitter=None)(job.poll)()


async def with_backoff_async(job: Job) -> str:
    return await backoff.on_exception(backoff.constant, Unfinished, interval=2, jitter=None)(job.poll_async)()


def with_stamina(job: Job) -> str:
    return stamina.retry(**TWO)(job.poll)()


async def with_stamina_async(job: Job) -> str:
    return await stamina.retry(**TWO)(job.poll_async)()


async def by_hand(sleep: Callable[[float], Awaitable[None]], job: Job) -> str:
    while True:
        try:
            return job.poll()
        except Unfinished:
            await sleep(2)


def on_asyncio(client: Callable[[Job], Awaitable[str]]) -> Callable[[Job], str]:
    return lambda job: asyncio.run(client(job))


def on_uvloop(client: Callable[[Job], Awaitable[str]]) -> Callable[[Job], str]:
    return lambda job: uvloop.run(client(job))


def on_trio(client: Callable[[Job], Awaitable[str]]) -> Callable[[Job], str]:
    return lambda job: trio.run(client, job)


CLIENTS = {
    "tenacity": with_tenacity,
    "tenacity on asyncio": on_asyncio(with_tenacity_async),
    "tenacity on trio": on_trio(with_tenacity_async),
    "backoff": with_backoff,
    "backoff on asyncio": on_asyncio(with_backoff_async),
    "stamina": with_stamina,
    "stamina on asyncio": on_asyncio(with_stamina_async),
    "stamina on trio": on_trio(with_stamina_async),
    "asyncio": on_asyncio(partial(by_hand, asyncio.sleep)),
    "uvloop": on_uvloop(partial(by_hand, asyncio.sleep)),
    "trio": on_trio(partial(by_hand, trio.sleep)),
    "anyio on asyncio": on_asyncio(partial(by_hand, anyio.sleep)),
    "anyio on uvloop": on_uvloop(partial(by_hand, anyio.sleep)),
    "anyio on trio": on_trio(partial(by_hand, anyio.sleep)),
}


@pytest.mark.parametrize("client", CLIENTS.values(), ids=list(CLIENTS))
@pytest.mark.parametrize("clocks", [False, True])
def test_a_client_polls_as_often_as_in_real_time(client: Callable[[Job], str], clocks: bool) -> None:
    hands = Hands()
    job = Job(hands, lasts=30)
    with VirtualSleep(hands, clocks=clocks):
        assert client(job) == "completed"
    assert (job.asked, hands.moves) == (16, [2.0] * 15)


# Deadlines


def until_tenacity_gives_up(job: Job) -> None:
    stop = tenacity.stop_after_delay(60)
    with pytest.raises(Unfinished):
        tenacity.retry(wait=tenacity.wait_fixed(2), stop=stop, reraise=True)(job.poll)()


def until_stamina_gives_up(job: Job) -> None:
    with pytest.raises(Unfinished):
        stamina.retry(**TWO | {"timeout": 60})(job.poll)()


def until_trio_gives_up(job: Job) -> None:
    async def wait() -> None:
        with trio.move_on_after(60):
            await by_hand(trio.sleep, job)

    trio.run(wait)


def until_anyio_gives_up(backend: str, job: Job) -> None:
    async def wait() -> None:
        with pytest.raises(TimeoutError), anyio.fail_after(60):
            await by_hand(anyio.sleep, job)

    on(backend, wait)


def until_asyncio_gives_up(backend: str, job: Job) -> None:
    async def wait() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60):
                await by_hand(asyncio.sleep, job)

    on(backend, wait)


def on(backend: str, client: Callable[..., Awaitable[T]], *arguments: object) -> T:
    """Run a client on asyncio, uvloop or trio."""
    options = {"use_uvloop": True} if backend == "uvloop" else {}
    loop = "trio" if backend == "trio" else "asyncio"
    return anyio.run(client, *arguments, backend=loop, backend_options=options)


DEADLINES = {
    "tenacity": (until_tenacity_gives_up, 31),
    "stamina": (until_stamina_gives_up, 31),
    "trio": (until_trio_gives_up, 30),
    "asyncio": (partial(until_asyncio_gives_up, "asyncio"), 30),
    "uvloop": (partial(until_asyncio_gives_up, "uvloop"), 30),
    "anyio on asyncio": (partial(until_anyio_gives_up, "asyncio"), 30),
    "anyio on uvloop": (partial(until_anyio_gives_up, "uvloop"), 30),
    "anyio on trio": (partial(until_anyio_gives_up, "trio"), 30),
}


@pytest.mark.parametrize(("client", "polls"), DEADLINES.values(), ids=list(DEADLINES))
def test_a_client_reaches_its_deadline_by_virtual_sleep_alone(client: Callable[[Job], None], polls: int) -> None:
    hands = Hands()
    job = Job(hands, lasts=3000)
    with VirtualSleep(hands, clocks=True):
        client(job)
    assert (job.asked, hands.slept) == (polls, 60)


# Over the wire

REFUSING = """
clock: {mode: manual}
faults: [{on: create, calls: "1-2", then: {status: 429, retry_after: %s}}]
"""


class Steered:
    """The clock of a world, moved over HTTP."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> int:
        return round(self._world.clock.now.timestamp() * SECOND)

    def advance(self, duration: int) -> None:
        self._world.clock.advance(datetime.timedelta(microseconds=duration))


@pytest.fixture
def world(serve: Callable[[Scenario], str]) -> Iterator[World]:
    with MockServer(serve(Scenario())) as server:
        yield server.world()


def created(world: World) -> tuple[int, float]:
    """Return the number of create requests, and the virtual seconds that have passed."""
    view = world.clock.view()
    return world.journal.count(operation="create"), (view.now - view.began).total_seconds()


@pytest.mark.parametrize(("retry_after", "clocks"), [("30s", False), ("30s", True), ("{in: 30s, as: http-date}", True)])
@pytest.mark.parametrize("library", ["urllib3", "requests"])
def test_a_retry_waits_as_long_as_retry_after_says(world: World, library: str, retry_after: str, clocks: bool) -> None:
    world.load(REFUSING % retry_after)
    retry = urllib3.Retry(total=5, status_forcelist=[429], allowed_methods=None)
    headers = {"Authorization": f"Bearer {world.token()}"}
    with VirtualSleep(Steered(world), clocks=clocks):
        if library == "urllib3":
            with urllib3.PoolManager(retries=retry) as pool:
                answer = pool.request("POST", f"{world.base_url}/generations", json=ORDER, headers=headers).status
        else:
            with requests.Session() as session:
                session.mount("http://", HTTPAdapter(max_retries=retry))
                answer = session.post(f"{world.base_url}/generations", json=ORDER, headers=headers).status_code
    assert (answer, *created(world)) == (201, 3, 60.0)


async def httpx_poller(world: World, headers: dict[str, str]) -> int:
    async with httpx.AsyncClient(base_url=world.base_url, headers=headers) as client:
        path = f"/generations/{(await client.post('/generations', json=ORDER)).json()['id']}/status"
        polls = 1
        while (await client.get(path)).json()["status"] != "completed":
            await anyio.sleep(2)
            polls += 1
    return polls


@pytest.mark.parametrize("backend", ["asyncio", "uvloop", "trio"])
def test_an_httpx_client_sees_five_polls(world: World, backend: str) -> None:
    world.load("clock: {mode: manual}")
    headers = {"Authorization": f"Bearer {world.token()}"}
    with VirtualSleep(Steered(world)):
        assert on(backend, httpx_poller, world, headers) == 5
