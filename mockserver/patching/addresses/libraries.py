"""Replacements for the libraries that look up names, connect or encrypt in C, not by the standard library."""

import socket
from collections.abc import Mapping
from functools import partial
from typing import Any

from mockserver.patching.addresses import libcurl
from mockserver.patching.addresses.patch_points import preparing
from mockserver.patching.addresses.patches import Decorator, Function, OnImport, Patches
from mockserver.patching.addresses.route import AddressPolicy, Route
from mockserver.patching.addresses.trust import Trust


def actions(patches: Patches, route: Route, trust: Trust) -> Mapping[str, OnImport]:
    """Return, for each library's module name, the function that redirects the library's clients."""
    authority = trust.authority
    return {
        **lookups(patches, route),
        "urllib3.contrib.pyopenssl": partial(_pyopenssl, patches, trust),
        "pycurl": partial(libcurl.pycurl, patches, route, authority),
        "curl_cffi.curl": partial(libcurl.curl_cffi, patches, route, authority),
        "curl_cffi.aio": partial(libcurl.curl_cffi_aio, patches, route, authority),
    }


def lookups(patches: Patches, policy: AddressPolicy) -> Mapping[str, OnImport]:
    """Return, for each library's module name, the function that applies a policy to the library's look-ups."""
    return {"uvloop": partial(_uvloop, patches, policy), "aiodns": partial(_aiodns, patches, policy)}


def _uvloop(patches: Patches, policy: AddressPolicy, module: Any) -> None:
    patches.chain(module.Loop, "getaddrinfo", _look_up_by_loop(policy))
    patches.chain(module.Loop, "create_connection", _connect_by_loop(policy))
    patches.chain(module.Loop, "create_datagram_endpoint", _send_by_loop(policy))


def _look_up_by_loop(policy: AddressPolicy) -> Decorator:
    def make(previous: Function) -> Function:
        async def look_up(loop: Any, host: Any, port: Any, **options: Any) -> Any:
            target, options["flags"] = policy.lookup(host, port, options.get("family", 0), options.get("flags", 0))
            found = await previous(loop, target, port, **options)
            policy.note_addresses((address[0] for *_, address in found), options["flags"])
            return found

        return look_up

    return make


def _connect_by_loop(policy: AddressPolicy) -> Decorator:
    def make(previous: Function) -> Function:
        async def connect(loop: Any, factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
            family = options.get("family", 0)
            target, _ = policy.lookup(host, port, family)
            if policy.leads(target):
                if options.get("ssl"):
                    options["server_hostname"] = options.get("server_hostname") or host
                host, port = policy.connection((target, port), six=family == socket.AF_INET6)
            return await previous(loop, factory, host, port, **options)

        return connect

    return make


def _send_by_loop(policy: AddressPolicy) -> Decorator:
    def make(previous: Function) -> Function:
        async def connect(loop: Any, factory: Any, *args: Any, **options: Any) -> Any:
            address = args[1] if len(args) > 1 else options.get("remote_addr")
            if isinstance(address, tuple):
                policy.check_datagram(address)
            return await previous(loop, factory, *args, **options)

        return connect

    return make


def _aiodns(patches: Patches, policy: AddressPolicy, module: Any) -> None:
    def found(future: Any) -> None:
        if not future.cancelled() and future.exception() is None:
            result = future.result()
            nodes = getattr(result, "nodes", None)
            policy.note_addresses(result.addresses if nodes is None else [node.addr[0] for node in nodes])

    def make(previous: Function) -> Function:
        def look_up(resolver: Any, host: Any, *args: Any, **options: Any) -> Any:
            family = options.get("family", args[0] if args else 0)
            try:
                # Flags are for the system's resolver, and do no harm where an address is looked up.
                host, _ = policy.lookup(host, options.get("port"), family)
            except socket.gaierror as problem:
                raise module.error.DNSError(module.error.ARES_ENOTFOUND, "Domain name not found") from problem
            future = previous(resolver, host, *args, **options)
            future.add_done_callback(found)
            return future

        return look_up

    for name in ("getaddrinfo", "gethostbyname"):
        patches.chain(module.DNSResolver, name, make)


def _pyopenssl(patches: Patches, trust: Trust, module: Any) -> None:
    patches.chain(module.PyOpenSSLContext, "wrap_socket", preparing(trust, 4))
