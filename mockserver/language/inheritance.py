"""One document on top of another: what `extends` means, whatever the documents hold.

It is a matter of nodes, before anything is decoded, so that each part keeps the file and line at which it stands.
"""

from typing import Final

from mockserver.core.document import Mapping, Node, Scalar

EXTENDS: Final = "extends"
"""The key that names the parent."""

MERGED: Final = frozenset({"clock", "wallet", "tokens", "media", "api"})
"""The sections that are merged key by key; any other that is given here replaces the parent's."""


def parent_of(document: Node | None) -> Scalar | None:
    """Return what a document says that it extends; None if it says nothing, or no text."""
    entries = document.entries if isinstance(document, Mapping) else ()
    parents = (value for key, value in entries if key.word == EXTENDS and isinstance(value, Scalar))
    return next((parent for parent in parents if isinstance(parent.value, str)), None)


def inherit(child: Mapping, parent: Mapping) -> Mapping:
    """Return the child with what it does not say itself from its parent, whose own parent is not among that."""
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
