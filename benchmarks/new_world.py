"""What a reset costs inside the server: making the world that replaces another, and letting that one go."""

import time

from benchmarks.rounds import Spread
from benchmarks.run import Readings, Run
from mockserver.core.scenario import Scenario
from mockserver.world import World

WORLDS = 100  # made at a stretch: one takes less than the clock's own noise


def new_worlds(run: Run) -> Readings:
    """Make the world of the empty scenario, in this process."""
    scenario = Scenario()
    return {"world": Spread.of([microseconds_a_world(scenario) for _ in range(run.effort.rounds)])}


def microseconds_a_world(scenario: Scenario) -> float:
    """Tell the microseconds that one world takes, each replacing the one before."""
    world = World(scenario)
    began = time.perf_counter()
    for _ in range(WORLDS):
        world = World(world.scenario)
    return (time.perf_counter() - began) * 1_000_000 / WORLDS
