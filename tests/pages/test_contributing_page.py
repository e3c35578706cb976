"""CONTRIBUTING.md is true: the files that it names are there, and the guards name the commands that it gives."""

import re
from typing import Final

import pytest

from .markdown import ROOT, rows, section, text
from .test_gallery_page import RENEWAL

PAGE: Final = text(ROOT / "CONTRIBUTING.md")
COMMANDS: Final = {row[0]: row[1].partition(";")[0].strip("`") for row in rows(section(PAGE, "Renew a guard"))}


@pytest.mark.parametrize("name", sorted({*re.findall(r"\b(?:tests|scripts|docs|scenarios)/[\w./-]*\w", PAGE)}))
def test_each_file_that_it_names_is_there(name: str) -> None:
    assert (ROOT / name).exists()


def test_each_guard_names_the_command_of_the_page() -> None:
    [snapshots, schema, gallery, *_] = COMMANDS.values()
    assert snapshots in text(ROOT / "tests" / "behaviours" / "control" / "test_snapshots.py")
    assert schema.removeprefix(".venv/bin/") in text(ROOT / "tests" / "language" / "test_schema.py")
    assert gallery == RENEWAL


def test_each_folder_of_tests_that_is_for_others_or_for_clients_is_told() -> None:
    told = section(PAGE, "The rings of tests")
    assert [ring for ring in ("unit", "behaviour", "pages", "outside") if f"| {ring} |" not in told] == []
