"""The gallery: the scenarios that come with the program, by name.

A word without `/` and `.yaml` is always a name of the gallery, even if the working directory has such a file.
"""

import re
from pathlib import Path
from typing import Final

from mockserver.core import wording

_NAME: Final = re.compile(r"[a-z0-9-]+")
_ENDING: Final = ".yaml"


def named(text: str) -> bool:
    """Tell whether a text is a name of the gallery rather than a path."""
    return _NAME.fullmatch(text) is not None


def folder() -> Path:
    """Return where the gallery is: within the installed package, or beside the package in a checkout."""
    package = Path(__file__).parents[1]
    shipped = package / "scenarios"
    return shipped if shipped.is_dir() else package.parent / "scenarios"


def names() -> list[str]:
    """Return the names in the gallery, in alphabetical order."""
    return sorted(path.stem for path in folder().glob(f"*{_ENDING}") if named(path.stem))


def path(name: str) -> Path | None:
    """Return the file of a name, None if the gallery has no such name."""
    return folder() / f"{name}{_ENDING}" if name in names() else None


def near(name: str) -> list[str]:
    """Return the names of the gallery that are near to this one, the nearest first."""
    return wording.near(name, names(), 3)
