"""The name of a host, or its address."""

import pytest

from mockserver.core.host import is_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", False),
        ("127.0.0.256", False),
        ("::::", False),
    ],
)
def test_an_address_is_told_from_a_name(text: str, address: bool) -> None:
    assert is_address(text) is address
