"""Which conditions a rule can have, and which of them can never hold."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec.json import encode

from mockserver.core.document import KEY, Finding, quoted
from mockserver.core.expectation import did_you_mean, either
from mockserver.core.generation import GenerationType
from mockserver.core.rules import Condition, Scalar, When, tests

OF_ORDERS: Final = (
    "generation_type",
    "model_name",
    "prompt",
    "project_id",
    "account",
    "settings.KEY",
    "header.NAME",
    "query.NAME",
)
"""The keys of `when` that a new generation has; what follows a dot is for the user to choose."""

OF_GENERATIONS: Final = (*OF_ORDERS, "id", "status")
"""The keys of `when` that a request for a generation has."""


def impossible(when: When, keys: Sequence[str]) -> Iterator[Finding]:
    """Yield the conditions that cannot hold for a request that has these keys."""
    for key, condition in when.items():
        if not _has(keys, key):
            yield (key, KEY), _no_such(key, keys)
            continue
        if condition == ():
            yield (key,), f"{key}: expected at least one value, found an empty list, which matches nothing"
        yield from ((path, sentence) for path, one in choices(key, condition) for sentence in _never(key, one))


def choices(key: str, condition: Condition) -> Iterator[tuple[tuple[str | int, ...], Scalar]]:
    """Yield each value that a condition accepts, with its path within `when`."""
    if isinstance(condition, tuple):
        yield from (((key, i), one) for i, one in enumerate(condition))
    else:
        yield (key,), condition


def matches_any(glob: Scalar, words: Iterable[str]) -> bool:
    """Tell whether one of the words meets a condition."""
    [(_, _, holds)] = tests({"": glob})
    return any(holds(word) for word in words)


def _has(keys: Sequence[str], key: str) -> bool:
    family, dot, name = key.partition(".")
    return any(known.startswith(family + dot) for known in keys) if name else key in keys and not dot


def _no_such(key: str, keys: Sequence[str]) -> str:
    if _has(OF_GENERATIONS, key):
        return f"{key} is not known of a new generation; expected {either(keys)}"
    name = key.partition(".")[2]
    # A misspelt family keeps the name that the user chose: "setings.style" is near "settings.style".
    near = did_you_mean(
        key, [f"{known.partition('.')[0]}.{name}" if name and "." in known else known for known in keys]
    )
    return f"unknown condition {quoted(key)}" + (near or f"; expected {either(keys)}")


def _never(key: str, value: Scalar) -> Iterator[str]:
    if key != "project_id" and not key.startswith("settings.") and not isinstance(value, str):
        written = encode(value).decode()
        yield f'{key}: expected text, found {written}; put it in quotes: "{written}"'
    elif key == "generation_type" and not matches_any(value, GenerationType):
        near = did_you_mean(str(value), list(GenerationType))
        yield f"{key}: no type matches {quoted(str(value))}" + (near or f"; expected {either(list(GenerationType))}")
