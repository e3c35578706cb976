"""Read the values of the ini option `imaginelab`, which sets the defaults for all tests of a suite."""

from enum import StrEnum

from mockserver.core.wording import nearest


class Word(StrEnum):
    """A value of the option."""

    GUARD = "guard"
    """Refuse look-ups of the real API from the beginning of the session, even without a marked test."""

    NO_GUARD = "no-guard"
    """Never refuse look-ups of the real API."""


class WrongWords(ValueError):
    """The option has an invalid value; the text is one sentence with the way out."""


def words(text: str) -> frozenset[Word]:
    """Return the values of a text, split at spaces. Raises WrongWords if a value is unknown, or if two contradict."""
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
