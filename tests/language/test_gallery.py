"""The gallery as a set of files: the words that are names, and the file of each name."""

import re

import pytest

from mockserver.language import gallery


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("rough-poll", True),
        ("stuck-at-99", True),
        ("rough.yaml", False),
        ("./rough", False),
        ("a/b", False),
        ("Rough", False),
        ("", False),
        ("rough\n", False),
        ("..", False),
    ],
)
def test_a_name_is_a_word_of_small_letters_digits_and_hyphens(text: str, named: bool) -> None:
    assert gallery.named(text) is named


def test_every_name_leads_to_its_file() -> None:
    names = gallery.names()
    assert "happy-path" in names
    assert names == sorted(names)
    assert [path.stem for name in names if (path := gallery.path(name)) and path.is_file()] == names


@pytest.mark.parametrize("name", ["nowhere", "schema", "../happy-path", "happy-path.yaml", ""])
def test_a_word_that_is_no_name_leads_nowhere(name: str) -> None:
    assert gallery.path(name) is None


def test_a_misspelt_name_is_near_its_likeliest() -> None:
    assert gallery.near("happy-pth")[0] == "happy-path"
    assert gallery.near("@@@") == []


def test_every_file_for_editors_says_which_schema_it_follows() -> None:
    for name in gallery.names():
        first = (gallery.folder() / f"{name}.yaml").read_text("utf-8").partition("\n")[0]
        assert re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first), name
