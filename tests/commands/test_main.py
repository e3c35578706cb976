"""The commands in this process: their output and exit status. Tests that need a process are elsewhere."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from mockserver.commands.main import main
from mockserver.language import gallery
from mockserver.language.schema import schema
from mockserver.serve.listen import listen
from mockserver.terminal import USER_ERROR

Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def saved(name: str, text: str) -> str:
    Path(name).write_text(text, "utf-8")
    return name


def ran(printed: Printed, *arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a command."""
    status = main(arguments)
    return status, *printed.readouterr()


# validate


def test_sound_files_are_valid(capsys: Printed) -> None:
    saved("a.yaml", "seed: 7\n")
    assert ran(capsys, "validate", "a.yaml", "happy-path") == (0, "a.yaml: valid\nhappy-path: valid\n", "")


def test_a_file_with_warnings_is_still_valid(capsys: Printed) -> None:
    saved("a.yaml", "clock: {mode: manual, rate: 5}\n")
    status, out, err = ran(capsys, "validate", "a.yaml")
    assert (status, err) == (0, "")
    assert out.startswith("a.yaml: valid\nwarning: a.yaml:1:29: rate: ")


def test_one_run_lists_all_problems_of_all_files(capsys: Printed) -> None:
    saved("a.yaml", "sed: 7\nfauts: []\n")
    saved("b.yaml", "seed: x\n")
    saved("c.yaml", "")
    status, out, err = ran(capsys, "validate", "a.yaml", "none.yaml", "lost-creat", "c.yaml", "b.yaml")
    assert (status, out) == (USER_ERROR, "c.yaml: valid\n")
    assert err.splitlines() == [
        'a.yaml:1:1: unknown key "sed"; did you mean "seed"?',
        'a.yaml:2:1: unknown key "fauts"; did you mean "faults"?',
        "none.yaml: the scenario cannot be read: No such file or directory",
        "lost-creat: there is no such scenario in the gallery; did you mean lost-create? "
        "`imaginelab-mock scenarios` lists them; a file of that name is ./lost-creat",
        'b.yaml:1:7: seed: expected a whole number from 0 to 9223372036854775807, found the text "x"',
    ]


def test_a_problem_that_two_files_inherit_is_reported_once(capsys: Printed) -> None:
    saved("parent.yaml", "sed: 7\n")
    for name in ("a.yaml", "b.yaml"):
        saved(name, "extends: parent.yaml\n")
    assert ran(capsys, "validate", "a.yaml", "b.yaml")[2].count("\n") == 1


def test_annotations_for_github_are_commands_on_standard_output(capsys: Printed) -> None:
    saved("a,b:c%.yaml", "sed%\\n: 7\n")
    saved("w.yaml", "clock: {mode: manual, rate: 5}\n")
    saved("ok.yaml", "")
    status, out, err = ran(capsys, "validate", "--format", "github", "a,b:c%.yaml", "w.yaml", "ok.yaml", "none.yaml")
    assert (status, err) == (USER_ERROR, "")
    warning, error, missing = out.splitlines()
    assert warning.startswith("::warning file=w.yaml,line=1,col=29::rate: ")
    assert error.startswith('::error file=a%2Cb%3Ac%25.yaml,line=1,col=1::unknown key "sed%25')
    assert missing == "::error file=none.yaml::the scenario cannot be read: No such file or directory"


# The gallery


def test_the_gallery_is_listed_in_columns_with_a_first_sentence(capsys: Printed) -> None:
    status, out, err = ran(capsys, "scenarios")
    assert (status, err) == (0, "")
    rows = out.splitlines()
    assert [row.split("  ")[0] for row in rows] == gallery.names()
    column = max(map(len, gallery.names())) + 2
    assert all(row[column - 2 : column] == "  " and row[column].strip() and row.endswith(".") for row in rows)
    assert all(". " not in row for row in rows)


def test_a_scenario_is_shown_unchanged(capsys: Printed) -> None:
    text = (gallery.folder() / "lost-create.yaml").read_text("utf-8")
    assert ran(capsys, "show", "lost-create") == (0, text, "")


def test_a_name_means_the_gallery_even_beside_a_file_of_that_name(capsys: Printed) -> None:
    saved("happy-path", "sed: 7\n")
    assert ran(capsys, "validate", "happy-path")[0] == 0
    assert ran(capsys, "validate", "./happy-path")[0] == USER_ERROR


@pytest.mark.parametrize("command", ["serve", "show", "openapi", "validate"])
def test_the_error_for_an_unknown_name_suggests_the_nearest(capsys: Printed, command: str) -> None:
    status, out, err = ran(capsys, command, "rough-pol")
    assert (status, out) == (USER_ERROR, "")
    assert err.startswith("rough-pol: there is no such scenario in the gallery; did you mean rough-poll")


# Documents


def test_the_schema_is_printed(capsys: Printed) -> None:
    status, out, err = ran(capsys, "schema")
    assert (status, json.loads(out), err) == (0, schema(), "")


def test_the_openapi_document_follows_the_scenario(capsys: Printed) -> None:
    saved("m.yaml", "models: [{name: our-own, generation_type: image}]\n")
    assert "our-own" in ran(capsys, "openapi", "m.yaml")[1]
    assert json.loads(ran(capsys, "openapi")[1])["openapi"] == "3.1.0"


# serve, when it cannot start


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.yaml"], "none.yaml: the scenario cannot be read: No such file or directory"),
        (["."], ".: the scenario cannot be read: Is a directory"),
        (["bad.yaml"], 'bad.yaml:1:1: unknown key "sed"; did you mean "seed"?'),
        (["--host", "no such host"], "imaginelab-mock: cannot listen on port 0 of no such host: the host is not known"),
    ],
)
def test_the_reason_not_to_serve_is_one_sentence(capsys: Printed, arguments: list[str], sentence: str) -> None:
    saved("bad.yaml", "sed: 7\n")
    status, out, err = ran(capsys, "serve", "--port", "0", *arguments)
    assert (status, out) == (USER_ERROR, "")
    assert err.startswith(sentence)
    assert err.count("\n") == 1


def test_a_taken_port_is_one_sentence(capsys: Printed) -> None:
    with listen("127.0.0.1", 0) as taken:
        status, out, err = ran(capsys, "serve", "--port", str(taken.getsockname()[1]))
    assert (status, out, err.count("\n")) == (USER_ERROR, "", 1)
    assert "the port is taken" in err


def test_a_bad_variable_is_one_sentence_that_names_it(capsys: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGINELAB_MOCK_PORT", "x")
    assert ran(capsys, "serve") == (
        USER_ERROR,
        "",
        "IMAGINELAB_MOCK_PORT: expected a port from 0 to 65535 (0: any free one), found 'x'\n",
    )


def test_an_unknown_variable_is_a_warning(capsys: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGINELAB_MOCK_SED", "7")
    status, _, err = ran(capsys, "serve", "none.yaml")
    assert status == USER_ERROR
    assert err.startswith(
        "warning: IMAGINELAB_MOCK_SED is no variable of this program; did you mean IMAGINELAB_MOCK_SEED?\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["serve", "--port", "http"],
            "serve: argument --port: expected a port from 0 to 65535 (0: any free one), found",
        ),
        (["serve", "--clock", "pol"], "serve: argument --clock: expected one of real, poll, manual, found 'pol'; "),
        (["serve", "--step", "2x"], "serve: argument --step: expected a duration such as 2s, or the word next"),
        (["serve", "--relaod"], "serve: unknown argument --relaod; did you mean --reload?; "),
        (["serve", "--prot=0"], "serve: unknown argument --prot; did you mean --port?; "),
        (["serve", "--no-relod"], "serve: unknown argument --no-relod; did you mean --no-reload?; "),
        (["serve", "--quie"], "serve: unknown argument --quie; did you mean --quiet?; "),
        (["serve", "--zzz"], "serve: unknown argument --zzz; "),
        (["serve", "a.yaml", "b.yaml"], "serve: unknown argument b.yaml; "),
        (["schema", "--control"], "schema: unknown argument --control; "),
        (["validate"], "validate: the following arguments are required: FILE; "),
        (["validate", "--format", "xml", "a.yaml"], "validate: argument --format: invalid choice"),
        (["play"], ": argument COMMAND: invalid choice"),
        (["--verison"], ": the following arguments are required: COMMAND; "),
        (["--verison", "schema"], ": unknown argument --verison; did you mean --version?; "),
        ([], ": the following arguments are required: COMMAND; "),
    ],
)
def test_a_mistake_in_the_arguments_is_one_sentence(capsys: Printed, arguments: list[str], sentence: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == USER_ERROR
    out, err = capsys.readouterr()
    command, _, rest = sentence.partition(":")
    name = f"imaginelab-mock {command}".strip()
    assert err.startswith(f"{name}:{rest}")
    assert err.endswith(f"; {name} --help shows what there is\n")
    assert (out, err.count("\n")) == ("", 1)


def test_the_release_is_printed(capsys: Printed) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("imaginelab-mock ")


def test_an_interrupt_is_an_exit_status(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(io.StringIO):
        def write(self, *_: Any) -> int:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdout", Interrupted())
    assert main(["scenarios"]) == 130
