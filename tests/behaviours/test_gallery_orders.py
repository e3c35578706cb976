"""Stories of the gallery about ordering: a sound client meets a create that goes wrong."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.support.client import Answer, Client
from tests.support.customer import PROMPT

from .gallery import history, living, wait
from .played import Start

pytestmark = pytest.mark.assumed

VIDEO = {"generation_type": "video", "model_name": "video-standard"}


def order_or_find(you: Client) -> tuple[int, str]:
    """Order; where the answer is lost, look for the order in the history."""
    known = history(you)
    try:
        return int(you.create().json["id"]), "answered"
    except ConnectionError:
        items = you.read("/generations").json["items"]
        [found] = [item["id"] for item in items if item["id"] not in known and item["prompt"] == PROMPT]
        return int(found), "found"


def order_blindly(you: Client) -> int:
    """Order; where the answer is lost, order again."""
    try:
        return you.order()
    except ConnectionError:
        return you.order()


def test_a_lost_create_is_found_in_the_history(api: Start) -> None:
    you = living(api, "lost-create")
    id_, how = order_or_find(you)
    assert (how, wait(you, id_)) == ("found", "completed")
    assert (history(you), you.credits()) == ([1842], 95)


def test_a_lost_create_that_is_repeated_is_paid_for_twice(api: Start) -> None:
    you = living(api, "lost-create")
    assert wait(you, order_blindly(you)) == "completed"
    assert (history(you), you.credits()) == ([1843, 1842], 90)


def seconds_to_wait(answer: Answer) -> float:
    """Read a Retry-After in both of its forms; a date counts from the answer's own."""
    told = str(answer.headers["retry-after"])
    if told.isdecimal():
        return float(told)
    return (parsedate_to_datetime(told) - parsedate_to_datetime(str(answer.headers["date"]))).total_seconds()


def test_a_retry_after_that_is_a_date_can_be_read(api: Start) -> None:
    you = living(api, "retry-after-date")
    refused = you.create()
    assert (refused.status, seconds_to_wait(refused)) == (429, 30)
    assert not str(refused.headers["retry-after"]).isdecimal()
    assert you.create().status == 201


def test_an_order_over_the_limit_is_taken_after_the_wait(api: Start) -> None:
    you = living(api, "rate-limited")
    assert [you.create().status for _ in range(2)] == [201, 201]
    refused = you.create()
    assert (refused.status, seconds_to_wait(refused)) == (429, 60)
    assert [you.create().status, you.credits()] == [201, 85]


def waits(refusals: int, *, first: float = 1, longest: float = 30) -> list[float]:
    """The wait of a client without a Retry-After: it doubles each time. The story leaves chance out."""
    return [min(first * 2**i, longest) for i in range(refusals)]


def test_a_client_meets_a_refusal_without_a_wait_with_longer_and_longer_waits(api: Start) -> None:
    you = living(api, "no-retry-after")
    refusals = 0
    while (answer := you.create()).status == 429:
        assert answer.headers["retry-after"] is None
        refusals += 1
    assert (answer.status, waits(refusals)) == (201, [1, 2, 4])
    assert you.credits() == 95


def order_until_broke(you: Client, count: int) -> list[int]:
    """Order so many, and stop when the wallet is empty."""
    ids: list[int] = []
    for _ in range(count):
        answer = you.create()
        if answer.status == 402:
            break
        ids.append(answer.json["id"])
    return ids


def test_paid_generations_are_kept_when_the_wallet_runs_dry(api: Start) -> None:
    you = living(api, "wallet-runs-dry")
    ids = order_until_broke(you, 3)
    assert (ids, you.credits()) == ([1842, 1843], 2)
    assert [wait(you, id_) for id_ in ids] == ["completed", "completed"]


def order_in_turn(you: Client, count: int) -> tuple[list[int], int]:
    """Order so many; where too many are under way, wait for the oldest. Return the ids and the number of waits."""
    ids: list[int] = []
    waited = 0
    while len(ids) < count:
        answer = you.create()
        if answer.status == 429:
            wait(you, ids[waited])
            waited += 1
        else:
            ids.append(answer.json["id"])
    return ids, waited


def test_orders_beyond_the_parallel_limit_wait_for_their_turn(api: Start) -> None:
    you = living(api, "parallel-limit")
    assert order_in_turn(you, 4) == ([1842, 1843, 1844, 1845], 1)
    assert you.credits() == 80


def order_across_the_edge(you: Client) -> tuple[int, list[int]]:
    """Order until an order is accepted; after an error that may have reached the API, look in the history first.

    Return the id, and the answers to the attempts.
    """
    seen: list[int] = []
    while (answer := you.create()).status != 201:
        seen.append(answer.status)
        if answer.status == 524 and (ids := history(you)):
            return ids[0], seen
    return int(answer.json["id"]), seen


def test_an_order_is_repeated_only_where_the_edge_did_not_reach_the_api(api: Start) -> None:
    you = living(api, "edge-errors")
    assert order_across_the_edge(you) == (1842, [522, 524])
    assert (history(you), you.credits()) == ([1842], 95)


def test_the_edge_answers_in_its_own_words(api: Start) -> None:
    you = living(api, "edge-errors")
    seen = [you.create() for _ in range(3)]
    assert [(answer.status, answer.headers["content-type"].partition(";")[0]) for answer in seen] == [
        (522, "text/plain"),
        (524, "text/plain"),
        (201, "application/json"),
    ]


def test_one_type_is_out_while_another_works(api: Start) -> None:
    you = living(api, "image-outage")
    assert (you.create().status, you.create(**VIDEO).status) == (502, 201)
    assert wait(you, 1842) == "completed"
    assert wait(you, you.order(**VIDEO)) == "completed"
    assert you.create().status == 201


def test_the_record_names_the_charged_credits(api: Start) -> None:
    you = living(api, "changed-price")
    listed = {model["name"]: model["credit_cost"] for model in you.read("/generations/models").json}
    record = you.create(**VIDEO).json
    assert (listed["video-standard"], record["credit_cost"], you.credits()) == (15, 22, 78)
    assert you.create().json["credit_cost"] == 5


def order_from_the_list(you: Client, model: str) -> str:
    """Order an image of a model; where that is refused, order the first model on the list. Return the model used."""
    answer = you.create(model_name=model)
    if answer.status == 400:
        [model, *_] = [each["name"] for each in you.read("/generations/models?generation_type=image").json]
        answer = you.create(model_name=model)
    assert answer.status == 201
    return model


def test_a_withdrawn_model_is_replaced_by_one_that_is_on_the_list(api: Start) -> None:
    you = living(api, "withdrawn-model")
    old = order_from_the_list(you, "seedream-5.0-lite")
    wait(you, 1842)
    wait(you, you.order())
    assert (old, order_from_the_list(you, old)) == ("seedream-5.0-lite", "seedream-5.5-lite")
    assert you.credits() == 84


def instant(text: str) -> datetime:
    """Read an instant; one without a zone is meant in UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def sentence(detail: Any) -> str:
    """Make one sentence of a `detail`, which is a text or a list of flaws."""
    flaws = detail if isinstance(detail, list) else [{"msg": detail, "loc": []}]
    return "; ".join(" ".join([*map(str, flaw["loc"]), flaw["msg"]]) for flaw in flaws)


def test_an_older_dialect_is_understood(api: Start) -> None:
    you = living(api, "old-api-dialect")
    accepted = you.create()
    assert accepted.status // 100 == 2
    assert accepted.status != 201
    assert instant(accepted.json["created_at"]) == datetime(2026, 6, 7, 12, tzinfo=UTC)
    assert sentence(you.send("/generations", {}).json["detail"]).startswith("body generation_type Field required; ")
    assert sentence(you.create(model_name="none").json["detail"]).startswith("body model_name there is no model")
    redirect = you.read("/generations/")
    assert (redirect.status, you.read(redirect.headers["location"]).status) == (307, 200)
    assert (you.create().json["id"], history(you)) == (1843, [1842, 1843])
