"""The walk beside a type: every problem in one pass, sound parts kept, places known by path."""

# ruff: noqa: E501 - a row of a table is one line, and its sentence is whole

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from msgspec import UNSET, Meta, Struct

from mockserver.core.document import KEY, List, Mapping, Node, Place, Scalar, from_json
from mockserver.core.forms import Duration, Keyed
from mockserver.core.rules import When, WhichCalls
from mockserver.language.decode import MOST_PROBLEMS, decode


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Part(Struct, frozen=True, kw_only=True, rename={"lasts": "for"}):
    word: str
    lasts: Duration | None = None
    note: str = ""


class Rule(Struct, frozen=True, kw_only=True):
    need: int
    when: When = {}
    calls: WhichCalls | None = None
    place: Annotated[str, Meta(extra={"place": True})] = ""


class Whole(Struct, frozen=True, kw_only=True):
    one: int | None = None
    other: int | None = None
    place: Annotated[str, Meta(extra={"place": "whole"})] = ""


class Cut(Struct, frozen=True):
    truncate: Annotated[float, Meta(ge=0, lt=1)]


class Paper(Struct, frozen=True, kw_only=True):
    text: Annotated[str, Meta(min_length=1, max_length=5)] = "x"
    whole: Annotated[int, Meta(ge=0, le=9)] = 0
    least: Annotated[int, Meta(ge=3)] = 3
    most: Annotated[float, Meta(gt=0, le=2)] = 1
    flag: bool = False
    colour: Colour = Colour.RED
    answer: Literal[404] | Literal["later"] = 404
    maybe: int | tuple[int, ...] | None = None
    pair: tuple[int, str] = (0, "")
    counts: dict[str, int] = {}
    anything: Any = None
    lasts: Duration = 0
    parts: tuple[Annotated[Part, Meta(extra={"form": Keyed("word", "for")})], ...] = ()
    rules: Annotated[tuple[Rule, ...], Meta(max_length=3)] = ()
    wholes: tuple[Whole, ...] = ()
    drop: Literal["reset", "hang"] | Cut | None = None
    error: str | None = None


def problems(value: object) -> list[str]:
    return [str(problem) for problem in decode(from_json(value), Paper).problems]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, Paper()),
        (
            {"text": "a", "whole": 9, "least": 10**12, "most": 2, "flag": True},
            Paper(text="a", whole=9, least=10**12, most=2.0, flag=True),
        ),
        ({"colour": "green", "answer": "later", "maybe": None}, Paper(colour=Colour.GREEN, answer="later")),
        ({"maybe": 5, "pair": [1, "b"], "counts": {"a": 1}}, Paper(maybe=5, pair=(1, "b"), counts={"a": 1})),
        ({"maybe": [], "error": None}, Paper(maybe=())),
        ({"anything": {"a": [1, None, {"b": 0.5}]}}, Paper(anything={"a": [1, None, {"b": 0.5}]})),
        ({"lasts": "1ms"}, Paper(lasts=1000)),
        (
            {"parts": ["a", {"b": 1}, {"c": None}]},
            Paper(parts=(Part(word="a"), Part(word="b", lasts=1_000_000), Part(word="c"))),
        ),
        (
            {"parts": [{"a": {"note": "n", "for": 0}}, {"b": {}}]},
            Paper(parts=(Part(word="a", lasts=0, note="n"), Part(word="b"))),
        ),
        ({"rules": [{"need": 1}]}, Paper(rules=(Rule(need=1, place="$.rules[0]"),))),
        ({"drop": "hang"}, Paper(drop="hang")),
        ({"drop": {"truncate": 0.5}}, Paper(drop=Cut(0.5))),
    ],
)
def test_a_sound_document_becomes_its_value(value: object, expected: Paper) -> None:
    decoded = decode(from_json(value), Paper)
    assert (decoded.problems, decoded.value) == ((), expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], ["$: expected a mapping with text, whole, least, most, flag, colour, answer, maybe, pair, counts, anything, lasts, parts, rules, wholes, drop or error, found an empty list"]),
        ({"txt": 1}, ['$.txt: unknown key "txt"; did you mean "text"?']),
        ({"rules": [{"need": 1, "zzz": 1}]}, ['$.rules[0].zzz: unknown key "zzz"; expected need, when or calls']),
        ({"rules": [{"need": 1, "place": "x:1"}]}, ['$.rules[0].place: unknown key "place"; expected need, when or calls']),
        ({"rules": [{}]}, ['$.rules[0]: missing key "need"; expected a whole number']),
        ({"rules": [{"ned": 1}]}, ['$.rules[0].ned: unknown key "ned"; did you mean "need"?']),
        ({"rules": [{"need": 1}] * 4}, ["$.rules: expected a list of at most 3 entries, found a list"]),
        ({"rules": {"need": 1}}, ['$.rules: expected a list of at most 3 entries, found a mapping; begin each entry with "- "']),
        ({"rules": [{"need": 1, "calls": {"spans": [[1, 2]]}}]}, ['$.rules[0].calls.spans: unknown key "spans"; expected every']),
        ({"rules": [{"need": 1, "calls": {"every": 0}}]}, ["$.rules[0].calls.every: expected a whole number from 1 to 999999999, found the number 0"]),
        ({"rules": [{"need": 1, "when": {"a": {}}}]}, ["$.rules[0].when.a: expected text, a whole number, a number, true or false, null or a list, found an empty mapping"]),
        ({"text": ""}, ['$.text: expected text of 1 to 5 characters, found the text ""']),
        ({"text": "sesame"}, ['$.text: expected text of 1 to 5 characters, found the text "sesame"']),
        ({"text": 12}, ['$.text: expected text of 1 to 5 characters, found the number 12; put it in quotes: "12"']),
        ({"text": True}, ['$.text: expected text of 1 to 5 characters, found true; put it in quotes: "true"']),
        ({"text": None}, ["$.text: expected text of 1 to 5 characters, found null"]),
        ({"whole": 10}, ["$.whole: expected a whole number from 0 to 9, found the number 10"]),
        ({"whole": 1.0}, ["$.whole: expected a whole number from 0 to 9, found the number 1.0"]),
        ({"whole": True}, ["$.whole: expected a whole number from 0 to 9, found true"]),
        ({"whole": "5"}, ['$.whole: expected a whole number from 0 to 9, found the text "5"; write it without quotes: 5']),
        ({"least": 2}, ["$.least: expected a whole number from 3, found the number 2"]),
        ({"most": 0}, ["$.most: expected a number over 0 up to 2, found the number 0"]),
        ({"flag": "yes"}, ['$.flag: expected true or false, found the text "yes"']),
        ({"flag": 1}, ["$.flag: expected true or false, found the number 1"]),
        ({"colour": "gren"}, ['$.colour: expected red or green, found the text "gren"; did you mean "green"?']),
        ({"answer": 405}, ["$.answer: expected 404 or later, found the number 405"]),
        ({"answer": True}, ["$.answer: expected 404 or later, found true"]),
        ({"maybe": "x"}, ['$.maybe: expected a whole number, a list or null, found the text "x"']),
        ({"maybe": [1, "x"]}, ['$.maybe[1]: expected a whole number, found the text "x"']),
        ({"pair": [1]}, ["$.pair: expected a list of 2 entries, found a list"]),
        ({"pair": [1, 2]}, ['$.pair[1]: expected text, found the number 2; put it in quotes: "2"']),
        ({"counts": {"a b": "x"}}, ['$.counts["a b"]: expected a whole number, found the text "x"']),
        ({"counts": []}, ["$.counts: expected a mapping, found an empty list"]),
        ({"lasts": "1d"}, ['$.lasts: expected a duration: a number of seconds, or a text such as 500ms, 2s, 5m, 1h, found the text "1d"']),
        ({"lasts": {"a": 1}}, ["$.lasts: expected a duration: a number of seconds, or a text such as 500ms, 2s, 5m, 1h, found a mapping"]),
        ({"lasts": -1}, ["$.lasts: expected a duration from 0 to a hundred years, found the number -1"]),
        ({"parts": [5]}, ['$.parts[0]: expected text, found the number 5; put it in quotes: "5"']),
        ({"parts": [[]]}, ["$.parts[0]: expected WORD, WORD: FOR or WORD: {for, note}, found an empty list"]),
        ({"parts": [{}]}, ["$.parts[0]: expected WORD, WORD: FOR or WORD: {for, note}, found an empty mapping"]),
        ({"parts": [{"a": 1, "for": 2}]}, ['$.parts[0].for: expected one key, found "for" too; indent what belongs to "a" further']),
        ({"parts": [{"a": {"word": "b"}}]}, ['$.parts[0].a.word: unknown key "word"; expected for or note']),
        ({"parts": [{"a": {"for": "x"}}, {"b": "y"}]}, [
            '$.parts[0].a.for: expected a duration: a number of seconds, or a text such as 500ms, 2s, 5m, 1h, found the text "x"',
            '$.parts[1].b: expected a duration: a number of seconds, or a text such as 500ms, 2s, 5m, 1h, found the text "y"',
        ]),
        ({"drop": "rest"}, ['$.drop: expected hang or reset, found the text "rest"; did you mean "reset"?']),
        ({"drop": {"truncate": 1}}, ["$.drop.truncate: expected a number from 0 under 1, found the number 1"]),
        ({"drop": 5}, ["$.drop: expected hang or reset, a mapping with truncate or null, found the number 5"]),
        ({"error": 5}, ['$.error: expected text or null, found the number 5; put it in quotes: "5"']),
        ({"a": 1, "whole": "x", "flag": 2}, [
            '$.a: unknown key "a"; expected text, whole, least, most, flag, colour, answer, maybe, pair, counts, anything, lasts, parts, rules, wholes, drop or error',
            '$.whole: expected a whole number from 0 to 9, found the text "x"',
            "$.flag: expected true or false, found the number 2",
        ]),
    ],
)  # fmt: skip
def test_every_problem_is_told_with_its_place(value: object, expected: list[str]) -> None:
    assert problems(value) == expected


def at(line: int, column: int) -> Place:
    return Place("some/where/x.yaml", line, column)


def key(word: str, line: int, column: int = 1) -> Scalar:
    return Scalar(at(line, column), word, word)


def test_a_duplicate_key_is_told_at_every_level() -> None:
    inner = Mapping(at(1, 4), ((key("b", 1, 5), key("x", 1, 8)), (key("b", 2, 5), key("y", 2, 8))))
    outer = Mapping(at(1, 1), ((key("anything", 1), inner), (key("anything", 3), inner)))
    assert [str(problem) for problem in decode(outer, Paper).problems] == [
        'some/where/x.yaml:2:5: duplicate key "b"; it stands at some/where/x.yaml:1:5 already',
        'some/where/x.yaml:3:1: duplicate key "anything"; it stands at some/where/x.yaml:1:1 already',
    ]


def test_a_place_with_lines_has_the_key_in_its_sentence() -> None:
    document = Mapping(at(1, 1), ((key("flag", 1), Scalar(at(1, 7), None, "")),))
    assert [str(problem) for problem in decode(document, Paper).problems] == [
        "some/where/x.yaml:1:7: flag: expected true or false, found nothing; give it a value or leave the key out"
    ]


def test_a_key_that_is_no_text_is_quoted() -> None:
    counts = Mapping(at(1, 9), ((Scalar(at(1, 10), 429, "429"), Scalar(at(1, 15), 1, "1")),))
    assert [str(p) for p in decode(Mapping(at(1, 1), ((key("counts", 1), counts),)), Paper).problems] == [
        'some/where/x.yaml:1:10: expected text as a key, found the number 429; put it in quotes: "429"'
    ]


def test_a_rule_knows_its_file_and_line_without_the_folder() -> None:
    rule = Mapping(at(7, 5), ((key("need", 7, 5), Scalar(at(7, 11), 1, "1")),))
    decoded = decode(Mapping(at(1, 1), ((key("rules", 1), List(at(7, 3), (rule,))),)), Paper)
    assert decoded.value == Paper(rules=(Rule(need=1, place="x.yaml:7"),))


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), "$"),
        (("whole",), "$.whole"),
        (("rules", 1, "when", "a"), "$.rules[2].when.a"),
        (("rules", 1, "when", "a", KEY), "$.rules[2].when.a"),
        (("rules", 1, "when", "b"), "$.rules[2].when"),
        (("rules", 0, "when"), "$.rules[0]"),
        (("nowhere", 5), "$"),
    ],
)
def test_a_path_leads_to_the_nearest_place(path: tuple[str | int, ...], place: str) -> None:
    flawed = {"need": "x", "when": {"a": 1, "b": 2}}
    rules = [{"need": 1}, flawed, {"need": 2, "when": {"a": 1}}]
    assert decode(from_json({"whole": 1, "rules": rules}), Paper).place(path) == place


def test_sound_parts_are_kept_beside_flawed_parts() -> None:
    rules = [{"need": "x"}, {"need": 2, "calls": "x"}, "x", {"need": 3, "zzz": 1}][:3]
    decoded = decode(from_json({"whole": 10, "least": 4, "rules": rules}), Paper)
    assert decoded.value == Paper(least=4, rules=(Rule(need=2, place="$.rules[1]"),))
    assert len(decoded.problems) == 4


def test_a_part_that_has_meaning_only_as_a_whole_is_left_out_where_it_is_flawed() -> None:
    decoded = decode(from_json({"wholes": [{"one": "x", "other": 1}, {"one": 2}]}), Paper)
    assert decoded.value == Paper(wholes=(Whole(one=2, place="$.wholes[1]"),))


def test_an_entry_of_a_short_form_is_told_by_itself() -> None:
    assert problems({"rules": [{"need": 1, "calls": [1, "x"]}]}) == [
        '$.rules[0].calls[1]: expected a call number, a range such as "2-4" or "3-", a list of them, or {every: 3}, '
        'found the text "x"'
    ]


def test_a_label_stays_on_its_line() -> None:
    counts = Mapping(at(1, 9), ((key("a\nb", 1, 10), Scalar(at(1, 15), "x", "x")),))
    [problem] = decode(Mapping(at(1, 1), ((key("counts", 1), counts),)), Paper).problems
    assert str(problem) == 'some/where/x.yaml:1:15: "a\\nb": expected a whole number, found the text "x"'


def test_a_document_without_a_required_key_has_no_value() -> None:
    assert decode(from_json({"need": "x"}), Rule).value is None


@pytest.mark.parametrize("node", [Scalar(at(1, 7), UNSET, "!x"), List(at(1, 7), (Scalar(at(1, 8), UNSET, "!x"),))])
def test_a_reported_problem_is_not_reported_again(node: Node) -> None:
    for name in ("whole", "maybe", "parts", "anything", "lasts"):
        told = Mapping(at(1, 1), ((key(name, 1), node), (Scalar(at(2, 1), UNSET, "<<"), node)))
        decoded = decode(told, Paper)
        assert [p for p in decoded.problems if not (isinstance(node, List) and name in {"whole", "lasts"})] == []
        assert decoded.value == Paper()


def test_a_key_that_cannot_be_read_leaves_no_key_missing() -> None:
    rule = Mapping(at(1, 1), ((Scalar(at(1, 1), UNSET, "<<"), key("x", 1, 5)),))
    assert decode(rule, Rule).problems == ()


def test_the_decoder_reports_a_bounded_number_of_problems() -> None:
    assert len(problems({f"k{i}": 1 for i in range(3 * MOST_PROBLEMS)})) == MOST_PROBLEMS
