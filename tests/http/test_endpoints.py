"""From a path to its endpoints, and the two applications that have them."""

from pathlib import Path

import pytest

from mockserver import http
from mockserver.core.operation import Operation
from mockserver.http.app import ENDPOINTS
from tests.support.routes import Table, world_of

TABLE = Table(ENDPOINTS)


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
    found, named = TABLE.find(path)
    assert (list(found), named) == (methods, ids)


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
    assert TABLE.find(path) == ({}, {})


def test_a_fixed_path_comes_before_a_pattern() -> None:
    methods, _ = TABLE.find("/api/v1/generations/models")
    assert methods["GET"].operation is Operation.MODELS


def test_every_operation_has_a_path() -> None:
    assert {endpoint.operation for endpoint in ENDPOINTS} == set(Operation)


@pytest.mark.parametrize(
    ("path", "world"),
    [
        ("/api/v1/auth/me", None),
        ("/w/default/api/v1/auth/me", "default"),
        ("/w/gw3/api/v1/auth/me", "gw3"),
        ("/w/A.b_c-9/", "A.b_c-9"),
        (f"/w/{'a' * 64}/x", "a" * 64),
        ("/w/a/w/b/x", "a"),
        ("/w/a/x\n", "a"),
        ("/w/a/x\ny", "a"),
        ("/w/.../x", "..."),
        ("/w/.a/x", ".a"),
        ("/w/../x", None),
        ("/w/./x", None),
        ("/w/gw3", None),
        ("/w//x", None),
        ("/w/a b/x", None),
        ("/w/é/x", None),
        (f"/w/{'a' * 65}/x", None),
        ("/world/gw3/x", None),
        ("", None),
    ],
)
def test_a_prefix_chooses_a_world(path: str, world: str | None) -> None:
    assert world_of(path) == world


@pytest.mark.parametrize("prefix", ["/w/gw3", "/w/a.b", "/w/..."])
def test_each_path_leads_to_the_same_behind_the_prefix_of_a_world(prefix: str) -> None:
    for endpoint in ENDPOINTS:
        methods, named = TABLE.find(endpoint.path)
        assert TABLE.find(prefix + endpoint.path) == (methods, {"world": prefix.removeprefix("/w/"), **named})


@pytest.mark.parametrize(("application", "other"), [("api", "control"), ("control", "api")])
def test_neither_application_imports_the_other(application: str, other: str) -> None:
    modules = [path.read_text("utf-8") for path in (Path(http.__file__).parent / application).glob("*.py")]
    assert len(modules) > 5
    assert [text for text in modules if f"mockserver.http.{other}" in text or f"http import {other}" in text] == []
