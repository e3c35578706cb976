"""TLS with certificates made at each start: only who is told to trusts them, and no store of the system is touched."""

import os
import ssl
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self, TypeVar, cast

if TYPE_CHECKING:
    from trustme import CA

API_HOST: Final = "api.imagineview.art"
"""Source: API reference, "Introduction"."""

NAMES: Final = (API_HOST, "localhost", "127.0.0.1")
"""Whom the mock's certificate is for, unless it is said otherwise."""

MAKER: Final = "imaginelab-mock"
"""The organization that each of its certificate authorities is of."""

T = TypeVar("T")


class LibraryMissing(Exception):
    """What an extra would bring is not installed; the text is one sentence with the way out."""


class Trusting(Protocol):
    """A context that can be told whom to trust: one of the standard library, or made like those."""

    def load_verify_locations(self, cafile: str) -> None:
        """Trust the certificates of a file as well."""


class Authority:
    """A certificate authority, and a server's certificate from it for these names, new each time (EC P-256).

    The authority is new too, unless it is said who `issues`. Raises `LibraryMissing` where the extra `tls` is not
    installed.
    """

    def __init__(self, *names: str, issues: "CA | None" = None) -> None:
        authority, stranger = issues or _authority(), _authority()
        self.certificate = authority.cert_pem.bytes().decode("ascii")
        """The authority's own certificate, in PEM: what its clients have to trust."""
        self.context = _context(authority, _known(names))
        """What a server shows the certificate with. It speaks HTTP/1.1, and has each connection verified anew."""
        self._other = _context(stranger, _known(names))
        self._impostors = 0
        self._told: weakref.WeakSet[Trusting] = weakref.WeakSet()
        self.context.sni_callback = self._choose

    @classmethod
    def kept(cls, folder: Path, *names: str) -> Self:
        """Return the authority that a folder keeps in `ca.key`, made there if it keeps none.

        It is good for `NAMES` and those that it was made for. Raises `CannotKeep` where the folder cannot be used,
        holds what is not the mock's, or keeps an authority that is not good for one of the names.
        """
        fresh = _authority()
        # Not at the top, for the same reason as the library that it needs.
        from mockserver.tls import issuer

        return cls(*names, issues=issuer.kept(folder, dict.fromkeys((*NAMES, *_known(names))), fresh))

    def _choose(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        if self._impostors:
            connection.context = self._other

    @contextmanager
    def replaced(self) -> Iterator[None]:
        """Have the server show, to who connects meanwhile, a certificate that somebody else issued."""
        self._impostors += 1
        try:
            yield
        finally:
            self._impostors -= 1

    @cached_property
    def file(self) -> str:
        """Where the certificate lies for who takes nothing but files: a temporary one, as long as this object lives."""
        handle, path = tempfile.mkstemp(prefix="imaginelab-mock-", suffix=".pem")
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(self.certificate)
        weakref.finalize(self, _remove, path, os.getpid())
        return path

    def introduce(self, context: Trusting) -> None:
        """Let a client's context trust this authority as well; each is told once, as telling takes its time."""
        if context not in self._told:
            context.load_verify_locations(self.file)
            self._told.add(context)


def standard(present: type[T], module: str) -> type[T]:
    """Return the class of the standard library beneath what others may have put in its place.

    truststore and pytest-socket derive theirs from it.
    """
    classes = cast("tuple[type[T], ...]", present.__mro__)
    return next((each for each in classes if each.__module__ == module), present)


def _authority() -> "CA":
    try:
        # Not at the top: it is an extra, and takes longer to import than all that a server needs.
        from trustme import CA
    except ImportError as problem:
        raise LibraryMissing("TLS needs the library trustme: pip install trustme") from problem
    return CA(organization_name=MAKER)


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names as clients compare them, who leave out the dot at the end; the usual ones for none."""
    return tuple(name.lower().removesuffix(".") for name in names) or NAMES


def _context(authority: "CA", names: tuple[str, ...]) -> ssl.SSLContext:
    # Where truststore is injected, the class that bears the name now is made for clients.
    context = standard(ssl.SSLContext, "ssl")(ssl.PROTOCOL_TLS_SERVER)
    # A context takes a certificate from files only.
    with authority.issue_cert(*names).private_key_and_cert_chain_pem.tempfile() as file:
        context.load_cert_chain(file)
    context.set_alpn_protocols(["http/1.1"])
    context.num_tickets = 0
    return context


def _remove(path: str, maker: int) -> None:
    # A child that was forked ends earlier than the process whose file it is.
    if os.getpid() == maker:
        Path(path).unlink(missing_ok=True)
