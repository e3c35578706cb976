"""`serve` as a process of its own: the text of its streams, the effect of a signal at any moment, its end."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

import mockserver

READY = "imaginelab-mock listening on "

# Runs the command, and interrupts it during the import of one module.
INTERRUPTED = """
import os, runpy, signal, sys

class Interrupting:
    def find_spec(self, name, *_):
        if name == module:
            os.kill(os.getpid(), signal.SIGINT)

module, sys.argv = sys.argv[1], ["imaginelab-mock", *sys.argv[2:]]
sys.meta_path.insert(0, Interrupting())
runpy.run_module("mockserver", run_name="__main__")
"""

Serve = Callable[..., "Server"]


class Server:
    """A running `serve`, once it has printed its address."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout is not None
        self.line = process.stdout.readline()
        self.address = self.line.removeprefix(f"{READY}http://").partition(" ")[0]

    def ask(self, method: str, path: str) -> int:
        with closing(http.client.HTTPConnection(self.address, timeout=30)) as client:
            client.request(method, path)
            return client.getresponse().status

    def told(self) -> str:
        """The next line on standard error."""
        assert self.process.stderr is not None
        return self.process.stderr.readline().rstrip("\n")

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, list[str]]:
        """Exit status, the rest of standard output, and the rest of standard error in lines."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err.splitlines()


def environment(**variables: str) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("IMAGINELAB_MOCK_")}
    found = {"PYTHONPATH": str(Path(mockserver.__file__).parents[2])}
    return others | found | {f"IMAGINELAB_MOCK_{name}": value for name, value in variables.items()}


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(*arguments: str, **variables: str) -> Server:
            command = [sys.executable, "-W", "error", "-m", "mockserver", "serve", *arguments]
            pipe = subprocess.PIPE
            process: subprocess.Popen[str] = stack.enter_context(
                subprocess.Popen(
                    command, cwd=tmp_path, env=environment(PORT="0", **variables), text=True, stdout=pipe, stderr=pipe
                )
            )
            stack.callback(process.kill)
            return Server(process)

        yield start


def test_its_first_line_names_address_scenario_and_seed(serve: Serve) -> None:
    server = serve(SEED="7", SCENARIO="rough-poll", QUIET="1")
    assert server.line == f"{READY}http://{server.address} (scenario rough-poll, seed 7)\n"
    assert server.ask("GET", "/__mock/health") == 200


def test_a_line_about_each_exchange_goes_to_standard_error(serve: Serve) -> None:
    server = serve("--clock", "poll")
    server.ask("GET", "/api/v1/auth/me")
    assert server.end() == (0, "", ["2026-06-07T12:00:00Z default me 401"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_rules_that_never_fired_are_listed_at_the_end(serve: Serve, tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "x.yaml").write_text(
        "faults:\n  - {on: me, then: {status: 500}}\n  - {on: login, then: {status: 500}}\n"
    )
    server = serve("x.yaml", "--quiet")
    assert server.ask("GET", "/api/v1/auth/me") == 500
    warning = "warning: x.yaml:3: the rule faults.2 never fired: no request for login met its conditions"
    assert server.end(number) == (0, "", [warning])


@pytest.mark.parametrize(("path", "status"), [("/api/v1/auth/me", 0), ("/nowhere", 3)])
def test_strict_ends_with_its_own_status_if_a_rule_never_fired(
    serve: Serve, tmp_path: Path, path: str, status: int
) -> None:
    (tmp_path / "x.yaml").write_text("faults: [{on: me, then: {status: 500}}]\n")
    server = serve("x.yaml", "--quiet", "--strict")
    server.ask("GET", path)
    assert server.end()[0] == status


def test_a_saved_change_applies_after_a_reset_and_a_broken_one_is_reported(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("faults: [{on: me, then: {status: 500}}]\n")
    server = serve("x.yaml", "--quiet", "--reload")
    file.write_text("faults: [{on: me, then: {status: 418}}]\n")
    assert server.ask("GET", "/api/v1/auth/me") == 500
    assert server.ask("POST", "/__mock/reset") == 200
    assert server.told() == "the scenario x was read again"
    assert server.ask("GET", "/api/v1/auth/me") == 418
    file.write_text("fauts: []\n")
    assert server.ask("POST", "/__mock/reset") == 200
    assert server.told() == 'x.yaml:1:1: unknown key "fauts"; did you mean "faults"?'
    assert server.told() == "the scenario x is broken; the last sound one stays in force"
    assert server.ask("GET", "/api/v1/auth/me") == 418
    assert server.end() == (0, "", [])


def test_options_outlive_a_reload(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("seed: 1\n")
    server = serve("x.yaml", "--reload", "--clock", "poll", "--start", "2030-01-01T00:00:00Z")
    file.write_text("seed: 2\n")
    server.ask("POST", "/__mock/reset")
    server.ask("GET", "/api/v1/auth/me")
    assert server.end()[2][1:] == ["2030-01-01T00:00:00Z default me 401"]


def test_a_server_without_a_file_reloads_nothing(serve: Serve) -> None:
    server = serve("--reload")
    assert server.told() == "warning: without a file there is nothing to reload"
    assert server.ask("POST", "/__mock/reset") == 200


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_the_server_goes_on_after_the_reader_of_its_output_has_gone(serve: Serve, stream: str) -> None:
    server = serve()
    reader: Any = getattr(server.process, stream)
    reader.close()
    assert [server.ask("GET", "/api/v1/auth/me") for _ in range(3)] == [401] * 3
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=30) == 0


def test_the_server_starts_without_a_reader_of_its_output() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "mockserver", "scenarios"]
    pipe = subprocess.PIPE
    run = subprocess.run(command, stdout=writer, stderr=pipe, text=True, timeout=60, check=False, env=environment())
    os.close(writer)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize(
    "module",
    ["mockserver.commands.main", "msgspec.json", "mockserver.language.extends", "mockserver.serve.server", "uvicorn"],
)
def test_an_interrupt_during_the_start_ends_the_command_silently(module: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED, module, "serve", "--port", "0", "happy-path"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment())
    assert (run.returncode, run.stdout, run.stderr) == (-signal.SIGINT, "", "")
