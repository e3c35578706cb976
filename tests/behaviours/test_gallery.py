"""The gallery as a whole: a person and the program can read each file, and each file has a story."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from mockserver.core.scenario import Scenario
from mockserver.language.file import load

from .gallery import FOLDER

FILES = sorted(FOLDER.glob("*.yaml"))
STORIES = "\n".join(path.read_text() for path in sorted(Path(__file__).parent.glob("test_gallery_*.py")))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def file(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_each_file_is_valid_without_a_warning(file: Path) -> None:
    assert load(file).warnings == ()


def test_each_file_describes_its_story_and_the_way_of_a_sound_client(file: Path) -> None:
    summary, *then = re.split(r"(?<=\.) ", load(file).scenario.description.strip())
    assert re.fullmatch(r"[A-Z].{20,110}\.", summary), summary
    assert then


def test_each_file_names_its_schema_for_editors(file: Path) -> None:
    assert file.read_text().splitlines()[0] == "# yaml-language-server: $schema=schema.json"


def test_each_file_fits_on_a_screen(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert len(lines) <= 50
    assert max(map(len, lines)) <= 120


def test_each_file_has_a_story(file: Path) -> None:
    assert f'living(api, "{file.stem}")' in STORIES


def test_the_command_line_takes_the_name_of_each_file(file: Path) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", file.stem)


def test_the_happy_path_spells_out_the_empty_file() -> None:
    assert replace(load(FOLDER / "happy-path.yaml").scenario, description="") == Scenario()
