"""Clients that offer another protocol with `Upgrade`: the server ignores the offer and reads an ordinary request."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from mockserver.http.app import Settings, application
from mockserver.http.tunnel import Tunnels
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource
from mockserver.serve.server import ServerThread
from mockserver.world.worlds import Worlds
from tests.support.client import Client
from tests.support.customer import BASE, EMAIL, PASSWORD

from .test_every_way import EACH_WAY, VOUCHING, Streams, Way

OFFERS = {
    "h2c": "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    "websocket": "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n",
    "TLS/1.0": "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n",
    "unknown": "Connection: keep-alive, Upgrade\r\nUpgrade: no-such-protocol/7\r\n",
}

# The body of a login that would discard the login's world if the server ran it as a request.
BODY = (
    b"DELETE /__mock/worlds/w HTTP/1.1\r\nHost: localhost\r\n\r\n&%s"
    % urlencode({"username": EMAIL, "password": PASSWORD}).encode()
)
LENGTH = f"Content-Length: {len(BODY)}\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
CHUNKS = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (54, BODY[:54], len(BODY) - 54, BODY[54:])

Cut = Callable[[bytes, bytes], list[bytes]]
"""The contents of each packet, for a head and its body."""


def whole(head: bytes, body: bytes) -> list[bytes]:
    return [head + body]


def in_two(head: bytes, body: bytes) -> list[bytes]:
    return [head, body]


def byte_by_byte(head: bytes, body: bytes) -> list[bytes]:
    return [head, *(bytes([byte]) for byte in body)]


SHAPES: dict[str, tuple[str, bytes, Cut]] = {
    "by length, in one": (LENGTH, BODY, whole),
    "by length, in two": (LENGTH, BODY, in_two),
    "by length, byte by byte": (LENGTH, BODY, byte_by_byte),
    "in chunks, in one": (CHUNKED, CHUNKS, whole),
    "in chunks, in two": (CHUNKED, CHUNKS, in_two),
}


@pytest.fixture(scope="module", params=["httptools", "h11"])
def server(request: pytest.FixtureRequest) -> Iterator[ServerThread]:
    tunnels = Tunnels(vouching=VOUCHING)
    app = application(Worlds(FixedSource(parse("clock: {mode: manual}", "offers.yaml"))), Settings(tunnels=tunnels))
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "h11":
            patch.setitem(sys.modules, "httptools", None)
        with ServerThread(app, tls=VOUCHING.context, tunnels=tunnels) as server:
            yield server


@pytest.fixture
def anyone(server: ServerThread) -> Iterator[Client]:
    """A client beside the one that offers; each test has its own world `w`."""
    with Client(server.url, base="") as client:
        yield client
        assert client.ask("DELETE", "/__mock/worlds/w").status in (200, 204), "the world did not live on"


def head(offer: str, framing: str) -> bytes:
    fields = f"Host: localhost\r\n{offer}Content-Type: application/x-www-form-urlencoded\r\n{framing}"
    return f"POST /w/w{BASE}/auth/login HTTP/1.1\r\n{fields}\r\n".encode()


def asked(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


async def answer(reader: asyncio.StreamReader) -> tuple[int, Any]:
    """The status and the JSON of the next answer on a connection."""
    async with asyncio.timeout(30):
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return int(head.split()[1]), json.loads(await reader.readexactly(size))


async def packets(streams: Streams, pieces: list[bytes], anyone: Client) -> None:
    """Send pieces, each once the server has read the last: an answer to a later request proves that."""
    for piece in pieces:
        streams[1].write(piece)
        await streams[1].drain()
        assert anyone.ask("GET", "/__mock/refused").status == 200


@asynccontextmanager
async def connection(way: Way, server: ServerThread) -> AsyncIterator[Streams]:
    streams = await way(server)
    try:
        yield streams
    finally:
        streams[1].transport.abort()


@EACH_WAY
@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
@pytest.mark.parametrize("offer", OFFERS.values(), ids=list(OFFERS))
def test_an_offer_changes_nothing_about_a_request(
    server: ServerThread, anyone: Client, way: Way, offer: str, shape: tuple[str, bytes, Cut]
) -> None:
    framing, body, cut = shape

    async def lived() -> None:
        async with connection(way, server) as streams:
            await packets(streams, cut(head(offer, framing), body), anyone)
            status, login = await answer(streams[0])
            assert (status, list(login)) == (200, ["access_token", "token_type"])
            streams[1].write(asked("/w/w/__mock/journal"))
            status, journal = await answer(streams[0])
            assert status == 200
            [exchange] = journal["exchanges"]
            assert (exchange["operation"], exchange["answer"]["status"]) == ("login", 200)
            assert exchange["request"]["size"] == len(BODY)
            assert exchange["request"]["headers"]["upgrade"] in offer

    asyncio.run(lived())


@EACH_WAY
def test_requests_behind_an_offer_are_answered_in_their_order(server: ServerThread, anyone: Client, way: Way) -> None:
    login = head(OFFERS["h2c"], LENGTH) + BODY

    async def lived() -> None:
        async with connection(way, server) as (reader, writer):
            writer.write(login + asked(f"/w/w{BASE}/no-such-path") + login + asked("/w/w/__mock/journal"))
            statuses = [(await answer(reader))[0] for _ in range(3)]
            assert statuses == [200, 404, 200]
            _, journal = await answer(reader)
            assert [each["answer"]["status"] for each in journal["exchanges"]] == statuses

    asyncio.run(lived())


@EACH_WAY
def test_a_client_that_offers_and_asks_before_its_body_is_told_to_go_on(
    server: ServerThread, anyone: Client, way: Way
) -> None:
    async def lived() -> None:
        async with connection(way, server) as (reader, writer):
            writer.write(head(OFFERS["h2c"], LENGTH + "Expect: 100-continue\r\n"))
            async with asyncio.timeout(30):
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
            writer.write(BODY)
            assert (await answer(reader))[0] == 200

    asyncio.run(lived())
