"""A prefix chooses a world; only `default` is reachable yet."""

import pytest

from .client import BASE, EMAIL, PASSWORD, Start


@pytest.mark.assumed
def test_the_default_world_has_a_prefix_too(api: Start) -> None:
    anyone = api()
    you = anyone.other(base=f"/w/default{BASE}").login()
    id_ = you.order()
    assert you.polls(id_)[-1] == ("completed", 100)
    link = you.result(id_).json["outputs"][0]
    assert (you.read(link).status, you.read("/generations").json["total"]) == (200, 1)
    assert (you.read("/generations/models").status, you.delete(id_).status) == (200, 200)
    assert you.send("/auth/forgot-password", {"email": EMAIL}).status == 200
    assert you.send("/auth/signup", {"email": "new@example.com", "password": "secret"}).status == 201


@pytest.mark.assumed
def test_both_ways_lead_to_the_same_world(api: Start) -> None:
    you = api().login()
    id_ = you.order()
    assert you.other(you.token, f"/w/default{BASE}").result(id_).json["id"] == id_


@pytest.mark.assumed
@pytest.mark.parametrize("path", ["/", "/__mock/health"])
def test_the_paths_beside_the_api_have_the_prefix_too(api: Start, path: str) -> None:
    anyone = api().other(base="")
    answers = [anyone.read(prefix + path) for prefix in ("", "/w/default")]
    assert [(answer.status, answer.json["world"]) for answer in answers] == [(200, "default")] * 2


@pytest.mark.assumed
@pytest.mark.parametrize("path", ["/auth/me", "/generations", "/generations/1842/status", "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_another_world_is_a_404(api: Start, method: str, path: str) -> None:
    answer = api().other(base=f"/w/other{BASE}").ask(method, path)
    assert (answer.status, answer.detail) == (404, "There is no world other")


@pytest.mark.assumed
@pytest.mark.parametrize("path", ["/w/other/__mock/health", "/w/other/", "/w/other/media/1842/0.png", "/w/Default/"])
def test_nothing_beside_the_api_is_in_another_world(api: Start, path: str) -> None:
    assert api().other(base="").read(path).status == 404


@pytest.mark.assumed
@pytest.mark.parametrize("prefix", ["/w", "/w/", "/w//", "/w/a b", "/w/é", f"/w/{'a' * 65}", "/w/default/w/default"])
def test_a_prefix_that_names_no_world_is_a_404(api: Start, prefix: str) -> None:
    quoted = prefix.replace(" ", "%20").replace("é", "%C3%A9")
    assert api().other(base=f"{quoted}{BASE}").read("/auth/me").status == 404


@pytest.mark.assumed
def test_a_login_elsewhere_is_refused_and_changes_nothing(api: Start) -> None:
    you = api().login()
    before = you.standing()
    elsewhere = you.other(you.token, f"/w/other{BASE}")
    assert elsewhere.fill_in("/auth/login", {"username": EMAIL, "password": PASSWORD}).status == 404
    assert elsewhere.create().status == 404
    assert you.standing() == before
