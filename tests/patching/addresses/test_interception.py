"""Unchanged clients of the standard library, written for the real host: each reaches the mock over real TLS."""

import asyncio
import gc
import http.client
import os
import socket
import ssl
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from socket import create_connection as bound_early
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from mockserver.patching.addresses.interception import Interception
from mockserver.patching.addresses.route import BlockedHost
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import Authority

from .echo import Intercept

HOST = "api.imagineview.art"
URL = f"https://{HOST}/there"
SAID = URL.encode()
REQUEST = f"GET /there HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()

EARLY = ssl.create_default_context()
OPENER = urllib.request.build_opener(urllib.request.HTTPSHandler(context=ssl.create_default_context()))


def urllib_request() -> bytes:
    with urllib.request.urlopen(URL, timeout=30) as answer:
        return bytes(answer.read())


def opener_made_before() -> bytes:
    with OPENER.open(URL, timeout=30) as answer:
        return bytes(answer.read())


def http_client() -> bytes:
    with closing(http.client.HTTPSConnection(HOST, timeout=30)) as client:
        client.request("GET", "/there")
        return client.getresponse().read()


def spoken(connection: socket.socket) -> bytes:
    connection.sendall(REQUEST)
    with connection.makefile("rb") as stream:
        return stream.read().partition(b"\r\n\r\n")[2]


def function_imported_before() -> bytes:
    with bound_early((HOST, 443), 30) as plain, EARLY.wrap_socket(plain, server_hostname=HOST) as encrypted:
        return spoken(encrypted)


def host_in_capitals_with_a_dot() -> bytes:
    name = "API.ImagineView.art"
    with bound_early((f"{name}.", 443), 30) as plain, EARLY.wrap_socket(plain, server_hostname=name) as encrypted:
        return spoken(encrypted)


def name_given_to_the_socket_itself() -> bytes:
    with EARLY.wrap_socket(socket.socket(), server_hostname=HOST) as encrypted:
        encrypted.connect((HOST, 443))
        return spoken(encrypted)


def address_asked_for_in_the_old_way() -> bytes:
    plain = bound_early((socket.gethostbyname(HOST), 443), 30)
    with plain, ssl.create_default_context().wrap_socket(plain, server_hostname=HOST) as encrypted:
        return spoken(encrypted)


def arguments_by_position() -> bytes:
    plain = socket.create_connection((socket.gethostbyname_ex(HOST)[2][0], 443), 30)
    with plain, EARLY.wrap_socket(plain, False, True, True, HOST) as encrypted:
        return spoken(encrypted)


def ipv6_only() -> bytes:
    with socket.socket(socket.AF_INET6) as plain:
        *_, address = socket.getaddrinfo(HOST, 443, socket.AF_INET6, socket.SOCK_STREAM)[0]
        plain.connect(address)
        with EARLY.wrap_socket(plain, server_hostname=HOST) as encrypted:
            return spoken(encrypted)


async def streams() -> bytes:
    reader, writer = await asyncio.open_connection(HOST, 443, ssl=True)
    writer.write(REQUEST)
    _, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return body


async def streams_to_the_address_alone() -> bytes:
    """As anyio does: look up the host, keep only the address, and connect it to the wanted port."""
    found = await asyncio.get_running_loop().getaddrinfo(HOST, None, type=socket.SOCK_STREAM)
    address = str(found[0][4][0])
    reader, writer = await asyncio.open_connection(address, 443, ssl=ssl.create_default_context(), server_hostname=HOST)
    writer.write(REQUEST)
    _, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return body


def asyncio_streams() -> bytes:
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(streams())


def asyncio_address() -> bytes:
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(streams_to_the_address_alone())


CLIENTS = [
    urllib_request,
    opener_made_before,
    http_client,
    function_imported_before,
    host_in_capitals_with_a_dot,
    name_given_to_the_socket_itself,
    address_asked_for_in_the_old_way,
    arguments_by_position,
    asyncio_streams,
    asyncio_address,
]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("block", [False, True])
def test_an_unchanged_client_arrives_at_the_mock(
    intercept: Intercept, client: Callable[[], bytes], block: bool
) -> None:
    with intercept(block=block) as interception:
        assert client().lower() == SAID
        assert interception.blocked == ()


def test_a_client_of_ipv6_alone_arrives_too(intercept: Intercept) -> None:
    try:
        socket.socket(socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with intercept():
        assert ipv6_only() == SAID


def replaced() -> list[object]:
    """The present values of everything that an interception replaces."""
    plain, context = socket.socket, ssl.SSLContext
    names: list[object] = [socket.getaddrinfo, socket.gethostbyname, socket.gethostbyname_ex]
    connections = [plain.connect, plain.connect_ex, plain.sendto, plain.sendmsg]
    own = [name for owner in (plain, context) for name in vars(owner)]
    return [*names, *connections, context.wrap_socket, context.wrap_bio, own, list(sys.meta_path), dict(os.environ)]


def test_everything_is_as_before_when_it_ends(intercept: Intercept) -> None:
    before = replaced()
    with intercept():
        assert replaced() != before
        urllib_request()
    assert replaced() == before
    with pytest.raises(LookupError), intercept():
        raise LookupError
    assert replaced() == before


def test_it_can_be_entered_within_itself_and_again(intercept: Intercept) -> None:
    before, interception = replaced(), intercept()
    for _ in range(2):
        with interception:
            with interception:
                assert http_client() == SAID
            assert http_client() == SAID
        assert replaced() == before


def test_the_innermost_of_several_counts_and_each_has_its_own_host(
    intercept: Intercept,
) -> None:
    with intercept(), another(HOST, "other.example") as (address, other):
        with Interception(address, other), Interception(address, other, "other.example"):
            assert http_client() == b"inner"
            with urllib.request.urlopen("https://other.example/", timeout=30) as answer:
                assert answer.read() == b"inner"
        assert http_client() == SAID


@contextmanager
def another(*names: str) -> Iterator[tuple[tuple[str, int], Authority]]:
    """A server with an authority of its own that always answers `inner`."""

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"inner"})

    authority = Authority(*names)
    with ServerThread(inner, tls=authority.context) as server:
        yield server.tls_address, authority


def test_a_client_that_outlives_a_server_meets_the_next_one_though_its_authority_is_another(
    intercept: Intercept,
) -> None:
    context = ssl.create_default_context()

    def ask() -> bytes:
        with closing(http.client.HTTPSConnection(HOST, timeout=30, context=context)) as client:
            client.request("GET", "/there")
            return client.getresponse().read()

    with intercept():
        remembered = socket.getaddrinfo(HOST, 443)
        assert ask() == SAID
    with another(HOST) as (address, other), Interception(address, other):
        assert ask() == b"inner"
        assert socket.getaddrinfo(HOST, 443) == remembered


def test_clients_may_be_in_any_thread(intercept: Intercept) -> None:
    with intercept(), ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda client: client().lower(), CLIENTS * 4)) == {SAID}


def ask_and_leave(said: Connection, interception: Interception) -> None:
    """The forked child: it sends a request, and ends the interception in its own process alone."""
    said.send(http_client())
    interception.__exit__()
    gc.collect()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_clients_may_be_in_a_forked_process_which_ends_nothing_for_others(
    intercept: Intercept, authority: Authority
) -> None:
    forking = get_context("fork")
    with intercept() as interception:
        here, there = forking.Pipe()
        child = forking.Process(target=ask_and_leave, args=(there, interception))
        child.start()
        assert here.poll(30)
        assert here.recv() == SAID
        child.join(30)
        assert child.exitcode == 0
        assert Path(authority.file).exists()
        assert urllib_request() == SAID
    here.close()
    there.close()


def test_a_library_that_is_not_there_is_not_imported_for_it(intercept: Intercept) -> None:
    before = set(sys.modules)
    with intercept():
        http_client()
    assert not {"uvloop", "aiodns", "pycurl", "curl_cffi", "OpenSSL"} & (set(sys.modules) - before)


# Other hosts


BLOCKED: dict[str, tuple[Callable[[], object], str]] = {
    "a name": (lambda: urllib.request.urlopen("https://example.org/"), "example.org:443"),
    "a sub-domain": (lambda: urllib.request.urlopen(f"https://www.{HOST}/"), f"www.{HOST}:443"),
    "a name for the socket": (lambda: connected(("example.org", 80)), "example.org:80"),
    "in the old way": (lambda: socket.gethostbyname("example.org"), "example.org"),
    "an address": (lambda: connected(("192.0.2.1", 443)), "192.0.2.1:443"),
    "an address, with a status": (lambda: connected(("192.0.2.1", 443), "connect_ex"), "192.0.2.1:443"),
    "an IPv6 address": (lambda: socket.create_connection(("2001:db8::1", 80)), "2001:db8::1:80"),
    "a datagram": (lambda: sent("sendto", b"hey", ("192.0.2.1", 53)), "192.0.2.1:53"),
    "a datagram with flags": (lambda: sent("sendto", b"hey", 0, ("192.0.2.1", 53)), "192.0.2.1:53"),
    "a message": (lambda: sent("sendmsg", [b"hey"], [], 0, ("192.0.2.1", 53)), "192.0.2.1:53"),
    "a loop": (lambda: asyncio.run(opened("example.org", 443)), "example.org:443"),
    "a loop with an address": (lambda: asyncio.run(opened("192.0.2.1", 443)), "192.0.2.1:443"),
}

MISLED: dict[str, tuple[Callable[[], object], str]] = {
    "plain HTTP": (lambda: urllib.request.urlopen(f"http://{HOST}/"), f"{HOST}:80 does not lead to the mock"),
    "another port": (lambda: connected((HOST, 8443)), f"{HOST}:8443 does not lead to the mock"),
    "UDP": (lambda: sent("sendto", b"hey", (HOST, 443)), f"{HOST}:443 does not lead to the mock by UDP"),
    "UDP, connected": (lambda: sent("connect", (HOST, 443)), f"{HOST}:443 does not lead to the mock by UDP"),
}


def connected(address: tuple[str, int], how: str = "connect") -> None:
    getattr(socket.socket(), how)(address)


def sent(how: str, *arguments: object) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        getattr(sender, how)(*arguments)


async def opened(host: str, port: int) -> None:
    await asyncio.open_connection(host, port)


@pytest.mark.parametrize(("attempt", "named"), BLOCKED.values(), ids=BLOCKED.keys())
def test_every_other_host_is_blocked_by_an_error_that_names_it_and_no_socket_is_left_open(
    intercept: Intercept, attempt: Callable[[], object], named: str
) -> None:
    with intercept(block=True) as interception:
        with pytest.raises(BlockedHost) as refusal:
            attempt()
        assert str(refusal.value).startswith(f"{named} is blocked: only {HOST}, this machine and what `allow`")
        assert interception.blocked == (str(refusal.value),)


@pytest.mark.parametrize("block", [False, True])
@pytest.mark.parametrize(("attempt", "told"), MISLED.values(), ids=MISLED.keys())
def test_nothing_reaches_the_real_host_by_another_way(
    intercept: Intercept, attempt: Callable[[], object], told: str, block: bool
) -> None:
    with intercept(block=block) as interception:
        with pytest.raises(BlockedHost) as refusal:
            attempt()
        assert str(refusal.value).startswith(told)
        assert interception.blocked == (str(refusal.value),)


def test_a_refusal_that_a_thread_swallowed_is_reported(intercept: Intercept) -> None:
    def careless() -> None:
        with suppress(Exception):
            connected(("192.0.2.1", 443))

    with intercept(block=True) as interception:
        thread = threading.Thread(target=careless)
        thread.start()
        thread.join()
    assert [sentence.partition(" ")[0] for sentence in interception.blocked] == ["192.0.2.1:443"]


def test_this_machine_and_the_allowed_are_reached(intercept: Intercept, server: ServerThread) -> None:
    here, there = socket.socketpair()
    with here, there, intercept(block=True, allow=("192.0.2.0",)) as interception:
        port = int(server.url.rpartition(":")[2])
        for host in ("localhost", "127.0.0.1"):
            with urllib.request.urlopen(f"http://{host}:{port}/", timeout=30) as answer:
                assert answer.read().startswith(b"http://")
        here.sendmsg((b"a", b"b"))
        assert there.recv(2) == b"ab"
        with socket.socket(type=socket.SOCK_DGRAM) as receiver, socket.socket(type=socket.SOCK_DGRAM) as sender:
            receiver.bind(("127.0.0.1", 0))
            sender.sendto(b"hey", receiver.getsockname())
            assert receiver.recv(3) == b"hey"
        assert socket.getaddrinfo("192.0.2.0", 1)[0][4][0] == "192.0.2.0"
        assert interception.blocked == ()


def test_a_bad_address_is_refused_by_the_socket_itself(intercept: Intercept) -> None:
    attempts: list[Any] = ["127.0.0.1:80", ("127.0.0.1",), ["127.0.0.1", 80], None]
    with intercept(block=True), socket.socket() as plain:
        for attempt in attempts:
            with pytest.raises(TypeError):
                plain.connect(attempt)


def test_a_local_socket_is_never_blocked(intercept: Intercept, tmp_path: Path) -> None:
    place = os.path.relpath(tmp_path / "it")
    with intercept(block=True), socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(place)
        listener.listen()
        client.connect(place)


# Other code that replaces the same functions


def test_an_earlier_guard_still_guards_during_and_afterwards(
    intercept: Intercept, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def guarded(sock: socket.socket, address: Any, connect: Any = socket.socket.connect) -> None:
        seen.append(address[0])
        connect(sock, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    with intercept():
        assert http_client() == SAID
        assert seen == ["127.0.0.1"]
    assert socket.socket.connect is guarded


def test_classes_of_other_plugins_do_no_harm(intercept: Intercept, monkeypatch: pytest.MonkeyPatch) -> None:
    class Guarded(socket.socket):
        """As the class of pytest-socket: it refuses new sockets, and open ones go on."""

    class Native(ssl.SSLContext):
        """As the class of truststore: derived from the one of the standard library, with the same name."""

    before, plain, context = replaced(), socket.socket, ssl.SSLContext
    with monkeypatch.context() as replacing:
        replacing.setattr(socket, "socket", Guarded)
        replacing.setattr(ssl, "SSLContext", Native)
        with intercept(), context(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(plain(), server_hostname=HOST) as encrypted:
            encrypted.connect((HOST, 443))
            assert spoken(encrypted) == SAID
    assert replaced() == before
