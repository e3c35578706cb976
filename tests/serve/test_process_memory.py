"""`serve` as a process of its own: how much memory it takes while large requests are refused."""

import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

import pytest

import mockserver

PROC: Final = Path("/proc")

SCENARIO: Final = """
accounts: [{email: poor@example.com, password: YOUR_PASSWORD, credits: 0}]
faults: [{on: create, when: {header.X-Fault: rate}, then: {status: 429}}]
"""

LOGIN: Final = "username=poor%40example.com&password=YOUR_PASSWORD"
ORDER: Final = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "A neon city"}
PICTURE: Final = {"settings": {"image": "x" * 900_000}}


def resident(pid: int) -> int:
    """The bytes of a process that are in memory."""
    status = PROC.joinpath(str(pid), "status").read_text(encoding="ascii")
    return 1024 * int(re.findall(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[0])


@contextmanager
def serving(scenario: Path, *options: str) -> Iterator[tuple[int, str]]:
    """Serve a scenario in a process of its own; its number, and its address."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("IMAGINELAB_MOCK_")}
    found = {"PYTHONPATH": str(Path(mockserver.__file__).parents[1])}
    command = [sys.executable, "-m", "mockserver", "serve", str(scenario), "--quiet", "--port", "0", *options]
    with subprocess.Popen(command, env=others | found, text=True, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield process.pid, process.stdout.readline().partition("http://")[2].partition(" (")[0]
        finally:
            process.kill()


@pytest.mark.skipif(not PROC.joinpath("self", "status").exists(), reason="only Linux tells it in /proc")
def test_a_thousand_large_orders_that_are_refused_take_less_than_20_megabytes(tmp_path: Path) -> None:
    scenario = tmp_path / "poor.yaml"
    scenario.write_text(SCENARIO)
    with serving(scenario) as (pid, address), closing(http.client.HTTPConnection(address, timeout=30)) as client:
        client.request("POST", "/api/v1/auth/login", LOGIN, {"Content-Type": "application/x-www-form-urlencoded"})
        token = json.loads(client.getresponse().read())["access_token"]
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        whole, without_model = json.dumps(ORDER | PICTURE).encode(), json.dumps(PICTURE).encode()
        kinds = {
            402: (whole, headers),
            429: (whole, headers | {"X-Fault": "rate"}),
            400: (without_model, headers),
            401: (whole, headers | {"Authorization": "Bearer none"}),
        }
        before = resident(pid)
        for _ in range(250):
            for status, (body, sent) in kinds.items():
                client.request("POST", "/api/v1/generations", body, sent)
                with client.getresponse() as response:
                    response.read()
                    assert response.status == status
        assert resident(pid) - before < 20_000_000


@pytest.mark.skipif(not PROC.joinpath("self", "status").exists(), reason="only Linux tells it in /proc")
def test_an_idle_connection_with_tls_takes_40_kb_at_most_and_gives_them_back(tmp_path: Path) -> None:
    scenario, count = tmp_path / "poor.yaml", 500
    scenario.write_text(SCENARIO)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with serving(scenario, "--tls", "--https-port", "0") as (pid, addresses):
        plain, _, encrypted = addresses.partition(" and https://")

        def idle() -> ssl.SSLSocket:
            host, port = encrypted.split(":")
            return context.wrap_socket(socket.create_connection((host, int(port)), timeout=30))

        with closing(http.client.HTTPConnection(plain, timeout=30)) as client:
            idle().close()  # the first needs the authority and the libraries
            client.request("GET", "/__mock/health")
            assert client.getresponse().read()
            before = resident(pid)
            with ExitStack() as clients:
                for _ in range(count):
                    clients.enter_context(idle())
                assert resident(pid) - before < count * 40_000
            for _ in range(100_000):
                client.request("GET", "/__mock/health")
                assert client.getresponse().read()
                if resident(pid) - before < 8_000_000:
                    break
            assert resident(pid) - before < 8_000_000
