"""The history: its pages, their order and their filters."""

import pytest

from mockserver.core.generation import Life
from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.core.timeline import Step
from tests.support.client import Client

from .played import Start

FAILING = Life(when={"prompt": "fail"}, then=(Step(status="failed"),))


def ids(client: Client, query: str = "") -> list[int]:
    return [record["id"] for record in client.read(f"/generations{query}").json["items"]]


def with_orders(client: Client, number: int) -> Client:
    for _ in range(number):
        client.order(generation_type="text", model_name="text-standard")
    return client


@pytest.mark.assumed
def test_an_empty_history_has_no_pages(you: Client) -> None:
    body = you.read("/generations").body
    assert body == b'{"items":[],"total":0,"page":1,"page_size":20,"pages":0}'


@pytest.mark.assumed
def test_the_newest_comes_first(you: Client) -> None:
    assert ids(with_orders(you, 3)) == [1844, 1843, 1842]


@pytest.mark.assumed
def test_the_oldest_can_come_first(api: Start) -> None:
    assert ids(with_orders(api(Scenario(api=ApiSettings(order="oldest-first"))).login(), 3)) == [1842, 1843, 1844]


@pytest.mark.documented
def test_an_item_is_the_record_itself(you: Client) -> None:
    id_ = you.order(settings={"aspect_ratio": "1:1"})
    you.polls(id_)
    assert you.read("/generations").json["items"] == [you.result(id_).json]


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("query", "found", "pages"),
    [
        ("?page=1&page_size=2", [1846, 1845], 3),
        ("?page=2&page_size=2", [1844, 1843], 3),
        ("?page=3&page_size=2", [1842], 3),
        ("?page=4&page_size=2", [], 3),
        ("?page=999999999&page_size=100", [], 1),
        ("?page_size=5", [1846, 1845, 1844, 1843, 1842], 1),
        ("?page_size=1", [1846], 5),
        ("?page=2", [], 1),
    ],
)
def test_the_history_comes_in_pages(you: Client, query: str, found: list[int], pages: int) -> None:
    with_orders(you, 5)
    page = you.read(f"/generations{query}").json
    assert ([record["id"] for record in page["items"]], page["pages"], page["total"]) == (found, pages, 5)


@pytest.mark.assumed
def test_every_generation_is_on_one_page(you: Client) -> None:
    with_orders(you, 7)
    seen = [id_ for page in (1, 2, 3) for id_ in ids(you, f"?page={page}&page_size=3")]
    assert seen == list(range(1848, 1841, -1))


@pytest.mark.assumed
@pytest.mark.parametrize("name", ["page", "page_size"])
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "x", "", "+1", "1e3", "1" * 5000, "%D9%A3", "%00"])
def test_a_page_is_a_whole_number_from_1(you: Client, name: str, value: str) -> None:
    answer = you.read(f"/generations?{name}={value}")
    assert (answer.status, answer.detail.partition(":")[0]) == (400, name)


@pytest.mark.assumed
@pytest.mark.parametrize(("size", "status"), [(100, 200), (101, 400), (10**9, 400)])
def test_a_page_holds_at_most_a_hundred(you: Client, size: int, status: int) -> None:
    assert you.read(f"/generations?page_size={size}").status == status


@pytest.mark.assumed
def test_the_size_of_pages_can_be_set(api: Start) -> None:
    you = with_orders(api(Scenario(api=ApiSettings(page_size=2, page_size_max=3))).login(), 4)
    assert [len(ids(you)), len(ids(you, "?page_size=3")), you.read("/generations?page_size=4").status] == [2, 3, 400]


@pytest.mark.assumed
@pytest.mark.parametrize("query", ["page=1&page=2", "status=a&status=a", "page_size=2&page=1&page_size=2"])
def test_a_parameter_that_is_given_twice_is_a_400(you: Client, query: str) -> None:
    answer = you.read(f"/generations?{query}")
    assert answer.status == 400
    assert answer.detail.endswith("given more than once")


@pytest.mark.assumed
def test_unknown_parameters_are_ignored(you: Client) -> None:
    with_orders(you, 2)
    assert ids(you, "?sort=asc&limit=1") == [1843, 1842]


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?status=pending", [1844, 1843]),
        ("?status=failed", [1845]),
        ("?status=completed", [1842]),
        ("?status=nonsense", []),
        ("?generation_type=text", [1843]),
        ("?generation_type=image", [1845, 1844, 1842]),
        ("?project_id=summer", [1844]),
        ("?project_id=7", [1843]),
        ("?project_id=winter", []),
        ("?status=pending&generation_type=image", [1844]),
        ("?status=pending&generation_type=image&project_id=7", []),
    ],
)
def test_the_history_can_be_filtered(api: Start, query: str, found: list[int]) -> None:
    you = api(Scenario(generations=(FAILING,))).login()
    you.polls(you.order())
    you.order(generation_type="text", model_name="text-standard", project_id=7)
    you.order(project_id="summer")
    you.order(prompt="fail")
    page = you.read(f"/generations{query}").json
    assert ([record["id"] for record in page["items"]], page["total"]) == (found, len(found))


@pytest.mark.assumed
def test_an_unknown_type_cannot_be_a_filter(you: Client) -> None:
    answer = you.read("/generations?generation_type=hologram")
    assert (answer.status, answer.detail.partition(":")[0]) == (400, "generation_type")


@pytest.mark.assumed
def test_a_filtered_history_comes_in_pages_too(you: Client) -> None:
    with_orders(you, 3)
    you.order()
    page = you.read("/generations?generation_type=text&page=2&page_size=2").json
    assert ([record["id"] for record in page["items"]], page["total"], page["pages"]) == ([1842], 3, 2)


@pytest.mark.assumed
def test_pages_move_when_a_generation_is_added_or_deleted(you: Client) -> None:
    with_orders(you, 4)
    assert ids(you, "?page=2&page_size=2") == [1843, 1842]
    with_orders(you, 1)
    assert ids(you, "?page=2&page_size=2") == [1844, 1843]
    you.delete(1845)
    assert ids(you, "?page=2&page_size=2") == [1843, 1842]


@pytest.mark.documented
def test_the_history_holds_no_generations_of_another_account(you: Client) -> None:
    with_orders(you, 2)
    you.send("/auth/signup", {"email": "new@example.com", "password": "secret"})
    assert ids(you.login("new@example.com", "secret")) == []
