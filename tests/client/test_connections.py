"""Requests whose connection fails: each ends in a sentence, and no write is sent twice."""

import gc
import socket
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from mockserver.client import MockServer, Unreachable
from mockserver.http.app import application
from mockserver.serve.listen import listen
from mockserver.serve.server import ServerThread

from .conftest import worlds
from .fake import HOLD, Fake, answer

HEALTHY = answer(
    {"status": "ok", "version": "9", "world": "default", "worlds": 1, "exchanges": 0, "generations": 0, "bounds": {}}
)
RESET = answer({"world": "default", "name": "x", "seed": 1, "description": "", "text": ""})

# Runs with the address of a server as its argument: sends a request, forks, and sends requests from both processes.
FORKING = """
import os, sys
from mockserver.client import MockServer
server = MockServer(sys.argv[1])
world = server.world()
assert world.clock.mode == "poll"
child = os.fork()
name = "parent" if child else "child"
for _ in range(100):
    assert server.world(name).scenario.world == name
if child:
    assert os.waitpid(child, 0)[1] == 0
    print(sorted(world.name for world in server.worlds))
"""


def test_one_connection_carries_many_requests() -> None:
    with Fake([HEALTHY, RESET, HEALTHY]) as fake, MockServer(fake.url) as server:
        server.health()
        server.world().reset()
        server.health()
    assert fake.requests == ["GET /__mock/health", "POST /__mock/reset", "GET /__mock/health"]


def test_a_connection_that_the_server_closed_is_replaced_before_anything_is_sent() -> None:
    with Fake([HEALTHY], [RESET]) as fake, MockServer(fake.url) as server:
        server.health()
        fake.wait_until_closed()
        assert server.world().reset().seed == 1
    assert fake.requests == ["GET /__mock/health", "POST /__mock/reset"]


def test_a_read_that_a_closing_connection_lost_is_sent_again() -> None:
    with Fake([HEALTHY, b""], [HEALTHY]) as fake, MockServer(fake.url) as server:
        server.health()
        assert server.health().version == "9"
    assert fake.requests == ["GET /__mock/health"] * 3


def test_a_write_that_may_have_had_its_effect_is_never_sent_again() -> None:
    with Fake([HEALTHY, b""], [RESET]) as fake, MockServer(fake.url) as server:
        server.health()
        with pytest.raises(Unreachable, match="lost before POST /__mock/reset was answered; whether it took effect"):
            server.world().reset()
    assert fake.requests == ["GET /__mock/health", "POST /__mock/reset"]


def test_a_read_is_not_repeated_for_ever() -> None:
    lost = pytest.raises(Unreachable, match=r"lost before GET /__mock/health was answered$")
    with Fake([b""], [HEALTHY]) as fake, MockServer(fake.url) as server, lost:
        server.health()
    assert fake.requests == ["GET /__mock/health"]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "is no HTTP"),
        (HEALTHY[:-5], "was lost before GET /__mock/health was answered"),
        (HOLD, r"did not answer GET /__mock/health within 0\.05 s"),
    ],
)
def test_an_invalid_or_missing_answer_is_an_error_that_says_so(said: bytes, sentence: str) -> None:
    with Fake([said]) as fake, MockServer(fake.url, timeout=0.05) as server:
        with pytest.raises(Unreachable, match=sentence) as error:
            server.health()
        server.close()
    assert (error.value.status, error.value.problems) == (0, ())


def test_an_address_where_nothing_listens_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(Unreachable, match=f"^nothing listens at {url}; start imaginelab-mock there, or correct"):
        MockServer(url).health()


@pytest.mark.parametrize("host", ["nowhere.invalid", "no..where"])
def test_an_unknown_host_is_named(host: str) -> None:
    with pytest.raises(Unreachable) as error:
        MockServer(f"http://{host}:1").health()
    assert str(error.value) == f"the host of http://{host}:1 is not known; correct the address"


def test_a_server_without_tls_is_an_error_that_says_so(server: MockServer) -> None:
    with pytest.raises(Unreachable, match=r"^no TLS with https://127"):
        MockServer(server.url.replace("http:", "https:")).health()


def test_a_server_that_was_restarted_between_two_calls_is_found_again() -> None:
    with closing(listen("127.0.0.1", 0)) as port:
        with ServerThread(application(worlds()), port.dup()) as first:
            server = MockServer(first.url)
            assert server.world("gw3").reset(seed=7).seed == 7
        with ServerThread(application(worlds()), port.dup()):
            assert server.world("gw3").reset().seed == 1842
        server.close()


def test_twenty_threads_share_one_server(server: MockServer) -> None:
    def steered(i: int) -> tuple[str, float, int]:
        world = server.world(f"gw{i}")
        moved = sum(world.clock.advance(i).moved for _ in range(10))
        return world.scenario.world, moved, world.accounts["you@example.com"].grant(i).credits

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(steered, range(20)))
    assert results == [(f"gw{i}", 10 * i, 100 + i) for i in range(20)]


def test_twenty_threads_share_one_world(server: MockServer) -> None:
    account = server.world().accounts["you@example.com"]
    with ThreadPoolExecutor(20) as pool:
        balances = [view.credits for view in pool.map(account.grant, [1] * 200)]
    assert sorted(balances) == [*range(101, 301)]


def test_a_forked_process_makes_connections_of_its_own(server: MockServer) -> None:
    program = [sys.executable, "-c", FORKING, server.url]
    run = subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True, timeout=60)
    assert run.stdout == "['child', 'default', 'parent']\n"


def test_an_unclosed_client_leaves_no_socket_behind(server: MockServer) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert MockServer(server.url).world("gw3").clock.mode == "poll"
        gc.collect()
    assert [str(each.message) for each in told] == []


def test_a_closed_server_still_answers_but_keeps_no_connection() -> None:
    with Fake([HEALTHY, b""], [HEALTHY]) as fake:
        with MockServer(fake.url) as server:
            pass
        assert (server.health().version, server.health().version) == ("9", "9")
    assert fake.requests == ["GET /__mock/health"] * 2
