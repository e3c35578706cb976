"""Faults before the effect or after it: an effect may take place without the client's knowledge."""

import http.client
from collections.abc import Callable

import pytest

from mockserver.language.file import parse
from tests.support.client import Answer, Client
from tests.support.customer import EMAIL, PASSWORD

from .played import Start

THENS = ["{drop: reset}", "{drop: close}", "{drop: garbage}", "{status: 524}", "{status: 500, text: nginx-502}"]
each_way = pytest.mark.parametrize("then", THENS)


def hiding(api: Start, on: str, then: str, more: str = "calls: 1") -> Client:
    text = f"faults: [{{on: {on}, {more}, phase: after, then: {then}}}]"
    return api(parse(text, "after.yaml").scenario)


def unheard(ask: Callable[[], Answer]) -> bool:
    """Send a request, and return whether the client got no answer."""
    try:
        return ask().status >= 500
    except (ConnectionError, http.client.BadStatusLine):
        return True


@pytest.mark.assumed
@each_way
def test_a_create_without_an_answer_exists_and_is_paid_for(api: Start, then: str) -> None:
    you = hiding(api, "create", then).login()
    assert unheard(you.create)
    [item] = you.other(you.token).read("/generations").json["items"]
    assert (item["id"], item["status"], you.other(you.token).credits()) == (1842, "pending", 95)
    assert you.other(you.token).order() == 1843


@pytest.mark.assumed
@each_way
def test_a_delete_without_an_answer_took_place(api: Start, then: str) -> None:
    you = hiding(api, "delete", then).login()
    id_ = you.order()
    assert unheard(lambda: you.delete(id_))
    again = you.other(you.token)
    assert (again.status(id_).status, again.delete(id_).status, again.credits()) == (404, 404, 100)


@pytest.mark.assumed
@each_way
def test_the_token_of_a_login_without_an_answer_is_good(api: Start, then: str) -> None:
    it = hiding(api, "login", then)
    form = {"username": EMAIL, "password": PASSWORD}
    assert unheard(lambda: it.fill_in("/auth/login", form))
    # Tokens are functions of the account and the time: the lost one equals that of a world without faults.
    lost = api().login().token
    assert it.other(lost).read("/auth/me").status == 200


@pytest.mark.assumed
@each_way
def test_a_signup_without_an_answer_took_the_address(api: Start, then: str) -> None:
    it = hiding(api, "signup", then)
    newcomer = {"email": "new@example.com", "password": "secret"}
    assert unheard(lambda: it.send("/auth/signup", newcomer))
    assert it.other().send("/auth/signup", newcomer).status == 400
    assert it.other().login("new@example.com", "secret").read("/auth/me").status == 200


@pytest.mark.assumed
def test_a_poll_without_an_answer_counts(api: Start) -> None:
    you = hiding(api, "status", "{status: 500}").login()
    id_ = you.order()
    assert [you.status(id_).status for _ in range(2)] == [500, 200]
    assert you.status(id_).json["progress"] == 33


@pytest.mark.assumed
def test_only_a_success_can_be_hidden_and_counts(api: Start) -> None:
    it = hiding(api, "create", "{status: 524}", more="calls: 2")
    you = it.login()
    statuses = [you.order() and 201]
    statuses += [it.create().status, you.create(prompt=None).status, you.create(model_name="none").status]
    statuses += [you.create().status, you.create().status]
    assert statuses == [201, 401, 400, 400, 524, 201]
    assert you.credits() == 85


@pytest.mark.assumed
def test_a_fault_after_the_effect_does_not_fire_on_the_answer_of_another_fault(api: Start) -> None:
    text = """
faults:
  - {on: create, phase: after, calls: 1, then: {status: 524}}
  - {on: create, calls: 1, then: {status: 522}}
"""
    you = api(parse(text, "after.yaml").scenario).login()
    assert [you.create().status for _ in range(3)] == [522, 524, 201]
    assert you.credits() == 90
