"""The pages of the project as Markdown: their text without code, their headings, links and fenced blocks."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = sorted((ROOT / "docs").glob("*.md"))
TOP: Final = [ROOT / f"{name}.md" for name in ("README", "ARCHITECTURE", "CONTRIBUTING", "SECURITY", "CHANGELOG")]
PAGES: Final = [*TOP, *DOCS]

_FENCE: Final = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks(page: str, kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return [block for found, block in _FENCE.findall(page) if found == kind]


def prose(page: str) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page)


def section(page: str, title: str) -> str:
    """The text below a heading of the second level."""
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(part: str) -> list[list[str]]:
    """The rows of the first table in a text, without its head."""
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def headings(page: str) -> list[str]:
    return [title.replace("`", "") for title in re.findall(r"^#{1,6} (.+)$", prose(page), re.MULTILINE)]


def links(page: str) -> Iterator[str]:
    """Yield each target of a link within the repository."""
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", prose(page))):
        if "://" not in target:
            yield target


def anchor(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
