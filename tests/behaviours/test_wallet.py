"""The cost of an order, and the return of the credits."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from mockserver.core.account import Declaration
from mockserver.core.generation import MODELS, PRICES, GenerationType, Model
from mockserver.core.instant import SECOND
from mockserver.core.scenario import Scenario
from mockserver.core.wallet import WalletSettings
from tests.support.client import Client
from tests.support.customer import EMAIL, ORDER, PASSWORD

from .played import FOR_EVER, Start, every, life

FAILING = (FOR_EVER, life(pending=2, failed=None))


def with_credits(amount: int) -> tuple[Declaration, ...]:
    return (Declaration(email=EMAIL, password=PASSWORD, credits=amount),)


@pytest.mark.documented
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.generation_type.value)
def test_an_order_reserves_the_price_of_its_type_at_once(you: Client, model: Model) -> None:
    record = you.create(generation_type=model.generation_type, model_name=model.name).json
    assert record["credit_cost"] == PRICES[model.generation_type]
    assert you.credits() == 100 - record["credit_cost"]


@pytest.mark.documented
@pytest.mark.parametrize(("credits_", "status"), [(4, 402), (5, 201), (6, 201)])
def test_the_last_credit_can_be_spent_and_no_more(api: Start, credits_: int, status: int) -> None:
    assert api(Scenario(accounts=with_credits(credits_))).login().create().status == status


@pytest.mark.documented
def test_the_answer_about_insufficient_credits_is_the_published_one(api: Start) -> None:
    you = api(Scenario(accounts=with_credits(0))).login()
    assert you.create().body == b'{"detail":"Insufficient credits"}'


@pytest.mark.assumed
def test_the_hint_of_insufficient_credits_names_balance_cost_and_the_place_to_set_credits(api: Start) -> None:
    you = api(Scenario(accounts=with_credits(4))).login()
    assert you.create().headers["x-mock-hint"] == "the balance is 4, the cost 5; `accounts` sets the credits"


@pytest.mark.documented
def test_a_model_can_have_a_price_of_its_own(api: Start) -> None:
    model = Model(name="kling-pro", generation_type=GenerationType.VIDEO, credit_cost=22)
    you = api(Scenario(models=(model,))).login()
    assert you.create(generation_type="video", model_name="kling-pro").json["credit_cost"] == 22


@pytest.mark.assumed
def test_a_life_can_have_a_cost_of_its_own(api: Start) -> None:
    you = api(Scenario(generations=(FOR_EVER,))).login()
    assert you.create(prompt="for ever").json["credit_cost"] == 0
    assert you.credits() == 100


@pytest.mark.documented
def test_a_completed_generation_keeps_its_cost(you: Client) -> None:
    you.polls(you.order())
    assert you.credits() == 95


@pytest.mark.assumed
def test_a_failed_generation_gives_its_cost_back(api: Start) -> None:
    you = api(Scenario(generations=FAILING)).login()
    id_ = you.order()
    assert you.credits() == 95
    assert you.polls(id_) == [("pending", 0), ("failed", 0)]
    assert you.credits() == 100


@pytest.mark.assumed
def test_a_failed_generation_keeps_its_cost_where_the_scenario_says_so(api: Start) -> None:
    you = api(Scenario(generations=FAILING, wallet=WalletSettings(refund_failed=False))).login()
    you.polls(you.order())
    assert you.credits() == 95


@pytest.mark.assumed
def test_an_earlier_failed_step_gives_nothing_back(api: Start) -> None:
    you = api(Scenario(generations=(life(failed=2, completed=None),))).login()
    you.order()
    you.status(1842)
    you.status(1842)
    assert (you.status(1842).json["status"], you.credits()) == ("completed", 95)


@pytest.mark.assumed
@pytest.mark.parametrize("polls", [0, 1, 2, 4])
def test_deleting_an_unfinished_generation_gives_its_cost_back(you: Client, polls: int) -> None:
    id_ = you.order()
    for _ in range(polls):
        assert you.status(id_).json["status"] in ("pending", "processing")
    assert you.delete(id_).status == 200
    assert you.credits() == 100


@pytest.mark.assumed
def test_deleting_an_unfinished_generation_gives_nothing_back_where_the_scenario_says_so(api: Start) -> None:
    you = api(Scenario(wallet=WalletSettings(refund_deleted=False))).login()
    you.delete(you.order())
    assert you.credits() == 95


@pytest.mark.assumed
def test_deleting_a_completed_generation_gives_nothing_back(you: Client) -> None:
    id_ = you.order()
    you.polls(id_)
    you.delete(id_)
    assert you.credits() == 95


@pytest.mark.assumed
def test_deleting_a_failed_generation_gives_nothing_back_a_second_time(api: Start) -> None:
    you = api(Scenario(generations=FAILING)).login()
    id_ = you.order()
    you.polls(id_)
    assert [you.delete(id_).status, you.delete(id_).status, you.credits()] == [200, 404, 100]


@pytest.mark.assumed
@pytest.mark.parametrize("end", ["fails", "is deleted"])
def test_a_refund_comes_after_its_delay(api: Start, end: str) -> None:
    wallet = WalletSettings(refund_delay=3 * SECOND)
    you = api(Scenario(generations=FAILING, wallet=wallet, clock=every(1))).login()
    id_ = you.order()
    if end == "fails":
        you.polls(id_)
    else:
        you.delete(id_)
    balances = [you.credits()]
    other = you.order(prompt="for ever")
    for _ in range(5):
        you.status(other)
        balances.append(you.credits())
    assert balances == [95, 95, 95, 95, 100, 100]


@pytest.mark.assumed
def test_a_refund_can_be_spent_again(api: Start) -> None:
    you = api(Scenario(accounts=with_credits(5))).login()
    for _ in range(3):
        assert you.delete(you.order()).status == 200
    assert you.credits() == 5


@pytest.mark.documented
def test_a_hundred_orders_at_once_succeed_as_far_as_the_credits_pay(api: Start) -> None:
    you = api(Scenario(accounts=with_credits(7 * 5 + 4))).login()
    clients = [you.other(you.token) for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        batches = pool.map(lambda client: [client.send("/generations", ORDER).status for _ in range(5)], clients)
        statuses = [status for batch in batches for status in batch]
    assert (statuses.count(201), statuses.count(402), len(statuses)) == (7, 93, 100)
    assert you.credits() == 4
    assert you.read("/generations").json["total"] == 7
