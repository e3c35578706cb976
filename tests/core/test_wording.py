"""Foreign words in sentences."""

import pytest

from mockserver.core.wording import either, nearest, quoted, worded


@pytest.mark.parametrize(("word", "near"), [("acounts", "accounts"), ("zzz", None), ("", None), ("models" * 99, None)])
def test_the_nearest_word_is_near(word: str, near: str | None) -> None:
    assert nearest(word, ["accounts", "models"]) == near


def test_a_quotation_stays_on_one_line() -> None:
    assert quoted('a "b"\n') == r'"a \"b\"\n"'


@pytest.mark.parametrize(
    ("text", "words"), [("a b.é", "a b.é"), ("", ""), ("a\nb", r'"a\nb"'), ("x" * 41, '"' + "x" * 39 + '…"')]
)
def test_a_text_stands_in_a_sentence_as_it_is_where_it_can(text: str, words: str) -> None:
    assert worded(text) == words


@pytest.mark.parametrize(("choices", "words"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")])
def test_choices_are_told_apart(choices: list[str], words: str) -> None:
    assert either(choices) == words
