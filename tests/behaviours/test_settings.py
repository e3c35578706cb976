"""The section `api` of a scenario: it decides the points that the reference leaves open."""

import pytest

from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.http.app import Settings
from tests.support.client import Client
from tests.support.customer import BASE, ORDER

from .played import Start

ORIGIN = "https://app.example"


def with_settings(api: Start, settings: ApiSettings) -> Client:
    return api(Scenario(api=settings)).login()


@pytest.mark.assumed
def test_the_first_generation_can_have_another_id(api: Start) -> None:
    you = with_settings(api, ApiSettings(first_generation=7))
    assert [you.order(), you.order()] == [7, 8]


@pytest.mark.assumed
def test_an_order_can_be_answered_with_another_status(api: Start) -> None:
    assert with_settings(api, ApiSettings(create_status=202)).create().status == 202


@pytest.mark.assumed
def test_instants_can_be_written_without_a_zone(api: Start) -> None:
    you = with_settings(api, ApiSettings(timestamps="naive-microseconds"))
    assert you.create().json["created_at"] == "2026-06-07T12:00:00.000000"
    assert you.read("/auth/me").json["created_at"] == "2026-06-07T12:00:00.000000"


@pytest.mark.assumed
@pytest.mark.parametrize("path", ["/auth/me/", "/generations/", "/generations/1842/", "/generations/1842/status/"])
def test_a_slash_too_many_is_a_404(you: Client, path: str) -> None:
    you.order()
    assert you.read(path).status == 404


@pytest.mark.assumed
@pytest.mark.parametrize("prefix", ["", "/w/default"])
def test_a_slash_too_many_can_be_redirected(api: Start, prefix: str) -> None:
    you = with_settings(api, ApiSettings(trailing_slash="redirect-307"))
    you.base = prefix + BASE
    answer = you.read("/generations/?page=2")
    assert (answer.status, answer.body) == (307, b"")
    assert answer.headers["location"] == f"{you.url}{prefix}{BASE}/generations?page=2"
    assert you.read(answer.headers["location"]).json["page"] == 2


@pytest.mark.assumed
def test_a_redirect_keeps_the_host_that_the_client_used_or_the_public_url(api: Start) -> None:
    scenario = Scenario(api=ApiSettings(trailing_slash="redirect-307"))
    seen = [
        api(scenario, settings).read("/auth/me/", host="mock.example").headers["location"]
        for settings in (Settings(), Settings(public_url="https://public.example"))
    ]
    assert seen == [f"http://mock.example{BASE}/auth/me", f"https://public.example{BASE}/auth/me"]


@pytest.mark.assumed
@pytest.mark.parametrize("path", ["/nowhere/", "/", "//", "/auth/me%2F", "/auth/me%2f"])
def test_an_unknown_path_with_a_slash_is_not_redirected(api: Start, path: str) -> None:
    assert with_settings(api, ApiSettings(trailing_slash="redirect-307")).read(path).status == 404


@pytest.mark.assumed
def test_by_default_no_answer_has_a_header_for_origins(you: Client) -> None:
    answer = you.read("/auth/me", origin=ORIGIN)
    assert answer.headers["access-control-allow-origin"] is None
    assert you.ask("OPTIONS", "/auth/me", headers={"Origin": ORIGIN}).status == 405


@pytest.mark.assumed
def test_an_origin_can_be_allowed(api: Start) -> None:
    you = with_settings(api, ApiSettings(cors=ORIGIN))
    answers = [you.read("/auth/me"), you.read("/nowhere"), you.other().create()]
    assert [answer.status for answer in answers] == [200, 404, 401]
    assert {answer.headers["access-control-allow-origin"] for answer in answers} == {ORIGIN}


@pytest.mark.assumed
def test_the_answer_to_a_preflight_names_methods_and_headers(api: Start) -> None:
    you = with_settings(api, ApiSettings(cors=ORIGIN))
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    answer = you.other().ask("OPTIONS", "/generations", headers=headers)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (204, b"", None)
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-methods"] == "POST, GET"
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type"
    assert you.ask("OPTIONS", "/nowhere", headers=headers).status == 404


@pytest.mark.assumed
def test_flaws_can_be_listed_as_fastapi_does(api: Start) -> None:
    you = with_settings(api, ApiSettings(validation="fastapi-422"))
    answer = you.send("/generations", {"generation_type": "hologram", "prompt": "x"})
    assert answer.status == 422
    assert [(item["type"], item["loc"]) for item in answer.json["detail"]] == [
        ("value_error", ["body", "generation_type"]),
        ("missing", ["body", "model_name"]),
    ]
    assert answer.json["detail"][1]["msg"] == "Field required"


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("path", "loc"),
    [("/generations?page=0", ["query", "page"]), ("/generations?status=a&status=b", ["query", "status"])],
)
def test_flaws_of_the_query_are_listed_in_the_same_way(api: Start, path: str, loc: list[str]) -> None:
    you = with_settings(api, ApiSettings(validation="fastapi-422"))
    assert [item["loc"] for item in you.read(path).json["detail"]] == [loc]


@pytest.mark.assumed
def test_only_flaws_are_answered_with_422(api: Start) -> None:
    you = with_settings(api, ApiSettings(validation="fastapi-422"))
    answers = [you.other().create(), you.status(1), you.read("/nowhere"), you.ask("PUT", "/auth/me")]
    assert [(answer.status, bool(answer.detail)) for answer in answers] == [
        (401, True),
        (404, True),
        (404, True),
        (405, True),
    ]


@pytest.mark.assumed
def test_a_body_without_json_is_a_flaw_of_the_whole_body(api: Start) -> None:
    you = with_settings(api, ApiSettings(validation="fastapi-422"))
    answer = you.ask("POST", "/generations", b"{", {"Content-Type": "application/json"})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (422, ["body"])
    assert you.send("/generations", ORDER).status == 201
