from collections.abc import Iterator
from typing import Any

import pytest

from mockserver.client import Invalid, MockServer, NotFound, Refused, Unavailable, Unreachable
from mockserver.http.app import Settings, application
from mockserver.http.guard import Guard
from mockserver.serve.server import ServerThread
from mockserver.world.bounds import Bounds

from .conftest import worlds
from .fake import Fake, answer

TOKEN = "s3cret-enough"


@pytest.fixture
def guarded() -> Iterator[str]:
    with ServerThread(application(worlds(), Settings(guard=Guard(token=TOKEN)))) as running:
        yield running.url


def test_a_server_reports_its_health(server: MockServer) -> None:
    server.world("gw3").token()
    health = server.health()
    assert (health.status, health.worlds, health.exchanges, health.generations) == ("ok", 2, 1, 0)
    assert health.bounds["worlds"] == 256
    assert repr(server) == f"<MockServer at {server.url}>"


def test_the_gallery_is_listed(server: MockServer) -> None:
    samples = {sample.name: sample.description for sample in server.scenarios}
    assert samples["rough-poll"].endswith(".")
    assert [server.world().load(name).name for name in samples] == [*samples]


def test_a_world_is_made_at_its_first_request(server: MockServer) -> None:
    world = server.world("gw3")
    assert [each.name for each in server.worlds] == ["default"]
    world.load("rough-poll", seed=7)
    first, second = server.worlds
    assert (first.name, first.scenario, first.seed, first.mode) == ("default", "happy-path", 1842, "poll")
    assert (second.name, second.scenario, second.seed, second.exchanges) == ("gw3", "rough-poll", 7, 0)
    assert (second.now, second.generations) == (world.clock.now, 0)
    assert ("gw3" in server.worlds, "gw4" in server.worlds, len(server.worlds)) == (True, False, 2)


def test_a_missing_world_cannot_be_discarded(server: MockServer) -> None:
    with pytest.raises(NotFound, match="there is no world gw3"):
        server.worlds.discard("gw3")
    with pytest.raises(NotFound):
        server.worlds.discard("../worlds?")


@pytest.mark.parametrize("name", ["", "a/b", "a b", "ä", "a" * 65, "gw3\n", None, 3, b"gw3"])
def test_an_invalid_name_of_a_world_is_refused(server: MockServer, name: Any) -> None:
    with pytest.raises(Invalid, match="expected 1 to 64 letters, digits, dots, hyphens and underscores for a world"):
        server.world(name)


def test_one_world_too_many_is_refused_with_the_way_out() -> None:
    with ServerThread(application(worlds(Bounds(worlds=1)))) as running, MockServer(running.url) as server:
        with pytest.raises(Unavailable, match="--max-worlds") as error:
            server.world("gw3").reset()
        assert error.value.status == 503


@pytest.mark.parametrize("token", [None, "wrong-token"])
def test_without_the_right_token_only_health_is_shown(guarded: str, token: str | None) -> None:
    with MockServer(guarded, token=token) as server:
        assert server.health().status == "ok"
        with pytest.raises(Refused, match="--control-token") as error:
            server.world().reset()
        assert error.value.status == 401


def test_the_right_token_opens_everything(guarded: str) -> None:
    with MockServer(guarded, token=TOKEN) as server:
        world = server.world("gw3")
        assert world.reset().world == "gw3"
        assert world.token()
        assert TOKEN not in f"{server!r} {world!r}"


@pytest.mark.parametrize("token", ["schlüssel", "two words", "line\n", 7, b"open-sesame"])
def test_a_bad_token_is_refused_and_not_repeated_in_the_error(token: Any) -> None:
    with pytest.raises(Invalid) as error:
        MockServer("http://127.0.0.1:1", token=token)
    assert str(error.value) == "token: expected printable ASCII characters, none of them a space, found something else"


def test_an_empty_token_means_no_token_as_for_the_server() -> None:
    with Fake([READY]) as fake, MockServer(fake.url, token="") as server:
        assert server.world().url == fake.url
        assert server.health().version == "9"


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), 1e300, None, "10"])
def test_a_timeout_that_is_not_a_positive_number_is_refused(timeout: Any) -> None:
    with pytest.raises(Invalid, match=r"^timeout: expected a number of seconds above 0 and up to 1000000, found "):
        MockServer("http://127.0.0.1:1", timeout=timeout)


@pytest.mark.parametrize(
    "url",
    [
        None,
        b"http://127.0.0.1",
        "",
        "127.0.0.1:8402",
        "ftp://127.0.0.1",
        "http://",
        "http://127.0.0.1:8402/api/v1",
        "http://127.0.0.1:8402/w/gw3",
        "http://127.0.0.1:8402?x=1",
        "http://me@127.0.0.1",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:port",
        "http://a b",
    ],
)
def test_a_bad_server_address_is_refused(url: Any) -> None:
    with pytest.raises(Invalid, match=r"expected the address of a mock server, such as http://127\.0\.0\.1:8402"):
        MockServer(url)


@pytest.mark.parametrize(
    ("url", "base_url"),
    [
        ("http://127.0.0.1:8402/", "http://127.0.0.1:8402/api/v1"),
        ("https://mock.example", "https://mock.example/api/v1"),
        ("http://[::1]:8402", "http://[::1]:8402/api/v1"),
    ],
)
def test_a_server_address_may_have_several_forms(url: str, base_url: str) -> None:
    assert MockServer(url).world().base_url == base_url


# Waiting for a server

READY = answer(
    {"status": "ok", "version": "9", "world": "default", "worlds": 1, "exchanges": 0, "generations": 0, "bounds": {}}
)


class Stopwatch:
    """A clock that moves only during pauses."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pauses = 0

    def now(self) -> float:
        return self.seconds

    def pause(self, seconds: float) -> None:
        self.seconds += seconds
        self.pauses += 1


def test_the_wait_for_a_ready_server_ends_at_once(server: MockServer) -> None:
    watch = Stopwatch()
    assert server.wait_until_ready(now=watch.now, pause=watch.pause).status == "ok"
    assert watch.pauses == 0


def test_the_wait_for_a_starting_server_ends_when_it_is_ready() -> None:
    watch = Stopwatch()
    with Fake([b""], [answer(b"starting", 503, "text/plain")], [READY]) as fake, MockServer(fake.url) as server:
        assert server.wait_until_ready(now=watch.now, pause=watch.pause).version == "9"
    assert watch.pauses == 2


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), None])
def test_a_wait_for_the_server_that_is_not_a_number_is_refused(server: MockServer, seconds: Any) -> None:
    with pytest.raises(Invalid, match=r"^seconds: expected a number of seconds from 0 to 1000000, found "):
        server.wait_until_ready(seconds)


def test_the_wait_for_an_absent_server_ends_with_an_error() -> None:
    watch = Stopwatch()
    with Fake() as fake:
        url = fake.url
    with pytest.raises(Unreachable, match=f"^not ready after 1 s: nothing listens at {url}"):
        MockServer(url).wait_until_ready(1, now=watch.now, pause=watch.pause)
    assert 1 <= watch.seconds < 1.1
