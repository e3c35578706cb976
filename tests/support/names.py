"""Names that a world can have and names that it cannot have."""

import pytest

each_name = pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "...", ".a", ".-", "..a", "gw3", "A.b_c-9", "a b", "é", "a/b"),
        *("a" * 64, "a" * 65, "." * 64, "." * 65, ".a" * 32, "." + "a" * 64),
    ],
)
"""Run a test for names at each edge of the rule: 1 to 64 of `A-Za-z0-9._-`, but not one or two dots alone."""
