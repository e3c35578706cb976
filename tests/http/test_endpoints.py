"""From a path to its endpoints, and the two applications that have them."""

from pathlib import Path

import pytest

from mockserver import http
from mockserver.core.operation import Operation
from mockserver.http.app import ENDPOINTS
from mockserver.http.endpoints import Routes, split

ROUTES = Routes(ENDPOINTS)


@pytest.mark.parametrize(
    ("path", "methods", "ids"),
    [
        ("/api/v1/auth/me", ["GET"], {}),
        ("/api/v1/generations", ["POST", "GET"], {}),
        ("/api/v1/generations/models", ["GET"], {}),
        ("/api/v1/generations/1842", ["GET", "DELETE"], {"id": "1842"}),
        ("/api/v1/generations/1842/status", ["GET"], {"id": "1842"}),
        ("/api/v1/generations/models/status", ["GET"], {"id": "models"}),
        ("/api/v1/generations/ \n?", ["GET", "DELETE"], {"id": " \n?"}),
        ("/media/1842/0.png", ["GET", "HEAD"], {"id": "1842", "name": "0.png"}),
    ],
)
def test_a_path_has_methods_and_may_name_something(path: str, methods: list[str], ids: dict[str, str]) -> None:
    found, named = ROUTES.match(path)
    assert (list(found or ()), named) == (methods, ids)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/api/v1",
        "/api/v1/generations/",
        "/api/v1/generations//status",
        "/api/v1/generations/1842/",
        "/api/v1/generations/1842/status/",
        "/api/v1/generations/1842/status\n",
        "/x/api/v1/auth/me",
        "/api/v1/auth/{id}",
        "/apixv1/auth/me",
        "/media/1842",
        "/media/1842/a/b",
    ],
)
def test_no_other_path_has_any(path: str) -> None:
    assert ROUTES.match(path) == (None, {})


def test_a_fixed_path_comes_before_a_pattern() -> None:
    methods, _ = ROUTES.match("/api/v1/generations/models")
    assert methods is not None
    assert methods["GET"].operation is Operation.MODELS


def test_every_operation_has_a_path() -> None:
    assert {endpoint.operation for endpoint in ENDPOINTS} == set(Operation)


@pytest.mark.parametrize(
    ("path", "world", "rest"),
    [
        ("/api/v1/auth/me", None, "/api/v1/auth/me"),
        ("/w/default/api/v1/auth/me", "default", "/api/v1/auth/me"),
        ("/w/gw3/api/v1/auth/me", "gw3", "/api/v1/auth/me"),
        ("/w/A.b_c-9/", "A.b_c-9", "/"),
        (f"/w/{'a' * 64}/x", "a" * 64, "/x"),
        ("/w/a/w/b/x", "a", "/w/b/x"),
        ("/w/.../x", "...", "/x"),
        ("/w/.a/x", ".a", "/x"),
        ("/w/../x", None, "/w/../x"),
        ("/w/./x", None, "/w/./x"),
        ("/w/gw3", None, "/w/gw3"),
        ("/w//x", None, "/w//x"),
        ("/w/a b/x", None, "/w/a b/x"),
        ("/w/é/x", None, "/w/é/x"),
        (f"/w/{'a' * 65}/x", None, f"/w/{'a' * 65}/x"),
        ("/world/gw3/x", None, "/world/gw3/x"),
        ("", None, ""),
    ],
)
def test_a_prefix_chooses_a_world(path: str, world: str | None, rest: str) -> None:
    assert split(path) == (world, rest)


@pytest.mark.parametrize(("application", "other"), [("api", "control"), ("control", "api")])
def test_neither_application_imports_the_other(application: str, other: str) -> None:
    modules = [path.read_text("utf-8") for path in (Path(http.__file__).parent / application).glob("*.py")]
    assert len(modules) > 5
    assert [text for text in modules if f"mockserver.http.{other}" in text or f"http import {other}" in text] == []
