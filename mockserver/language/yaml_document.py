"""Reads YAML into nodes. Only this module depends on YAML, and it uses only the events of the parser.

Its own stack builds the nodes from the events, so depth, size and aliases are bounded before a value is decoded.
A tag never constructs a Python object. Scalars are read by the core schema of YAML 1.2.
"""

import math
import re
from collections.abc import Callable
from typing import Any, Final, cast

import yaml
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from mockserver.core.document import List, Mapping, Node, Place, Problem, Scalar
from mockserver.core.wording import quoted, shortened

LINE_END: Final = re.compile(r"\r\n|\r|\n")
"""Matches the end of a line."""

MOST_LEVELS: Final = 64
"""The most levels of nested lists and mappings. Aliases are followed."""

MOST_DOCUMENT_VALUES: Final = 100_000
"""The most values of one document. Aliases are followed."""

# The characters that both parsers accept, except the line ends of YAML 1.1 that YAML 1.2 does not have.
_FOREIGN = re.compile("[^\t\n\r -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")

# Source: YAML 1.2.2, section 10.3.2, but for its octal and hexadecimal numbers.
_WORDS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# The most characters of a tag that an error repeats. The tags of Python objects are long.
_LONGEST_TAG: Final = 80
# First characters of a number, or of a text that may be taken for something else.
_DOUBTFUL: Final = frozenset("+-.0123456789<")
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class Document(Struct, frozen=True):
    """A text, its node, and its mistakes in YAML. `root` is None if the text cannot be read to the end."""

    text: str
    root: Node | None
    problems: list[Problem]


Parser = type[yaml.SafeLoader] | type[yaml.CSafeLoader]


def fastest() -> Parser:
    """Return the parser of libyaml.

    If libyaml is missing, return the parser in Python, which takes ten times as long.
    """
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(raw: bytes, file: str, parser: Parser | None = None) -> Document:
    """Read a text. `file` is the name of the text in places. The caller must bound the size of the text."""
    try:
        text = raw.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        place = _place(file, raw[: error.start].decode())
        return Document("", None, [Problem(place, "expected UTF-8, found other bytes; save the file as UTF-8")])
    if foreign := _FOREIGN.search(text):
        sentence = f"found the invisible character U+{ord(foreign[0]):04X}; remove it"
        return Document(text, None, [Problem(_place(file, text[: foreign.start()]), sentence)])
    draft = _Draft(file)
    try:
        draft.grow(text, parser or fastest())
    except yaml.MarkedYAMLError as error:
        draft.problems.append(_mistake(error, text, file))
        return Document(text, None, draft.problems)
    return Document(text, None if draft.stopped else draft.root, draft.problems)


def _place(file: str, before: str) -> Place:
    lines = LINE_END.split(before)
    return Place(file, len(lines), len(lines[-1]) + 1)


class _Kept(Struct, frozen=True):
    """The node of an anchor, with the number of its values and of its levels."""

    node: Node
    size: int
    height: int


class _Open(Struct):
    """A list or mapping that is not complete; `before` is the number of values in the document when it began."""

    place: Place
    anchor: str | None
    before: int
    nodes: list[Node]
    height: int = 0


class _Draft:
    """The part of the document that the events have built so far."""

    def __init__(self, file: str) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.stopped = False
        self._file = file
        self._open: list[_Open] = []
        self._size = 0
        # The node of each anchor; None while this node is not complete.
        self._kept: dict[str, _Kept | None] = {}

    def grow(self, text: str, parser: Parser) -> None:
        """Read all events, or stop when the document exceeds a bound."""
        steps: dict[type[yaml.Event], Callable[[Any], None]] = {
            yaml.DocumentStartEvent: self._begin,
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.SequenceStartEvent: self._start,
            yaml.SequenceEndEvent: self._end,
            yaml.MappingStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
        }
        for event in yaml.parse(text, parser):
            if step := steps.get(type(event)):
                step(event)
            if self.stopped:
                return
        if self.root is None or (isinstance(self.root, Scalar) and self.root.value is None):
            self.root = Mapping(Place(self._file, 1, 1), ())

    def _at(self, event: yaml.Event) -> Place:
        mark = cast("yaml.Mark", event.start_mark)
        return Place(self._file, mark.line + 1, mark.column + 1)

    def _report(self, event: yaml.Event, sentence: str) -> UnsetType:
        self.problems.append(Problem(self._at(event), sentence))
        return UNSET

    def _stop(self, event: yaml.Event, sentence: str) -> None:
        self._report(event, sentence)
        self.stopped = True

    def _begin(self, event: yaml.DocumentStartEvent) -> None:
        if self.root is not None:
            self._stop(event, "a second document begins here; a file holds one scenario")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        value: str | int | float | bool | UnsetType | None = event.value
        try:
            if event.implicit[0] and event.tag is None:
                value = _meaning(event.value)
            elif _SURROGATE.search(event.value):
                value = self._report(event, "half of a surrogate pair is no character; write the whole one")
        except ValueError as error:
            value = self._report(event, str(error))
        if event.tag is not None:
            value = self._tagged(event)
        self._add(Scalar(self._at(event), value, event.value), event.anchor, 1, 0)

    def _tagged(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> UnsetType:
        tag = shortened(str(event.tag), _LONGEST_TAG)
        return self._report(event, f"the tag {tag} has no meaning here; leave it out, or put a text in quotes")

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            self._tagged(event)
        if len(self._open) >= MOST_LEVELS:
            self._stop(event, f"expected at most {MOST_LEVELS} levels of lists and mappings, found more")
        self._open.append(_Open(self._at(event), event.anchor, self._size, []))
        self._size += 1
        if event.anchor is not None:
            self._kept[event.anchor] = None

    def _end(self, event: yaml.CollectionEndEvent) -> None:
        done = self._open.pop()
        node: Node = List(done.place, tuple(done.nodes))
        if isinstance(event, yaml.MappingEndEvent):
            entries = zip(map(self._key, done.nodes[::2]), done.nodes[1::2], strict=True)
            node = Mapping(done.place, tuple(entries))
        size = self._size - done.before
        self._size = done.before
        self._add(node, done.anchor, size, done.height + 1)

    def _key(self, node: Node) -> Scalar:
        if isinstance(node, Scalar):
            return node
        self.problems.append(Problem(node.place, "expected a text as a key, found a list or a mapping"))
        return Scalar(node.place, UNSET, "")

    def _alias(self, event: yaml.AliasEvent) -> None:
        anchor = event.anchor or ""
        if kept := self._kept.get(anchor):
            if len(self._open) + kept.height > MOST_LEVELS:
                self._stop(
                    event, f"expected at most {MOST_LEVELS} levels of lists and mappings, found more in this alias"
                )
            self._add(replace(kept.node, place=self._at(event)), None, kept.size, kept.height)
            return
        if anchor in self._kept:
            why = "which it stands inside of itself; write out what is meant"
        else:
            way_out = f"put a text that begins with * in quotes: {quoted('*' + anchor)}"
            why = f"but no &{shortened(anchor)} comes before it; {way_out}"
        value = self._report(event, f"found the alias *{shortened(anchor)}, {why}")
        self._add(Scalar(self._at(event), value, f"*{anchor}"), None, 1, 0)

    def _add(self, node: Node, anchor: str | None, size: int, height: int) -> None:
        self._size += size
        if self._size > MOST_DOCUMENT_VALUES and not self.stopped:
            self.problems.append(
                Problem(node.place, f"expected at most {MOST_DOCUMENT_VALUES} values, found more, aliases counted")
            )
            self.stopped = True
        if anchor is not None:
            self._kept[anchor] = _Kept(node, size, height)
        if self._open:
            self._open[-1].nodes.append(node)
            self._open[-1].height = max(self._open[-1].height, height)
        else:
            self.root = node


def _meaning(text: str) -> str | int | float | bool | None:
    """Return the value of a plain scalar.

    Raises ValueError with a sentence if the scalar has more than one likely meaning.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _DOUBTFUL:
        return text
    if text == "<<":
        msg = 'merge keys have no meaning here; write the keys out, or put "<<" in quotes'
        raise ValueError(msg)
    if _NO_NUMBER.fullmatch(text):
        msg = f'{text} is no number here; put a text in quotes: "{text}"'
        raise ValueError(msg)
    return _number(text) if _FLOAT.fullmatch(text) else text


def _number(text: str) -> int | float:
    if _LEADING_ZERO.match(text):
        way_out = f"write the number without it, or put a text in quotes: {quoted(text)}"
        msg = f"{shortened(text)} begins with a zero; {way_out}"
        raise ValueError(msg)
    # Longer texts are not converted, because this takes quadratic time.
    number = (int(text) if _INT.fullmatch(text) else float(text)) if len(text) <= 400 else math.inf
    if not math.isfinite(number) or (isinstance(number, int) and abs(number) >= 2**63):
        msg = f"the number {text[:20]}… is too large; put a text in quotes"
        raise ValueError(msg)
    return number


# Mistakes of YAML, each as one sentence with the way out

_SEPARATOR = re.compile(r"[\s,\[\]{}]")
_QUOTE_IT = "a text that begins with {char} must be in quotes: {text}"

# libyaml and the parser in Python use different words. The patterns match both.
# The words of the parser (context, problem and character), our words, and whether the place of the mistake is the start
# of the context.
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


def _mistake(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """Return the problem for an error of the parser. The place of the problem is always inside the text."""
    lines = LINE_END.split(text)
    found = _place_of_mark(error.problem_mark, file, lines)
    began = _place_of_mark(error.context_mark or error.problem_mark, file, lines)
    said = f"{error.context or ''}|{error.problem or ''}|{_rest(lines, found)[:1]}"
    known = ((sentence, begins) for pattern, sentence, begins in _MISTAKES if re.search(pattern, said))
    sentence, begins = next(known, ("this is not YAML: {problem}", False))
    place = began if begins else found
    rest = _rest(lines, place)
    word = quoted(_SEPARATOR.split(rest, maxsplit=1)[0])
    begin = f"line {began.line}, column {began.column}"
    return Problem(place, sentence.format(char=rest[:1], text=word, begin=begin, problem=error.problem))


def _place_of_mark(mark: yaml.Mark | None, file: str, lines: list[str]) -> Place:
    # If the last line of a text has no line end, libyaml counts the end of the text as another line.
    if mark is None or mark.line >= len(lines):
        return Place(file, len(lines), len(lines[-1]) + 1)
    return Place(file, mark.line + 1, mark.column + 1)


def _rest(lines: list[str], place: Place) -> str:
    return lines[place.line - 1][place.column - 1 :]
