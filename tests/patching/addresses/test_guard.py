"""The guard refuses the host in every way that Python looks names up, and no other name. No test looks up a name."""

import _socket
import asyncio
import http.client
import pickle
import socket
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from socket import create_connection as connected_early
from socket import getaddrinfo as looked_up_early
from typing import Any

import pytest
import uvloop

from mockserver.patching.addresses.guard import LookupGuard, RefusedLookup

from .echo import Intercept

HOST = "api.imagineview.art"
URL = f"https://{HOST}/there"
SENTENCE = "who asked, and what to do"
ANSWER = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))]

Asked = list[tuple[str, object]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The foreign names that passed the guard; a recorder answers in place of the real look-up."""
    names: Asked = []

    def recorded(name: str, made: Callable[..., object], position: int, answer: object) -> Callable[..., object]:
        def record(*arguments: Any, **options: object) -> object:
            address = arguments[position] if arguments else ""
            host = address[0] if isinstance(address, tuple) else address
            if host in ("127.0.0.1", "localhost", None) or str(host).startswith("127."):
                return made(*arguments, **options)
            names.append((name, host))
            return answer

        return record

    places: list[tuple[Any, str, int, object]] = [
        (_socket, "getaddrinfo", 0, ANSWER),
        (socket, "gethostbyname", 0, "127.0.0.1"),
        (socket, "gethostbyname_ex", 0, ("", [], ["127.0.0.1"])),
        (socket, "gethostbyaddr", 0, ("", [], ["127.0.0.1"])),
        (socket.socket, "connect", 1, None),
        (socket.socket, "connect_ex", 1, 0),
        (socket.socket, "sendto", -1, 0),
        (socket.socket, "sendmsg", -1, 0),
    ]
    for owner, name, position, answer in places:
        monkeypatch.setattr(owner, name, recorded(name, getattr(owner, name), position, answer))
    return names


@contextmanager
def guarded(refusal: Callable[[], str] = lambda: SENTENCE) -> Iterator[LookupGuard]:
    guard = LookupGuard(HOST, refusal)
    guard.begin()
    try:
        yield guard
    finally:
        guard.end()


def sent(how: str, *arguments: object) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        getattr(sender, how)(*arguments)


def connected(how: str) -> None:
    with socket.socket() as client:
        getattr(client, how)((HOST, 443))


async def by_the_loop() -> None:
    await asyncio.get_running_loop().getaddrinfo(HOST, 443)


async def opened() -> None:
    _, writer = await asyncio.open_connection(HOST, 443)
    writer.close()
    await writer.wait_closed()


async def sent_by_the_loop() -> None:
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(HOST, 443))


def in_uvloop(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())


WAYS: dict[str, Callable[[], object]] = {
    "getaddrinfo": lambda: socket.getaddrinfo(HOST, 443),
    "a function that was taken early": lambda: looked_up_early(HOST, 443),
    "capitals": lambda: socket.getaddrinfo("API.ImagineView.Art", 443),
    "a dot at the end": lambda: socket.getaddrinfo(f"{HOST}.", 443),
    "bytes": lambda: socket.getaddrinfo(HOST.encode(), 443),
    "another port": lambda: socket.getaddrinfo(HOST, 80),
    "gethostbyname": lambda: socket.gethostbyname(HOST),
    "gethostbyname_ex": lambda: socket.gethostbyname_ex(HOST),
    "gethostbyaddr": lambda: socket.gethostbyaddr(HOST),
    "create_connection": lambda: socket.create_connection((HOST, 443)),
    "create_connection that was taken early": lambda: connected_early((HOST, 443)),
    "connect": lambda: connected("connect"),
    "connect_ex": lambda: connected("connect_ex"),
    "sendto": lambda: sent("sendto", b"hey", (HOST, 443)),
    "sendmsg": lambda: sent("sendmsg", [b"hey"], [], 0, (HOST, 443)),
    "http.client": lambda: http.client.HTTPSConnection(HOST).connect(),
    "the event loop": lambda: asyncio.run(by_the_loop()),
    "a stream": lambda: asyncio.run(opened()),
    "a datagram": lambda: asyncio.run(sent_by_the_loop()),
    "uvloop": lambda: in_uvloop(by_the_loop),
    "a stream of uvloop": lambda: in_uvloop(opened),
    "a datagram of uvloop": lambda: in_uvloop(sent_by_the_loop),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way_to_look_the_host_up_is_refused_before_a_look_up(asked: Asked, way: Callable[[], object]) -> None:
    with guarded(), pytest.raises(RefusedLookup) as refusal:
        way()
    assert str(refusal.value) == SENTENCE
    assert asked == []


def test_every_function_that_looks_names_up_is_recorded(asked: Asked) -> None:
    for way in list(WAYS.values())[:15]:
        with suppress(OSError):
            way()
    by_name = {"getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"}
    assert {name for name, _ in asked} == by_name | {"connect", "connect_ex", "sendto", "sendmsg"}


def test_a_refusal_looks_like_a_machine_without_a_network(asked: Asked) -> None:
    with guarded(), pytest.raises(OSError, match=SENTENCE) as refusal:
        urllib.request.urlopen(URL)
    reason = refusal.value.reason  # type: ignore[attr-defined]
    assert isinstance(reason, socket.gaierror)
    assert reason.errno == socket.EAI_NONAME
    assert asked == []


def test_a_refusal_is_sent_to_another_process_as_it_is() -> None:
    copy = pickle.loads(pickle.dumps(RefusedLookup(socket.EAI_NONAME, SENTENCE)))  # noqa: S301
    assert (type(copy), str(copy)) == (RefusedLookup, SENTENCE)


@pytest.mark.parametrize("name", [f"www.{HOST}", "imagineview.art", f"{HOST}.example"])
def test_every_other_name_is_looked_up(asked: Asked, name: str) -> None:
    with guarded():
        assert socket.getaddrinfo(name, 443) == ANSWER
        assert socket.gethostbyname(name) == "127.0.0.1"
    assert asked == [("getaddrinfo", name), ("gethostbyname", name)]


def test_a_look_up_passes_if_the_refusal_is_empty(asked: Asked) -> None:
    with guarded(lambda: ""):
        assert socket.getaddrinfo(HOST, 443) == ANSWER
    assert asked == [("getaddrinfo", HOST)]


def places() -> list[object]:
    names = ("gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getaddrinfo")
    loop = (uvloop.Loop, ("getaddrinfo", "create_connection", "create_datagram_endpoint"))
    owners: list[tuple[Any, tuple[str, ...]]] = [(_socket, names), (socket, names), loop]
    methods = ("connect", "connect_ex", "sendto", "sendmsg")
    found = [getattr(owner, name) for owner, all_ in owners for name in all_]
    return [*found, *(vars(socket.socket).get(name) for name in methods)]


def test_it_leaves_no_trace() -> None:
    before = places()
    with guarded():
        assert places() != before
    assert places() == before


# With an interception


def reached(way: str) -> object:
    match way:
        case "getaddrinfo":
            with urllib.request.urlopen(URL, timeout=30) as answer:
                return answer.read()
        case "connect":
            with socket.socket() as client:
                client.connect((HOST, 443))
                return URL.encode()
        case "uvloop":
            in_uvloop(opened)
            return URL.encode()
        case _:
            assert socket.gethostbyname(HOST).startswith("127.")
            return URL.encode()


@pytest.mark.parametrize("way", ["getaddrinfo", "gethostbyname", "connect", "uvloop"])
@pytest.mark.parametrize("first", ["the guard", "the interception"])
def test_an_interception_leads_its_clients_before_and_after_the_guard(
    asked: Asked, intercept: Intercept, first: str, way: str
) -> None:
    outer, inner = (guarded(), intercept()) if first == "the guard" else (intercept(), guarded())
    with outer, inner:
        assert reached(way) == URL.encode()
    assert asked == []


@pytest.mark.parametrize("way", ["getaddrinfo", "gethostbyname", "connect", "uvloop"])
def test_it_refuses_again_when_an_interception_beneath_it_has_ended(
    asked: Asked, intercept: Intercept, way: str
) -> None:
    interception = intercept()
    interception.__enter__()
    with guarded():
        interception.__exit__(None, None, None)
        with pytest.raises(OSError, match=SENTENCE):
            reached(way)
    assert asked == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_they_end_in_any_order_and_leave_no_trace(intercept: Intercept, order: tuple[int, ...]) -> None:
    before = places()
    for opened_first in order:
        all_of_them: list[AbstractContextManager[object]] = [guarded(), intercept()]
        entered = [all_of_them[opened_first], all_of_them[1 - opened_first]]
        for each in entered:
            each.__enter__()
        for each in (entered[i] for i in order):
            each.__exit__(None, None, None)
    assert places() == before


def test_an_interception_of_another_host_does_not_open_it(asked: Asked, intercept: Intercept) -> None:
    with intercept("example.org"), guarded(), pytest.raises(RefusedLookup):
        socket.gethostbyname(HOST)
    assert asked == []


# With other code that replaces the same functions


def test_a_function_that_other_code_restores_is_guarded_again(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = socket.socket.connect
    with guarded() as guard:
        replacement = socket.socket.connect
        for _ in range(3):
            monkeypatch.setattr(socket.socket, "connect", taken)
            guard.renew()
            assert socket.socket.connect is replacement
        with pytest.raises(RefusedLookup):
            connected("connect")
    assert asked == []


def test_a_function_that_other_code_chains_to_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with guarded() as guard, monkeypatch.context() as replacing:
        guarding = socket.socket.connect

        def wrapped(client: socket.socket, address: Any) -> None:
            guarding(client, address)

        replacing.setattr(socket.socket, "connect", wrapped)
        guard.renew()
        assert socket.socket.connect is wrapped
        with pytest.raises(RefusedLookup):
            connected("connect")


def test_a_test_that_answers_look_ups_itself_gets_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with guarded():
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: ANSWER)
        assert socket.getaddrinfo(HOST, 443) == ANSWER


def test_two_guards_refuse_in_the_words_of_the_later_one() -> None:
    with guarded(lambda: "the first"), guarded(lambda: "the second"), pytest.raises(RefusedLookup, match="the second"):
        socket.gethostbyname(HOST)
