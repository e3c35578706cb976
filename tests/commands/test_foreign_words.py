"""With any names and arguments, each line that a command prints is printable and is a line of the command's own."""

import io
import os
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.commands.main import main
from mockserver.terminal import say_document
from tests.support.foreign import HOSTILE, IN_A_NAME

NAME = HOSTILE.replace("\0", "")


def printed(*arguments: str) -> list[str]:
    """Return the lines that a command prints on both streams."""
    written = io.BytesIO()
    out = io.TextIOWrapper(written, "utf-8", "backslashreplace", newline="", write_through=True)
    # The parser of arguments ends the process on an error.
    with redirect_stdout(out), redirect_stderr(out), suppress(SystemExit):
        main(arguments)
    lines = written.getvalue().decode().split("\n")
    assert all(map(str.isprintable, lines))
    return lines[:-1]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("validate", f"./{NAME}"), id="a file that is not there"),
        pytest.param(("validate", NAME), id="a name of the gallery"),
        pytest.param(("show", NAME), id="a scenario to be shown"),
        pytest.param(("openapi", NAME), id="a scenario of a document"),
        pytest.param(("run", "--scenario", NAME, "--", "true"), id="a scenario to be run"),
        pytest.param(("run", "--", f"./{NAME}"), id="a command"),
        pytest.param(("run", "--report", NAME, "--", "true"), id="a report of an unknown kind"),
        pytest.param(("run", "--report", f"/nowhere/{NAME}.xml", "--", "true"), id="a report that cannot be written"),
        pytest.param(("serve", f"--{NAME}"), id="an unknown option"),
        pytest.param(("serve", "--port", NAME), id="a value of an option"),
        pytest.param(("serve", "--host", NAME), id="a host"),
        pytest.param(("serve", "--ca-dir", f"/dev/null/{NAME}", "--tls"), id="a folder"),
        pytest.param((NAME,), id="an unknown command"),
    ],
)
def test_a_hostile_argument_makes_one_printable_line(arguments: tuple[str, ...]) -> None:
    assert len(printed(*arguments)) == 1


@given(name=IN_A_NAME, text=st.sampled_from(["seed: 7", "sed: 7", "faults: 7", "clock: {rate: 5}"]))
def test_a_file_of_any_name_gives_at_most_two_printable_lines(name: str, text: str) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.yaml"
        file.write_text(text, "utf-8")
        for form in ("text", "github"):
            assert len(printed("validate", "--format", form, str(file))) <= 2


@given(text=IN_A_NAME.filter(lambda text: "\r" not in text and "\n" not in text))
def test_a_problem_of_a_scenario_with_any_text_is_one_line(text: str) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "x.yaml"
        for scenario in (f'"{text}": 1', f"# {text}\nseed: [{text}]", f"extends: '{text}'"):
            file.write_text(scenario, "utf-8")
            assert printed("validate", str(file))


def test_a_variable_of_any_name_makes_one_printable_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, f"IMAGINELAB_MOCK_{NAME}", "1")
    monkeypatch.setitem(os.environ, "IMAGINELAB_MOCK_SEED", NAME)
    assert len(printed("run", "--", "true")) == 2


class Terminal(io.StringIO):
    """A standard output that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_document_is_printable_on_a_terminal_and_unchanged_elsewhere() -> None:
    text = "# \u202eexe.txt\n\tseed: 7"
    for stream, shown in ((Terminal(), "# \\u202eexe.txt\n        seed: 7\n"), (io.StringIO(), f"{text}\n")):
        with redirect_stdout(stream):
            say_document(text)
        assert stream.getvalue() == shown
