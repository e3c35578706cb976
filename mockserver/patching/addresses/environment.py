"""Set the environment variables that make clients bypass proxies and trust the mock's certificate.

This module imports little, because a session may need only these variables and no interception.
"""

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Final

PROXIES: Final = tuple(
    case(f"{scheme}_proxy") for scheme in ("http", "https", "all") for case in (str.upper, str.lower)
)
EXCEPT: Final = ("NO_PROXY", "no_proxy")
BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
"""The variables for the certificates that requests trusts, and for those that OpenSSL and all other clients trust."""


def bypass_proxies(host: str, variables: MutableMapping[str, str] = os.environ) -> None:
    """Let clients that are made from now on connect to a host without a proxy."""
    for name in EXCEPT:
        variables[name] = _with(variables.get(name, ""), host)


def _with(hosts: str, host: str) -> str:
    listed = [each.strip() for each in hosts.split(",") if each.strip()]
    return hosts if host in listed or listed == ["*"] else ",".join([*listed, host])


@contextmanager
def bypassed(host: str) -> Iterator[None]:
    """Let clients that are made within a `with` block connect to a host without a proxy."""
    before = {name: os.environ.get(name) for name in EXCEPT}
    bypass_proxies(host)
    try:
        yield
    finally:
        for name, value in before.items():
            _set(name, value)


@contextmanager
def prepared(host: str, file: str) -> Iterator[Mapping[str, str]]:
    """Make clients reach a host directly and trust only the certificates in `file`; yield the former values.

    The former values are those of variables that were set. A single certificate is read many times faster than a whole
    store, which each new context would read. At the end the variables are as before, except those that other code set
    meanwhile.
    """
    names = (*PROXIES, *EXCEPT, *BUNDLES)
    before = {name: os.environ[name] for name in names if name in os.environ}
    for name in before.keys() & PROXIES:
        del os.environ[name]
    bypass_proxies(host)
    os.environ.update(dict.fromkeys(BUNDLES, file))
    ours = {name: os.environ.get(name) for name in names}
    try:
        yield before
    finally:
        for name in names:
            if os.environ.get(name) == ours[name]:
                _set(name, before.get(name))


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
