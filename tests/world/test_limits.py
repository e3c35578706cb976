"""Limits: the requests they count together, how they agree, and that a client is admitted after its wait."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.generation import Life
from mockserver.core.instant import SECOND, whole_seconds
from mockserver.core.limits import By, Limit
from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from mockserver.core.timeline import Step
from mockserver.core.verdict import Cause
from mockserver.language.loaded import LoadedScenario
from mockserver.world.clock import RealTime
from mockserver.world.limits import LONGEST_NAME, MOST_CALLERS, Limits, Visitor, Window
from mockserver.world.time import NO_WAIT, Wait, Waits
from mockserver.world.world import World
from tests.support.world import create as ordered
from tests.support.world import text

STATUS, CREATE, ME = Operation.STATUS, Operation.CREATE, Operation.ME
YOU = Visitor("you@example.com", "127.0.0.1")


def window(allow: int, per: int, by: By = By.ACCOUNT, on: tuple[Operation, ...] = (ME,)) -> Limit:
    return Limit(on=on, allow=allow, per=per, by=by)


def waits(traffic: Limits, visits: list[tuple[int, Visitor]], operation: Operation = ME) -> list[int | None]:
    """The wait of each visitor in seconds: 0 for those that are let in."""
    refusals = [traffic.judge(operation, visitor, now, lambda _: {}).refusal for now, visitor in visits]
    return [0 if refusal is None else refusal.wait for refusal in refusals]


@pytest.mark.parametrize(
    ("by", "expected"),
    [(By.ACCOUNT, [0, 0, 10, 0, 0, 10]), (By.IP, [0, 10, 0, 10, 0, 10]), (By.WORLD, [0, 10, 10, 10, 10, 10])],
)
def test_these_requests_are_counted_together(by: By, expected: list[int]) -> None:
    callers = [("a", "1"), ("b", "1"), ("a", "2"), (None, "1"), (None, "3"), (None, "3")]
    assert waits(Limits([window(1, 10, by)]), [(0, Visitor(*caller)) for caller in callers]) == expected


def test_a_request_refused_by_one_limit_is_not_counted_by_the_others() -> None:
    traffic = Limits([window(1, 10), window(3, 100)])
    visits = [(now, YOU) for now in (0, 1, 2, 10, 20, 30, 99, 100)]
    assert waits(traffic, visits) == [0, 9, 8, 0, 0, 70, 1, 0]


def test_the_answer_has_the_longest_wait_and_comes_from_the_first_limit() -> None:
    limits = [window(1, 10), window(1, 50), window(1, 30)]
    traffic = Limits(limits)
    assert traffic.judge(ME, YOU, 0, lambda _: {}).refusal is None
    refusal = traffic.judge(ME, YOU, 1, lambda _: {}).refusal
    assert refusal is not None
    assert (refusal.limit, refusal.wait) == (limits[0], 49)
    assert [(gate.name, gate.seen, gate.fired) for gate in traffic.in_force] == [
        ("limits.1", 2, 1),
        ("limits.2", 2, 1),
        ("limits.3", 2, 1),
    ]


def test_an_answer_has_no_wait_where_none_helps() -> None:
    traffic = Limits([window(1, 10), Limit(on=(ME,), active=1)])
    refusal = traffic.judge(ME, YOU, 0, lambda _: {1842: None}).refusal
    assert refusal is not None
    assert (refusal.wait, refusal.counted) == (None, (1842,))
    assert waits(traffic, [(0, YOU)]) == [0]


def test_a_limit_applies_only_to_its_operations() -> None:
    traffic = Limits([window(1, 10, on=(ME, STATUS))])
    assert traffic.concerned == {ME, STATUS}
    assert waits(traffic, [(0, YOU), (1, YOU)], CREATE) == [0, 0]
    assert waits(traffic, [(0, YOU)], STATUS) + waits(traffic, [(1, YOU)], ME) == [0, 9]


visits = st.lists(st.tuples(st.integers(0, 300), st.sampled_from("abc")), max_size=60)
limits = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 500), st.sampled_from(By)), min_size=1, max_size=3)


@given(visits, limits)
def test_several_limits_admit_a_client_after_the_wait_they_name_and_not_earlier(
    visits: list[tuple[int, str]], limits: list[tuple[int, int, By]]
) -> None:
    traffic = Limits([window(*limit) for limit in limits])
    now = 0
    for pause, name in visits:
        now += pause
        visitor = Visitor(name, "127.0.0.1")
        [wait] = waits(traffic, [(now, visitor)])
        if wait:
            assert waits(traffic, [(now + wait - 1, visitor), (now + wait, visitor)]) == [1, 0]
            now += wait


def test_each_limit_has_a_verdict_on_a_request() -> None:
    limits = [Limit(on=(ME,), allow=1, per=SECOND, place="x.yaml:3"), window(2, 2_500_000), Limit(on=(ME,), active=3)]
    traffic = Limits(limits)
    judgements = [traffic.judge(ME, YOU, now, lambda _: {1842: None}) for now in (0, 1, SECOND)]
    assert [(verdict.rule, verdict.place, verdict.call, verdict.why) for verdict in judgements[0].verdicts] == [
        ("limits.1", "x.yaml:3", 1, "it had let in 0 in 1s and allows 1"),
        ("limits.2", "", 1, "it had let in 0 in 2.5s and allows 2"),
        ("limits.3", "", 1, "it counted 1 unfinished generations and allows 3"),
    ]
    assert [(verdict.fired, verdict.call, verdict.why) for verdict in judgements[1].verdicts] == [
        (True, 2, ""),
        (False, 2, "it had let in 1 in 2.5s and allows 2"),
        (False, 2, "it counted 1 unfinished generations and allows 3"),
    ]
    assert [verdict.why for verdict in judgements[2].verdicts[:2]] == [
        "it had let in 0 in 1s and allows 1",
        "it had let in 1 in 2.5s and allows 2",
    ]
    assert [judgement.causes for judgement in judgements] == [(), (Cause("limits.1", "x.yaml:3"),), ()]


@given(visits, limits)
def test_the_limits_that_refused_are_those_with_a_verdict_to_refuse(
    visits: list[tuple[int, str]], limits: list[tuple[int, int, By]]
) -> None:
    traffic, now = Limits([window(*limit) for limit in limits]), 0
    judgements = []
    for pause, name in visits:
        now += pause
        judgements.append(traffic.judge(ME, Visitor(name, "127.0.0.1"), now, lambda _: {}))
    # Read at the very end: later requests must not change a verdict.
    for judgement in judgements:
        assert [verdict.rule for verdict in judgement.verdicts if verdict.fired] == [
            cause.name for cause in judgement.causes
        ]
        assert (judgement.refusal is not None) is bool(judgement.causes)
    assert [gate.fired for gate in traffic.in_force] == [
        sum(judgement.verdicts[i].fired for judgement in judgements) for i in range(len(traffic.in_force))
    ]


def test_a_window_forgets_the_callers_that_have_left_it() -> None:
    traffic = Limits([window(1, 10)])
    for i in range(MOST_CALLERS):
        waits(traffic, [(0, Visitor(str(i), ""))])
    assert waits(traffic, [(9, Visitor("0", "")), (9, Visitor("new", "")), (9, Visitor("0", ""))]) == [1, 0, 0]


def test_a_name_longer_than_any_address_is_not_kept() -> None:
    names = [Visitor("a" * length, "127.0.0.1").name for length in (LONGEST_NAME, LONGEST_NAME + 1)]
    assert names == ["a" * LONGEST_NAME, "127.0.0.1"]


def test_waits_of_very_many_clients_are_forgotten_in_their_order() -> None:
    waits = Waits()
    for i in range(MOST_CALLERS + 1):
        waits.note(i, ME, Wait(i))
    assert [len(waits.noted), waits.take(0, ME), waits.take(1, ME).until, len(waits.noted)] == [
        MOST_CALLERS,
        NO_WAIT,
        1,
        MOST_CALLERS - 1,
    ]


# On every clock


class Stopwatch:
    """Real time that passes when a test says so."""

    def __init__(self) -> None:
        self.elapsed = 0

    def time(self) -> RealTime:
        return RealTime(elapsed=lambda: self.elapsed, today=lambda: 0)


LIVES = (
    Life(when={"prompt": "stuck"}, then=(Step(status="processing"),)),
    Life(then=(Step(status="processing", lasts=7_300_000), Step(status="completed"))),
)


def worlds(*limits: Limit) -> Iterator[tuple[World, Stopwatch]]:
    for mode in Mode:
        watch = Stopwatch()
        clock = ClockSettings(mode=mode, rate=3 if mode is Mode.REAL else 1)
        yield World(LoadedScenario(Scenario(clock=clock, limits=limits, generations=LIVES)), real=watch.time()), watch


def create(world: World, prompt: str = "works", address: str = "127.0.0.1") -> None:
    ordered(world, text(prompt), address=address)


def patient(world: World, watch: Stopwatch, operation: Operation, wait: int, counted: tuple[int, ...]) -> None:
    """Wait so many microseconds of virtual time, in the way of the world's clock, and come back."""
    if world.clock.mode is Mode.REAL:
        watch.elapsed += -(-wait // 3)
        world.clock.read()
    elif world.clock.mode is Mode.MANUAL:
        world.clock.reach(world.clock.now() + wait)
    else:
        world.time.note_wait(YOU, operation, wait, counted)
        world.time.end_wait(YOU.name, operation)


@pytest.mark.parametrize("limit", [window(2, 700_001), Limit(on=(ME,), active=2), window(2, 3 * SECOND, By.IP)])
def test_a_client_that_waits_the_seconds_in_its_answer_is_let_in(limit: Limit) -> None:
    for world, watch in worlds(limit):
        for _ in range(2):
            assert world.judge(ME, YOU).refusal is None
            create(world)
        refusal = world.judge(ME, YOU).refusal
        assert refusal is not None
        assert refusal.wait is not None
        patient(world, watch, ME, whole_seconds(refusal.wait) * SECOND, refusal.counted)
        assert world.judge(ME, YOU).refusal is None, world.clock.mode


@pytest.mark.parametrize(
    ("by", "visitor", "refused"),
    [
        (By.WORLD, Visitor(None, "127.0.0.9"), True),
        (By.ACCOUNT, Visitor("you@example.com", "127.0.0.9"), True),
        (By.ACCOUNT, Visitor("b@example.com", "127.0.0.1"), False),
        (By.ACCOUNT, Visitor(None, "127.0.0.1"), False),
        (By.IP, Visitor("b@example.com", "127.0.0.1"), True),
        (By.IP, Visitor("you@example.com", "127.0.0.9"), False),
    ],
)
def test_a_cap_counts_these_generations(by: By, visitor: Visitor, refused: bool) -> None:
    for world, _ in worlds(Limit(on=(CREATE,), active=1, by=by)):
        create(world)
        assert (world.judge(CREATE, visitor).refusal is not None) is refused


def test_a_cap_counts_neither_finished_nor_deleted_generations() -> None:
    for world, watch in worlds(Limit(on=(CREATE,), active=1)):
        create(world, "stuck")
        assert world.judge(CREATE, YOU).refusal is not None
        world.delete(world.accounts[17], world.generations[1842], 1)
        assert world.judge(CREATE, YOU).refusal is None
        create(world)
        patient(world, watch, CREATE, 7_300_000, (1843,))
        assert world.judge(CREATE, YOU).refusal is None


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(0, 9))
def test_a_window_counts_what_a_list_of_all_instants_counts(steps: list[int], per: int) -> None:
    window, instants = Window(), [0]
    window.add(0, -per)
    for step in steps:
        now = instants[-1] + step
        assert window.count(now - per) == sum(instant > now - per for instant in instants)
        window.add(now, now - per)
        instants.append(now)
        assert window.last == now
        assert len(window.instants) <= 2 * sum(instant > now - per for instant in instants) + 1
