"""The costs of the control plane: a reset, a query of a long journal, and control calls beside the load of the API."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from statistics import median

from benchmarks.account import logged_in
from benchmarks.children import Server, mock, peer
from benchmarks.errors import BenchmarkError
from benchmarks.load import burst
from benchmarks.peers import STATUS_PATH
from benchmarks.request import Request
from benchmarks.rounds import Spread, interleaved, ratio
from benchmarks.run import Readings, Run
from benchmarks.status_rate import FINISHED

# The scenario of a test suite: accounts, a scripted life, a fault before and one after the effect, a limit.
TYPICAL = """
clock: {mode: poll}
accounts:
  - {email: you@example.com, password: YOUR_PASSWORD, credits: 1000}
  - {email: poor@example.com, password: YOUR_PASSWORD, credits: 3}
generations:
  - when: {generation_type: video}
    then: [{pending: 2s}, {processing: {for: 30s, progress: [5, 40, 80]}}, completed]
  - when: {prompt: "*broken*"}
    then: [{pending: 2s}, {failed: {error: Upstream model error}}]
faults:
  - {on: create, calls: 3, then: {status: 429, retry_after: 2s}}
  - {on: create, calls: 5, phase: after, then: {drop: reset}}
  - {on: status, counted: generation, calls: {every: 7}, then: {status: 502, text: nginx-502}}
limits:
  - {on: create, allow: 100, per: 60s}
"""
CALLS = 100  # calls of one kind in a row; their median is one value
PAUSE = 0.02  # real seconds between two control calls under load: fifty a second
RESET = Request("/__mock/reset", method="POST")
PICKED = Request("/__mock/journal?operation=create&limit=100")
CLOCK = Request("/__mock/clock")


def control(run: Run) -> Readings:
    """Measure single calls first, then calls during a load."""
    return {**single(run), **journal(run), **under_load(run)}


def single(run: Run) -> Readings:
    """Reset a world again and again, and in turn request the constant answer of the peer."""
    with mock(run.scratch, TYPICAL) as server, peer(run.scratch, "starlette") as bare:
        contenders = {
            "reset": partial(microseconds, server, RESET),
            "peer": partial(microseconds, bare, Request(STATUS_PATH)),
        }
        rounds = interleaved(run.effort.rounds, contenders)
    return {
        "reset": Spread.of([figures["reset"] for figures in rounds]),
        "reset-peer": Spread.of([figures["peer"] for figures in rounds]),
    }


def journal(run: Run) -> Readings:
    """Fill a journal with polls and few creates, and query the creates."""
    options = ("--journal-entries", str(run.effort.entries), "--journal-bytes", "1GiB")
    with mock(run.scratch, FINISHED, *options) as server:
        account = logged_in(server.url)
        poll = account.finished(account.create())
        burst(poll, run.effort.entries)
        account.create()
        figures = [microseconds(server, PICKED, calls=5) / 1000 for _ in range(run.effort.rounds)]
    return {"journal": Spread.of(figures)}


def under_load(run: Run) -> Readings:
    """Poll with and without control calls to another world of the same server."""
    latencies: list[float] = []
    with mock(run.scratch, FINISHED) as server:
        account = logged_in(server.url)
        poll = account.finished(account.create())
        contenders = {
            "alone": partial(run.tool.measure, poll, run.effort.seconds),
            "steered": partial(_steered, run, server, poll, latencies),
        }
        rounds = interleaved(run.effort.rounds, contenders)
    return {"control-load": ratio(rounds, "steered", "alone"), "control-latency": Spread.of(latencies)}


def _steered(run: Run, server: Server, poll: Request, latencies: list[float]) -> float:
    with _steering(server, latencies):
        return run.tool.measure(poll, run.effort.seconds)


@contextmanager
def _steering(server: Server, latencies: list[float]) -> Iterator[None]:
    """Send control calls to another world than the loaded one while the block runs; add their median milliseconds."""
    done = threading.Event()
    taken: list[float] = []

    def steer() -> None:
        with closing(_connected(server)) as connection:
            while not done.wait(PAUSE):
                taken.append(_call(connection, Request(f"/w/beside{CLOCK.url}")) / 1000)

    thread = threading.Thread(target=steer)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    latencies.append(median(taken))


def microseconds(server: Server, request: Request, calls: int = CALLS) -> float:
    """Return the median microseconds of one call over a connection that stays open."""
    with closing(_connected(server)) as connection:
        return median(_call(connection, request) for _ in range(calls))


def _connected(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(*Request(server.url).address, timeout=20)


def _call(connection: http.client.HTTPConnection, request: Request) -> float:
    began = time.perf_counter()
    connection.request(request.method, request.url)
    answer = connection.getresponse()
    answer.read()
    taken = (time.perf_counter() - began) * 1_000_000
    if answer.status != 200:
        raise BenchmarkError(f"{request.method} {request.url} was answered {answer.status}")
    return taken
