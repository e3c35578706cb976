"""A guard in front of the real API: it refuses Python's look-ups of the API's host outside of interceptions.

The guard lies beneath all other replacements of a function. So an interception works whether it begins before or after
the guard, and a test that replaces `socket.getaddrinfo` gets its own answer.
"""

import socket
from collections.abc import Callable, Iterable

from mockserver.core.wording import printable
from mockserver.patching.addresses.libraries import lookups
from mockserver.patching.addresses.patch_points import install_beneath
from mockserver.patching.addresses.patches import ImportHook, Undermost
from mockserver.patching.addresses.route import Address, normal


class RefusedLookup(socket.gaierror):
    """A look-up of the API's host was refused; the text names the test or thread, and the way out.

    A client sees the same as on a machine without a network: an unknown name.
    """

    def __str__(self) -> str:
        return printable(str(self.args[1]))


class LookupGuard:
    """Refuses the look-ups of `host` from `begin` to `end`.

    Each look-up calls `refusal` in its own thread. `refusal` returns the sentence of the refusal, or the empty text to
    let the look-up pass.
    """

    def __init__(self, host: str, refusal: Callable[[], str]) -> None:
        self._host = normal(host)
        self._refusal = refusal
        self._patches = Undermost(self._host)
        self._import_hook = ImportHook(lookups(self._patches, self))

    def begin(self) -> None:
        """Refuse look-ups of the host from now on."""
        install_beneath(self._patches, self)
        self._import_hook.begin()

    def renew(self) -> None:
        """Install the guard again if other code, such as pytest-socket, has restored the original function."""
        self._patches.renew()

    def end(self) -> None:
        """Refuse nothing more, and leave no trace."""
        self._import_hook.end()
        self._patches.end()

    # The methods of an `AddressPolicy`

    def leads(self, name: object) -> bool:  # noqa: ARG002
        """Lead nothing to the mock."""
        return False

    def lookup(self, name: object, port: object = None, family: int = 0, flags: int = 0) -> tuple[object, int]:  # noqa: ARG002
        """Return the name, unchanged; raise RefusedLookup for the host."""
        if normal(name) == self._host and (sentence := self._refusal()):
            raise RefusedLookup(socket.EAI_NONAME, sentence)
        return name, flags

    def note_addresses(self, addresses: Iterable[object], flags: int = 0) -> None:
        """Do nothing: the guard refuses names, not addresses."""

    def connection(self, address: Address, *, six: bool = False, patient: bool = False) -> Address:  # noqa: ARG002
        """Return the address, unchanged; raise RefusedLookup if the socket itself would look up the host."""
        self.lookup(address[0])
        return address

    def check_datagram(self, address: Address) -> None:
        """Raise RefusedLookup if the socket of a datagram itself would look up the host."""
        self.lookup(address[0])
