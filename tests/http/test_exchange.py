"""The entry in the journal for an exchange that went over the wire."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Scope

from mockserver.core.account import Declaration
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.faults import Fault, Phase, Then
from mockserver.core.generation import Life
from mockserver.core.limits import Limit
from mockserver.core.operation import Operation
from mockserver.core.rules import Calls, When
from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.http.app import application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.world.clock import RealTime
from mockserver.world.journal import KEPT, Exchange, Real
from mockserver.world.worlds import DEFAULT, Worlds

KEY = "il_s3cr3t"
OWNER = Declaration(email="you@example.com", password="p4ssw0rd", plan="Titan Studio", api_key=KEY)


CLIENT = ("127.0.0.1", 53124)


def exchanged(worlds: Worlds, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> int:
    """Send one request and return the status of its answer; the client leaves when it has to wait."""
    path, _, query = target.partition("?")
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope: Scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "scheme": "http"}
    scope["headers"] = [*raw, (b"content-length", b"%d" % len(body))]
    scope["query_string"], scope["server"] = query.encode(), ("127.0.0.1", 80)
    scope["client"] = CLIENT
    coming: list[Message] = [{"type": "http.request", "body": body}]
    sent: list[Message] = []

    async def receive() -> Message:
        return coming.pop() if coming else {"type": "http.disconnect"}

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
def test_an_exchange_is_kept_as_sent_but_without_its_secrets(
    method: str, target: str, status: int, headers: dict[str, str]
) -> None:
    worlds = Worlds(
        FixedSource(LoadedScenario(Scenario(accounts=(OWNER,), api=ApiSettings(trailing_slash="redirect-307"))))
    )
    assert exchanged(worlds, method, target, headers) == status
    [kept] = worlds.find(DEFAULT).journal.exchanges()
    assert KEY not in repr(kept)


def test_a_login_is_kept_without_password_and_token() -> None:
    worlds = Worlds(FixedSource(LoadedScenario(Scenario(accounts=(OWNER,)))))
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = b"username=you@example.com&password=p4ssw0rd"
    assert exchanged(worlds, "POST", "/api/v1/auth/login", form, body) == 200
    [kept] = worlds.find(DEFAULT).journal.exchanges()
    assert (kept.body, kept.answer) == (b"[redacted]", b"[redacted]")


SECRET = "s3cr3t"
AUTHORIZED = {"authorization": f"Bearer {KEY}"}
JSON = AUTHORIZED | {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
ORDER = b'{"generation_type":"text","model_name":"text-standard","prompt":"A poem"}'
GENERATIONS = "/api/v1/generations"
ON = (Operation.CREATE, Operation.ME, Operation.STATUS)
SKYLINE = Life(place="x.yaml:9", name="skyline")


def fault(then: Then, **more: Any) -> Fault:
    return Fault(on=ON, then=then, place="x.yaml:3", **more)


def limit(allow: int, name: str | None = None) -> Limit:
    return Limit(on=ON, allow=allow, per=3_600_000_000, name=name, place="x.yaml:6")


def played(*, real: RealTime | None = None, **sections: Any) -> Worlds:
    scenario = Scenario(accounts=(OWNER,), clock=ClockSettings(mode=Mode.POLL), **sections)
    return Worlds(FixedSource(LoadedScenario(scenario)), real=real)


def kept(worlds: Worlds) -> Exchange:
    """The exchange that was recorded last."""
    return worlds.find(DEFAULT).journal.exchanges()[-1]


@pytest.mark.parametrize(
    "then",
    [
        Then(status=200, body={"access_token": SECRET}),
        Then(status=500, body={"a": [{"refresh_token": SECRET}]}),
        Then(status=200, text=f'{{"access_token": "{SECRET}"'),
        Then(patch={"access_token": SECRET}),
        Then(status=200, headers={"X-Auth-Token": SECRET}),
        Then(status=302, headers={"Location": f"/login?token={SECRET}"}),
        Then(headers={"Set-Cookie": f"session={SECRET}"}),
    ],
)
def test_no_secret_of_a_scripted_answer_is_kept(then: Then) -> None:
    worlds = played(faults=(Fault(on=(Operation.ME,), then=then),))
    exchanged(worlds, "GET", "/api/v1/auth/me", AUTHORIZED)
    assert SECRET not in repr(kept(worlds))


@pytest.mark.parametrize(
    ("headers", "target", "body"),
    [
        (JSON | {"x-api-key": SECRET}, GENERATIONS, ORDER),
        (JSON | {"x-goog-api-key": SECRET, "x-secret": SECRET}, GENERATIONS, ORDER),
        (JSON, GENERATIONS, f'{{"email": "a@b.co", "password": "{SECRET}"}}'.encode()),
        (AUTHORIZED | FORM, GENERATIONS, f"username=a&password={SECRET}".encode()),
        (FORM, "/api/v1/auth/forgot-password", f"email=a&password={SECRET}".encode()),
        (FORM, "/api/v1/auth/login/", f"username=a&password={SECRET}".encode()),
        (FORM, "/auth/login", f"username=a&password={SECRET}".encode()),
        (JSON, f"{GENERATIONS}?api_key={SECRET}", ORDER),
    ],
)
def test_no_secret_of_a_request_is_kept_wherever_it_went(headers: dict[str, str], target: str, body: bytes) -> None:
    worlds = played()
    exchanged(worlds, "POST", target, headers, body)
    assert SECRET not in repr(kept(worlds))


def test_an_explanation_keeps_no_secret_that_a_rule_looked_at() -> None:
    when: When = {"header.x-api-key": "other", "query.token": "other"}
    worlds = played(
        faults=(Fault(on=(Operation.CREATE,), when=when, then=Then(status=500)),), generations=(Life(when=when),)
    )
    assert exchanged(worlds, "POST", f"{GENERATIONS}?token={SECRET}", JSON | {"x-api-key": SECRET}, ORDER) == 201
    exchange = kept(worlds)
    for [verdict] in (exchange.explanation.faults, exchange.explanation.generations):
        assert verdict.difference == {
            "header.x-api-key": ("[redacted]", "[redacted]"),
            "query.token": ("[redacted]", "[redacted]"),
        }


def test_real_instant_and_address_are_kept_apart() -> None:
    worlds = played(real=RealTime(elapsed=lambda: 7, today=lambda: 1_700_000_000_000_000))
    exchanged(worlds, "GET", "/api/v1/auth/me", AUTHORIZED)
    assert kept(worlds).real == Real(1_700_000_000_000_000, CLIENT, gone=False)


def test_a_client_that_goes_away_before_its_answer_is_complete_is_noted() -> None:
    late = Fault(on=(Operation.ME,), calls=Calls(spans=((2, 2),)), then=Then(delay=3_600_000_000))
    worlds = played(faults=(late,))
    for _ in range(3):
        exchanged(worlds, "GET", "/api/v1/auth/me", AUTHORIZED)
    assert [exchange.real.gone for exchange in worlds.find(DEFAULT).journal.exchanges()] == [False, True, False]


def test_the_size_of_a_long_body_is_kept() -> None:
    worlds = played()
    body = b'{"prompt":"' + b"x" * 100_000 + b'"}'
    exchanged(worlds, "POST", GENERATIONS, JSON, body)
    exchange = kept(worlds)
    assert (len(exchange.body), exchange.body_size) == (KEPT, len(body))
    assert exchange.answer_size == len(exchange.answer) > 0


def test_the_answer_to_a_head_has_no_body() -> None:
    worlds = played()
    assert exchanged(worlds, "HEAD", "/media/1842/0.txt?signature=x", {}) == 404
    assert (kept(worlds).answer, kept(worlds).answer_size) == (b"", 0)


LOGIN = b"username=you@example.com&password="


@pytest.mark.parametrize(
    ("method", "target", "headers", "body", "account"),
    [
        ("GET", "/api/v1/auth/me", AUTHORIZED, b"", "you@example.com"),
        ("GET", "/api/v1/auth/me", {}, b"", None),
        ("POST", "/api/v1/auth/login", FORM, LOGIN + b"p4ssw0rd", "you@example.com"),
        ("POST", "/api/v1/auth/login", FORM, LOGIN + b"wrong", "you@example.com"),
        ("POST", "/api/v1/auth/login", FORM, b"username=nobody@example.com&password=x", None),
        ("POST", "/api/v1/auth/signup", JSON, b'{"email":"new@example.com","password":"x"}', "new@example.com"),
        ("POST", "/api/v1/auth/forgot-password", JSON, b'{"email":[1]}', None),
        ("GET", "/api/v1/nowhere", AUTHORIZED, b"", None),
    ],
)
def test_the_account_of_a_request_is_kept_where_there_is_one(
    method: str, target: str, headers: dict[str, str], body: bytes, account: str | None
) -> None:
    worlds = played()
    exchanged(worlds, method, target, headers, body)
    assert kept(worlds).account == account


def test_a_create_and_later_requests_for_its_generation_are_kept_with_its_id() -> None:
    worlds = played()
    exchanged(worlds, "POST", GENERATIONS, JSON, ORDER)
    exchanged(worlds, "POST", GENERATIONS, JSON, b"{}")
    exchanged(worlds, "GET", f"{GENERATIONS}/1842/status", AUTHORIZED)
    exchanged(worlds, "GET", "/media/1842/0.txt?signature=x", {})
    journal = worlds.find(DEFAULT).journal
    assert [exchange.generation for exchange in journal.exchanges()] == [1842, None, 1842, 1842]
    assert [exchange.account for exchange in journal.exchanges()] == ["you@example.com"] * 4


SLOW = Then(delay=1)
FAIL = Then(status=500)


@pytest.mark.parametrize(
    ("sections", "rules"),
    [
        pytest.param({}, ["", "", ""], id="none"),
        pytest.param({"generations": (SKYLINE,)}, ["skyline", "", "skyline"], id="a life, where it is shown"),
        pytest.param(
            {"generations": (SKYLINE,), "faults": (fault(FAIL, phase=Phase.AFTER),)},
            ["faults.1", "faults.1", "faults.1"],
            id="a fault that hides a life",
        ),
        pytest.param(
            {"generations": (SKYLINE,), "faults": (fault(SLOW), fault(Then(patch={"a": 1})), fault(FAIL))},
            ["faults.1 faults.2 skyline", "faults.1 faults.2", "faults.1 faults.2 skyline"],
            id="all that add and change, in their order",
        ),
        pytest.param(
            {"faults": (fault(SLOW, calls=Calls(spans=((2, 3),))), fault(FAIL, calls=Calls(spans=((3, 3),))))},
            ["", "faults.1", "faults.1 faults.2"],
            id="the calls that they fired on",
        ),
        pytest.param(
            {"limits": (limit(1, "one"), limit(2), limit(1, "all")), "faults": (fault(FAIL),)},
            ["faults.1", "one all", "one all"],
            id="the limits that refused, and no fault behind them",
        ),
    ],
)
def test_the_rules_that_had_a_hand_are_kept(sections: dict[str, Any], rules: list[str]) -> None:
    worlds = played(**sections)
    for method, target in [("POST", GENERATIONS), ("GET", "/api/v1/auth/me"), ("GET", f"{GENERATIONS}/1842/status")]:
        exchanged(worlds, method, target, JSON, ORDER if method == "POST" else b"")
    journal = worlds.find(DEFAULT).journal
    assert [" ".join(rule.name for rule in exchange.rules) for exchange in journal.exchanges()] == rules
