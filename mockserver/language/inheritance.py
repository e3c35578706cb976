"""The meaning of `extends`: one document on top of another.

It works on nodes, before anything is decoded, so that each part keeps its file and line.
"""

from typing import Final

from mockserver.core.document import Mapping, Node, Scalar

EXTENDS: Final = "extends"
"""The key that names the parent."""

MERGED: Final = frozenset({"clock", "wallet", "tokens", "media", "api"})
"""The sections that are merged key by key; any other that is given here replaces the parent's."""


def parent_of(document: Node | None) -> Scalar | None:
    """Return the value of `extends` in a document; None if there is none, or it is no text."""
    entries = document.entries if isinstance(document, Mapping) else ()
    parents = (value for key, value in entries if key.word == EXTENDS and isinstance(value, Scalar))
    return next((parent for parent in parents if isinstance(parent.value, str)), None)


def inherit(child: Mapping, parent: Mapping) -> Mapping:
    """Return the child with the parts that only its parent has, except the parent's own `extends`."""
    inherited = {key.word: value for key, value in parent.entries}
    given = tuple((key, _merged(key, value, inherited.get(key.word))) for key, value in child.entries)
    return Mapping(child.place, (*given, *_missing(child, parent)))


def _merged(key: Scalar, value: Node, inherited: Node | None) -> Node:
    if key.word in MERGED and isinstance(value, Mapping) and isinstance(inherited, Mapping):
        return Mapping(value.place, (*value.entries, *_missing(value, inherited)))
    return value


def _missing(child: Mapping, parent: Mapping) -> tuple[tuple[Scalar, Node], ...]:
    given = {EXTENDS, *(key.word for key, _ in child.entries)}
    return tuple((key, value) for key, value in parent.entries if key.word not in given)
