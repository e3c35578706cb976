"""The TLS address of the session's own server: always there, with a certificate from its first use on."""

from mockserver.tls.vouching import Vouching


class Door(Vouching):
    """The target of the API's own address: the server listens at `address` with `context`."""

    address: tuple[str, int]
