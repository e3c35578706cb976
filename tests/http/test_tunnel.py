"""Where a server leads as a proxy: to itself, and nowhere else."""

import asyncio
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
from starlette.types import Receive, Scope, Send

from mockserver.http.app import Settings, application
from mockserver.http.tunnel import Tunnels
from mockserver.language.loaded import HAPPY_PATH, FixedSource
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import API_HOST, Authority, LibraryMissing, ServerTls
from mockserver.world.refused_hosts import Refused, RefusedHosts
from mockserver.world.worlds import Worlds
from tests.support.emulator import served

NAMES = ("mock.example", "Other.Example.")
VOUCHING = ServerTls()

# The body of the server's answer to a CONNECT that it refuses.
REFUSAL = "HTTP/1.1 403 Forbidden by imaginelab-mock\r\ncontent-type: text/plain; charset=utf-8\r\n"


HOSTILE_HOSTS = [
    "\x1bc:80",
    "a\0b:80",
    "h\x9b2J:80",
    "\u202ehost:80",
    "h\u2028:80",
    "é.example:80",
    ".:80",
    f"{'a' * 254}:80",
]


def tunnels() -> Tunnels:
    return Tunnels(NAMES, VOUCHING)


@pytest.mark.parametrize(
    "target",
    [f"{API_HOST}:443", f"{API_HOST}.:443", API_HOST.upper() + ":443", "mock.example:443", "other.example:443"],
)
def test_a_tunnel_leads_to_each_of_the_servers_names(target: str) -> None:
    asked = tunnels()
    assert asked.objection(target) == ""
    assert asked.refused.total == 0


@pytest.mark.parametrize(
    ("target", "refused"),
    [
        ("index.example:443", Refused("index.example", 443, 1)),
        ("Index.Example.:443", Refused("index.example", 443, 1)),
        (f"{API_HOST}:80", Refused(API_HOST, 80, 1)),
        (f"www.{API_HOST}:443", Refused(f"www.{API_HOST}", 443, 1)),
        (f"{API_HOST}.evil.example:443", Refused(f"{API_HOST}.evil.example", 443, 1)),
        ("127.0.0.1:22", Refused("127.0.0.1", 22, 1)),
        ("[::1]:443", Refused("::1", 443, 1)),
    ],
)
def test_another_target_is_refused_and_noted(target: str, refused: Refused) -> None:
    asked = tunnels()
    assert asked.objection(target).startswith(f"imaginelab-mock leads nowhere but to {API_HOST}")
    assert list(asked.refused) == [refused]


@pytest.mark.parametrize(
    "target",
    [
        *HOSTILE_HOSTS,
        "",
        API_HOST,
        f"https://{API_HOST}/",
        f"{API_HOST}:https",
        f"{API_HOST}:",
        ":443",
        f"you@{API_HOST}:443",
        "a b:1",
    ],
)
def test_a_bad_connect_target_is_refused_with_a_sentence(target: str) -> None:
    asked = tunnels()
    assert asked.objection(target).startswith(f"expected CONNECT {API_HOST}:443, found ")
    assert asked.refused.total == 0


def missing() -> Authority:
    raise LibraryMissing("TLS needs a library")


def test_without_the_library_for_tls_the_way_out_is_said() -> None:
    asked = Tunnels((), ServerTls(missing))
    assert asked.objection(f"{API_HOST}:443") == "TLS needs a library\n"


@pytest.mark.parametrize(
    "url",
    [
        f"http://{API_HOST}/api/v1/auth/me",
        f"HTTP://{API_HOST}:80?page=1",
        f"http://{API_HOST}:8402/",
        f"https://{API_HOST}/",
        f"HTTPS://{API_HOST}:443/",
        "http://mock.example/",
        "http://mock.example:8402/",
        "http://127.0.0.1:8402/api/v1",
        "http://localhost:8402/",
        "http://[::1]:8402/",
    ],
)
def test_a_whole_url_of_the_servers_own_is_answered(url: str) -> None:
    assert tunnels().objection_to(url, 8402) == ""


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("http://deb.example/pool", Refused("deb.example", 80, 1)),
        ("http://deb.example:8402/", Refused("deb.example", 8402, 1)),
        ("http://localhost/", Refused("localhost", 80, 1)),
        ("http://127.0.0.1:9999/", Refused("127.0.0.1", 9999, 1)),
        (f"https://{API_HOST}:80/", Refused(API_HOST, 80, 1)),
        ("https://deb.example/", Refused("deb.example", 443, 1)),
    ],
)
def test_a_whole_url_of_another_host_is_refused_and_noted(url: str, refused: Refused) -> None:
    asked = tunnels()
    assert asked.objection_to(url, 8402).startswith("imaginelab-mock leads nowhere but to ")
    assert list(asked.refused) == [refused]


@pytest.mark.parametrize(
    "url",
    [
        *(f"http://{host}/" for host in HOSTILE_HOSTS),
        "mailto:you@example.com",
        "http://",
        f"ftp://{API_HOST}/",
        "http://you@mock.example/",
        "http://a b/",
    ],
)
def test_a_bad_url_for_the_proxy_is_refused_with_a_sentence(url: str) -> None:
    asked = tunnels()
    assert asked.objection_to(url, 8402).startswith("expected a URL such as ")
    assert asked.objection_to(url, 8402).removesuffix("\n").isprintable()
    assert asked.refused.total == 0


def test_the_longest_name_of_a_host_is_noted() -> None:
    asked = tunnels()
    for host in ("a" * 253, "a" * 252 + "."):
        assert asked.objection(f"{host}:443").startswith("imaginelab-mock leads nowhere but to ")
    assert list(asked.refused) == [Refused("a" * 253, 443, 1), Refused("a" * 252, 443, 1)]


@pytest.mark.parametrize("host", ["", "a" * 254, "h\x1bc", "é.example"])
def test_a_text_that_is_no_host_is_never_kept(host: str) -> None:
    hosts = RefusedHosts()
    with pytest.raises(ValueError, match="expected the name or address of a host, found"):
        hosts.note(host, 443)
    assert (hosts.total, list(hosts)) == (0, [])


def test_the_list_of_refused_hosts_is_bounded_and_its_total_is_not() -> None:
    told: list[tuple[str, int]] = []
    hosts = RefusedHosts(lambda host, port: told.append((host, port)))
    for number in range(1500):
        hosts.note(f"host{number}.example", 443)
    hosts.note("host0.example", 443)
    assert (len(list(hosts)), hosts.total, len(told)) == (1000, 1501, 1501)
    assert next(iter(hosts)) == Refused("host0.example", 443, 2)


# Over real sockets


@pytest.fixture(params=["uvloop", "asyncio"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerThread]:
    if request.param == "asyncio":
        monkeypatch.setitem(sys.modules, "uvloop", None)
    tunnels = Tunnels((), VOUCHING)
    with ServerThread(
        application(Worlds(FixedSource(HAPPY_PATH)), Settings(tunnels=tunnels)), tunnels=tunnels
    ) as server:
        yield server


def connect(server: ServerThread) -> socket.socket:
    host, _, port = server.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=30)


def rest(connection: socket.socket) -> str:
    with connection.makefile("rb") as stream:
        return stream.read().decode()


def until(connection: socket.socket, end: bytes) -> bytes:
    came = b""
    while not came.endswith(end):
        byte = connection.recv(1)
        assert byte, came
        came += byte
    return came


def asked(server: ServerThread, request: str) -> str:
    with connect(server) as connection:
        connection.sendall(request.encode())
        return rest(connection)


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    VOUCHING.authority.introduce(context)
    return context


HEALTH = b"GET /__mock/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("size", [1, 7, 8, 9, 1000])
def test_a_head_that_comes_in_pieces_is_read_whole(server: ServerThread, size: int) -> None:
    head = f"CONNECT {API_HOST}:443 HTTP/1.1\r\nHost: {API_HOST}:443\r\nProxy-Connection: keep-alive\r\n\r\n".encode()
    with connect(server) as connection:
        for start in range(0, len(head), size):
            connection.sendall(head[start : start + size])
        assert until(connection, b"\r\n\r\n") == b"HTTP/1.1 200 Connection established\r\n\r\n"
        with trusting().wrap_socket(connection, server_hostname=API_HOST) as within:
            within.sendall(HEALTH)
            assert until(within, b"\r\n\r\n").startswith(b"HTTP/1.1 200 OK")


def test_bytes_right_behind_the_head_are_not_lost(server: ServerThread) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    within = trusting().wrap_bio(incoming, outgoing, server_hostname=API_HOST)
    with connect(server) as connection:
        with pytest.raises(ssl.SSLWantReadError):
            within.do_handshake()
        connection.sendall(f"CONNECT {API_HOST}:443 HTTP/1.1\r\n\r\n".encode() + outgoing.read())
        until(connection, b"\r\n\r\n")
        while True:
            try:
                within.do_handshake()
                break
            except ssl.SSLWantReadError:
                incoming.write(connection.recv(65536))
        assert within.getpeercert()


@pytest.mark.parametrize("size", [1, 3])
def test_plain_http_that_comes_in_pieces_is_plain_http(server: ServerThread, size: int) -> None:
    with connect(server) as connection:
        for start in range(0, len(HEALTH), size):
            connection.sendall(HEALTH[start : start + size])
        assert rest(connection).startswith("HTTP/1.1 200 OK")


def test_another_host_is_refused_in_a_sentence_and_listed(server: ServerThread) -> None:
    refusal = asked(server, "CONNECT index.example:443 HTTP/1.1\r\nHost: index.example:443\r\n\r\n")
    assert refusal.startswith(REFUSAL)
    assert refusal.endswith("connects to no other host: not to index.example:443\n")
    answer = asked(server, "GET http://deb.example/pool HTTP/1.1\r\nHost: deb.example\r\nConnection: close\r\n\r\n")
    assert answer.startswith("HTTP/1.1 403 ")
    assert answer.endswith("connects to no other host: not to deb.example:80\n")
    listed = asked(server, "GET /__mock/refused HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    hosts = '[{"host":"index.example","port":443,"count":1},{"host":"deb.example","port":80,"count":1}]'
    assert listed.endswith(f'{{"hosts":{hosts},"total":2}}')


def test_the_api_itself_may_be_asked_for_by_a_whole_url(server: ServerThread) -> None:
    answer = asked(
        server, f"GET http://{API_HOST}/api/v1/auth/me HTTP/1.1\r\nHost: {API_HOST}\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith("HTTP/1.1 401 Unauthorized")


def test_a_head_without_an_end_is_refused(server: ServerThread) -> None:
    assert asked(server, "CONNECT " + "a" * 33 * 1024).startswith("HTTP/1.1 414 ")


def test_the_certificate_can_be_had_from_the_server(server: ServerThread) -> None:
    answer = asked(server, "GET /__mock/ca.pem HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert "content-type: application/x-pem-file\r\n" in answer
    assert answer.endswith(VOUCHING.authority.certificate)


def test_without_the_library_for_tls_there_is_no_certificate_to_show() -> None:
    settings = Settings(tunnels=Tunnels((), ServerTls(missing)))
    with served(None, settings) as server:
        answer = asked(server, "GET /__mock/ca.pem HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer.startswith("HTTP/1.1 404 Not Found")
    assert answer.endswith('{"detail":"TLS needs a library"}')


def test_a_stop_ends_tunnels_and_connections_without_a_byte(caplog: pytest.LogCaptureFixture) -> None:
    async def hung(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    with ExitStack() as clients:
        with ServerThread(hung, tunnels=tunnels()) as server:
            silent, half, agreed = (clients.enter_context(connect(server)) for _ in range(3))
            half.sendall(b"CONN")
            agreed.sendall(f"CONNECT {API_HOST}:443 HTTP/1.1\r\n\r\n".encode())
            until(agreed, b"\r\n\r\n")
            within = clients.enter_context(trusting().wrap_socket(agreed, server_hostname=API_HOST))
            within.sendall(HEALTH)
        for client in (silent, half):
            assert client.recv(1) == b""
        with suppress(ConnectionResetError, ssl.SSLError):
            assert within.recv(1) == b""
    assert caplog.records == []
