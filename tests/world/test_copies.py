"""A copy of a world shares nothing with it that changes, and a replay of its past leads to the same world."""

from array import array
from collections import deque
from collections.abc import Iterator
from enum import Enum
from types import MethodType
from typing import Any

import pytest
from msgspec import Struct

from mockserver.core.errors import NotFound
from mockserver.core.generation import GenerationType, Order
from mockserver.core.operation import Operation
from mockserver.language.file import parse
from mockserver.world.clock import RealTime
from mockserver.world.copies import OWNERS, copied, rename
from mockserver.world.journal import Exchange
from mockserver.world.limits import Visitor
from mockserver.world.past import STAGE, Past, past_of
from mockserver.world.time import Wait
from mockserver.world.world import World

SCENARIO = """
accounts: [{email: you@example.com, password: YOUR_PASSWORD, credits: 100000}]
clock: {mode: poll, start: "2026-06-07T12:00:00Z"}
limits: [{on: create, allow: 3, per: 1m}, {on: create, active: 2}]
faults:
  - {on: status, chance: 0.5, counted: account, then: {status: 500}}
  - {on: create, phase: after, then: {drop: reset}}
generations: [{when: {prompt: "fails*"}, then: [failed]}]
"""
ORDER = Order(GenerationType.IMAGE, "seedream-5.0-lite", "A harbour")


def order(world: World) -> None:
    world.create(world.accounts[17], ORDER, ORDER.fact, world.journal.number(), "127.0.0.1")


def lived() -> World:
    """A world in which each part has something in it."""
    world = World(parse(SCENARIO, "x.yaml"), real=RealTime(elapsed=lambda: 0, today=lambda: 0))
    for _ in range(3):
        world.judge(Operation.CREATE, Visitor("you@example.com", "127.0.0.1"))
        order(world)
    world.time.advance(10**7)
    world.time.note_wait(Visitor("you@example.com", "127.0.0.1"), Operation.CREATE, 10**6, (1842,))
    world.delete(world.accounts[17], world.generations[1843], 4)
    world.balance(world.accounts[17])
    world.accounts.identify(world.accounts.log_in("you@example.com", "YOUR_PASSWORD"))
    world.file_cache.take(1, lambda: b"png")
    return world


def parts(value: object) -> Iterator[object]:
    """Yield the parts of an object that may change, or that may lead to such parts."""
    match value:
        case dict():
            yield from value.values()
        case list() | tuple() | set() | deque():
            yield from value
        case MethodType():
            yield value.__self__
        case Struct():
            yield from (getattr(value, name) for name in value.__struct_fields__)
        case _:
            yield from vars(value).values() if hasattr(value, "__dict__") and not callable(value) else ()


def changeable(value: object) -> bool:
    """Whether an object can change."""
    if isinstance(value, Enum):
        return False
    if isinstance(value, Struct):
        return not value.__struct_config__.frozen or isinstance(value, OWNERS)
    return isinstance(value, (dict, list, set, deque, bytearray, array)) or (
        type(value).__module__.startswith("mockserver.") and hasattr(value, "__dict__")
    )


def owns(value: object) -> bool:
    """Whether a frozen struct of the worlds may lead to parts that change. Nothing changes an exchange or a wait."""
    return type(value).__module__.startswith("mockserver.world") and not isinstance(value, (Exchange, Wait))


def reached(world: World) -> dict[int, object]:
    """Everything changeable that a world leads to, by identity."""
    found: dict[int, object] = {}
    waiting: list[Any] = [world]
    seen: dict[int, object] = {}
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        if changeable(value):
            found[id(value)] = value
        if changeable(value) or not isinstance(value, (Struct, type)) or owns(value):
            waiting.extend(parts(value))
    return found


def test_a_copy_shares_nothing_that_changes() -> None:
    world = lived()
    one, other = reached(world), reached(copied(world))
    # The walk is worth something only if it reaches the depths of a world.
    kinds = {type(value).__name__ for value in one.values()}
    assert {
        "Generation",
        "Account",
        "Caller",
        "Ledger",
        "Cohort",
        "Group",
        "Watch",
        "FaultInForce",
        "Window",
        "Shelf",
    } <= kinds
    assert [value for key, value in one.items() if key in other] == []


def test_a_copy_is_equal_to_its_world_and_stays_so_when_the_world_goes_on() -> None:
    world = lived()
    copy = copied(world)
    generations, balance = dict(copy.generations), copy.balance(copy.accounts[17])
    assert (generations, balance) == (world.generations, world.balance(world.accounts[17]))
    order(world)
    world.time.advance(10**8)
    assert (copy.generations, copy.balance(copy.accounts[17])) == (generations, balance)


def test_a_copy_is_wired_to_itself() -> None:
    copy = copied(lived())
    assert copy.time.watchers == [copy.shelves, copy.refunds]
    order(copy)
    assert copy.time.age(max(copy.generations)) == 0
    assert copy.accounts.refund_age(copy.generations[1842]) is None


def test_a_renamed_world_accepts_no_token_of_its_old_name() -> None:
    world = lived()
    token, link = world.accounts.log_in("you@example.com", "YOUR_PASSWORD"), world.links.sign("/media/1842/1.png")
    copy = copied(world)
    assert copy.accounts.identify(token) is not None
    assert copy.links.sign("/media/1842/1.png") == link
    rename(copy, "kept")
    assert copy.accounts.identify(token) is None
    assert copy.links.sign("/media/1842/1.png") != link
    rename(copy, "default")
    assert copy.accounts.identify(token) is not None


# The past


def change(world: World, past: Past, size: int = 100) -> None:
    """Order, as a request does, and record it."""
    past.prepare(world)
    order(world)
    past.record(world, order, size)


def kept(world: World) -> Past:
    past = past_of(world)
    past.lasting = True
    return past


def test_the_past_leads_back_before_each_exchange() -> None:
    world = lived()
    first = world.journal.last + 1
    past = kept(world)
    for _ in range(5):
        change(world, past)
    for number in range(first, first + 5):
        again = past.before(number, world).world()
        assert (again.journal.last, len(again.generations)) == (number - 1, number - 1)


def test_changes_after_the_exchange_before_belong_to_the_world_that_is_made_again() -> None:
    world = lived()
    past = kept(world)
    change(world, past)
    world.time.advance(10**6)
    past.record(world, lambda again: again.time.advance(10**6), 100)
    change(world, past)
    assert past.before(world.journal.last, world).world().clock.now() == world.clock.now()
    assert past.before(world.journal.last - 1, world).world().clock.now() == world.clock.now() - 10**6


def test_a_ticking_clock_is_read_again_as_it_was() -> None:
    elapsed = [0]
    scenario = parse("clock: {mode: real, start: '2026-06-07T12:00:00Z'}", "x.yaml")
    world = World(scenario, real=RealTime(elapsed=lambda: elapsed[0], today=lambda: 0))
    past, seen = kept(world), []

    def read(again: World) -> None:
        again.clock.read()
        again.journal.number()

    for elapsed[0] in (3, 5, 8):
        past.prepare(world)
        read(world)
        seen.append(world.clock.now())
        past.record(world, read, 100)
    elapsed[0] = 100
    again = past.before(3, world).world()
    assert again.clock.now() == seen[1]
    elapsed[0] = 107
    assert again.clock.read() == seen[1] + 7


def test_the_oldest_stage_is_forgotten_first_and_the_refusal_names_the_reach() -> None:
    world = lived()
    past = Past(most=400_000)
    past.lasting = True
    for _ in range(8):
        change(world, past, size=60_000)
    assert past.first is not None
    assert past.first > 4
    with pytest.raises(NotFound, match=f"expected an exchange from {past.first} to 11, since .*, found 1"):
        past.before(1, world)
    with pytest.raises(NotFound, match=r"to 11, since .*, found 12"):
        past.before(12, world)
    assert past.before(past.first, world).world().journal.last == past.first - 1


def test_a_stage_has_a_bounded_number_of_changes() -> None:
    world = World(parse("{}", "x.yaml"))
    past = kept(world)

    def look(again: World) -> None:
        again.journal.number()

    for _ in range(STAGE + 10):
        past.prepare(world)
        look(world)
        past.record(world, look, 10)
    replay = past.before(STAGE + 5, world)
    assert len(replay.changes) < 10
    assert replay.world().journal.last == STAGE + 4


def test_a_cut_past_forgets_the_exchange_and_all_after_it() -> None:
    world = lived()
    past = kept(world)
    for _ in range(4):
        change(world, past)
    again = past.before(6, world).world()
    past.cut(6)
    assert past.before(5, again).world().journal.last == 4
    with pytest.raises(NotFound, match="expected an exchange from 4 to 5"):
        past.before(6, again)


def test_a_past_without_copies_and_listeners_ends() -> None:
    world = lived()
    change(world, past_of(world))
    assert world.recorder is None


def test_a_large_world_has_no_past() -> None:
    world = lived()
    past = Past(largest=2)
    past.lasting = True
    change(world, past)
    assert past.first is None
    with pytest.raises(
        NotFound,
        match="expected no exchange, since this world is too large for its past to be kept: at most 2 generations",
    ):
        past.before(4, world)


def test_a_world_whose_orders_alone_exceed_the_bound_is_not_copied_for_its_past() -> None:
    world = lived()
    past = Past(most=20_000)
    past.lasting = True
    change(world, past)
    with pytest.raises(NotFound, match=r"too large for its past to be kept: .*, and 20000 bytes; reset it"):
        past.before(4, world)
