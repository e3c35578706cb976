import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.media.font import ADVANCE
from mockserver.media.lettering import LARGEST, SMALLEST, lettering


def test_short_text_is_as_large_as_can_be() -> None:
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
def test_nothing_to_write_takes_no_room(width: int) -> None:
    text = lettering("", width, 0)
    assert (text.lines, text.height) == ([], 0)


@given(st.text("abc -é東", max_size=300), st.integers(60, 700), st.integers(30, 700))
def test_lettering_stays_in_its_room(text: str, width: int, height: int) -> None:
    laid = lettering(text.strip(), width, height)
    assert max((len(line) for line in laid.lines), default=0) * ADVANCE * laid.scale <= width
    assert laid.height <= height


@given(st.lists(st.text("abc東", min_size=1, max_size=30), max_size=12))
def test_nothing_is_lost_where_there_is_room(words: list[str]) -> None:
    assert "".join(lettering(" ".join(words), 700, 700).lines).replace(" ", "") == "".join(words)
