"""The page of public names is whole: each command, each name of the client, each fixture stands on it."""

import re
from typing import Final

import pytest

from mockserver import client, pytest_plugin
from mockserver.commands.main import main
from mockserver.options.server import PREFIX

from .markdown import ROOT, rows, section, text

PAGE: Final = text(ROOT / "docs" / "public.md")
OPTIONS: Final = text(ROOT / "docs" / "options.md")


def commands(capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The commands that the program's help lists."""
    with pytest.raises(SystemExit):
        main(["--help"])
    return {*re.findall(r"^    ([a-z]+)\b", capsys.readouterr().out.replace("COMMAND", ""), re.MULTILINE)}


def test_each_command_is_public_and_described(capsys: pytest.CaptureFixture[str]) -> None:
    known = commands(capsys)
    told = section(PAGE, "The command line").partition(";")[0]
    assert "scenarios" in known
    assert {*re.findall(r"`([a-z]+)`", told)} == known
    assert {*re.findall(r"^imaginelab-mock ([a-z]+)", OPTIONS, re.MULTILINE)} == known
    assert f"`{PREFIX}*`" in PAGE


def test_each_name_of_the_client_is_public_and_no_other() -> None:
    told = re.findall(r"`(\w+)`", "".join(row[0] for row in rows(section(PAGE, "Python"))))
    assert sorted(told) == sorted(client.__all__)


def test_each_fixture_is_public_and_no_other() -> None:
    fixtures = {
        name for name, each in vars(pytest_plugin).items() if "FixtureFunctionDefinition" in type(each).__name__
    }
    told = section(PAGE, "Pytest").partition(";")[0].partition(", with")[0]
    assert {*re.findall(r"`(\w+)`", told)} == {name for name in fixtures if not name.startswith("_")}
