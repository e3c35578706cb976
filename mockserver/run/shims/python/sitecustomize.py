"""The first module of each Python under `imaginelab-mock run`: it makes clients reach the mock, and trust it.

It runs in the client's interpreter, 3.8 or newer: it stands alone, and imports no module before the client does.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Function = Callable[..., Any]

HOST = "api.imagineview.art"

MARKER = "127.73.77.1"
"""The address that stands for the host: one of the loopback interface, at which nothing listens."""

MAPPED = "::ffff:"
"""The prefix that turns an IPv4 address into an IPv6 one. Source: RFC 4291, 2.5.5.2."""


class Mock:
    """The host and port at which the mock speaks TLS, and the file with its authority."""

    def __init__(self, host: str, port: int, authority: str) -> None:
        self._address = (host, port)
        self._authority = authority

    def is_at(self, name: object) -> bool:
        """Tell whether a name or an address is the API's, which the mock stands in for."""
        text = name.decode("latin-1") if isinstance(name, (bytes, bytearray)) else name
        return isinstance(text, str) and text.lower().rstrip(".") in (HOST, MARKER, MAPPED + MARKER)

    def looked_up(self, name: Any, six: bool = False) -> Any:
        """Return the name to look up in place of this one, as IPv6 if `six`."""
        return _by(MARKER, six) if self.is_at(name) else name

    def address(self, address: Any, six: bool = False) -> Any:
        """Return the address to connect to in place of this one."""
        if not (isinstance(address, tuple) and address[1:2] in ((443,), ("443",)) and self.is_at(address[0])):
            return address
        host, port = self._address
        return (_by(host, six), port, *address[2:])

    def introduce(self, context: Any, host: object) -> None:
        """Make a context trust the mock if it is for a connection to the API's host."""
        if self.is_at(host):
            try:
                context.load_verify_locations(self._authority)
            except OSError:
                # `run` has ended, and its files with it: the handshake will say the rest.
                return

    def certificate(self) -> str:
        """Return the authority's certificate in PEM; nothing where `run` has ended."""
        try:
            with open(self._authority, encoding="ascii") as file:  # noqa: PTH123  (pathlib takes long to import)
                return file.read()
        except OSError:
            return ""


def _by(host: str, six: bool) -> str:
    return MAPPED + host if six else host


def _chain(owner: Any, name: str, make: Callable[[Function], Function]) -> None:
    """Replace a function or method by the result of `make`, which gets the original."""
    previous = getattr(owner, name)
    ours = make(previous)
    for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(ours, attribute, getattr(previous, attribute, None))
    setattr(owner, name, ours)


def _socket(mock: Mock, module: Any) -> None:
    def by_name(previous: Function) -> Function:
        return lambda host: previous(mock.looked_up(host))

    def look_up(previous: Function) -> Function:
        def found(  # noqa: PLR0913, PLR0917  (the parameters are the library's)
            host: Any,
            port: Any,
            family: int = 0,
            type: int = 0,  # noqa: A002
            proto: int = 0,
            flags: int = 0,
        ) -> Any:
            if mock.is_at(host):
                host = mock.looked_up(host, family == module.AF_INET6)
                # A machine without a network has no address but the loopback one, which this flag does not count.
                flags &= ~module.AI_ADDRCONFIG
            return previous(host, port, family, type, proto, flags)

        return found

    def connect(previous: Function) -> Function:
        return lambda sock, address: previous(sock, mock.address(address, sock.family == module.AF_INET6))

    _chain(module, "getaddrinfo", look_up)
    for name in ("gethostbyname", "gethostbyname_ex"):
        _chain(module, name, by_name)
    for name in ("connect", "connect_ex"):
        _chain(module.socket, name, connect)


def _wrapping(mock: Mock, position: int) -> Callable[[Function], Function]:
    """`position` is the place of the host among the arguments after the context, if it is not given by its name."""

    def make(previous: Function) -> Function:
        def wrap(context: Any, *args: Any, **options: Any) -> Any:
            host = args[position] if len(args) > position else options.get("server_hostname")
            mock.introduce(context, host)
            return previous(context, *args, **options)

        return wrap

    return make


def _ssl(mock: Mock, module: Any) -> None:
    _chain(module.SSLContext, "wrap_socket", _wrapping(mock, 4))
    _chain(module.SSLContext, "wrap_bio", _wrapping(mock, 3))


def _pyopenssl(mock: Mock, module: Any) -> None:
    _chain(module.PyOpenSSLContext, "wrap_socket", _wrapping(mock, 4))


def _uvloop(mock: Mock, module: Any) -> None:
    import socket  # not at the top: most programs do not need it

    def look_up(previous: Function) -> Function:
        async def found(loop: Any, host: Any, port: Any, **options: Any) -> Any:
            if mock.is_at(host):
                host = mock.looked_up(host, options.get("family") == socket.AF_INET6)
                options["flags"] = options.get("flags", 0) & ~socket.AI_ADDRCONFIG
            return await previous(loop, host, port, **options)

        return found

    def connect(previous: Function) -> Function:
        async def connected(loop: Any, factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
            if mock.is_at(host):
                if options.get("ssl"):
                    options["server_hostname"] = options.get("server_hostname") or host
                host, port = mock.address((host, port), options.get("family") == socket.AF_INET6)
            return await previous(loop, factory, host, port, **options)

        return connected

    _chain(module.Loop, "getaddrinfo", look_up)
    _chain(module.Loop, "create_connection", connect)


def _aiodns(mock: Mock, module: Any) -> None:
    def look_up(previous: Function) -> Function:
        return lambda resolver, host, *args, **options: previous(resolver, mock.looked_up(host), *args, **options)

    for name in ("getaddrinfo", "gethostbyname"):
        _chain(module.DNSResolver, name, look_up)


def _pycurl(mock: Mock, module: Any) -> None:
    # pycurl uses the proxy of the variables, but not the authorities of the variables.
    def lend(handle: Any) -> None:
        host = handle.getinfo(module.EFFECTIVE_URL).partition("://")[2].partition("/")[0].partition(":")[0]
        handle.imaginelab_lent = mock.is_at(host)
        if handle.imaginelab_lent:
            handle.setopt(module.CAINFO_BLOB, mock.certificate())

    def take(handle: Any) -> None:
        if handle.imaginelab_lent:
            handle.unsetopt(module.CAINFO_BLOB)

    def perform(previous: Function) -> Function:
        def performed(handle: Any) -> Any:
            lend(handle)
            try:
                return previous(handle)
            finally:
                take(handle)

        return performed

    def before(act: Callable[[Any], None]) -> Callable[[Function], Function]:
        def make(previous: Function) -> Function:
            def moved(multi: Any, handle: Any) -> Any:
                act(handle)
                return previous(multi, handle)

            return moved

        return make

    # Classes written in C can only be replaced.
    module.Curl = type("Curl", (module.Curl,), {})
    module.CurlMulti = type("CurlMulti", (module.CurlMulti,), {})
    for name in ("perform", "perform_rb", "perform_rs"):
        _chain(module.Curl, name, perform)
    _chain(module.CurlMulti, "add_handle", before(lend))
    _chain(module.CurlMulti, "remove_handle", before(take))


WELCOMES: Mapping[str, Callable[[Mock, Any], None]] = {
    "socket": _socket,
    "ssl": _ssl,
    "urllib3.contrib.pyopenssl": _pyopenssl,
    "uvloop": _uvloop,
    "aiodns": _aiodns,
    "pycurl": _pycurl,
}
"""The function to call with a module, by the module's name, after its import."""


class Arrivals:
    """An import hook that finds no module itself, and calls the function of `WELCOMES` for each imported module."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock

    def begin(self) -> None:
        """Call the functions of modules that are already imported, and wait for the others."""
        for name in [name for name in WELCOMES if name in sys.modules]:
            self._welcome(name, sys.modules[name])
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Let the other finders find a module of `WELCOMES`, and call its function after the import."""
        if name not in WELCOMES:
            return None
        finders = iter(sys.meta_path)
        # Only the finders after this one: a finder before it may be calling all others itself.
        any(finder is self for finder in finders)
        specs = (finder.find_spec(name, path, target) for finder in finders if hasattr(finder, "find_spec"))
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            self._watch(spec.loader, name)
        return spec

    def _watch(self, loader: Any, name: str) -> None:
        execute = loader.exec_module

        def exec_module(module: Any) -> None:
            # Another hook may have removed it already.
            vars(loader).pop("exec_module", None)
            execute(module)
            self._welcome(name, module)

        loader.exec_module = exec_module

    def _welcome(self, name: str, module: Any) -> None:
        try:
            WELCOMES[name](self._mock, module)
        except AttributeError:
            # An unknown version of the library: its clients use the proxy, if they support proxies.
            return


def _begin(address: str, authority: str) -> None:
    host, _, port = address.rpartition(":")
    if host and port.isdecimal() and authority:
        Arrivals(Mock(host, int(port), authority)).begin()


def _give_way() -> None:
    """Run the next module of this name, which this one hides."""
    here = os.path.dirname(__file__)  # noqa: PTH120  (pathlib takes long to import)
    if here not in sys.path:
        return
    position, ours = sys.path.index(here), sys.modules.pop(__name__)
    del sys.path[position]
    try:
        __import__(__name__)
    except ModuleNotFoundError as problem:
        if problem.name != __name__:
            raise
    finally:
        sys.path.insert(position, here)
        sys.modules.setdefault(__name__, ours)


_begin(os.environ.get("IMAGINELAB_RUN_ADDRESS", ""), os.environ.get("IMAGINELAB_RUN_CA", ""))
_give_way()
