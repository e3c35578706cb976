"""The TLS address of the session's own server: always there, with a certificate from its first use on."""

from mockserver.tls.authority import ServerTls


class Door(ServerTls):
    """The target of the API's own address: the server listens at `address` with `context`."""

    address: tuple[str, int]
