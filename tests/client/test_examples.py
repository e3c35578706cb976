"""Each example of the client's docstrings, run against a server of its own."""

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import mockserver.client
from mockserver.client import MockServer


def examples() -> Iterator[doctest.DocTest]:
    for module in pkgutil.iter_modules(mockserver.client.__path__, "mockserver.client."):
        found = doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(module.name))
        yield from (each for each in found if each.examples)


EXAMPLES = sorted(examples(), key=lambda each: each.name)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name.removeprefix("mockserver.client."))
def test_each_example_gives_its_printed_result(example: doctest.DocTest, server: MockServer) -> None:
    told: list[str] = []
    example.globs |= {"server": server, "world": server.world()}
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=told.append)
    assert "".join(told) == ""


def test_every_part_of_the_client_has_an_example() -> None:
    parts = {"Accounts", "Clock", "Faults", "Generations", "Journal", "MockServer", "World", "Worlds", "World.events"}
    assert {example.name.split(".", 3)[3] for example in EXAMPLES} >= parts
