"""A judge of documents by the keywords that the schema of scenario files has; it knows no others."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from mockserver.core.document import List, Node, Scalar

Part = Mapping[str, Any]

SILENT: Final = {"$schema", "$defs", "title", "description", "default"}
"""Keywords that refuse nothing."""

_SORTS: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def written(node: Node) -> Any:
    """Return a document of YAML as plain data."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, List):
        return [written(item) for item in node.items]
    return {key.word: written(value) for key, value in node.entries}


def violations(value: Any, part: Part, whole: Part) -> Iterator[str]:
    """Yield the faults of a value against a part of a schema; an unknown keyword is a KeyError."""
    for keyword, demand in part.items():
        if keyword == "$ref":
            yield from violations(value, whole["$defs"][demand.removeprefix("#/$defs/")], whole)
        elif keyword == "anyOf":
            if all(any(violations(value, choice, whole)) for choice in demand):
                yield f"{value!r} is none of {len(demand)} choices"
        elif keyword in _INSIDE:
            for inside, each in _INSIDE[keyword](value, demand, part):
                yield from violations(inside, each, whole)
        elif keyword == "additionalProperties":
            yield from _additional(value, part, whole)
        elif keyword not in SILENT and not _HOLDS[keyword](value, demand):
            yield f"{value!r} against {keyword} {demand!r}"


def _additional(value: Any, part: Part, whole: Part) -> Iterator[str]:
    for key in value if isinstance(value, dict) else ():
        listed = key in part.get("properties", {})
        if listed or any(re.search(pattern, key) for pattern in part.get("patternProperties", {})):
            continue
        if part["additionalProperties"] is False:
            yield f"{key!r} is no key here"
        else:
            yield from violations(value[key], part["additionalProperties"], whole)


def _items(value: Any, demand: Any, part: Part) -> Iterable[tuple[Any, Part]]:
    return ((item, demand) for item in value) if isinstance(value, list) else ()


def _prefix(value: Any, demand: Any, part: Part) -> Iterable[tuple[Any, Part]]:
    return zip(value, demand, strict=False) if isinstance(value, list) else ()


def _properties(value: Any, demand: Any, part: Part) -> Iterable[tuple[Any, Part]]:
    return ((value[key], demand[key]) for key in demand if key in value) if isinstance(value, dict) else ()


def _patterns(value: Any, demand: Any, part: Part) -> Iterable[tuple[Any, Part]]:
    keys = value if isinstance(value, dict) else {}
    return ((keys[key], demand[pattern]) for pattern in demand for key in keys if re.search(pattern, key))


def _names(value: Any, demand: Any, part: Part) -> Iterable[tuple[Any, Part]]:
    return ((key, demand) for key in value) if isinstance(value, dict) else ()


_INSIDE: Final[Mapping[str, Callable[[Any, Any, Part], Iterable[tuple[Any, Part]]]]] = {
    "items": _items,
    "prefixItems": _prefix,
    "properties": _properties,
    "patternProperties": _patterns,
    "propertyNames": _names,
}


def _of(kinds: type | tuple[type, ...], holds: Callable[[Any, Any], object]) -> Callable[[Any, Any], bool]:
    """A demand on values of some kinds; others meet it, and True is no number."""
    return lambda value, demand: isinstance(value, bool) or not isinstance(value, kinds) or bool(holds(value, demand))


_HOLDS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "type": lambda value, sorts: any(
        type(value) in _SORTS[sort] for sort in ([sorts] if isinstance(sorts, str) else sorts)
    ),
    "enum": lambda value, words: any(type(value) is type(word) and value == word for word in words),
    "const": lambda value, word: type(value) is type(word) and bool(value == word),
    "required": _of(dict, lambda value, keys: set(keys) <= set(value)),
    "minProperties": _of(dict, lambda value, bound: len(value) >= bound),
    "maxProperties": _of(dict, lambda value, bound: len(value) <= bound),
    "minItems": _of(list, lambda value, bound: len(value) >= bound),
    "maxItems": _of(list, lambda value, bound: len(value) <= bound),
    "minLength": _of(str, lambda value, bound: len(value) >= bound),
    "maxLength": _of(str, lambda value, bound: len(value) <= bound),
    "pattern": _of(str, lambda value, pattern: re.search(pattern, value)),
    "minimum": _of((int, float), lambda value, bound: value >= bound),
    "maximum": _of((int, float), lambda value, bound: value <= bound),
    "exclusiveMinimum": _of((int, float), lambda value, bound: value > bound),
    "exclusiveMaximum": _of((int, float), lambda value, bound: value < bound),
}
