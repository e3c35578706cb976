"""The environment of a command under `run`: its parent's, but every client in it is led to the mock and trusts it.

Whoever knows proxies is told one; for the rest each interpreter first runs a shim, a file of `shims/`.
"""

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from mockserver.options import URL

_SHIMS: Final = Path(__file__).parent / "shims"
_HERE: Final = ("localhost", "127.0.0.1", "::1")

# Some clients would rather follow these than what is said below.
_DROPPED: Final = frozenset({"ALL_PROXY", "all_proxy", "SSL_CERT_DIR"})


class Mock(Struct, frozen=True):
    """Where a mock is reached: `url` is base URL and proxy, `tls` the host and port at which it speaks TLS at once."""

    url: str
    tls: tuple[str, int]


def composed(
    parent: Mapping[str, str], mock: Mock, folder: Path, trust: Mapping[str, str], spared: Iterable[str] = ()
) -> dict[str, str]:
    """Return the whole environment of a command.

    `folder` is the command's alone, and files are written into it; `trust` are the variables that lead to whom clients
    are to trust; `spared` are hosts that are reached without the mock, with a dot before a domain's name.
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


def _proxies(mock: Mock, direct: Iterable[str]) -> dict[str, str]:
    # Ruby goes by the variable for http wherever it goes, and curl knows that one in small letters only.
    names = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
    return {
        **dict.fromkeys((*names, URL), mock.url),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(direct)),
        # From 22.21 on, Node goes by these where it is told to.
        "NODE_USE_ENV_PROXY": "1",
    }


def _java(mock: Mock, direct: Iterable[str]) -> str:
    proxy = urlsplit(mock.url)
    hosts = "|".join(re.sub(r"^\.", "*.", f"[{host}]" if ":" in host else host) for host in direct)
    return f"-Dhttps.proxyHost={proxy.hostname} -Dhttps.proxyPort={proxy.port} -Dhttp.nonProxyHosts={hosts}"


def _php(before: str, trust: str, folder: Path) -> str:
    """Return the folders of PHP's settings: what is read last counts, and an empty one is PHP's own."""
    ours = folder / "php-run"
    ours.mkdir()
    said = f"auto_prepend_file = {shlex.quote(str(_SHIMS / 'php' / 'prepend.php'))}\n"
    (ours / "imaginelab-mock-run.ini").write_bytes(os.fsencode(said))
    return os.pathsep.join((before, *filter(None, trust.split(os.pathsep)), str(ours)))


def _quoted(path: Path) -> str:
    """Return a path as NODE_OPTIONS takes it. Source: Node.js, "Command-line API", NODE_OPTIONS."""
    return '"' + re.sub(r'(["\\])', r"\\\1", str(path)) + '"'


def _joined(between: str, *texts: str | None) -> str:
    return between.join(text for text in texts if text)
