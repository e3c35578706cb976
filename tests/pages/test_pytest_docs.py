"""The page on pytest is true: its tables match the code. The outside tests run its examples."""

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from mockserver.client import MockServer
from mockserver.language import gallery
from mockserver.patching.addresses.failures import FailureKind
from mockserver.patching.addresses.interception import Interception
from mockserver.patching.waits.scheduler import MOST_POLLS
from mockserver.testing.guarded import summary
from mockserver.testing.imaginelab import Declared, Imaginelab
from mockserver.testing.play import OPTIONS, Play
from mockserver.testing.session_server import SessionServer
from mockserver.testing.words import Word

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The rows of a section's table, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_the_page_has_all_arguments_of_the_marker() -> None:
    assert [row[0].strip("`") for row in rows("The marker")] == ["the first one", *OPTIONS]


def test_a_marker_without_options_has_the_defaults_on_the_page() -> None:
    said = {row[0].strip("`"): row[2].strip("`") for row in rows("The marker")}
    assert {name: said[name] for name in OPTIONS[2:]} == {name: str(getattr(Play(), name)) for name in OPTIONS[2:]}


def test_the_fixture_has_every_name_on_the_page() -> None:
    world = Imaginelab(SessionServer(MockServer("http://127.0.0.1:1")), "here")
    names = [name for row in rows("The fixture") for name in re.findall(r"`(\w+)", row[0])]
    assert len(names) > 15
    assert [name for name in names if name not in dir(world)] == []


def test_the_page_has_every_name_of_the_fixture() -> None:
    names = {name for row in rows("The fixture") for name in re.findall(r"`(\w+)", row[0])}
    # The names of every world, and those for the fixture itself.
    known = {"scenario", "events", "discard", "base_url", "begin", "has_report"}
    assert {name for name in vars(Imaginelab) if not name.startswith("_")} - names - known == set()


def test_the_page_names_each_failure() -> None:
    told = section("An address that is written in")
    assert [kind for kind in FailureKind if f"`{kind}`" not in told] == []
    assert hasattr(Interception, "fail")
    assert hasattr(Interception, "recover")


def test_the_examples_use_the_account_that_is_played() -> None:
    assert f'Studio("{Declared().email}", "{Declared().password}")' in PAGE


def test_each_number_is_the_one_in_force() -> None:
    assert f"after {MOST_POLLS:,} polls" in section("What is not covered")
    assert Play().max_virtual == 3600
    assert "after an hour of virtual time" in section("Deadlines")


@pytest.mark.parametrize("name", re.findall(r'(?:mark\.imaginelab|load)\("([a-z0-9-]+)"', PAGE))
def test_each_scenario_is_in_the_gallery(name: str) -> None:
    assert gallery.path(name) is not None


def test_the_page_shows_the_real_summary_of_the_guard() -> None:
    told = re.search(r"^```text\n(.*?)\n```$", section("The real API is shut"), re.MULTILINE | re.DOTALL)
    assert told is not None
    who = "thread 'poller', left by tests/test_a.py::test_x, during tests/test_b.py::test_y"
    assert told[1].splitlines() == list(summary([(21, who)]))


def test_the_page_explains_each_word_of_the_ini_option() -> None:
    assert re.findall(r"`imaginelab = ([\w-]+)`", section("The real API is shut")) == [*Word]
    [row] = [row for row in rows("Options") if row[0] == "`imaginelab` (ini)"]
    assert [word for word in Word if f"`{word}`" not in row[1]] == []


def test_the_list_at_the_top_has_each_section_in_order() -> None:
    titles = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    anchors = [re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles]
    assert re.findall(r"\]\(#([^)]*)\)", PAGE.partition("\n## ")[0]) == anchors


def test_each_link_leads_to_a_section() -> None:
    titles = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert {*re.findall(r"\]\(#([^)]*)\)", PAGE)} <= anchors


def test_the_page_lists_each_installed_package_with_its_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [each for name, wanted in project["optional-dependencies"].items() if name != "all" for each in wanted]
    wanted = {one.name: one.specifier for one in map(Requirement, [*project["dependencies"], *extras])}
    listed = {
        row[0].strip("`"): SpecifierSet(f">={row[1].replace(' below ', '<')}") for row in rows("What is installed")
    }
    assert listed == wanted


def test_the_page_names_each_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    told = section("What is installed")
    assert [name for name in project["optional-dependencies"] if f"extra `{name}`" not in told] == []
