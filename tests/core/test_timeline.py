from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from mockserver.core.instant import SECOND
from mockserver.core.timeline import DEFAULT_LIFE, Step, Timeline

STATUSES = ("pending", "processing", "completed", "failed", "queued")
percent = st.integers(0, 100)
progress = st.none() | percent | st.lists(percent, min_size=1, max_size=4).map(tuple)


rest = {
    "status": st.sampled_from(STATUSES),
    "outputs": st.none() | st.integers(0, 2),
    "error": st.just(UNSET) | st.none(),
}
passing = st.builds(Step, lasts=st.integers(0, 12), progress=progress, **rest)
last = st.builds(Step, progress=st.none() | percent, **rest)
lives = st.builds(lambda before, end: Timeline((*before, end)), st.lists(passing, max_size=4), last)


def shown(timeline: Timeline, ages: Sequence[int]) -> list[tuple[str, int]]:
    snapshots = [timeline.at(age) for age in ages]
    return [(snapshot.status, snapshot.progress) for snapshot in snapshots]


def life(*written: Step) -> Timeline:
    return Timeline(written)


@pytest.mark.parametrize(
    ("age", "status", "progress"),
    [
        (0, "pending", 0),
        (2 * SECOND - 1, "pending", 0),
        (2 * SECOND, "processing", 0),
        (2 * SECOND + 1, "processing", 0),
        (5 * SECOND - 1, "processing", 49),
        (5 * SECOND, "processing", 50),
        (8 * SECOND - 1, "processing", 99),
        (8 * SECOND, "completed", 100),
        (8 * SECOND + 1, "completed", 100),
        (10**15, "completed", 100),
    ],
)
def test_the_default_life_passes_from_pending_through_processing_to_completed(
    age: int, status: str, progress: int
) -> None:
    assert shown(DEFAULT_LIFE, [age]) == [(status, progress)]


@given(st.integers(0, 10 * SECOND), st.integers(0, 10 * SECOND))
def test_progress_never_falls_in_a_default_life(one: int, other: int) -> None:
    earlier, later = sorted((one, other))
    assert DEFAULT_LIFE.at(earlier).progress <= DEFAULT_LIFE.at(later).progress


@given(st.integers(0, 10 * SECOND))
def test_the_default_life_shows_100_exactly_when_completed(age: int) -> None:
    snapshot = DEFAULT_LIFE.at(age)
    assert (snapshot.progress == 100) is (snapshot.status == "completed") is (age >= 8 * SECOND)


@given(lives, st.integers(0, 50))
def test_a_last_step_stays(timeline: Timeline, age: int) -> None:
    begun = timeline.starts[-1]
    assert timeline.at(begun + age) == timeline.at(begun)
    assert timeline.at(begun + age).status == timeline.steps[-1].status


@given(lives.filter(lambda timeline: all(step.lasts != 0 for step in timeline.steps)))
def test_a_step_begins_where_the_one_before_ends(timeline: Timeline) -> None:
    for i, start in enumerate(timeline.starts[1:], 1):
        before, at, after = (timeline.at(start + moment).status for moment in (-1, 0, 1))
        assert before == timeline.steps[i - 1].status
        assert at == timeline.steps[i].status
        assert after in (at, timeline.steps[min(i + 1, len(timeline.steps) - 1)].status)


def test_a_step_of_no_length_is_never_seen() -> None:
    timeline = life(Step(status="pending", lasts=0), Step(status="queued", lasts=3), Step(status="completed"))
    assert [timeline.at(age).status for age in range(4)] == ["queued"] * 3 + ["completed"]


PENDING, HALF_WAY = Step(status="pending", lasts=2), Step(status="processing", lasts=2, progress=50)


@pytest.mark.parametrize(
    ("written", "progress"),
    [
        pytest.param([Step(status="processing", lasts=4)], [0, 25, 50, 75], id="a straight line"),
        pytest.param([Step(status="queued", lasts=3)], [0, 33, 66], id="rounded down, for any status"),
        pytest.param([Step(status="processing", lasts=4, progress=7)], [7, 7, 7, 7], id="a number"),
        pytest.param(
            [Step(status="processing", lasts=4, progress=(5, 40))], [5, 5, 40, 40], id="a list in equal parts"
        ),
        pytest.param([Step(status="processing", lasts=5, progress=(5, 40))], [5, 5, 5, 40, 40], id="parts of a half"),
        pytest.param([Step(status="processing", lasts=3, progress=(90, 10, 90))], [90, 10, 90], id="a list that falls"),
        pytest.param([Step(status="processing", lasts=2, progress=(1, 2, 3, 4))], [1, 3], id="a list too long to see"),
        pytest.param(
            [HALF_WAY, Step(status="processing", lasts=2)], [50, 50, 50, 75], id="a line from the value before"
        ),
        pytest.param([HALF_WAY, PENDING], [50, 50, 0, 0], id="pending is 0"),
        pytest.param([HALF_WAY, Step(status="completed")], [50, 50, 100, 100], id="completed is 100"),
        pytest.param([HALF_WAY, Step(status="failed", lasts=2)], [50, 50, 50, 50], id="failed keeps the value before"),
        pytest.param([HALF_WAY, Step(status="processing")], [50, 50, 50, 50], id="endless keeps the value before"),
        pytest.param([Step(status="processing")], [0, 0], id="endless from the beginning"),
        pytest.param([PENDING, Step(status="processing", progress=99)], [0, 0, 99, 99], id="stuck"),
        pytest.param([PENDING, Step(status="completed", progress=80)], [0, 0, 80, 80], id="completed as scripted"),
        pytest.param(
            [Step(status="completed", lasts=2), Step(status="processing", lasts=2)],
            [100, 100, 0, 50],
            id="a stale replica",
        ),
        pytest.param(
            [Step(status="completed", lasts=2), Step(status="failed")],
            [100, 100, 100, 100],
            id="failed after completed",
        ),
        pytest.param(
            [Step(status="processing", lasts=2, progress=100), Step(status="processing", lasts=2)],
            [100, 100, 99, 99],
            id="a line is at most 99",
        ),
        pytest.param(
            [Step(status="processing", lasts=2, progress=(10, 60)), Step(status="failed")],
            [10, 60, 60, 60],
            id="last value",
        ),
    ],
)
def test_progress_has_the_course_that_its_step_says(written: list[Step], progress: list[int]) -> None:
    timeline = life(*written)
    assert [timeline.at(age).progress for age in range(len(progress))] == progress


@pytest.mark.parametrize(
    ("step", "outputs"),
    [
        (Step(status="completed"), 1),
        (Step(status="completed", outputs=3), 3),
        (Step(status="completed", outputs=0), 0),
        (Step(status="completed", outputs=()), ()),
        (Step(status="completed", outputs=("https://cdn.example/a.png",)), ("https://cdn.example/a.png",)),
        (Step(status="processing"), 0),
        (Step(status="processing", outputs=1), 1),
        (Step(status="failed"), 0),
    ],
)
def test_outputs_are_one_when_completed_unless_scripted(step: Step, outputs: int | tuple[str, ...]) -> None:
    assert life(step).at(0).outputs == outputs


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (Step(status="failed"), "Generation failed"),
        (Step(status="failed", error="Upstream model error"), "Upstream model error"),
        (Step(status="failed", error=None), None),
        (Step(status="completed"), UNSET),
        (Step(status="completed", error="odd"), "odd"),
        (Step(status="processing", error=None), None),
    ],
)
def test_a_failed_generation_has_a_reason_even_if_none_is_given(step: Step, error: object) -> None:
    assert life(step).at(0).error == error


@pytest.mark.parametrize(
    ("statuses", "finish", "fails"),
    [
        (["completed"], 0, False),
        (["pending", "completed"], 2, False),
        (["pending", "failed"], 2, True),
        (["failed", "processing"], None, False),
        (["failed", "completed"], 2, False),
        (["completed", "failed"], 2, True),
        (["completed", "processing"], None, False),
        (["pending", "cancelled"], None, False),
    ],
)
def test_a_generation_is_finished_when_its_last_step_is_final(
    statuses: list[str], finish: int | None, fails: bool
) -> None:
    timeline = life(*(Step(status=status, lasts=2) for status in statuses))
    assert (timeline.finish, timeline.fails) == (finish, fails)


@given(lives, st.integers(0, 60))
def test_the_next_change_is_the_first_age_at_which_another_snapshot_is_shown(timeline: Timeline, age: int) -> None:
    now = timeline.at(age)
    assert timeline.next_change(age) == next((later for later in range(age + 1, 80) if timeline.at(later) != now), None)


def steps(*written: tuple[str, int | None]) -> list[Step]:
    return [Step(status=status, lasts=lasts) for status, lasts in written]


@pytest.mark.parametrize(
    ("written", "statuses"),
    [
        (steps(("completed", None)), [(0, "completed")]),
        (steps(("pending", 2), ("completed", None)), [(0, "pending"), (2, "completed")]),
        (steps(("pending", 0), ("completed", None)), [(0, "completed")]),
        (steps(("pending", 2), ("queued", 0), ("failed", None)), [(0, "pending"), (2, "failed")]),
        (
            steps(("pending", 2), ("pending", 3), ("completed", None)),
            [(0, "pending"), (2, "pending"), (5, "completed")],
        ),
    ],
)
def test_the_statuses_are_those_that_show_with_the_age_at_which_each_begins(
    written: list[Step], statuses: list[tuple[int, str]]
) -> None:
    assert life(*written).statuses == tuple(statuses)


@given(lives, st.integers(0, 60))
def test_at_every_age_the_status_is_the_last_one_that_has_begun(timeline: Timeline, age: int) -> None:
    assert timeline.at(age).status == [status for start, status in timeline.statuses if start <= age][-1]


FAILED = Step(status="failed", error="Finished by hand")


@pytest.mark.parametrize(
    ("age", "statuses"),
    [
        (0, [(0, "failed")]),
        (1, [(0, "pending"), (1, "failed")]),
        (2, [(0, "pending"), (2, "failed")]),
        (3, [(0, "pending"), (2, "processing"), (3, "failed")]),
        (8, [(0, "pending"), (2, "processing"), (8, "failed")]),
        (9, [(0, "pending"), (2, "processing"), (8, "completed"), (9, "failed")]),
    ],
)
def test_an_ended_life_shows_its_earlier_statuses_and_then_its_end(age: int, statuses: list[tuple[int, str]]) -> None:
    ended = life(*steps(("pending", 2), ("processing", 6), ("completed", None))).ended(age, FAILED)
    assert (ended.statuses, ended.finish, ended.fails) == (tuple(statuses), age, True)


@given(lives, st.integers(0, 60), st.integers(0, 120), st.none() | percent)
def test_a_life_ends_at_the_age_at_which_it_is_ended(
    timeline: Timeline, age: int, looked: int, progress: int | None
) -> None:
    ended = timeline.ended(age, Step(status="completed", progress=progress))
    assert ended.at(looked).status == ("completed" if looked >= age else timeline.at(looked).status)
    assert ended.at(age + looked) == Timeline((Step(status="completed", progress=progress),)).at(0)
    assert (ended.finish, ended.fails) == (age, False)


def test_the_default_life_changes_at_every_percent_and_then_no_more() -> None:
    ages, age = [], DEFAULT_LIFE.next_change(0)
    while age is not None:
        ages.append(age)
        age = DEFAULT_LIFE.next_change(age)
    assert ages == [2 * SECOND + percent * 60_000 for percent in range(101)]
