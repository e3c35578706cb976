"""The shelves of a world of very many generations find what visiting each of them finds."""

import pytest

from mockserver.core.account import Declaration
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.generation import Life
from mockserver.core.history import Selection
from mockserver.core.instant import SECOND
from mockserver.core.scenario import Scenario
from mockserver.core.timeline import Step
from mockserver.language.loaded import LoadedScenario
from mockserver.world.shelves import FEW, FURTHER, GAPS, PART
from mockserver.world.world import World
from tests.support.world import SHE, YOU, create, text

MANY = PART + 3 * GAPS
BUSY = (Step(status="busy", lasts=2 * SECOND), Step(status="idle", lasts=2 * SECOND), Step(status="completed"))
"""A life that only some of the generations have."""


def world_of(lives: tuple[Life, ...]) -> World:
    accounts = tuple(Declaration(email=f"{id_}@example.com", password="p", id=id_, credits=10**6) for id_ in (YOU, SHE))
    return World(LoadedScenario(Scenario(clock=ClockSettings(mode=Mode.MANUAL), accounts=accounts, generations=lives)))


def assert_found(world: World, status: str) -> None:
    """The pages of both accounts, and the list of all, are those that show a status when each is asked."""
    shown = [each.id for each in world.generations.values() if world.time.snapshot(each).status == status]
    assert world.shelves.after(world.time, 0, len(shown) + 1, None, status).ids == shown
    for owner in (YOU, SHE):
        ids = [id_ for id_ in shown if world.generations[id_].owner == owner][::-1]
        for page in (1, 2, 1 + len(ids) // 100, 2 + len(ids) // 100):
            found, count = world.history(world.accounts[owner], Selection(page, 100, status))
            assert ([each.id for each in found], count) == (ids[100 * (page - 1) : 100 * page], len(ids))


@pytest.mark.parametrize("every", [1, 2, 2 * FEW, MANY // 3, MANY])
def test_whichever_generations_have_come_to_a_status_they_are_found(every: int) -> None:
    world = world_of((Life(when={"prompt": "busy"}, then=BUSY),))
    for i in range(MANY):
        create(world, text("works" if i % every else "busy"), YOU if i % 3 else SHE)
    for _ in range(5):
        for status in ("busy", "idle", "pending", "processing", "completed"):
            assert_found(world, status)
        world.time.advance(SECOND)


def test_more_statuses_than_a_byte_tells_apart_are_told_apart() -> None:
    names = [f"status {i}" for i in range(FURTHER + 20)]
    steps = (*(Step(status=name, lasts=SECOND) for name in names), Step(status="completed"))
    world = world_of((Life(then=steps),))
    for _ in names:
        create(world, text())
        world.time.advance(SECOND)
    for status in (names[0], names[5], names[FURTHER - 2], names[FURTHER], names[FURTHER + 18], "completed", "odd"):
        assert_found(world, status)
