"""Finishing a generation by hand, on every clock."""

from collections.abc import Callable

import pytest

from mockserver.core.clock import Mode
from mockserver.core.errors import Invalid
from mockserver.core.generation import Generation
from mockserver.core.instant import SECOND
from mockserver.core.timeline import Step
from mockserver.core.wallet import EntryKind, WalletSettings
from mockserver.world.steering import (
    advance,
    due_of,
    finish,
)
from mockserver.world.world import World

from .steered import STATUS, create, delete, each_clock, facts, told, world_of, you

COMPLETED, FAILED = Step(status="completed"), Step(status="failed", error="By hand")


@each_clock
@pytest.mark.parametrize(
    ("prompt", "last", "progress", "outputs"),
    [
        ("works", COMPLETED, 100, 1),
        ("works", FAILED, 50, 0),
        ("stuck", COMPLETED, 100, 1),
        ("stuck", FAILED, 0, 0),
    ],
)
def test_a_generation_finished_by_hand_shows_its_end_from_now_on(
    mode: Mode, prompt: str, last: Step, progress: int, outputs: int
) -> None:
    world = world_of(mode)
    generation = create(world, prompt)
    advance(world, 5 * SECOND)
    finish(world, generation, last)
    snapshot = world.time.snapshot(generation)
    assert (snapshot.status, snapshot.progress, snapshot.outputs) == (last.status, progress, outputs)
    assert generation.rule is not None
    assert (world.time.age(generation.id), generation.rule.place) == (5 * SECOND, "control:finish")
    assert due_of(world, generation) == []
    advance(world, 99 * SECOND)
    assert world.time.snapshot(generation) == snapshot


@each_clock
@pytest.mark.parametrize(
    ("refunds", "now", "later"),
    [
        (WalletSettings(), 100, 100),
        (WalletSettings(refund_delay=3 * SECOND), 98, 100),
        (WalletSettings(refund_failed=False), 98, 98),
    ],
)
def test_a_generation_failed_by_hand_is_refunded_as_the_wallet_says(
    mode: Mode, refunds: WalletSettings, now: int, later: int
) -> None:
    world = world_of(mode, refunds)
    generation = create(world)
    advance(world, SECOND)
    finish(world, generation, FAILED)
    assert world.balance(you(world)) == now
    advance(world, 4 * SECOND - 1)
    assert world.balance(you(world)) == now
    advance(world, 4 * SECOND)
    assert world.balance(you(world)) == later


@each_clock
def test_a_generation_completed_by_hand_is_not_refunded_though_it_would_have_failed(mode: Mode) -> None:
    world = world_of(mode)
    generation = create(world, "fails")
    finish(world, generation, COMPLETED)
    assert told(advance(world, 99 * SECOND).due) == []
    assert world.balance(you(world)) == 98


@each_clock
def test_a_generation_that_would_have_failed_is_refunded_once(mode: Mode) -> None:
    world = world_of(mode)
    generation = create(world, "fails")
    finish(world, generation, FAILED)
    advance(world, 99 * SECOND)
    assert world.balance(you(world)) == 100
    assert [entry.kind for entry in you(world).ledger].count(EntryKind.REFUND) == 1


def test_the_given_progress_is_shown() -> None:
    world = world_of()
    generation = create(world)
    finish(world, generation, Step(status="failed", progress=7))
    assert world.time.snapshot(generation).progress == 7


def test_on_a_poll_clock_a_finished_generation_ages_with_the_world_and_no_poll_moves_it() -> None:
    world = world_of(Mode.POLL)
    generation, other = create(world), create(world, "stuck")
    finish(world, generation, COMPLETED)
    ages = []
    for asked in (generation, generation, other, other, other):
        world.time.age_on_poll(asked, STATUS)
        world.time.note_answer(asked, STATUS)
        ages.append((world.time.age(generation.id) // SECOND, world.clock.now() // SECOND))
    assert ages == [(0, 0), (0, 0), (0, 0), (2, 2), (4, 4)]


Ending = Callable[[World, Generation], None]


def lives_on(world: World, _: Generation) -> None:
    advance(world, 8 * SECOND)


def is_finished(world: World, generation: Generation) -> None:
    finish(world, generation, FAILED)


@each_clock
@pytest.mark.parametrize("last", [COMPLETED, FAILED])
@pytest.mark.parametrize(("end", "state"), [(lives_on, "completed"), (is_finished, "failed"), (delete, "deleted")])
def test_a_generation_that_has_ended_cannot_be_finished(mode: Mode, last: Step, end: Ending, state: str) -> None:
    world = world_of(mode)
    generation = create(world)
    end(world, generation)
    before = facts(world)
    with pytest.raises(Invalid, match=f"generation 1842 is {state} already; only an unfinished one can be finished"):
        finish(world, generation, last)
    assert facts(world) == before
