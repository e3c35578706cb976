"""The README's example of the client works as printed, apart from the server's address."""

import re
from pathlib import Path

import pytest

from mockserver.client import MockServer

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
EXAMPLES = [block for block in BLOCKS if "mockserver.client" in block]


def test_there_are_examples() -> None:
    assert EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs(server: MockServer, example: str) -> None:
    exec(example.replace("http://127.0.0.1:8402", server.url), {})  # noqa: S102 - our own page
    assert "gw3" in server.worlds
