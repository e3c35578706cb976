"""Names and values of headers: those that arrive as written, and those that would not."""

import pytest

from mockserver.core import headers


@pytest.mark.parametrize(
    ("text", "sound"),
    [("X-Team", True), ("x_1.a!", True), ("", False), ("a b", False), ("a:", False), ("é", False), ("a\n", False)],
)
def test_a_name_is_a_token(text: str, sound: bool) -> None:
    assert headers.is_name(text) is sound


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("", True),
        ("a", True),
        ("a, b\tc; d=é", True),
        (" a", False),
        ("a ", False),
        ("a\r\nb: c", False),
        ("a\n", False),
        ("a\0b", False),
        ("\x7f", False),
        ("→", False),
    ],
)
def test_a_value_is_one_line_of_latin_1_without_spaces_around(text: str, sound: bool) -> None:
    assert headers.is_value(text) is sound
