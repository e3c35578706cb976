"""The rules for an order, the order of their checks, and that a refused order leaves no trace."""

import json
from collections.abc import Callable

import pytest

from mockserver.core.account import Declaration
from mockserver.core.generation import GenerationType, Model
from mockserver.core.scenario import ApiSettings, Scenario
from tests.support.client import Answer, Client
from tests.support.customer import EMAIL, ORDER, PASSWORD

from .played import Start

WITHOUT: list[object] = [{key: value for key, value in ORDER.items() if key != missing} for missing in ORDER]

# An order's change, and the field that the answer names.
FLAWS: list[tuple[dict[str, object], str]] = [
    ({"generation_type": "hologram"}, "generation_type"),
    ({"generation_type": "Image"}, "generation_type"),
    ({"generation_type": "video"}, "model_name"),
    ({"model_name": "none"}, "model_name"),
    ({"model_name": ""}, "model_name"),
    ({"prompt": ""}, "prompt"),
    ({"prompt": "x" * 10_001}, "prompt"),
    ({"settings": "16:9"}, "settings"),
    ({"settings": ["16:9"]}, "settings"),
    ({"project_id": 1.5}, "project_id"),
    ({"project_id": {}}, "project_id"),
    ({"project_id": True}, "project_id"),
]
NOT_TEXT = [None, True, 0, -1.5, 2**70, [], ["image"], {}, {"image": "image"}]


def poor(api: Start) -> Client:
    return api(Scenario(accounts=(Declaration(email=EMAIL, password=PASSWORD, credits=0),))).login()


@pytest.mark.documented
@pytest.mark.parametrize("missing", list(ORDER))
def test_an_order_without_a_field_is_a_400_that_names_it(you: Client, missing: str) -> None:
    answer = you.send("/generations", {key: value for key, value in ORDER.items() if key != missing})
    assert (answer.status, answer.detail) == (400, f"{missing}: missing")


@pytest.mark.documented
def test_the_answer_lists_everything_wrong_at_once(you: Client) -> None:
    detail = you.send("/generations", {"generation_type": 1, "settings": 2}).detail
    assert [flaw.partition(":")[0] for flaw in detail.split("; ")] == [
        "generation_type",
        "model_name",
        "prompt",
        "settings",
    ]


@pytest.mark.documented
@pytest.mark.parametrize(("change", "field"), FLAWS, ids=lambda value: str(value)[:40])
def test_an_order_with_a_wrong_field_is_a_400_that_names_it(you: Client, change: dict[str, object], field: str) -> None:
    answer = you.create(**change)
    assert (answer.status, answer.detail.partition(":")[0]) == (400, field)


@pytest.mark.documented
@pytest.mark.parametrize("value", NOT_TEXT, ids=str)
@pytest.mark.parametrize("field", list(ORDER))
def test_a_text_field_takes_only_text(you: Client, field: str, value: object) -> None:
    answer = you.create(**{field: value})
    assert (answer.status, answer.detail.partition(":")[0]) == (400, field)


@pytest.mark.assumed
@pytest.mark.parametrize("project", ["summer", 7, 0, -3, 2**64, -(2**70), "", None])
def test_a_project_is_a_text_or_a_number(you: Client, project: object) -> None:
    assert you.create(project_id=project).json["project_id"] == project


@pytest.mark.assumed
def test_unknown_fields_are_ignored(you: Client) -> None:
    assert you.create(n=1, user_id=1, credit_cost=0).json["credit_cost"] == 5


@pytest.mark.assumed
def test_the_answer_about_an_unknown_model_has_a_hint_that_shows_its_declaration(you: Client) -> None:
    hint = you.create(model_name="kling-pro").headers["x-mock-hint"]
    assert "seedream-5.0-lite" in hint
    assert "unknown_models: accept" in hint


@pytest.mark.assumed
def test_the_hint_names_some_of_ten_thousand_models(api: Start) -> None:
    models = (Model(name=f"{i}-{'x' * 190}", generation_type=GenerationType.IMAGE) for i in range(10_000))
    answer = api(Scenario(models=tuple(models))).login().create()
    assert answer.status == 400
    assert 1_000 < len(answer.headers["x-mock-hint"]) < 8_000


@pytest.mark.assumed
def test_the_scenario_can_accept_unknown_models(api: Start) -> None:
    you = api(Scenario(api=ApiSettings(unknown_models="accept"))).login()
    assert you.create(generation_type="video", model_name="kling-pro").json["credit_cost"] == 15


@pytest.mark.assumed
@pytest.mark.parametrize(("length", "status"), [(5, 201), (6, 400)])
def test_the_longest_prompt_can_be_set(api: Start, length: int, status: int) -> None:
    you = api(Scenario(api=ApiSettings(prompt_max=5))).login()
    assert you.create(prompt="é" * length).status == status


@pytest.mark.documented
@pytest.mark.parametrize("ask", [Client.status, Client.result, Client.delete])
@pytest.mark.parametrize("id_", ["1841", "1843", "0", "-1842", "x", "9" * 20, "9" * 5000, "1842.0", "%D9%A3", "+1842"])
def test_an_unknown_generation_is_a_404(you: Client, ask: Callable[[Client, object], Answer], id_: str) -> None:
    you.order()
    answer = ask(you, id_)
    assert (answer.status, answer.detail) == (404, "Generation not found")


@pytest.mark.documented
@pytest.mark.parametrize("ask", [Client.status, Client.result, Client.delete])
def test_the_generation_of_another_account_is_a_404(api: Start, ask: Callable[[Client, object], Answer]) -> None:
    other = Declaration(email="two@example.com", password="two")
    you = api(Scenario(accounts=(Declaration(email=EMAIL, password=PASSWORD), other))).login()
    id_ = you.order()
    answer = ask(you.login("two@example.com", "two"), id_)
    assert (answer.status, answer.detail) == (404, "Generation not found")
    assert you.result(id_).status == 200


@pytest.mark.documented
@pytest.mark.parametrize("polls", [0, 2, 5])
def test_a_deleted_generation_is_gone(you: Client, polls: int) -> None:
    id_ = you.order()
    for _ in range(polls):
        you.status(id_)
    assert you.delete(id_).body == b'{"detail":"Generation deleted"}'
    assert [you.status(id_).status, you.result(id_).status, you.delete(id_).status] == [404, 404, 404]
    assert you.read("/generations").json["items"] == []


@pytest.mark.assumed
def test_the_id_of_a_deleted_generation_is_not_used_again(you: Client) -> None:
    you.delete(you.order())
    assert you.order() == 1843


@pytest.mark.documented
@pytest.mark.parametrize("flawed", [*WITHOUT, ORDER | {"model_name": "none"}, []], ids=str)
def test_a_refused_order_costs_nothing_and_uses_no_id(you: Client, flawed: object) -> None:
    before = you.standing()
    assert you.send("/generations", flawed).status == 400
    assert you.standing() == before
    assert you.order() == 1842


# Each test has a request that two neighbouring checks would refuse, and checks which of them answers.
JSON = {"Content-Type": "application/json"}
TOO_MUCH = b" " * (1024 * 1024 + 1)


@pytest.mark.assumed
@pytest.mark.parametrize(("method", "path", "status"), [("POST", "/nowhere", 404), ("PUT", "/generations", 405)])
def test_the_route_comes_before_the_size(api: Start, method: str, path: str, status: int) -> None:
    assert api().ask(method, path, TOO_MUCH, JSON).status == status


@pytest.mark.assumed
def test_the_size_comes_before_the_token(api: Start) -> None:
    answer = api().ask("POST", "/generations", TOO_MUCH, JSON)
    assert (answer.status, answer.detail) == (413, "Request body too large")


@pytest.mark.assumed
@pytest.mark.parametrize("body", [b"", b"{", b"{}"])
def test_the_token_comes_before_the_fields(api: Start, body: bytes) -> None:
    assert api().ask("POST", "/generations", body, JSON).status == 401


@pytest.mark.assumed
def test_the_token_comes_before_the_generation(api: Start) -> None:
    assert api().status(1).status == 401


@pytest.mark.assumed
def test_the_fields_come_before_the_file(api: Start) -> None:
    anyone = api()
    anyone.base = ""
    assert [anyone.read("/media/1/0.png?a=1").status, anyone.read("/media/1/0.png?a=1&a=2").status] == [404, 400]


@pytest.mark.assumed
def test_the_fields_come_before_the_credits(api: Start) -> None:
    you = poor(api)
    assert [you.create(prompt="").status, you.create(model_name="none").status, you.create().status] == [400, 400, 402]


@pytest.mark.assumed
def test_the_largest_body_is_read(you: Client) -> None:
    body = json.dumps(ORDER).encode()
    exact = body + b" " * (len(TOO_MUCH) - 1 - len(body))
    assert you.ask("POST", "/generations", exact, JSON).status == 201
