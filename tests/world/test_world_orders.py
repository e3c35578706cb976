import sys
from typing import Any

import pytest
from msgspec import structs

from mockserver.core.errors import ApiError, InsufficientCredits, Invalid, NotFound, Unavailable
from mockserver.core.generation import GenerationType, Life, Model, Order
from mockserver.core.instant import SECOND
from mockserver.core.rules import Calls
from mockserver.core.scenario import ApiSettings
from mockserver.core.timeline import Step
from mockserver.core.verdict import Cause
from mockserver.core.wallet import WalletSettings
from mockserver.world.bounds import MOST_ORDER_BYTES
from tests.support.world import IMAGE, YOU, create, later, world_of

FAILING = (Step(status="pending", lasts=3 * SECOND), Step(status="failed"))


@pytest.mark.parametrize(
    ("order", "sections", "status"),
    [
        pytest.param(structs.replace(IMAGE, model_name="dall-e"), {}, 400, id="an unknown model"),
        pytest.param(structs.replace(IMAGE, model_name="text-standard"), {}, 400, id="a model of another type"),
        pytest.param(IMAGE, {"models": ()}, 400, id="no models at all"),
        pytest.param(IMAGE, {"generations": (Life(cost=101),)}, 402, id="a price one credit too high"),
    ],
)
def test_a_refused_order_leaves_no_trace(order: Order, sections: dict[str, Any], status: int) -> None:
    world = world_of(**sections)
    with pytest.raises(ApiError) as caught:
        create(world, order)
    assert caught.value.status == status
    assert (world.generations, world.balance(world.accounts[YOU]), sum(life.seen for life in world.lives)) == (
        {},
        100,
        0,
    )


def test_the_answer_to_an_unknown_model_has_a_way_out() -> None:
    with pytest.raises(Invalid, match="model_name: there is no model 'dall-e'") as caught:
        create(world_of(), structs.replace(IMAGE, model_name="dall-e"))
    assert "seedream-5.0-lite" in (caught.value.hint or "")
    assert "unknown_models: accept" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("sections", "cost"),
    [
        ({}, 5),
        ({"models": (Model(name=IMAGE.model_name, generation_type=GenerationType.IMAGE, credit_cost=22),)}, 22),
        ({"models": (), "api": ApiSettings(unknown_models="accept")}, 5),
        ({"generations": (Life(cost=7),)}, 7),
        ({"generations": (Life(cost=0),)}, 0),
        ({"generations": (Life(cost=100),)}, 100),
        ({"generations": (Life(when={"prompt": "*harbour*"}, cost=7),)}, 5),
    ],
)
def test_an_order_costs_the_price_of_its_rule_else_its_model_else_its_type(sections: dict[str, Any], cost: int) -> None:
    world = world_of(**sections)
    assert create(world).cost == cost
    assert world.balance(world.accounts[YOU]) == 100 - cost


def test_an_order_has_the_life_of_its_rule() -> None:
    world = world_of(generations=(Life(then=FAILING, visible_after=9, place="video.yaml:3"),))
    made = create(world)
    assert (made.timeline.steps, made.visible_after, made.rule) == (FAILING, 9, Cause("generations.1", "video.yaml:3"))


def test_only_accepted_orders_count_as_calls_of_a_rule() -> None:
    world = world_of(generations=(Life(calls=Calls(spans=((2, 2),)), cost=50, place="second"),))
    with pytest.raises(Invalid):
        create(world, structs.replace(IMAGE, model_name="dall-e"))
    create(world)
    world.accounts[YOU].ledger.write(structs.replace(next(iter(world.accounts[YOU].ledger)), amount=-60))
    with pytest.raises(InsufficientCredits):
        create(world)
    assert create(world, account=40).rule == Cause("generations.1", "second")
    assert create(world, account=40).rule is None


def test_ids_continue_without_gaps_or_repeats_after_refusals_and_deletions() -> None:
    world = world_of(api=ApiSettings(first_generation=5))
    first = create(world)
    world.delete(world.accounts[YOU], first, 2)
    with pytest.raises(Invalid):
        create(world, structs.replace(IMAGE, model_name="dall-e"))
    assert [first.id, create(world).id, create(world, account=40).id] == [5, 6, 7]


def test_a_full_world_accepts_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.world.world.MOST_GENERATIONS", 2)
    world = world_of()
    for _ in range(2):
        create(world)
    with pytest.raises(Unavailable) as caught:
        create(world)
    assert "at most 2 generations" in (caught.value.hint or "")
    assert world.balance(world.accounts[YOU]) == 90


PICTURE = structs.replace(IMAGE, settings={"image": "x" * 1000})


def test_a_world_keeps_a_bounded_number_of_bytes_of_orders() -> None:
    world = world_of()
    world.order_bytes = MOST_ORDER_BYTES - PICTURE.weight
    create(world, PICTURE)
    with pytest.raises(Unavailable) as caught:
        create(world)
    assert f"at most {MOST_ORDER_BYTES} bytes" in (caught.value.hint or "")
    assert (world.order_bytes, world.balance(world.accounts[YOU]), len(world.generations)) == (MOST_ORDER_BYTES, 95, 1)


def test_an_accepted_order_is_counted_and_a_refused_one_is_not() -> None:
    world = world_of()
    create(world, PICTURE)
    for order in (structs.replace(PICTURE, model_name="dall-e"), structs.replace(PICTURE, model_name="video-standard")):
        with pytest.raises(Invalid):
            create(world, order)
    assert world.order_bytes == PICTURE.weight


def test_a_deleted_generation_gives_back_its_settings_and_keeps_the_rest() -> None:
    world = world_of()
    made = create(world, PICTURE)
    world.delete(world.accounts[YOU], made, 2)
    assert made.order == IMAGE
    assert world.order_bytes == IMAGE.weight < 200


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"image": "x" * 10_000},
        {"prompt": "x" * 10_000 + "\N{CAT FACE}"},
        {"list": [{} for _ in range(1000)]},
        {"list": [[] for _ in range(1000)]},
        {"list": [[{"a": 1000}] for _ in range(1000)]},
        {"list": list(range(1000, 2000))},
        {f"key-{i}": {"value": i} for i in range(1000)},
    ],
)
def test_an_order_counts_with_at_least_the_bytes_of_its_settings(settings: dict[str, object]) -> None:
    assert size(settings) <= structs.replace(IMAGE, settings=settings).weight + size({}) <= 4 * size(settings) + 1000


def size(value: object) -> int:
    """The bytes of Python's objects for a value of JSON."""
    parts: list[object] = []
    if isinstance(value, dict):
        parts = [*value, *value.values()]
    elif isinstance(value, list):
        parts = value
    return sys.getsizeof(value) + sum(map(size, parts))


@pytest.mark.parametrize(("elapsed", "offered"), [(0, "b"), (9, "b"), (10, "ab"), (29, "ab"), (30, "a"), (31, "a")])
def test_a_model_is_offered_and_accepted_between_its_two_instants(elapsed: int, offered: str) -> None:
    text = GenerationType.TEXT
    models = (Model(name="a", generation_type=text, since=10), Model(name="b", generation_type=text, until=30))
    world = world_of(models=models)
    later(world, elapsed)
    assert "".join(model.name for model in world.models()) == offered
    for name in "ab":
        if name in offered:
            assert create(world, Order(text, name, "A poem")).cost == 2
        else:
            with pytest.raises(Invalid):
                create(world, Order(text, name, "A poem"))


def test_a_generation_is_found_by_its_owner_alone() -> None:
    world = world_of()
    made = create(world)
    assert world.find(world.accounts[YOU], made.id) is made
    for account, id_ in [(world.accounts[40], made.id), (world.accounts[YOU], made.id + 1), (world.accounts[YOU], 0)]:
        with pytest.raises(NotFound, match="Generation not found"):
            world.find(account, id_)


def test_a_deleted_generation_is_not_found() -> None:
    world = world_of()
    made = create(world)
    world.delete(world.accounts[YOU], made, 2)
    with pytest.raises(NotFound):
        world.find(world.accounts[YOU], made.id)


def test_a_generation_is_found_from_the_age_at_which_it_is_visible() -> None:
    world = world_of(generations=(Life(visible_after=SECOND),))
    made = create(world)
    later(world, SECOND - 1)
    with pytest.raises(NotFound) as caught:
        world.find(world.accounts[YOU], made.id)
    assert "visible_after" in (caught.value.hint or "")
    later(world, 1)
    assert world.find(world.accounts[YOU], made.id) is made


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("wallet", "then", "deleted_at", "balances"),
    [
        pytest.param(WalletSettings(), None, 0, [100, 100], id="pending"),
        pytest.param(WalletSettings(), None, 5, [100, 100], id="processing"),
        pytest.param(WalletSettings(), None, 8, [95, 95], id="completed"),
        pytest.param(WalletSettings(refund_deleted=False), None, 0, [95, 95], id="no refund by the scenario"),
        pytest.param(WalletSettings(refund_delay=4 * SECOND), None, 5, [95, 100], id="a refund with a delay"),
        pytest.param(WalletSettings(), FAILING, 3, [100, 100], id="failed and refunded"),
        pytest.param(
            WalletSettings(refund_delay=4 * SECOND), FAILING, 3, [95, 100], id="failed, its refund not due yet"
        ),
        pytest.param(WalletSettings(refund_deleted=False), FAILING, 2, [95, 95], id="before it would have failed"),
        pytest.param(WalletSettings(refund_failed=False), FAILING, 3, [95, 95], id="failed without refund"),
    ],
)
def test_deleting_refunds_as_the_scenario_says(
    wallet: WalletSettings, then: tuple[Step, ...] | None, deleted_at: int, balances: list[int]
) -> None:
    world = world_of(wallet=wallet, generations=(Life(then=then),))
    made = create(world)
    later(world, deleted_at * SECOND)
    world.delete(world.accounts[YOU], made, 2)
    at_once = world.balance(world.accounts[YOU])
    later(world, 4 * SECOND)
    assert [at_once, world.balance(world.accounts[YOU])] == balances


@pytest.mark.assumed
@pytest.mark.parametrize(("age", "spendable"), [(3 * SECOND - 1, 95), (3 * SECOND, 100), (9 * SECOND, 100)])
def test_a_failed_generation_refunds_its_cost(age: int, spendable: int) -> None:
    world = world_of(generations=(Life(then=FAILING),))
    create(world)
    later(world, age)
    assert world.balance(world.accounts[YOU]) == spendable


def test_refunded_credits_can_be_spent_again() -> None:
    world = world_of(generations=(Life(then=FAILING, cost=100),))
    for _ in range(5):
        create(world)
        with pytest.raises(InsufficientCredits):
            create(world)
        later(world, 3 * SECOND)
    assert world.balance(world.accounts[YOU]) == 100
