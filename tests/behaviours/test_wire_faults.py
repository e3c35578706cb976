"""Faults below HTTP, as several kinds of clients meet them, on each of the server's protocols and event loops."""

import asyncio
import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import Client
from tests.support.customer import BASE, EMAIL, PASSWORD

# Serves the scenario in its first argument, without the modules named in the others. The alarm ends a lost process.
PROGRAM = """
import signal, sys
sys.modules.update(dict.fromkeys(sys.argv[2:]))
from mockserver.http.app import application
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource
from mockserver.serve.listen import listen, url
from mockserver.serve.server import Listeners, serve
from mockserver.world.worlds import Worlds

signal.alarm(120)
listener = listen("127.0.0.1", 0)
worlds = Worlds(FixedSource(parse(sys.argv[1], "wire.yaml")))
serve(application(worlds), Listeners(listener), lambda: print(url(listener), flush=True))
"""
HOME = Path(__file__).parents[2]
SCENARIO = """
clock: {mode: poll}
faults:
  - {on: any, when: {header.X-Fault: reset}, then: {drop: reset}}
  - {on: any, when: {header.X-Fault: close}, then: {drop: close}}
  - {on: any, when: {header.X-Fault: hang}, then: {drop: hang}}
  - {on: any, when: {header.X-Fault: garbage}, then: {drop: garbage}}
  - {on: any, when: {header.X-Fault: truncate}, then: {drop: {truncate: 0.5}}}
  - {on: any, when: {header.X-Fault: drip}, then: {drip: {bytes: 30, every: 1ms}}}
  - {on: any, when: {header.X-Fault: delay}, then: {delay: 50ms}}
  - {on: any, when: {header.X-Fault: no-content}, then: {status: 204}}
  - {on: any, when: {header.X-Fault: after}, phase: after, then: {drop: reset}}
"""
DEADLY = ("reset", "close", "garbage", "truncate")
WAYS = [(), ("uvloop",), ("httptools",), ("uvloop", "httptools")]


def started(*hidden: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", PROGRAM, SCENARIO, *hidden]
    return subprocess.Popen(
        command, cwd=HOME, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip()


def stopped(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit status and errors, after the request to stop."""
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    return process.returncode, errors


@pytest.fixture(scope="module", params=WAYS, ids=lambda hidden: f"without {' and '.join(hidden) or 'nothing'}")
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server for all tests of this file; no fault may leave a word on its standard error."""
    with started(*request.param) as process:
        try:
            yield line(process)
            assert stopped(process) == (0, "")
        finally:
            process.kill()


@pytest.fixture
def you(url: str) -> Iterator[Client]:
    """The reference's user. All tests of the file share the world, so no test may rely on being its first."""
    with Client(url) as client:
        yield client.login()


def sent(you: Client, *faults: str, path: str = "/auth/me", method: str = "GET") -> bytes:
    """Pipelined requests as bytes, each of which asks for a fault."""
    head = f"{method} {BASE}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {you.token}\r\nX-Fault: "
    return "".join(f"{head}{fault}\r\n\r\n" for fault in faults).encode()


def connect(you: Client) -> socket.socket:
    host, port = you.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def rest(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as stream:
        return stream.read()


def answers(connection: socket.socket, count: int, method: str = "GET") -> list[tuple[int, bytes]]:
    """So many answers from one connection."""
    came = []
    with connection.makefile("rb") as stream:
        for _ in range(count):
            response = http.client.HTTPResponse(_Opened(stream), method=method)  # type: ignore[arg-type]
            response.begin()
            came.append((response.status, response.read()))
    return came


class _Opened:
    """A stream from which many responses are read, one after the other."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def makefile(self, _mode: str) -> Any:
        return _Kept(self._stream)


class _Kept:
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def close(self) -> None:
        """Leave the stream open for the next response."""


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("reset", ConnectionError),
        ("close", http.client.RemoteDisconnected),
        ("garbage", http.client.BadStatusLine),
        ("truncate", http.client.IncompleteRead),
    ],
)
def test_an_ordinary_client_raises_an_error(you: Client, fault: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        you.read("/auth/me", x_fault=fault)
    assert you.other(you.token).read("/auth/me").status == 200


@pytest.mark.assumed
def test_a_reset_arrives_as_a_reset(you: Client) -> None:
    with connect(you) as connection:
        connection.sendall(sent(you, "reset"))
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


@pytest.mark.assumed
def test_a_closed_connection_ends_without_a_byte(you: Client) -> None:
    with connect(you) as connection:
        connection.sendall(sent(you, "close"))
        assert rest(connection) == b""


@pytest.mark.assumed
def test_garbage_is_not_http(you: Client) -> None:
    with connect(you) as connection:
        connection.sendall(sent(you, "garbage"))
        garbage = rest(connection)
    assert garbage
    assert not garbage.startswith(b"HTTP/")


@pytest.mark.assumed
def test_a_cut_answer_announces_more_than_it_sends(you: Client) -> None:
    whole = you.read("/auth/me").body
    with connect(you) as connection:
        connection.sendall(sent(you, "truncate"))
        head, _, body = rest(connection).partition(b"\r\n\r\n")
    assert b"content-length: %d\r\n" % len(whole) in head
    assert body == whole[: len(whole) // 2]


@pytest.mark.assumed
def test_asyncio_meets_the_same_faults(you: Client) -> None:
    async def read(fault: str) -> bytes:
        host, port = you.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(sent(you, fault))
        try:
            async with asyncio.timeout(30):
                return await reader.read()
        finally:
            writer.close()

    assert asyncio.run(read("close")) == b""
    assert asyncio.run(read("truncate")).startswith(b"HTTP/1.1 200 OK\r\n")
    with pytest.raises(ConnectionResetError):
        asyncio.run(read("reset"))


@pytest.mark.assumed
@pytest.mark.parametrize("fault", [*DEADLY, "hang"])
def test_no_other_connection_is_harmed(you: Client, fault: str) -> None:
    before = you.read("/auth/me").body
    with connect(you) as connection:
        connection.sendall(sent(you, fault))
        assert you.read("/auth/me").body == before
    assert you.read("/auth/me").body == before


@pytest.mark.assumed
def test_a_hung_request_is_not_answered(you: Client) -> None:
    with connect(you) as connection:
        connection.settimeout(0.1)
        connection.sendall(sent(you, "hang", "none"))
        with pytest.raises(TimeoutError):
            connection.recv(1)


@pytest.mark.assumed
@pytest.mark.parametrize("fault", ["drip", "delay"])
def test_a_slow_answer_is_whole_and_its_connection_lives_on(you: Client, fault: str) -> None:
    fast, slow, again = (you.read("/auth/me", x_fault=each) for each in ("none", fault, "none"))
    assert slow.body == fast.body == again.body
    with connect(you) as connection:
        for each in ("none", fault, "none"):
            connection.sendall(sent(you, each))
            assert answers(connection, 1) == [(200, fast.body)]


@pytest.mark.assumed
@pytest.mark.parametrize("fault", ["drip", "delay"])
def test_pipelined_requests_are_answered_in_their_order(you: Client, fault: str) -> None:
    whole = (200, you.read("/auth/me").body)
    with connect(you) as connection:
        connection.sendall(sent(you, fault, "no-content", fault, "none"))
        assert answers(connection, 4) == [whole, (204, b""), whole, whole]


@pytest.mark.assumed
@pytest.mark.parametrize("fault", DEADLY)
def test_no_byte_follows_on_a_dead_connection(you: Client, fault: str) -> None:
    with connect(you) as connection:
        connection.sendall(sent(you, fault, "none"))
        try:
            assert rest(connection).count(b"HTTP/1.1 200 OK") == (fault == "truncate")
        except ConnectionResetError:
            # The kernel answers so when the client has sent bytes that the server has not read.
            assert fault in DEADLY


@pytest.mark.assumed
@pytest.mark.parametrize("fault", ["drip", "truncate"])
def test_an_answer_without_a_body_neither_drips_nor_is_cut(you: Client, fault: str) -> None:
    [link] = you.outputs()
    path = link.removeprefix(you.url)
    etag = you.read(link).headers["etag"]
    with closing(http.client.HTTPConnection(you.url.removeprefix("http://"), timeout=30)) as client:
        client.request("HEAD", path, headers={"X-Fault": fault})
        response = client.getresponse()
        assert (response.status, int(response.headers["content-length"]) > 500, response.read()) == (200, True, b"")
    with closing(http.client.HTTPConnection(you.url.removeprefix("http://"), timeout=30)) as client:
        client.request("GET", path, headers={"X-Fault": fault, "If-None-Match": etag})
        response = client.getresponse()
        assert (response.status, response.read()) == (304, b"")


@pytest.mark.assumed
def test_a_fault_of_the_wire_can_hide_an_effect(you: Client) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Fault": "after"}
    with pytest.raises(ConnectionError):
        you.ask("POST", "/auth/login", f"username={EMAIL}&password={PASSWORD}".encode(), headers)
    assert you.other(you.token).read("/auth/me").status == 200


@pytest.mark.assumed
@pytest.mark.parametrize("hidden", WAYS)
def test_a_stop_does_not_wait_for_hanging_or_slow_requests(hidden: tuple[str, ...]) -> None:
    with started(*hidden) as process:
        try:
            base = line(process)
            with Client(base) as client:
                you = client.login()
                with connect(you) as hung, connect(you) as slow:
                    hung.sendall(sent(you, "hang"))
                    slow.sendall(sent(you, "delay"))
                    assert you.read("/auth/me").status == 200
                    assert stopped(process) == (0, "")
        finally:
            process.kill()
