"""The command with streams that are closed, full or in another encoding, and with paths that are no regular files."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import mockserver
from mockserver.language.file import load
from mockserver.terminal import USER_ERROR

COMMANDS = [
    ("validate", "happy-path"),
    ("show", "happy-path"),
    ("scenarios",),
    ("schema",),
    ("openapi",),
    ("openapi", "--control"),
    ("--version",),
    ("--help",),
    ("serve", "--help"),
    ("run", "--help"),
]

PIPE = 65_536
"""Bytes that a pipe holds on Linux."""

FULL = "imaginelab-mock: standard output cannot be written: No space left on device\n"

# Serves with the given streams, and writes to another descriptor when the server is ready.
SERVE = """
import os, sys
from mockserver import __main__
from mockserver.commands import serve

descriptor, sys.argv = int(sys.argv[1]), ["imaginelab-mock", *sys.argv[2:]]
say = serve.say

def ready(line):
    say(line)
    os.write(descriptor, line.encode())
    os.close(descriptor)

serve.say = ready
__main__.run()
"""

Ended = subprocess.CompletedProcess[str]


def environment(**variables: str) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("IMAGINELAB_")}
    return {**others, "PYTHONPATH": str(Path(mockserver.__file__).parents[1]), **variables}


def ran(*arguments: str, redirected: str = "", limit: str = "", cwd: Path | None = None, **variables: str) -> Ended:
    """Run the command with redirections of the shell and, if given, a limit for `ulimit`."""
    limiting = f"ulimit {limit}; " if limit else ""
    command = ["/bin/sh", "-c", f'{limiting}exec "$@" {redirected}', "sh"]
    return subprocess.run(
        [*command, sys.executable, "-W", "error", "-m", "mockserver", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=cwd,
        env=environment(**variables),
    )


def result(ended: Ended) -> tuple[int, str, str]:
    return ended.returncode, ended.stdout, ended.stderr


# Streams that are closed


@pytest.mark.parametrize(
    ("command", "closed"),
    [
        *((("validate", "happy-path"), closed) for closed in (">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-")),
        *((("run", "--", "true"), closed) for closed in ("2>&-", ">&- 2>&-", "<&- >&- 2>&-")),
    ],
)
def test_a_command_ends_well_without_some_streams(command: tuple[str, ...], closed: str) -> None:
    whole, partly = ran(*command), ran(*command, redirected=closed)
    assert whole.returncode == 0
    out = "" if ">&-" in closed.split() else whole.stdout
    err = "" if "2>&-" in closed.split() else whole.stderr
    assert result(partly) == (0, out, err)


def test_a_mistake_has_its_status_also_without_standard_error() -> None:
    assert result(ran("validate", "nowhere.yaml", redirected="2>&-")) == (USER_ERROR, "", "")


def test_a_command_under_run_has_three_streams_although_run_had_none() -> None:
    program = "import os, sys; [os.fstat(number) for number in range(3)]; sys.exit(7)"
    ended = ran("run", "--", sys.executable, "-c", program, redirected="<&- >&- 2>&-")
    assert result(ended) == (7, "", "")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_server_without_some_streams_ends_well_and_writes_into_no_other(closed: str) -> None:
    reader, writer = os.pipe()
    serve = [sys.executable, "-W", "error", "-c", SERVE, str(writer), "serve", "--port", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *serve],
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        text=True,
        pass_fds=[writer],
        env=environment(IMAGINELAB_MOCK_PROT="1"),
    ) as process:
        os.close(writer)
        with os.fdopen(reader) as ready:
            line = ready.read()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert line.startswith("imaginelab-mock listening on http://127.0.0.1:")
    warning = "warning: IMAGINELAB_MOCK_PROT is no variable of this program; did you mean IMAGINELAB_MOCK_PORT?\n"
    assert process.returncode == 0
    assert out == ("" if ">&-" in closed.split() else f"{line}\n")
    assert err == ("" if "2>&-" in closed else warning)


# Streams that cannot be written


@pytest.mark.parametrize("command", [*COMMANDS, ("serve", "--port", "0")], ids=" ".join)
def test_a_full_disk_for_the_output_is_one_sentence(command: tuple[str, ...]) -> None:
    assert result(ran(*command, redirected=">/dev/full")) == (USER_ERROR, "", FULL)


def test_a_full_disk_is_an_object_in_a_log_of_objects() -> None:
    ended = ran("serve", "--port", "0", "--log-format", "json", redirected=">/dev/full")
    assert ended.returncode == USER_ERROR
    assert json.loads(ended.stderr)["message"] == FULL.rstrip("\n")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_status_reports_that_neither_stream_can_be_written(command: tuple[str, ...]) -> None:
    assert result(ran(*command, redirected=">/dev/full 2>&1")) == (USER_ERROR, "", "")


@pytest.mark.parametrize("command", [("validate", "nowhere.yaml"), ("--nowhere",), ("run",), ("serve", "nowhere.yaml")])
def test_a_mistake_that_cannot_be_printed_has_its_status(command: tuple[str, ...]) -> None:
    assert result(ran(*command, redirected="2>/dev/full")) == (USER_ERROR, "", "")


@pytest.mark.parametrize(("own", "status"), [(0, USER_ERROR), (7, 7)])
def test_a_summary_that_cannot_be_printed_is_a_failure_and_reports_are_written(
    tmp_path: Path, own: int, status: int
) -> None:
    command = ("run", "--report", "x.json", "--", sys.executable, "-c", f"raise SystemExit({own})")
    assert result(ran(*command, redirected="2>/dev/full", cwd=tmp_path)) == (status, "", "")
    assert json.loads((tmp_path / "x.json").read_bytes())["status"] == own


# Encodings


def test_a_character_that_the_encoding_lacks_is_written_as_an_escape(tmp_path: Path) -> None:
    (tmp_path / "日é.yaml").write_text("seed: 7\n")
    ended = ran("validate", "日é.yaml", cwd=tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="1")
    assert result(ended) == (0, "\\u65e5\\xe9.yaml: valid\n", "")


def test_a_server_names_its_scenario_although_the_encoding_lacks_a_character(tmp_path: Path) -> None:
    (tmp_path / "日.yaml").write_text("seed: 7\n")
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "mockserver", "serve", "--port", "0", "日.yaml"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(PYTHONIOENCODING="ascii", PYTHONUTF8="1"),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().endswith(" (scenario \\u65e5, seed 7)\n")
        process.send_signal(signal.SIGTERM)
        assert (*process.communicate(timeout=30), process.returncode) == ("", "", 0)


@pytest.mark.parametrize("command", [("schema",), ("openapi",), ("openapi", "--control")], ids=" ".join)
def test_a_json_document_stays_valid_in_an_encoding_that_lacks_a_character(command: tuple[str, ...]) -> None:
    whole, escaped = ran(*command), ran(*command, PYTHONIOENCODING="ascii")
    assert escaped.stdout.isascii()
    assert json.loads(escaped.stdout) == json.loads(whole.stdout)


# Open files


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("run", "--", "true")], ids=" ".join)
def test_too_few_open_files_are_one_sentence(command: tuple[str, ...]) -> None:
    told = (
        "imaginelab-mock: this process may have 10 files open at a time, but a server needs at least 64;"
        " raise the limit, as with ulimit -n 1024\n"
    )
    assert result(ran(*command, limit="-n 10")) == (USER_ERROR, "", told)


def test_run_needs_no_more_open_files_than_it_asks_for() -> None:
    assert ran("run", "--", "true", limit="-n 64").returncode == 0


# Invalid commands and scenarios


def test_an_empty_command_is_not_found() -> None:
    assert result(ran("run", "--", "")) == (127, "", "imaginelab-mock: there is no command ''\n")


USES = [("validate",), ("serve", "--port", "0"), ("openapi",)]


@pytest.mark.parametrize("use", USES, ids=" ".join)
@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("pipe.yaml", "the scenario cannot be read: it is a pipe, and nothing writes to it"),
        ("folder.yaml", "the scenario cannot be read: Is a directory"),
        ("pipe.yaml/x.yaml", "the scenario cannot be read: Not a directory"),
        ("/dev/zero", "expected at most 1048576 bytes, found more; a scenario is a small file"),
    ],
)
def test_a_path_that_is_no_scenario_file_gives_one_sentence(
    tmp_path: Path, use: tuple[str, ...], file: str, sentence: str
) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    assert result(ran(*use, file, cwd=tmp_path)) == (USER_ERROR, "", f"{file}: {sentence}\n")


def test_run_also_reports_a_pipe_without_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.yaml")
    told = "x.yaml: the scenario cannot be read: it is a pipe, and nothing writes to it\n"
    assert result(ran("run", "--scenario", "x.yaml", "--", "true", cwd=tmp_path)) == (USER_ERROR, "", told)


def test_a_report_into_a_pipe_that_is_not_read_is_one_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.json")
    told = "imaginelab-mock: --report x.json: cannot be written: No such device or address\n"
    assert result(ran("run", "--report", "x.json", "--", "true", cwd=tmp_path)) == (USER_ERROR, "", told)


def test_a_pipe_is_read_to_its_end_although_its_writer_is_slow(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    os.mkfifo(file)
    # Both ends are open, so that the pipe opens before there is a reader and keeps a writer until the end.
    writing = os.open(file, os.O_RDWR)
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(load, file)
        # The reader has taken the first part once the whole pipe is free again.
        os.write(writing, b"#" * PIPE)
        os.write(writing, b"\nseed: 7\n")
        # The rest is written after the first part was read.
        os.write(writing, b"#" * PIPE)
        os.close(writing)
        assert reading.result(timeout=30).scenario.seed == 7


@pytest.mark.parametrize("text", ["seed: 7\n", ""])
def test_a_pipe_of_the_shell_is_a_scenario(text: str) -> None:
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-m", "mockserver", "validate", f"/dev/fd/{reader}"],
        pass_fds=[reader],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(),
    )
    os.close(reader)
    assert result(ended) == (0, f"/dev/fd/{reader}: valid\n", "")
