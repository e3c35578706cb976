"""YAML as people mean it: the meaning of scalars, the refused texts and their places; the same with both parsers."""

# ruff: noqa: E501 - a row of a table is one line, and its sentence is whole

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.document import List, Mapping, Node, Place, Scalar
from mockserver.language.yaml_document import MOST_DOCUMENT_VALUES, MOST_LEVELS, Document, Parser, fastest, read

PARSERS: list[Parser] = [fastest(), yaml.SafeLoader]


@pytest.fixture(params=PARSERS, ids=["fastest", "python"])
def parser(request: pytest.FixtureRequest) -> Parser:
    chosen: Parser = request.param
    return chosen


def told(text: str | bytes, parser: Parser | None = None) -> list[str]:
    raw = text.encode() if isinstance(text, str) else text
    return [str(problem) for problem in read(raw, "x.yaml", parser).problems]


def value(node: Node | None) -> object:
    match node:
        case List():
            return [value(item) for item in node.items]
        case Mapping():
            return {key.word: value(item) for key, item in node.entries}
        case Scalar():
            return node.value
    return None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((word, word) for word in ("on", "off", "yes", "no", "y", "N", "16:9", "12:30", "12:30:45", "2026-06-07", "tRUE")),
        *((word, word) for word in ("2026-06-07T12:00:00Z", "0x1F", "0o17", "0b1", "1_000", "1.2.3", "+", "-a", ".", "1e", "nan", "inf")),
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *((word, None) for word in ("null", "Null", "NULL", "~", "")),
        ("12", 12), ("-12", -12), ("+12", 12), ("0", 0), ("-0", 0),
        ("1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("-.5", -0.5), ("1e3", 1000.0), ("1.5E-1", 0.15), ("0.5", 0.5), ("0e0", 0.0),
        (str(2**63 - 1), 2**63 - 1),
        ('"12"', "12"), ("'true'", "true"), ('""', ""), ('"<<"', "<<"), ('".nan"', ".nan"), ("'010'", "010"), ('"\\0"', "\0"),
        ("|\n  a\n  b\n", "a\nb\n"), (">-\n  a\n  b\n", "a b"), ("007 agents", "007 agents"), ("ä ☃ 😀", "ä ☃ 😀"),
    ],
)  # fmt: skip
def test_a_scalar_has_the_meaning_that_people_expect(parser: Parser, written: str, meant: object) -> None:
    document = read(f"a: {written}\n".encode(), "x.yaml", parser)
    found = value(document.root)
    assert (found, document.problems) == ({"a": meant}, [])
    assert isinstance(found, dict)
    assert type(found["a"]) is type(meant)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        *(
            (zero, f'{zero} begins with a zero; write the number without it, or put a text in quotes: "{zero}"')
            for zero in ("010", "-01", "+00", "00.5", "01e3")
        ),
        *(
            (no, f'{no} is no number here; put a text in quotes: "{no}"')
            for no in (".nan", ".NaN", ".NAN", ".inf", "-.inf", "+.Inf", ".INF")
        ),
        ("<<", 'merge keys have no meaning here; write the keys out, or put "<<" in quotes'),
        ("1e999", "the number 1e999… is too large; put a text in quotes"),
        (str(2**63), "the number 9223372036854775808… is too large; put a text in quotes"),
        ("9" * 5000, "the number 99999999999999999999… is too large; put a text in quotes"),
        ("!x b", "the tag !x has no meaning here; leave it out, or put a text in quotes"),
        ("! b", "the tag ! has no meaning here; leave it out, or put a text in quotes"),
        ("!!str 1", "the tag tag:yaml.org,2002:str has no meaning here; leave it out, or put a text in quotes"),
        ("!!python/object:os.system {}", "the tag tag:yaml.org,2002:python/object:os.system has no meaning here; leave it out, or put a text in quotes"),
        ("*sky", 'found the alias *sky, but no &sky comes before it; put a text that begins with * in quotes: "*sky"'),
        ("&me [*me]", "found the alias *me, which it stands inside of itself; write out what is meant"),
    ],
)  # fmt: skip
def test_a_doubtful_scalar_is_told_once_and_reading_goes_on(parser: Parser, written: str, sentence: str) -> None:
    column = 4 + written.find("*me") if "*me" in written else 4
    assert told(f"a: {written}\nb: 010\n", parser) == [
        f"x.yaml:1:{column}: {sentence}",
        'x.yaml:2:4: 010 begins with a zero; write the number without it, or put a text in quotes: "010"',
    ]


INDENT = "expected a key and its value here; check the indentation and the quotes"
COLON = 'expected no second ":" here; put a text with ": " in quotes, or check the indentation'
TAB = "a tab does not indent; use spaces"
QUOTE = "a text that begins with {} must be in quotes: {}"
BLOCK = "expected nothing but a line end after | or >, then a text indented with spaces"
DOCUMENT = 'expected a scenario without "%" lines, and nothing after "..."'
ESCAPE = "double quotes know no such escape; write \\\\ for a backslash, or use single quotes"


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        ("a: *sky*\n", "1:4", QUOTE.format("*", '"*sky*"')),
        ("{a: *sky*, b: 1}\n", "1:5", QUOTE.format("*", '"*sky*"')),
        ("a:\n  - *\n", "2:5", QUOTE.format("*", '"*"')),
        ("a: &x* b\n", "1:4", QUOTE.format("&", '"&x*"')),
        ("a: @x\n", "1:4", QUOTE.format("@", '"@x"')),
        ("a: `x`\n", "1:4", QUOTE.format("`", '"`x`"')),
        ("a: %x\n", "1:4", QUOTE.format("%", '"%x"')),
        ("a:\n\tb: 1\n", "2:1", TAB),
        ("a:\n  b: 1\n\tc: 2\n", "3:1", TAB),
        ('b: 1\na: "abc\nc: 2\n', "2:4", 'this quote is never closed; close it with "'),
        ("a: 'abc\n", "1:4", "this quote is never closed; close it with '"),
        ("a: b: c\n", "1:5", COLON),
        ("a: 1\n  b: 2\n", "2:4", COLON),
        ("a: - b\n", "1:4", 'expected no "- " here; begin a list on a line of its own'),
        ("a: 1\nfoo\nb: 2\n", "2:1", 'expected ":" and a value after this key; check the indentation'),
        ("a:\n    b: 1\n  c: 2\n", "3:3", INDENT),
        ('a: "x" y\n', "1:8", INDENT),
        ("a: 1\n- b\n", "2:1", INDENT),
        ("- a\nb: 1\n", "2:1", 'expected "- " here; check the indentation'),
        ("a: [1, 2\nb: 3\n", "2:2", 'expected "," or "]" in the list that begins at line 1, column 4'),
        ("a: [1\n", "2:1", 'expected "," or "]" in the list that begins at line 1, column 4'),
        ("a: {b: 1 c: 2}\n", "1:11", 'expected "," or "}" in the mapping that begins at line 1, column 4'),
        ("a: [,]\n", "1:5", "expected a value here"),
        ("a: | b\n", "1:6", BLOCK),
        ("a: >b\n", "1:5", BLOCK),
        ("a: !q!x b\n", "1:4", "tags have no meaning here; put a text that begins with ! in quotes"),
        ("a: !<x b\n", "1:7", "tags have no meaning here; put a text that begins with ! in quotes"),
        ("a: 1\n...\nb: 2\n", "3:1", DOCUMENT),
        ("%YAML 3.0\n---\na: 1\n", "1:1", DOCUMENT),
        ("a: 1\n---\nb: 2\n", "2:1", "a second document begins here; a file holds one scenario"),
        ("? [a]\n: b\n", "1:3", "expected a text as a key, found a list or a mapping"),
        ("a: !x [1]\n", "1:4", "the tag !x has no meaning here; leave it out, or put a text in quotes"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_sentence(parser: Parser, text: str, place: str, sentence: str) -> None:
    assert told(text, parser) == [f"x.yaml:{place}: {sentence}"]


@pytest.mark.parametrize(("text", "place"), [('a: "\\q"\n', "1:5"), ('a: "\\xzz"\n', "1:7"), ('a: "\\ud800"\n', "1:7")])
def test_an_unknown_escape_is_told(text: str, place: str) -> None:
    assert told(text, fastest()) == [f"x.yaml:{place}: {ESCAPE}"]


def test_half_a_character_is_told_where_the_parser_lets_it_through() -> None:
    expected = "x.yaml:1:4: half of a surrogate pair is no character; write the whole one"
    assert told('a: "\\ud800"\n', yaml.SafeLoader) == [expected]


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"a: 1\nb: \xff\n", "x.yaml:2:4: expected UTF-8, found other bytes; save the file as UTF-8"),
        ("a: 1".encode("utf-16"), "x.yaml:1:1: expected UTF-8, found other bytes; save the file as UTF-8"),
        (b"a: \xed\xa0\x80\n", "x.yaml:1:4: expected UTF-8, found other bytes; save the file as UTF-8"),
        (b"a: 1\r\nb: \0\n", "x.yaml:2:4: found the invisible character U+0000; remove it"),
        (b"a: \x1b[1m\n", "x.yaml:1:4: found the invisible character U+001B; remove it"),
        ("a: b\u2028c\n".encode(), "x.yaml:1:5: found the invisible character U+2028; remove it"),
        ("a: \ufeffc\n".encode(), "x.yaml:1:4: found the invisible character U+FEFF; remove it"),
    ],
)
def test_a_file_that_is_no_text_is_refused(raw: bytes, problem: str) -> None:
    assert told(raw) == [problem]


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"# only a comment\n", b"---\n", b"--- # x\n...\n", b"null\n", b"~", b"{}", b"\xef\xbb\xbf"]
)
def test_an_empty_document_is_an_empty_mapping(raw: bytes, parser: Parser) -> None:
    assert read(raw, "x.yaml", parser) == Document(
        raw.decode().removeprefix("\ufeff"), Mapping(Place("x.yaml", 1, 1), ()), []
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_counts_once(end: str, parser: Parser) -> None:
    assert told(f"\ufeffa: 1{end}{end}b: 010{end}", parser)[0].startswith("x.yaml:3:4: ")


def test_an_alias_repeats_a_value_at_its_own_place(parser: Parser) -> None:
    root = read(b"a: &x {k: [1]}\nb: *x\n", "x.yaml", parser).root
    assert value(root) == {"a": {"k": [1]}, "b": {"k": [1]}}
    assert isinstance(root, Mapping)
    assert [node.place for _, node in root.entries] == [Place("x.yaml", 1, 4), Place("x.yaml", 2, 4)]


def test_an_empty_value_can_be_repeated(parser: Parser) -> None:
    assert value(read(b"a: &x\nb: *x\n", "x.yaml", parser).root) == {"a": None, "b": None}


LEVELS = f"expected at most {MOST_LEVELS} levels of lists and mappings, found more"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * MOST_LEVELS + "]" * MOST_LEVELS, None),
        ("[" * (MOST_LEVELS + 1), f"x.yaml:1:{MOST_LEVELS + 1}: {LEVELS}"),
        ("[" * 500_000, f"x.yaml:1:{MOST_LEVELS + 1}: {LEVELS}"),
        ("{a: " * 100_000, f"x.yaml:1:{4 * MOST_LEVELS + 1}: {LEVELS}"),
        (f"- &a {'[' * 40}{']' * 40}\n- {'[' * 23}*a{']' * 23}\n", None),
        (f"- &a {'[' * 40}{']' * 40}\n- {'[' * 24}*a{']' * 24}\n", f"x.yaml:2:27: {LEVELS} in this alias"),
    ],
)
def test_depth_is_bounded_aliases_followed(text: str, problem: str | None) -> None:
    assert told(text) == ([problem] if problem else [])


def test_size_is_bounded_aliases_followed() -> None:
    ten = ["- &l0 [x,x,x,x,x,x,x,x,x,x]"]
    ten += [f"- &l{i} [{','.join([f'*l{i - 1}'] * 10)}]" for i in range(1, 30)]
    assert told("\n".join(ten)) == [
        f"x.yaml:5:36: expected at most {MOST_DOCUMENT_VALUES} values, found more, aliases counted"
    ]


@pytest.mark.parametrize(("items", "fits"), [(MOST_DOCUMENT_VALUES - 1, True), (MOST_DOCUMENT_VALUES, False)])
def test_a_long_list_is_counted(items: int, fits: bool) -> None:
    assert (told("[" + "1," * items + "]") == []) is fits


@given(st.text(alphabet=" \n\t-:[]{},&*!|>'\"%@`#?0.~<abön\r", max_size=60))
def test_both_parsers_end_with_a_document_or_a_place_inside(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for each in PARSERS:
        document = read(text.encode(), "x.yaml", each)
        assert document.root is not None or document.problems
        for problem in document.problems:
            assert isinstance(problem.place, Place)
            assert 1 <= problem.place.line <= len(lines)
            assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1
