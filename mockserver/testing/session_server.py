"""The server of a session, in this process or elsewhere; each test has its own world on the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mockserver.client.server import MockServer
from mockserver.testing.middleware import Middleware
from mockserver.tls.authority import ServerTls


class TlsListener(ServerTls):
    """The address of the session's own server for TLS; its authority is made when it is first needed."""

    address: tuple[str, int]
    """The address and port on which the server listens with `context`."""


@dataclass(frozen=True)
class SessionServer:
    """A server, which `mock` controls. Only the session's own server has a middleware and a TLS listener."""

    mock: MockServer
    middleware: Middleware | None = None
    tls: TlsListener | None = None


@contextmanager
def shared_server(url: str, token: str | None) -> Iterator[SessionServer]:
    """Return a server that already runs, perhaps with other users."""
    with MockServer(url, token=token) as mock:
        yield SessionServer(mock)


def require_server(url: str, token: str | None) -> None:
    """Raise ControlError unless a server runs at the address and accepts the token."""
    with shared_server(url, token) as server:
        len(server.mock.worlds)
