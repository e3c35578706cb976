from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from mockserver.client import Due, Invalid, NotFound, World
from mockserver.client.clock import Duration
from tests.support.client import Client

NOON = datetime(2026, 6, 7, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_clock_is_shown_in_one_view_or_piece_by_piece(world: World) -> None:
    clock = world.clock
    view = clock.view()
    assert (view.now, view.began, view.next) == (NOON, NOON, None)
    assert (clock.now, clock.mode, clock.step, clock.rate, clock.next) == (NOON, "poll", 2.0, 1, None)


@pytest.mark.parametrize("by", [1.5, "1500ms", timedelta(seconds=1, milliseconds=500)])
def test_a_clock_is_moved_by_seconds_a_text_or_a_timedelta(world: World, by: Duration) -> None:
    moved = world.clock.advance(by)
    assert (moved.now, moved.moved, moved.due, moved.omitted) == (at(1.5), 1.5, (), 0)
    assert world.clock.now == at(1.5)


def test_a_microsecond_is_moved_exactly(world: World) -> None:
    assert world.clock.advance(timedelta(days=36500, microseconds=1)).now == NOON + timedelta(36500, 0, 1)


@pytest.mark.parametrize("to", [at(30), "2026-06-07T12:00:30Z", at(30).astimezone()])
def test_a_clock_is_moved_to_an_instant(world: World, to: datetime | str) -> None:
    assert world.clock.advance(to=to).now == at(30)


def test_a_move_lists_the_events_that_came_due_in_order(world: World, you: Client) -> None:
    first, second = you.order(), you.order()
    assert world.clock.next == Due(at=at(2), generation=first, what="status", status="processing")
    assert [(due.at, due.generation, due.status) for due in world.clock.advance(8).due] == [
        (at(2), first, "processing"),
        (at(2), second, "processing"),
        (at(8), first, "completed"),
        (at(8), second, "completed"),
    ]


def test_a_refund_that_comes_due_names_its_credits(world: World, you: Client) -> None:
    world.load("wallet: {refund_delay: 5s}\ngenerations: [{then: [{pending: 2s}, failed]}]")
    id_ = you.order()
    world.clock.advance(until=(id_, "failed"))
    assert world.clock.next == Due(at=at(7), generation=id_, what="refund", credits=5)


def test_a_clock_is_moved_until_the_next_event_or_until_a_status(world: World, you: Client) -> None:
    id_ = you.order()
    assert world.clock.advance(until="next").now == at(2)
    assert world.clock.advance(until=(id_, "completed")).moved == 6
    assert world.clock.advance(until=(id_, "completed")).moved == 0
    assert you.status(id_).json["status"] == "completed"


@pytest.mark.parametrize(
    ("by", "to", "until", "sentence"),
    [
        (None, None, None, "expected one of by, to, until, found none"),
        (1, at(1), None, "expected one of by, to, until, found by and to"),
        (-1, None, None, "by"),
        ("soon", None, None, "by"),
        (None, at(-1), None, "time never goes back"),
        (None, datetime(2026, 6, 7, 13), None, "^2026-06-07T13:00:00 may be anywhere: say its zone"),  # noqa: DTZ001
        (float("nan"), None, None, r"^expected what JSON can say, numbers that are finite too; found {'by': nan}$"),
        (float("-inf"), None, None, r"^expected what JSON can say, numbers that are finite too; found {'by': -inf}$"),
        (None, None, "next", "nothing is due"),
    ],
)
def test_an_impossible_move_is_refused_and_moves_nothing(
    world: World, by: Duration | None, to: datetime | None, until: Literal["next"] | None, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        world.clock.advance(by, to=to, until=until)
    assert world.clock.now == NOON


def test_a_wait_for_an_impossible_generation_or_status_is_an_error(world: World, you: Client) -> None:
    with pytest.raises(NotFound, match="there is no generation 1"):
        world.clock.advance(until=(1, "completed"))
    with pytest.raises(Invalid, match="never becomes failed"):
        world.clock.advance(until=(you.order(), "failed"))


def test_the_settings_of_a_clock_can_be_changed_one_by_one(world: World) -> None:
    assert world.clock.set(mode="manual").mode == "manual"
    assert world.clock.set(step=timedelta(seconds=5)).step == 5
    assert world.clock.set(step="next", rate=60).step == "next"
    assert (world.clock.mode, world.clock.step, world.clock.rate) == ("manual", "next", 60)


def test_a_change_of_nothing_is_refused(world: World) -> None:
    with pytest.raises(Invalid, match="expected at least one of mode, step, rate"):
        world.clock.set()
