"""What the journal keeps of an exchange that went over the wire."""

import asyncio

import pytest
from starlette.types import Message, Scope

from mockserver.core.account import Declaration
from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.http.app import application
from mockserver.worlds import DEFAULT, Worlds

KEY = "il_s3cr3t"
OWNER = Declaration(email="you@example.com", password="p4ssw0rd", plan="Titan Studio", api_key=KEY)


def exchanged(worlds: Worlds, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> int:
    """Send one request and return the status of its answer."""
    path, _, query = target.partition("?")
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope: Scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "scheme": "http"}
    scope["headers"] = [*raw, (b"content-length", b"%d" % len(body))]
    scope["query_string"], scope["server"] = query.encode(), ("127.0.0.1", 80)
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        sent.append(message)

    async def exchange() -> None:
        await application(worlds)(scope, receive, send)

    asyncio.run(exchange())
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("method", "target", "status", "headers"),
    [
        ("GET", "/api/v1/auth/me", 200, {"authorization": f"Bearer {KEY}"}),
        ("GET", "/api/v1/auth/me", 401, {"authorization": f"Basic {KEY}"}),
        ("GET", "/api/v1/auth/me", 401, {"cookie": KEY}),
        ("GET", f"/media/1842/0.png?signature={KEY}", 404, {}),
        ("GET", f"/api/v1/auth/me/?signature={KEY}", 307, {}),
    ],
)
def test_what_went_over_the_wire_is_kept_without_its_secrets(
    method: str, target: str, status: int, headers: dict[str, str]
) -> None:
    worlds = Worlds(Scenario(accounts=(OWNER,), api=ApiSettings(trailing_slash="redirect-307")))
    assert exchanged(worlds, method, target, headers) == status
    [kept] = worlds.find(DEFAULT).journal.exchanges()
    assert KEY not in repr(kept)


def test_a_login_is_kept_without_password_and_token() -> None:
    worlds = Worlds(Scenario(accounts=(OWNER,)))
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = b"username=you@example.com&password=p4ssw0rd"
    assert exchanged(worlds, "POST", "/api/v1/auth/login", form, body) == 200
    [kept] = worlds.find(DEFAULT).journal.exchanges()
    assert (kept.body, kept.answer) == (b"[redacted]", b"[redacted]")
