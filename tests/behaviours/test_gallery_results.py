"""Stories of the gallery about the end: results, downloads, refunds and deletions that go wrong."""

import http.client

import pytest

from tests.support.client import Answer, Client

from .gallery import history, living, wait
from .played import Start

pytestmark = pytest.mark.assumed


def finished(you: Client, **changes: object) -> int:
    """Order, and poll until the end."""
    id_ = you.order(**changes)
    wait(you, id_)
    return id_


def test_on_the_happy_path_every_request_succeeds(api: Start) -> None:
    you = living(api, "happy-path")
    id_ = you.order()
    assert you.polls(id_) == [
        ("pending", 0),
        ("processing", 0),
        ("processing", 33),
        ("processing", 66),
        ("completed", 100),
    ]
    [link] = you.result(id_).json["outputs"]
    assert you.read(link).body.startswith(b"\x89PNG")
    assert you.credits() == 95


def download(you: Client, id_: int, link: str) -> Answer:
    """Download; where the link has expired, take a fresh one from the record."""
    answer = you.other().read(link)
    if answer.status != 403:
        return answer
    [fresh] = you.result(id_).json["outputs"]
    return you.other().read(fresh)


def test_an_expired_link_is_renewed_by_reading_the_result_again(api: Start) -> None:
    you = living(api, "link-expires")
    id_ = finished(you)
    [link] = you.result(id_).json["outputs"]
    picture = you.read(link)
    finished(you)
    finished(you)
    assert (picture.status, you.read(link).status) == (200, 403)
    assert download(you, id_, link).body == picture.body


def outputs(you: Client, id_: int, reads: int = 5) -> list[str]:
    """Read the result until it has outputs."""
    for _ in range(reads):
        if found := list(you.result(id_).json["outputs"]):
            return found
    return []


def test_outputs_that_are_late_are_read_again(api: Start) -> None:
    you = living(api, "empty-outputs")
    id_ = finished(you)
    assert (you.result(id_).json["outputs"], len(outputs(you, id_))) == ([], 1)


def test_a_balance_is_read_and_not_calculated(api: Start) -> None:
    you = living(api, "late-refund")
    assert you.result(finished(you)).json["error"] == "Upstream model error"
    assert you.credits() == 95
    finished(you)
    assert you.credits() == 90
    finished(you)
    assert you.credits() == 90


def result(you: Client, id_: int) -> tuple[Answer, int]:
    """Read the result until it is whole; return also the number of broken reads."""
    broken = 0
    while True:
        try:
            return you.other(you.token).result(id_), broken
        except http.client.IncompleteRead:
            broken += 1


def test_a_result_that_breaks_off_is_read_again(api: Start) -> None:
    you = living(api, "cut-answer")
    answer, broken = result(you, finished(you))
    assert (answer.status, answer.json["status"], broken) == (200, "completed", 1)


def in_parts(you: Client, link: str) -> list[bytes]:
    """Download; where the download breaks off, continue from that byte."""
    try:
        return [you.other().read(link).body]
    except http.client.IncompleteRead as cut:
        rest = you.other().read(link, range=f"bytes={len(cut.partial)}-")
        assert rest.status == 206
        return [bytes(cut.partial), rest.body]


def test_a_broken_download_continues_from_its_last_byte(api: Start) -> None:
    you = living(api, "slow-then-cut")
    [link] = you.result(finished(you)).json["outputs"]
    first, rest = in_parts(you, link)
    assert len(first) == (len(first) + len(rest)) // 2
    assert first + rest == you.read(link).body


def again_unless_moderated(you: Client, prompt: str, attempts: int = 3) -> str:
    """Order again after a failure, but not after a moderation; return the reason of the last failure."""
    error = ""
    for _ in range(attempts):
        error = you.result(finished(you, prompt=prompt)).json.get("error", "")
        if not error or "moderated" in error:
            break
    return error


def test_a_moderated_order_is_not_repeated(api: Start) -> None:
    you = living(api, "moderated-late")
    assert again_unless_moderated(you, "a celebrity on a horse") == "Content moderated"
    assert (history(you), you.credits()) == ([1842], 100)


def test_an_order_that_moderation_accepts_is_completed(api: Start) -> None:
    you = living(api, "moderated-late")
    assert again_unless_moderated(you, "a horse") == ""


def delete(you: Client, id_: int) -> bool:
    """Delete; where that is refused, wait for the end first. A generation that is already gone counts as deleted."""
    answer = you.delete(id_)
    if answer.status == 409:
        wait(you, id_)
        answer = you.delete(id_)
    return answer.status in (200, 404)


def test_a_deletion_that_is_refused_is_repeated_after_the_end(api: Start) -> None:
    you = living(api, "delete-refused")
    id_ = you.order()
    assert [you.status(id_).json["status"] for _ in range(2)] == ["pending", "processing"]
    assert you.delete(id_).detail == "Generation is processing"
    assert [delete(you, id_), delete(you, id_), history(you)] == [True, True, []]


def test_a_deletion_without_a_refund_is_paid_for(api: Start) -> None:
    you = living(api, "delete-refused")
    assert (delete(you, you.order()), you.credits()) == (True, 95)


def test_the_client_sends_no_credentials_to_the_media_host(api: Start) -> None:
    you = living(api, "strict-media-host")
    [link] = you.result(finished(you)).json["outputs"]
    assert (you.read(link).status, you.other().read(link).status) == (400, 200)
