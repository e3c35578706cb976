"""Scenario files of each release are still read as that release read them; `tests/frozen/README.md` says how."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec import UNSET, Struct, structs, to_builtins

from mockserver.core.operation import Operation
from mockserver.language.file import load

FROZEN: Final = Path(__file__).parents[1] / "frozen"
FILES: Final = sorted(FROZEN.glob("*/*.yaml"))
NOT_WRITTEN: Final = "(not written)"
"""The value of a key that a file does not have, where null means something else."""

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")


def canonical(value: object) -> Any:
    """Return a decoded value as JSON has it, each key by the name that scenario files use."""
    if isinstance(value, Struct):
        return {field.encode_name: canonical(getattr(value, field.name)) for field in structs.fields(value)}
    if value == tuple(Operation):
        return "any"  # as it is written: it means the operations that are added later, too
    if isinstance(value, tuple | list):
        return [canonical(item) for item in value]
    if isinstance(value, dict):
        return {key: canonical(item) for key, item in value.items()}
    return NOT_WRITTEN if value is UNSET else to_builtins(value)


def changes(then: Any, now: Any, path: str = "") -> Iterator[str]:
    """Yield the values that have changed; a new key of a mapping is no change."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key, value in then.items():
            yield from changes(value, now.get(key, "nothing"), f"{path}.{key}")
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for i, pair in enumerate(zip(then, now, strict=True)):
            yield from changes(*pair, f"{path}[{i}]")
    elif then != now or isinstance(then, bool) is not isinstance(now, bool):
        yield f"{path}: {then!r} became {now!r}"


def recorded(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.with_name("decoded.json").read_text(encoding="utf-8")))


@each_file
def test_a_file_of_a_release_still_has_the_value_it_had(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)  # places name the file as it is given
    now = canonical(load(Path(file.name)).scenario)
    then = recorded(file)
    assert file.name in then, f"add it to {file.with_name('decoded.json')}:\n{json.dumps({file.name: now}, indent=1)}"
    assert list(changes(then[file.name], now)) == []


def test_every_recorded_file_is_there() -> None:
    names = {f"{folder.parent.name}/{name}" for folder in FROZEN.glob("*/decoded.json") for name in recorded(folder)}
    assert names == {f"{file.parent.name}/{file.name}" for file in FILES}


@pytest.mark.parametrize(
    ("then", "now", "path"),
    [
        ({"a": 1}, {}, ".a: 1 became 'nothing'"),
        ({"a": 1}, {"a": 2}, ".a: 1 became 2"),
        ({"a": 1}, {"a": True}, ".a: 1 became True"),
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": 0}]}, ".a[1].b: None became 0"),
        ({"a": [1]}, {"a": [1, 2]}, ".a: [1] became [1, 2]"),
    ],
)
def test_a_change_is_found_with_its_place(then: Any, now: Any, path: str) -> None:
    assert list(changes(then, now)) == [path]


def test_a_key_that_came_later_is_no_change() -> None:
    assert list(changes({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3})) == []
