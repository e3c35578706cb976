"""Pages of other sites make no world, by any request; every other client makes one by its first request."""

import json
from urllib.parse import urlencode

import pytest

from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.http.app import Settings
from mockserver.http.guard import Guard
from tests.support.client import Answer, Client
from tests.support.customer import BASE, FORM, JSON, LOGIN, ORDER, PASSWORD
from tests.support.emulator import served

SITE = "https://shop.example"
ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Origin": SITE}
FOREIGN = {"Host": "rebound.example.com"}

Asked = tuple[str, str, bytes, dict[str, str]]
"""A method, a path, a body and headers."""

REQUESTS: dict[str, Asked] = {
    "a read": ("GET", f"/w/gw3{BASE}/generations", b"", {}),
    "a login": ("POST", f"/w/gw3{BASE}/auth/login", urlencode(LOGIN).encode(), {"Content-Type": FORM}),
    "a login with a plus": (
        "POST",
        f"{BASE}/auth/login",
        urlencode({"username": "you+gw3@example.com", "password": PASSWORD}).encode(),
        {"Content-Type": FORM},
    ),
    "a create": ("POST", f"/w/gw3{BASE}/generations", json.dumps(ORDER).encode(), {"Content-Type": JSON}),
    "a file": ("GET", "/w/gw3/media/1842/0.png", b"", {}),
    "a path that leads nowhere": ("GET", "/w/gw3/favicon.ico", b"", {}),
}
each_request = pytest.mark.parametrize("asked", REQUESTS.values(), ids=list(REQUESTS))


def worlds(client: Client) -> list[str]:
    return [world["name"] for world in client.other(base="").read("/__mock/worlds").json["worlds"]]


def ask(client: Client, asked: Asked, headers: dict[str, str]) -> Answer:
    method, path, body, own = asked
    return client.other(base="").ask(method, path, body, {**own, **headers})


@each_request
@pytest.mark.parametrize(
    ("headers", "hint"),
    [
        (ELSEWHERE, "comes from a page of another site; to let pages in, name their origin in the scenario (api:"),
        ({"Sec-Fetch-Site": "cross-site"}, "comes from a page of another site"),
        (FOREIGN, 'the server is not known as "rebound.example.com"; if that is its name, start it with --allow-host'),
        ({"Host": "a b"}, 'the server is not known as "a b"'),
    ],
    ids=["a page", "a page without an origin", "a foreign name", "no name"],
)
def test_a_request_of_a_strange_page_makes_no_world(asked: Asked, headers: dict[str, str], hint: str) -> None:
    with served() as server, Client(server.url) as client:
        answer = ask(client, asked, headers)
        assert (answer.status, answer.headers["x-mock-hint"].partition(", and ")[0]) == (
            403,
            "the request would make the world gw3",
        )
        assert hint in answer.headers["x-mock-hint"]
        assert worlds(client) == ["default"]


@each_request
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "api.imagineview.art"},
        {"Host": "mock:8402"},
        {"Host": "mock.example.net"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": SITE},
    ],
    ids=str,
)
def test_any_other_request_makes_its_world(asked: Asked, headers: dict[str, str]) -> None:
    with served(None, Settings(guard=Guard(("mock.example.net",)))) as server, Client(server.url) as client:
        assert ask(client, asked, headers).status != 403
        assert worlds(client) == ["default", "gw3"]


@each_request
@pytest.mark.parametrize(("cors", "lets_in"), [("*", True), (SITE, True), ("https://other.example", False)])
def test_a_page_that_the_scenario_names_makes_its_world(asked: Asked, cors: str, lets_in: bool) -> None:
    with served(Scenario(api=ApiSettings(cors=cors))) as server, Client(server.url) as client:
        assert (ask(client, asked, ELSEWHERE).status != 403) is lets_in
        assert worlds(client) == ["default", *["gw3"] * lets_in]


@each_request
@pytest.mark.parametrize("headers", [ELSEWHERE, FOREIGN], ids=["a page", "a foreign name"])
def test_an_existing_world_answers_every_client(asked: Asked, headers: dict[str, str]) -> None:
    with served() as server, Client(server.url) as client:
        ask(client, asked, {})
        assert ask(client, asked, headers).status != 403
        assert client.other(base="").ask("GET", f"{BASE}/auth/me", b"", headers).status == 401
