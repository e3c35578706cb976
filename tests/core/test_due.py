"""The events yet to come of a generation, compared with a search instant by instant."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.age import Age
from mockserver.core.due import Due, coming
from mockserver.core.generation import Generation, GenerationType, Order
from mockserver.core.instant import END
from mockserver.core.timeline import DEFAULT_LIFE, Step, Timeline
from mockserver.core.wallet import EntryKind, LedgerEntry

NOW = 1000
ID = 1842


def life(written: str) -> Timeline:
    """`pending:2 failed` is two microseconds of `pending`, then `failed`."""
    steps = [word.partition(":") for word in written.split()]
    return Timeline(tuple(Step(status=status, lasts=int(lasts) if lasts else None) for status, _, lasts in steps))


def made(timeline: Timeline, age: int = 0, *, visible_after: int = 0, deleted: bool = False) -> Generation:
    """A generation that is this old at NOW."""
    return Generation(
        id=ID,
        owner=17,
        order=Order(GenerationType.TEXT, "text-standard", "A poem"),
        cost=5,
        created_at=NOW - age,
        timeline=timeline,
        age=Age(NOW - age),
        visible_after=visible_after,
        deleted=deleted,
    )


def to_come(generation: Generation, refund: LedgerEntry | None, now: int = NOW) -> list[Due]:
    """What is yet to come of a generation that ages with the world."""
    return coming(generation, refund, now, now - generation.age.zero)


def refund(due: int | None) -> LedgerEntry:
    return LedgerEntry(EntryKind.REFUND, 5, NOW, None, ID, due)


def told(dues: Sequence[Due]) -> list[str]:
    """`+3 completed`, `+3 visible`, `+3 refund 5`: the event, with its distance from NOW in microseconds."""
    return [
        " ".join(str(word) for word in (f"+{due.at - NOW}", due.status or due.what, due.credits) if word is not None)
        for due in dues
    ]


@pytest.mark.parametrize(
    ("written", "age", "dues"),
    [
        ("pending:2 processing:6 completed", 0, ["+2 processing", "+8 completed"]),
        ("pending:2 processing:6 completed", 1, ["+1 processing", "+7 completed"]),
        ("pending:2 processing:6 completed", 2, ["+6 completed"]),
        ("pending:2 processing:6 completed", 7, ["+1 completed"]),
        ("pending:2 processing:6 completed", 8, []),
        ("pending:2 processing:6 completed", 500, []),
        ("completed", 0, []),
        ("pending", 0, []),
        ("pending:2 processing", 0, ["+2 processing"]),
        ("pending:2 processing", 90, []),
        ("completed:4 processing:2 completed", 0, ["+4 processing", "+6 completed"]),
        ("pending:2 pending:2 completed", 0, ["+4 completed"]),
        ("pending:2 pending:2 completed", 3, ["+1 completed"]),
        ("processing:1 processing:1 processing", 0, []),
        ("pending:0 processing:2 completed", 0, ["+2 completed"]),
        ("pending:2 queued:0 processing:2 completed", 0, ["+2 processing", "+4 completed"]),
        ("pending:2 queued:0 pending:2 completed", 0, ["+4 completed"]),
        ("pending:2 processing:0 completed:0 failed", 0, ["+2 failed"]),
        ("pending:0 queued:0 completed", 0, []),
    ],
)
def test_a_status_is_due_when_it_begins_to_show(written: str, age: int, dues: list[str]) -> None:
    assert told(to_come(made(life(written), age), None)) == dues


@pytest.mark.parametrize(
    ("visible_after", "age", "dues"),
    [(0, 0, []), (5, 0, ["+5 visible"]), (5, 4, ["+1 visible"]), (5, 5, []), (5, 6, [])],
)
def test_a_hidden_generation_is_due_when_it_becomes_visible(visible_after: int, age: int, dues: list[str]) -> None:
    assert told(to_come(made(life("pending"), age, visible_after=visible_after), None)) == dues


@pytest.mark.parametrize(
    ("due", "age", "dues"),
    [(8, 0, ["+8 refund 5"]), (8, 7, ["+1 refund 5"]), (8, 8, []), (8, 9, []), (0, 0, []), (None, 0, [])],
)
def test_a_refund_is_due_at_its_age(due: int | None, age: int, dues: list[str]) -> None:
    assert told(to_come(made(life("pending"), age), refund(due))) == dues


def test_at_one_instant_the_status_comes_first_and_the_refund_last() -> None:
    generation = made(life("pending:3 failed"), visible_after=3)
    assert told(to_come(generation, refund(3))) == ["+3 failed", "+3 visible", "+3 refund 5"]


def test_all_comes_in_order() -> None:
    generation = made(life("pending:2 processing:5 failed"), visible_after=4)
    dues = to_come(generation, refund(9))
    assert told(dues) == ["+2 processing", "+4 visible", "+7 failed", "+9 refund 5"]
    assert {due.generation for due in dues} == {ID}


def test_a_deleted_generation_has_only_its_refund_yet_to_come() -> None:
    deleted = made(DEFAULT_LIFE, visible_after=3, deleted=True)
    assert to_come(deleted, None) == []
    assert told(to_come(deleted, refund(4))) == ["+4 refund 5"]


@pytest.mark.parametrize(("left", "dues"), [(2, []), (3, ["+2 processing"]), (9, ["+2 processing", "+8 completed"])])
def test_an_event_after_the_end_of_time_is_not_due(left: int, dues: list[str]) -> None:
    now = END - left
    generation = made(life("pending:2 processing:6 completed"))
    assert [f"+{due.at - now} {due.status}" for due in coming(generation, refund(left), now, 0)] == dues


statuses = st.sampled_from(["pending", "processing", "completed", "failed"])
lives = st.builds(
    lambda before, last: Timeline((*(Step(status=status, lasts=lasts) for status, lasts in before), Step(status=last))),
    st.lists(st.tuples(statuses, st.integers(0, 9)), max_size=5),
    statuses,
)
ages = st.integers(0, 60)


@given(lives, ages, ages, st.none() | ages, st.booleans())
def test_the_due_events_equal_those_of_a_search_instant_by_instant(
    timeline: Timeline, age: int, visible_after: int, due: int | None, deleted: bool
) -> None:
    generation = made(timeline, age, visible_after=visible_after, deleted=deleted)
    expected = []
    for later in range(age + 1, age + 130):
        ahead, status = f"+{later - age}", timeline.at(later).status
        if not deleted and status != timeline.at(later - 1).status:
            expected.append(f"{ahead} {status}")
        if not deleted and later == visible_after:
            expected.append(f"{ahead} visible")
        if later == due:
            expected.append(f"{ahead} refund 5")
    assert told(to_come(generation, refund(due))) == expected


@given(lives, ages, ages, ages, st.integers(0, 80))
def test_a_due_event_keeps_its_instant_until_it_has_come(
    timeline: Timeline, age: int, visible_after: int, due: int, passed: int
) -> None:
    generation = made(timeline, age, visible_after=visible_after)
    before = to_come(generation, refund(due))
    assert to_come(generation, refund(due), NOW + passed) == [each for each in before if each.at > NOW + passed]
