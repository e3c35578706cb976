"""One server in three ways, in plain, over TLS and through a tunnel: a client gets the same answers each way."""

import asyncio
import ssl
import sys
from collections.abc import Awaitable, Callable, Iterator

import pytest

from mockserver.http.app import Settings, application
from mockserver.http.tunnel import Tunnels
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import API_HOST, ServerTls
from mockserver.world.worlds import Worlds
from tests.support.client import Client
from tests.support.customer import BASE

SCENARIO = """
clock: {mode: manual}
generations: [{then: [{completed: {outputs: 1}}]}]
faults:
  - {on: any, when: {header.X-Fault: reset}, then: {drop: reset}}
  - {on: any, when: {header.X-Fault: close}, then: {drop: close}}
  - {on: any, when: {header.X-Fault: hang}, then: {drop: hang}}
  - {on: any, when: {header.X-Fault: garbage}, then: {drop: garbage}}
  - {on: any, when: {header.X-Fault: truncate}, then: {drop: {truncate: 0.5}}}
  - {on: any, when: {header.X-Fault: after}, phase: after, then: {drop: reset}}
  - {on: any, when: {header.X-Fault: drip}, then: {drip: {bytes: 30, every: 1ms}}}
  - {on: any, when: {header.X-Fault: delay}, then: {delay: 5ms}}
  - {on: any, when: {header.X-Fault: rate}, then: {status: 429, retry_after: 2s}}
  - {on: any, when: {header.X-Fault: gateway}, then: {status: 502, text: nginx-502}}
  - {on: any, when: {header.X-Fault: empty}, then: {status: 204}}
"""
FAULTS = ("reset", "close", "garbage", "truncate", "after", "drip", "delay", "rate", "gateway", "empty", "none")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Way = Callable[[ServerThread], Awaitable[Streams]]
VOUCHING = ServerTls()


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    VOUCHING.authority.introduce(context)
    return context


def _address(server: ServerThread) -> tuple[str, int]:
    host, _, port = server.url.removeprefix("http://").partition(":")
    return host, int(port)


async def in_plain(server: ServerThread) -> Streams:
    return await asyncio.open_connection(*_address(server))


async def over_tls(server: ServerThread) -> Streams:
    return await asyncio.open_connection(*server.tls_address, ssl=_trusting(), server_hostname=API_HOST)


async def through_a_tunnel(server: ServerThread) -> Streams:
    reader, writer = await asyncio.open_connection(*_address(server))
    writer.write(f"CONNECT {API_HOST}:443 HTTP/1.1\r\nHost: {API_HOST}:443\r\n\r\n".encode())
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 200 Connection established\r\n\r\n"
    await writer.start_tls(_trusting(), server_hostname=API_HOST)
    return reader, writer


WAYS: tuple[Way, ...] = (in_plain, over_tls, through_a_tunnel)
EACH_WAY = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def server(request: pytest.FixtureRequest) -> Iterator[ServerThread]:
    tunnels = Tunnels(vouching=VOUCHING)
    app = application(Worlds(FixedSource(parse(SCENARIO, "ways.yaml"))), Settings(tunnels=tunnels))
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "asyncio":
            patch.setitem(sys.modules, "uvloop", None)
        with ServerThread(app, tls=VOUCHING.context, tunnels=tunnels) as server:
            yield server


@pytest.fixture
def you(server: ServerThread) -> Iterator[Client]:
    with Client(server.url) as client:
        yield client.login()


def asked(you: Client, fault: str) -> bytes:
    head = f"GET {BASE}/auth/me HTTP/1.1\r\nHost: {API_HOST}\r\nAuthorization: Bearer {you.token}\r\n"
    return f"{head}X-Fault: {fault}\r\nConnection: close\r\n\r\n".encode()


async def met(way: Way, server: ServerThread, request: bytes) -> tuple[bytes, str]:
    """The bytes before the end, and the kind of end."""
    reader, writer = await way(server)
    came = bytearray()
    try:
        writer.write(request)
        async with asyncio.timeout(30):
            while chunk := await reader.read(1):
                came += chunk
    except ConnectionResetError:
        return bytes(came), "reset"
    finally:
        writer.transport.abort()
    return bytes(came), "end"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_the_same_every_way(server: ServerThread, you: Client, fault: str) -> None:
    one, other, third = (asyncio.run(met(way, server, asked(you, fault))) for way in WAYS)
    assert one == other == third
    assert (one[1] == "reset") == (fault in ("reset", "after"))
    assert one[0].startswith(b"HTTP/1.1 ") == (fault not in ("reset", "close", "garbage", "after"))


@EACH_WAY
def test_a_client_may_leave_without_an_answer_every_way(server: ServerThread, you: Client, way: Way) -> None:
    async def hanging() -> None:
        reader, writer = await way(server)
        writer.write(asked(you, "hang"))
        waiting = asyncio.ensure_future(reader.read(1))
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        assert not done
        waiting.cancel()
        writer.transport.abort()

    asyncio.run(hanging())
    assert you.read("/auth/me").status == 200


@EACH_WAY
def test_a_link_uses_the_way_of_the_request_that_returned_it(server: ServerThread, you: Client, way: Way) -> None:
    [link] = you.outputs()
    number = link.partition("/media/")[2].partition("/")[0]
    scheme = "http" if way is in_plain else "https"

    async def read(path: str) -> bytes:
        head = (
            f"GET {path} HTTP/1.1\r\nHost: {API_HOST}\r\nAuthorization: Bearer {you.token}\r\nConnection: close\r\n\r\n"
        )
        return (await met(way, server, head.encode()))[0]

    record = asyncio.run(read(f"{BASE}/generations/{number}")).decode()
    assert f'"{scheme}://{API_HOST}/w/default/media/' in record
    path = record.partition(f"{scheme}://{API_HOST}")[2].partition('"')[0]
    head, _, picture = asyncio.run(read(path)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert picture.startswith(b"\x89PNG")


@EACH_WAY
def test_one_connection_serves_many_requests_every_way(server: ServerThread, you: Client, way: Way) -> None:
    async def twice() -> list[bytes]:
        reader, writer = await way(server)
        answers = []
        for _ in range(2):
            writer.write(asked(you, "none").replace(b"Connection: close\r\n", b""))
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            answers.append(head + await reader.readexactly(size))
        writer.transport.abort()
        return answers

    first, second = asyncio.run(twice())
    assert first == second
    assert first.startswith(b"HTTP/1.1 200 OK")
