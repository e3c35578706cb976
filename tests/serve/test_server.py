"""How the server is reached, starts and stops: over real sockets, in threads and in processes of their own."""

import asyncio
import gc
import http.client
import logging
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http import HTTPStatus
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

import mockserver.serve.server
from mockserver.serve.listen import AddressError, listen, url
from mockserver.serve.server import ServerThread

# Serves in the foreground without the modules named as arguments. Prints its URL, a line for each request that it will
# never answer, and a line when it has stopped; then waits until its input is closed. The alarm ends a test that hangs.
FOREGROUND = """
import asyncio, signal, sys
sys.modules.update(dict.fromkeys(sys.argv[1:]))
from mockserver.serve.listen import listen, url
from mockserver.serve.server import Listeners, serve

async def app(scope, receive, send):
    if scope["path"] == "/hang":
        print("hanging", flush=True)
        await asyncio.Event().wait()
    raise LookupError("a bug of ours")

signal.alarm(60)
listener = listen("127.0.0.1", 0)
serve(app, Listeners(listener), lambda: print(url(listener), flush=True))
print("stopped", flush=True)
sys.stdin.read()
"""

NOT_HTTP = {
    "words": (
        b"hello, is anybody there?\r\n\r\n",
        "400 Bad Request: expected a request line such as GET / HTTP/1.1, found hello, is anybody there?",
    ),
    "header without a colon": (
        b"GET / HTTP/1.1\r\nHost\r\n\r\n",
        "400 Bad Request: expected header lines such as Host: example.org, found Host",
    ),
    "NUL in a header": (
        b"GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n",
        r'400 Bad Request: expected header lines such as Host: example.org, found "Host: a\u0000b"',
    ),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", "400 Bad Request: expected one Host header, found 0"),
    "two hosts": (
        b"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n",
        "400 Bad Request: expected one Host header, found 2",
    ),
    "HTTP/0.9": (
        b"GET /\r\n",
        "400 Bad Request: expected a request line such as GET / HTTP/1.1, found GET /",
    ),
    "lines that end with LF": (
        b"GET / HTTP/1.1\nHost: a\n\n",
        r'400 Bad Request: expected a request line such as GET / HTTP/1.1, found "GET / HTTP/1.1\nHost: a\n\n"',
    ),
    "a folded header": (
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
        "400 Bad Request: expected header lines such as Host: example.org, found  b",
    ),
    "tunnel": (
        b"CONNECT localhost:443 HTTP/1.1\r\n\r\n",
        "400 Bad Request: expected no CONNECT: this server is no proxy, or the connection is in use",
    ),
    "two lengths": (
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "400 Bad Request: expected one Content-Length of at most 19 digits, found 1, 2",
    ),
    "length and chunks": (
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "400 Bad Request: expected Content-Length or Transfer-Encoding, found both",
    ),
    "another coding": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "501 Not Implemented: expected Transfer-Encoding: chunked, found gzip, chunked",
    ),
    "chunks in HTTP/1.0": (
        b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "400 Bad Request: expected no Transfer-Encoding in HTTP/1.0, found one",
    ),
    "HTTP/2": (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "505 HTTP Version Not Supported: expected HTTP/1.1, found HTTP/2.0",
    ),
    "TLS": (
        bytes.fromhex("160301020001000102"),
        "400 Bad Request: expected HTTP, found TLS: this port takes http:// only",
    ),
    "a long request line": (
        b"GET /" + b"a" * 33 * 1024,
        f"414 {HTTPStatus(414).phrase}: expected a request line of at most 32768 bytes",
    ),
}


def always(body: bytes) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})

    return app


hello = always(b"hi")
MUCH = bytes(8_000_000)  # more than the kernel buffers for a client that does not read


def connect(base: str) -> socket.socket:
    host, port = base.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def ask(connection: socket.socket, path: str) -> None:
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())


def rest(connection: socket.socket) -> bytes:
    """The bytes that arrive before the server closes the connection."""
    with connection.makefile("rb") as stream:
        return stream.read()


def answer(base: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection(base.removeprefix("http://"), timeout=30)) as client:
        client.request("GET", "/", headers=headers or {})
        response = client.getresponse()
        return response.status, response.read()


def test_connections_wait_for_the_server() -> None:
    with listen("127.0.0.1", 0) as listener, connect(url(listener)) as early:
        ask(early, "/")
        with ServerThread(hello, listener):
            assert early.recv(15) == b"HTTP/1.1 200 OK"


def test_a_name_means_its_ipv4_address_and_the_listener_names_tcp_so_that_asyncio_sends_at_once() -> None:
    with listen("localhost", 0) as listener:
        assert url(listener).startswith("http://127.0.0.1:")
        assert listener.proto == socket.IPPROTO_TCP


def test_ipv6_is_served_and_its_url_has_brackets() -> None:
    try:
        listener = listen("::1", 0)
    except AddressError:
        pytest.skip("this machine has no IPv6 loopback")
    with ServerThread(hello, listener) as server:
        assert server.url.startswith("http://[::1]:")
        assert answer(server.url) == (200, b"hi")


def test_a_taken_port_is_refused_in_one_sentence() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(AddressError) as refusal:
            listen("127.0.0.1", port)
    reason = "the port is taken; stop what listens there, or choose another (0: any free one)"
    assert str(refusal.value) == f"cannot listen on port {port} of 127.0.0.1: {reason}"


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [("127.0.0.1", port, "a port is a number from 0 to 65535") for port in (-1, 65536, 70000)]
    + [(host, 0, "the host is not known") for host in ("no such host", "a..b", "a" * 64, "[::1]", "")]
    + [("192.0.2.1", 0, "this machine has no such address")],  # RFC 5737: an address of no machine
)
def test_an_address_of_another_machine_is_refused(host: str, port: int, reason: str) -> None:
    with pytest.raises(AddressError, match=reason):
        listen(host, port)


def test_an_answer_has_only_the_headers_of_the_application() -> None:
    with ServerThread(hello) as server, connect(server.url) as client:
        ask(client, "/")
        whole = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
        assert b"".join(client.recv(1) for _ in whole) == whole


def test_the_headers_of_a_proxy_or_a_websocket_change_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def caller(scope: Scope, receive: Receive, send: Send) -> None:
        await always(f"{scope['scheme']} {scope['client'][0]}".encode())(scope, receive, send)

    with ServerThread(caller) as server:
        proxy = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}
        websocket = {"Connection": "Upgrade", "Upgrade": "websocket"}
        assert answer(server.url, proxy | websocket) == (200, b"http 127.0.0.1")
    assert caplog.records == []


def test_fifty_servers_leave_no_thread_and_no_socket() -> None:
    with ServerThread(hello):
        pass  # the first one lets uvloop open two files that serve the whole process
    before = threading.enumerate(), set(Path("/dev/fd").iterdir())
    for _ in range(50):
        with ServerThread(hello) as server, connect(server.url) as client:
            ask(client, "/")
            assert client.recv(15) == b"HTTP/1.1 200 OK"
    gc.collect()
    assert (threading.enumerate(), set(Path("/dev/fd").iterdir())) == before


def test_a_stop_ends_idle_half_sent_and_hung_requests(caplog: pytest.LogCaptureFixture) -> None:
    seen: queue.Queue[str] = queue.Queue()

    async def hung(scope: Scope, receive: Receive, send: Send) -> None:
        seen.put(scope["path"])
        try:
            await asyncio.Event().wait()
        finally:
            seen.put("end")

    with ExitStack() as clients:
        with ServerThread(hung) as server:
            half_a_head, half_a_body, whole, _idle = (clients.enter_context(connect(server.url)) for _ in range(4))
            half_a_head.sendall(b"GET / HT")
            half_a_body.sendall(b"POST /half HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf")
            ask(whole, "/whole")
            assert {seen.get(timeout=30), seen.get(timeout=30)} == {"/half", "/whole"}
        assert [seen.get_nowait(), seen.get_nowait()] == ["end", "end"]
        assert rest(whole) == b""
    assert caplog.records == []


def test_a_stop_ends_a_request_that_waits_for_its_client_to_leave() -> None:
    received: queue.Queue[str] = queue.Queue()

    async def patient(scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "http.disconnect":
            received.put(message["type"])
        received.put("left")

    with ExitStack() as clients:
        with ServerThread(patient) as server:
            ask(clients.enter_context(connect(server.url)), "/")
            assert received.get(timeout=30) == "http.request"
        assert received.get_nowait() == "left"


def test_an_answer_on_its_way_arrives_whole() -> None:
    with ThreadPoolExecutor(1) as pool, ExitStack() as clients:
        with ServerThread(always(MUCH)) as server:
            client = clients.enter_context(connect(server.url))
            ask(client, "/")
            assert client.recv(15) == b"HTTP/1.1 200 OK"
            arriving = pool.submit(rest, client)
        assert arriving.result(30).endswith(b"\r\n\r\n" + MUCH)


def test_a_client_that_does_not_read_does_not_delay_the_stop() -> None:
    with ExitStack() as clients:
        with ServerThread(always(MUCH)) as server:
            client = clients.enter_context(connect(server.url))
            ask(client, "/")
            assert client.recv(15) == b"HTTP/1.1 200 OK"
        assert 0 < len(rest(client)) < len(MUCH)


@pytest.mark.parametrize(("request_bytes", "refusal"), NOT_HTTP.values(), ids=NOT_HTTP.keys())
def test_a_request_that_is_not_http_is_refused_with_the_reason_and_not_logged(
    request_bytes: bytes, refusal: str, caplog: pytest.LogCaptureFixture
) -> None:
    with ServerThread(hello) as server, connect(server.url) as client:
        client.sendall(request_bytes)
        head, _, body = rest(client).decode().partition("\r\n\r\n")
        first, *headers = head.splitlines()
        assert f"{first.removeprefix('HTTP/1.1 ')}: {body}" == f"{refusal}\n"
        assert headers == [
            "content-type: text/plain; charset=utf-8",
            f"content-length: {len(body)}",
            "connection: close",
        ]
        assert answer(server.url) == (200, b"hi")
    assert caplog.records == []


def test_the_loggers_of_another_uvicorn_in_the_process_are_left_alone() -> None:
    loggers = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.access", "uvicorn.error", "uvicorn.asgi")]
    states = [(it.level, it.propagate, it.disabled, it.handlers.copy(), it.filters.copy()) for it in loggers]
    with ServerThread(hello) as server:
        answer(server.url)
    assert states == [(it.level, it.propagate, it.disabled, it.handlers, it.filters) for it in loggers]


def test_an_error_that_keeps_the_thread_from_serving_is_raised_to_the_caller() -> None:
    class Broken(socket.socket):
        def setblocking(self, _: bool) -> None:
            raise LookupError("cannot be served")

    threads = threading.enumerate()
    listening = listen("127.0.0.1", 0)
    with Broken(fileno=listening.detach()) as listener, pytest.raises(LookupError, match="cannot be served"):
        ServerThread(hello, listener).__enter__()
    assert threading.enumerate() == threads
    assert listener.fileno() == -1


@pytest.fixture(params=[(), ("uvloop", "httptools")], ids=["as installed", "without uvloop and httptools"])
def foreground(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-W", "error", "-c", FOREGROUND, *request.param]
    home, pipe = Path(mockserver.serve.server.__file__).parents[2], subprocess.PIPE
    with subprocess.Popen(command, cwd=home, text=True, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        yield process
        process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip()


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit status, further output and errors, once its input is closed."""
    output, errors = process.communicate(timeout=30)
    return process.returncode, output, errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_foreground_silently_with_open_connections(
    foreground: subprocess.Popen[str], number: signal.Signals
) -> None:
    base = line(foreground)
    with connect(base), connect(base) as hung, connect(base) as no_client:
        no_client.sendall(NOT_HTTP["words"][0])
        assert rest(no_client).startswith(b"HTTP/1.1 400 ")
        ask(hung, "/hang")
        assert line(foreground) == "hanging"
        foreground.send_signal(number)
        assert line(foreground) == "stopped"
        assert rest(hung) == b""
    assert end(foreground) == (0, "", "")


def test_signals_after_the_first_are_ignored(foreground: subprocess.Popen[str]) -> None:
    line(foreground)
    foreground.send_signal(signal.SIGINT)
    assert line(foreground) == "stopped"
    foreground.send_signal(signal.SIGINT)
    foreground.send_signal(signal.SIGTERM)
    assert end(foreground) == (0, "", "")


def test_a_bug_of_the_application_is_a_500_and_a_traceback_on_standard_error(foreground: subprocess.Popen[str]) -> None:
    assert answer(line(foreground)) == (500, b"Internal Server Error")
    foreground.send_signal(signal.SIGTERM)
    status, output, errors = end(foreground)
    assert (status, output) == (0, "stopped\n")
    assert "Traceback (most recent call last)" in errors
    assert errors.rstrip().endswith("LookupError: a bug of ours")
