"""Connection failures, as clients of the standard library meet them: each raises its own error, and none hangs."""

import asyncio
import errno
import http.client
import selectors
import socket
import ssl
from collections.abc import Callable
from contextlib import closing

import pytest

from .echo import Intercept

HOST = "api.imagineview.art"

# Seconds: how long the clients here wait for a connection that stays unanswered.
IMPATIENT = 0.05


def ask(timeout: float | None = 30) -> int:
    with closing(http.client.HTTPSConnection(HOST, timeout=timeout)) as client:
        client.request("GET", "/")
        return client.getresponse().status


def status() -> None:
    """Connect by `connect_ex`, which returns a number instead of raising."""
    with socket.socket() as plain:
        plain.settimeout(IMPATIENT)
        number = plain.connect_ex((HOST, 443))
        raise OSError(number, errno.errorcode.get(number, "connected"))


def opened(timeout: float = 30) -> None:
    """Connect by an event loop."""

    async def connect() -> None:
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(HOST, 443, ssl=True)
            writer.close()

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(connect())


TROUBLES: list[tuple[str, Callable[[], object], type[Exception], str]] = [
    ("dns", ask, socket.gaierror, "Name or service not known"),
    ("dns", lambda: socket.gethostbyname(HOST), socket.gaierror, "Name or service not known"),
    ("dns", opened, socket.gaierror, "Name or service not known"),
    ("refused", ask, ConnectionRefusedError, "Connection refused"),
    ("refused", status, OSError, "ECONNREFUSED"),
    ("refused", opened, ConnectionRefusedError, "Connect call failed"),
    ("connect-timeout", lambda: ask(IMPATIENT), TimeoutError, "timed out"),
    ("connect-timeout", lambda: ask(None), TimeoutError, "Connection timed out"),
    ("connect-timeout", status, OSError, "EAGAIN"),
    ("connect-timeout", lambda: opened(IMPATIENT), TimeoutError, "^$"),
    ("untrusted", ask, ssl.SSLCertVerificationError, "unable to get local issuer certificate"),
    ("untrusted", opened, ssl.SSLCertVerificationError, "unable to get local issuer"),
]


@pytest.mark.parametrize(("what", "attempt", "error", "text"), TROUBLES)
def test_each_client_raises_its_own_error_and_succeeds_again(
    intercept: Intercept, what: str, attempt: Callable[[], object], error: type[Exception], text: str
) -> None:
    with intercept() as interception:
        assert ask() == 200
        with interception.fail(what), pytest.raises(error, match=text):
            attempt()
        assert ask() == 200


def test_a_client_without_a_time_out_gets_the_status_of_a_timed_out_one(intercept: Intercept) -> None:
    with intercept() as interception, interception.fail("connect-timeout"), socket.socket() as plain:
        assert plain.connect_ex((HOST, 443)) == errno.ETIMEDOUT


def test_a_failure_lasts_until_its_end_or_the_end_of_the_interception(intercept: Intercept) -> None:
    with intercept() as interception:
        interception.fail("refused")
        for _ in range(2):
            with pytest.raises(ConnectionRefusedError):
                ask()
        interception.recover()
        assert ask() == 200
        interception.fail("dns")
    with interception:
        assert ask() == 200


def test_the_last_of_several_failures_counts_and_the_one_before_comes_back(intercept: Intercept) -> None:
    with intercept() as interception, interception.fail("untrusted"):
        with interception.fail("refused"):
            with interception.fail("dns"), pytest.raises(socket.gaierror):
                ask()
            with pytest.raises(ConnectionRefusedError):
                ask()
        with pytest.raises(ssl.SSLCertVerificationError):
            ask()
        interception.recover()
        assert ask() == 200
    assert interception.blocked == ()


def test_a_connection_that_is_open_goes_on(intercept: Intercept) -> None:
    with intercept() as interception, closing(http.client.HTTPSConnection(HOST, timeout=30)) as client:
        for what in ("dns", "refused", "connect-timeout", "untrusted"):
            client.request("GET", "/")
            assert client.getresponse().read()
            interception.fail(what)


def test_a_connection_that_still_waits_when_the_failure_ends_is_refused(intercept: Intercept) -> None:
    with intercept() as interception, socket.socket() as plain, selectors.DefaultSelector() as selector:
        with interception.fail("connect-timeout"):
            plain.setblocking(False)
            assert plain.connect_ex((HOST, 443)) == errno.EINPROGRESS
            selector.register(plain, selectors.EVENT_WRITE)
            assert selector.select(IMPATIENT) == []
        assert selector.select(30) != []
        assert plain.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED


def test_an_unknown_kind_of_failure_is_an_error(intercept: Intercept) -> None:
    expected = "expected one of dns, refused, connect-timeout, untrusted, found 'reset'"
    with intercept() as interception, pytest.raises(ValueError, match=expected):
        interception.fail("reset")
