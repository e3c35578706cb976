"""A request in flight while its world starts over ends in the world that existed when its head arrived."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from mockserver.language.file import parse
from tests.support.client import Client
from tests.support.customer import BASE, EMAIL, ORDER, PASSWORD

from .open_requests import Opened
from .played import Start
from .steering import Steering

TEXT = """
clock: {mode: poll}
faults:
  - {on: any, when: {header.x-fault: hang}, then: {drop: hang}}
  - {on: any, when: {header.x-fault: late}, then: {delay: 200ms}}
  - {on: any, when: {header.x-fault: drops}, then: {drip: {bytes: 16, every: 20ms}}}
  - {on: any, when: {header.x-fault: lost}, phase: after, then: {drop: hang}}
"""
NAMES = ("default", "gw3")

StartOver = Callable[[Steering, str], object]


def resets(steering: Steering, world: str) -> None:
    steering.reset()


def plays_another_script(steering: Steering, world: str) -> None:
    steering.play("seed: 9\nclock: {mode: poll}")


def discards(steering: Steering, world: str) -> None:
    assert steering.discard(world).status == 200
    steering.reset()


each_start_over = pytest.mark.parametrize(
    ("world", "start_over"),
    [(world, start) for world in NAMES for start in (resets, plays_another_script)] + [("gw3", discards)],
)


def owner(api: Start, world: str) -> tuple[Steering, Client]:
    """The control plane of a world, and the reference's user in it with one order."""
    steering = Steering(api(parse(TEXT, "flight.yaml").scenario), world)
    you = steering.client().login()
    assert you.order() == 1842
    return steering, you


def opened(you: Client) -> Opened:
    return Opened(you.url, you.token)


@pytest.mark.assumed
@each_start_over
def test_an_order_whose_body_was_half_sent_is_accepted_by_the_old_world(
    api: Start, world: str, start_over: StartOver
) -> None:
    steering, you = owner(api, world)
    with opened(you) as requests:
        order = requests.begin("POST", f"{you.base}/generations", ORDER)
        start_over(steering, world)
        answer = order.answer()
    assert (answer.status, answer.json["id"]) == (201, 1843)
    assert steering.read("/generations")["total"] == 0
    assert [account["entries"] for account in steering.read("/accounts")["accounts"]] == [1]


@pytest.mark.assumed
@each_start_over
def test_a_poll_whose_body_was_half_sent_finds_the_old_generation(
    api: Start, world: str, start_over: StartOver
) -> None:
    steering, you = owner(api, world)
    you.status(1842)
    with opened(you) as requests:
        poll = requests.begin("GET", f"{you.base}/generations/1842/status", "  ")
        start_over(steering, world)
        again = steering.client().login()
        assert again.order() == 1842
        assert again.status(1842).json["status"] == "pending"
        answer = poll.answer()
    assert (answer.status, answer.json["status"]) == (200, "processing")
    views = steering.read("/generations")["generations"]
    assert [(view["id"], view["status"], view["age"]) for view in views] == [(1842, "pending", 0)]


@pytest.mark.assumed
@pytest.mark.parametrize(("username", "world"), [(EMAIL, "default"), ("you+gw3@example.com", "gw3")])
def test_a_login_whose_body_was_half_sent_gets_a_token_of_the_old_world(api: Start, username: str, world: str) -> None:
    steering, you = owner(api, world)
    form = urlencode({"username": username, "password": PASSWORD})
    kind = "application/x-www-form-urlencoded"
    with Opened(you.url, None) as requests:
        login = requests.begin("POST", f"{BASE}/auth/login", form, content_type=kind, x_fault="")
        steering.reset(seed=5)
        answer = login.answer()
    assert answer.status == 200
    assert you.other(answer.json["access_token"]).read("/auth/me").status == 401
    steering.reset(seed=1842)
    assert you.other(answer.json["access_token"]).read("/auth/me").status == 200


@pytest.mark.assumed
def test_a_request_for_a_new_world_makes_it_once(api: Start) -> None:
    steering, you = owner(api, "default")
    token = Steering(api(), "gw4").client().login().token
    with Opened(you.url, token) as requests:
        first, second = (requests.begin("POST", f"/w/gw4{BASE}/generations", ORDER) for _ in range(2))
        assert steering.worlds == ["default"]
        assert sorted(each.answer().json["id"] for each in (first, second)) == [1842, 1843]
    assert steering.worlds == ["default", "gw4"]


@pytest.mark.assumed
@each_start_over
def test_a_late_answer_is_about_the_old_world(api: Start, world: str, start_over: StartOver) -> None:
    steering, you = owner(api, world)
    with opened(you) as requests:
        order = requests.ask("POST", f"{you.base}/generations", ORDER, "late")
        steering.await_exchanges(3)
        start_over(steering, world)
        assert steering.read("/generations")["total"] == 0
        assert order.answer().json["id"] == 1843
    assert steering.read("/generations")["total"] == 0


@pytest.mark.assumed
@each_start_over
def test_a_slow_answer_comes_whole(api: Start, world: str, start_over: StartOver) -> None:
    steering, you = owner(api, world)
    whole = you.read("/generations").body
    with opened(you) as requests:
        history = requests.ask("GET", f"{you.base}/generations", None, "drops")
        steering.await_exchanges(4)
        start_over(steering, world)
        answer = history.answer()
    assert (answer.status, answer.body) == (200, whole)


@pytest.mark.assumed
@each_start_over
@pytest.mark.parametrize("fault", ["hang", "lost"])
def test_a_hanging_request_still_hangs_and_delays_no_other(
    api: Start, world: str, start_over: StartOver, fault: str
) -> None:
    steering, you = owner(api, world)
    with opened(you) as requests:
        for _ in range(5):
            requests.ask("POST", f"{you.base}/generations", ORDER, fault)
        steering.await_exchanges(7)
        start_over(steering, world)
        again = steering.client().login()
        assert (again.order(), again.status(1842).json["status"]) == (1842, "pending")
        assert steering.read("/generations")["total"] == 1
    assert again.order() == 1843


@pytest.mark.assumed
@pytest.mark.parametrize("world", NAMES)
def test_a_client_that_leaves_half_way_has_no_effect(api: Start, world: str) -> None:
    steering, you = owner(api, world)
    with opened(you) as requests:
        requests.begin("POST", f"{you.base}/generations", ORDER)
        steering.reset()
    assert steering.client().login().order() == 1842
    assert steering.read("/generations")["total"] == 1


@pytest.mark.assumed
def test_an_answer_of_the_old_world_is_no_exchange_of_the_new_one(api: Start) -> None:
    steering, you = owner(api, "gw3")
    with opened(you) as requests:
        order = requests.begin("POST", f"{you.base}/generations", ORDER)
        steering.reset()
        assert order.answer().status == 201
    listed = {world["name"]: world["exchanges"] for world in steering.read("/worlds")["worlds"]}
    assert listed["gw3"] == 0
