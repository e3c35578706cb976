"""The keys of a schema that a document uses, of all the keys of the schema."""

import re
from collections.abc import Iterator
from typing import Any

from .judge import Part, violations


def keys(part: Part, whole: Part, where: str = "") -> Iterator[str]:
    """Yield every key that a part of a schema has, such as `Fault.chance`; `where` is the mapping it stands in."""
    part = _resolved(part, whole)
    where = part.get("title", where)
    for key, inside in {**part.get("properties", {}), **part.get("patternProperties", {})}.items():
        yield f"{where}.{key}"
        yield from keys(inside, whole, f"{where}.{key}")
    for inside in _unnamed(part):
        yield from keys(inside, whole, where)


def used(value: Any, part: Part, whole: Part, where: str = "") -> Iterator[str]:
    """Yield the keys of a part that a valid value uses, by the same names."""
    part = _resolved(part, whole)
    where = part.get("title", where)
    for choice in part.get("anyOf", ()):
        if not any(violations(value, choice, whole)):
            yield from used(value, choice, whole, where)
    for item in value if isinstance(value, list) else ():
        yield from used(item, part.get("items", {}), whole, where)
    for key, found in value.items() if isinstance(value, dict) else ():
        yield from _used_key(key, found, part, whole, where)


def _used_key(key: str, found: Any, part: Part, whole: Part, where: str) -> Iterator[str]:
    listed = {name: inside for name, inside in part.get("properties", {}).items() if name == key}
    fitting = {name: inside for name, inside in part.get("patternProperties", {}).items() if re.search(name, key)}
    for name, inside in (listed | fitting).items():
        yield f"{where}.{name}"
        yield from used(found, inside, whole, f"{where}.{name}")
    beside = part.get("additionalProperties")
    if not listed and not fitting and isinstance(beside, dict):
        yield from used(found, beside, whole, where)


def _resolved(part: Part, whole: Part) -> Part:
    while "$ref" in part:
        part = whole["$defs"][part["$ref"].removeprefix("#/$defs/")]
    return part


def _unnamed(part: Part) -> Iterator[Part]:
    """Yield the inner parts of a part that no key leads to."""
    yield from part.get("anyOf", ())
    yield from (part[word] for word in ("items", "additionalProperties") if isinstance(part.get(word), dict))
