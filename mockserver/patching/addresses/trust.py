"""Add the mock's authority to the authorities that clients' TLS contexts trust, and remove none.

The authority is added at the handshake, to old and new contexts, and only if a context connects to the API's host.
"""

import ssl
import sys
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from mockserver.patching.addresses.route import Route
from mockserver.tls.authority import Authority, standard


class Trust:
    """Prepares a client's TLS context before each handshake.

    `bundles` are the files of certificates that the client trusted before the variables named the mock's authority. A
    context that is made meanwhile trusts only that authority; it gets `bundles` back when it talks to another host.
    """

    def __init__(self, route: Route, authority: Authority, bundles: Iterable[str]) -> None:
        self.authority = authority
        self._route = route
        self._bundles = tuple(bundles)

    def prepare(self, context: Any, host: object) -> None:
        """Prepare a context for the handshake with a host; the client must name the host."""
        if self._route.leads(host):
            self.authority.introduce(context)
        elif host is not None and self._trusts_only_the_mock(context):
            for roots in self._roots:
                context.load_verify_locations(**roots)

    def _trusts_only_the_mock(self, context: Any) -> bool:
        if not isinstance(context, standard(ssl.SSLContext, "ssl")) or context.cert_store_stats()["x509"] != 1:
            return False
        known: list[bytes] = context.get_ca_certs(binary_form=True)
        return known == [ssl.PEM_cert_to_DER_cert(self.authority.certificate)]

    @cached_property
    def _roots(self) -> list[dict[str, str]]:
        """The certificates that OpenSSL, and with it requests and httpx, trust by default."""
        if self._bundles:
            return [{"cafile": file} for file in self._bundles]
        certifi, paths = sys.modules.get("certifi"), ssl.get_default_verify_paths()
        files = [paths.openssl_cafile] + ([certifi.where()] if certifi else [])
        roots = [{"cafile": file} for file in files if Path(file).is_file()]
        return [*roots, {"capath": paths.openssl_capath}] if Path(paths.openssl_capath).is_dir() else roots
