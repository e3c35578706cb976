"""Foreign pages send requests to the control plane, with the headers of browsers: the server refuses all of them."""

import re
from typing import Final

import pytest

from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.http.app import Settings
from mockserver.http.guard import Guard
from tests.support.client import Answer, Client
from tests.support.customer import BASE

from .played import Start

TOKEN: Final = "let-me-in"
EVIL: Final = "http://evil.example"
JSON: Final = {"Content-Type": "application/json"}


def fetched(site: str, mode: str, to: str = "empty") -> dict[str, str]:
    """The headers that every current browser sends with a request to a loopback address."""
    return {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": to}


READS: Final = {
    "a script": {"Origin": EVIL, **fetched("cross-site", "cors")},
    "a script of a page on another port": {"Origin": "http://127.0.0.1:3000", **fetched("same-site", "cors")},
    "a script of a sandboxed frame": {"Origin": "null", **fetched("cross-site", "cors")},
    "a script in an older browser": {"Origin": EVIL},
    "a script that asks for no answer": fetched("cross-site", "no-cors"),
    "a listener to events": {"Origin": EVIL, "Accept": "text/event-stream", **fetched("cross-site", "cors")},
    "an image": {"Accept": "image/*", "Referer": f"{EVIL}/", **fetched("cross-site", "no-cors", "image")},
    "a script to be run": {"Referer": f"{EVIL}/", **fetched("cross-site", "no-cors", "script")},
    "a frame": {"Upgrade-Insecure-Requests": "1", **fetched("cross-site", "navigate", "iframe")},
    "a link": {"Sec-Fetch-User": "?1", **fetched("cross-site", "navigate", "document")},
    "a link on another port": {"Sec-Fetch-User": "?1", **fetched("same-site", "navigate", "document")},
    "a web socket": {
        "Origin": EVIL,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        **fetched("cross-site", "websocket", "websocket"),
    },
    "a script with many cookies": {"Origin": EVIL, "Cookie": "a=" + "b" * 40_000, **fetched("cross-site", "cors")},
    "a script with many headers": {"Origin": EVIL, **{f"X-{number}": "y" for number in range(120)}},
}
"""The ways in which a page reads from another origin."""

FORM: Final = {"Origin": EVIL, **fetched("cross-site", "navigate", "document")}
WRITES: Final = {
    "a form": (FORM | {"Content-Type": "application/x-www-form-urlencoded"}, b"seed=7"),
    "a form with files": (FORM | {"Content-Type": "multipart/form-data; boundary=x"}, b"--x--\r\n"),
    "a form of text": (FORM | {"Content-Type": "text/plain"}, b'{"seed":7,"x":"="}'),
    "a form without fields": (FORM | {"Content-Type": "text/plain"}, b""),
    "a form in an older browser": ({"Content-Type": "application/x-www-form-urlencoded"}, b"{}"),
    "text in an older browser": ({"Content-Type": "text/plain;charset=UTF-8"}, b"{}"),
    "a beacon": ({"Content-Type": "text/plain;charset=UTF-8", **READS["a script that asks for no answer"]}, b"{}"),
    "bytes of no kind": ({}, b"{}"),
    **{f"JSON of {who}": (JSON | headers, b"{}") for who, headers in READS.items()},
    **{f"nothing of {who}": (headers, b"") for who, headers in READS.items()},
}
"""The ways in which a page sends to another origin."""

SECRETS: Final = re.compile(rb"version|openapi|paths|scenario|seed|default|api/v1")


def refused(answer: Answer) -> bool:
    """Check that an answer is a refusal that gives only the reason and that pages of other origins cannot read."""
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
    assert not SECRETS.search(answer.body), answer.body
    return answer.status in (401, 403, 415, 431)


@pytest.fixture
def you(api: Start) -> Client:
    """A user with an order, so that a reset would show."""
    you = api().login()
    you.order()
    return you


def beside(client: Client) -> Client:
    """Requests to the same server without the token, from its root."""
    return client.other(base="")


def worlds(client: Client) -> int:
    return int(beside(client).read("/__mock/health").json["worlds"])


PATHS: Final = ("/", "/__mock/openapi.json", "/w/default/__mock/openapi.json", "/__mock/nowhere")


@pytest.mark.parametrize("headers", READS.values(), ids=READS)
@pytest.mark.parametrize("path", [*PATHS, "/__mock/health"])
def test_a_page_of_another_origin_reads_nothing(you: Client, path: str, headers: dict[str, str]) -> None:
    for method in ("GET", "HEAD"):
        assert refused(beside(you).ask(method, path, headers=headers))


@pytest.mark.parametrize(("headers", "body"), WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("path", ["/__mock/reset", "/w/default/__mock/reset"])
def test_a_page_of_another_origin_changes_nothing(you: Client, path: str, headers: dict[str, str], body: bytes) -> None:
    before = you.standing()
    assert refused(beside(you).ask("POST", path, body, headers))
    assert you.standing() == before


@pytest.mark.parametrize("headers", READS.values(), ids=READS)
def test_a_page_of_another_origin_makes_no_world(you: Client, headers: dict[str, str]) -> None:
    for path in ("/w/new/", "/w/new/__mock/openapi.json"):
        assert refused(beside(you).ask("GET", path, headers=headers))
    assert refused(beside(you).ask("POST", "/w/new/__mock/reset", headers=headers))
    assert worlds(you) == 1


@pytest.mark.parametrize("origin", [EVIL, "http://127.0.0.1:3000", "null"])
@pytest.mark.parametrize("path", [*PATHS, "/__mock/health", "/__mock/reset"])
def test_a_preflight_gets_no_permission(you: Client, path: str, origin: str) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,authorization",
        "Access-Control-Request-Private-Network": "true",
    }
    assert refused(beside(you).ask("OPTIONS", path, headers=asked))


# Rebinding: a page's own name resolves to this server, so that the browser sees one origin.


REBOUND: Final = {
    "a script": {"Host": "evil.example:8402", **fetched("same-origin", "cors")},
    "a navigation": {"Host": "evil.example:8402", **fetched("none", "navigate", "document")},
    "an older browser": {"Host": "evil.example:8402"},
    "a name like ours": {"Host": "localhost.evil.example"},
    "a name like an address": {"Host": "127.0.0.1.evil.example:8402", **fetched("same-origin", "cors")},
}


@pytest.mark.parametrize("headers", REBOUND.values(), ids=REBOUND)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_that_was_rebound_reads_nothing(you: Client, path: str, headers: dict[str, str]) -> None:
    answer = beside(you).ask("GET", path, headers=headers)
    assert refused(answer)
    assert "--allow-host" in answer.detail


@pytest.mark.parametrize("headers", REBOUND.values(), ids=REBOUND)
def test_a_page_that_was_rebound_changes_nothing(you: Client, headers: dict[str, str]) -> None:
    before = you.standing()
    own = {"Origin": f"http://{headers['Host']}"}
    for sent in (headers | own | JSON, headers | JSON, headers):
        assert refused(beside(you).ask("POST", "/__mock/reset", headers=sent))
    assert you.standing() == before
    assert worlds(you) == 1


def test_health_checks_reach_the_server_by_any_name(you: Client) -> None:
    assert beside(you).read("/__mock/health", host="mock.example").json["status"] == "ok"
    assert beside(you).ask("POST", "/__mock/health", headers={"Host": "mock.example"}).status == 405


def test_a_name_can_be_allowed(api: Start) -> None:
    anyone = beside(api(settings=Settings(guard=Guard(hosts=("mock.example",)))))
    assert anyone.read("/", host="Mock.Example:8402").status == 200
    assert refused(anyone.read("/", host="other.example"))
    assert refused(anyone.read("/", host="mock.example", origin=EVIL))


# The token


WRONG: Final = {"none": None, "another": "let-me-in-too", "half of it": "let-me"}


@pytest.mark.parametrize("token", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("path", PATHS)
def test_without_the_token_nothing_is_read(api: Start, path: str, token: str | None) -> None:
    anyone = api(settings=Settings(guard=Guard(token=TOKEN))).other(token, base="")
    answer = anyone.read(path)
    assert (refused(answer), answer.status, answer.headers["www-authenticate"]) == (True, 401, "Bearer")
    assert "--control-token" in answer.detail


def test_without_the_token_nothing_is_changed(api: Start) -> None:
    you = api(settings=Settings(guard=Guard(token=TOKEN))).login()
    id_ = you.order()
    # The control plane takes no token of the API.
    for token in (*WRONG.values(), you.token):
        assert refused(you.other(token, base="").send("/__mock/reset", {}))
    assert you.result(id_).status == 200
    assert you.other(TOKEN, base="").send("/__mock/reset", {}).status == 200
    assert you.result(id_).status == 404


def test_the_token_does_not_let_pages_in(api: Start) -> None:
    you = api(settings=Settings(guard=Guard(token=TOKEN))).other(TOKEN, base="")
    assert you.read("/").status == 200
    for headers in (READS["a script"], REBOUND["a script"]):
        assert refused(you.ask("GET", "/", headers=headers))


def test_health_checks_need_no_token(api: Start) -> None:
    anyone = beside(api(settings=Settings(guard=Guard(token=TOKEN))))
    assert anyone.read("/__mock/health").json["status"] == "ok"


# Accepted requests


@pytest.mark.parametrize(
    "headers",
    [
        {},
        fetched("none", "navigate", "document"),
        fetched("same-origin", "cors"),
        {"Host": "mock"},
        {"Host": "[::1]:80"},
    ],
    ids=["a client", "a person", "an own page", "a neighbour in a container", "an address"],
)
def test_a_request_from_no_foreign_page_may_read_and_write(you: Client, headers: dict[str, str]) -> None:
    anyone = beside(you)
    own = {"Origin": you.url} if "Sec-Fetch-Site" in headers else {}
    assert anyone.ask("GET", "/", headers=headers).json["name"] == "imaginelab-mock"
    for sent, body in ((headers | own | JSON, b"{}"), (headers | own | JSON, b""), (headers | own, b"")):
        assert anyone.ask("POST", "/__mock/reset", body, sent).status == 200
        assert you.read("/generations").json["total"] == 0
        you.order()


@pytest.mark.parametrize("path", [*PATHS, "/__mock/health"])
@pytest.mark.parametrize("headers", [{}, READS["a script"]], ids=["accepted", "refused"])
def test_no_answer_is_cached_or_sniffed_or_loaded_by_another_site(
    api: Start, path: str, headers: dict[str, str]
) -> None:
    # This holds also where a scenario lets browsers of this origin use the API.
    anyone = beside(api(Scenario(api=ApiSettings(cors=EVIL))))
    sent = anyone.ask("GET", path, headers=headers).headers
    assert (sent["cache-control"], sent["x-content-type-options"]) == ("no-store", "nosniff")
    assert sent["cross-origin-resource-policy"] == "same-origin"
    assert not [name for name in sent if name.lower().startswith("access-control-")]


def test_every_route_is_covered(you: Client) -> None:
    paths = beside(you).read("/__mock/control.json").json["paths"]
    routes = [(method.upper(), re.sub(r"{\w+}", "1", path)) for path in paths for method in paths[path]]
    assert ("POST", "/__mock/clock/advance") in routes
    for method, path in routes:
        assert refused(beside(you).ask(method, path, headers={"Origin": EVIL})), (method, path)


# The API is different: its clients reach it by any name and from anywhere.


def test_the_api_is_reached_by_any_name(you: Client) -> None:
    strange = {"Host": "mock.example:8402", "Origin": EVIL, **fetched("cross-site", "cors")}
    assert you.ask("GET", "/auth/me", headers=strange).status == 200
    you.polls(1842)
    link = you.ask("GET", "/generations/1842", headers=strange).json["outputs"][0]
    assert link.startswith("http://mock.example:8402/w/default/media/1842/")
    assert beside(you).ask("GET", link.removeprefix("http://mock.example:8402"), headers=strange).status == 200
    assert BASE not in link
