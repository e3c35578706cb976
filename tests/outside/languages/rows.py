"""The clients, one in each row: its requirements, and the variables that lead it to the mock and make it trust it."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CLIENTS = Path(__file__).parent / "clients"

RUNNERS = {
    ".sh": "sh",
    ".py": sys.executable,
    ".mjs": "node",
    ".java": "java",
    ".rb": "ruby",
    ".php": "php",
}
"""The command that runs a file, by the file's ending; a file with another ending is compiled."""


@dataclass(frozen=True)
class Row:
    """A program in `clients/`, with its requirements and its variables."""

    file: str
    needs: str
    """The program that must be installed."""
    way: tuple[str, ...]
    """Without all of these variables the client does not find the mock under `run`."""
    trust: tuple[str, ...]
    """Without all of these variables the client does not trust the mock at the API's own address."""
    package: str | None = None
    """The npm package that must be installed; None if the client needs none."""

    @property
    def path(self) -> Path:
        """The path of the program."""
        return CLIENTS / self.file

    @property
    def takes_a_proxy(self) -> bool:
        """Whether the client uses a proxy that its environment names."""
        return not {*PROXY, *PLAIN_PROXY, *JAVA}.isdisjoint(self.way)

    @property
    def lacks(self) -> str | None:
        """The first requirement that is missing on this machine; None if none is missing."""
        if shutil.which(self.needs) is None:
            return f"{self.needs} (not installed)"
        if self.package is not None and not (CLIENTS / "node_modules" / self.package).is_dir():
            return f"{self.package} (not installed)"
        if self.needs == "php" and not php_has_curl():
            return "php (its extension curl is not installed)"
        return None


@cache
def php_has_curl() -> bool:
    command = ["php", "-m"]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return "curl" in listed.stdout.split()


PROXY = ("HTTPS_PROXY", "https_proxy")
PLAIN_PROXY = ("HTTP_PROXY", "http_proxy")
SHIM = ("PYTHONPATH",)
NODE_SHIM = ("NODE_OPTIONS", "NODE_USE_ENV_PROXY")
OPENSSL = ("SSL_CERT_FILE",)
NODE_CA = ("NODE_EXTRA_CA_CERTS",)
JAVA = ("JAVA_TOOL_OPTIONS",)

ROWS = {
    "curl": Row("curl.sh", "curl", PROXY, ("CURL_CA_BUNDLE", "SSL_CERT_FILE")),
    "wget": Row("wget.sh", "wget", ("https_proxy",), ("WGETRC",)),
    "requests": Row("with_requests.py", sys.executable, PROXY + SHIM, ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")),
    "httpx": Row("with_httpx.py", sys.executable, PROXY + SHIM, OPENSSL),
    "aiohttp": Row("with_aiohttp.py", sys.executable, SHIM, OPENSSL),
    "urllib": Row("with_urllib.py", sys.executable, PROXY + SHIM, OPENSSL),
    "urllib3": Row("with_urllib3.py", sys.executable, SHIM, OPENSSL),
    "http.client": Row("with_http_client.py", sys.executable, SHIM, OPENSSL),
    "fetch": Row("fetch.mjs", "node", NODE_SHIM, NODE_CA),
    "undici": Row("undici.mjs", "node", NODE_SHIM, NODE_CA, "undici"),
    "undici-env-proxy": Row("undici_env_proxy.mjs", "node", PROXY + PLAIN_PROXY + NODE_SHIM, NODE_CA, "undici"),
    "axios": Row("axios.mjs", "node", PROXY + NODE_SHIM, NODE_CA, "axios"),
    "java": Row("Client.java", "java", JAVA, JAVA),
    "go": Row("client.go", "go", PROXY, OPENSSL),
    "ruby": Row("client.rb", "ruby", PLAIN_PROXY, OPENSSL),
    "php": Row("client.php", "php", PROXY, ("PHP_INI_SCAN_DIR",)),
}
