"""A document before it is decoded: nodes that store their place in the text, and problems that name a place.

YAML and JSON both become these nodes, so files and requests share one decoder and one set of error sentences.
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Final

from msgspec import Struct, UnsetType
from msgspec.json import encode

from mockserver.core.wording import LONGEST_WORD, printable, quoted, shortened

Path = tuple[str | int, ...]
"""The path to a part of a value: keys and indices from the root."""

KEY: Final = -1
"""The last part of a path, if the path leads to a key itself and not to the value of the key."""

Finding = tuple[Path, str]
"""The path to a part of a value, and a sentence about this part."""


class Place(Struct, frozen=True):
    """A place in a file. Lines and columns are counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Scalar(Struct, frozen=True):
    """One value: `source` is its text as written; `value` is UNSET if a problem about it is listed already."""

    place: Place | str
    value: str | int | float | bool | UnsetType | None
    source: str

    @property
    def word(self) -> str:
        """The text of this scalar as a key of a mapping."""
        return self.value if isinstance(self.value, str) else self.source


class List(Struct, frozen=True):
    """Values in their order."""

    place: Place | str
    items: tuple["Node", ...]


class Mapping(Struct, frozen=True):
    """The entries of a mapping, in the order written, including duplicate keys."""

    place: Place | str
    entries: tuple[tuple[Scalar, "Node"], ...]


Node = Scalar | List | Mapping
"""A piece of a document; its place is a text, such as `$.then.status`, if the document has no lines."""


class Problem(Struct, frozen=True):
    """A mistake at a place, as one sentence.

    The sentence gives the expected value, the value found, and a way to correct the mistake.
    """

    place: Place | str
    sentence: str

    def __str__(self) -> str:
        return printable(f"{self.place}: {self.sentence}")

    @property
    def position(self) -> tuple[int, int]:
        """The sort key of problems.

        They follow the order of the document; problems of the whole document come first.
        """
        return (0, 0) if isinstance(self.place, str) else (self.place.line, self.place.column)


def below(path: Path, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings with `path` put before their own path.

    So findings about the part at `path` become findings about the whole value.
    """
    return (((*path, *inside), sentence) for inside, sentence in findings)


def line(place: Place | str) -> str:
    """Return the place as answers show places: the name of the file without its folder, and the line."""
    return place if isinstance(place, str) else printable(f"{PurePath(place.file).name}:{place.line}")


def found(node: Node) -> str:
    """Return a description of a node, to complete the sentence "expected …, found …"."""
    match node:
        case List():
            return "a list" if node.items else "an empty list"
        case Mapping():
            return "a mapping" if node.entries else "an empty mapping"
        case Scalar(value=str(text)):
            return f"the text {quoted(text)}"
        case Scalar(value=bool() | None):
            return node.source or "nothing"
    return f"the number {shortened(node.source)}"


def _step(key: str) -> str:
    """Return a key as a part of a place. A long key is cut, because the place of each value below repeats the key."""
    return f".{key}" if key.isidentifier() and len(key) <= LONGEST_WORD else f"[{quoted(key)}]"


def from_json(value: object, path: str = "$") -> Node:
    """Return the node of a value decoded from JSON; places are paths such as `$.then[0].status`.

    This function is recursive, so the caller must bound the depth of the value.
    """
    if isinstance(value, dict):
        entries = ((key, path + _step(key)) for key in value)
        return Mapping(path, tuple((Scalar(at, key, key), from_json(value[key], at)) for key, at in entries))
    if isinstance(value, list):
        return List(path, tuple(from_json(item, f"{path}[{i}]") for i, item in enumerate(value)))
    if not isinstance(value, str | int | float | bool | None):
        msg = f"{value!r} is no JSON"
        raise TypeError(msg)
    return Scalar(path, value, value if isinstance(value, str) else encode(value).decode())
