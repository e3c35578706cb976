"""The statuses that generations have begun to show: a look finds each of them once, however time moved before it."""

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.due import Due
from mockserver.core.generation import Generation, GenerationType, Life, Order
from mockserver.core.instant import END, SECOND
from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from mockserver.core.timeline import Step
from mockserver.language.loaded import LoadedScenario
from mockserver.world.clock import RealTime
from mockserver.world.steering import finish
from mockserver.world.transitions import Transitions
from mockserver.world.world import World

MANY = 1_000
FAILED = Step(status="failed")
COMPLETED = Step(status="completed")


def step(status: str, seconds: int) -> Step:
    return Step(status=status, lasts=seconds * SECOND)


# The lives by prompt: the steps, and the seconds for which the generation is hidden.
LIVES = {
    "default": (None, 0),
    "at once": ((COMPLETED,), 0),
    "stuck": ((step("pending", 2), Step(status="processing")), 0),
    "hidden": (None, 3),
    "hidden for long": (None, 60),
    "stale": ((step("completed", 4), step("processing", 2), step("processing", 2), step("odd", 0), COMPLETED), 0),
}


class Stage:
    """A world whose time begins at 0, and its visible statuses."""

    def __init__(self, mode: Mode) -> None:
        self.elapsed = 0
        lives = tuple(
            Life(when={"prompt": prompt}, then=steps, visible_after=hidden * SECOND, cost=0)
            for prompt, (steps, hidden) in LIVES.items()
        )
        scenario = Scenario(clock=ClockSettings(mode=mode, start=0), generations=lives)
        self.world = World(LoadedScenario(scenario), real=RealTime(elapsed=lambda: self.elapsed, today=lambda: 0))
        self.transitions = Transitions(self.world.time)

    def order(self, prompt: str) -> Generation:
        order = Order(GenerationType.TEXT, "text-standard", prompt)
        return self.world.create(self.world.accounts[17], order, order.fact, self.world.journal.number()).generation

    def ask(self, generation: Generation) -> None:
        self.world.time.age_on_poll(generation, Operation.STATUS)
        self.world.time.note_answer(generation, Operation.STATUS)

    def pass_by(self, seconds: int) -> None:
        """Let time pass, by itself on a real clock and by hand on any other."""
        if self.world.clock.mode is Mode.REAL:
            self.elapsed += seconds * SECOND
            self.world.clock.read()
        else:
            self.world.time.advance(seconds * SECOND)

    def seen(self) -> list[tuple[float, int, str | None]]:
        """The second, generation and status of each change since the last look."""
        return [(due.at / SECOND, due.generation, due.status) for due in self.passed(self.transitions)]

    def passed(self, transitions: Transitions) -> list[Due]:
        begun = transitions.passed(self.world.time, MANY)
        assert begun.before == 0
        return begun.last

    @property
    def next(self) -> int:
        return self.transitions.next(self.world.time)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("default", [(0, "pending"), (2, "processing"), (8, "completed")]),
        ("at once", [(0, "completed")]),
        ("stuck", [(0, "pending"), (2, "processing")]),
        ("hidden", [(3, "processing"), (8, "completed")]),
        ("hidden for long", [(60, "completed")]),
        ("stale", [(0, "completed"), (4, "processing"), (8, "completed")]),
    ],
)
@pytest.mark.parametrize("pause", [1, 100])
def test_each_status_is_seen_once_at_its_first_instant(
    mode: Mode, prompt: str, expected: list[tuple[int, str]], pause: int
) -> None:
    stage = Stage(mode)
    stage.order(prompt)
    seen = stage.seen()
    for _ in range(100 // pause):
        stage.pass_by(pause)
        seen += stage.seen()
    assert seen == [(at, 1842, status) for at, status in expected]


@pytest.mark.parametrize("mode", Mode)
def test_several_generations_are_listed_in_the_order_of_time(mode: Mode) -> None:
    stage = Stage(mode)
    stage.order("default")
    stage.pass_by(1)
    stage.order("stuck")
    stage.seen()
    stage.pass_by(9)
    assert stage.seen() == [(2, 1842, "processing"), (3, 1843, "processing"), (8, 1842, "completed")]


def test_on_a_poll_clock_only_the_polled_generation_moves() -> None:
    stage = Stage(Mode.POLL)
    asked, _ = stage.order("default"), stage.order("default")
    assert stage.seen() == [(0, 1842, "pending"), (0, 1843, "pending")]
    stage.ask(asked)
    assert stage.seen() == []
    stage.ask(asked)
    assert stage.seen() == [(2, 1842, "processing")]


def test_a_generation_ended_by_hand_shows_its_last_status_at_once() -> None:
    stage = Stage(Mode.MANUAL)
    generation = stage.order("default")
    stage.pass_by(1)
    stage.seen()
    stage.pass_by(4)
    finish(stage.world, generation, FAILED)
    assert stage.seen() == [(2, 1842, "processing"), (5, 1842, "failed")]
    stage.pass_by(20)
    assert stage.seen() == []


@pytest.mark.parametrize(("age", "expected"), [(0, [(0, 1842, "completed")]), (2, [(2, 1842, "completed")])])
def test_the_end_in_the_same_instant_follows_a_status_already_seen(
    age: int, expected: list[tuple[float, int, str]]
) -> None:
    stage = Stage(Mode.MANUAL)
    generation = stage.order("stuck")
    stage.pass_by(age)
    stage.seen()
    finish(stage.world, generation, COMPLETED)
    assert stage.seen() == expected


def test_a_late_look_shows_the_status_after_the_last_one_seen() -> None:
    stage = Stage(Mode.MANUAL)
    generation = stage.order("default")
    stage.seen()
    finish(stage.world, generation, FAILED)
    stage.pass_by(1)
    assert stage.seen() == [(0, 1842, "failed")]


def test_a_hidden_generation_that_is_ended_stays_hidden_until_its_time() -> None:
    stage = Stage(Mode.MANUAL)
    finish(stage.world, stage.order("hidden"), FAILED)
    assert stage.seen() == []
    stage.pass_by(3)
    assert stage.seen() == [(3, 1842, "failed")]


@pytest.mark.parametrize("mode", Mode)
def test_a_deleted_generation_shows_nothing_any_more(mode: Mode) -> None:
    stage = Stage(mode)
    generation = stage.order("default")
    stage.seen()
    stage.world.delete(stage.world.accounts[17], generation, 1)
    stage.pass_by(20)
    assert stage.seen() == []
    assert stage.next == END


@pytest.mark.parametrize("mode", [Mode.REAL, Mode.MANUAL])
def test_the_next_status_comes_exactly_when_it_is_expected(mode: Mode) -> None:
    stage = Stage(mode)
    for prompt in ("stuck", "hidden", "at once"):
        stage.order(prompt)
    expected = []
    while stage.seen() and (following := stage.next) < END:
        expected.append(following / SECOND)
        stage.world.clock.reach(following - 1)
        assert stage.seen() == []
        stage.world.clock.reach(following)
    assert expected == [2, 3, 8]
    assert stage.next == END


def test_on_a_poll_clock_no_status_comes_by_itself() -> None:
    stage = Stage(Mode.POLL)
    stage.order("default")
    stage.seen()
    stage.world.time.reach(60 * SECOND)
    assert stage.seen() == []
    stage.world.time.change(Mode.MANUAL, "next", 1)
    assert stage.seen() == []
    assert stage.next == 62 * SECOND


moves = st.lists(
    st.tuples(st.sampled_from(["order", "ask", "pass", "finish", "delete", "change"]), st.integers(0, 7)), max_size=40
)


def moved(stage: Stage, move: str, number: int) -> None:
    generations = list(stage.world.generations.values())
    one = generations[number % len(generations)] if generations else None
    if move == "order":
        stage.order([*LIVES][number % len(LIVES)])
    elif move == "pass":
        stage.pass_by(number)
    elif move == "change":
        stage.world.time.change(Mode(["poll", "manual", "real"][number % 3]), 2 * SECOND, 1)
    elif one is not None and not one.deleted:
        if move == "ask":
            stage.ask(one)
        elif move == "delete":
            stage.world.delete(stage.world.accounts[17], one, 1)
        elif not one.finished(stage.world.time.age(one.id)):
            finish(stage.world, one, COMPLETED if number % 2 else FAILED)


def statuses(seen: list[Due]) -> dict[int, list[str | None]]:
    by_id = defaultdict(list)
    for due in seen:
        by_id[due.generation].append(due.status)
    return by_id


@given(moves, st.sets(st.integers(0, 39)))
def test_frequent_looks_show_every_transition_that_rare_looks_show(
    moves: list[tuple[str, int]], looks: set[int]
) -> None:
    stage = Stage(Mode.POLL)
    seldom = Transitions(stage.world.time)
    often: list[Due] = []
    rarely: list[Due] = []
    for i, move in enumerate(moves):
        moved(stage, *move)
        often += stage.passed(stage.transitions)
        rarely += stage.passed(seldom) if i in looks else []
        seen = statuses(often)
        assert all(one != other for told in seen.values() for one, other in pairwise(told))
        for generation in stage.world.generations.values():
            if not generation.deleted and stage.world.time.age(generation.id) >= generation.visible_after:
                assert seen[generation.id][-1] == stage.world.time.snapshot(generation).status
    rarely += stage.passed(seldom)
    for id_, told in statuses(rarely).items():
        left = iter(statuses(often)[id_])
        assert all(status in left for status in told)
        if not stage.world.generations[id_].deleted:
            assert told[-1] == statuses(often)[id_][-1]
