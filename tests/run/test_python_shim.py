"""Clients, each in its own Python process, that the shim leads to the mock without a proxy and without an authority."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from mockserver.http.app import Settings, application
from mockserver.http.tunnel import Tunnels
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource
from mockserver.run.environment import MockAddresses, child_environment
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import ServerTls
from mockserver.tls.truststore import publish
from mockserver.world.worlds import Worlds

ROOT = Path(__file__).parents[2]
SHIM = ROOT / "mockserver" / "run" / "shims" / "python"

HEAD = "import asyncio, http.client, socket, ssl, sys, urllib.request; host = 'api.imagineview.art'"
OPENED = """
async def ask():
    reader, writer = await asyncio.open_connection(host, 443, ssl=True)
    writer.write(b"GET /api/v1/auth/me HTTP/1.1\\r\\nHost: api.imagineview.art\\r\\nConnection: close\\r\\n\\r\\n")
    return int((await reader.read()).split()[1])
"""
BY_HAND = """
{address}
sock = socket.socket(family)
assert sock.{connect}(address) in (None, 0)
with ssl.create_default_context().wrap_socket(sock, server_hostname=host) as sock:
    sock.sendall(b"GET /api/v1/auth/me HTTP/1.1\\r\\nHost: api.imagineview.art\\r\\nConnection: close\\r\\n\\r\\n")
    print(int(sock.recv(12)[9:]))
"""


def by_hand(address: str, connect: str = "connect") -> str:
    return BY_HAND.format(address=address, connect=connect)


CLIENTS = {
    "urllib": """
try:
    urllib.request.urlopen(f"https://{host}/api/v1/auth/me")
except urllib.error.HTTPError as answer:
    print(answer.code)
""",
    "http.client": """
client = http.client.HTTPSConnection("API.imagineview.art")
client.request("GET", "/api/v1/auth/me", headers={"Connection": "close"})
with client.getresponse() as answer:
    print(answer.status)
""",
    "asyncio": f"{OPENED}\nprint(asyncio.run(ask()))",
    "uvloop": f"import uvloop\n{OPENED}\nprint(uvloop.run(ask()))",
    "uvloop's names": f"""
import uvloop
async def ask():
    return await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
[(family, *_, address)] = uvloop.run(ask())
{by_hand("")}
""",
    "getaddrinfo": by_hand("family, *_, address = socket.getaddrinfo(host, 443, flags=socket.AI_ADDRCONFIG)[0]"),
    "IPv6": by_hand("family, *_, address = socket.getaddrinfo(host, 443, socket.AF_INET6, socket.SOCK_STREAM)[0]"),
    "gethostbyname": by_hand("family, address = socket.AF_INET, (socket.gethostbyname(host), 443)"),
    "gethostbyname_ex": by_hand("family, address = socket.AF_INET, (socket.gethostbyname_ex(host)[2][0], 443)"),
    "a name alone": by_hand("family, address = socket.AF_INET, (host, 443)"),
    "connect_ex": by_hand("family, address = socket.AF_INET, (host, 443)", "connect_ex"),
    "among others who watch": f"""
from mockserver.patching.addresses.patches import ImportHook
uvloop, seen = sys.modules.pop("uvloop", None), []
watching = ImportHook({{"uvloop": seen.append}})
watching.begin()
import uvloop
assert seen == [uvloop]
{OPENED}
print(uvloop.run(ask()))
""",
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The environment of a command while its mock runs, without the proxy and the authority."""
    folder, tunnels = tmp_path_factory.mktemp("run"), Tunnels(vouching=ServerTls())
    vouching = tunnels.vouching
    app = application(Worlds(FixedSource(parse("{}", "run.yaml"))), Settings(tunnels=tunnels))
    with ServerThread(app, tls=vouching.context, tunnels=tunnels) as server:
        mock = MockAddresses(server.url, server.tls_address)
        whole = child_environment({"PATH": os.environ["PATH"]}, mock, folder, publish(vouching.authority, folder))
        yield {name: whole[name] for name in ("PATH", "PYTHONPATH", "IMAGINELAB_RUN_ADDRESS", "IMAGINELAB_RUN_CA")}


def said(program: str, environment: Mapping[str, str]) -> str:
    """Return the output of a program, which must succeed without a warning."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.strip()


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_reaches_the_mock_and_trusts_it(name: str, environment: Mapping[str, str]) -> None:
    program = CLIENTS[name]
    if "uvloop" in program and find_spec("uvloop") is None:
        pytest.skip("for want of uvloop")
    assert said(f"{HEAD}\n{program}", environment) == "401"


@pytest.mark.parametrize("address", ["('127.0.0.1', 443)", "('127.73.77.1', 1)"])
def test_other_addresses_and_ports_are_left_alone(address: str, environment: Mapping[str, str]) -> None:
    program = f"import socket\nwith socket.socket() as sock: print(sock.connect_ex({address}))"
    assert said(program, environment) == said(program, {})


def test_the_trust_in_the_mock_does_not_extend_to_other_hosts(environment: Mapping[str, str]) -> None:
    program = """
import os, socket, ssl
host, _, port = os.environ["IMAGINELAB_RUN_ADDRESS"].partition(":")
try:
    ssl.create_default_context().wrap_socket(socket.create_connection((host, int(port))), server_hostname="localhost")
except ssl.SSLCertVerificationError:
    print("refused")
"""
    assert said(program, environment) == "refused"


LOADED = "import sys; print([name for name in ('socket', 'ssl', 'typing', 'pathlib') if name in sys.modules])"


def test_the_shim_imports_nothing_before_the_client_does(environment: Mapping[str, str]) -> None:
    assert said(LOADED, environment) == said(LOADED, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IMAGINELAB_RUN_ADDRESS", None),
        ("IMAGINELAB_RUN_ADDRESS", ""),
        ("IMAGINELAB_RUN_ADDRESS", "localhost"),
        ("IMAGINELAB_RUN_ADDRESS", "localhost:http"),
        ("IMAGINELAB_RUN_CA", None),
    ],
)
def test_the_shim_changes_nothing_without_its_variables(
    name: str, value: str | None, environment: Mapping[str, str]
) -> None:
    variables = {**environment, name: value or ""}
    if value is None:
        del variables[name]
    program = "import socket; print(socket.getaddrinfo.__module__, 'connect' in vars(socket.socket))"
    assert said(program, variables) == "socket False"
    assert said(f"{program}; import sys; print(len(sys.meta_path))", variables) == said(
        f"{program}; import sys; print(len(sys.meta_path))", {}
    )


def test_a_client_refuses_the_certificate_once_the_file_of_the_authority_is_gone(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    program = f"""{HEAD}
try:
    urllib.request.urlopen(f"https://{{host}}/")
except urllib.error.URLError as problem:
    print(type(problem.reason).__name__)
"""
    assert said(program, {**environment, "IMAGINELAB_RUN_CA": str(tmp_path / "gone")}) == "SSLCertVerificationError"


SHADOWED = {
    "a module": "import sys; sys.path.append('added'); present = 1",
    "that fails": "raise ValueError('mine')",
    "that lacks something": "import nothing_of_this_name",
}


@pytest.mark.parametrize("name", SHADOWED)
def test_a_start_up_module_of_the_user_still_runs(name: str, environment: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(SHADOWED[name], "utf-8")
    program = "import sys; mine = sys.modules.get('sitecustomize'); print(getattr(mine, 'present', 0), sys.path[-1])"

    def started(path: str) -> tuple[str, str]:
        command = [sys.executable, "-c", program]
        variables = {**environment, "PYTHONPATH": path}
        ended = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=True)
        return ended.stdout, ended.stderr

    assert started(f"{SHIM}{os.pathsep}{tmp_path}") == started(str(tmp_path))


def test_the_shim_still_runs_first(environment: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import socket; seen = socket.gethostbyname('api.imagineview.art')")
    path = f"{environment['PYTHONPATH']}{os.pathsep}{tmp_path}"
    program = "import sitecustomize, sys; print(sitecustomize.seen, sys.path.index(%r) < sys.path.index(%r))"
    assert said(program % (str(SHIM), str(tmp_path)), {**environment, "PYTHONPATH": path}) == "127.73.77.1 True"
