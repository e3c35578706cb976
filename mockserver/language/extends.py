"""Reads a scenario, and the scenarios that it extends, from their files into one document.

A parent is a scenario of the gallery, or a file in the folder of the file that names the parent, or below this folder.
"""

import os
import select
import stat
from functools import reduce
from io import BufferedReader
from pathlib import Path, PurePath
from typing import Final

from msgspec import Struct

from mockserver.core.document import Mapping, Node, Problem, Scalar, found
from mockserver.core.wording import did_you_mean, quoted
from mockserver.files import open_without_waiting
from mockserver.language import gallery
from mockserver.language.yaml_document import Document, read

LARGEST: Final = 1_048_576
"""The most bytes of one file."""

MOST_FILES: Final = 8
"""The most files in one chain of `extends`."""


class MergedDocument(Struct, frozen=True):
    """A document merged with all its parents. `root` is the merged node; None if the text has no document.

    `text` is the source of the child. `labels` are the names of the files in places, child first; `files` are the files
    that were read, including missing files. `complete` is false if a parent is missing or is not a document.
    """

    root: Node | None
    text: str
    problems: tuple[Problem, ...]
    labels: tuple[str, ...]
    files: tuple[Path, ...] = ()
    complete: bool = True


class _NoParent(Exception):
    """The parent does not exist. The text of this error completes the sentence "extends: …"."""


def of_file(path: Path) -> MergedDocument:
    """Read a file, and the files that it extends."""
    try:
        source = _source(path)
    except (OSError, ValueError) as error:
        # ValueError: a name with a NUL.
        sentence = f"the scenario cannot be read: {getattr(error, 'strerror', None) or error}"
        return MergedDocument(None, "", (Problem(str(path), sentence),), (str(path),), (path,))
    return _Reader(path).follow(source, str(path))


def of_text(source: bytes, file: str) -> MergedDocument:
    """Read a text that is not in a file, and its parents in the gallery. `file` is the name of the text in places."""
    return _Reader(None).follow(source, file)


def _source(path: Path) -> bytes:
    """Return the bytes of a file, at most one more than LARGEST.

    A pipe is read to its end if a program writes to it.
    """
    with open(path, "rb", buffering=0, opener=open_without_waiting) as opened, BufferedReader(opened) as file:
        # None: a program writes to the pipe, but has written nothing yet.
        begun = opened.read(1)
        if begun == b"" and _never_written_to(opened.fileno()):
            msg = "it is a pipe, and nothing writes to it"
            raise ValueError(msg)
        os.set_blocking(opened.fileno(), True)
        return (begun or b"") + file.read(LARGEST)


def _never_written_to(descriptor: int) -> bool:
    """Return whether a file without data is a pipe that no program has opened for writing yet.

    A pipe that is at its end is another case.
    """
    if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        return False
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return not poll.poll(0)


def _document(source: bytes, file: str) -> Document:
    if len(source) > LARGEST:
        sentence = f"expected at most {LARGEST} bytes, found more; a scenario is a small file"
        return Document("", None, [Problem(file, sentence)])
    return read(source, file)


class _Reader:
    """Reads a scenario, its parent, the parent of its parent, and so on."""

    def __init__(self, youngest: Path | None) -> None:
        self._files: list[Path] = [] if youngest is None else [youngest]
        self._labels: list[str] = []
        self._documents: list[Document] = []
        self._problems: list[Problem] = []

    def follow(self, source: bytes, label: str) -> MergedDocument:
        """Read the source and all its parents."""
        self._read(source, label)
        complete = True
        while complete and (named := parent_of(self._documents[-1].root)) is not None:
            try:
                self._climb(str(named.value))
            except _NoParent as reason:
                self._problems.append(Problem(named.place, f"extends: {reason}"))
                complete = False
        complete = complete and all(isinstance(document.root, Mapping) for document in self._documents[1:])
        youngest = self._documents[0]
        problems, labels, files = tuple(self._problems), tuple(self._labels), tuple(self._files)
        return MergedDocument(self._root(), youngest.text, problems, labels, files, complete)

    def _read(self, source: bytes, label: str) -> None:
        document = _document(source, label)
        self._labels.append(label)
        self._documents.append(document)
        self._problems += document.problems

    def _climb(self, word: str) -> None:
        """Read the parent that the last document names."""
        file = self._of_gallery(word) if gallery.named(word) else self._of_folder(word)
        visited = [_resolved(visited) for visited in self._files]
        self._files.append(file)
        if _resolved(file) in visited:
            msg = f"{word} is made from this file itself; leave `extends` out in one of them"
            raise _NoParent(msg)
        if len(self._documents) == MOST_FILES:
            msg = f"expected at most {MOST_FILES} files on top of one another, found more"
            raise _NoParent(msg)
        label = str(file) if gallery.named(word) else str(PurePath(self._labels[-1]).parent / word)
        self._read(_parent_source(word, file), label)
        root = self._documents[-1].root
        if root is not None and not isinstance(root, Mapping):
            self._problems.append(Problem(root.place, f"expected a scenario to extend, found {found(root)}"))

    def _of_gallery(self, name: str) -> Path:
        if (file := gallery.path(name)) is None:
            near = did_you_mean(name, gallery.names())
            msg = f"expected a name of the gallery, or a path with / or .yaml, found {quoted(name)}{near}"
            raise _NoParent(msg)
        return file

    def _of_folder(self, word: str) -> Path:
        if "/" not in word and not word.endswith(".yaml"):
            msg = f"expected a name of the gallery, or a path with / or .yaml, found {quoted(word)}"
            raise _NoParent(msg)
        if not self._files:
            msg = f"expected a name of the gallery, since this text is no file, found the path {quoted(word)}"
            raise _NoParent(msg)
        folder = self._files[-1].parent
        if not _resolved(folder / word).is_relative_to(_resolved(folder)):
            msg = f"expected a path within the folder of this file, found {quoted(word)}, which leads out of it"
            raise _NoParent(msg)
        return folder / word

    def _root(self) -> Node | None:
        youngest = self._documents[0].root
        if not isinstance(youngest, Mapping):
            return youngest
        *_, eldest = roots = [document.root for document in self._documents if isinstance(document.root, Mapping)]
        return reduce(lambda parent, child: inherit(child, parent), reversed(roots[:-1]), eldest)


def _resolved(file: Path) -> Path:
    try:
        return file.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        # A circle of symbolic links, or a name with a NUL.
        raise _unreadable(str(file.name), error) from error


def _parent_source(word: str, file: Path) -> bytes:
    try:
        # A pipe or a device may never end, or may stay empty.
        if not file.is_file():
            msg = f"there is no file {quoted(word)}"
            raise _NoParent(msg)
        return _source(file)
    except OSError as error:
        raise _unreadable(word, error) from error


def _unreadable(word: str, error: Exception) -> _NoParent:
    return _NoParent(f"{quoted(word)} cannot be read: {getattr(error, 'strerror', None) or error}")


# Merging. Nodes are merged before they are decoded, so that each part keeps its file and line

EXTENDS: Final = "extends"
"""The key that names the parent."""

MERGED: Final = frozenset({"clock", "wallet", "tokens", "media", "api"})
"""The sections that are merged key by key; any other section of the child replaces the parent's."""


def parent_of(document: Node | None) -> Scalar | None:
    """Return the value of `extends` in a document; None if there is no such key, or its value is not a text."""
    entries = document.entries if isinstance(document, Mapping) else ()
    parents = (value for key, value in entries if key.word == EXTENDS and isinstance(value, Scalar))
    return next((parent for parent in parents if isinstance(parent.value, str)), None)


def inherit(child: Mapping, parent: Mapping) -> Mapping:
    """Return the child, with the parts that only its parent has added. The `extends` of the parent is not added."""
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
