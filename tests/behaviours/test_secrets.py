"""A secret from a client or a scenario is shown nowhere but in the scenario itself."""

import json
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from mockserver.http.app import Settings, application
from mockserver.world.log import LogEntry, as_json, as_text
from mockserver.world.worlds import Worlds
from tests.support.customer import BASE, LOGIN, ORDER
from tests.support.emulator import worlds_of

SECRET: Final = "s3cr3t-0123456789abcdef"

SCENARIO: Final = f"""
faults:
  - {{on: any, when: {{header.authorization: "Bearer {SECRET}x*"}}, then: {{status: 500}}}}
  - {{on: any, when: {{header.x-session: "{SECRET}x"}}, then: {{status: 500}}}}
  - {{on: create, when: {{settings.auth: ["{SECRET}x", "{SECRET}y"]}}, then: {{status: 500}}}}
  - {{on: create, when: {{prompt: '*"password":"{SECRET}x"*'}}, then: {{status: 500}}}}
  - {{on: create, when: {{settings.note: "x"}}, then: {{status: 500}}}}
generations:
  - {{when: {{settings.auth: "{SECRET}x"}}, then: [failed]}}
  - {{when: {{prompt: "{SECRET[:4]}"}}, then: [failed]}}
"""


def ordered(client: TestClient, view: Mapping[str, object]) -> None:
    """Log in, order, and read the generation and the history, whose answers repeat the order."""
    token = client.post(f"{BASE}/auth/login", data=LOGIN).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    assert client.post(f"{BASE}/generations", json={**ORDER, **view}).status_code == 201
    for path in ("/1842", "/1842/status", ""):
        assert client.get(f"{BASE}/generations{path}").status_code == 200


NESTED: Final = json.dumps({"inner": json.dumps({"password": SECRET})})

ENTRIES: Final[Mapping[str, Callable[[TestClient], object]]] = {
    **{
        f"the parameter {name}": lambda client, name=name: client.get(f"{BASE}/generations?{name}={SECRET}")  # type: ignore[misc]
        for name in (
            "sig",
            "auth",
            "session",
            "credential",
            "X-Amz-Signature",
            "api_key",
            "access%5Ftoken",
            "s%65ssion",
        )
    },
    **{
        f"the header {name}": lambda client, name=name: client.get(f"{BASE}/auth/me", headers={name: SECRET})  # type: ignore[misc]
        for name in (
            "Authorization",
            "X-Auth",
            "X-Session",
            "X-Api-Key",
            "Cookie",
            "X-Credential",
            "X-Sig",
            "Proxy-Auth",
        )
    },
    "JSON in a parameter": lambda client: client.get(f"{BASE}/generations?x={quote(NESTED)}"),
    "JSON in a header": lambda client: client.get(f"{BASE}/auth/me", headers={"X-Context": NESTED}),
    "a token in a header": lambda client: client.get(f"{BASE}/auth/me", headers={"X-Forwarded": f"Bearer {SECRET}"}),
    "a password": lambda client: client.post(f"{BASE}/auth/login", data={"username": "x", "password": SECRET}),
    "a body that goes nowhere": lambda client: client.post(f"{BASE}/auth/login/", json={"password": SECRET}),
    "settings": lambda client: ordered(client, {"settings": {"auth": SECRET, "session_id": SECRET}}),
    "a number in settings": lambda client: ordered(client, {"settings": {"a": {"passcode": [SECRET]}}}),
    "JSON in settings": lambda client: ordered(client, {"settings": {"note": NESTED}}),
    "JSON in a prompt": lambda client: ordered(client, {"prompt": NESTED}),
    "a token in a prompt": lambda client: ordered(client, {"prompt": f"Authorization: Bearer {SECRET}"}),
    "a fault's condition": lambda client: client.get(f"{BASE}/auth/me"),
}
"""The ways in which a secret reaches the server."""


def shown(client: TestClient) -> str:
    """Everything that the control plane shows of the exchanges and the rules."""
    journal = client.get("/__mock/journal?limit=1000")
    numbers = [exchange["number"] for exchange in journal.json()["exchanges"]]
    assert numbers
    pages = [f"/__mock/journal/{number}{page}" for number in numbers for page in ("", "/explain")]
    paths = [*pages, "/__mock/faults", "/__mock/accounts", "/__mock/worlds", "/__mock/health"]
    return journal.text + "".join(client.get(path).text for path in paths)


def never_fired(worlds: Worlds) -> str:
    return "\n".join(map(str, worlds.never_fired()))


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_secret_is_shown_nowhere_else(entry: str) -> None:
    told: list[LogEntry] = []
    worlds = worlds_of(SCENARIO)
    client = TestClient(application(worlds, Settings(log=told.append)), base_url="http://127.0.0.1")
    ENTRIES[entry](client)
    outputs = [shown(client), never_fired(worlds)]
    outputs += [form(each) for each in told for form in (as_text, as_json())]
    assert [text for text in outputs if SECRET in text] == []
    assert "[redacted]" in "".join(outputs)
