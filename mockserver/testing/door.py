"""The way by TLS into the session's own server: always there, and vouched for from when somebody first asks by whom."""

from mockserver.tls.authority import ServerTls


class Door(ServerTls):
    """What the API's own address leads to: `address` is where the server listens with `context`."""

    address: tuple[str, int]
