"""The pages use plain words: few clauses that begin with `what`, and no `who` without a name."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

from .markdown import PAGES, prose, text

RIDDLES: Final = {"what": 3.0, "who": 0.5}
"""The highest allowed number of each in a thousand words."""

PEOPLE: Final = ("who", "whoever", "whom", "nobody")


def words(page: str) -> list[str]:
    """The words of a page, without code and without the targets of links."""
    plain = re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`\n]*`", "", prose(page)))
    return [word.lower() for word in re.findall(r"[A-Za-z][A-Za-z'-]*", plain)]


def share(found: list[str], counted: Iterable[str]) -> float:
    """The number of these words in a thousand words."""
    return 1000 * sum(found.count(word) for word in counted) / len(found)


# The stories of the gallery are the scenarios' own.
WRITTEN: Final = [path for path in PAGES if path.name != "gallery.md"]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_a_page_names_things_and_people(path: Path) -> None:
    found = words(text(path))
    assert share(found, ["what"]) <= RIDDLES["what"]
    assert share(found, PEOPLE) <= RIDDLES["who"]


def test_code_and_links_are_no_prose() -> None:
    page = "What `what` [is](what.md)?\n```text\nwhat nobody knows\n```\nNobody, who else.\n"
    assert words(page) == ["what", "is", "nobody", "who", "else"]
    assert share(words(page), PEOPLE) == 400
