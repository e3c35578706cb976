"""Time moved by hand, and changes of the clock's mode; `test_poll_clock` has the polls."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.age import Age
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.generation import Generation, GenerationType, Order
from mockserver.core.instant import END, SECOND
from mockserver.core.operation import Operation
from mockserver.core.timeline import DEFAULT_LIFE, Step, Timeline
from mockserver.world.clock import Clock, RealTime
from mockserver.world.limits import Visitor
from mockserver.world.time import Time

STATUS, CREATE = Operation.STATUS, Operation.CREATE
YOU = Visitor("you@example.com", "127.0.0.1")
STUCK = Timeline((Step(status="processing"),))


@dataclass
class Watch:
    """Real time that only a test moves."""

    elapsed: int = 0


class TimeOfGenerations(Time):
    """The time of some generations without a world."""

    def __init__(self, clock: Clock) -> None:
        self.generations: dict[int, Generation] = {}
        super().__init__(clock, self.generations)


def keeper(mode: Mode, watch: Watch | None = None, rate: float = 1) -> TimeOfGenerations:
    """The time of a world that begins at 0, on a clock of two seconds a step."""
    now = watch or Watch()
    settings = ClockSettings(mode=mode, start=0, step=2 * SECOND, rate=rate)
    return TimeOfGenerations(Clock(settings, RealTime(elapsed=lambda: now.elapsed, today=lambda: 0)))


def born(time: TimeOfGenerations, timeline: Timeline = DEFAULT_LIFE) -> Generation:
    now = time.clock.now()
    order = Order(GenerationType.TEXT, "text-standard", "A poem")
    generation = Generation(
        id=1842 + len(time.generations),
        owner=17,
        order=order,
        cost=2,
        created_at=now,
        timeline=timeline,
        age=Age(now),
        answered={},
    )
    time.generations[generation.id] = generation
    time.start(generation)
    return generation


def poll(time: TimeOfGenerations, generation: Generation) -> int:
    """Poll as the owner does, and return the age in seconds that the poll found."""
    time.age_on_poll(generation, STATUS)
    time.note_answer(generation, STATUS)
    return time.age(generation.id) // SECOND


def ages(time: TimeOfGenerations) -> list[int]:
    return [time.age(id_) // SECOND for id_ in time.generations]


@pytest.mark.parametrize("mode", Mode)
def test_a_move_by_hand_ages_every_generation_by_the_same_time(mode: Mode) -> None:
    time = keeper(mode)
    born(time)
    time.advance(3 * SECOND)
    born(time, STUCK)
    time.advance(4 * SECOND)
    assert (ages(time), time.clock.now()) == ([7, 4], 7 * SECOND)
    time.advance(20 * SECOND)
    assert (ages(time), time.clock.now()) == ([27, 24], 27 * SECOND)


@pytest.mark.parametrize("mode", Mode)
def test_a_move_by_nothing_moves_nothing(mode: Mode) -> None:
    time = keeper(mode)
    generation = born(time)
    before = generation.age
    time.advance(0)
    assert (generation.age, time.clock.now()) == (before, 0)


@pytest.mark.parametrize("mode", Mode)
def test_a_deleted_generation_ages_too(mode: Mode) -> None:
    time = keeper(mode)
    generation = born(time)
    generation.deleted = True
    time.run(generation)
    time.advance(3 * SECOND)
    assert ages(time) == [3]


def test_a_move_keeps_a_generation_ahead_of_the_world_or_behind_it() -> None:
    time = keeper(Mode.POLL)
    ahead, behind = born(time), born(time)
    assert [poll(time, ahead) for _ in range(3)] == [0, 2, 4]
    assert poll(time, behind) == 0
    time.advance(SECOND)
    assert (ages(time), time.clock.now()) == ([5, 1], 5 * SECOND)


def test_the_next_poll_after_a_move_shows_its_effect() -> None:
    time = keeper(Mode.POLL)
    generation = born(time)
    assert poll(time, generation) == 0
    time.advance(3 * SECOND)
    assert [poll(time, generation) for _ in range(3)] == [3, 5, 7]


def test_a_generation_finished_by_a_move_then_ages_with_the_world() -> None:
    time = keeper(Mode.POLL)
    finished, other = born(time), born(time, STUCK)
    time.advance(8 * SECOND)
    assert (time.held(finished), time.held(other)) == (None, 8 * SECOND)
    assert [poll(time, other) for _ in range(2)] == [8, 10]
    assert ages(time) == [10, 10]


@pytest.mark.parametrize("mode", Mode)
def test_a_held_generation_never_passes_the_end_of_time(mode: Mode) -> None:
    time = keeper(mode)
    generation = born(time, STUCK)
    time.advance(END + SECOND)
    assert (time.clock.now(), time.age(generation.id)) == (END - 1, END - 1)


# Changing the mode


modes = st.sampled_from(Mode)


@given(st.lists(st.tuples(modes, st.integers(0, 5))))
def test_a_change_of_mode_changes_no_age(sequence: list[tuple[Mode, int]]) -> None:
    watch = Watch()
    time = keeper(Mode.POLL, watch)
    for mode, verb in sequence:
        born(time) if verb else time.advance(SECOND)
        for generation in [*time.generations.values()][:verb]:
            poll(time, generation)
        watch.elapsed += verb
        time.clock.read()
        before = [time.age(id_) for id_ in time.generations], time.clock.now()
        time.change(mode, 2 * SECOND, 1)
        assert ([time.age(id_) for id_ in time.generations], time.clock.now()) == before


Ageing = Callable[[Time, Generation, Watch], None]


def asks_again(time: TimeOfGenerations, generation: Generation, _: Watch) -> None:
    poll(time, generation)
    poll(time, generation)


def lets_real_time_pass(time: TimeOfGenerations, _: Generation, watch: Watch) -> None:
    watch.elapsed += SECOND
    time.clock.read()


def moves_by_hand(time: TimeOfGenerations, _: Generation, __: Watch) -> None:
    time.advance(SECOND)


@pytest.mark.parametrize("before", Mode)
@pytest.mark.parametrize(
    ("after", "act", "age"),
    [
        (Mode.POLL, asks_again, 3),
        (Mode.POLL, lets_real_time_pass, 1),
        (Mode.POLL, moves_by_hand, 2),
        (Mode.MANUAL, asks_again, 1),
        (Mode.MANUAL, lets_real_time_pass, 1),
        (Mode.MANUAL, moves_by_hand, 2),
        (Mode.REAL, asks_again, 1),
        (Mode.REAL, lets_real_time_pass, 2),
        (Mode.REAL, moves_by_hand, 2),
    ],
)
def test_after_a_change_only_the_new_mode_moves_a_generation(before: Mode, after: Mode, act: Ageing, age: int) -> None:
    watch = Watch()
    time = keeper(before, watch)
    generation = born(time)
    time.advance(SECOND)
    time.change(after, 2 * SECOND, 1)
    act(time, generation, watch)
    assert ages(time) == [age]


@pytest.mark.parametrize("other", [Mode.MANUAL, Mode.REAL])
def test_a_change_there_and_back_has_no_effect(other: Mode) -> None:
    changed, left_alone = (keeper(Mode.POLL) for _ in range(2))
    for time in (changed, left_alone):
        ahead, behind = born(time), born(time, STUCK)
        assert [poll(time, each) for each in (ahead, ahead, ahead, behind)] == [0, 2, 4, 0]
    changed.change(other, 2 * SECOND, 1)
    changed.change(Mode.POLL, 2 * SECOND, 1)
    for _ in range(3):
        for time in (changed, left_alone):
            poll(time, time.generations[1843])
        assert (ages(changed), changed.clock.now()) == (ages(left_alone), left_alone.clock.now())


def test_a_change_holds_no_finished_or_deleted_generation() -> None:
    time = keeper(Mode.MANUAL)
    finished, deleted, unfinished = born(time), born(time, STUCK), born(time, STUCK)
    deleted.deleted = True
    time.run(deleted)
    time.advance(8 * SECOND)
    time.change(Mode.POLL, 2 * SECOND, 1)
    assert [time.held(generation) for generation in (finished, deleted, unfinished)] == [None, None, 8 * SECOND]


def test_step_and_rate_change_with_the_mode_or_without_it() -> None:
    watch = Watch()
    time = keeper(Mode.POLL, watch)
    generation = born(time)
    time.change(Mode.POLL, 5 * SECOND, 1)
    assert [poll(time, generation) for _ in range(2)] == [0, 5]
    time.change(Mode.REAL, 2 * SECOND, 60)
    watch.elapsed += SECOND
    assert time.clock.read() == 65 * SECOND


# Waits of refused clients


@pytest.mark.parametrize("mode", [Mode.MANUAL, Mode.REAL])
def test_a_wait_noted_on_a_poll_clock_moves_no_clock_of_another_mode(mode: Mode) -> None:
    time = keeper(Mode.POLL)
    generation = born(time)
    poll(time, generation)
    time.note_wait_for(generation, STATUS, 30 * SECOND, limited=True)
    time.note_wait(YOU, CREATE, 30 * SECOND, [generation.id])
    time.change(mode, 2 * SECOND, 1)
    time.end_wait(YOU.name, CREATE)
    assert (poll(time, generation), time.clock.now()) == (0, 0)


def test_a_wait_is_over_after_a_move_by_hand_of_its_length() -> None:
    time = keeper(Mode.POLL)
    generation = born(time)
    poll(time, generation)
    time.note_wait_for(generation, STATUS, 3 * SECOND, limited=True)
    time.note_wait(YOU, CREATE, 3 * SECOND, [generation.id])
    time.advance(3 * SECOND)
    assert time.end_wait(YOU.name, CREATE)
    assert [poll(time, generation) for _ in range(2)] == [3, 5]
    assert time.clock.now() == 5 * SECOND


def test_the_rest_of_a_partly_passed_wait_still_passes() -> None:
    time = keeper(Mode.POLL)
    generation = born(time)
    poll(time, generation)
    time.note_wait_for(generation, STATUS, 3 * SECOND, limited=False)
    time.advance(SECOND)
    assert [poll(time, generation) for _ in range(2)] == [3, 5]
