"""One server, many independent runs: each is made on first use, and a prefix or a token leads to it."""

import base64
import json
import re
from collections.abc import Iterator

import pytest

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.scenario import Scenario
from mockserver.http.app import Settings, application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.server import ServerThread
from mockserver.world.bounds import Bounds
from mockserver.world.log import LogEntry
from mockserver.world.worlds import Worlds
from tests.support.client import Answer, Client
from tests.support.customer import BASE, EMAIL, PASSWORD

from .played import Start
from .steering import Steering, stroll

PLUS = "you+gw3@example.com"

# Chosen by a prefix


@pytest.mark.assumed
@pytest.mark.parametrize("world", ["default", "gw3", "A.b_c-9", "a" * 64])
def test_a_client_lives_the_same_under_a_prefix_as_without_one(api: Start, world: str) -> None:
    anyone = Steering(api(), world).client()
    link = stroll(anyone.login())
    assert f"/w/{world}/media/1842/" in link
    assert anyone.send("/auth/forgot-password", {"email": EMAIL}).status == 200
    assert anyone.send("/auth/signup", {"email": "new@example.com", "password": "secret"}).status == 201


@pytest.mark.assumed
def test_a_path_without_a_prefix_leads_to_default(api: Start) -> None:
    you = api().login()
    id_ = you.order()
    assert you.other(you.token, f"/w/default{BASE}").result(id_).json["id"] == id_


@pytest.mark.assumed
@pytest.mark.parametrize("path", ["/", "/__mock/health"])
def test_the_paths_beside_the_api_have_the_prefix_too(api: Start, path: str) -> None:
    anyone = api().other(base="")
    answers = [anyone.read(prefix + path) for prefix in ("", "/w/default", "/w/gw3")]
    assert [(answer.status, answer.json["world"]) for answer in answers] == [
        (200, "default"),
        (200, "default"),
        (200, "gw3"),
    ]


@pytest.mark.assumed
@pytest.mark.parametrize("path", ["/auth/me", "/generations", "/generations/1842/status", "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_any_request_of_the_api_makes_its_world(api: Start, method: str, path: str) -> None:
    anyone = api()
    elsewhere = anyone.other(base=f"/w/other{BASE}").ask(method, path)
    here = anyone.ask(method, path)
    assert (elsewhere.status, elsewhere.body) == (here.status, here.body)
    assert Steering(anyone).worlds == ["default", "other"]


@pytest.mark.assumed
@pytest.mark.parametrize("prefix", ["/w/", "/w//", "/w/a b", "/w/é", f"/w/{'a' * 65}", "/w/default/w/default"])
def test_a_prefix_that_names_no_world_is_a_404(api: Start, prefix: str) -> None:
    anyone = api()
    quoted = prefix.replace(" ", "%20").replace("é", "%C3%A9")
    assert anyone.other(base=f"{quoted}{BASE}").read("/auth/me").status == 404
    assert Steering(anyone).worlds == ["default"]


RULE = "names no world: expected 1 to 64 letters, digits, `.`, `_` and `-`, but not one or two dots alone"


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("path", "hint"),
    [
        (f"/w/a%20b{BASE}/auth/me", f'"a b" {RULE}'),
        (f"/w//{BASE}/auth/me", f'"" {RULE}'),
        ("/w/gw3", "the API of the world gw3 is at /w/gw3/api/v1, what steers it at /w/gw3/__mock"),
        ("/w/gw3/journal?operation=create", "what steers is at /w/gw3/__mock/journal"),
        ("/w/gw3/clock/advance", "what steers is at /w/gw3/__mock/clock"),
        ("/journal", "what steers is at /__mock/journal"),
        ("/nowhere", None),
        (f"{BASE}/auth/me/", None),
        (f"/w/gw3{BASE}/journal", None),
    ],
)
def test_the_hint_to_an_unknown_path_says_that_a_prefix_is_missing(api: Start, path: str, hint: str | None) -> None:
    answer = api().other(base="").read(path)
    assert (answer.status, answer.detail, answer.headers["x-mock-hint"]) == (404, "Not found", hint)


@pytest.mark.assumed
@pytest.mark.parametrize("name", ["%00", "%0d%0a", "%1f", "%7f", "%c2%80", "%ff"])
def test_the_hint_about_a_bad_name_has_no_control_characters(api: Start, name: str) -> None:
    answer = api().other(base="").read(f"/w/{name}/api/v1/auth/me")
    hint = answer.headers["x-mock-hint"]
    assert (answer.status, hint.isascii(), hint.isprintable()) == (404, True, True)


@pytest.mark.assumed
def test_a_control_request_below_a_bad_name_is_answered_with_a_sentence(api: Start) -> None:
    answer = api().other(base="").read("/w/a%20b/__mock/clock")
    assert (answer.status, answer.detail, answer.headers["x-mock-hint"]) == (404, f'"a b" {RULE}', None)


@pytest.mark.assumed
def test_names_differ_by_case(api: Start) -> None:
    anyone = api()
    for world in ("gw3", "GW3", "Default"):
        Steering(anyone, world).client().read("/auth/me")
    assert Steering(anyone).worlds == ["default", "gw3", "GW3", "Default"]


@pytest.mark.assumed
def test_an_event_in_one_world_happens_in_no_other(api: Start) -> None:
    anyone = api()
    one, other = (Steering(anyone, world).client() for world in ("gw0", "gw1"))
    assert one.send("/auth/signup", {"email": "new@example.com", "password": "secret"}).status == 201
    you, twin = one.login(), other.login()
    before = twin.standing()
    assert [you.order() for _ in range(3)] == [1842, 1843, 1844]
    you.polls(1842)
    you.delete(1843)
    assert twin.standing() == before
    assert (twin.order(), twin.status(1842).json["status"], twin.credits()) == (1842, "pending", 95)
    assert other.fill_in("/auth/login", {"username": "new@example.com", "password": "secret"}).status == 401


# Tokens and links lead back


def elsewhere(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.headers["www-authenticate"]


@pytest.mark.assumed
@pytest.mark.parametrize(("mine", "others"), [("gw3", "gw4"), ("gw3", "default"), ("default", "gw3")])
def test_a_token_under_the_prefix_of_another_world_is_a_401(api: Start, mine: str, others: str) -> None:
    anyone = api()
    you = Steering(anyone, mine).client().login()
    strange = anyone.other(you.token, f"/w/{others}{BASE}")
    assert elsewhere(strange.read("/auth/me")) == elsewhere(strange.create()) == (401, "Bearer")
    assert Steering(anyone, others).read("/generations")["total"] == 0
    assert you.read("/auth/me").status == 200


@pytest.mark.assumed
def test_a_token_leads_back_to_its_world_where_no_prefix_says_otherwise(api: Start) -> None:
    anyone = api()
    token = Steering(anyone, "gw3").client().login().token
    stroll(anyone.other(token))
    assert Steering(anyone, "gw3").read("/generations")["total"] == 1
    assert Steering(anyone).read("/generations")["total"] == 0


def forged(token: str | None, **claims: object) -> str:
    """The token with other claims, and the signature that it had."""
    header, payload, signature = (token or "").split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    written = base64.urlsafe_b64encode(json.dumps(said | claims).encode()).rstrip(b"=").decode()
    return f"{header}.{written}.{signature}"


@pytest.mark.assumed
@pytest.mark.parametrize("claims", [{"world": "gw4"}, {"world": "default"}, {"world": ""}, {"world": 4}, {"sub": "18"}])
def test_a_forged_claim_is_a_401_and_makes_no_world(api: Start, claims: dict[str, object]) -> None:
    anyone = api()
    you = Steering(anyone, "gw3").client().login()
    assert anyone.other(forged(you.token, **claims)).read("/auth/me").status == 401
    assert Steering(anyone).worlds == ["default", "gw3"]


@pytest.mark.assumed
def test_the_token_of_a_world_is_good_after_a_restart_and_makes_its_world(api: Start) -> None:
    token = api().login(PLUS).token
    anyone = api()
    assert anyone.other(token).read("/auth/me").json["email"] == EMAIL
    assert Steering(anyone).worlds == ["default", "gw3"]


@pytest.mark.assumed
def test_a_link_is_good_in_its_own_world_only(api: Start) -> None:
    anyone = api()
    links = [Steering(anyone, world).client().login().outputs()[0] for world in ("gw0", "gw1")]
    assert [anyone.read(link).status for link in links] == [200, 200]
    swapped = [re.sub("/w/gw.", f"/w/{world}", link) for link, world in zip(links, ("gw1", "gw0"), strict=True)]
    assert [anyone.read(link).status for link in swapped] == [403, 403]


# Listed, discarded, made again


@pytest.mark.assumed
def test_a_discarded_world_is_made_again_by_the_next_request(api: Start) -> None:
    anyone = api()
    you = anyone.login(PLUS)
    assert [you.order(), you.order()] == [1842, 1843]
    answer = Steering(anyone).discard("gw3")
    assert (answer.status, answer.json) == (200, {"world": "gw3", "exchanges": 3})
    assert Steering(anyone).worlds == ["default"]
    assert (you.credits(), you.order()) == (100, 1842)
    assert Steering(anyone).worlds == ["default", "gw3"]


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("world", "status", "detail"),
    [
        ("default", 400, "the world default is always there; reset it instead"),
        ("gw4", 404, "there is no world gw4; there is default, gw3"),
        ("a%20b", 404, "there is no world a b; there is default, gw3"),
    ],
)
def test_a_world_that_cannot_be_discarded_stays(api: Start, world: str, status: int, detail: str) -> None:
    anyone = api()
    Steering(anyone, "gw3").reset()
    answer = Steering(anyone).discard(world)
    assert (answer.status, answer.detail) == (status, detail)
    assert Steering(anyone).worlds == ["default", "gw3"]


@pytest.mark.assumed
def test_the_list_shows_the_worlds_as_they_are(api: Start) -> None:
    anyone = api()
    Steering(anyone, "gw3").reset(scenario="description: Mine.\nclock: {mode: poll}", seed=5)
    anyone.login(PLUS).order()
    listed = Steering(anyone).read("/worlds")
    assert listed["most"] == 256
    assert listed["worlds"][1] == {
        "name": "gw3",
        "scenario": "scenario",
        "seed": 5,
        "restarts": 0,
        "now": "2026-06-07T12:00:00Z",
        "mode": "poll",
        "exchanges": 2,
        "generations": 1,
    }


# The bound on worlds


@pytest.fixture
def log() -> list[LogEntry]:
    return []


@pytest.fixture
def crowded(log: list[LogEntry]) -> Iterator[Client]:
    """A server with room for two worlds, where the second is gw0."""
    worlds = Worlds(FixedSource(LoadedScenario(Scenario(clock=ClockSettings(mode=Mode.POLL)))), Bounds(worlds=2))
    with ServerThread(application(worlds, Settings(log=log.append))) as server, Client(server.url) as anyone:
        Steering(anyone, "gw0").reset()
        yield anyone


HINT = "there are 2 worlds already; discard one (DELETE /__mock/worlds/NAME), or start the server with a higher"


@pytest.mark.assumed
def test_one_world_too_many_is_a_503_with_a_hint_by_every_way_to_choose_it(crowded: Client) -> None:
    answers = [
        Steering(crowded, "gw1").client().read("/auth/me"),
        crowded.fill_in("/auth/login", {"username": "you+gw1@example.com", "password": PASSWORD}),
        crowded.read(f"{crowded.url}/w/gw1/media/1842/0.png"),
    ]
    for answer in answers:
        assert (answer.status, answer.detail) == (503, "Service unavailable")
        assert str(answer.headers["x-mock-hint"]).startswith(HINT)
    assert Steering(crowded).worlds == ["default", "gw0"]


@pytest.mark.assumed
def test_the_refusal_is_logged_as_an_exchange_is(crowded: Client, log: list[LogEntry]) -> None:
    Steering(crowded, "gw1").client().read("/auth/me")
    crowded.fill_in("/auth/login", {"username": "you+gw1@example.com", "password": PASSWORD})
    crowded.read(f"{crowded.url}/w/gw1/nowhere")
    lines = [str(told) for told in log]
    assert [line.partition(f" 503 {HINT}")[0] for line in lines] == ["gw1 me", "login", "gw1 GET '/w/gw1/nowhere'"]
    assert all(HINT in line for line in lines)


@pytest.mark.assumed
@pytest.mark.parametrize(("method", "path"), [("PATCH", "/clock"), ("POST", "/clock/advance"), ("POST", "/reset")])
def test_the_control_plane_refuses_it_in_its_own_sentence(crowded: Client, method: str, path: str) -> None:
    answer = Steering(crowded, "gw1").ask(method, path, {"by": "1s"} if path.endswith("advance") else {})
    assert answer.status == 503
    assert HINT in answer.detail


@pytest.mark.assumed
def test_a_full_server_serves_its_present_worlds(crowded: Client) -> None:
    you = crowded.login("you+gw0@example.com")
    assert Steering(crowded, "gw1").client().create().status == 503
    assert you.order() == 1842
    assert Steering(crowded, "gw1").ask("GET", "/health").json["worlds"] == 2
    assert Steering(crowded, "gw0").reset()["world"] == "gw0"
    assert Steering(crowded).discard("gw0").status == 200
    assert crowded.login("you+gw1@example.com").order() == 1842
