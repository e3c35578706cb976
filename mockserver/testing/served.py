"""A server as the tests of a session meet it, in this process or anywhere: each test has a world of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mockserver.client.server import MockServer
from mockserver.testing.gate import Gate
from mockserver.tls.authority import ServerTls


class Door(ServerTls):
    """The way by TLS into the session's own server; its authority is made when it is first needed."""

    address: tuple[str, int]
    """The address and port on which the server listens with `context`."""


@dataclass(frozen=True)
class Served:
    """A server: `mock` steers it. Only the session's own has a gate, and a door for TLS."""

    mock: MockServer
    gate: Gate | None = None
    door: Door | None = None


@contextmanager
def elsewhere(url: str, token: str | None) -> Iterator[Served]:
    """Use a server that runs already."""
    with MockServer(url, token=token) as mock:
        yield Served(mock)


def look_at(url: str, token: str | None) -> None:
    """Raise ControlError unless a server runs at the address and accepts the token."""
    with elsewhere(url, token) as served:
        len(served.mock.worlds)
