"""The time from the start of a process to its first answer, which every CI job pays."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from benchmarks.children import Server, mock, peer
from benchmarks.errors import BenchmarkError
from benchmarks.peers import STATUS_PATH
from benchmarks.request import Request, status
from benchmarks.rounds import interleaved, ratio
from benchmarks.run import Readings, Run

Start = Callable[[], AbstractContextManager[Server]]
HEALTH_PATH = "/__mock/health"


def first_answers(run: Run) -> Readings:
    """Start the mock with the empty scenario and the Starlette peer in turn; the first start of each compiles."""
    start_mock, start_peer = partial(mock, run.scratch), partial(peer, run.scratch, "starlette")
    with start_mock() as server:
        path = HEALTH_PATH if status(Request(server.url + HEALTH_PATH)) == 200 else "/"
    seconds_to_first_answer(start_peer, STATUS_PATH)
    contenders = {
        "mock": partial(seconds_to_first_answer, start_mock, path),
        "starlette": partial(seconds_to_first_answer, start_peer, STATUS_PATH),
    }
    rounds = interleaved(run.effort.starts, contenders)
    return {"start": ratio(rounds, "mock", "starlette")}


def seconds_to_first_answer(start: Start, path: str) -> float:
    """Start a server, request `path` and stop the server; return the seconds from its start to its 200."""
    began = time.perf_counter()
    with start() as server:
        code = status(Request(server.url + path))
        took = time.perf_counter() - began
    if code != 200:
        raise BenchmarkError(f"{path} was answered {code} instead of 200")
    return took
