"""Redirect pycurl and curl_cffi, the two libraries around libcurl, to the mock by libcurl's own options."""

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


def connect_to(route: Route, url: str | bytes) -> str | None:
    """Return the CONNECT_TO entry that redirects the connections of a URL; None to leave the URL unredirected."""
    text = url.decode() if isinstance(url, bytes) else url
    parts = urlsplit(text if "://" in text else f"http://{text}")
    port = parts.port or _PORTS.get(parts.scheme)
    try:
        target, _ = route.lookup(parts.hostname, port)
    except socket.gaierror:
        return f"{parts.hostname}:{port}:{parts.hostname}.{_UNKNOWN}:{port}"
    if not route.leads(target):
        return None
    host, its_port = route.connection((target, port))
    return f"{parts.hostname}:{port}:{host}:{its_port}"


class _HandleOptions:
    """Sets options of a handle of pycurl for one request, while `patches` are in force."""

    def __init__(self, patches: Patches, route: Route, authority: Authority, module: Any) -> None:
        self._patches, self._route, self._authority, self._curl = patches, route, authority, module

    def set(self, handle: Any) -> bool:
        """Redirect a handle if the route says so, and return whether the handle was redirected."""
        entry = connect_to(self._route, handle.getinfo(self._curl.EFFECTIVE_URL)) if self._patches.open else None
        if entry is not None:
            handle.setopt(self._curl.CONNECT_TO, [entry])
            handle.setopt(self._curl.CAINFO_BLOB, self._authority.certificate)
        return entry is not None

    def unset(self, handle: Any) -> None:
        """Leave a curl handle unredirected: it connects to its usual address."""
        handle.unsetopt(self._curl.CONNECT_TO)
        handle.unsetopt(self._curl.CAINFO_BLOB)

    @contextmanager
    def during(self, handle: Any) -> Iterator[None]:
        """Redirect a handle within a `with` block."""
        changed = self.set(handle)
        try:
            yield
        finally:
            if changed:
                self.unset(handle)


def pycurl(patches: Patches, route: Route, authority: Authority, module: Any) -> None:
    """Redirect the handles made from now on: replace their class, because it is written in C."""
    options = _HandleOptions(patches, route, authority, module)

    class Curl(module.Curl):  # type: ignore[misc]
        def perform(self) -> Any:
            with options.during(self):
                return super().perform()

        def perform_rb(self) -> Any:
            with options.during(self):
                return super().perform_rb()

        def perform_rs(self) -> Any:
            with options.during(self):
                return super().perform_rs()

    class CurlMulti(module.CurlMulti):  # type: ignore[misc]
        def add_handle(self, handle: Any) -> Any:
            handle.imaginelab_changed = options.set(handle)
            return super().add_handle(handle)

        def remove_handle(self, handle: Any) -> Any:
            if handle.imaginelab_changed:
                options.unset(handle)
            return super().remove_handle(handle)

    patches.put(module, "Curl", Curl)
    patches.put(module, "CurlMulti", CurlMulti)


def curl_cffi(patches: Patches, route: Route, authority: Authority, module: Any) -> None:
    """Redirect old and new handles; `curl_cffi_aio` redirects asynchronous handles."""
    prepare = _preparing(route, authority, module)
    if authority.file == module.DEFAULT_CACERT:
        # curl_cffi reads the variables once, at its import, and they are ours for a while only.
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
    """Redirect the handles that an event loop runs; a session resets each handle after its request."""
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
        entry = connect_to(route, handle.getinfo(module.CurlInfo.EFFECTIVE_URL))
        if entry is None:
            return False
        entries = module.lib.curl_slist_append(module.ffi.NULL, entry.encode())
        # libcurl keeps no copy of the list: it must live as long as the handle may read it.
        handle.imaginelab_connect_to = module.ffi.gc(entries, module.lib.curl_slist_free_all)
        handle.setopt(option.CONNECT_TO, handle.imaginelab_connect_to)
        handle.setopt(option.CAINFO, authority.file)
        return True

    return prepare
