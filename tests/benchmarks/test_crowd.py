"""The crowd that the benchmarks send, as a small one: each answer is checked for its own client.

No test takes times.
"""

import io
import json
import resource
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks import pollers
from benchmarks.account import logged_in
from benchmarks.crowd import finished, grown, raised
from benchmarks.errors import BenchmarkError
from benchmarks.flood import connected, flood
from benchmarks.growth import WEALTHY
from benchmarks.pollers import Crowd, Latencies, Poller, latencies
from benchmarks.request import Request
from mockserver.http.app import Settings, application
from mockserver.http.tunnel import Tunnels
from mockserver.language.loaded import HAPPY_PATH, FixedSource
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import Authority, ServerTls
from mockserver.world.worlds import Worlds
from tests.support.emulator import served

CLIENTS = 64
WHO = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n%02d"


@pytest.fixture
def polls() -> Iterator[list[tuple[Request, str]]]:
    with served(WEALTHY) as server:
        yield finished(logged_in(server.url), CLIENTS)


@pytest.mark.parametrize("pause", ["0", "0.001"])
def test_a_crowd_polls_and_each_client_gets_its_own_answers(
    polls: list[tuple[Request, str]], pause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    host, port = polls[0][0].address
    told = json.dumps([(request.rendered().decode(), body) for request, body in polls])

    pollers.main([host, str(port), "--requests", str(5 * CLIENTS), "--pause", pause], io.StringIO(told + "\n"))

    met = Latencies(**json.loads(capsys.readouterr().out))
    assert len({body for _, body in polls}) == CLIENTS
    assert met.answers == 5 * CLIENTS
    assert 0 < met.least <= met.half <= met.most <= met.longest < met.seconds * 1000
    assert 0 < met.slowest <= 1


@pytest.fixture
def pair() -> Iterator[tuple[Poller, socket.socket]]:
    """A client that expects 07, and its server."""
    client, server = socket.socketpair()
    with client, server:
        yield Poller(client, b"GET", b"07"), server


def test_an_answer_is_awaited_to_its_end(pair: tuple[Poller, socket.socket]) -> None:
    poller, server = pair
    poller.ask()
    server.sendall(WHO[:10])
    assert not poller.answered()
    server.sendall((WHO % 7)[10:])
    assert poller.answered()
    assert len(poller.latencies) == 1


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (WHO % 8, "expected an answer with .*07"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "no success"),
        (b"", "hung up after 0 bytes"),
    ],
)
def test_a_wrong_answer_stops_the_crowd(pair: tuple[Poller, socket.socket], said: bytes, problem: str) -> None:
    poller, server = pair
    server.sendall(said)
    server.shutdown(socket.SHUT_WR)

    with pytest.raises(BenchmarkError, match=problem):
        Crowd([poller]).poll(lambda sent: sent < 1)


def test_latencies_are_those_of_all_answers_and_the_share_is_that_of_the_slowest() -> None:
    each = [[n / 1000 for n in range(1, 199)], [0.199], [0.2]]

    assert latencies(each, 2.0) == Latencies(200, 2.0, 1.0, 100.5, 198.0, 200.0, 1.0)
    assert latencies([[0.1] * 4, [0.1] * 4, [0.1]], 1.0).slowest == 0.25


@pytest.mark.parametrize(
    ("limits", "result"),
    [
        ((1024, 4096), (1100, 4096)),
        ((1024, resource.RLIM_INFINITY), (1100, resource.RLIM_INFINITY)),
        ((4096, 4096), (4096, 4096)),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), (resource.RLIM_INFINITY, resource.RLIM_INFINITY)),
    ],
)
def test_the_crowd_raises_the_limit_of_open_files_to_its_need(limits: tuple[int, int], result: tuple[int, int]) -> None:
    assert raised(limits, 1100) == result


def test_a_crowd_that_may_not_open_its_files_is_not_measured() -> None:
    with pytest.raises(BenchmarkError, match=r"1,100 open files are needed and 1,024 allowed"):
        raised((1024, 1024), 1100)


def test_the_growth_of_a_crowd_leaves_out_the_first_sixth() -> None:
    assert grown([30.0, 40.0, 50.0, 51.0, 50.5, 52.0, 52.0, 53.0, 52.5, 52.0, 52.0, 51.5]) == 1.5


# The ways to a server


@pytest.mark.parametrize(("encrypted", "tunnel"), [(True, False), (False, True)], ids=["TLS", "tunnel"])
def test_the_flood_reaches_a_server_by_every_way(*, encrypted: bool, tunnel: bool) -> None:
    authority = Authority()
    tunnels = Tunnels(vouching=ServerTls(lambda: authority))
    app = application(Worlds(FixedSource(HAPPY_PATH)), Settings(tunnels=tunnels))
    with ServerThread(app, tls=authority.context, tunnels=tunnels) as server:
        address = server.tls_address if encrypted else Request(server.url).address
        with connected(address, authority.file, tunnel=tunnel) as connection:
            health = Request(f"{server.url}/__mock/health")

            assert flood([connection], health.rendered(), lambda sent: sent < 3) == 3


def test_a_refused_tunnel_stops_the_load() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        connecting = pool.submit(connected, listener.getsockname(), tunnel=True)
        with listener.accept()[0] as server:
            assert server.recv(8) == b"CONNECT "
            server.sendall(b"HTTP/1.1 403 ")
            server.shutdown(socket.SHUT_WR)

            with pytest.raises(BenchmarkError, match=r"no tunnel, but said b'HTTP/1\.1 403 '"):
                connecting.result()
