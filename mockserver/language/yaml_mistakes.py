"""The mistakes that the YAML parsers report, each as one sentence with the way out.

libyaml and its twin in Python word things differently; the patterns below fit both.
"""

import re
from typing import Final

import yaml

from mockserver.core.document import Place, Problem, quoted

LINE_END: Final = re.compile(r"\r\n|\r|\n")
"""Characters that end a line."""

_SEPARATOR = re.compile(r"[\s,\[\]{}]")
_QUOTE_IT = "a text that begins with {char} must be in quotes: {text}"

# The words of the parser (context, problem and the character there), our words, and whether the mistake stands where
# the context began.
_MISTAKES: Final = (
    (r"(alias|anchor)\|", _QUOTE_IT, True),
    (r"tab character|cannot start any token\|\t", "a tab does not indent; use spaces", False),
    (r"cannot start any token", _QUOTE_IT, False),
    (r"quoted scalar\|.*(end of stream|document)", "this quote is never closed; close it with {char}", True),
    (r"quoted scalar\|", "double quotes know no such escape; write \\\\ for a backslash, or use single quotes", False),
    (r"simple key\|", 'expected ":" and a value after this key; check the indentation', True),
    (
        r"\|mapping values",
        'expected no second ":" here; put a text with ": " in quotes, or check the indentation',
        False,
    ),
    (r"\|.*sequence entries", 'expected no "- " here; begin a list on a line of its own', False),
    (r"block mapping\|", "expected a key and its value here; check the indentation and the quotes", False),
    (r"block (collection|sequence)\|", 'expected "- " here; check the indentation', False),
    (r"flow sequence\|", 'expected "," or "]" in the list that begins at {begin}', False),
    (r"flow mapping\|", 'expected "," or "}}" in the mapping that begins at {begin}', False),
    (r"block scalar\|", "expected nothing but a line end after | or >, then a text indented with spaces", False),
    (r"node\|.*node content", "expected a value here", False),
    (r"directive|document", 'expected a scenario without "%" lines, and nothing after "..."', False),
    (r"tag", "tags have no meaning here; put a text that begins with ! in quotes", False),
)


def mistake(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """Return the problem that a parser's error stands for; its place lies inside the text."""
    lines = LINE_END.split(text)
    found = _place(error.problem_mark, file, lines)
    began = _place(error.context_mark or error.problem_mark, file, lines)
    said = f"{error.context or ''}|{error.problem or ''}|{_rest(lines, found)[:1]}"
    known = ((sentence, begins) for pattern, sentence, begins in _MISTAKES if re.search(pattern, said))
    sentence, begins = next(known, ("this is not YAML: {problem}", False))
    place = began if begins else found
    rest = _rest(lines, place)
    word = quoted(_SEPARATOR.split(rest, maxsplit=1)[0])
    begin = f"line {began.line}, column {began.column}"
    return Problem(place, sentence.format(char=rest[:1], text=word, begin=begin, problem=error.problem))


def _place(mark: yaml.Mark | None, file: str, lines: list[str]) -> Place:
    # libyaml counts the end of a text whose last line has no end as a line of its own.
    if mark is None or mark.line >= len(lines):
        return Place(file, len(lines), len(lines[-1]) + 1)
    return Place(file, mark.line + 1, mark.column + 1)


def _rest(lines: list[str], place: Place) -> str:
    return lines[place.line - 1][place.column - 1 :]
