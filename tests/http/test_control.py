"""The control plane about the server itself: its places, its health and its documents."""

import pytest
from msgspec.json import decode
from starlette.testclient import TestClient

from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.http.app import application, document
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.world.worlds import Worlds

SCENARIO = Scenario(api=ApiSettings(prompt_max=7))


@pytest.fixture
def client() -> TestClient:
    return TestClient(application(Worlds(FixedSource(LoadedScenario(SCENARIO)))), follow_redirects=False)


@pytest.mark.parametrize("prefix", ["", "/w/default"])
def test_the_index_says_where_everything_is(client: TestClient, prefix: str) -> None:
    index = client.get(f"{prefix}/").json()
    assert (index["name"], index["world"], index["api"]) == ("imaginelab-mock", "default", f"{prefix}/api/v1")
    assert client.get(index["health"]).json()["status"] == "ok"
    assert client.get(f"{index['api']}/auth/me").status_code == 401
    assert client.get(index["openapi"]).content == document(SCENARIO)


def test_the_document_is_sent_as_json(client: TestClient) -> None:
    answer = client.get("/__mock/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert decode(answer.content)["openapi"] == "3.1.0"


def test_health_and_index_name_the_same_release(client: TestClient) -> None:
    assert client.get("/__mock/health").json()["version"] == client.get("/").json()["version"]


@pytest.mark.parametrize("path", ["/", "/__mock/health", "/__mock/openapi.json"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_another_method_is_a_405_that_names_the_allowed_ones(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.json() == {"detail": "Method not allowed"}


@pytest.mark.parametrize("path", ["/", "/__mock/health", "/__mock/openapi.json"])
def test_head_has_the_headers_of_get(client: TestClient, path: str) -> None:
    assert client.head(path).headers == client.get(path).headers


@pytest.mark.parametrize("path", ["/__mock", "/__mock/", "/__mock/health/", "/__mock/nothing", "/w/default/__mock/x"])
def test_another_path_is_a_404(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found; GET / says where everything is"})


SHARED = ("/", "/__mock/health", "/__mock/worlds", "/__mock/scenarios", "/__mock/openapi.json", "/__mock/nothing")
OWN = ("/__mock/scenario", "/__mock/clock", "/__mock/accounts", "/__mock/generations", "/__mock/faults")


@pytest.mark.parametrize("path", [f"/w/other{path}" for path in SHARED])
def test_a_route_about_the_server_makes_no_world(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (200, 404)
    assert [world["name"] for world in client.get("/__mock/worlds").json()["worlds"]] == ["default"]


@pytest.mark.parametrize("path", [f"/w/other{path}" for path in OWN])
def test_a_read_of_a_world_that_is_not_there_makes_nothing_and_says_how_to(client: TestClient, path: str) -> None:
    answer = client.get(path)
    said = "there is no world other yet; the first request to its API makes it, or POST /w/other/__mock/reset"
    assert (answer.status_code, answer.json()) == (404, {"detail": said})
    assert client.head(path).status_code == 404
    assert [world["name"] for world in client.get("/__mock/worlds").json()["worlds"]] == ["default"]
    assert client.post("/w/other/__mock/reset").status_code == 200
    assert client.get(path).status_code == 200


def test_index_and_health_name_the_world_of_their_prefix_though_it_is_not_there(client: TestClient) -> None:
    views = [client.get(f"/w/other{path}").json() for path in ("/", "/__mock/health")]
    assert [view["world"] for view in views] == ["other", "other"]
    assert (views[0]["clock"], views[1]["worlds"]) == ("/w/other/__mock/clock", 1)


def test_the_control_plane_counts_as_no_traffic_of_the_api() -> None:
    worlds = Worlds(FixedSource(LoadedScenario(SCENARIO)))
    client = TestClient(application(worlds))
    for path in SHARED + OWN:
        client.get(path)
    assert len(worlds.find("default").journal) == 0
