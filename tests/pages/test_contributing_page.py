"""CONTRIBUTING.md is true: its files exist, and the guards name its commands."""

import re
from typing import Final

import pytest

from .markdown import ROOT, rows, section, text
from .test_gallery_page import RENEWAL

PAGE: Final = text(ROOT / "CONTRIBUTING.md")
COMMANDS: Final = {row[0]: row[1].partition(";")[0].strip("`") for row in rows(section(PAGE, "Renew a guard"))}


@pytest.mark.parametrize("name", sorted({*re.findall(r"\b(?:tests|scripts|docs|scenarios)/[\w./-]*\w", PAGE)}))
def test_each_file_that_the_page_names_exists(name: str) -> None:
    assert (ROOT / name).exists()


def test_each_guard_names_the_command_of_the_page() -> None:
    [snapshots, schema, gallery, *_] = COMMANDS.values()
    assert snapshots in text(ROOT / "tests" / "behaviours" / "control" / "test_snapshots.py")
    assert schema.removeprefix(".venv/bin/") in text(ROOT / "tests" / "language" / "test_schema.py")
    assert gallery == RENEWAL


def test_the_page_describes_each_ring_of_tests() -> None:
    told = section(PAGE, "The rings of tests")
    assert [ring for ring in ("unit", "behaviour", "pages", "outside") if f"| {ring} |" not in told] == []
