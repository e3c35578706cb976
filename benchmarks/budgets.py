"""All measurements on one screen: each row with its budget, grouped by the function that measures it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from benchmarks.control import control
from benchmarks.crowd import crowd
from benchmarks.first_answer import first_answers
from benchmarks.fixture import fixture
from benchmarks.growth import growth
from benchmarks.memory import resident_memory
from benchmarks.new_world import new_worlds
from benchmarks.parallel_sleep import parallel_sleep
from benchmarks.run import Effort, Readings, Run
from benchmarks.soak import soak
from benchmarks.stalls import stalls
from benchmarks.status_rate import status_rates
from benchmarks.ways import ways


@dataclass(frozen=True)
class Budget:
    """The bound of a median: the median must be at least `bound`, or at most `bound`."""

    bound: float
    at_least: bool = False

    def met(self, median: float) -> bool:
        """Tell whether `median` keeps the bound; a median equal to the bound keeps it."""
        return median >= self.bound if self.at_least else median <= self.bound


@dataclass(frozen=True)
class Row:
    """One line of the result. A row without a budget is there for comparison.

    `what`: the title; it may name fields of the effort in braces.
    `why`: a sentence for the page of measurements, written there when the budget is missed.
    """

    name: str
    what: str
    budget: Budget | None = None
    unit: str = "×"
    why: str = ""

    def title(self, effort: Effort) -> str:
        """Return the title of the row, with the figures of this effort."""
        return self.what.format_map(asdict(effort))


@dataclass(frozen=True)
class Part:
    """Rows whose figures `measure` takes together."""

    name: str
    measure: Callable[[Run], Readings]
    rows: tuple[Row, ...]


_RATE = (
    "each status request is authenticated, timed, matched and journalled in Python, which costs about as much as"
    " Starlette's own routing and `JSONResponse`."
)

PARTS = (
    Part(
        "rate",
        status_rates,
        (
            Row(
                "rate-starlette",
                "status requests a second, to a Starlette route's",
                Budget(1.5, at_least=True),
                why=_RATE,
            ),
            Row("rate-raw", "status requests a second, to a raw ASGI app's", Budget(0.7, at_least=True), why=_RATE),
            Row("rate-polled", "the same on a `poll` clock, to a Starlette route's"),
        ),
    ),
    Part("start", first_answers, (Row("start", "start to first answer, to a Starlette app's", Budget(1.4)),)),
    Part(
        "memory",
        resident_memory,
        (
            Row("memory", "resident memory after start", Budget(45), "MB"),
            Row("memory-growth", "growth after {requests:,} status requests", Budget(5), "MB"),
            Row("memory-exchanges", "growth after {exchanges:,} exchanges through one world", Budget(20), "MB"),
            Row("memory-peer", "the Starlette app's memory after start", unit="MB"),
            Row("memory-peer-growth", "its growth after {requests:,} requests", unit="MB"),
        ),
    ),
    Part(
        "world",
        new_worlds,
        (
            Row("world", "a new world, inside the server", Budget(1000), "µs"),
            Row("worlds-256", "growth by 256 worlds of a typical scenario, each with a journey", Budget(50), "MB"),
        ),
    ),
    Part(
        "control",
        control,
        (
            Row("reset", "a reset of a typical scenario over HTTP, connection open", unit="µs"),
            Row("reset-peer", "a Starlette route's answer over HTTP, connection open", unit="µs"),
            Row("journal", "a filter over {entries:,} journal entries over HTTP", unit="ms"),
            Row("control-load", "status requests a second while control calls run, to without"),
            Row("control-latency", "a control call under that load", unit="ms"),
        ),
    ),
    Part(
        "parallel",
        parallel_sleep,
        (Row("parallel-sleep", "20 threads, and 20 tasks, that see exactly the polls of real time", unit="%"),),
    ),
    Part(
        "fixture",
        fixture,
        (
            Row("plugin-unused", "the pytest plugin, to a session that does not use it", Budget(5), "ms"),
            Row("fixture-test", "fixture, interception and virtual sleep, to each of 500 tests", Budget(2), "ms"),
            Row("fixture-published", "the published example, with a job of 30 s, in a test", Budget(150), "ms"),
            Row("fixture-peer", "the same script on a real clock, with a job of 4 s: it waits", unit="ms"),
        ),
    ),
    Part(
        "crowd",
        crowd,
        (
            Row(
                "crowd-patient", "latency of {clients:,} clients, connections open, that poll once a second", unit="ms"
            ),
            Row("crowd-patient-spread", "the 99th percentile of that latency, to its median", Budget(20)),
            Row("crowd-latency", "latency of {clients:,} clients that poll as fast as they are answered", unit="ms"),
            Row("crowd-spread", "the 99th percentile of that latency, to its median", Budget(20)),
            Row("crowd-rate", "their answers a second", unit="/s"),
            Row("crowd-fair", "answers of the client with the fewest, to the median's"),
            Row("crowd-growth", "growth within their {crowd_seconds} s, after the first sixth", Budget(5), "MB"),
            Row("crowd-end", "SIGTERM while all of them are connected, to exit status 0", Budget(1000), "ms"),
        ),
    ),
    Part(
        "ways",
        ways,
        (
            Row("way-tls", "status requests a second over TLS, to plain"),
            Row("way-tunnel", "status requests a second through a tunnel (CONNECT), to plain"),
        ),
    ),
    Part(
        "soak",
        soak,
        (
            Row(
                "soak-growth",
                "growth after {exchanges:,} mixed exchanges over 200 worlds that come and go",
                Budget(20),
                "MB",
            ),
            Row("soak-later", "growth within the last nine tenths of them", unit="MB"),
        ),
    ),
    Part(
        "growth",
        growth,
        (
            Row("growth-status", "status of one among {generations:,} generations, to 10", Budget(1.3)),
            Row("growth-history", "first page of {generations:,} generations, to 10", Budget(1.3)),
            Row("growth-rules", "create under 200 rules, to 2", Budget(2)),
            Row("growth-faults", "status under 200 faults that do not match, to 2", Budget(2)),
            Row(
                "growth-chance",
                "status under 200 faults with a chance, to none",
                Budget(3),
                why="each fault draws a number of its own for each request, and a draw is a hash.",
            ),
            Row("growth-window", "status under a limit with 25,000 in its window, to 10", Budget(1.3)),
        ),
    ),
    Part(
        "stalls",
        stalls,
        (
            Row("stall-status", "status among {generations:,} generations while one listens, to 1", Budget(1.3)),
            Row("stall-listener", "the first listener among {generations:,} generations", Budget(5), "ms"),
            Row("stall-copy", "a copy of a world of 1,000 generations", Budget(5), "ms"),
            Row("stall-clock", "the clock's next event among {generations:,} generations", Budget(5), "ms"),
            Row("stall-advance", "a move of the clock among {generations:,} generations", Budget(5), "ms"),
            Row("stall-mode", "another clock mode among {generations:,} generations", Budget(5), "ms"),
            Row("stall-list", "a page of the control plane's list of {generations:,} generations", Budget(5), "ms"),
            Row("stall-history", "a filtered page of a history of {generations:,} generations", Budget(2), "ms"),
        ),
    ),
)
