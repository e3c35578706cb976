"""The site that MkDocs builds: it loads nothing from other hosts, it has a search, and a broken link ends the build."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-site" / "bin" / "python"

Attributes = list[tuple[str, str | None]]

ELSEWHERE = re.compile(r"^\s*(https?:)?//", re.IGNORECASE)
IN_CSS = re.compile(r"(?:url\(\s*|@import\s+)[\"']?((?:https?:)?//[^\"')\s;]+)", re.IGNORECASE)
IN_SCRIPT = re.compile(r"(?<![\w:])https?://[\w${}./@-]+")

LOADING = {"src", "srcset", "poster", "data", "background"}
"""Attributes whose address a browser loads by itself; `href` is one only on `link`, `use` and `image`."""

FOLLOWED = {"canonical", "prev", "next", "license", "author"}
"""Links in the head that a browser does not load."""

UNUSED = {
    "https://unpkg.com/mermaid@11/dist/mermaid.min.js": 'class="mermaid"',
    "https://api.github.com/repos/${e}/${t}": 'data-md-component="source"',
    "https://api.github.com/users/${e}": 'data-md-component="source"',
    "https://${e}/api/v4/projects/${encodeURIComponent": 'data-md-component="source"',
}
"""Addresses in the theme's scripts, each with the mark of the element that makes a page load it."""

HARMLESS = {
    "https://clipboardjs.com/",  # a comment
    "https://bit.ly/2s3ChXG",  # the text of a warning
    "https://unpkg.com/resize-observer-polyfill",  # only for browsers from before 2020, without a ResizeObserver
}


def build(folder: Path, config: Path = ROOT / "mkdocs.yml") -> "subprocess.CompletedProcess[str]":
    command = [PYTHON, "-m", "mkdocs", "build", "--strict", "--config-file", config, "--site-dir", folder]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_script_builds_the_site_with_the_options_of_these_tests() -> None:
    # With `--quiet` MkDocs does not count warnings, so that `--strict` never ends the build.
    [line] = [line for line in (ROOT / "scripts" / "site").read_text("utf-8").splitlines() if "-m mkdocs build" in line]
    assert line.endswith('-m mkdocs build --strict --clean "$@"')


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "site"
    built = build(folder)
    assert built.returncode == 0, built.stderr
    return folder


class Loads(HTMLParser):
    """The addresses on other hosts that a browser loads for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = {name: value or "" for name, value in attrs}
        names = LOADING | ({"href", "xlink:href"} if tag in ("link", "use", "image") else set())
        if tag == "link" and given.get("rel") in FOLLOWED:
            names = set()
        self.found += [given[name] for name in sorted(names & {*given}) if ELSEWHERE.match(given[name])]
        self.found += IN_CSS.findall(given.get("style", ""))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style":
            self.found += IN_CSS.findall(data)
        if self.cdata_elem == "script":
            self.found += IN_SCRIPT.findall(data)


def loaded(page: str) -> list[str]:
    parser = Loads()
    parser.feed(page)
    return parser.found


def texts(site: Path, ending: str) -> dict[str, str]:
    return {str(path.relative_to(site)): path.read_text("utf-8") for path in sorted(site.rglob(f"*{ending}"))}


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    pages = texts(site, ".html")
    assert len(pages) > 15
    assert {name: found for name, page in pages.items() if (found := loaded(page))} == {}


def test_no_style_loads_anything_from_another_host(site: Path) -> None:
    styles = texts(site, ".css")
    assert styles
    assert {name: found for name, style in styles.items() if (found := IN_CSS.findall(style))} == {}


def test_each_address_in_a_script_is_known_and_unused(site: Path) -> None:
    # The site itself holds the languages of the search; their comments name the authors' pages.
    scripts = {name: text for name, text in texts(site, ".js").items() if "/lunr/" not in name}
    named = {
        address
        for text in scripts.values()
        for address in IN_SCRIPT.findall(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    }
    assert named - {*UNUSED} - HARMLESS == set()
    pages = texts(site, ".html")
    assert [(name, mark) for name, page in pages.items() for mark in {*UNUSED.values()} if mark in page] == []


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<script src="https://a.example/x.js"></script>', ["https://a.example/x.js"]),
        ('<link rel="stylesheet" href="//a.example/x.css">', ["//a.example/x.css"]),
        ('<link rel="preconnect" href="https://a.example">', ["https://a.example"]),
        ('<img src="x.png" srcset="https://a.example/2x.png 2x">', ["https://a.example/2x.png 2x"]),
        ("<style>@import 'https://a.example/x.css';</style>", ["https://a.example/x.css"]),
        ('<p style="background: url(https://a.example/x.png)">', ["https://a.example/x.png"]),
        ('<script>fetch("https://a.example/x")</script>', ["https://a.example/x"]),
        ('<a href="https://a.example/">a link is followed by a person</a>', []),
        ('<link rel="canonical" href="https://a.example/"><script src="x.js"></script>', []),
    ],
)
def test_each_address_that_a_browser_loads_from_another_host_is_found(page: str, found: list[str]) -> None:
    assert loaded(page) == found


def test_every_page_can_be_searched(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text("utf-8"))["docs"]
    places = {entry["location"].partition("#")[0] for entry in index}
    assert {f"{path.stem}.html" for path in (ROOT / "docs").glob("*.md")} <= places
    assert [entry for entry in index if entry["location"] == "scenarios.html#retry_after"]


BROKEN = ("nowhere.md", "sidecar/nowhere.conf", "run.md#nowhere", "#nowhere", "../README.md", "/run.md")


def test_each_broken_link_is_named_and_ends_the_build(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    with (tmp_path / "docs" / "limits.md").open("a", encoding="utf-8") as page:
        page.writelines(["\n| a table |\n|---|\n", *(f"| [x]({link}) |\n" for link in BROKEN)])
    built = build(tmp_path / "site", tmp_path / "mkdocs.yml")
    assert built.returncode == 1
    warnings = [line for line in built.stderr.splitlines() if line.startswith("WARNING") and "limits.md" in line]
    assert [link for link in BROKEN if not any(f"'{link}'" in line for line in warnings)] == []
    assert f"Aborted with {len(BROKEN)} warnings in strict mode!" in built.stdout + built.stderr
