"""Words of others in our sentences: printable, on one line, short, and with the nearest valid word.

Words of others come from clients, files, the environment and libraries. A terminal obeys control characters, a log
takes each line for an entry of its own, and marks of direction show a text in another order than it is stored. So every
way out to a person passes `printable`. ARCHITECTURE.md lists the ways out.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

LONGEST_WORD: Final = 40
"""Characters that a sentence repeats of a foreign word."""


def printable(text: str) -> str:
    r"""Return the text on one line: each character that cannot be printed is an escape, such as \x1b or \u202e."""
    if text.isprintable():
        return text
    return text.translate({ord(char): _escape(char) for char in set(text) if not char.isprintable()})


def printable_json(text: str) -> str:
    """Return a JSON document of the same value: each character that cannot be printed is an escape of JSON.

    Line feeds stay, because between values they are layout.
    """
    if text.isprintable():
        return text
    strange = {char for char in set(text) if not char.isprintable()} - {"\n"}
    return text.translate({ord(char): escape_in_json(char) for char in strange})


def written_json(value: object) -> bytes:
    """Return a value as JSON on one line, all of its characters printable."""
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
    """Return the text in quotes, on one line and not too long."""
    return written_json(shortened(text).encode("utf-8", "backslashreplace").decode()).decode()


def worded(text: str) -> str:
    """Return the text as it is if it can stand in a sentence, else in quotes."""
    return text if text.isprintable() and len(text) <= LONGEST_WORD else quoted(text)


def either(choices: Sequence[str]) -> str:
    """Return the choices as the end of a sentence: `a, b or c`."""
    return " or ".join(filter(None, [", ".join(choices[:-1]), choices[-1]]))


def nearest(word: str, valid: Sequence[str]) -> str | None:
    """Return the valid word that is nearest to `word`, None if none is near."""
    if len(word) > LONGEST_WORD:
        return None
    return next(iter(near(word, valid, 1)), None)


def near(word: str, valid: Sequence[str], most: int) -> list[str]:
    """Return the valid words that are near to `word`, at most so many, the nearest first."""
    # Only a mistake needs it, and it takes a tenth of the start to import.
    from difflib import get_close_matches

    return get_close_matches(word, valid, n=most)


def did_you_mean(word: str, valid: Sequence[str]) -> str:
    """Return the end of a sentence that suggests the nearest valid word; empty if none is near."""
    suggestion = nearest(word, valid)
    return f"; did you mean {quoted(suggestion)}?" if suggestion else ""


def few(names: Iterable[str]) -> str:
    """Return the first three names, to end a sentence that begins with "there is"."""
    return ", ".join(map(worded, islice(names, 3))) or "none at all"
