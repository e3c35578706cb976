"""Words of others become printable, and stay readable."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.wording import printable, printable_json, quoted, worded

ANY = st.text(st.characters())
"""Any text, half characters too, as file names have them."""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A café, 日本語, 🐈", "A café, 日本語, 🐈"),
        ("\x1bc", r"\x1bc"),
        ("\a\0\x7f", r"\x07\x00\x7f"),
        ("\x9b2J", r"\x9b2J"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\x85d"),
        ("\u202eexe.txt\u2066", r"\u202eexe.txt\u2066"),
        ("\U000e0001\ufeff\ud800", r"\U000e0001\ufeff\ud800"),
    ],
)
def test_an_unprintable_character_becomes_an_escape(text: str, told: str) -> None:
    assert printable(text) == told


@given(ANY)
def test_any_text_becomes_one_printable_line(text: str) -> None:
    for told in (printable(text), quoted(text), worded(text)):
        assert told.isprintable()
    assert printable(printable(text)) == printable(text)


@given(st.recursive(ANY | st.integers(), lambda inside: st.lists(inside, max_size=3) | st.dictionaries(ANY, inside)))
def test_json_keeps_its_value(value: object) -> None:
    for layout in (None, 2):
        told = printable_json(json.dumps(value, ensure_ascii=False, indent=layout))
        assert told.replace("\n", "").isprintable()
        assert json.loads(told) == value
