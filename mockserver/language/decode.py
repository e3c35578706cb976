"""Decodes a document into a value. One walk along the type finds every mistake; only then the value is converted.

The walk turns short forms into long plain data and records the place of every part. It does not stop at the first
problem.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Generic, TypeVar, cast

from msgspec import UNSET, Struct, UnsetType, convert, inspect

from mockserver.core.document import KEY, List, Mapping, Node, Path, Place, Problem, Scalar, found, line
from mockserver.core.forms import EntryError, Form, Keyed
from mockserver.core.wording import either, nearest, quoted, worded
from mockserver.language.expectation import (
    expected,
    fields,
    mark,
    misfit,
    mismatch,
    plain,
    suits,
    takes,
    within,
)

T = TypeVar("T", bound=Struct)

MOST_PROBLEMS: Final = 1_000
"""The most problems that one walk lists.

A person does not correct more at once, and each problem takes time to find.
"""

# The walk returns this for a part that has a problem.
_FLAWED: Final = UNSET


class Decoded(Struct, Generic[T], frozen=True):
    """A decoded document: its value, all its problems, and the place of each part of the long value.

    If there are problems, the value is made from the parts without problems, so that checks across fields can still
    run. A section with a problem, or a field of a rule with a problem, gets its default. The value is None if no part
    can be used.
    """

    value: T | None
    problems: tuple[Problem, ...]
    places: dict[Path, Place | str]

    def place(self, path: Path) -> Place | str:
        """Return the place of the part at a path.

        If this part has no place, return the place of the nearest part that contains it.
        """
        ends = (path[:length] for length in range(len(path), -1, -1))
        return next(self.places[end] for end in ends if end in self.places)


def decode(node: Node, kind: type[T]) -> Decoded[T]:
    """Read a document as a value of a type that is made of structs, containers, scalars and short forms."""
    walk = _Walk()
    long = walk.value(node, _type_info(kind), ())
    value = None if long is _FLAWED else convert(long, kind)
    return Decoded(value, tuple(walk.problems), walk.places)


@lru_cache(maxsize=16)
def _type_info(kind: type[Struct]) -> inspect.Type:
    return inspect.type_info(kind)


def _opened(node: Node, keyed: Keyed) -> tuple[Scalar, Mapping] | None:
    """Return the key of a struct in keyed form and the fields written beside this key; None if the form is another."""
    match node:
        case Scalar():
            return node, Mapping(node.place, ())
        case Mapping(place, ((key, Mapping() as inside),)):
            return key, Mapping(place, inside.entries)
        case Mapping(place, ((key, value),)):
            return key, Mapping(place, ((Scalar(key.place, keyed.value, keyed.value), value),))
    return None


class _Walk:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.places: dict[Path, Place | str] = {}
        # The number of parts with a problem, including parts whose problem the reader of YAML has already listed.
        self.flaws = 0

    def value(self, node: Node, kind: inspect.Type, path: Path) -> object:  # noqa: PLR0911 - one return a kind
        """Return the long plain data of a node, or _FLAWED."""
        self.places[path] = node.place
        if self._passes_over(node):
            return _FLAWED
        inner, form = plain(kind), mark(kind, "form")
        if isinstance(form, Keyed):
            return self._keyed(node, form, kind, path)
        if isinstance(form, Form) and not (isinstance(node, Mapping) and isinstance(inner, inspect.StructType)):
            return self._form(node, form, path)
        if isinstance(inner, inspect.UnionType):
            return self._union(node, inner, path)
        if isinstance(inner, inspect.AnyType):
            return self._anything(node, path)
        match node:
            case Scalar() if takes(inner, node.value):
                return node.value
            case Mapping() if isinstance(inner, inspect.StructType):
                return self._struct(node, inner, path)
            case Mapping() if isinstance(inner, inspect.DictType) and within(inner, len(node.entries)):
                return self._dict(node, inner, path)
            case List() if isinstance(inner, inspect.CollectionType) and within(inner, len(node.items)):
                return self._list(node, inner, path)
            case List() if isinstance(inner, inspect.TupleType) and len(node.items) == len(inner.item_types):
                return self._tuple(node, inner, path)
        return self._report(node.place, path, mismatch(kind, node))

    def _passes_over(self, node: Node) -> bool:
        reported = isinstance(node, Scalar) and node.value is UNSET
        full = len(self.problems) >= MOST_PROBLEMS
        if reported or full:
            self.flaws += 1
        return reported or full

    def _report(self, place: Place | str, path: Path, sentence: str) -> UnsetType:
        # A place without lines is a path, which already names the key.
        key = next((part for part in reversed(path) if isinstance(part, str)), None)
        label = f"{worded(key)}: " if key and isinstance(place, Place) else ""
        self.problems.append(Problem(place, label + sentence))
        self.flaws += 1
        return _FLAWED

    def _entries(self, node: Mapping) -> Iterator[tuple[Scalar, Node]]:
        """Yield the entries whose keys are valid and not repeated. Report the other entries as problems."""
        first: dict[str, Scalar] = {}
        for key, value in node.entries:
            if self._passes_over(key):
                continue
            if first.setdefault(key.word, key) is key:
                yield key, value
            else:
                there = first[key.word].place
                self._report(key.place, (), f"duplicate key {quoted(key.word)}; it stands at {there} already")

    def _keyed(self, node: Node, keyed: Keyed, kind: inspect.Type, path: Path) -> object:
        match _opened(node, keyed), node:
            case (key, inside), _:
                return self._struct(inside, cast("inspect.StructType", plain(kind)), path, (keyed.key, key))
            case _, Mapping(_, ((first, _), (second, _), *_)):
                way_out = f"indent what belongs to {quoted(first.word)} further"
                return self._report(second.place, path, f"expected one key, found {quoted(second.word)} too; {way_out}")
        return self._report(node.place, path, mismatch(kind, node))

    def _struct(
        self, node: Mapping, kind: inspect.StructType, path: Path, given: tuple[str, Node] | None = None
    ) -> object:
        """Read a struct. `given` is the field that is written outside of the mapping, if any."""
        flaws, known = self.flaws, fields(kind.cls)
        inside = dict(known.written)
        long: dict[str, object] = dict.fromkeys(known.places, line(node.place))
        if given:
            key, outside = given
            long[key] = self.value(outside, inside.pop(key).type, (*path, key))
        self._fields(node, inside, path, long)
        if self.flaws == flaws:
            return long
        whole = {key: part for key, part in long.items() if part is not _FLAWED}
        possible = all(key in whole for key, field in known.written.items() if field.required)
        return whole if possible and (not path or known.loose) else _FLAWED

    def _fields(self, node: Mapping, known: dict[str, inspect.Field], path: Path, long: dict[str, object]) -> None:
        # A key that is misspelt or cannot be read is reported once. It is not reported again as missing.
        meant = set(known) if any(key.value is UNSET for key, _ in node.entries) else set()
        for key, value in self._entries(node):
            if field := known.get(key.word):
                long[key.word] = self.value(value, field.type, (*path, key.word))
                meant.add(key.word)
            else:
                meant.add(self._unknown(key, tuple(known)))
        for name, field in known.items():
            if field.required and name not in meant:
                self._report(node.place, (), f"missing key {quoted(name)}; expected {expected(field.type)}")

    def _unknown(self, key: Scalar, valid: tuple[str, ...]) -> str:
        near = nearest(key.word, valid)
        way_out = f"did you mean {quoted(near)}?" if near else f"expected {either(valid) if valid else 'none at all'}"
        self._report(key.place, (), f"unknown key {quoted(key.word)}; {way_out}")
        return near or ""

    def _form(self, node: Node, form: Form, path: Path) -> object:
        short = self._anything(node, path)
        if short is _FLAWED:
            return _FLAWED
        try:
            return form.lengthen(short)
        except ValueError as error:
            part = node.items[error.index] if isinstance(error, EntryError) and isinstance(node, List) else node
            return self._report(part.place, path, misfit(form, part, str(error)))

    def _anything(self, node: Node, path: Path) -> object:
        """Return a node of any type as plain data that JSON can represent."""
        if self._passes_over(node):
            return _FLAWED
        match node:
            case List(_, items):
                return self._row([self._anything(item, (*path, i)) for i, item in enumerate(items)])
            case Mapping():
                flaws = self.flaws
                long = {key.word: self._anything(value, (*path, key.word)) for key, value in self._texts(node)}
                return long if self.flaws == flaws else _FLAWED
        return node.value

    def _union(self, node: Node, kind: inspect.UnionType, path: Path) -> object:
        """Read the node as one alternative of a union.

        This is the only alternative with the shape of the node, or else the first alternative that accepts the node.
        """
        shaped = [alternative for alternative in kind.types if suits(alternative, node)]
        if not shaped:
            return self._report(node.place, path, mismatch(kind, node))
        if len(shaped) == 1:
            return self.value(node, shaped[0], path)
        trials = [(trial := _Walk(), trial.value(node, alternative, path)) for alternative in shaped]
        chosen, long = next((attempt for attempt in trials if attempt[1] is not _FLAWED), trials[0])
        self.problems += chosen.problems
        self.places |= chosen.places
        self.flaws += chosen.flaws
        return long

    def _texts(self, node: Mapping) -> Iterator[tuple[Scalar, Node]]:
        """Yield the entries whose keys are texts. Report the other entries as problems."""
        for key, value in self._entries(node):
            if isinstance(key.value, str):
                yield key, value
            else:
                way_out = f"put it in quotes: {quoted(key.word)}"
                self._report(key.place, (), f"expected text as a key, found {found(key)}; {way_out}")

    def _dict(self, node: Mapping, kind: inspect.DictType, path: Path) -> object:
        flaws = self.flaws
        long = {}
        for key, value in self._texts(node):
            self.places[(*path, key.word, KEY)] = key.place
            long[key.word] = self.value(value, kind.value_type, (*path, key.word))
        return long if self.flaws == flaws else _FLAWED

    def _list(self, node: List, kind: inspect.CollectionType, path: Path) -> object:
        whole: list[object] = []
        flaws = self.flaws
        for part in node.items:
            known = len(self.places)
            long = self.value(part, kind.item_type, (*path, len(whole)))
            if long is not _FLAWED:
                whole.append(long)
                continue
            while len(self.places) > known:
                self.places.popitem()
        # A rule stores its place and does not depend on other rules. So if one rule has a problem, the other rules can
        # still be checked.
        item = plain(kind.item_type)
        rules = isinstance(item, inspect.StructType) and fields(item.cls).places
        return whole if rules or self.flaws == flaws else _FLAWED

    def _tuple(self, node: List, kind: inspect.TupleType, path: Path) -> object:
        parts = zip(node.items, kind.item_types, strict=True)
        return self._row([self.value(item, each, (*path, i)) for i, (item, each) in enumerate(parts)])

    def _row(self, parts: list[object]) -> object:
        return _FLAWED if any(part is _FLAWED for part in parts) else parts
