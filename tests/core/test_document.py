"""Nodes, places and the words for them."""

import pytest

from mockserver.core.document import List, Mapping, Place, Problem, Scalar, below, found, from_json, line
from mockserver.core.wording import either, nearest, quoted, worded


def test_a_place_is_written_as_editors_read_it() -> None:
    assert str(Problem(Place("a/x.yaml", 12, 7), "no")) == "a/x.yaml:12:7: no"
    assert str(Problem("$.then", "no")) == "$.then: no"


def test_a_rule_is_named_by_file_and_line() -> None:
    assert line(Place("a/x.yaml", 12, 7)) == "x.yaml:12"
    assert line("$.then") == "$.then"


def test_problems_of_the_whole_document_come_first() -> None:
    problems = [Problem(Place("x", 2, 1), "c"), Problem(Place("x", 1, 9), "b"), Problem("x", "a")]
    assert [problem.sentence for problem in sorted(problems, key=lambda problem: problem.position)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "true"),
        (12, "the number 12"),
        (0.5, "the number 0.5"),
        ("a", 'the text "a"'),
        ("", 'the text ""'),
        ("a\n\x00", r'the text "a\n\u0000"'),
        ("ä" * 50, f'the text "{"ä" * 39}…"'),
        ([], "an empty list"),
        ([1], "a list"),
        ({}, "an empty mapping"),
        ({"a": 1}, "a mapping"),
    ],
)
def test_a_found_value_is_named_in_words(value: object, words: str) -> None:
    assert found(from_json(value)) == words


def test_json_has_paths_for_places() -> None:
    assert from_json({"then": [{"a b": 1}]}) == Mapping(
        "$",
        ((Scalar("$.then", "then", "then"), List("$.then", (
            Mapping("$.then[0]", ((Scalar('$.then[0]["a b"]', "a b", "a b"), Scalar('$.then[0]["a b"]', 1, "1")),)),
        ))),),
    )  # fmt: skip


def test_a_value_outside_json_is_our_mistake() -> None:
    with pytest.raises(TypeError, match="is no JSON"):
        from_json({"a": (1,)})


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
def test_choices_are_joined_by_or(choices: list[str], words: str) -> None:
    assert either(choices) == words


def test_findings_about_a_part_are_findings_about_the_whole() -> None:
    assert list(below(("faults", 1), [((), "a"), (("then", 0), "b")])) == [
        (("faults", 1), "a"),
        (("faults", 1, "then", 0), "b"),
    ]


def test_a_long_number_is_cut_where_it_is_told() -> None:
    assert found(Scalar("$", 1, "9" * 400)) == f"the number {'9' * 39}…"


def test_a_long_key_is_cut_in_the_places_below_it() -> None:
    node = from_json({"k" * 40: [1], "k" * 41: [1]})
    assert isinstance(node, Mapping)
    assert [value.place for _, value in node.entries] == [f"$.{'k' * 40}", f'$["{"k" * 39}…"]']
