"""The events of a world: their listeners, how long they are remembered, and that no listener delays the world."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import pytest

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.due import Due
from mockserver.core.errors import Unavailable
from mockserver.core.generation import Generation, GenerationType, Life, Order
from mockserver.core.instant import SECOND
from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from mockserver.core.timeline import Step
from mockserver.core.verdict import Cause
from mockserver.language.loaded import LoadedScenario
from mockserver.world.bounds import MOST_WAITING
from mockserver.world.clock import RealTime
from mockserver.world.events import REMEMBERED, ClockChanged, Event, Events, ExchangeRecorded, Restarted
from mockserver.world.journal import Exchange, Real
from mockserver.world.steering import finish
from mockserver.world.world import World

RULES = (Cause("faults.1", "x.yaml:3"),)
RESTARTED = Restarted("default", "happy-path", 1842, 1)


def world(mode: Mode = Mode.MANUAL, rate: float = 1, real: RealTime | None = None) -> World:
    clock = ClockSettings(mode=mode, start=0, rate=rate)
    return World(LoadedScenario(Scenario(clock=clock)), real=real or RealTime(elapsed=lambda: 0, today=lambda: 0))


def order(world: World) -> Generation:
    order = Order(GenerationType.TEXT, "text-standard", "A line")
    return world.create(world.accounts[17], order, order.fact, world.journal.number()).generation


def exchange(world: World, account: str | None = None) -> Exchange:
    """The record of an exchange of any operation."""
    return Exchange(
        number=world.journal.number(),
        at=world.clock.now(),
        operation=Operation.ME,
        method="GET",
        target=b"/api/v1/auth/me",
        headers=(),
        body=b"",
        body_size=0,
        status=200,
        answer_headers=(),
        answer=b"{}",
        answer_size=2,
        real=Real(),
        account=account,
        rules=RULES,
    )


def happen(world: World, times: int = 1) -> bool:
    """Record so many exchanges, and return whether the world still emits events."""
    for _ in range(times):
        world.events.exchanged(exchange(world))
    return world.events.live


def told(number: int, at: int = 0, account: str | None = None) -> ExchangeRecorded:
    return ExchangeRecorded(number, at, Operation.ME, 200, account, None, RULES)


def ids(events: list[Event] | None) -> list[int]:
    return [event.id for event in events or []]


# Emitted events


def test_without_a_listener_no_event_is_emitted() -> None:
    quiet = world()
    order(quiet)
    happen(quiet)
    quiet.events.moved(5)
    quiet.events.changed()
    assert not quiet.events.live
    with quiet.events.listening() as listener:
        assert (quiet.events.live, quiet.events.take(listener), listener.taken) == (True, [], 0)


def test_the_event_of_an_exchange_comes_before_the_statuses_it_brought() -> None:
    busy = world(Mode.POLL)
    with busy.events.listening() as listener:
        generation = order(busy)
        busy.events.exchanged(exchange(busy, "you@example.com"))
        for _ in range(2):
            busy.time.age_on_poll(generation, Operation.STATUS)
            busy.time.note_answer(generation, Operation.STATUS)
        happen(busy)
        assert busy.events.take(listener) == [
            Event(1, told(2, account="you@example.com")),
            Event(2, Due(0, 1842, "status", "pending")),
            Event(3, told(3, at=2 * SECOND)),
            Event(4, ClockChanged(2 * SECOND, Mode.POLL, 2 * SECOND)),
            Event(5, Due(2 * SECOND, 1842, "status", "processing")),
        ]


def test_the_event_of_a_move_comes_before_the_statuses_it_brought() -> None:
    moved = world()
    with moved.events.listening() as listener:
        order(moved)
        moved.events.changed()
        moved.time.advance(9 * SECOND)
        moved.events.moved(9 * SECOND)
        assert moved.events.take(listener) == [
            Event(1, Due(0, 1842, "status", "pending")),
            Event(2, ClockChanged(9 * SECOND, Mode.MANUAL, 9 * SECOND)),
            Event(3, Due(2 * SECOND, 1842, "status", "processing")),
            Event(4, Due(8 * SECOND, 1842, "status", "completed")),
        ]


def test_another_mode_emits_a_move_by_nothing() -> None:
    changed = world()
    with changed.events.listening() as listener:
        changed.time.change(Mode.REAL, 2 * SECOND, 60)
        changed.events.moved()
        assert changed.events.take(listener) == [Event(1, ClockChanged(0, Mode.REAL, 0))]


def test_the_end_of_a_generation_by_hand_is_emitted_at_once() -> None:
    ended = world()
    with ended.events.listening() as listener:
        finish(ended, order(ended), Step(status="completed"))
        ended.events.changed()
        assert ended.events.take(listener) == [Event(1, Due(0, 1842, "status", "completed"))]


def test_a_status_shown_before_the_first_listener_is_not_emitted() -> None:
    late = world()
    order(late)
    late.time.advance(2 * SECOND)
    with late.events.listening() as listener:
        happen(late)
        late.time.advance(6 * SECOND)
        happen(late)
        assert late.events.take(listener) == [
            Event(1, told(2, at=2 * SECOND)),
            Event(2, told(3, at=8 * SECOND)),
            Event(3, ClockChanged(8 * SECOND, Mode.MANUAL, 6 * SECOND)),
            Event(4, Due(8 * SECOND, 1842, "status", "completed")),
        ]


def test_a_real_clock_emits_statuses_and_no_moves() -> None:
    elapsed = [0]
    real = world(Mode.REAL, rate=2, real=RealTime(elapsed=lambda: elapsed[0], today=lambda: 0))
    with real.events.listening() as listener:
        order(real)
        assert real.events.due_in == math.inf or real.events.take(listener) == []
        real.events.passed()
        assert real.events.take(listener) == [Event(1, Due(0, 1842, "status", "pending"))]
        assert real.events.due_in == 1
        elapsed[0] += SECOND // 2
        real.events.passed()
        assert (real.events.take(listener), real.events.due_in) == ([], 0.5)
        elapsed[0] += SECOND // 2
        real.events.passed()
        assert real.events.take(listener) == [Event(2, Due(2 * SECOND, 1842, "status", "processing"))]
        assert real.events.due_in == 3


@pytest.mark.parametrize("mode", [Mode.POLL, Mode.MANUAL])
def test_no_other_clock_emits_an_event_by_itself(mode: Mode) -> None:
    still = world(mode)
    with still.events.listening():
        order(still)
        still.events.passed()
        assert still.events.due_in == math.inf


# Starting over


def test_listeners_and_ids_move_to_the_new_world() -> None:
    old, new = world(), world(Mode.POLL)
    old.time.advance(SECOND)
    with old.events.listening() as listener:
        order(old)
        happen(old)
        old.events.restart(new.time, RESTARTED)
        order(new)
        old.events.changed()
        events = old.events.take(listener)
        assert events is not None
        assert events[2:] == [Event(3, RESTARTED), Event(4, Due(0, 1842, "status", "pending"))]


def test_a_world_without_listeners_starts_over_without_an_event() -> None:
    old, new = world(), world()
    old.events.restart(new.time, RESTARTED)
    with old.events.listening() as listener:
        happen(new)
        assert (listener.taken, old.events.take(listener)) == (0, [])


# Listeners


def test_each_listener_gets_every_event_since_its_start() -> None:
    busy = world()
    with busy.events.listening() as one, ExitStack() as later:
        happen(busy)
        other = later.enter_context(busy.events.listening())
        happen(busy)
        assert ids(busy.events.take(one)) == [1, 2]
        happen(busy)
        assert (ids(busy.events.take(one)), ids(busy.events.take(other))) == ([3], [2, 3])
        later.close()
        assert busy.events.listeners == {one}
    assert busy.events.listeners == set()


def test_only_a_listener_that_falls_behind_the_remembered_events_is_dropped() -> None:
    busy = world()
    with busy.events.listening() as slow, busy.events.listening() as quick:
        happen(busy)
        assert ids(busy.events.take(quick)) == [1]
        happen(busy, REMEMBERED - 1)
        assert busy.events.listeners == {slow, quick}
        happen(busy)
        assert busy.events.listeners == {quick}
        assert busy.events.take(slow) is None
        assert ids(busy.events.take(quick)) == list(range(2, REMEMBERED + 2))


def test_a_dropped_listener_that_comes_back_gets_the_remaining_events() -> None:
    busy = world()
    with busy.events.listening() as slow:
        happen(busy, REMEMBERED + 1)
        assert busy.events.take(slow) is None
        happen(busy)
    with busy.events.listening(slow.taken) as back:
        assert (back.missed, ids(busy.events.take(back))) == (True, list(range(3, REMEMBERED + 3)))


@pytest.mark.parametrize(
    ("since", "first", "missed"),
    [
        (None, 1201, False),
        (1200, 1201, False),
        (1199, 1200, False),
        (200, 201, False),
        (199, 201, True),
        (0, 201, True),
        (1201, 201, True),
        (10**12, 201, True),
    ],
)
def test_a_listener_that_comes_back_continues_where_its_events_are_remembered(
    since: int | None, first: int, missed: bool
) -> None:
    busy = world()
    with busy.events.listening() as before:
        for _ in range(2):
            happen(busy, 600)
            busy.events.take(before)
    with busy.events.listening(since) as listener:
        seen = ids(busy.events.take(listener))
        happen(busy)
        seen += ids(busy.events.take(listener))
        assert (listener.missed, seen) == (missed, list(range(first, 1202)))


@pytest.mark.parametrize(("since", "missed"), [(None, False), (0, False), (1, True)])
def test_the_first_listener_has_missed_events_only_when_it_knows_of_some(since: int | None, missed: bool) -> None:
    with world().events.listening(since) as listener:
        assert (listener.taken, listener.missed) == (0, missed)


def test_events_end_when_a_listener_stays_away_for_too_many_of_them() -> None:
    busy = world()
    with busy.events.listening():
        happen(busy, 7)
    assert happen(busy, REMEMBERED)
    with busy.events.listening(7) as back:
        assert (back.missed, len(busy.events.take(back) or [])) == (False, REMEMBERED)
    assert [happen(busy, REMEMBERED), happen(busy), happen(busy)] == [True, False, False]
    with busy.events.listening(REMEMBERED + 7) as late:
        happen(busy)
        assert (late.missed, ids(busy.events.take(late))) == (True, [2 * REMEMBERED + 8])


def test_after_the_end_no_event_is_emitted() -> None:
    gone = world()
    with gone.events.listening() as listener:
        gone.events.end()
        happen(gone)
        assert (gone.events.ended, gone.events.take(listener)) == (True, [])


# Waiting


def within_a_loop(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await story()

    asyncio.run(bounded())


def wakers(busy: World) -> list[Callable[[], object]]:
    return [
        lambda: happen(busy),
        lambda: busy.events.restart(busy.time, RESTARTED),
        busy.events.end,
    ]


@pytest.mark.parametrize("waker", range(3))
def test_an_exchange_a_reset_and_the_end_each_wake_a_request_that_waits_for_an_exchange(waker: int) -> None:
    async def story() -> None:
        busy = world()
        waiting = [asyncio.ensure_future(busy.events.exchange_arrived(30)) for _ in range(3)]
        await asyncio.sleep(0)
        wakers(busy)[waker]()
        assert await asyncio.gather(*waiting) == [True] * 3

    within_a_loop(story)


def test_a_request_that_waits_for_an_exchange_ignores_other_events_and_ends_in_time() -> None:
    async def story() -> None:
        busy = world()
        waiting = asyncio.ensure_future(busy.events.exchange_arrived(0.001))
        await asyncio.sleep(0)
        busy.events.moved(5)
        assert await waiting is False
        assert await busy.events.exchange_arrived(0) is False

    within_a_loop(story)


def test_a_listener_that_stops_waiting_leaves_the_others_waiting() -> None:
    async def story() -> None:
        busy = world()
        one, other = (asyncio.ensure_future(busy.events.exchange_arrived(30)) for _ in range(2))
        await asyncio.sleep(0)
        one.cancel()
        await asyncio.wait({one})
        happen(busy)
        assert (one.cancelled(), await other) == (True, True)

    within_a_loop(story)


def test_the_number_of_waiting_requests_is_bounded() -> None:
    async def story() -> None:
        busy = world()
        waiting = [asyncio.ensure_future(busy.events.exchange_arrived(30)) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match=f"^{MOST_WAITING} wait for an exchange of this world already"):
            await busy.events.exchange_arrived(30)
        happen(busy)
        assert all(await asyncio.gather(*waiting))
        assert await busy.events.exchange_arrived(0) is False

    within_a_loop(story)


def test_as_many_requests_as_before_can_wait_after_others_have_ended() -> None:
    async def story() -> None:
        busy = world()
        for _ in range(3):
            await busy.events.exchange_arrived(0)
        waiting = [asyncio.ensure_future(busy.events.exchange_arrived(30)) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            await busy.events.exchange_arrived(0)
        happen(busy)
        assert all(await asyncio.gather(*waiting))

    within_a_loop(story)


def test_news_wakes_every_waiting_listener_once() -> None:
    async def story() -> None:
        feed: Events = world().events
        with feed.listening():
            news = feed.news.next()
            assert feed.news.next() is news
            feed.moved(1)
            assert news.done()
            assert not feed.news.next().done()

    within_a_loop(story)


def test_of_more_statuses_than_are_remembered_the_last_are_told_and_all_are_counted() -> None:
    more = REMEMBERED + 7
    busy = World(
        LoadedScenario(Scenario(clock=ClockSettings(mode=Mode.MANUAL, start=0), generations=(Life(cost=0),))),
        real=RealTime(elapsed=lambda: 0, today=lambda: 0),
    )
    for _ in range(more):
        order(busy)
    with busy.events.listening() as early:
        busy.time.advance(2 * SECOND)
        busy.events.moved(2 * SECOND)
        assert busy.events.take(early) is None
        with busy.events.listening(since=more + 1 - REMEMBERED) as late:
            told_late = busy.events.take(late)
    last = range(1842 + more - REMEMBERED, 1842 + more)
    assert told_late == [Event(1 + id_ - 1841, Due(2 * SECOND, id_, "status", "processing")) for id_ in last]


@pytest.mark.parametrize("more", [1, 2, 500])
def test_events_are_forgotten_as_soon_after_a_listener_was_dropped_by_many_as_by_single_ones(more: int) -> None:
    busy = World(
        LoadedScenario(Scenario(clock=ClockSettings(mode=Mode.MANUAL, start=0), generations=(Life(cost=0),))),
        real=RealTime(elapsed=lambda: 0, today=lambda: 0),
    )
    for _ in range(REMEMBERED + more - 1):
        order(busy)
    with busy.events.listening() as listener:
        # One event tells of the move, and the others of the statuses: in all `more` beyond those that are remembered.
        busy.time.advance(2 * SECOND)
        busy.events.moved(2 * SECOND)
        assert busy.events.take(listener) is None
        left = REMEMBERED - (more - 1)
        assert happen(busy, left)
        assert not happen(busy)
