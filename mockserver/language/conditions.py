"""The conditions that a rule can have, and the check for conditions that can never hold."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec.json import encode

from mockserver.core import headers
from mockserver.core.document import KEY, Finding
from mockserver.core.generation import GenerationType
from mockserver.core.operation import ADDRESSING, TRAITS, Operation
from mockserver.core.rules import Condition, ConditionValue, When, matches
from mockserver.core.wording import did_you_mean, either, quoted, worded

_OF_ALL: Final = ("account", "header.NAME", "query.NAME")

OF_ORDERS: Final = ("generation_type", "model_name", "prompt", "project_id", "settings.KEY", *_OF_ALL)
"""The keys of `when` that a new generation has; the part after a dot is the user's choice."""

OF_GENERATIONS: Final = (*OF_ORDERS, "id", "status")
"""The keys of `when` that a request for a generation has."""

_BY_OPERATION: Final = {
    **dict.fromkeys(Operation, _OF_ALL),
    Operation.CREATE: OF_ORDERS,
    **dict.fromkeys(ADDRESSING, OF_GENERATIONS),
}

_FILTERS: Final[Mapping[str, Sequence[str]]] = {operation: traits.filters for operation, traits in TRAITS.items()}

Subjects = Mapping[str, Sequence[str]]
"""The things that a rule can be about, each with its keys of `when`."""

NEW_GENERATIONS: Final[Subjects] = {"a new generation": OF_ORDERS}


def subjects(on: Collection[Operation]) -> Subjects:
    """Return the things that a rule for these operations is about.

    If a rule lists operations, each of these operations must have the key of the condition. A rule for all operations
    applies to the operations that have the key.
    """
    if set(on) == set(Operation):
        return {"any request": OF_GENERATIONS}
    return {operation: _BY_OPERATION[operation] for operation in on}


def impossible(when: When, about: Subjects) -> Iterator[Finding]:
    """Yield the conditions that can never hold for at least one subject of the rule."""
    for key, condition in when.items():
        lacking = next((subject for subject, keys in about.items() if not _has(keys, key)), None)
        if lacking is not None:
            yield (key, KEY), _no_such(key, lacking, about[lacking])
            continue
        if key.startswith("header.") and not headers.is_name(key.partition(".")[2]):
            expected = "expected letters, digits and hyphens after the dot"
            yield (key, KEY), f"{worded(key)}: no header has such a name; {expected}"
        if condition == ():
            yield (key,), f"{worded(key)}: expected at least one value, found an empty list, which matches nothing"
        yield from ((path, sentence) for path, one in choices(key, condition) for sentence in _never(key, one))


def choices(key: str, condition: Condition) -> Iterator[tuple[tuple[str | int, ...], ConditionValue]]:
    """Yield each value that a condition accepts, with its path within `when`."""
    if isinstance(condition, tuple):
        yield from (((key, i), one) for i, one in enumerate(condition))
    else:
        yield (key,), condition


def matches_any(glob: ConditionValue, words: Iterable[object]) -> bool:
    """Return whether one of the values meets a condition."""
    return any(matches(glob, word) for word in words)


def _has(keys: Sequence[str], key: str) -> bool:
    first, dot, name = key.partition(".")
    return any(known.startswith(first + dot) for known in keys) if name else key in keys and not dot


def _no_such(key: str, subject: str, keys: Sequence[str]) -> str:
    if _has(OF_GENERATIONS, key):
        filters = key in _FILTERS.get(subject, ())
        way_out = f"did you mean {quoted(f'query.{key}')}?" if filters else f"expected {either(keys)}"
        return f"{worded(key)} is not known of {subject}; {way_out}"
    name = key.partition(".")[2]
    # If the first part is misspelt, the suggestion keeps the name after the dot: "setings.style" is near
    # "settings.style".
    near = did_you_mean(
        key, [f"{known.partition('.')[0]}.{name}" if name and "." in known else known for known in keys]
    )
    return f"unknown condition {quoted(key)}" + (near or f"; expected {either(keys)}")


def _never(key: str, value: ConditionValue) -> Iterator[str]:
    written = value if isinstance(value, str) else encode(value).decode()
    if key == "id":
        if not _can_be_id(value):
            yield f'{key}: expected a whole number from 1, or a text such as "18*", found {worded(written)}'
    elif key != "project_id" and not key.startswith("settings.") and not isinstance(value, str):
        yield f'{worded(key)}: expected text, found {written}; put it in quotes: "{written}"'
    elif key == "generation_type" and not matches_any(value, GenerationType):
        near = did_you_mean(written, list(GenerationType))
        yield f"{key}: no type matches {quoted(written)}" + (near or f"; expected {either(list(GenerationType))}")


def _can_be_id(value: ConditionValue) -> bool:
    if isinstance(value, str):
        return bool(value) and set(value) <= set("0123456789*?")
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
