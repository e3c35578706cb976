"""Sessions of pytest within a test: their text, and how they run."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

PLUGIN = "mockserver.pytest_plugin"

CUSTOMER = Path(__file__).with_name("customer.py").read_text(encoding="utf-8")

Run = Callable[..., pytest.RunResult]
"""Runs the tests of a text with further arguments of pytest, and returns the result."""

HEAD = """
import threading
import time
import pytest
from customer import *

"""


def masked(text: str) -> str:
    """Return a text with the hash of the world's name masked."""
    return re.sub(r"-[0-9a-f]{12}\b", "-HASH", text)


def section(result: pytest.RunResult, title: str = "imaginelab") -> str:
    """Return a section of the report of the one test that failed, masked."""
    lines = [*result.outlines, "-" * 9]
    begin = next(i for i, line in enumerate(lines) if re.fullmatch(rf"-+ {title} -+", line))
    end = next(i for i in range(begin + 1, len(lines)) if re.match(r"-{9}|={9}", lines[i]))
    return masked("\n".join(lines[begin + 1 : end]))
