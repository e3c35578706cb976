"""The environment of a command under `run`: its parent's, with variables by which clients reach and trust the mock.

Clients that support proxies get the mock as their proxy. For the other clients the interpreter first runs a shim, a
file of `shims/`.
"""

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from mockserver.options.server import URL

_SHIMS: Final = Path(__file__).parent / "shims"
_HERE: Final = ("localhost", "127.0.0.1", "::1")

# Some clients prefer these variables to the ones set below.
_DROPPED: Final = frozenset({"ALL_PROXY", "all_proxy", "SSL_CERT_DIR"})


class MockAddresses(Struct, frozen=True):
    """The addresses of a mock."""

    url: str
    """Its base URL, which is also its proxy."""

    tls: tuple[str, int]
    """The host and port at which it speaks TLS without a proxy."""


def child_environment(
    parent: Mapping[str, str], mock: MockAddresses, folder: Path, trust: Mapping[str, str], spared: Iterable[str] = ()
) -> dict[str, str]:
    """Return the whole environment of a command.

    `folder` belongs to this command alone, and gets files. `trust` holds the variables that name the certificates.
    `spared` holds the hosts that are reached without the mock; a name with a dot before it stands for a domain.
    """
    direct = (*_HERE, *spared)
    return {
        **{name: value for name, value in parent.items() if name not in _DROPPED},
        **trust,
        **_proxies(mock, direct),
        "JAVA_TOOL_OPTIONS": _joined(
            " ", parent.get("JAVA_TOOL_OPTIONS"), trust["JAVA_TOOL_OPTIONS"], _java(mock, direct)
        ),
        "NODE_OPTIONS": _joined(" ", parent.get("NODE_OPTIONS"), f"--require {_quoted(_SHIMS / 'node.cjs')}"),
        "PYTHONPATH": _joined(os.pathsep, str(_SHIMS / "python"), parent.get("PYTHONPATH")),
        "PHP_INI_SCAN_DIR": _php(parent.get("PHP_INI_SCAN_DIR", ""), trust["PHP_INI_SCAN_DIR"], folder),
        "IMAGINELAB_RUN_ADDRESS": f"{mock.tls[0]}:{mock.tls[1]}",
        "IMAGINELAB_RUN_CA": trust["NODE_EXTRA_CA_CERTS"],
    }


def _proxies(mock: MockAddresses, direct: Iterable[str]) -> dict[str, str]:
    # Ruby uses the variable for http for all URLs, and curl reads that one in lower case only.
    names = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
    return {
        **dict.fromkeys((*names, URL), mock.url),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(direct)),
        # Node reads the proxy variables from version 22.21 on, if this one is set.
        "NODE_USE_ENV_PROXY": "1",
    }


def _java(mock: MockAddresses, direct: Iterable[str]) -> str:
    proxy = urlsplit(mock.url)
    hosts = "|".join(re.sub(r"^\.", "*.", f"[{host}]" if ":" in host else host) for host in direct)
    return f"-Dhttps.proxyHost={proxy.hostname} -Dhttps.proxyPort={proxy.port} -Dhttp.nonProxyHosts={hosts}"


def _php(before: str, trust: str, folder: Path) -> str:
    """Return the folders of PHP's settings. The last setting counts; an empty entry stands for PHP's own folder."""
    ours = folder / "php-run"
    ours.mkdir()
    said = f"auto_prepend_file = {shlex.quote(str(_SHIMS / 'php' / 'prepend.php'))}\n"
    (ours / "imaginelab-mock-run.ini").write_bytes(os.fsencode(said))
    return os.pathsep.join((before, *filter(None, trust.split(os.pathsep)), str(ours)))


def _quoted(path: Path) -> str:
    """Return a path, quoted for NODE_OPTIONS. Source: Node.js, "Command-line API", NODE_OPTIONS."""
    return '"' + re.sub(r'(["\\])', r"\\\1", str(path)) + '"'


def _joined(between: str, *texts: str | None) -> str:
    return between.join(text for text in texts if text)
