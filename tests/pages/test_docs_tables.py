"""The book is whole: each key of a scenario stands in a table with its real default, and each recipe is a scenario."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec import NODEFAULT, Struct, inspect

from mockserver.core.account import Declaration
from mockserver.core.clock import ClockSettings
from mockserver.core.faults import Drip, Fault, RetryAfter, Then, Truncate
from mockserver.core.generation import Life, Model
from mockserver.core.limits import Limit
from mockserver.core.operation import Operation
from mockserver.core.rules import Calls
from mockserver.core.scenario import ApiSettings, MediaSettings, Scenario
from mockserver.core.timeline import Step
from mockserver.core.token import TokenSettings
from mockserver.core.wallet import WalletSettings
from mockserver.language.conditions import OF_GENERATIONS
from mockserver.language.expectation import fields
from mockserver.language.file import ScenarioError, parse

ROOT: Final = Path(__file__).parents[2]
BOOK: Final = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
RECIPE_PAGE: Final = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")

PLACES: Final[dict[str, tuple[type[Struct], str]]] = {
    "The file": (Scenario, "%s"),
    "clock": (ClockSettings, "clock: {%s}"),
    "accounts": (Declaration, "accounts: [{email: a@example.com, password: p, %s}]"),
    "models": (Model, "models: [{name: m, generation_type: image, %s}]"),
    "generations": (Life, "generations: [{%s}]"),
    "a step": (Step, "generations: [{then: [{pending: {for: 2s, %s}}, completed]}]"),
    "faults": (Fault, "faults: [{on: create, then: {status: 500}, %s}]"),
    "then of a fault": (Then, "faults: [{on: create, then: {status: 500, %s}}]"),
    "retry_after": (RetryAfter, "faults: [{on: create, then: {status: 429, retry_after: {in: 2s, %s}}}]"),
    "truncate": (Truncate, "faults: [{on: create, then: {drop: {%s}}}]"),
    "drip": (Drip, "faults: [{on: create, then: {drip: {%s}}}]"),
    "Counting": (Calls, "faults: [{on: create, then: {status: 500}, calls: {%s}}]"),
    "limits": (Limit, "limits: [{on: create, allow: 1, per: 1s, %s}]"),
    "wallet": (WalletSettings, "wallet: {%s}"),
    "tokens": (TokenSettings, "tokens: {%s}"),
    "media": (MediaSettings, "media: {%s}"),
    "api": (ApiSettings, "api: {%s}"),
}
"""The subject of the table of keys below each heading: the type, and the smallest scenario with a value of it."""


def rows(page: str, head: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the heading and the cells of each row of the tables whose first line begins with `head`."""
    heading, inside = "", False
    for line in page.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        inside = line.startswith(head) or (inside and line.startswith("|"))
        if inside and not line.startswith((head, "|--")):
            yield heading, [cell.strip() for cell in line.strip("|").split("|")]


def keys(page: str) -> dict[str, dict[str, str]]:
    """Return the defaults in the tables, by heading and key."""
    found: dict[str, dict[str, str]] = {}
    for heading, (key, default, *_) in rows(page, "| key | default |"):
        found.setdefault(heading, {})[key.strip("`")] = default
    return found


def structs(kind: object) -> Iterator[type[Struct]]:
    """Yield each struct within a type."""
    if isinstance(kind, inspect.StructType):
        yield kind.cls
    # The parts of a type are in fields of several names.
    inside = (getattr(kind, name, ()) for name in ("type", "types", "item_type", "item_types", "fields"))
    for parts in inside:
        for part in parts if isinstance(parts, tuple) else (parts,):
            yield from structs(part)


TABLES: Final = keys(BOOK)
DEFAULTS: Final = [(heading, key, default) for heading, table in TABLES.items() for key, default in table.items()]


def test_each_type_within_a_scenario_has_a_table() -> None:
    assert {cls for cls, _ in PLACES.values()} == {*structs(inspect.type_info(Scenario))}


@pytest.mark.parametrize("heading", PLACES)
def test_each_key_of_a_type_stands_in_its_table(heading: str) -> None:
    # A step is written by its status, which is not a key of the step.
    assert set(TABLES[heading]) == set(fields(PLACES[heading][0]).written) - (
        {"status"} if heading == "a step" else set()
    )


@pytest.mark.parametrize(("heading", "key", "default"), DEFAULTS)
def test_each_default_is_the_real_one(heading: str, key: str, default: str) -> None:
    cls, scenario = PLACES[heading]
    known = fields(cls).written[key]
    assert known.required == (default == "required")
    if re.fullmatch("`[^`]+`", default):
        with_it, without = (parse(scenario % text, "x.yaml") for text in (f"{key}: {default[1:-1]}", ""))
        assert with_it.scenario == without.scenario
    else:
        # Words stand for an absent default or a long one.
        assert known.default in (None, NODEFAULT) or isinstance(known.default, tuple)


HEAD: Final = next(line for line in BOOK.splitlines() if line.startswith("| key | `generations` |"))
CONDITIONS: Final = {
    "generation_type": "video",
    "model_name": "video-standard",
    "prompt": "'*dusk*'",
    "project_id": "7",
    "settings.KEY": "16:9",
    "id": "1842",
    "status": "pending",
    "account": "you@example.com",
    "header.NAME": "a",
    "query.NAME": "b",
}
"""A value for each key of `when`."""


def conditions() -> Iterator[Any]:
    """Yield, for each field of the table of conditions, the rules of its column and its text."""
    for _, (key, *says) in rows(BOOK, HEAD):
        for column, field in zip(HEAD.strip("|").split("|")[1:], says, strict=True):
            for subject in re.findall("`([a-z_]+)`", column):
                yield pytest.param(subject, key.strip("`"), field, id=f"{subject}-{key}")


@pytest.mark.parametrize(("subject", "key", "says"), [*conditions()])
def test_each_operation_has_the_conditions_in_the_book(subject: str, key: str, says: str) -> None:
    fault = f"faults: [{{on: {subject}, then: {{status: 500}}, %s}}]"
    rule = "generations: [{%s}]" if subject == "generations" else fault
    try:
        parse(rule % f"when: {{{key}: {CONDITIONS[key]}}}", "x.yaml")
    except ScenarioError as error:
        found = str(error).partition(f"{key} is ")[2].partition(" of")[0]
    else:
        found = "known"
    assert found == {"yes": "known", "no": "not known"}[says]


def test_each_condition_is_in_the_book() -> None:
    assert {key.strip("`") for _, (key, *_) in rows(BOOK, HEAD)} == {*OF_GENERATIONS}
    assert {*re.findall("`([a-z_]+)`", HEAD)} == {"generations", *Operation}


@pytest.mark.parametrize(("calls", "fires_on"), [cells for _, cells in rows(BOOK, "| `calls` | fires on |")])
def test_each_form_of_calls_fires_as_the_book_says(calls: str, fires_on: str) -> None:
    [life] = parse(f"generations: [{{calls: {calls.strip('`')}}}]", "x.yaml").scenario.generations
    assert life.calls is not None
    fired = [str(call) for call in range(1, 10) if life.calls.include(call)]
    listed, and_so_on, _ = fires_on.partition(", …")
    assert ", ".join(fired[: len(listed.split(", "))] if and_so_on else fired) == listed


RECIPES: Final = {wish.partition(" (")[0]: lines for _, (wish, lines) in rows(RECIPE_PAGE, "| I want to test |")}


def test_there_are_as_many_recipes_as_rows() -> None:
    assert len(RECIPES) == len([*rows(RECIPE_PAGE, "| I want to test |")]) == 53


@pytest.mark.parametrize("lines", [pytest.param(lines, id=wish) for wish, lines in RECIPES.items()])
def test_each_recipe_is_a_scenario(lines: str) -> None:
    assert parse(lines.strip("`"), "recipe.yaml").warnings == ()


def test_each_file_of_the_gallery_is_among_the_recipes() -> None:
    files = {path.stem for path in (ROOT / "scenarios").glob("*.yaml")} - {"happy-path"}
    linked = re.findall(r"\[([a-z0-9-]+)\]\(gallery\.md#([a-z0-9-]+)\)", RECIPE_PAGE)
    assert {name for name, anchor in linked if name == anchor} == files
