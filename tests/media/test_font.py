import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.media.font import ADVANCE, HEIGHT, dots, drawable

PRINTABLE = string.ascii_letters + string.digits + string.punctuation


def test_every_printable_character_has_a_shape_of_its_own() -> None:
    shapes = {tuple(dots(character)) for character in PRINTABLE + " …"}
    assert len(shapes) == len(PRINTABLE) + 2


def test_only_the_space_is_without_ink() -> None:
    assert [character for character in PRINTABLE + " " if "#" not in "".join(dots(character))] == [" "]


def test_capitals_and_digits_stand_on_the_line() -> None:
    for character in string.ascii_uppercase + string.digits:
        rows = dots(character)
        assert "#" in rows[0], character
        assert "#" in rows[6], character
        assert "#" not in rows[7] + rows[8], character


def test_the_lower_case_that_descends_is_the_one_that_should() -> None:
    assert [character for character in string.ascii_lowercase if "#" in dots(character)[7]] == list("gjpqy")


def test_a_capital_a_looks_like_one() -> None:
    assert dots("A") == ["..#...", ".#.#..", "#...#.", "#...#.", "#####.", "#...#.", "#...#.", "......", "......"]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ångström, naïve", "Angstrom, naive"),
        ("straße, Øre, Łódź, œuvre", "strasse, Ore, Lodz, oeuvre"),
        ("“quoted” – ‘well’", "\"quoted\" - 'well'"),
        ("ﬁne ② ５", "fine 2 5"),
        ("e\u0301\u0323", "e"),
        ("a\u200d\u202eb", "ab"),
        ("東京🙂", "東京🙂"),
    ],
)
def test_text_is_folded_to_what_the_font_has(text: str, folded: str) -> None:
    assert drawable(text) == folded


def test_two_characters_that_the_font_lacks_get_two_different_boxes() -> None:
    assert dots("東")[0] == dots("京")[0] == "#####."
    assert dots("東") != dots("京")


@given(st.text(st.characters(), max_size=40))
def test_anything_can_be_drawn_in_a_grid(text: str) -> None:
    line = drawable(text)
    assert [len(row) for row in dots(line)] == [ADVANCE * len(line)] * HEIGHT
