"""Clients with retries, with a proxy, with remembered or IPv6 addresses, and with streams."""

import asyncio
import json
import os
import socket
import time
import urllib.request
from collections.abc import Callable, Coroutine
from typing import Any

import aiodns
import aiohttp
import anyio
import httpx
import pytest
import requests
import requests.adapters
import urllib3
import uvloop

from mockserver.http.app import application
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource
from mockserver.patching.addresses.environment import EXCEPT, PROXIES, bypass_proxies
from mockserver.patching.addresses.interception import Interception
from mockserver.patching.addresses.route import BlockedHost
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import Authority
from mockserver.world.worlds import Worlds

from .echo import HOST, LOOPS, URL, hello, run, streams

# RFC 5737: this address belongs to no machine.
PROXY = "http://192.0.2.9:3128"


# Retries


def test_retries_that_obey_retry_after_succeed(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = "{clock: {mode: manual}, limits: [{on: login, allow: 1, per: 7s}]}"
    retries = urllib3.Retry(total=1, status_forcelist=[429], allowed_methods=["POST"])
    slept: list[float] = []
    with (
        ServerThread(
            application(Worlds(FixedSource(parse(scenario, "retries.yaml")))), tls=authority.context
        ) as server,
        Interception(server.tls_address, authority),
        requests.Session() as session,
    ):

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            body = json.dumps({"by": seconds}).encode()
            kind = {"Content-Type": "application/json"}
            urllib.request.urlopen(
                urllib.request.Request(f"{server.url}/__mock/clock/advance", body, kind), timeout=30
            ).close()

        monkeypatch.setattr(time, "sleep", sleep)
        session.mount("https://", requests.adapters.HTTPAdapter(max_retries=retries))
        form = {"username": "you@example.com", "password": "YOUR_PASSWORD"}
        answers = [session.post(f"{URL}api/v1/auth/login", data=form, timeout=30).status_code for _ in range(3)]
    assert (answers, slept) == ([200, 200, 200], [7, 7])


# Proxies


@pytest.mark.parametrize("get", [requests.get, httpx.get, urllib3.PoolManager().urlopen])
def test_clients_bypass_the_proxy_of_the_developers_machine(
    interception: Interception, monkeypatch: pytest.MonkeyPatch, get: Callable[..., Any]
) -> None:
    for name in PROXIES:
        monkeypatch.setenv(name, PROXY)
    with interception:
        answer = get("GET", URL) if get.__name__ == "urlopen" else get(URL, timeout=30)
        assert getattr(answer, "status_code", None) or answer.status == 200
    assert [os.environ[name] for name in PROXIES] == [PROXY] * len(PROXIES)


def test_a_client_made_with_a_proxy_is_blocked_unless_the_host_already_bypasses_proxies(
    server: ServerThread, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    with httpx.Client() as ignorant, Interception(server.tls_address, authority, block=True) as interception:
        with pytest.raises(BlockedHost):
            ignorant.get(URL)
        assert interception.blocked[0].startswith("192.0.2.9:3128 is blocked")
    bypass_proxies(HOST)
    try:
        with httpx.Client() as told, interception:
            assert told.get(URL).text == "hello"
    finally:
        for name in EXCEPT:
            del os.environ[name]


# Remembered addresses and IPv6 addresses


async def outliving(authority: Authority, connector: Callable[[], aiohttp.TCPConnector]) -> list[str]:
    async with aiohttp.ClientSession(connector=connector()) as session:
        heard = []
        for _ in range(2):
            with ServerThread(hello, tls=authority.context) as server, Interception(server.tls_address, authority):
                async with session.get(URL, headers={"Connection": "close"}) as answer:
                    heard.append(await answer.text())
        return heard


@LOOPS
def test_a_session_that_remembers_the_address_reaches_the_next_server(
    authority: Authority, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    assert run(loop, outliving(authority, aiohttp.TCPConnector)) == ["hello", "hello"]


@LOOPS
def test_a_session_limited_to_ipv6_reaches_the_server(
    authority: Authority, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    try:
        socket.socket(socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    heard = run(loop, outliving(authority, lambda: aiohttp.TCPConnector(family=socket.AF_INET6)))
    assert heard == ["hello", "hello"]


# Streams


async def anyio_streams() -> bytes:
    async with await anyio.connect_tcp(HOST, 443, tls=True, tls_standard_compatible=False) as stream:
        await stream.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b"".join([part async for part in stream])


@LOOPS
@pytest.mark.parametrize("talk", [streams, anyio_streams])
def test_a_stream_of_an_event_loop_reaches_the_server(
    interception: Interception,
    loop: Callable[[], asyncio.AbstractEventLoop],
    talk: Callable[[], Coroutine[Any, Any, bytes]],
) -> None:
    with interception:
        assert run(loop, talk()).endswith(b"\r\n\r\nhello")


@pytest.mark.parametrize("remote", [("192.0.2.1", 53), (HOST, 443)])
def test_a_datagram_by_uvloop_is_blocked(server: ServerThread, authority: Authority, remote: tuple[str, int]) -> None:
    async def send() -> None:
        await asyncio.get_running_loop().create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=remote)

    with Interception(server.tls_address, authority, block=True), pytest.raises(BlockedHost):
        run(uvloop.new_event_loop, send())


def test_a_resolver_in_c_resolves_only_hosts_that_are_not_blocked(server: ServerThread, authority: Authority) -> None:
    async def ask() -> list[object]:
        async with aiodns.DNSResolver() as resolver:
            with pytest.raises(BlockedHost):
                resolver.getaddrinfo("example.org")
            found = await resolver.getaddrinfo("localhost", family=socket.AF_INET)
            return [node.addr[0] for node in found.nodes]

    with Interception(server.tls_address, authority, block=True) as interception:
        assert run(asyncio.SelectorEventLoop, ask()) == [b"127.0.0.1"]
        assert len(interception.blocked) == 1
