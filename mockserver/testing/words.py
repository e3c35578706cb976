"""Read the values of the ini option `imaginelab`, which sets the defaults for all tests of a suite."""

from enum import StrEnum

from mockserver.core.wording import nearest


class Word(StrEnum):
    """One word of the option."""

    GUARD = "guard"
    """The real API is shut from the beginning of the session, whether a test is marked or not."""

    NO_GUARD = "no-guard"
    """The real API is never shut."""


class WrongWords(ValueError):
    """The option has a wrong word; the text is one sentence with the way out."""


def words(text: str) -> frozenset[Word]:
    """Return the words of a text, split at spaces. Raises WrongWords if a word is unknown, or if two contradict."""
    found = frozenset(map(_word, text.split()))
    if {Word.GUARD, Word.NO_GUARD} <= found:
        raise WrongWords(f"{Word.GUARD} and {Word.NO_GUARD} contradict each other; leave one of them out")
    return found


def _word(text: str) -> Word:
    try:
        return Word(text)
    except ValueError as problem:
        near = nearest(text, list(Word))
        way_out = f"did you mean {near}?" if near else f"expected {' or '.join(Word)}"
        raise WrongWords(f"unknown word {text!r}; {way_out}") from problem
