from typing import Literal

import pytest
from msgspec import structs

from mockserver.core.generation import GenerationType, Order
from mockserver.core.history import Selection
from mockserver.core.instant import SECOND
from mockserver.core.scenario import ApiSettings
from mockserver.language.loaded import LoadedScenario
from mockserver.world.world import World
from tests.support.world import IMAGE, SCENARIO, create

EVERYTHING = Selection(page=1, size=20)


def listed(world: World, selection: Selection = EVERYTHING) -> tuple[list[int], int]:
    generations, total = world.history(world.accounts[17], selection)
    return [generation.id for generation in generations], total


def busy(order: Literal["newest-first", "oldest-first"] = "newest-first") -> World:
    """A world with four generations of one account: two images, a text, a deleted one; and one of another account."""
    world = World(LoadedScenario(structs.replace(SCENARIO, api=ApiSettings(first_generation=1, order=order))))
    text = Order(GenerationType.TEXT, "text-standard", "A poem", project_id=7)
    create(world, structs.replace(IMAGE, project_id="7"))
    world.clock.reach(world.clock.now() + 8 * SECOND)
    create(world, text)
    world.delete(world.accounts[17], create(world), 9)
    create(world, account=40)
    create(world, structs.replace(IMAGE, project_id=None))
    return world


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        ({}, [5, 2, 1]),
        ({"generation_type": GenerationType.IMAGE}, [5, 1]),
        ({"generation_type": GenerationType.VIDEO}, []),
        ({"status": "completed"}, [1]),
        ({"status": "pending"}, [5, 2]),
        ({"status": "nonsense"}, []),
        ({"project_id": "7"}, [2, 1]),
        ({"project_id": "None"}, []),
        ({"project_id": "7", "status": "completed"}, [1]),
    ],
)
def test_the_history_lists_the_selected_generations_newest_first(chosen: dict[str, object], ids: list[int]) -> None:
    assert listed(busy(), structs.replace(EVERYTHING, **chosen)) == (ids, len(ids))


@pytest.mark.parametrize(
    ("project_id", "page", "size", "ids"),
    [
        (None, 1, 2, [5, 2]),
        (None, 2, 2, [1]),
        (None, 3, 2, []),
        (None, 1, 1, [5]),
        (None, 10**9, 10**4, []),
        ("7", 1, 1, [2]),
        ("7", 2, 1, [1]),
        ("7", 3, 1, []),
    ],
)
def test_the_history_has_pages(project_id: str | None, page: int, size: int, ids: list[int]) -> None:
    assert listed(busy(), Selection(page, size, project_id=project_id)) == (ids, 3 if project_id is None else 2)


def test_the_history_can_be_the_oldest_first() -> None:
    assert listed(busy("oldest-first")) == ([1, 2, 5], 3)
    assert listed(busy("oldest-first"), structs.replace(EVERYTHING, status="pending")) == ([2, 5], 2)


def test_an_account_without_generations_has_an_empty_history() -> None:
    assert listed(World(LoadedScenario(SCENARIO))) == ([], 0)
