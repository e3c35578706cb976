"""A world without a server, with two accounts, an order, and a clock that only a test moves."""

from typing import Final

from msgspec import structs

from mockserver.core.account import Declaration
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.generation import Generation, GenerationType, Order
from mockserver.core.scenario import Scenario
from mockserver.language.loaded import LoadedScenario
from mockserver.world.world import World
from tests.support.customer import EMAIL, PASSWORD, PROMPT

YOU: Final = 17
SHE: Final = 40
"""The ids of the two accounts."""

SCENARIO: Final = Scenario(
    clock=ClockSettings(mode=Mode.MANUAL),
    accounts=(
        Declaration(email=EMAIL, password=PASSWORD),
        Declaration(email="she@example.com", password="hers", plan="Titan Studio", api_key="il_test_1", id=SHE),
    ),
)
IMAGE: Final = Order(GenerationType.IMAGE, "seedream-5.0-lite", PROMPT)
"""The order of the reference."""


def text(prompt: str = "works") -> Order:
    """Return an order for a text, which costs 2 credits."""
    return Order(GenerationType.TEXT, "text-standard", prompt)


def world_of(name: str = "default", **sections: object) -> World:
    """Return a world that plays `SCENARIO` with these sections in place of its own."""
    return World(LoadedScenario(structs.replace(SCENARIO, **sections)), name)


def create(world: World, order: Order = IMAGE, account: int = YOU, address: str = "") -> Generation:
    """Order a generation for an account, with a new exchange number."""
    return world.create(world.accounts[account], order, order.fact, world.journal.number(), address).generation


def later(world: World, duration: int) -> None:
    """Move the clock of a world forward by microseconds."""
    world.clock.reach(world.clock.now() + duration)
