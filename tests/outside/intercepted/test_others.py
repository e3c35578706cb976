"""Interception beside other libraries that replace parts of the standard library, and with late imports."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import freezegun
import httpx
import pytest
import pytest_socket
import requests
import truststore

from mockserver.patching.addresses.interception import Interception
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import Authority

from .echo import LOOPS, URL, hello, run, streams


@pytest.mark.parametrize("outside", [False, True])
def test_a_server_and_its_clients_work_while_time_is_frozen(authority: Authority, outside: bool) -> None:
    frozen = freezegun.freeze_time("2026-06-07T12:00:00Z")
    if outside:
        frozen.start()
    try:
        with ServerThread(hello, tls=authority.context) as server, Interception(server.tls_address, authority):
            if not outside:
                frozen.start()
            assert requests.get(URL, timeout=30).text == "hello"
            assert httpx.get(URL, timeout=30).text == "hello"
            if not outside:
                frozen.stop()
    finally:
        if outside:
            frozen.stop()


@LOOPS
def test_interception_works_after_truststore_was_injected(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    truststore.inject_into_ssl()
    try:
        authority = Authority()
        with ServerThread(hello, tls=authority.context) as server, Interception(server.tls_address, authority):
            assert requests.get(URL, timeout=30).text == "hello"
            assert run(loop, streams()).endswith(b"hello")
    finally:
        truststore.extract_from_ssl()


def test_the_guard_of_pytest_socket_stays_during_and_after_an_interception(interception: Interception) -> None:
    pytest_socket.socket_allow_hosts(["127.0.0.1"])
    try:
        guard = socket.socket.connect
        with interception:
            assert requests.get(URL, timeout=30).text == "hello"
            assert guarded()
        assert socket.socket.connect is guard
        assert guarded()
    finally:
        pytest_socket._remove_restrictions()


def test_a_guard_of_pytest_socket_that_is_removed_meanwhile_stays_removed(interception: Interception) -> None:
    pytest_socket.socket_allow_hosts(["127.0.0.1"])
    with interception:
        pytest_socket._remove_restrictions()
    assert socket.socket.connect is pytest_socket._true_connect


def guarded() -> bool:
    with socket.socket() as plain:
        plain.settimeout(0)
        # The guard warns before it raises, and these tests turn warnings into errors.
        return 'host "192.0.2.1" (allowed:' in str(raised(plain.connect))


def raised(connect: Callable[[tuple[str, int]], object]) -> Exception | None:
    try:
        connect(("192.0.2.1", 80))
    except (UserWarning, OSError) as problem:
        return problem
    return None


# Late imports

LATE = """
import asyncio, sys
from mockserver.patching.addresses.interception import Interception
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import Authority

URL = "https://api.imagineview.art/"

async def hello(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})

# Its own event loop would otherwise be the first to import uvloop.
sys.modules["uvloop"] = None
authority = Authority()
with ServerThread(hello, tls=authority.context) as server:
    del sys.modules["uvloop"]
    late = {"uvloop", "aiodns", "pycurl", "curl_cffi", "OpenSSL", "urllib3"} & set(sys.modules)
    with Interception(server.tls_address, authority):
        import aiohttp, curl_cffi, pycurl, urllib3, urllib3.contrib.pyopenssl, uvloop
        inside = pycurl.Curl

        async def ask():
            async with aiohttp.ClientSession() as session, session.get(URL) as answer:
                return await answer.text()

        print(uvloop.run(ask()))
        print(curl_cffi.requests.get(URL).text)
        heard = []
        handle = pycurl.Curl()
        handle.setopt(pycurl.URL, URL)
        handle.setopt(pycurl.WRITEFUNCTION, lambda part: heard.append(part) and None)
        handle.perform()
        handle.close()
        print(b"".join(heard).decode())
        urllib3.contrib.pyopenssl.inject_into_urllib3()
        with urllib3.PoolManager() as pool:
            print(pool.request("GET", URL).data.decode())
print(sorted(late))
print(pycurl.Curl is not inside, "create_connection" not in vars(uvloop.Loop))
print(curl_cffi.curl.DEFAULT_CACERT == curl_cffi.aio.DEFAULT_CACERT != authority.file)
"""


def test_libraries_imported_during_an_interception_are_intercepted() -> None:
    home = Path(__file__).parents[3]
    command = [sys.executable, "-W", "error", "-c", LATE]
    late = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=60, check=False)
    assert late.stderr == ""
    assert late.stdout.split("\n") == ["hello"] * 4 + ["[]", "True True", "True", ""]
