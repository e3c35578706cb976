"""The two libraries around libcurl, which is told its way as its own users tell it: connect to, trust."""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from mockserver.patching.addresses.patches import Function, Patches
from mockserver.patching.addresses.route import Route
from mockserver.tls.authority import Authority

# No label of a name may be longer than 63 characters: a look-up of this name fails at once and sends nothing.
_UNKNOWN: Final = "unknown-" * 8

_PORTS: Final = {"http": 80, "https": 443}


def way(route: Route, url: str | bytes) -> str | None:
    """Return where the connections of a URL are to go, as libcurl writes it; None for where they always go."""
    text = url.decode() if isinstance(url, bytes) else url
    parts = urlsplit(text if "://" in text else f"http://{text}")
    port = parts.port or _PORTS.get(parts.scheme)
    try:
        asked, _ = route.lookup(parts.hostname, port)
    except socket.gaierror:
        return f"{parts.hostname}:{port}:{parts.hostname}.{_UNKNOWN}:{port}"
    if not route.leads(asked):
        return None
    host, its_port = route.connection((asked, port))
    return f"{parts.hostname}:{port}:{host}:{its_port}"


class _Loan:
    """The options lent to a handle of pycurl for one request; `patches` says whether there are any."""

    def __init__(self, patches: Patches, route: Route, authority: Authority, module: Any) -> None:
        self._patches, self._route, self._authority, self._curl = patches, route, authority, module

    def give(self, handle: Any) -> bool:
        """Send a handle by the route, and tell whether that was needed."""
        entry = way(self._route, handle.getinfo(self._curl.EFFECTIVE_URL)) if self._patches.open else None
        if entry is not None:
            handle.setopt(self._curl.CONNECT_TO, [entry])
            handle.setopt(self._curl.CAINFO_BLOB, self._authority.certificate)
        return entry is not None

    def take(self, handle: Any) -> None:
        """Let a handle go where it always goes."""
        handle.unsetopt(self._curl.CONNECT_TO)
        handle.unsetopt(self._curl.CAINFO_BLOB)

    @contextmanager
    def given(self, handle: Any) -> Iterator[None]:
        """Send a handle by the route for as long as it is performed."""
        given = self.give(handle)
        try:
            yield
        finally:
            if given:
                self.take(handle)


def pycurl(patches: Patches, route: Route, authority: Authority, module: Any) -> None:
    """Send handles by a route that are made from now on: their class is written in C, and can only be replaced."""
    loan = _Loan(patches, route, authority, module)

    class Curl(module.Curl):  # type: ignore[misc]
        def perform(self) -> Any:
            with loan.given(self):
                return super().perform()

        def perform_rb(self) -> Any:
            with loan.given(self):
                return super().perform_rb()

        def perform_rs(self) -> Any:
            with loan.given(self):
                return super().perform_rs()

    class CurlMulti(module.CurlMulti):  # type: ignore[misc]
        def add_handle(self, handle: Any) -> Any:
            handle.imaginelab_lent = loan.give(handle)
            return super().add_handle(handle)

        def remove_handle(self, handle: Any) -> Any:
            if handle.imaginelab_lent:
                loan.take(handle)
            return super().remove_handle(handle)

    patches.put(module, "Curl", Curl)
    patches.put(module, "CurlMulti", CurlMulti)


def curl_cffi(patches: Patches, route: Route, authority: Authority, module: Any) -> None:
    """Send handles by a route, old and new; for asynchronous ones see `curl_cffi_aio`."""
    prepare = _preparing(route, authority, module)
    if authority.file == module.DEFAULT_CACERT:
        # Read once, when it is imported, from variables that will have been ours for a while only.
        module.DEFAULT_CACERT = module.certifi.where()

    def perform(previous: Function) -> Function:
        def performed(handle: Any, *args: Any, **options: Any) -> Any:
            if not prepare(handle):
                return previous(handle, *args, **options)
            try:
                return previous(handle, *args, **options)
            finally:
                handle.setopt(module.CurlOpt.CONNECT_TO, module.ffi.NULL)
                handle._is_cert_set = False

        return performed

    patches.chain(module.Curl, "perform", perform)


def curl_cffi_aio(patches: Patches, route: Route, authority: Authority, module: Any) -> None:
    """Send handles by a route that are performed by an event loop; a session resets each of them after its request."""
    prepare = _preparing(route, authority, sys.modules["curl_cffi.curl"])

    def add_handle(previous: Function) -> Function:
        def added(multi: Any, handle: Any) -> Any:
            prepare(handle)
            return previous(multi, handle)

        return added

    patches.chain(module.AsyncCurl, "add_handle", add_handle)


def _preparing(route: Route, authority: Authority, module: Any) -> Callable[[Any], bool]:
    option = module.CurlOpt

    def prepare(handle: Any) -> bool:
        entry = way(route, handle.getinfo(module.CurlInfo.EFFECTIVE_URL))
        if entry is None:
            return False
        entries = module.lib.curl_slist_append(module.ffi.NULL, entry.encode())
        # libcurl keeps no copy of the list: it must live as long as the handle may read it.
        handle.imaginelab_way = module.ffi.gc(entries, module.lib.curl_slist_free_all)
        handle.setopt(option.CONNECT_TO, handle.imaginelab_way)
        handle.setopt(option.CAINFO, authority.file)
        return True

    return prepare
