"""Words: the text of a generation, and captions."""

import random

import pytest
from faker import Faker
from hypothesis import given
from hypothesis import strategies as st

from mockserver.media import words
from mockserver.media.prose import caption


def test_text_is_the_prompt_and_three_paragraphs() -> None:
    title, *paragraphs = words(1842, "A haiku about rain").split("\n\n")
    assert title == "A haiku about rain"
    assert len(paragraphs) == 3
    assert all(paragraph.endswith(".") for paragraph in paragraphs)


def test_an_empty_prompt_is_no_title() -> None:
    assert words(1842, " \n").split("\n\n") == words(1842, "x").split("\n\n")[1:]


def test_the_same_key_writes_the_same_text_and_another_key_another_text() -> None:
    first, other, again = words(1, ""), words(2, ""), words(1, "")
    assert first == again != other


def test_writing_leaves_the_randomness_of_others_alone() -> None:
    theirs = Faker()  # draws from the stream that all unseeded Fakers share
    before = random.getstate(), theirs.random.getstate()
    words(1842, "")
    assert (random.getstate(), theirs.random.getstate()) == before


@given(st.text(st.characters(), max_size=200), st.integers(0, 2**64 - 1))
def test_any_prompt_gives_bounded_text_that_can_be_sent(prompt: str, key: int) -> None:
    assert 50 < len(words(key, prompt).encode()) < 3000


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("A neon city", "A neon city"),
        ("", ""),
        ("\n", ""),
        (" two\r\n\tlines ", "two lines"),
        ("nul\x00 and \x1b x", "nul and x"),
        ("lone \ud83d half", "lone half"),
        ("\x07 ", ""),
        ("exactly ten", "exactly ten"),
        ("one more than fits", "one more th…"),
        ("cut after a space", "cut after a…"),
    ],
)
def test_a_caption_is_one_line_of_characters_that_any_medium_can_carry(prompt: str, said: str) -> None:
    assert caption(prompt, 12) == said


@given(st.text(st.characters(), max_size=60), st.integers(1, 30))
def test_a_caption_never_exceeds_its_limit_and_is_always_utf8(prompt: str, limit: int) -> None:
    said = caption(prompt, limit)
    assert len(said) <= limit
    assert said.encode().decode() == said
    assert "\n" not in said
