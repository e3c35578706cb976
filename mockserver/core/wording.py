"""Foreign words in our sentences: short, printable, on one line, and with the nearest valid word."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from msgspec.json import encode

LONGEST_WORD: Final = 40
"""Characters that a sentence repeats of a foreign word."""


def shortened(text: str, most: int = LONGEST_WORD) -> str:
    """Return the text, cut to `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def quoted(text: str) -> str:
    """Return the text in quotes, on one line and not too long."""
    return encode(shortened(text)).decode()


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
