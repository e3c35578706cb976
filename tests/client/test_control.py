"""Answers that the client understands, and answers from other programs than the mock."""

import pytest

from mockserver.client import ControlError, Invalid, MockServer, NotFound, Problem, Refused, Unavailable, Unreachable

from .fake import Fake, answer

CLOCK = {
    "now": "2026-06-07T12:00:00.000001Z",
    "mode": "poll",
    "step": "next",
    "rate": 1,
    "began": "2026-06-07T12:00:00Z",
    "next": {"at": "2026-06-07T12:00:00Z", "generation": 1842, "what": "visible", "new": 1},
    "new": [1],
}
LOST = answer({"detail": "Not Found"}, 404)
HEALTHY = answer({"status": "ok", "version": "9", "world": "default"})


def test_keys_of_a_newer_server_are_ignored() -> None:
    with Fake([answer(CLOCK)]) as fake, MockServer(fake.url) as server:
        view = server.world().clock.view()
    assert (view.now.microsecond, view.step) == (1, "next")
    assert view.next is not None
    assert (view.next.what, view.next.status, view.next.credits) == ("visible", None, None)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, Refused),
        (403, Refused),
        (413, Invalid),
        (415, Invalid),
        (500, ControlError),
        (503, Unavailable),
    ],
)
def test_a_refusal_has_the_servers_words_and_its_status(status: int, kind: type[ControlError]) -> None:
    refused = pytest.raises(ControlError)
    with Fake([answer({"detail": "so it is"}, status)]) as fake, MockServer(fake.url) as server, refused as error:
        server.world().reset()
    assert (type(error.value), str(error.value)) == (kind, "so it is")
    assert (error.value.status, error.value.detail, error.value.problems) == (status, "so it is", ())


def test_problems_have_their_places() -> None:
    problems = [{"place": "$.by", "sentence": "no"}, {"place": "x.yaml:3:1", "sentence": "no", "line": 3, "column": 1}]
    said, refused = answer({"detail": "no", "problems": problems}, 400), pytest.raises(Invalid)
    with Fake([said]) as fake, MockServer(fake.url) as server, refused as error:
        server.world().clock.advance(1)
    assert error.value.problems == (
        Problem(place="$.by", sentence="no"),
        Problem(place="x.yaml:3:1", sentence="no", line=3, column=1),
    )


@pytest.mark.parametrize("missing", [LOST, answer({"detail": "Method not allowed"}, 405)])
def test_a_404_of_a_mock_is_not_taken_for_another_service(missing: bytes) -> None:
    refused = pytest.raises(ControlError, match=r"^(Not Found|Method not allowed)$")
    with Fake([missing, HEALTHY]) as fake, MockServer(fake.url) as server, refused as error:
        server.world().discard()
    assert not isinstance(error.value, Unreachable)
    assert fake.requests == ["DELETE /__mock/worlds/default", "GET /__mock/health"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([answer(b"<html>", 200, "text/html; charset=utf-8")], "200 and text/html"),
        ([answer(b"", 204, "")], "204 and no content type"),
        ([answer(["a list"])], "200 and application/json"),
        ([answer({"ok": True})], "200 and application/json (no began, mode, next, now, rate, step)"),
        ([answer({**CLOCK, "now": "noon"})], "200 and application/json (Invalid isoformat string: 'noon')"),
        ([answer({**CLOCK, "mode": 1, "now": 1})], "200 and application/json (fromisoformat: argument must be str)"),
        ([answer({**CLOCK, "next": []})], "200 and application/json (list where dict is due)"),
        ([answer(b"Bad gateway", 502, "text/plain")], "502 and text/plain"),
        ([answer({"detail": [{"loc": ["body"]}]}, 422)], "422 and application/json"),
        ([answer({"detail": "no", "problems": "many"}, 400)], "400 and application/json"),
        ([LOST, LOST], "404 and application/json"),
        ([LOST, answer(["up"])], "404 and application/json"),
    ],
)
def test_a_server_that_is_not_a_mock_is_an_error_that_says_so(said: list[bytes], told: str) -> None:
    with Fake(said) as fake, MockServer(fake.url) as server, pytest.raises(Unreachable) as error:
        server.world().clock.view()
    assert str(error.value).startswith(f"{fake.url} answered GET /__mock/clock with {told}, not as this release")
    assert "is the address the mock's" in str(error.value)


@pytest.mark.parametrize(
    ("name", "segment"),
    [("faults.1", "faults.1"), ("a/b?c=d#e", "a%2Fb%3Fc%3Dd%23e"), ("50% +", "50%25%20%2B"), ("ä@b", "%C3%A4%40b")],
)
def test_any_name_is_one_segment_of_a_path(name: str, segment: str) -> None:
    rule = answer({"name": name, "place": "control", "seen": 0, "fired": 0})
    with Fake([rule]) as fake, MockServer(fake.url) as server:
        assert server.world().faults.remove(name).name == name
    assert fake.requests == [f"DELETE /__mock/faults/{segment}"]


def test_a_not_found_of_a_mock_is_a_not_found(server: MockServer) -> None:
    with pytest.raises(NotFound, match="there is no account a@b"):
        server.world().accounts["a@b"].view()
