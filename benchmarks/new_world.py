"""The costs of worlds: the time to make one in place of another, and the memory of a server full of worlds."""

import time

from benchmarks.account import logged_in
from benchmarks.children import mock
from benchmarks.control import TYPICAL
from benchmarks.memory import PROC, megabytes
from benchmarks.rounds import Spread
from benchmarks.run import Readings, Run
from mockserver.core.scenario import Scenario
from mockserver.language.loaded import LoadedScenario
from mockserver.world.world import World

WORLDS = 100  # made in one go, because one takes less time than the noise of the clock
MOST = 256  # the server's default bound


def new_worlds(run: Run) -> Readings:
    """Make worlds of the empty scenario in this process; then fill a server with worlds."""
    scenario = Scenario()
    readings = {"world": Spread.of([microseconds_a_world(scenario) for _ in range(run.effort.rounds)])}
    if not (PROC / "self" / "status").exists():
        return readings
    return readings | {"worlds-256": Spread.of([full_server(run)])}


def microseconds_a_world(scenario: Scenario) -> float:
    """Return the microseconds to make one world in place of the one before."""
    world = World(LoadedScenario(scenario))
    began = time.perf_counter()
    for _ in range(WORLDS):
        world = World(LoadedScenario(world.scenario))
    return (time.perf_counter() - began) * 1_000_000 / WORLDS


def full_server(run: Run) -> float:
    """Return the megabytes by which a server grows from its first world to its last, with an order polled in each."""
    with mock(run.scratch, TYPICAL) as server:
        before = megabytes(server.pid)
        for number in range(1, MOST):
            account = logged_in(f"{server.url}/w/{number}")
            account.finished(account.create())
        return megabytes(server.pid) - before
