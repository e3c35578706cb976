"""Every path knows its methods, and names them in the answer to another one."""

import pytest

from tests.support.client import Client, raw

from .played import Start

# Each path of the API, and its `Allow`.
PATHS = {
    "/api/v1/auth/signup": "POST",
    "/api/v1/auth/login": "POST",
    "/api/v1/auth/me": "GET",
    "/api/v1/auth/forgot-password": "POST",
    "/api/v1/generations/models": "GET",
    "/api/v1/generations": "POST, GET",
    "/api/v1/generations/1842/status": "GET",
    "/api/v1/generations/1842": "GET, DELETE",
    "/media/1842/0.png": "GET, HEAD",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
WRONG = [(method, path) for path, allow in PATHS.items() for method in METHODS if method not in allow.split(", ")]


@pytest.mark.assumed
@pytest.mark.parametrize(("method", "path"), WRONG, ids=[" ".join(row) for row in WRONG])
def test_another_method_is_a_405_that_names_the_right_methods(api: Start, method: str, path: str) -> None:
    anyone = api().other(base="")
    answer = anyone.ask(method, path)
    assert (answer.status, answer.headers["allow"]) == (405, PATHS[path])
    assert method == "HEAD" or answer.detail == "Method not allowed"


@pytest.mark.assumed
@pytest.mark.parametrize("path", ["/", "/__mock/health"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "OPTIONS", "DELETE"])
def test_the_paths_beside_the_api_know_their_methods_too(api: Start, method: str, path: str) -> None:
    answer = api().other(base="").ask(method, path)
    assert (answer.status, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})
    assert answer.detail


@pytest.mark.assumed
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/api/v1",
        "/api/v1/",
        "/api/v1/auth",
        "/api/v2/auth/me",
        "/API/V1/auth/me",
        "/api/v1//auth/me",
        "/api/v1/../v1/auth/me",
        "/api/v1/generations/",
        "/api/v1/generations/1842/",
        "/api/v1/generations/1842/status/x",
        "/media",
        "/media/1842",
        "/__mock/nowhere",
        "/favicon.ico",
    ],
)
def test_an_unknown_path_is_a_404_by_any_method(api: Start, method: str, path: str) -> None:
    answer = api().other(base="").ask(method, path)
    assert answer.status == 404
    assert method == "HEAD" or answer.detail.startswith("Not found")


@pytest.mark.assumed
@pytest.mark.parametrize("path", list(PATHS))
def test_an_unknown_method_is_refused_by_the_parser(api: Start, path: str) -> None:
    answer = raw(api().url, f"FROBNICATE {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.assumed
def test_a_wrong_method_moves_nothing(you: Client) -> None:
    you.order()
    for _ in range(3):
        assert you.ask("HEAD", "/generations/1842/status").status == 405
    assert [you.status(1842).json["progress"] for _ in range(3)] == [0, 0, 33]
