"""A token is good by its signature and the virtual clock. The server remembers none."""

import base64
import json

import pytest

from mockserver.core.instant import SECOND
from mockserver.core.scenario import REFERENCE_START, Scenario
from mockserver.core.token import TokenSettings
from tests.support.client import Answer, Client

from .played import Start, every

SHORT = Scenario(tokens=TokenSettings(ttl=5 * SECOND))
START = REFERENCE_START // SECOND


def claims(client: Client) -> dict[str, object]:
    payload = (client.token or "").split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


@pytest.mark.assumed
def test_a_token_names_its_account_and_its_end(api: Start) -> None:
    said = claims(api(SHORT).login())
    assert (said["sub"], said["iat"], said["exp"]) == ("17", START, START + 5)


@pytest.mark.assumed
def test_by_default_a_token_is_good_for_a_hundred_years(you: Client) -> None:
    assert claims(you)["exp"] == START + 36_525 * 86_400


@pytest.mark.assumed
def test_a_token_expires_while_its_owner_polls(api: Start) -> None:
    you = api(SHORT).login()
    id_ = you.order()
    assert [you.status(id_).status for _ in range(5)] == [200, 200, 200, 401, 401]


@pytest.mark.assumed
def test_after_a_401_the_clock_waits_for_a_poll_with_a_new_token(api: Start) -> None:
    you = api(SHORT).login()
    id_ = you.order()
    seen = [you.status(id_) for _ in range(5)]
    assert [answer.json["progress"] for answer in seen[:3]] == [0, 0, 33]
    assert you.login().status(id_).json["progress"] == 66


@pytest.mark.assumed
def test_a_token_is_good_to_the_end_of_its_time_and_not_beyond(api: Start) -> None:
    you = api(Scenario(tokens=TokenSettings(ttl=4 * SECOND), clock=every(1))).login()
    id_ = you.order()
    assert [you.status(id_).status for _ in range(6)] == [200, 200, 200, 200, 401, 401]


@pytest.mark.assumed
def test_a_token_survives_a_restart_with_the_same_seed(api: Start) -> None:
    token = api().login().token
    assert api().other(token).read("/auth/me").status == 200


@pytest.mark.assumed
def test_a_token_of_another_seed_is_refused(api: Start) -> None:
    token = api(Scenario(seed=1)).login().token
    answer = api(Scenario(seed=2)).other(token).read("/auth/me")
    assert (answer.status, answer.detail) == (401, "Missing or invalid bearer token")
    assert "seed" in answer.headers["x-mock-hint"]


@pytest.mark.assumed
def test_a_second_login_leaves_the_first_token_good(you: Client) -> None:
    assert you.login().read("/auth/me").status == 200
    assert you.read("/auth/me").status == 200


@pytest.mark.documented
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_token_with_one_letter_changed_is_refused(you: Client, place: int) -> None:
    parts = (you.token or "").split(".")
    parts[place] = ("B" if parts[place][0] == "A" else "A") + parts[place][1:]
    assert you.other(".".join(parts)).read("/auth/me").status == 401


@pytest.mark.documented
def test_an_unsigned_token_is_refused(you: Client) -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    payload = (you.token or "").split(".")[1]
    assert you.other(f"{header}.{payload}.").read("/auth/me").status == 401


@pytest.mark.assumed
def test_a_client_sees_the_whole_default_life_though_its_token_expires(api: Start) -> None:
    you = api(SHORT).login()
    id_ = you.order()
    answers: list[Answer] = []
    while not answers or answers[-1].json.get("status") != "completed":
        answers.append(you.status(id_))
        if answers[-1].status == 401:
            you = you.login()
    assert [answer.status for answer in answers] == [200, 200, 200, 401, 200, 200]
