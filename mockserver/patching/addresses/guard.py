"""A guard in front of the real API: Python's look-ups of its host are refused wherever no interception leads them.

The guard lies beneath everything else that is put in the place of a function. So an interception leads its clients as
ever, whether it begins before the guard or after it, and a test that replaces `socket.getaddrinfo` gets its own answer.
"""

import socket
from collections.abc import Callable, Iterable

from mockserver.core.wording import printable
from mockserver.patching.addresses.import_hooks import ImportHook
from mockserver.patching.addresses.libraries import lookups
from mockserver.patching.addresses.patch_points import install_beneath
from mockserver.patching.addresses.patches import Undermost
from mockserver.patching.addresses.route import Address, normal


class RefusedLookup(socket.gaierror):
    """A look-up of the API's host was refused; the text names the test or thread, and the way out.

    A client sees the same as on a machine without a network: an unknown name.
    """

    def __str__(self) -> str:
        return printable(str(self.args[1]))


class Guard:
    """Refuses the look-ups of `host` from `begin` to `end`.

    `refusal` is called for each of them, in the thread that asks: it returns the sentence of the refusal, and the empty
    text to let the look-up pass.
    """

    def __init__(self, host: str, refusal: Callable[[], str]) -> None:
        self._host = normal(host)
        self._refusal = refusal
        self._patches = Undermost(self._host)
        self._arrivals = ImportHook(lookups(self._patches, self))

    def begin(self) -> None:
        """Refuse look-ups of the host from now on."""
        install_beneath(self._patches, self)
        self._arrivals.begin()

    def renew(self) -> None:
        """Put the guard in place again if other code has put back the former function, as pytest-socket does."""
        self._patches.renew()

    def end(self) -> None:
        """Refuse nothing more, and leave no trace."""
        self._arrivals.end()
        self._patches.end()

    # As a `Way`

    def leads(self, name: object) -> bool:  # noqa: ARG002
        """Lead nothing to the mock."""
        return False

    def lookup(self, name: object, port: object = None, family: int = 0, flags: int = 0) -> tuple[object, int]:  # noqa: ARG002
        """Return the name, unchanged; raise RefusedLookup for the host."""
        if normal(name) == self._host and (sentence := self._refusal()):
            raise RefusedLookup(socket.EAI_NONAME, sentence)
        return name, flags

    def found(self, addresses: Iterable[object], flags: int = 0) -> None:
        """Let every address be used: the guard knows names alone."""

    def connection(self, address: Address, *, six: bool = False, patient: bool = False) -> Address:  # noqa: ARG002
        """Return where a connection goes, unchanged; RefusedLookup where the socket would look the host up itself."""
        self.lookup(address[0])
        return address

    def datagram(self, address: Address) -> None:
        """Raise RefusedLookup where a datagram's socket would look the host up itself."""
        self.lookup(address[0])
