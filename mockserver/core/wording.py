"""Text from outside in our sentences: it is made printable, short and one line long.

This module also finds the valid word that is nearest to a misspelt word.

Text from outside comes from clients, files, the environment and libraries. It can harm a reader: a terminal obeys
control characters, a line break adds a false entry to a log, and marks of direction show a text in another order than
it is stored. So all output for people passes through `printable`. ARCHITECTURE.md lists these outputs.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

LONGEST_WORD: Final = 40
"""The most characters of a text from outside that a sentence repeats."""


def printable(text: str) -> str:
    r"""Return the text on one line. Each character that cannot be printed becomes an escape, such as \x1b or \u202e."""
    if text.isprintable():
        return text
    return text.translate({ord(char): _escape(char) for char in set(text) if not char.isprintable()})


def printable_json(text: str) -> str:
    """Return a JSON document with the same value. Each character that cannot be printed becomes an escape of JSON.

    Line feeds stay, because they can only be layout between values.
    """
    if text.isprintable():
        return text
    strange = {char for char in set(text) if not char.isprintable()} - {"\n"}
    return text.translate({ord(char): escape_in_json(char) for char in strange})


def written_json(value: object) -> bytes:
    """Return a value as JSON on one line, with only printable characters."""
    # Not at the top: the start of each process imports this module for its terminal.
    from msgspec.json import encode

    written = encode(value)
    return written if written.isascii() and b"\x7f" not in written else printable_json(written.decode()).encode()


def escape_in_json(char: str) -> str:
    """Return a character as JSON escapes it. Source: RFC 8259, section 7."""
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()


def shortened(text: str, most: int = LONGEST_WORD) -> str:
    """Return the text, cut to `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def quoted(text: str) -> str:
    """Return the text in quotes, on one line, cut to LONGEST_WORD characters."""
    return written_json(shortened(text).encode("utf-8", "backslashreplace").decode()).decode()


def worded(text: str) -> str:
    """Return the text unchanged if it can be part of a sentence, else in quotes."""
    return text if text.isprintable() and len(text) <= LONGEST_WORD else quoted(text)


def either(choices: Sequence[str]) -> str:
    """Return the choices as a list for a sentence: `a, b or c`."""
    return " or ".join(filter(None, [", ".join(choices[:-1]), choices[-1]]))


def nearest(word: str, valid: Sequence[str]) -> str | None:
    """Return the valid word that is nearest to `word`, None if none is near."""
    if len(word) > LONGEST_WORD:
        return None
    return next(iter(near(word, valid, 1)), None)


def near(word: str, valid: Sequence[str], most: int) -> list[str]:
    """Return at most `most` valid words that are near to `word`, the nearest first."""
    # This import is here, because only an error needs the module, and to import it takes a tenth of the start time.
    from difflib import get_close_matches

    return get_close_matches(word, valid, n=most)


def did_you_mean(word: str, valid: Sequence[str]) -> str:
    """Return the end of a sentence that suggests the nearest valid word; empty if none is near."""
    suggestion = nearest(word, valid)
    return f"; did you mean {quoted(suggestion)}?" if suggestion else ""


def few(names: Iterable[str]) -> str:
    """Return the first three names, as the end of a sentence that begins with "there is"."""
    return ", ".join(map(worded, islice(names, 3))) or "none at all"
