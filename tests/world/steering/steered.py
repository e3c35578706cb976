"""A world that is steered, on a clock of any kind, and the parts of it that tests compare."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from mockserver.core.account import REFERENCE_ACCOUNT, Account
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.due import Due
from mockserver.core.generation import Generation, Life
from mockserver.core.instant import SECOND
from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from mockserver.core.timeline import Step
from mockserver.core.wallet import WalletSettings
from mockserver.language.loaded import LoadedScenario
from mockserver.world.clock import RealTime
from mockserver.world.world import World
from tests.support.world import create as ordered
from tests.support.world import text

STATUS = Operation.STATUS


def life(prompt: str, *steps: tuple[str, int | None], visible_after: int = 0) -> Life:
    then = tuple(Step(status=status, lasts=None if lasts is None else lasts * SECOND) for status, lasts in steps)
    return Life(when={"prompt": prompt}, then=then, visible_after=visible_after * SECOND)


LIVES = (
    life("fails", ("pending", 2), ("processing", 4), ("failed", None)),
    life("stuck", ("pending", 2), ("processing", None)),
    life("hidden", ("pending", 2), ("completed", None), visible_after=5),
    life("stale", ("completed", 4), ("processing", 2), ("completed", None)),
    life("twice", ("pending", 2), ("pending", 2), ("completed", None)),
    life("blinks", ("pending", 2), ("queued", 0), ("completed", None)),
    life("at once", ("completed", None)),
    life("for ages", ("pending", 10**12), ("completed", None)),
)
"""The lives by prompt; `works` is not among them and has the default life."""


@dataclass
class Watch:
    """Real time that only a test moves."""

    elapsed: int = 0


def world_of(mode: Mode = Mode.MANUAL, refunds: WalletSettings | None = None, watch: Watch | None = None) -> World:
    now = watch or Watch()
    scenario = Scenario(
        clock=ClockSettings(mode=mode, start=0),
        accounts=(REFERENCE_ACCOUNT,),
        generations=LIVES,
        wallet=refunds or WalletSettings(),
    )
    return World(LoadedScenario(scenario), real=RealTime(elapsed=lambda: now.elapsed, today=lambda: 0))


def you(world: World) -> Account:
    return world.accounts[17]


def create(world: World, prompt: str = "works") -> Generation:
    return ordered(world, text(prompt))


def delete(world: World, generation: Generation) -> None:
    world.delete(you(world), generation, world.journal.number())


def told(dues: Sequence[Due]) -> list[str]:
    """`2 1842 processing`: the seconds after 1970, the generation, and its change."""
    return [f"{due.at / SECOND:g} {due.generation} {due.status or due.what}" for due in dues]


def facts(world: World) -> object:
    """A copy of all facts that a move or a refusal must leave unchanged."""
    generations = [(each.id, each.age, each.timeline, each.rule, each.deleted) for each in world.generations.values()]
    accounts = [(account.id, account.session, [*account.ledger]) for account in world.accounts]
    return world.clock.now(), generations, accounts


each_clock = pytest.mark.parametrize("mode", Mode)
