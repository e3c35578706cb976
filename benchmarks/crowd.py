"""A thousand clients at once: whether all are served, alike and without the server growing, and how soon it ends."""

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
    """Let a client for each generation poll it, weigh the server meanwhile, and end it with all of them connected.

    First they rest between two polls, as clients do, which leaves the server time; then they do not, and it has none.
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
    """Return the limits, soft and hard, with which a process may have so many files open, if they can be had."""
    soft, hard = limits
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return limits
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise BenchmarkError(f"{needed:,} open files are needed and {hard:,} allowed: see `ulimit -Hn`")
    return needed, hard


def finished(account: Account, generations: int) -> list[tuple[Request, str]]:
    """Have so many generations finished; state the poll of each, with its answer."""
    burst(account.order("A neon city skyline at dusk"), generations)
    newest = int(answer(account.history(1))["items"][0]["id"])
    account.finished(newest)
    numbers = range(newest - generations + 1, newest + 1)
    return [(account.status(number), f'{{"id":{number},"status":"completed","progress":100}}') for number in numbers]


@contextmanager
def _polling(
    server: Server, polls: Sequence[tuple[Request, str]], seconds: int, pause: float = 0.0
) -> Iterator[subprocess.Popen[str]]:
    """Let the crowd poll in a process of its own, which stays connected until the block ends."""
    host, port = Request(server.url).address
    command = [sys.executable, "-m", "benchmarks.pollers", host, str(port)]
    command += ["--seconds", str(seconds), "--pause", str(pause)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as pollers:
        try:
            told = cast("IO[str]", pollers.stdin)  # there is one, because a pipe was asked for
            told.write(json.dumps([(request.rendered().decode(), body) for request, body in polls]) + "\n")
            told.flush()
            yield pollers
            pollers.communicate(timeout=START_LIMIT)
        finally:
            pollers.kill()


def watched(pollers: subprocess.Popen[str], pid: int, limit: float) -> tuple[Latencies, list[float]]:
    """Weigh the server `pid` again and again until the crowd reports; no weights if there is no `/proc`."""
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
    """Tell by how much the last weight exceeds that after the first sixth, by when each client has been served."""
    return weights[-1] - weights[len(weights) // 6]
