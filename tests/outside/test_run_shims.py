"""Clients without a proxy, in the interpreters for which `run` has a shim: each reaches the mock."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from mockserver.http.app import Settings, application
from mockserver.http.tunnel import Tunnels
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource
from mockserver.run import environment
from mockserver.run.environment import MockAddresses, child_environment
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import ServerTls
from mockserver.tls.truststore import publish
from mockserver.world.worlds import Worlds

URL = "https://api.imagineview.art/api/v1/auth/me"

SHOWN = "const shown = ({ statusCode, socket }) => { console.log(statusCode, socket.authorized); socket.destroy() };"

NODE = {
    "fetch": f"fetch('{URL}').then(answer => console.log(answer.status))",
    "https": f"{SHOWN}require('https').get('{URL}', shown)",
    "https with authorities of its own": f"""{SHOWN}
const ca = require('tls').rootCertificates[0]
require('https').get('{URL}', {{ ca }}, shown)
""",
    "tls by port and host": """
const socket = require('tls').connect(443, 'API.imagineview.art', () => {
  console.log(socket.authorized)
  socket.destroy()
})
""",
    "net by options": """
const socket = require('net').connect({ host: 'api.imagineview.art', port: '443' }, function () {
  console.log(this === socket, socket.remoteAddress)
  socket.destroy()
})
""",
    "a socket made before": """
const socket = new (require('net').Socket)()
socket.on('connect', () => { console.log(socket.remoteAddress); socket.destroy() })
socket.connect(443, 'api.imagineview.art')
""",
    "an address looked up": """
const dns = require('dns')
dns.lookup('api.imagineview.art', (problem, address) => {
  const socket = require('net').connect(443, address, () => { console.log(socket.remoteAddress); socket.destroy() })
})
""",
    "an address promised": """
require('util').promisify(require('dns').lookup)('api.imagineview.art').then(({ address }) => console.log(address))
require('dns').promises.lookup('localhost', 4).then(({ address }) => console.log(address))
""",
    "a name imported": """
import('node:dns/promises')
  .then(({ lookup }) => lookup('api.imagineview.art'))
  .then(({ address }) => console.log(address))
""",
    "another host": """
require('net').connect(443, 'nowhere.invalid').on('error', problem => console.log(problem.hostname))
""",
    "another port": """
require('net').connect(1, '127.73.77.1').on('error', problem => console.log(problem.code, problem.port))
""",
    "a local socket": "require('net').connect('/nowhere/at/all').on('error', problem => console.log(problem.code))",
}
SAID = {
    "fetch": "401",
    "https": "401 true",
    "https with authorities of its own": "401 true",
    "tls by port and host": "true",
    "net by options": "true 127.0.0.1",
    "a socket made before": "127.0.0.1",
    "an address looked up": "127.0.0.1",
    "an address promised": "127.73.77.1\n127.0.0.1",
    "a name imported": "127.73.77.1",
    "another host": "nowhere.invalid",
    "another port": "ECONNREFUSED 1",
    "a local socket": "ENOENT",
}

PHP = "@file_get_contents($argv[1]); echo $http_response_header[0] ?? 'nothing';"


def whole(folder: Path, parent: Mapping[str, str]) -> Iterator[dict[str, str]]:
    tunnels = Tunnels(vouching=ServerTls())
    app = application(Worlds(FixedSource(parse("{}", "run.yaml"))), Settings(tunnels=tunnels))
    with ServerThread(app, tls=tunnels.vouching.context, tunnels=tunnels) as server:
        trust = publish(tunnels.vouching.authority, folder)
        yield child_environment(
            {"PATH": os.environ["PATH"], **parent}, MockAddresses(server.url, server.tls_address), folder, trust
        )


@pytest.fixture
def told(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a command; its mock runs until the test ends."""
    yield from whole(tmp_path / "with a space", {})


def said(command: list[str], variables: Mapping[str, str]) -> str:
    """Return the output of a command, which must succeed and print nothing on standard error."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"for want of {command[0]}")
    ended = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.strip()


@pytest.mark.parametrize("name", NODE)
def test_node_reaches_the_mock_without_a_proxy(name: str, told: Mapping[str, str]) -> None:
    variables = {name: value for name, value in told.items() if not name.upper().endswith("_PROXY")}
    assert said(["node", "--eval", NODE[name]], variables) == SAID[name]


@pytest.mark.parametrize("name", ["fetch", "https"])
def test_node_reaches_the_mock_with_the_variables_for_a_proxy(name: str, told: Mapping[str, str]) -> None:
    assert said(["node", "--eval", NODE[name]], told).startswith("401")


def test_the_shim_leaves_node_unchanged_without_its_variables(told: Mapping[str, str]) -> None:
    variables = {"PATH": told["PATH"], "NODE_OPTIONS": told["NODE_OPTIONS"]}
    program = "console.log(require('net').Socket.prototype.connect.toString().includes('isApi'))"
    assert said(["node", "--eval", program], variables) == "false"


@pytest.fixture
def elsewhere(told: Mapping[str, str], tmp_path: Path) -> dict[str, str]:
    """The same environment, made by a copy of the package in a folder whose path is hard to quote."""
    folder = tmp_path / 'it\'s "a" $HOME \\ folder; é'
    shutil.copytree(Path(environment.__file__).parent, folder)
    spec = spec_from_file_location("environment_elsewhere", folder / "environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    host, _, port = told["IMAGINELAB_RUN_ADDRESS"].partition(":")
    mock = module.MockAddresses(told["IMAGINELAB_MOCK_URL"], (host, int(port)))
    trust = {**told, "JAVA_TOOL_OPTIONS": "", "PHP_INI_SCAN_DIR": told["PHP_INI_SCAN_DIR"].rpartition(os.pathsep)[0]}
    (tmp_path / "own").mkdir()
    return dict(module.child_environment({}, mock, tmp_path / "own", trust))


def test_the_shims_work_in_any_folder(elsewhere: Mapping[str, str], tmp_path: Path) -> None:
    variables = {name: value for name, value in elsewhere.items() if not name.upper().endswith("_PROXY")}
    (tmp_path / "ask.php").write_text(f"<?php {PHP}", "utf-8")
    assert said(["node", "--eval", NODE["https"]], variables) == SAID["https"]
    assert said(["php", str(tmp_path / "ask.php"), URL], variables) == "HTTP/1.1 401 Unauthorized"
    python = "import http.client; it = http.client.HTTPSConnection('api.imagineview.art'); it.connect(); it.close()"
    assert not said([sys.executable, "-c", python], variables)


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        (URL, "HTTP/1.1 401 Unauthorized"),
        (URL.replace("https", "http"), "HTTP/1.1 401 Unauthorized"),
        ("http://elsewhere.example/", "HTTP/1.1 403 Forbidden"),
        ("https://elsewhere.example/", "nothing"),
    ],
)
def test_php_opens_urls_through_the_mock(url: str, answer: str, told: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "ask.php").write_text(f"<?php {PHP}", "utf-8")
    assert said(["php", str(tmp_path / "ask.php"), url], told) == answer


def test_php_still_runs_the_users_own_first_file(tmp_path: Path) -> None:
    (tmp_path / "ini").mkdir()
    (tmp_path / "first.php").write_text("<?php $first = 'mine';", "utf-8")
    (tmp_path / "ask.php").write_text(f"<?php echo $first, ' '; {PHP}", "utf-8")
    (tmp_path / "ini" / "own.ini").write_text(f"auto_prepend_file = {tmp_path / 'first.php'}\n", "utf-8")
    # An empty entry stands for PHP's own folder, which holds its extensions.
    for told in whole(tmp_path / "run", {"PHP_INI_SCAN_DIR": f"{os.pathsep}{tmp_path / 'ini'}"}):
        assert said(["php", str(tmp_path / "ask.php"), URL], told) == "mine HTTP/1.1 401 Unauthorized"


def test_php_finds_the_shim_behind_a_symbolic_link(told: Mapping[str, str], tmp_path: Path) -> None:
    [ini] = Path(told["PHP_INI_SCAN_DIR"].split(os.pathsep)[-1]).iterdir()
    shim = Path(ini.read_text("utf-8").partition(" = ")[2].strip())
    (tmp_path / "linked").symlink_to(shim.parent)
    ini.write_text(f"auto_prepend_file = {tmp_path / 'linked' / shim.name}\n", "utf-8")
    (tmp_path / "ask.php").write_text(f"<?php {PHP}", "utf-8")
    assert said(["php", str(tmp_path / "ask.php"), URL], told) == "HTTP/1.1 401 Unauthorized"
