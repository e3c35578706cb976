"""The rules of a `poll` clock, sentence by sentence: an owner's repeated poll moves it, and an answer never does."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.forms import LONGEST_DURATION
from mockserver.core.generation import Generation, Life
from mockserver.core.instant import END, SECOND
from mockserver.core.operation import Operation
from mockserver.core.scenario import REFERENCE_START, Scenario
from mockserver.core.timeline import Snapshot, Step
from mockserver.language.loaded import LoadedScenario
from mockserver.world.clock import RealTime
from mockserver.world.world import World
from tests.support.world import create as ordered
from tests.support.world import text

STATUS, RESULT = Operation.STATUS, Operation.RESULT
LIVES = (
    Life(
        when={"prompt": "stuck"},
        then=(Step(status="pending", lasts=2 * SECOND), Step(status="processing", progress=99)),
    ),
    Life(when={"prompt": "at once"}, then=(Step(status="completed"),)),
    Life(
        when={"prompt": "fails"},
        then=(
            Step(status="pending", lasts=2 * SECOND),
            Step(status="processing", lasts=30 * SECOND, progress=(5, 40, 40, 60)),
            Step(status="failed"),
        ),
    ),
)


def settings(mode: Mode = Mode.POLL, step: int | str = 2 * SECOND) -> ClockSettings:
    return ClockSettings(mode=mode, step="next" if isinstance(step, str) else step, start=REFERENCE_START)


def world_of(clock: ClockSettings, real: RealTime | None = None) -> World:
    return World(LoadedScenario(Scenario(clock=clock, generations=LIVES)), real=real)


def create(world: World, prompt: str = "works") -> Generation:
    return ordered(world, text(prompt))


def ask(world: World, generation: Generation, operation: Operation = STATUS, *, answered: bool = True) -> Snapshot:
    """Poll as the owner does; a poll that ends in a 401 is not answered."""
    world.time.age_on_poll(generation, operation)
    if answered:
        world.time.note_answer(generation, operation)
    return world.time.snapshot(generation)


@pytest.mark.parametrize(
    ("questions", "ages"),
    [
        pytest.param("s s s", [0, 2, 4], id="polls see ages 0, step, 2 × step"),
        pytest.param("r r r", [0, 2, 4], id="polls of the result see the same ages"),
        pytest.param("s r s r s r", [0, 0, 2, 2, 4, 4], id="status and result in turn do not double"),
        pytest.param("s s r r s", [0, 2, 2, 4, 4], id="a read between two polls finds the age of the last poll"),
        pytest.param("r s s s r r", [0, 0, 2, 4, 4, 6], id="a result behind the status catches up"),
        pytest.param("!s s s", [0, 0, 2], id="a first poll with a 401 moves no time"),
        pytest.param("s !s s s", [0, 2, 2, 4], id="a 401 between two polls moves no time"),
        pytest.param("s !s !s !s s s", [0, 2, 2, 2, 2, 4], id="many 401s move no time"),
        pytest.param("s !s r s s", [0, 2, 2, 2, 4], id="after a 401 a poll of the other operation moves time"),
        pytest.param("s s s s s s s", [0, 2, 4, 6, 8, 8, 8], id="a poll of a finished generation moves no time"),
        pytest.param("", [], id="without polls no age is seen"),
    ],
)
def test_a_repeated_poll_finds_a_generation_a_step_older(questions: str, ages: list[int]) -> None:
    world = world_of(settings())
    generation = create(world)
    seen = []
    for question in questions.split():
        ask(world, generation, STATUS if question[-1] == "s" else RESULT, answered=question[0] != "!")
        seen.append(world.time.age(generation.id) // SECOND)
    assert seen == ages
    assert world.clock.now() == REFERENCE_START + max(ages, default=0) * SECOND


@pytest.mark.parametrize(
    ("prompt", "step", "shown"),
    [
        ("works", 2 * SECOND, ["pending 0", "processing 0", "processing 33", "processing 66", "completed 100"]),
        ("works", 8 * SECOND, ["pending 0", "completed 100", "completed 100"]),
        ("works", 0, ["pending 0", "pending 0", "pending 0"]),
        ("fails", "next", ["pending 0", "processing 5", "processing 40", "processing 60", "failed 60", "failed 60"]),
        ("works", "next", ["pending 0", "processing 0", "processing 1", "processing 2"]),
        ("stuck", "next", ["pending 0", "processing 99", "processing 99"]),
        ("at once", 2 * SECOND, ["completed 100", "completed 100"]),
    ],
)
def test_a_step_is_a_duration_or_the_way_to_the_next_visible_change(
    prompt: str, step: int | str, shown: list[str]
) -> None:
    world = world_of(settings(step=step))
    generation = create(world, prompt)
    snapshots = [ask(world, generation) for _ in shown]
    assert [f"{snapshot.status} {snapshot.progress}" for snapshot in snapshots] == shown


def test_a_client_that_stops_and_comes_back_finds_the_next_step() -> None:
    world = world_of(settings())
    one, other = create(world), create(world, "stuck")
    for _ in range(2):
        ask(world, one)
    for _ in range(50):
        ask(world, other)
    ask(world, one)
    assert (world.time.age(one.id), world.time.age(other.id)) == (4 * SECOND, 98 * SECOND)


Question = tuple[int, Operation, bool]
questions = st.lists(st.tuples(st.integers(0, 19), st.sampled_from([STATUS, RESULT]), st.booleans()), max_size=80)
steps = st.sampled_from([0, 300_000, 2 * SECOND, 100 * SECOND, "next"])
PROMPTS = ("works", "fails", "stuck", "at once")


def seen_by_each(world: World, asked: Sequence[Question]) -> dict[int, list[Snapshot]]:
    generations = [create(world, PROMPTS[i % 4]) for i in range(20)]
    seen: dict[int, list[Snapshot]] = {}
    for i, operation, answered in asked:
        seen.setdefault(i, []).append(ask(world, generations[i], operation, answered=answered))
    return seen


@given(questions, steps)
def test_each_parallel_poller_sees_the_same_as_one_alone(asked: list[Question], step: int | str) -> None:
    together = seen_by_each(world_of(settings(step=step)), asked)
    for i, seen in together.items():
        alone = [question for question in asked if question[0] == i]
        assert seen == seen_by_each(world_of(settings(step=step)), alone)[i]


@given(questions, steps)
def test_the_clock_of_the_world_follows_the_oldest_generation(asked: list[Question], step: int | str) -> None:
    world = world_of(settings(step=step))
    generations: dict[int, Generation] = {}
    furthest = world.clock.now()
    for i, operation, answered in asked:
        # Orders come in while others are polled, so each begins at another instant.
        generation = generations.get(i) or generations.setdefault(i, create(world, PROMPTS[i % 4]))
        ask(world, generation, operation, answered=answered)
        furthest = max(furthest, generation.created_at + world.time.age(generation.id))
        assert world.clock.now() == furthest


def poll_until(world: World, generation: Generation, age: int) -> None:
    while world.time.age(generation.id) < age:
        ask(world, generation)


def test_a_finished_generation_ages_with_the_world() -> None:
    world = world_of(settings())
    finished, other = create(world), create(world, "stuck")
    poll_until(world, finished, 8 * SECOND)
    poll_until(world, other, 6 * SECOND)
    assert world.time.age(finished.id) == 8 * SECOND
    poll_until(world, other, 20 * SECOND)
    assert world.time.age(finished.id) == 20 * SECOND


def test_a_deleted_generation_ages_with_the_world_from_its_last_age() -> None:
    world = world_of(settings())
    deleted, other = create(world), create(world, "stuck")
    poll_until(world, other, 10 * SECOND)
    poll_until(world, deleted, 4 * SECOND)
    world.delete(world.accounts[17], deleted, 9)
    assert world.time.age(deleted.id) == 4 * SECOND
    poll_until(world, other, 16 * SECOND)
    assert world.time.age(deleted.id) == 10 * SECOND


def test_a_generation_that_is_finished_at_age_0_is_never_held() -> None:
    world = world_of(settings())
    finished, other = create(world, "at once"), create(world)
    assert [ask(world, finished).status for _ in range(3)] == ["completed"] * 3
    assert world.clock.now() == REFERENCE_START
    poll_until(world, other, 4 * SECOND)
    assert world.time.age(finished.id) == 4 * SECOND


def test_the_clock_alone_does_not_age_an_unfinished_generation() -> None:
    world = world_of(settings())
    generation = create(world)
    world.time.reach(REFERENCE_START + 60 * SECOND)
    assert ask(world, generation) == Snapshot("pending", 0, 0, UNSET)
    assert create(world).created_at == REFERENCE_START + 60 * SECOND


@pytest.mark.parametrize("mode", [Mode.MANUAL, Mode.REAL])
def test_polls_move_no_other_clock(mode: Mode) -> None:
    world = world_of(settings(mode), RealTime(elapsed=lambda: 0, today=lambda: 0))
    generation = create(world)
    for operation in (STATUS, STATUS, RESULT, RESULT):
        ask(world, generation, operation)
        world.clock.read()
    assert (world.time.age(generation.id), world.clock.now()) == (0, REFERENCE_START)
    world.time.reach(REFERENCE_START + 5 * SECOND)
    assert ask(world, generation).progress == 50


def test_the_longest_steps_move_the_clock_only_to_the_end_of_time() -> None:
    world = world_of(settings(step=LONGEST_DURATION))
    generation = create(world, "stuck")
    for _ in range(100):
        ask(world, generation)
    assert (world.clock.now(), world.time.age(generation.id)) == (END - 1, 99 * LONGEST_DURATION)
