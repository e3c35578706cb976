"""Describes, for error sentences, the values that a type accepts, and checks values against a type.

Both the decoder and the schema use this module.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Final

from msgspec import Struct, inspect

from mockserver.core.document import List, Mapping, Node, Scalar, found
from mockserver.core.forms import Form, Keyed, Most
from mockserver.core.wording import did_you_mean, either, quoted

_Words = inspect.EnumType | inspect.LiteralType
_Number = inspect.IntType | inspect.FloatType
_Sized = inspect.StrType | inspect.DictType | inspect.CollectionType

_SORTS: dict[type[inspect.Type], tuple[type, ...]] = {
    inspect.BoolType: (bool,),
    inspect.FloatType: (int, float),
    inspect.IntType: (int,),
    inspect.NoneType: (type(None),),
    inspect.StrType: (str,),
}
_NAMES = {
    inspect.AnyType: "any value",
    inspect.BoolType: "true or false",
    inspect.DictType: "a mapping",
    inspect.NoneType: "null",
}


_UNBOUNDED = {inspect.StrType: "text", inspect.VarTupleType: "a list", inspect.DictType: "a mapping"}


def mark(kind: inspect.Type, name: str) -> object:
    """Return the entry with this name in the annotation of a type; None if there is no such entry."""
    return (kind.extra or {}).get(name) if isinstance(kind, inspect.Metadata) else None


def plain(kind: inspect.Type) -> inspect.Type:
    """Return the type without its annotations. A union of closed sets becomes one set.

    A set of numbers and texts is written as a union of two sets, because an older msgspec sorts each set, and cannot
    sort numbers with texts.
    """
    bare = kind.type if isinstance(kind, inspect.Metadata) else kind
    if not isinstance(bare, inspect.UnionType):
        return bare
    sets = [each.values for each in bare.types if isinstance(each, inspect.LiteralType)]
    return inspect.LiteralType(tuple(chain(*sets))) if len(sets) == len(bare.types) else bare


class Fields(Struct, frozen=True):
    """The fields of a struct by key.

    `written` are the fields that a person writes. `places` are the fields that store the place of the struct.

    A field that only a short form can set is in neither of these. `loose` means that if one field has a problem, the
    other fields can still be checked.
    """

    written: dict[str, inspect.Field]
    places: tuple[str, ...]
    loose: bool


@lru_cache(maxsize=256)
def fields(struct: type) -> Fields:
    """Return the fields of a struct.

    The result is cached, because most structs of a document have one of a few types.
    """
    [kind] = inspect.multi_type_info([struct])
    assert isinstance(kind, inspect.StructType)  # noqa: S101 - callers pass no other type
    by_key = {field.encode_name: field for field in kind.fields}
    places = tuple(key for key, field in by_key.items() if mark(field.type, "place"))
    made = {key for key, field in by_key.items() if mark(field.type, "made")}
    loose = any(mark(by_key[key].type, "place") != "whole" for key in places)
    return Fields({key: by_key[key] for key in by_key if key not in {*places, *made}}, places, loose)


def suits(kind: inspect.Type, node: Node) -> bool:
    """Return whether a node has the shape of a type, even if its value is not allowed."""
    inner = plain(kind)
    if mark(kind, "form"):
        return not (isinstance(node, Scalar) and node.value is None)
    match inner:
        case inspect.AnyType():
            return True
        case inspect.UnionType():
            return any(suits(alternative, node) for alternative in inner.types)
        case inspect.StructType() | inspect.DictType():
            return isinstance(node, Mapping)
        case inspect.CollectionType() | inspect.TupleType():
            return isinstance(node, List)
    return isinstance(node, Scalar) and _same_sort(inner, node.value)


def takes(kind: inspect.Type, value: object) -> bool:
    """Return whether a scalar type accepts a value, within all bounds of the type."""
    if not _same_sort(kind, value):
        return False
    match kind:
        case inspect.EnumType() | inspect.LiteralType():
            return any(type(word) is type(value) and word == value for word in words(kind))
        case inspect.StrType():
            return within(kind, len(str(value)))
        case inspect.IntType() | inspect.FloatType() if isinstance(value, int | float):
            over = (kind.gt is None or value > kind.gt) and (kind.ge is None or value >= kind.ge)
            return over and (kind.lt is None or value < kind.lt) and (kind.le is None or value <= kind.le)
    return True


def _same_sort(kind: inspect.Type, value: object) -> bool:
    if isinstance(kind, _Words):
        return any(type(word) is type(value) for word in words(kind))
    return type(value) in _SORTS.get(type(kind), ())


def within(kind: _Sized, length: int) -> bool:
    """Return whether a type accepts a text, mapping or list of this length."""
    return (kind.min_length or 0) <= length and (kind.max_length is None or length <= kind.max_length)


def words(kind: _Words) -> tuple[object, ...]:
    """Return the values of a closed set."""
    return tuple(member.value for member in kind.cls) if isinstance(kind, inspect.EnumType) else kind.values


def expected(kind: inspect.Type) -> str:  # noqa: PLR0911 - one return a kind
    """Return the description of a type that follows the word "expected" in a sentence."""
    inner = plain(kind)
    if mark(kind, "most"):
        # A bound on the length is reported only where a value exceeds it.
        return _UNBOUNDED[type(inner)]
    match mark(kind, "form"), inner:
        case Form() as form, _:
            return form.expected
        case Keyed() as keyed, inspect.StructType():
            return keyed_form(keyed, inner)
        case _, inspect.UnionType():
            return either([expected(alternative) for alternative in inner.types])
        case _, inspect.StructType():
            return f"a mapping with {either(list(fields(inner.cls).written))}"
        case _, inspect.EnumType() | inspect.LiteralType():
            return either([str(word) for word in words(inner)])
        case _, inspect.IntType() | inspect.FloatType():
            return ("a whole number" if isinstance(inner, inspect.IntType) else "a number") + _bounds(inner)
        case _, inspect.StrType():
            return "text" + _lengths(inner, "characters")
        case _, inspect.CollectionType():
            return "a list" + _lengths(inner, "entries")
        case _, inspect.TupleType():
            return f"a list of {len(inner.item_types)} entries"
    return _NAMES[type(inner)]


def keyed_form(keyed: Keyed, kind: inspect.StructType) -> str:
    """Return the description of the form in which a keyed struct is written."""
    key, inside = keyed.key.upper(), ", ".join(name for name in fields(kind.cls).written if name != keyed.key)
    return f"{key}, {key}: {keyed.value.upper()} or {key}: {{{inside}}}"


def _bounds(kind: _Number) -> str:
    if kind.ge is not None and kind.le is not None:
        return f" from {kind.ge} to {kind.le}"
    bounds = {"over": kind.gt, "from": kind.ge, "under": kind.lt, "up to": kind.le}
    return "".join(f" {word} {bound}" for word, bound in bounds.items() if bound is not None)


def _lengths(kind: _Sized, unit: str) -> str:
    least, most = kind.min_length, kind.max_length
    if least and most is not None:
        return f" of {least} to {most} {unit}"
    return f" of at least {least} {unit}" if least else "" if most is None else f" of at most {most} {unit}"


def mismatch(kind: inspect.Type, node: Node) -> str:
    """Return the error sentence for a node that its type does not accept."""
    most, inner, size = mark(kind, "most"), plain(kind), _size(node)
    if isinstance(most, Most) and isinstance(inner, _Sized) and suits(kind, node) and not within(inner, size):
        return f"expected at most {inner.max_length} {most.unit}, found {size}; {most.way_out}"
    return f"expected {expected(kind)}, found {found(node)}{_way_out(list(_leaves(kind)), node)}"


def _size(node: Node) -> int:
    match node:
        case List(_, items):
            return len(items)
        case Mapping(_, entries):
            return len(entries)
    return len(str(node.value))


def misfit(form: Form, node: Node, instead: str) -> str:
    """Return the error sentence for a node that is not in a short form.

    `instead` replaces the usual description of the expected value.
    """
    near = did_you_mean(node.word, form.words) if isinstance(node, Scalar) and not instead else ""
    return f"expected {instead or form.expected}, found {found(node)}{near}"


def _way_out(leaves: list[inspect.Type], node: Node) -> str:
    match node:
        case Scalar(value=None, source=""):
            return "; give it a value or leave the key out"
        case Scalar(value=bool() | int() | float()) if _any(leaves, inspect.StrType):
            return f"; put it in quotes: {quoted(node.source)}"
        case Scalar(value=str(text)) if _any(leaves, inspect.IntType, inspect.FloatType) and _reads_as_number(text):
            return f"; write it without quotes: {text}"
        case Scalar(value=str(text)):
            valid = [str(word) for leaf in leaves if isinstance(leaf, _Words) for word in words(leaf)]
            return did_you_mean(text, valid)
        case Mapping() if leaves and all(
            isinstance(leaf, inspect.CollectionType | inspect.NoneType) for leaf in leaves
        ):
            return '; begin each entry with "- "'
    return ""


def _leaves(kind: inspect.Type) -> Iterator[inspect.Type]:
    inner = plain(kind)
    if isinstance(inner, inspect.UnionType):
        for alternative in inner.types:
            yield from _leaves(alternative)
    elif not mark(kind, "form"):
        yield inner


def _any(leaves: list[inspect.Type], *kinds: type[inspect.Type]) -> bool:
    return any(isinstance(leaf, kinds) for leaf in leaves)


# The most digits of a text that can be read as a number.
_MOST_NUMBER_DIGITS: Final = 18


def _reads_as_number(text: str) -> bool:
    return len(text) <= _MOST_NUMBER_DIGITS and text.isascii() and text.removeprefix("-").replace(".", "", 1).isdigit()
