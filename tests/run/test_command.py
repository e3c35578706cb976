"""`run` as a process: the command runs as it would without it, and a summary of its requests follows."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mockserver.commands.main import main
from mockserver.core.redaction import clean

from .commands import ASKING, environment, ran, running

JOURNEY = (
    ASKING
    + """
token = login()
order = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "A cat"}
made = ask("/generations", json.dumps(order).encode(), token)
for _ in range(5):
    ask(f"/generations/{made['id']}/status", token=token)
print(ask(f"/generations/{made['id']}", token=token)["outputs"][0])
"""
)

SUMMARY = """\
imaginelab-mock: the command ended with status 0 (scenario happy-path, seed 1842)
  operation  asked  answered
  login          1  200
  create         1  201
  status         5  200 × 5
  result         1  200
"""


def test_a_command_with_the_apis_own_address_is_served_and_summarised() -> None:
    ended = ran("--clock", "poll", program=JOURNEY)
    assert (ended.returncode, ended.stderr) == (0, SUMMARY)
    assert ended.stdout.startswith("https://api.imagineview.art/w/default/media/1842/0.png?signature=")


def test_quiet_prints_nothing_without_a_problem() -> None:
    assert ran("--clock", "poll", "--quiet", program=JOURNEY).stderr == ""


@pytest.mark.parametrize("status", [1, 2, 3, 130, 255])
def test_the_exit_status_is_the_commands(status: int) -> None:
    assert ran(program=f"raise SystemExit({status})").returncode == status


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
def test_the_exit_status_names_a_signal_as_shells_do(number: signal.Signals) -> None:
    ended = ran(program=f"import os; os.kill(os.getpid(), {number})")
    assert ended.returncode == 128 + number
    assert f"the command ended with signal {number.name} (" in ended.stderr


def test_standard_input_and_output_belong_to_the_command() -> None:
    command = running(program="import sys; print(sys.stdin.read().upper()); print('oh', file=sys.stderr)")
    ended = subprocess.run(
        command, input="quiet", capture_output=True, text=True, timeout=60, env=environment(), check=True
    )
    assert ended.stdout == "QUIET\n"
    assert ended.stderr.startswith("oh\nimaginelab-mock: ")


def test_the_command_gets_its_arguments_unchanged() -> None:
    program = "import sys; print(sys.argv[1:])"
    command = running("--seed", "7", program=program, arguments=["--clock", "--", "--seed=9", ""])
    for line in (command, [each for each in command if each != "--" or command.index("--") != 7]):
        ended = subprocess.run(line, capture_output=True, text=True, timeout=60, env=environment(), check=True)
        assert ended.stdout == "['--clock', '--', '--seed=9', '']\n"
        assert "seed 7" in ended.stderr


OBEDIENT = """
import signal, sys
wanted = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2]
assert signal.pthread_sigmask(signal.SIG_BLOCK, wanted) == set()
print("ready", flush=True)
for _ in wanted:
    print(signal.sigwait(wanted).name, flush=True)
"""


def test_each_signal_is_passed_on_once() -> None:
    command = running("--quiet", program=OBEDIENT)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for number in ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2"):
            process.send_signal(signal.Signals[number])
            assert process.stdout.readline() == f"{number}\n"
        assert process.wait(60) == 0


IN_A_TERMINAL = """
import os, pty, signal, sys
child, terminal = pty.fork()
if not child:
    os.execv(sys.argv[1], sys.argv[1:])

told = b""
def until(word):
    global told
    while word not in told:
        told += os.read(terminal, 1000)

until(b"ready")
os.write(terminal, b"\\x03")
until(b"SIGINT")
os.write(terminal, b"\\x1c")
until(b"SIGQUIT")
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
    os.kill(child, number)
    until(number.name.encode())
until(b"status 0")
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), told.count(b"SIGINT"), told.count(b"SIGQUIT"))
"""


def test_a_signal_of_the_terminal_arrives_once() -> None:
    command = [sys.executable, "-c", IN_A_TERMINAL, *running(program=OBEDIENT)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment(), check=True)
    assert ended.stdout == "0 1 1\n"


def test_the_command_ignores_and_blocks_the_same_signals_as_alone() -> None:
    alone = ["cat", "/proc/self/status"]
    if not Path(alone[-1]).exists():
        pytest.skip("this machine has no /proc")
    told = [
        subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment(), check=True).stdout
        for command in (alone, [*running(program="")[:-5], *alone])
    ]
    # Only signals below 32 count, because the C library itself uses the others.
    one, other = (
        [int(line[7:], 16) % 2**31 for line in each.splitlines() if line.startswith(("SigIgn", "SigBlk"))]
        for each in told
    )
    assert one == other
    assert len(one) == 2


def test_a_signal_before_the_command_begins_ends_everything(tmp_path: Path) -> None:
    held = (
        "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); os.kill(os.getpid(), 15)"
    )
    program = f"{held}; from mockserver.commands.main import main; sys.exit(main(['run', '--', 'touch', 'begun']))"
    variables = {**environment(), "TMPDIR": str(tmp_path)}
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=variables, timeout=60, check=False)
    assert ended.returncode == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_cannot_start_leaves_no_report(tmp_path: Path) -> None:
    report = tmp_path / "x.json"
    assert main(["run", f"--report={report}", "--", "no-such-command"]) == 127
    assert not report.exists()


def test_a_report_that_cannot_be_written_fails_a_successful_command(tmp_path: Path) -> None:
    report = tmp_path / "x.json"
    for status in (0, 7):
        program = f"import pathlib; pathlib.Path({str(report)!r}).mkdir(exist_ok=True); raise SystemExit({status})"
        ended = ran(f"--report={report}", program=program)
        report.rmdir()
        assert ended.returncode == (status or 2)
        assert ended.stderr.endswith(f"imaginelab-mock: --report {report}: cannot be written: Is a directory\n")


def test_a_process_that_the_command_leaves_behind_does_not_delay_the_end(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import sys; sys.stdin.read()'],"
        " stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid); import os; os._exit(0)"
    )
    assert ran("--quiet", program=program).returncode == 0


def test_run_leaves_nothing_in_the_temporary_folder(tmp_path: Path) -> None:
    program = "import os; print(os.environ['SSL_CERT_FILE']); raise SystemExit(1)"
    ended = ran(program=program, also={"TMPDIR": str(tmp_path)})
    assert ended.stdout.startswith(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_command_without_requests_gets_possible_reasons() -> None:
    assert "  nothing was asked of api.imagineview.art: if it should have been, " in ran(program="").stderr


ELSEWHERE = (
    ASKING
    + """
import urllib.error
for url in ("https://pypi.example/simple", "https://pypi.example/simple", "http://deb.example:8080/"):
    try:
        urllib.request.urlopen(url, timeout=30)
    except (urllib.error.URLError, OSError) as error:
        print(error)
"""
)


def test_other_hosts_are_refused_and_listed() -> None:
    ended = ran(program=ELSEWHERE)
    assert ended.stdout.splitlines() == [
        *["<urlopen error Tunnel connection failed: 403 Forbidden by imaginelab-mock>"] * 2,
        "HTTP Error 403: Forbidden",
    ]
    assert ended.stderr.splitlines()[2:] == [
        "  refused 2 times: pypi.example:443; --no-proxy-for pypi.example lets the command reach it",
        "  refused: deb.example:8080; --no-proxy-for deb.example lets the command reach it",
    ]


ALMOST = (
    ASKING.replace("login", "log_in")
    + """
import urllib.error
for url in ("https://api.imagineview.art:8443/", "https://api.imagineview.com/", "https://api.imagineview.art/__mock/health"):
    try:
        print(urllib.request.urlopen(url, timeout=30).status)
    except urllib.error.URLError as error:
        print(error)
try:
    ask("/auth/login", b"username=me%40example.com&password=x", kind="application/x-www-form-urlencoded")
except urllib.error.HTTPError as error:
    print(error)
"""
)


def test_the_summary_names_the_nearest_account_port_and_host() -> None:
    ended = ran(program=ALMOST)
    assert ended.stdout.splitlines()[2:] == ["200", "HTTP Error 401: Unauthorized"]
    assert ended.stderr.splitlines()[3:] == [
        '  hint: there is no account "me@example.com" in the world default; there is you@example.com',
        "  refused: api.imagineview.art:8443; the API is at port 443, and at 80 without TLS",
        "  refused: api.imagineview.com:443; did you mean api.imagineview.art?",
    ]


def test_a_host_may_be_reached_without_the_mock() -> None:
    program = (
        ASKING
        + """
import http.server, threading, os
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()
    def log_message(self, *_): pass
assert "spared.example" in os.environ["NO_PROXY"]
server = http.server.HTTPServer(("127.0.0.1", 0), Page)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/", timeout=30).status)
server.shutdown()
server.server_close()
"""
    )
    ended = ran("--no-proxy-for", "spared.example", program=program)
    assert (ended.returncode, ended.stdout) == (0, "204\n"), ended.stderr
    assert "refused" not in ended.stderr


RULES = """
clock: {mode: poll}
faults:
  - {name: busy, on: status, calls: 1, then: {status: 503}}
  - {on: delete, then: {status: 500}}
"""


@pytest.mark.parametrize(("also", "status"), [((), 0), (("--strict",), 3)])
def test_a_rule_that_never_fired_is_a_warning_and_with_strict_a_failure(
    tmp_path: Path, also: tuple[str, ...], status: int
) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    ended = ran("--scenario=rules.yaml", *also, program="", cwd=tmp_path)
    assert ended.returncode == status
    assert "warning: rules.yaml:4: the rule busy never fired: " in ended.stderr
    assert "warning: rules.yaml:5: the rule faults.2 never fired: " in ended.stderr
    assert ("run ends with status 3, as --strict wants every rule to fire" in ended.stderr) == bool(also)


def test_a_failed_command_keeps_its_exit_status_with_strict(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    assert ran("--scenario=rules.yaml", "--strict", program="raise SystemExit(9)", cwd=tmp_path).returncode == 9


def test_worlds_that_a_login_chose_are_named() -> None:
    ended = ran(program=ASKING + "login(); login('you%2Bgw3%40example.com')")
    assert "seed 1842, worlds default, gw3)" in ended.stderr
    assert "  login          2  200 × 2\n" in ended.stderr


def test_a_faster_clock_finishes_sooner() -> None:
    program = (
        ASKING
        + """
token = login()
order = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "A cat"}
made = ask("/generations", json.dumps(order).encode(), token)["id"]
while ask(f"/generations/{made}/status", token=token)["status"] != "completed":
    pass
"""
    )
    assert ran("--speed", "1000", program=program).returncode == 0


# Reports


def test_the_report_in_json_has_all_facts(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    (tmp_path / "rules.yaml").write_text(RULES)
    program = ASKING + "login()\nraise SystemExit(4)"
    assert ran("--scenario=rules.yaml", f"--report={report}", program=program, cwd=tmp_path).returncode == 4
    told = json.loads(report.read_bytes())
    assert (told["status"], told["ended"], told["scenario"], told["seed"]) == (
        4,
        {"code": 4, "signal": None},
        "rules",
        1842,
    )
    assert told["command"][-1] == clean(program.encode()).decode()
    assert told["asked"] == [{"operation": "login", "count": 1, "answers": {"200": 1}}]
    assert told["rules"] == [{"name": "busy", "place": "rules.yaml:4"}, {"name": "faults.2", "place": "rules.yaml:5"}]
    assert [rule["name"] for rule in told["idle"]] == ["busy", "faults.2"]
    [exchange] = told["exchanges"]
    assert (exchange["world"], exchange["operation"], exchange["answer"]["status"]) == ("default", "login", 200)
    assert "YOUR_PASSWORD" not in json.dumps(told["exchanges"])


@pytest.mark.parametrize(("also", "kind", "failures"), [((), "skipped", "0"), (("--strict",), "failure", "2")])
def test_the_report_in_xml_is_a_suite_of_cases(tmp_path: Path, also: tuple[str, ...], kind: str, failures: str) -> None:
    report = tmp_path / "report.xml"
    (tmp_path / "rules.yaml").write_text(RULES)
    ended = ran("--scenario=rules.yaml", *also, f"--report={report}", program=ELSEWHERE + "\nlogin()", cwd=tmp_path)
    [suite] = ElementTree.parse(report).getroot()  # noqa: S314 - our own
    cases = {case.get("name"): [(each.tag, each.get("message")) for each in case] for case in suite.iter("testcase")}
    for name in ("the rule busy fires (rules.yaml:4)", "the rule faults.2 fires (rules.yaml:5)"):
        [(tag, message)] = cases.pop(name)
        assert tag == kind
        assert message is not None
        assert " never fired: " in message
    refused = "asked for and refused: pypi.example:443, deb.example:8080"
    assert cases == {
        "the command ends with status 0": [],
        "the API is asked": [],
        "no other host is asked for": [("skipped", refused)],
    }
    assert (suite.get("tests"), suite.get("failures"), failures == "0") == ("5", failures, ended.returncode == 0)


# Errors before the command starts


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        ([], 2, "imaginelab-mock run: expected a command, as in imaginelab-mock run [OPTIONS] -- COMMAND…"),
        (["--"], 2, "imaginelab-mock run: expected a command, as in imaginelab-mock run [OPTIONS] -- COMMAND…"),
        (["--", "no-such-command"], 127, "imaginelab-mock: there is no command no-such-command"),
        (
            ["lost-create", "--", "true"],
            127,
            "imaginelab-mock: there is no command lost-create; a scenario is named by --scenario lost-create",
        ),
        (["curl -s"], 127, "imaginelab-mock: there is no command curl -s; for a line of shell: run -- sh -c '…'"),
        (
            ["--no-proxy-for=x.example,api.imagineview.art", "--", "true"],
            2,
            "imaginelab-mock run: --no-proxy-for api.imagineview.art would let the command reach the real API;"
            " leave it out",
        ),
        (["--", "/"], 126, "imaginelab-mock: / cannot be started: Permission denied"),
        (
            ["--report=x.txt", "--", "true"],
            2,
            "imaginelab-mock: --report x.txt: expected a name that ends with .json or .xml",
        ),
        (
            ["--report=/no/such/x.json", "--", "true"],
            2,
            "imaginelab-mock: --report /no/such/x.json: cannot be written: No such file or directory",
        ),
        (
            ["--speed=2", "--clock=poll", "--", "true"],
            2,
            "imaginelab-mock run: --speed N is a real clock at that rate; leave --clock and --rate out",
        ),
        (
            ["--speed=2", "--rate=2", "--", "true"],
            2,
            "imaginelab-mock run: --speed N is a real clock at that rate; leave --clock and --rate out",
        ),
    ],
)
def test_the_reason_not_to_run_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, sentence: str
) -> None:
    assert main(["run", *arguments]) == status
    assert capsys.readouterr().err == sentence + "\n"


def test_a_wrong_scenario_is_an_error_before_the_command_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.yaml").write_text("fauts: []")
    assert main(["run", f"--scenario={tmp_path / 'x.yaml'}", "--", "touch", str(tmp_path / "begun")]) == 2
    assert 'unknown key "fauts"; did you mean "faults"?' in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["x.yaml"]


def test_the_error_for_an_unknown_option_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "--sped=3", "--", "true"])
    assert ended.value.code == 2
    assert "unknown argument --sped; did you mean --speed?" in capsys.readouterr().err
