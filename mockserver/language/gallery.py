"""The gallery: the scenarios that come with the program, by name.

A word without `/` and `.yaml` is always a name of the gallery, even if the working directory has a file with this name.
"""

import re
from pathlib import Path
from typing import Final

from mockserver.core import wording

_NAME: Final = re.compile(r"[a-z0-9-]+")
_ENDING: Final = ".yaml"


def named(text: str) -> bool:
    """Return whether a text is a name of the gallery. Otherwise the text is a path."""
    return _NAME.fullmatch(text) is not None


def folder() -> Path:
    """Return the folder of the gallery.

    It is within the installed package, or beside the package in a checkout of the source.
    """
    package = Path(__file__).parents[1]
    shipped = package / "scenarios"
    return shipped if shipped.is_dir() else package.parent / "scenarios"


def names() -> list[str]:
    """Return the names in the gallery, in alphabetical order."""
    return sorted(path.stem for path in folder().glob(f"*{_ENDING}") if named(path.stem))


def path(name: str) -> Path | None:
    """Return the file of a scenario of the gallery; None if the gallery has no scenario with this name."""
    return folder() / f"{name}{_ENDING}" if name in names() else None


def near(name: str) -> list[str]:
    """Return the names of the gallery that are near to `name`, the nearest first."""
    return wording.near(name, names(), 3)
