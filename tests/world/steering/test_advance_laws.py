"""Laws of moving the clock by hand."""

from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.clock import Mode
from mockserver.core.due import Due
from mockserver.core.instant import SECOND
from mockserver.core.wallet import WalletSettings
from mockserver.world.steering import (
    advance,
    advance_to_next,
    due_of,
    next_due,
)
from mockserver.world.world import World

from .steered import STATUS, create, delete, world_of, you

Plan = list[tuple[str, int]]
prompts = st.sampled_from(["works", "fails", "stuck", "hidden", "stale", "twice", "blinks", "at once"])
plans = st.lists(st.tuples(prompts, st.integers(0, 4)), max_size=6)
delays = st.sampled_from([0, 1, 3 * SECOND])
lengths = st.integers(0, 12 * SECOND)


def lived(mode: Mode, plan: Plan, delay: int) -> World:
    """A world after some orders, polls and deletions, and after some time."""
    world = world_of(mode, WalletSettings(refund_delay=delay))
    for prompt, asked in plan:
        generation = create(world, prompt)
        for _ in range(asked):
            world.time.age_on_poll(generation, STATUS)
            world.time.note_answer(generation, STATUS)
        if asked == 3:
            delete(world, generation)
        advance(world, world.clock.now() + asked * 700_000)
    return world


@given(st.sampled_from(Mode), plans, delays, lengths, lengths)
def test_two_moves_equal_one_move_by_their_sum(mode: Mode, plan: Plan, delay: int, one: int, other: int) -> None:
    twice, once = (lived(mode, plan, delay) for _ in range(2))
    moves = [advance(twice, twice.clock.now() + length) for length in (one, other)]
    together = advance(once, once.clock.now() + one + other)
    assert (moves[0].by + moves[1].by, moves[0].due + moves[1].due) == (together.by, together.due)
    assert {id_: twice.time.age(id_) for id_ in twice.generations} == {
        id_: once.time.age(id_) for id_ in once.generations
    }
    assert (twice.clock.now(), twice.balance(you(twice))) == (once.clock.now(), once.balance(you(once)))


@given(st.sampled_from(Mode), plans, delays)
def test_moves_from_event_to_event_give_the_events_of_one_long_move(mode: Mode, plan: Plan, delay: int) -> None:
    stepped, at_once = (lived(mode, plan, delay) for _ in range(2))
    came: list[Due] = []
    while (due := next_due(stepped)) is not None:
        moved = advance_to_next(stepped)
        assert moved.due[0] == due
        assert {each.at for each in moved.due} == {due.at} == {stepped.clock.now()}
        came += moved.due
    assert tuple(came) == advance(at_once, at_once.clock.now() + 99 * SECOND).due


def seen(world: World) -> dict[int, tuple[str, bool]]:
    """The status of each generation, and whether its owner can see it."""
    return {
        id_: (world.time.snapshot(made).status, world.time.age(id_) >= made.visible_after)
        for id_, made in world.generations.items()
        if not made.deleted
    }


@given(st.sampled_from(Mode), plans, delays, lengths)
def test_the_listed_events_are_the_visible_differences(mode: Mode, plan: Plan, delay: int, length: int) -> None:
    world = lived(mode, plan, delay)
    before, credits_before = seen(world), world.balance(you(world))
    due = advance(world, world.clock.now() + length).due
    last = {each.generation: each.status for each in due if each.what == "status"}
    visible = {each.generation for each in due if each.what == "visible"}
    assert seen(world) == {
        id_: (last.get(id_) or status, shown or id_ in visible) for id_, (status, shown) in before.items()
    }
    refunded = sum(each.credits or 0 for each in due if each.what == "refund")
    assert world.balance(you(world)) == credits_before + refunded


@given(st.sampled_from(Mode), plans, delays)
def test_the_first_due_event_is_the_first_of_all_generations(mode: Mode, plan: Plan, delay: int) -> None:
    world = lived(mode, plan, delay)
    dues = [due for generation in world.generations.values() for due in due_of(world, generation)]
    first = next_due(world)
    assert (None if first is None else (first.at, first.generation)) == min(
        ((due.at, due.generation) for due in dues), default=None
    )
