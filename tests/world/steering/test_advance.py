"""Moving the clock by hand, on every clock: the result lists the due events in order, and a refusal moves nothing."""

import pytest

from mockserver.core.clock import Mode
from mockserver.core.errors import Invalid
from mockserver.core.instant import END, SECOND
from mockserver.core.wallet import WalletSettings
from mockserver.world.steering import (
    MOST_TOLD,
    ClockMove,
    advance,
    advance_to_next,
    advance_until,
    grant,
    next_due,
)

from .steered import STATUS, create, delete, each_clock, facts, told, world_of, you

# Moving by a duration, or to an instant


@each_clock
def test_events_that_came_due_on_the_way_are_listed_in_order(mode: Mode) -> None:
    world = world_of(mode)
    create(world, "fails")
    advance(world, SECOND)
    create(world, "hidden")
    create(world)
    moved = advance(world, 9 * SECOND)
    assert moved.by == 8 * SECOND
    assert told(moved.due) == [
        "2 1842 processing",
        "3 1843 completed",
        "3 1844 processing",
        "6 1842 failed",
        "6 1842 refund",
        "6 1843 visible",
        "9 1844 completed",
    ]
    assert told(advance(world, 99 * SECOND).due) == []


@each_clock
def test_events_due_at_the_end_of_a_move_are_listed_and_later_ones_are_not(mode: Mode) -> None:
    world = world_of(mode)
    generation = create(world)
    assert told(advance(world, 2 * SECOND - 1).due) == []
    assert world.time.snapshot(generation).status == "pending"
    assert told(advance(world, 2 * SECOND).due) == ["2 1842 processing"]
    assert world.time.snapshot(generation).status == "processing"


def test_a_polled_generation_is_due_by_its_own_age() -> None:
    world = world_of(Mode.POLL)
    ahead, behind = create(world), create(world)
    for _ in range(4):
        world.time.age_on_poll(ahead, STATUS)
        world.time.note_answer(ahead, STATUS)
    assert (world.time.age(ahead.id), world.time.age(behind.id), world.clock.now()) == (6 * SECOND, 0, 6 * SECOND)
    assert told(advance(world, 9 * SECOND).due) == ["8 1842 completed", "8 1843 processing"]


@each_clock
@pytest.mark.parametrize(
    ("prompt", "came"),
    [
        ("stale", ["4 1842 processing", "6 1842 completed"]),
        ("twice", ["4 1842 completed"]),
        ("blinks", ["2 1842 completed"]),
        ("at once", []),
        ("stuck", ["2 1842 processing"]),
    ],
)
def test_a_status_comes_due_each_time_it_begins_to_show(mode: Mode, prompt: str, came: list[str]) -> None:
    world = world_of(mode)
    create(world, prompt)
    assert told(advance(world, 99 * SECOND).due) == came


@each_clock
@pytest.mark.parametrize(
    ("refunds", "came"),
    [
        (WalletSettings(), ["2 1842 processing", "6 1842 failed", "6 1842 refund"]),
        (WalletSettings(refund_delay=3 * SECOND), ["2 1842 processing", "6 1842 failed", "9 1842 refund"]),
        (WalletSettings(refund_failed=False), ["2 1842 processing", "6 1842 failed"]),
    ],
)
def test_a_refund_comes_due_as_the_wallet_says(mode: Mode, refunds: WalletSettings, came: list[str]) -> None:
    world = world_of(mode, refunds)
    create(world, "fails")
    assert told(advance(world, 99 * SECOND).due) == came
    assert world.balance(you(world)) == (98 if came[-1].endswith("failed") else 100)


@each_clock
def test_a_deleted_generation_has_only_its_refund_come_due(mode: Mode) -> None:
    world = world_of(mode, WalletSettings(refund_delay=3 * SECOND))
    delete(world, create(world, "hidden"))
    assert told(advance(world, 99 * SECOND).due) == ["3 1842 refund"]
    assert world.balance(you(world)) == 100


def test_a_long_list_shows_its_first_events_and_the_number_of_the_rest() -> None:
    world = world_of()
    grant(world, you(world), 10_000)
    made = [create(world, "stuck").id for _ in range(MOST_TOLD + 3)]
    moved = advance(world, 2 * SECOND)
    assert [due.generation for due in moved.due] == made[:MOST_TOLD]
    assert moved.omitted == 3


@each_clock
@pytest.mark.parametrize("instant", [5 * SECOND - 1, 0, -SECOND, END, 10**30])
def test_a_move_to_the_past_or_beyond_the_end_of_time_is_refused_and_moves_nothing(mode: Mode, instant: int) -> None:
    world = world_of(mode)
    create(world)
    advance(world, 5 * SECOND)
    before = facts(world)
    sentence = "up to 9999-12-31T23:59:59.999999Z" if instant >= END else "from 1970-01-01T00:00:05Z on, which is now"
    with pytest.raises(Invalid, match=f"expected an instant {sentence}"):
        advance(world, instant)
    assert facts(world) == before


@each_clock
def test_a_move_to_the_present_instant_moves_nothing_and_is_no_mistake(mode: Mode) -> None:
    world = world_of(mode)
    create(world)
    advance(world, 5 * SECOND)
    before = facts(world)
    assert advance(world, 5 * SECOND) == ClockMove(0)
    assert facts(world) == before


# To the next due event


@each_clock
def test_the_next_due_event_is_reached_exactly(mode: Mode) -> None:
    world = world_of(mode)
    create(world, "fails")
    advance(world, SECOND)
    create(world, "hidden")
    instants = []
    while (due := next_due(world)) is not None:
        assert due in advance_to_next(world).due
        assert world.clock.now() == due.at
        instants.append(due.at // SECOND)
    assert instants == [2, 3, 6]


@each_clock
@pytest.mark.parametrize("prompt", ["at once", None])
def test_a_move_without_a_due_event_moves_nothing(mode: Mode, prompt: str | None) -> None:
    world = world_of(mode)
    if prompt is not None:
        create(world, prompt)
    before = facts(world)
    assert next_due(world) is None
    with pytest.raises(Invalid, match="nothing is due"):
        advance_to_next(world)
    assert facts(world) == before


def test_an_event_after_the_end_of_time_is_never_due() -> None:
    world = world_of()
    generation = create(world, "for ages")
    assert next_due(world) is None
    with pytest.raises(Invalid, match="generation 1842 never becomes completed: it is pending"):
        advance_until(world, generation, "completed")
    assert told(advance(world, END - 1).due) == []


# Until a generation shows a status


@each_clock
@pytest.mark.parametrize(
    ("prompt", "began", "status", "age"),
    [
        ("works", 0, "processing", 2),
        ("works", 0, "completed", 8),
        ("works", 3, "completed", 8),
        ("works", 3, "processing", 3),
        ("works", 0, "pending", 0),
        ("works", 9, "completed", 9),
        ("fails", 0, "failed", 6),
        ("stale", 0, "processing", 4),
        ("stale", 0, "completed", 0),
        ("stale", 5, "completed", 6),
        ("hidden", 0, "completed", 2),
    ],
)
def test_the_clock_moves_to_the_first_instant_of_the_status(
    mode: Mode, prompt: str, began: int, status: str, age: int
) -> None:
    world = world_of(mode)
    generation = create(world, prompt)
    advance(world, began * SECOND)
    assert advance_until(world, generation, status).by == (age - began) * SECOND
    assert (world.time.age(generation.id), world.time.snapshot(generation).status) == (age * SECOND, status)


@each_clock
@pytest.mark.parametrize(
    ("prompt", "began", "status", "sentence"),
    [
        ("works", 0, "failed", "never becomes failed: it is pending, then processing, then completed"),
        ("works", 3, "pending", "never becomes pending: it is processing, then completed"),
        ("works", 9, "processing", "never becomes processing: it is completed"),
        ("stuck", 0, "completed", "never becomes completed: it is pending, then processing"),
        ("blinks", 0, "queued", "never becomes queued: it is pending, then completed"),
    ],
)
def test_a_status_that_cannot_come_moves_nothing(
    mode: Mode, prompt: str, began: int, status: str, sentence: str
) -> None:
    world = world_of(mode)
    generation = create(world, prompt)
    advance(world, began * SECOND)
    before = facts(world)
    with pytest.raises(Invalid, match=f"generation 1842 {sentence}"):
        advance_until(world, generation, status)
    assert facts(world) == before


@each_clock
@pytest.mark.parametrize(
    ("status", "way_out"),
    [
        ("Completed", "did you mean completed"),
        ("complete", "did you mean completed"),
        ("queue", "did you mean queued"),
        ("zzz", "expected one of pending, processing, completed, failed, queued"),
    ],
)
def test_a_status_that_no_generation_ever_shows_moves_nothing(mode: Mode, status: str, way_out: str) -> None:
    world = world_of(mode)
    generation = create(world)
    before = facts(world)
    with pytest.raises(Invalid, match=f'until: no generation here ever shows "{status}"; {way_out}'):
        advance_until(world, generation, status)
    assert facts(world) == before


@each_clock
@pytest.mark.parametrize("status", ["pending", "processing", "completed"])
def test_a_deleted_generation_shows_no_status_any_more(mode: Mode, status: str) -> None:
    world = world_of(mode, WalletSettings(refund_delay=SECOND))
    generation = create(world)
    delete(world, generation)
    with pytest.raises(Invalid, match=f"never becomes {status}: it is deleted"):
        advance_until(world, generation, status)
    assert world.clock.now() == 0
