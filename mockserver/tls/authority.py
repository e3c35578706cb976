"""The mock's certificates, made at each start. Clients must be told to trust them; no system store is changed."""

import os
import ssl
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self, TypeVar, cast

if TYPE_CHECKING:
    from trustme import CA

API_HOST: Final = "api.imagineview.art"
"""Source: API reference, "Introduction"."""

NAMES: Final = (API_HOST, "localhost", "127.0.0.1")
"""The names in the mock's certificate, unless others are given."""

MAKER: Final = "imaginelab-mock"
"""The organization that every certificate authority of the mock names as its subject."""

T = TypeVar("T")


class LibraryMissing(Exception):
    """A library of an extra is not installed; the text is one sentence with the way out."""


class Trusting(Protocol):
    """A TLS context that can trust further authorities: the standard library's, or one with the same method."""

    def load_verify_locations(self, cafile: str) -> None:
        """Trust the certificates of a file too."""


class Authority:
    """A certificate authority, and a new server certificate for these names that it issued (EC P-256).

    `issues` is the authority to use; None makes a new one. Raises LibraryMissing if the extra `tls` is not installed.
    """

    def __init__(self, *names: str, issues: "CA | None" = None) -> None:
        authority, impostor = issues or _authority(), _authority()
        self.certificate = authority.cert_pem.bytes().decode("ascii")
        """The authority's own certificate, in PEM. Clients have to trust it."""
        self.context = _context(authority, _known(names))
        """The context of a server with that certificate, for HTTP/1.1. Clients verify each connection anew."""
        self._impostor = _context(impostor, _known(names))
        self._replacements = 0
        self._introduced_to: weakref.WeakSet[Trusting] = weakref.WeakSet()
        self.context.sni_callback = self._choose

    @classmethod
    def kept(cls, folder: Path, *names: str) -> Self:
        """Return the authority that a folder keeps in `ca.key`; make one there if it keeps none.

        The authority can issue certificates for `NAMES` and the names it was made for. Raises CannotKeep if the folder
        cannot be used, holds files that are not the mock's, or keeps an authority that excludes one of the names.
        """
        fresh = _authority()
        # Not at the top: it imports the library of the extra `tls`, which is slow.
        from mockserver.tls import issuer

        return cls(*names, issues=issuer.kept(folder, dict.fromkeys((*NAMES, *_known(names))), fresh))

    def _choose(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        if self._replacements:
            connection.context = self._impostor

    @contextmanager
    def replaced(self) -> Iterator[None]:
        """Within a `with` block, show new connections a certificate from another authority."""
        self._replacements += 1
        try:
            yield
        finally:
            self._replacements -= 1

    @cached_property
    def file(self) -> str:
        """The path of a temporary file with the certificate, which is deleted with this object."""
        handle, path = tempfile.mkstemp(prefix="imaginelab-mock-", suffix=".pem")
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(self.certificate)
        weakref.finalize(self, _remove, path, os.getpid())
        return path

    def introduce(self, context: Trusting) -> None:
        """Make a client's context trust this authority too; once for each context, because that is slow."""
        if context not in self._introduced_to:
            context.load_verify_locations(self.file)
            self._introduced_to.add(context)


class ServerTls:
    """The server's side of TLS: an authority and a context, both made on first use because that is slow."""

    def __init__(self, make: Callable[[], Authority] = Authority) -> None:
        self._make = make
        self._made: Authority | None = None
        self._making = threading.Lock()

    @property
    def authority(self) -> Authority:
        """The authority that issued the server's certificate. Raises LibraryMissing without the extra `tls`.

        Any thread may ask: all get the same one.
        """
        if self._made is None:
            with self._making:
                if self._made is None:
                    self._made = self._make()
        return self._made

    @property
    def made(self) -> bool:
        """Whether the authority is made; if not, asking for it takes long."""
        return self._made is not None

    @cached_property
    def context(self) -> ssl.SSLContext:
        """A server's context; it makes the authority when the first client connects."""
        # truststore replaces `ssl.SSLContext` by a class for clients; the server needs the original.
        context = standard(ssl.SSLContext, "ssl")(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = self._use_authority
        return context

    def _use_authority(self, connection: ssl.SSLObject, name: str, context: ssl.SSLContext) -> None:
        connection.context = self.authority.context
        choose = self.authority.context.sni_callback
        if choose is not None:
            choose(connection, name, context)


def standard(present: type[T], module: str) -> type[T]:
    """Return the standard library's class beneath a class that another library has put in its place.

    truststore and pytest-socket replace such classes by their own subclasses.
    """
    classes = cast("tuple[type[T], ...]", present.__mro__)
    return next((each for each in classes if each.__module__ == module), present)


def _authority() -> "CA":
    try:
        # Not at the top: it is optional, and its import takes longer than all other imports of a server together.
        from trustme import CA
    except ImportError as problem:
        raise LibraryMissing("TLS needs the library trustme: pip install trustme") from problem
    return CA(organization_name=MAKER)


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names in lower case and without a dot at the end, as clients compare them; `NAMES` for none."""
    return tuple(name.lower().removesuffix(".") for name in names) or NAMES


def _context(authority: "CA", names: tuple[str, ...]) -> ssl.SSLContext:
    # truststore replaces `ssl.SSLContext` by a class for clients; the server needs the original.
    context = standard(ssl.SSLContext, "ssl")(ssl.PROTOCOL_TLS_SERVER)
    # A context reads certificates from files only.
    with authority.issue_cert(*names).private_key_and_cert_chain_pem.tempfile() as file:
        context.load_cert_chain(file)
    context.set_alpn_protocols(["http/1.1"])
    context.num_tickets = 0
    return context


def _remove(path: str, maker: int) -> None:
    # A forked child can end before its parent, which still needs the file.
    if os.getpid() == maker:
        Path(path).unlink(missing_ok=True)
