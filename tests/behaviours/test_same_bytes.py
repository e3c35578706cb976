"""The same requests get the same bytes in every process, and no log is written."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mockserver.core.generation import MODELS
from tests.support.customer import BASE, EMAIL, ORDER, PASSWORD

PROGRAM = Path(__file__).with_name("served.py")
HOME = PROGRAM.parents[2]
JSON = {"Content-Type": "application/json", "Authorization": "Bearer TOKEN"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LOGIN = f"username={EMAIL}&password={PASSWORD}"

Request = tuple[str, str, dict[str, str], str]


def generation(number: int, kind: str, model: str) -> list[Request]:
    """Order one, wait for its end, and open its file."""
    id_ = 1842 + number
    order = ORDER | {"generation_type": kind, "model_name": model, "settings": {"b": 1, "a": {"d": 2, "c": 3}}}
    return [
        ("POST", f"{BASE}/generations", JSON, json.dumps(order)),
        *[("GET", f"{BASE}/generations/{id_}/status", JSON, "")] * 5,
        ("GET", f"{BASE}/generations/{id_}", JSON, ""),
        ("GET", "LINK", {}, ""),
        ("GET", "LINK", {"Range": "bytes=10-99"}, ""),
        ("HEAD", "LINK", {}, ""),
    ]


JOURNEY: list[Request] = [
    ("POST", f"{BASE}/auth/signup", JSON, '{"email": "new@example.com", "password": "secret"}'),
    ("POST", f"{BASE}/auth/forgot-password", JSON, '{"email": "new@example.com"}'),
    ("POST", f"{BASE}/auth/login", FORM, LOGIN),
    ("GET", f"{BASE}/generations/models", JSON, ""),
    *(step for i, model in enumerate(MODELS) for step in generation(i, model.generation_type, model.name)),
    ("GET", f"{BASE}/generations?page_size=3", JSON, ""),
    ("DELETE", f"{BASE}/generations/1843", JSON, ""),
    ("GET", f"{BASE}/auth/me", JSON, ""),
    ("POST", f"{BASE}/generations", JSON, '{"prompt": 1, "settings": 2, "project_id": []}'),
    ("POST", f"{BASE}/generations", JSON, json.dumps(ORDER | {"model_name": "none"})),
    ("GET", f"{BASE}/generations?b=1&a=1&b=2&a=2", JSON, ""),
    ("GET", f"{BASE}/auth/me", {}, ""),
    ("PUT", f"{BASE}/generations", JSON, ""),
    ("GET", f"{BASE}/nowhere", JSON, ""),
]
HOSTILE: list[Request] = [
    ("POST", f"{BASE}/auth/login", FORM, LOGIN),
    ("POST", f"{BASE}/generations", JSON, "[" * 100_000),
    # Strings that never close: reading them in quadratic time would take hours.
    ("POST", f"{BASE}/generations", JSON, "[" * 65 + '"' + r"\"" * 450_000),
    ("POST", f"{BASE}/auth/login", FORM, "&" * 10_000),
    ("POST", f"{BASE}/generations", JSON, " " * 2_000_000),
    ("GET", f"{BASE}/generations/%zz%00%ff", JSON, ""),
    ("TRACE", f"{BASE}/generations", JSON, ""),
    ("GET", f"{BASE}/auth/me", {"Upgrade": "websocket"}, ""),
    ("GET", f"{BASE}/auth/me", {"Content-Length": "x"}, ""),
    ("GET", f"{BASE}/auth/me", {"Transfer-Encoding": "nonsense"}, ""),
]


def served(requests: list[Request], **environment: str) -> tuple[bytes, bytes]:
    """The program's standard output and standard error."""
    run = subprocess.run(
        [sys.executable, "-W", "error", str(PROGRAM)],
        input="".join(json.dumps(request) + "\n" for request in requests).encode(),
        env=os.environ | {"PYTHONPATH": str(HOME)} | environment,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return run.stdout, run.stderr


@pytest.mark.assumed
def test_two_processes_give_the_same_bytes_under_any_hash_seed() -> None:
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda seed: served(JOURNEY, PYTHONHASHSEED=seed)[0], ("1", "2"))
    assert one == other
    assert [one.count(b" 201 ["), one.count(b" 206 ["), one.count(b" 500 [")] == [7, 6, 0]
    assert b"('date', 'Sun, 07 Jun 2026 12:00:08 GMT')" in one


@pytest.mark.assumed
def test_no_bytes_of_a_client_are_logged() -> None:
    answered, logged = served(HOSTILE * 2)
    assert (logged, len(re.findall(rb"\n(?:{|expected )", answered))) == (b"", 2 * len(HOSTILE))
