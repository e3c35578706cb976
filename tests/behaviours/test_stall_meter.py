"""The meter of stalls counts the work of the event loop, and neither waits, nor work elsewhere, nor the client's."""

import asyncio
import time
from functools import partial

import pytest
from starlette.types import Receive, Scope, Send

from tests.support.client import raw
from tests.support.stalls import TRIES, MeteredServer

WORK = 0.030
REQUEST = b"GET /%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def work() -> None:
    """Compute for `WORK` seconds of processor time of this thread."""
    end = time.thread_time() + WORK
    while time.thread_time() < end:
        pass


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    match scope["path"]:
        case "/works":
            work()
        case "/works-in-turns":
            for _ in range(2):
                work()
                await asyncio.sleep(0)
        case "/works-in-a-thread":
            await asyncio.to_thread(work)
        case "/waits":
            await asyncio.sleep(WORK)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(
    ("path", "least", "most"),
    [
        (b"works", WORK, 2 * WORK),
        (b"works-in-turns", 2 * WORK, 3 * WORK),
        (b"works-in-a-thread", 0, WORK),
        (b"waits", 0, WORK),
        (b"", 0, WORK),
    ],
)
def test_only_the_work_of_the_loop_counts(path: bytes, least: float, most: float) -> None:
    with MeteredServer(app) as server:
        assert least <= server.least(partial(raw, server.url, REQUEST % path)) < most


def test_the_work_of_the_client_does_not_count() -> None:
    with MeteredServer(app) as server:

        def ask() -> None:
            work()
            raw(server.url, REQUEST % b"")

        assert server.least(ask) < WORK


@pytest.mark.parametrize("disturbed", [0, 7, TRIES - 1])
def test_the_least_of_all_tries_counts(disturbed: int) -> None:
    paths: list[bytes] = [b"works"] * disturbed + [b""] + [b"works"] * TRIES
    with MeteredServer(app) as server:
        assert server.least(lambda: raw(server.url, REQUEST % paths.pop(0))) < WORK
        assert len(paths) == disturbed + 1
