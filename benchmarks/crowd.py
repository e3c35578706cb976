"""A thousand clients at once: the latencies, the fairness, the growth of the server, and the time to its end."""

import json
import resource
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, cast

from benchmarks.account import Account, logged_in
from benchmarks.children import ROOT, Server, mock
from benchmarks.errors import BenchmarkError
from benchmarks.growth import WEALTHY
from benchmarks.load import START_LIMIT, burst
from benchmarks.memory import PROC, megabytes
from benchmarks.pollers import Latencies
from benchmarks.request import Request, answer
from benchmarks.rounds import Spread
from benchmarks.run import Readings, Run

SPARE_FILES = 100  # files that a process opens besides its connections
WEIGHED_EVERY = 1.0  # real seconds
PAUSE = 1.0  # real seconds between an answer and the next poll of a patient client


def crowd(run: Run) -> Readings:
    """Poll each generation with its own client, measure the server's memory, and end it while all are connected.

    In the first run the clients pause between two polls, so that the server has spare time; in the second they do not.
    """
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, raised(limits, run.effort.clients + SPARE_FILES))
    seconds = run.effort.crowd_seconds
    with mock(run.scratch, WEALTHY) as server:
        polls = finished(logged_in(server.url), run.effort.clients)
        with _polling(server, polls, seconds, PAUSE) as pollers:
            patient, _ = watched(pollers, server.pid, seconds + START_LIMIT)
        with _polling(server, polls, seconds) as pollers:
            met, weights = watched(pollers, server.pid, seconds + START_LIMIT)
            seconds_to_end = server.end()
    return {
        "crowd-patient": Spread(patient.half, patient.least, patient.longest),
        "crowd-patient-spread": Spread.of([patient.most / patient.half]),
        "crowd-rate": Spread.of([met.answers / met.seconds]),
        "crowd-latency": Spread(met.half, met.least, met.longest),
        "crowd-spread": Spread.of([met.most / met.half]),
        "crowd-fair": Spread.of([met.slowest]),
        "crowd-end": Spread.of([seconds_to_end * 1000]),
        **({"crowd-growth": Spread.of([grown(weights)])} if weights else {}),
    }


def raised(limits: tuple[int, int], needed: int) -> tuple[int, int]:
    """Return soft and hard limits that allow so many open files; raise an error if the hard limit is too low."""
    soft, hard = limits
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return limits
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise BenchmarkError(f"{needed:,} open files are needed and {hard:,} allowed: see `ulimit -Hn`")
    return needed, hard


def finished(account: Account, generations: int) -> list[tuple[Request, str]]:
    """Create and finish so many generations; state the request that polls each, with its answer."""
    burst(account.order("A neon city skyline at dusk"), generations)
    newest = int(answer(account.history(1))["items"][0]["id"])
    account.finished(newest)
    numbers = range(newest - generations + 1, newest + 1)
    return [(account.status(number), f'{{"id":{number},"status":"completed","progress":100}}') for number in numbers]


@contextmanager
def _polling(
    server: Server, polls: Sequence[tuple[Request, str]], seconds: int, pause: float = 0.0
) -> Iterator[subprocess.Popen[str]]:
    """Run the crowd in its own process, which stays connected until the block ends."""
    host, port = Request(server.url).address
    command = [sys.executable, "-m", "benchmarks.pollers", host, str(port)]
    command += ["--seconds", str(seconds), "--pause", str(pause)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as pollers:
        try:
            told = cast("IO[str]", pollers.stdin)  # a pipe was requested, so there is a stream
            told.write(json.dumps([(request.rendered().decode(), body) for request, body in polls]) + "\n")
            told.flush()
            yield pollers
            pollers.communicate(timeout=START_LIMIT)
        finally:
            pollers.kill()


def watched(pollers: subprocess.Popen[str], pid: int, limit: float) -> tuple[Latencies, list[float]]:
    """Measure the memory of the server `pid` until the crowd reports; return no values if there is no `/proc`."""
    said = cast("IO[str]", pollers.stdout)  # as above
    weighing = (PROC / "self" / "status").exists()
    weights: list[float] = []
    end = time.perf_counter() + limit
    while not select.select([said], [], [], WEIGHED_EVERY)[0]:
        if time.perf_counter() > end:
            raise BenchmarkError(f"the crowd did not end within {limit:.0f} s")
        if weighing:
            weights.append(megabytes(pid))
    line = said.readline()
    if not line:
        raise BenchmarkError("the crowd ended without a figure, and says why above")
    return Latencies(**json.loads(line)), weights


def grown(weights: Sequence[float]) -> float:
    """Return the growth from the first sixth of the values to the last; after a sixth each client has been served."""
    return weights[-1] - weights[len(weights) // 6]
