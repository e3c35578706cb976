"""A table of ways to fail: each has a number, a name, the smallest scenario that causes it, and a client's story."""

from collections.abc import Callable

import pytest

from mockserver.language.file import parse
from tests.support.client import Client
from tests.support.customer import EMAIL, PASSWORD

from .played import Start

Story = Callable[[Client], None]


class Table:
    """Ways to fail, in the order in which their stories stand in the file."""

    def __init__(self) -> None:
        self.rows: list[object] = []

    def row(self, number: int, name: str, scenario: str) -> Callable[[Story], Story]:
        """Add a story to the table; an anonymous client of a server that plays the scenario runs it."""

        def told(story: Story) -> Story:
            self.rows.append(pytest.param(scenario, story, id=f"{number} {name}"))
            return story

        return told


def lived(api: Start, scenario: str, story: Story) -> None:
    """Run a story with a client."""
    story(api(parse(scenario, "row.yaml").scenario))


def spending(credits_: int) -> str:
    """The scenario section that gives the reference's account so many credits."""
    return f"accounts: [{{email: {EMAIL}, password: {PASSWORD}, credits: {credits_}}}]"
