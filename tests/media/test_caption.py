import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.media.caption import caption


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
def test_a_caption_is_one_line_of_what_any_medium_can_carry(prompt: str, said: str) -> None:
    assert caption(prompt, 12) == said


@given(st.text(st.characters(), max_size=60), st.integers(1, 30))
def test_a_caption_never_exceeds_its_limit_and_is_always_utf8(prompt: str, limit: int) -> None:
    said = caption(prompt, limit)
    assert len(said) <= limit
    assert said.encode().decode() == said
    assert "\n" not in said
