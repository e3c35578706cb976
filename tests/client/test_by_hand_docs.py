"""The examples of the Python client on the page `by-hand` run unchanged, except for the address of the server."""

import re
from pathlib import Path

import pytest

from mockserver.client import MockServer

PAGE = (Path(__file__).parents[2] / "docs" / "by-hand.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [block for block in BLOCKS if "mockserver.client" in block]


def test_there_are_examples() -> None:
    assert EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs(server: MockServer, example: str) -> None:
    exec(example.replace("http://127.0.0.1:8402", server.url), {})  # noqa: S102 - our own page
    assert "gw3" in server.worlds
