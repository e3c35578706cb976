"""`serve --log-format json` as a process of its own: each line on standard error is an object."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import mockserver
from mockserver.commands.main import main
from mockserver.terminal import USER_ERROR

JSON = ("--log-format", "json")
RULES = "faults: [{{on: login, then: {{status: {status}}}}}]\n"


class Server:
    """A running `serve`, once it has printed its address."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert process.stdout is not None
        self._address = process.stdout.readline().partition("http://")[2].partition(" ")[0]

    def ask(self, method: str, path: str) -> int:
        with closing(http.client.HTTPConnection(self._address, timeout=30)) as client:
            client.request(method, path)
            return client.getresponse().status

    def end(self) -> list[Mapping[str, Any]]:
        """Stop it, and return its output."""
        self._process.send_signal(signal.SIGTERM)
        _, told = self._process.communicate(timeout=30)
        assert self._process.returncode == 0
        return [json.loads(line) for line in told.splitlines()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "x.yaml").write_text(RULES.format(status=500))
    return tmp_path / "x.yaml"


@pytest.fixture(params=[(), ("--quiet",)], ids=["told", "quiet"])
def options(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return (*JSON, *request.param)


@pytest.fixture
def server(file: Path, options: tuple[str, ...]) -> Iterator[Server]:
    command = [sys.executable, "-m", "mockserver", "serve", file.name, "--clock", "poll", "--reload", *options]
    others = {name: value for name, value in os.environ.items() if not name.startswith("IMAGINELAB_MOCK_")}
    found = {"PYTHONPATH": str(Path(mockserver.__file__).parents[2]), "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    variables = others | found | {"IMAGINELAB_MOCK_PORT": "0", "IMAGINELAB_MOCK_PROT": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=file.parent, env=variables, text=True, stdout=pipe, stderr=pipe) as process:
        yield Server(process)
        process.kill()


def test_each_line_of_its_log_is_an_object(server: Server, file: Path, options: tuple[str, ...]) -> None:
    server.ask("GET", "/api/v1/%C3%A9")
    assert server.ask("GET", "http://example.org:81/") == 403
    for text in (RULES.format(status=503), "fauts: []"):
        file.write_text(text)
        assert server.ask("POST", "/__mock/reset") == 200
    told = server.end()
    events = ["warning", "exchange", "refused", "note", "error", "error", "warning"]
    if "--quiet" in options:
        events.remove("exchange")
    else:
        assert (told[1]["target"], told[1]["status"], told[1]["number"]) == ("/api/v1/%C3%A9", 404, 1)
    assert [each["event"] for each in told] == events
    assert all(each["time"].startswith("20") for each in told)
    assert "IMAGINELAB_MOCK_PROT is no variable of this program" in told[0]["message"]
    assert (told[-5]["host"], told[-5]["port"]) == ("example.org", 81)
    assert told[-4]["message"] == "the scenario x was read again"
    assert told[-3]["message"].startswith('x.yaml:1:1: unknown key "fauts"')
    assert "x.yaml:1: the rule faults.1 never fired" in told[-1]["message"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("nowhere.yaml",), "nowhere.yaml: "), (("--host", "nowhere.invalid"), "imaginelab-mock: cannot listen on port ")],
)
def test_the_reason_not_to_start_is_logged_as_an_object_too(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert main(["serve", "--port", "0", *arguments, *JSON]) == USER_ERROR
    [told] = map(json.loads, capsys.readouterr().err.splitlines())
    assert (told["level"], told["event"]) == ("error", "error")
    assert told["message"].startswith(message)
