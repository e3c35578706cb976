"""Clients that sleep, against a mock whose clock only they move: they see the same as in real time."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.client import MockServer
from mockserver.client.clock import Clock
from mockserver.client.world import World
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.scenario import Scenario
from mockserver.http.app import application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.patching.waits import CannotSleep, VirtualSleep
from mockserver.serve.server import ServerThread
from mockserver.world.worlds import Worlds
from tests.support.customer import ORDER

from .hands import PATIENCE

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Limits:
    """Counts the requests in flight and the polls."""

    def __init__(self, app: ASGIApp) -> None:
        self.in_flight = self.polls = 0
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        counts = "/api/" in scope["path"]
        self.in_flight += counts
        self.polls += scope["path"].endswith("/status")
        try:
            await self._app(scope, receive, send)
        finally:
            self.in_flight -= counts


class Steered:
    """The clock of a world, moved over HTTP."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> int:
        return (self._clock.now - EPOCH) // timedelta(microseconds=1)

    def advance(self, duration: int) -> None:
        self._clock.advance(timedelta(microseconds=duration))


class Mock:
    """A mock with a `manual` clock, and a client's requests to it."""

    def __init__(self, world: World, traffic: Limits) -> None:
        self.world = world
        self.limits = traffic
        url = urlsplit(world.base_url)
        self.host, self.port, self._base = url.hostname or "", url.port or 0, url.path

    def virtual_sleep(self, **settings: Any) -> VirtualSleep:
        return VirtualSleep(Steered(self.world.clock), busy=lambda: self.limits.in_flight > 0, **settings)

    def begin(self) -> None:
        self.token = self.world.token()

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any, dict[str, str]]:
        connection = HTTPConnection(self.host, self.port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request(method, self._base + path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        answer = response.status, json.loads(response.read()), {k.lower(): v for k, v in response.getheaders()}
        connection.close()
        return answer

    async def poll(self, id_: int) -> str:
        """Ask for a status on a connection of asyncio, which blocks no thread."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        lines = [f"GET {self._base}/generations/{id_}/status HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += [f"Authorization: Bearer {self.token}", "Connection: close", "", ""]
        writer.write("\r\n".join(lines).encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return str(json.loads(answer.partition(b"\r\n\r\n")[2])["status"])

    def order(self) -> int:
        status, view, _ = self.ask("POST", "/generations", ORDER)
        assert status == 201, view
        return int(view["id"])

    def polls(self, id_: int, interval: float) -> list[str]:
        """Return the statuses that a thread sees."""
        seen = [self.ask("GET", f"/generations/{id_}/status")[1]["status"]]
        while seen[-1] not in ("completed", "failed"):
            time.sleep(interval)
            seen.append(self.ask("GET", f"/generations/{id_}/status")[1]["status"])
        return seen

    async def polls_of_a_task(self, id_: int, interval: float) -> list[str]:
        """Return the statuses that a task sees."""
        seen = [await self.poll(id_)]
        while seen[-1] not in ("completed", "failed"):
            await asyncio.sleep(interval)
            seen.append(await self.poll(id_))
        return seen


@pytest.fixture
def play() -> Iterator[Callable[[str], Mock]]:
    """Start over with a scenario, logged in as the reference's user."""
    traffic = Limits(application(Worlds(FixedSource(LoadedScenario(Scenario(clock=ClockSettings(mode=Mode.MANUAL)))))))
    with ServerThread(traffic) as server, MockServer(server.url) as control:
        mock = Mock(control.world(), traffic)

        def start(scenario: str) -> Mock:
            mock.world.load("clock: {mode: manual}\n" + scenario)
            mock.begin()
            return mock

        yield start


ROUGH = "generations: [{then: [{pending: 3s}, {processing: 27s}, failed]}]"
LIVES = {
    "the happy path": ("", 2, ["pending"] + ["processing"] * 3 + ["completed"]),
    "the happy path, watched closely": ("", 0.5, ["pending"] * 4 + ["processing"] * 12 + ["completed"]),
    "a step between two polls": (ROUGH, 2, ["pending"] * 2 + ["processing"] * 13 + ["failed"]),
    "an end between two polls": (ROUGH, 4, ["pending"] + ["processing"] * 7 + ["failed"]),
    "an interval that no float holds": (ROUGH, 0.3, ["pending"] * 10 + ["processing"] * 90 + ["failed"]),
    "over at once": ("generations: [{then: [completed]}]", 2, ["completed"]),
}


@pytest.mark.parametrize(("scenario", "interval", "statuses"), LIVES.values(), ids=list(LIVES))
def test_one_client_sees_exactly_what_it_would_see_in_real_time(
    play: Callable[[str], Mock], scenario: str, interval: float, statuses: list[str]
) -> None:
    mock = play(scenario)
    with mock.virtual_sleep():
        assert mock.polls(mock.order(), interval) == statuses
        assert asyncio.run(mock.polls_of_a_task(mock.order(), interval)) == statuses
    slept = (len(statuses) - 1) * 2 * interval
    assert mock.world.clock.now - mock.world.clock.view().began == timedelta(seconds=slept)


RUNNERS = ("threads", "tasks")


@pytest.mark.parametrize("kind", RUNNERS)
def test_twenty_clients_at_once_always_get_the_same_results(play: Callable[[str], Mock], kind: str) -> None:
    mock = play(
        "generations: [{calls: {every: 3}, then: [{processing: 9s}, failed]}, {then: [{pending: 5s}, completed]}]\n"
    )

    def in_threads(ids: list[int]) -> list[list[str]]:
        with ThreadPoolExecutor(len(ids)) as pool:
            return list(pool.map(lambda id_: mock.polls(id_, 2), ids))

    async def in_tasks(ids: list[int]) -> list[list[str]]:
        return list(await asyncio.gather(*(mock.polls_of_a_task(id_, 2) for id_ in ids)))

    with mock.virtual_sleep():
        ids = [mock.order() for _ in range(20)]
        seen = in_threads(ids) if kind == "threads" else asyncio.run(in_tasks(ids))
    assert [statuses[-1] for statuses in seen] == ["failed" if i % 3 == 2 else "completed" for i in range(20)]
    assert mock.ask("GET", "/auth/me")[1]["credits"] == 100 - 14 * 5


def test_a_client_that_waits_for_retry_after_is_admitted(play: Callable[[str], Mock]) -> None:
    mock = play("limits: [{on: create, allow: 2, per: 45s}]")
    answers = []
    with mock.virtual_sleep():
        for _ in range(5):
            status, _, headers = mock.ask("POST", "/generations", ORDER)
            answers.append(status)
            if status == 429:
                time.sleep(int(headers["retry-after"]))
    assert answers == [201, 201, 429, 201, 201]


def test_a_client_that_waits_for_a_date_is_admitted_at_that_date(play: Callable[[str], Mock]) -> None:
    mock = play(
        "faults: [{on: create, between: [0s, 30s], then: {status: 429, retry_after: {in: 30s, as: http-date}}}]\n"
    )
    with mock.virtual_sleep(clocks=True):
        status, _, headers = mock.ask("POST", "/generations", ORDER)
        assert status == 429
        time.sleep(parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time())
        assert mock.ask("POST", "/generations", ORDER)[0] == 201


def test_a_job_that_never_ends_is_named(play: Callable[[str], Mock]) -> None:
    mock = play("generations: [{then: [{pending: 2s}, {processing: {progress: 99}}]}]")

    def waiting() -> str:
        return ", ".join(
            f"generation {each['id']} ({each['status']})" for each in mock.ask("GET", "/generations")[1]["items"]
        )

    with (
        mock.virtual_sleep(max_virtual=60_000_000, waiting=waiting),
        pytest.raises(CannotSleep, match=r"still wait for generation 1842 \(processing\); "),
    ):
        mock.polls(mock.order(), 2)
    assert mock.limits.polls == 31


def test_a_job_that_never_ends_meets_the_clients_deadline(play: Callable[[str], Mock]) -> None:
    mock = play("generations: [{then: [processing]}]")
    with mock.virtual_sleep(clocks=True):
        end, id_ = time.monotonic() + 60, mock.order()
        while time.monotonic() < end:
            mock.ask("GET", f"/generations/{id_}/status")
            time.sleep(2)
    assert mock.limits.polls == 30


def test_an_answer_under_way_is_not_overtaken_by_the_sleep_of_another_task(play: Callable[[str], Mock]) -> None:
    mock = play("faults: [{on: status, then: {delay: 30ms}}]")

    async def poll_within_a_deadline(id_: int) -> str:
        async with asyncio.timeout(20):
            return await mock.poll(id_)

    async def both(id_: int) -> str:
        _, status = await asyncio.gather(asyncio.sleep(1000), poll_within_a_deadline(id_))
        return status

    with mock.virtual_sleep(clocks=True):
        assert asyncio.run(both(mock.order())) == "pending"


def test_the_server_does_not_see_the_time_pass_in_which_it_would_close_idle_connections(
    play: Callable[[str], Mock],
) -> None:
    mock = play("")
    connection = HTTPConnection(mock.host, mock.port, timeout=PATIENCE)
    with mock.virtual_sleep(clocks=True):
        ports = set()
        for _ in range(4):
            connection.request("GET", "/")
            connection.getresponse().read()
            ports.add(connection.sock.getsockname()[1])
            time.sleep(600)
    connection.close()
    assert len(ports) == 1


def test_a_client_that_does_not_sleep_is_diagnosed(play: Callable[[str], Mock]) -> None:
    mock = play("")
    with mock.virtual_sleep(polls=lambda: 500 * mock.limits.polls) as virtual:
        id_ = mock.order()
        asyncio.run(mock.poll(id_))
        assert virtual.diagnosis() == ""
        asyncio.run(mock.poll(id_))
        assert "the client does not sleep between them" in virtual.diagnosis()
