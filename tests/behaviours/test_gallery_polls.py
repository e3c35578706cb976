"""Stories of the gallery about waiting: a sound client meets a poll that goes wrong."""

import http.client
import json

import pytest
from msgspec import Struct

from tests.support.client import Answer, Client
from tests.support.customer import EMAIL, PASSWORD

from .gallery import FINAL, PATIENCE, history, living, wait
from .played import Start

pytestmark = pytest.mark.assumed


class GivenUp(Struct, frozen=True):
    """The error of a client whose deadline has passed."""

    id: int
    status: str


def wait_or_give_up(you: Client, id_: int, polls: int = PATIENCE) -> str | GivenUp:
    """Wait for the end; at the deadline, return the id, so that the client can look again later."""
    status = wait(you, id_, polls)
    return status if status in FINAL else GivenUp(id_, status)


def test_a_generation_that_never_ends_is_given_up(api: Start) -> None:
    you = living(api, "stuck-at-99")
    assert wait_or_give_up(you, you.order()) == GivenUp(1842, "processing")
    assert (you.status(1842).json["progress"], you.credits()) == (99, 95)


def test_a_video_that_outlives_the_deadline_is_waited_for_again(api: Start) -> None:
    you = living(api, "long-video")
    id_ = you.order(generation_type="video", model_name="video-standard")
    assert wait_or_give_up(you, id_, polls=100) == GivenUp(id_, "processing")
    assert wait_or_give_up(you, id_, polls=100) == "completed"
    assert history(you) == [id_]


def test_an_unknown_status_is_not_the_end(api: Start) -> None:
    you = living(api, "unknown-status")
    id_ = you.order()
    assert you.status(id_).json["status"] not in ("pending", "processing")
    assert wait(you, id_) == "completed"


def test_the_first_final_status_is_final(api: Start) -> None:
    you = living(api, "falls-back")
    id_ = you.order()
    assert wait(you, id_) == "completed"
    assert len(you.result(id_).json["outputs"]) == 1


def test_one_more_poll_sees_the_end_revoked(api: Start) -> None:
    you = living(api, "falls-back")
    id_ = you.order()
    assert [wait(you, id_), you.status(id_).json["status"], wait(you, id_)] == ["completed", "processing", "completed"]


def progress_of(view: dict[str, object]) -> int:
    """Progress where there is any; it serves for display only."""
    progress = view.get("progress")
    return progress if isinstance(progress, int) else 0


def test_fields_that_are_missing_or_new_change_nothing(api: Start) -> None:
    you = living(api, "odd-fields")
    id_ = you.order()
    views = [you.status(id_).json for _ in range(5)]
    assert [sorted(view) for view in views[:3]] == [
        ["id", "progress", "status"],
        ["eta", "id", "progress", "status"],
        ["id", "status"],
    ]
    assert [progress_of(view) for view in views] == [0, 0, 0, 66, 100]


def patient(you: Client, id_: int) -> tuple[str, list[int | str]]:
    """Poll until the end; repeat a poll whose answer is not the API's. Return the outcome of each poll."""
    seen: list[int | str] = []
    while len(seen) < PATIENCE:
        try:
            answer = you.status(id_)
        except ConnectionError:
            seen.append("lost")
            continue
        seen.append(answer.status)
        if answer.status == 200 and answer.json["status"] in FINAL:
            return str(answer.json["status"]), seen
    return "", seen


def test_a_poll_that_is_lost_or_fails_is_repeated(api: Start) -> None:
    you = living(api, "rough-poll")
    assert patient(you, you.order()) == ("completed", [200, "lost", 200, 500, 200])


def test_a_page_of_the_gateway_is_no_answer(api: Start) -> None:
    you = living(api, "gateway-page")
    assert patient(you, you.order()) == ("completed", [200, 502, 502, 200, 200])


def test_a_page_of_the_gateway_is_not_json(api: Start) -> None:
    you = living(api, "gateway-page")
    id_ = you.order()
    you.status(id_)
    page = you.status(id_)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    with pytest.raises(json.JSONDecodeError):
        page.json  # noqa: B018 - reading it is the mistake


def test_a_generation_is_visible_soon_after_its_create(api: Start) -> None:
    you = living(api, "not-there-yet")
    assert patient(you, you.order()) == ("completed", [404, 200, 200, 200, 200])


def test_a_client_waits_after_a_refused_poll(api: Start) -> None:
    you = living(api, "poll-rate-limited")
    end, seen = patient(you, you.order())
    assert (end, seen) == ("completed", [200] * 10 + [429, 200])
    assert history(you) == [1842]


def test_a_refused_poll_gives_the_rest_of_the_window(api: Start) -> None:
    you = living(api, "poll-rate-limited")
    id_ = you.order()
    told = [you.status(id_).headers["retry-after"] for _ in range(12)]
    assert told == [None] * 10 + ["5", None]


def with_fresh_token(you: Client, id_: int) -> tuple[Answer, Client]:
    """Poll once; on a 401, log in and poll again, a single time. Return the client with the good token."""
    answer = you.status(id_)
    if answer.status == 401:
        you = you.login()
        answer = you.status(id_)
    return answer, you


def test_an_expired_token_is_renewed_once(api: Start) -> None:
    you = living(api, "token-expires")
    id_, seen, tokens = you.order(), list[str](), {you.token}
    while "completed" not in seen:
        answer, you = with_fresh_token(you, id_)
        assert answer.status == 200
        seen.append(answer.json["status"])
        tokens.add(you.token)
    assert seen == ["pending", "processing", "processing", "processing", "completed"]
    assert len(tokens) == 2


def test_a_login_that_does_not_help_is_not_repeated(api: Start) -> None:
    you = living(api, "login-loop")
    answer, _ = with_fresh_token(you, you.order())
    assert (answer.status, answer.detail) == (401, "Could not validate credentials")


def test_repeated_logins_never_help(api: Start) -> None:
    you = living(api, "login-loop")
    id_ = you.order()
    answers = [you.login().status(id_).status for _ in range(5)]
    assert answers == [401] * 5


def poll_within(seconds: float, you: Client, id_: int) -> Answer | None:
    """Poll on a connection of its own, and give up after so many seconds of real time."""
    connection = http.client.HTTPConnection(you.url.removeprefix("http://"), timeout=seconds)
    try:
        connection.request(
            "GET", f"{you.base}/generations/{id_}/status", None, {"Authorization": f"Bearer {you.token}"}
        )
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    except TimeoutError:
        return None
    finally:
        connection.close()


def test_a_poll_that_is_never_answered_is_repeated_on_another_connection(api: Start) -> None:
    you = living(api, "no-answer")
    id_ = you.order()
    assert you.status(id_).json["status"] == "pending"
    assert poll_within(0.1, you, id_) is None
    assert wait(you, id_) == "completed"


def test_a_wall_against_robots_is_not_solved_by_credentials(api: Start) -> None:
    you = living(api, "bot-wall")
    id_, *_ = (you.order() for _ in range(19))
    assert patient(you, id_) == ("completed", [403, 403, 403, 200, 200])


def test_a_wall_against_robots_stands_before_the_login_too(api: Start) -> None:
    you = living(api, "bot-wall")
    for _ in range(19):
        you.order()
    page = you.fill_in("/auth/login", {"username": EMAIL, "password": PASSWORD})
    assert (page.status, page.headers["content-type"]) == (403, "text/html; charset=utf-8")
