"""A table of ways to fail: each a number, a name, the smallest scenario that makes it happen, and a client's story."""

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
        """Make a story, told by an anonymous client of a server that plays the scenario, a row of the table."""

        def told(story: Story) -> Story:
            self.rows.append(pytest.param(scenario, story, id=f"{number} {name}"))
            return story

        return told


def lived(api: Start, scenario: str, story: Story) -> None:
    """Let a client live a story."""
    story(api(parse(scenario, "row.yaml").scenario))


def spending(credits_: int) -> str:
    """The section that leaves the reference's account so many credits."""
    return f"accounts: [{{email: {EMAIL}, password: {PASSWORD}, credits: {credits_}}}]"
