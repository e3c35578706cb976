"""`serve` over TLS, as a process: the addresses it prints, the trust of its clients, and the reasons not to start."""

import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

import mockserver
from mockserver.commands.main import main
from mockserver.serve.listen import listen
from mockserver.terminal import USER_ERROR

READY: Final = re.compile(
    r"imaginelab-mock listening on (http://127\.0\.0\.1:\d+) and (https://127\.0\.0\.1:\d+)"
    r" \(scenario happy-path, seed 1842\)\n"
)


@contextmanager
def served(*options: str) -> Iterator[tuple[str, str]]:
    """Serve until the end of a `with` block; yield the addresses without and with TLS."""
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--https-port", "0", "--quiet", *options]
    home, pipe = Path(mockserver.__file__).parents[2], subprocess.PIPE
    with subprocess.Popen(command, cwd=home, text=True, stdout=pipe, stderr=pipe) as process:
        try:
            assert process.stdout is not None
            ready = READY.fullmatch(process.stdout.readline())
            assert ready is not None
            yield ready[1], ready[2]
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=30)
            assert (process.returncode, errors) == (0, "")
        finally:
            process.kill()


def health(url: str, trusted: Path | str) -> int:
    context = ssl.create_default_context(cadata=trusted if isinstance(trusted, str) else trusted.read_text())
    with urllib.request.urlopen(f"{url}/__mock/health", context=context, timeout=30) as answer:
        return int(answer.status)


def test_a_client_that_trusts_the_written_certificate_is_served_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    trusted = ""
    for _ in range(2):
        with served("--ca-dir", str(folder)) as (_, encrypted):
            trusted = trusted or (folder / "ca.pem").read_text()
            assert health(encrypted, trusted) == 200
    assert {"ca.pem", "bundle.pem", "truststore.p12", "env"} < {file.name for file in folder.iterdir()}


def test_without_a_folder_the_server_offers_its_certificate_and_each_start_makes_another() -> None:
    shown = []
    for _ in range(2):
        with served() as (plain, encrypted):
            with urllib.request.urlopen(f"{plain}/__mock/ca.pem", timeout=30) as answer:
                shown.append(answer.read().decode())
            assert health(encrypted, shown[-1]) == 200
    assert shown[0] != shown[1]


def test_the_certificate_covers_further_names(tmp_path: Path) -> None:
    with served("--tls-host", "Mock.Example", "--ca-dir", str(tmp_path)) as (_, encrypted):
        context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        port = int(encrypted.rpartition(":")[2])
        for name in ("mock.example", "api.imagineview.art", "localhost", "127.0.0.1"):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
                context.wrap_socket(plain, server_hostname=name).close()
        with (
            socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            context.wrap_socket(plain, server_hostname="other.example")


def test_a_taken_port_for_tls_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", "0", "--https-port", str(port)]) == USER_ERROR
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"imaginelab-mock: cannot listen on port {port} of 127.0.0.1: the port is taken;")
    assert told.err.count("\n") == 1


def test_one_port_cannot_serve_with_and_without_tls(capsys: pytest.CaptureFixture[str]) -> None:
    with listen("127.0.0.1", 0) as free:
        port = str(free.getsockname()[1])
    assert main(["serve", "--port", port, "--https-port", port]) == USER_ERROR
    told = f"imaginelab-mock serve: --port and --https-port are both {port}; give each its own\n"
    assert capsys.readouterr().err == told


def test_a_folder_of_another_user_stays_unchanged_and_gives_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ca.pem").write_text("somebody else's")
    assert main(["serve", "--port", "0", "--ca-dir", str(tmp_path)]) == USER_ERROR
    told = capsys.readouterr().err
    assert told.startswith("imaginelab-mock: ")
    assert told.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["ca.pem"]
