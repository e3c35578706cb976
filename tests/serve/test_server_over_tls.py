"""The server over TLS, on both event loops: the same application, the same stop, the same faults below HTTP."""

import asyncio
import gc
import queue
import socket
import ssl
import sys
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.core.delivery import dropped
from mockserver.core.faults import Drop
from mockserver.http.tunnel import Tunnels
from mockserver.http.wire import deliver
from mockserver.serve.door import Deadlines
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import Authority, ServerTls

MUCH = bytes(8_000_000)  # more than the kernel buffers for a client that does not read


def always(body: bytes) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})

    return app


def ask(connection: socket.socket, path: str) -> None:
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())


def rest(connection: socket.socket) -> bytes:
    """The bytes that arrive before the server closes the connection."""
    with connection.makefile("rb") as stream:
        return stream.read()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(params=["uvloop", "asyncio"])
def any_loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop of the server: uvloop if it is installed, and asyncio."""
    if request.param == "asyncio":
        monkeypatch.setitem(sys.modules, "uvloop", None)


def connect(server: ServerThread, authority: Authority) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.introduce(context)
    plain = socket.create_connection(server.tls_address, timeout=30)
    return context.wrap_socket(plain, server_hostname="localhost")


@pytest.mark.usefixtures("any_loop")
def test_the_same_application_is_served_at_another_port(authority: Authority) -> None:
    async def scheme(scope: Scope, receive: Receive, send: Send) -> None:
        await always(scope["scheme"].encode())(scope, receive, send)

    with ServerThread(scheme, tls=authority.context) as server, connect(server, authority) as client:
        for _ in range(2):
            ask(client, "/")
            whole = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhttps"
            assert b"".join(client.recv(1) for _ in whole) == whole
        with urllib.request.urlopen(server.url, timeout=30) as answer:
            assert answer.read() == b"http"


@pytest.mark.usefixtures("any_loop")
def test_a_failed_tls_handshake_ends_its_connection_and_is_not_logged(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    distrustful = ssl.create_default_context()
    with ServerThread(always(b"hi"), tls=authority.context) as server:
        with socket.create_connection(server.tls_address, timeout=30) as plain:
            ask(plain, "/")
            assert b"HTTP" not in rest(plain)
        with socket.create_connection(server.tls_address, timeout=30) as plain, pytest.raises(ssl.SSLError):
            distrustful.wrap_socket(plain, server_hostname="localhost")
        socket.create_connection(server.tls_address, timeout=30).close()
        with connect(server, authority) as client:
            ask(client, "/")
            assert client.recv(15) == b"HTTP/1.1 200 OK"
    assert caplog.records == []


@pytest.mark.usefixtures("any_loop")
def test_a_stop_ends_open_connections_over_tls(authority: Authority, caplog: pytest.LogCaptureFixture) -> None:
    seen: queue.Queue[str] = queue.Queue()

    async def hung(scope: Scope, receive: Receive, send: Send) -> None:
        seen.put(scope["path"])
        try:
            await asyncio.Event().wait()
        finally:
            seen.put("end")

    with ExitStack() as clients:
        with ServerThread(hung, tls=authority.context) as server:
            idle, half_agreed = (
                clients.enter_context(socket.create_connection(server.tls_address, timeout=30)) for _ in range(2)
            )
            half_agreed.sendall(b"\x16\x03\x01\x02\x00\x01")
            agreed, whole = (clients.enter_context(connect(server, authority)) for _ in range(2))
            ask(whole, "/whole")
            assert seen.get(timeout=30) == "/whole"
        assert seen.get_nowait() == "end"
        for client in (idle, half_agreed, agreed, whole):
            with suppress(ConnectionResetError, ssl.SSLError):
                assert client.recv(1) == b""
    assert caplog.records == []


@pytest.mark.usefixtures("any_loop")
def test_a_stop_ends_a_request_that_waits_for_its_client_to_leave(authority: Authority) -> None:
    received: queue.Queue[str] = queue.Queue()

    async def patient(scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "http.disconnect":
            received.put(message["type"])
        received.put("left")

    with ExitStack() as clients:
        with ServerThread(patient, tls=authority.context) as server:
            ask(clients.enter_context(connect(server, authority)), "/")
            assert received.get(timeout=30) == "http.request"
        assert received.get_nowait() == "left"


@pytest.mark.usefixtures("any_loop")
@pytest.mark.parametrize("tunnel", [False, True], ids=["at its port", "in a tunnel"])
@pytest.mark.parametrize("sent", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00"], ids=["nothing", "a byte", "a part"])
def test_a_handshake_must_end_in_time(
    authority: Authority, caplog: pytest.LogCaptureFixture, tunnel: bool, sent: bytes
) -> None:
    tunnels = Tunnels(vouching=ServerTls(lambda: authority))
    with ServerThread(always(b"hi"), None, authority.context, tunnels, Deadlines(request=0.05)) as server:
        address = server.url.removeprefix("http://").split(":") if tunnel else server.tls_address
        with socket.create_connection((address[0], int(address[1])), timeout=30) as client:
            if tunnel:
                client.sendall(b"CONNECT api.imagineview.art:443 HTTP/1.1\r\n\r\n")
                assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
            client.sendall(sent)
            with suppress(ConnectionResetError):
                assert rest(client) == b""
        with connect(server, authority) as client:
            ask(client, "/")
            assert client.recv(15) == b"HTTP/1.1 200 OK"
    assert caplog.records == []


@pytest.mark.usefixtures("any_loop")
def test_a_stop_is_silent_while_clients_are_just_leaving(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    with ExitStack() as clients:
        for farewell in (ssl.SSLSocket.unwrap, ssl.SSLSocket.close, lambda client: client.shutdown(socket.SHUT_WR)):
            with ServerThread(always(b"hi"), tls=authority.context) as server:
                for _ in range(5):
                    client = clients.enter_context(connect(server, authority))
                    ask(client, "/")
                    assert client.recv(15) == b"HTTP/1.1 200 OK"
                    with suppress(OSError, ValueError):
                        farewell(client)
    assert caplog.records == []


@pytest.mark.usefixtures("any_loop")
def test_a_stop_lets_an_answer_over_tls_arrive_whole(authority: Authority) -> None:
    with ThreadPoolExecutor(1) as pool, ExitStack() as clients:
        with ServerThread(always(MUCH), tls=authority.context) as server:
            client = clients.enter_context(connect(server, authority))
            ask(client, "/")
            assert client.recv(15) == b"HTTP/1.1 200 OK"
            arriving = pool.submit(rest, client)
        assert arriving.result(30).endswith(b"\r\n\r\n" + MUCH)


@pytest.mark.usefixtures("any_loop")
def test_faults_below_http_are_the_same_over_tls(authority: Authority) -> None:
    async def reset(scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": []}
        await deliver(dropped(Drop.RESET), start, b"", (scope, receive, send))

    # The client uses an event loop, because for a blocking socket OpenSSL reports an end instead of a reset.
    async def ask_by_a_loop(host: str, port: int) -> None:
        context = ssl.create_default_context()
        authority.introduce(context)
        reader, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname="localhost")
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            await reader.read()
        finally:
            writer.transport.abort()

    with ServerThread(reset, tls=authority.context) as server, pytest.raises(ConnectionResetError):
        asyncio.run(ask_by_a_loop(*server.tls_address))


def test_servers_with_tls_leave_no_thread_and_no_socket(authority: Authority) -> None:
    with ServerThread(always(b"hi"), tls=authority.context):
        pass
    before = threading.enumerate(), set(Path("/dev/fd").iterdir())
    for _ in range(10):
        with ServerThread(always(b"hi"), tls=authority.context) as server, connect(server, authority) as client:
            ask(client, "/")
            assert client.recv(15) == b"HTTP/1.1 200 OK"
    gc.collect()
    assert (threading.enumerate(), set(Path("/dev/fd").iterdir())) == before
