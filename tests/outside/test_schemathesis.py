"""Schemathesis reads the OpenAPI document and looks for answers that contradict it: data, statuses, headers, owners.

All its checks run in all its phases. Two accounts log in, so that it can try to read one account's generations as the
other account.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from mockserver.core.account import Declaration
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.generation import Life
from mockserver.core.instant import SECOND
from mockserver.core.scenario import ApiSettings, MediaSettings, Scenario
from mockserver.core.timeline import COMPLETED, Step

ACCOUNTS = tuple(
    Declaration(email=f"{name}@example.com", password="YOUR_PASSWORD", credits=10**9) for name in ("you", "another")
)
"""Two accounts that never run out of credits; the first is the account of the reference's examples."""

AT_ONCE = Life(when={"prompt": "done at once"}, then=(Step(status=COMPLETED),))
"""A generation that is completed at once, so that its file can be fetched without a wait."""

ASSUMED_OTHERWISE = Scenario(
    accounts=ACCOUNTS,
    generations=(AT_ONCE,),
    clock=ClockSettings(mode=Mode.POLL, step="next"),
    media=MediaSettings(ttl=3600 * SECOND),
    api=ApiSettings(
        unknown_models="accept",
        prompt_max=50,
        create_status=202,
        order="oldest-first",
        validation="fastapi-422",
        trailing_slash="redirect-307",
        timestamps="naive-microseconds",
        page_size=3,
        page_size_max=7,
        cors="https://app.example",
    ),
)


@pytest.mark.parametrize("seed", [1842, 17, 5])
@pytest.mark.parametrize("mode", [Mode.POLL, Mode.REAL])
def test_schemathesis_finds_nothing(serve: Callable[[Scenario], str], tmp_path: Path, mode: Mode, seed: int) -> None:
    scenario = Scenario(accounts=ACCOUNTS, generations=(AT_ONCE,), clock=ClockSettings(mode=mode))
    judge(serve(scenario), tmp_path, seed)


def test_schemathesis_finds_nothing_with_every_assumption_changed(
    serve: Callable[[Scenario], str], tmp_path: Path
) -> None:
    judge(serve(ASSUMED_OTHERWISE), tmp_path, seed=1842, taken=422)


def judge(url: str, folder: Path, seed: int, taken: int = 400) -> None:
    """Run Schemathesis against a server; if it finds a fault, fail and show its output.

    `taken`: the status of a signup with an address that already has an account, which no schema can foresee.
    """
    (folder / "accounts.json").write_text(json.dumps({"auth": [login(account) for account in ACCOUNTS]}))
    (folder / "schemathesis.toml").write_text(configuration(link(url), taken))
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml"]
    options = ["--seed", str(seed), "--max-examples", "25", "--generation-database", "none", "--no-color"]
    command = [*program, "run", f"{url}/__mock/openapi.json", *options]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Selected: 12/12\n  Tested: 12" in run.stdout, run.stdout


def login(account: Declaration) -> object:
    """Describe the login of an account, in the format of the Web Fuzzing Commons."""
    password = {"username": account.email, "usernameField": "username"}
    password |= {"password": account.password, "passwordField": "password"}
    token = {"extractFrom": "body", "extractSelector": "/access_token"}
    token |= {"sendIn": "header", "sendName": "Authorization", "sendTemplate": "Bearer {token}"}
    return {
        "name": account.email,
        "loginEndpointAuth": {
            "endpoint": "/api/v1/auth/login",
            "verb": "POST",
            "contentType": "application/x-www-form-urlencoded",
            "payloadUserPwd": password,
            "token": token,
        },
    }


def link(url: str) -> str:
    """Return a link to a file, because Schemathesis cannot guess a link that the server has given."""
    you = requests.Session()
    form = {"username": ACCOUNTS[0].email, "password": ACCOUNTS[0].password}
    token = you.post(f"{url}/api/v1/auth/login", data=form).json()["access_token"]
    you.headers["Authorization"] = f"Bearer {token}"
    order = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "done at once"}
    return str(you.post(f"{url}/api/v1/generations", json=order).json()["outputs"][0])


def configuration(link: str, taken: int) -> str:
    """Write Schemathesis' configuration: accounts that must not see each other's data, and values it cannot guess."""
    address = urlsplit(link)
    _, _, world, _, number, name = address.path.split("/")
    query = "\n".join(f'"query.{key}" = "{value}"' for key, value in parse_qsl(address.query))
    return f"""
[auth.wfc]
path = "accounts.json"
peers = {json.dumps([account.email for account in ACCOUNTS])}

[[operations]]
include-operation-id = "signup"
checks.positive_data_acceptance.expected-statuses = ["2xx", {taken}]

[[operations]]
include-tag = "media"
[operations.parameters]
"path.world" = "{world}"
"path.id" = {number}
"path.name" = "{name}"
{query}
"""
