"""The page about the API is true: its operations are those of the code, and its settings are the defaults."""

import re
from typing import Final

import pytest
from msgspec.structs import replace

from mockserver.core.scenario import Scenario
from mockserver.http.app import ENDPOINTS
from mockserver.language.file import parse

from .markdown import ROOT, rows, section, text

PAGE: Final = text(ROOT / "docs" / "api.md")
OPERATIONS: Final = rows(section(PAGE, "The endpoints"))
SETTINGS: Final = [row[1] for row in rows(section(PAGE, "Assumptions and their settings"))]
WHOLE: Final = [each for cell in SETTINGS for each in re.findall(r"`(\w+: [{\[].*?)`", cell) if "…" not in each]


def test_each_operation_has_a_row_with_its_method_and_path() -> None:
    told = {row[0].strip("`"): row[1].partition(" (D)")[0] for row in OPERATIONS}
    known = {each.operation: f"{each.method} {each.path.removeprefix('/api/v1')}" for each in ENDPOINTS}
    assert {name: told[name] for name in told if name != "media"} == {
        name: place for name, place in known.items() if name != "media"
    }
    assert "media" in told


def test_each_status_of_a_success_is_documented_or_assumed() -> None:
    assert [row[0] for row in OPERATIONS if not re.search(r"^20[01].* \([DA]\)", row[2])] == []


def default(setting: str) -> bool:
    """Return whether a setting, written out, leaves the scenario as it is."""
    scenario = parse(setting, "x.yaml").scenario
    return replace(scenario, generations=(), description="") == Scenario()


@pytest.mark.parametrize("setting", WHOLE)
def test_each_setting_shows_the_default(setting: str) -> None:
    assert default(setting)


def test_a_setting_that_is_not_the_default_is_found() -> None:
    assert len(WHOLE) >= 12
    assert not default("wallet: {signup_credits: 1}")


@pytest.mark.parametrize("value", ["accept", "fastapi-422", "redirect-307", "naive-microseconds"])
def test_each_other_value_is_valid_for_its_setting(value: str) -> None:
    [cell] = [cell for cell in SETTINGS if f"or `{value}`" in cell]
    section_, key = re.findall(r"`(\w+): \{(\w+):", cell)[0]
    assert parse(f"{section_}: {{{key}: {value}}}", "x.yaml").scenario != Scenario()


@pytest.mark.parametrize("word", re.findall(r"^`(\w+)`$", "\n".join(SETTINGS), re.MULTILINE))
def test_each_named_section_is_part_of_a_scenario(word: str) -> None:
    assert word in Scenario.__struct_fields__
