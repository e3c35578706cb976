"""Every link on every page leads to a file and to a section of it, on GitHub and on the site."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from .markdown import DOCS, PAGES, ROOT, anchor, headings, links, prose, section, text

EACH_PAGE: Final = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
EACH_DOC: Final = pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)


def broken(path: Path, page: str) -> list[str]:
    """The links of a page whose target does not exist."""
    found = []
    for link in links(page):
        name, _, part = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        known = target.exists() and (not part or part in map(anchor, headings(text(target))))
        found += [] if known else [link]
    return found


@EACH_PAGE
def test_each_link_leads_to_a_section(path: Path) -> None:
    assert broken(path, text(path)) == []


def test_a_link_to_no_file_or_to_no_section_is_found() -> None:
    page = "# Here\n[a](nowhere.md) [b](#there) [c](#here) [d](README.md#install) [e](README.md#nothing) `[f](x.md)`\n"
    assert broken(ROOT / "README.md", page.replace("#here", "#install")) == [
        "nowhere.md",
        "#there",
        "README.md#nothing",
    ]


@EACH_DOC
def test_the_site_needs_no_file_outside_of_docs(path: Path) -> None:
    assert [link for link in links(text(path)) if link.startswith("..")] == []


@EACH_PAGE
def test_each_heading_has_one_anchor_on_github_and_on_the_site(path: Path) -> None:
    anchors = [anchor(heading) for heading in headings(text(path))]
    # GitHub and the site write repeated names and two hyphens in a row differently.
    assert len({*anchors}) == len(anchors) or path.name == "CHANGELOG.md"
    assert [each for each in anchors if "--" in each or re.search(r"[^a-z0-9_-]", each)] == []


def shown_otherwise(page: str) -> list[str]:
    r"""The lines that the site and GitHub show differently: a list without an empty line before it, `\|` in code."""
    lines = prose(page).split("\n")
    begins, goes_on = re.compile(r"\* |\d+\. |\|"), re.compile(r"\* |\d+\. |\||  |$")
    joined = [line for before, line in pairwise(lines) if begins.match(line) and not goes_on.match(before)]
    return joined + [line for line in lines if re.search(r"`[^`]*\\\|[^`]*`", line)]


@EACH_DOC
def test_the_site_shows_lists_and_tables_as_github_does(path: Path) -> None:
    assert shown_otherwise(text(path)) == []


def test_a_list_that_the_site_would_not_show_is_found() -> None:
    page = "Text:\n* joined\n\n* apart\n* more\n  text\n* yet more\n\n| a |\n|---|\n| `a\\|b` |\n"
    assert shown_otherwise(page) == ["* joined", "| `a\\|b` |"]


@EACH_DOC
def test_a_list_of_sections_at_the_top_has_each_of_them(path: Path) -> None:
    page = text(path)
    [*lists] = re.findall(r"^\[[^]]+\]\(#.*?\n\n", prose(page).partition("\n## ")[0], re.MULTILINE | re.DOTALL)
    listed = re.findall(r"\]\(#([^)]*)\)", "".join(lists))
    titles = [anchor(title) for title in re.findall(r"^## (.+)$", prose(page), re.MULTILINE)]
    # The sections of the keys of a scenario are listed too.
    sections = [each for each in listed if each in titles]
    assert sections == [each for each in titles if each in listed]
    assert not listed or path.name == "gallery.md" or {*titles} <= {*listed}


def test_the_first_page_leads_to_every_page() -> None:
    first = {link.partition("#")[0] for link in links(text(ROOT / "docs" / "index.md"))}
    assert {path.name for path in DOCS} - {"index.md"} <= first


@pytest.mark.parametrize(
    ("wish", "target"),
    [
        ("write my first pytest test", "pytest.md#the-first-test"),
        ("make the API fail in a test", "pytest.md#the-first-failure"),
        ("start the container image", "sidecar.md#in-a-minute"),
        ("see all arguments of the marker", "pytest.md#the-marker"),
        ("move time", "control.md#the-clock"),
        ("change an assumption", "api.md#assumptions-and-their-settings"),
    ],
)
def test_a_fresh_reader_finds_the_section_in_one_step(wish: str, target: str) -> None:
    [row] = [line for line in text(ROOT / "docs" / "index.md").splitlines() if line.startswith(f"| {wish} |")]
    assert f"({target})" in row


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    readme = text(ROOT / "README.md")
    assert len(readme.splitlines()) <= 160
    assert {f"docs/{path.name}" for path in DOCS} <= {link.partition("#")[0] for link in links(readme)}
    assert section(readme, "Install")
