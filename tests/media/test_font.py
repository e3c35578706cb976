"""The font, and text set in it."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.media.font import ADVANCE, HEIGHT, LARGEST, SMALLEST, dots, drawable, lettering

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


def test_exactly_five_lower_case_letters_descend_below_the_line() -> None:
    assert [character for character in string.ascii_lowercase if "#" in dots(character)[7]] == list("gjpqy")


def test_a_capital_a_has_its_shape() -> None:
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
def test_text_is_folded_to_characters_of_the_font(text: str, folded: str) -> None:
    assert drawable(text) == folded


def test_two_characters_that_the_font_lacks_get_two_different_boxes() -> None:
    assert dots("東")[0] == dots("京")[0] == "#####."
    assert dots("東") != dots("京")


@given(st.text(st.characters(), max_size=40))
def test_anything_can_be_drawn_in_a_grid(text: str) -> None:
    line = drawable(text)
    assert [len(row) for row in dots(line)] == [ADVANCE * len(line)] * HEIGHT


def test_a_short_text_has_the_largest_size() -> None:
    assert lettering("Dusk", 700, 400) == (["Dusk"], LARGEST)


def test_lines_break_between_words() -> None:
    assert lettering("a neon city skyline", 600, 400).lines == ["a neon city", "skyline"]


def test_a_word_is_set_smaller_rather_than_broken() -> None:
    assert lettering("ultraviolet", 11 * ADVANCE * 3, 400) == (["ultraviolet"], 3)


def test_a_very_long_word_is_broken() -> None:
    assert lettering("x" * 24, 12 * ADVANCE * 4, 400) == (["x" * 12, "x" * 12], 4)


def test_text_too_long_for_its_room_ends_in_an_ellipsis() -> None:
    lines, scale = lettering("word " * 200, 300, 100)
    assert (lines[-1][-1], scale) == ("…", SMALLEST)


@pytest.mark.parametrize("width", [0, 1, 300])
def test_an_empty_text_takes_no_room(width: int) -> None:
    text = lettering("", width, 0)
    assert (text.lines, text.height) == ([], 0)


@given(st.text("abc -é東", max_size=300), st.integers(60, 700), st.integers(30, 700))
def test_lettering_stays_in_its_room(text: str, width: int, height: int) -> None:
    laid = lettering(text.strip(), width, height)
    assert max((len(line) for line in laid.lines), default=0) * ADVANCE * laid.scale <= width
    assert laid.height <= height


@given(st.lists(st.text("abc東", min_size=1, max_size=30), max_size=12))
def test_no_character_is_lost_if_there_is_room(words: list[str]) -> None:
    assert "".join(lettering(" ".join(words), 700, 700).lines).replace(" ", "") == "".join(words)
