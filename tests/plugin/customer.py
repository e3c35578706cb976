"""A client that waits as the published example does: it polls, and sleeps between two polls."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from tests.support.customer import EMAIL, FORM, JSON, ORDER, PASSWORD

FIXED = "https://api.imagineview.art/api/v1"
PATIENCE = 60  # real seconds that an answer may take


def ask(url: str, token: str = "", method: str = "GET", body: bytes | None = None) -> tuple[int, Any]:
    """Return the status and the JSON of an answer, or its text if it is no JSON."""
    kind = FORM if url.endswith("/login") else JSON
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            text = refusal.read().decode()
            return refusal.code, json.loads(text) if text.startswith("{") else text


def login(base: str, email: str = EMAIL, password: str = PASSWORD) -> str:
    form = urlencode({"username": email, "password": password}).encode()
    return str(ask(f"{base}/auth/login", method="POST", body=form)[1]["access_token"])


def order(base: str, token: str, **keys: object) -> int:
    return int(ask(f"{base}/generations", token, "POST", json.dumps(ORDER | keys).encode())[1]["id"])


def at_once(seconds: float) -> None:
    """Return at once: a sleep that takes no time."""


def watch(
    base: str, token: str, number: int, sleep: Callable[[float], None] = time.sleep, pause: float = 2
) -> list[str]:
    """Poll until a generation is over, also after an answer without a status. Return all statuses."""
    seen: list[str] = []
    while not seen or seen[-1] not in ("completed", "failed"):
        if seen:
            sleep(pause)
        status, view = ask(f"{base}/generations/{number}/status", token)
        seen.append(view["status"] if status == 200 else str(status))
    return seen


def buy(base: str, sleep: Callable[[float], None] = time.sleep) -> tuple[int, int]:
    """Log in, order and wait; return the number of the generation and how many polls it took."""
    token = login(base)
    number = order(base, token)
    return number, len(watch(base, token, number, sleep))
