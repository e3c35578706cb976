"""The verdict on a rule at one exchange: the rule fired, or the reason why it did not.

A request keeps only the values that each rule saw, cut and without secrets. The verdict is computed from these values
when a reader needs the verdict, so a request without a reader takes no time for it.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar, overload

from msgspec import UNSET, Struct
from msgspec.json import encode

from mockserver.core.redaction import REDACTED, clean, secret
from mockserver.core.rules import Condition, Test, difference

T = TypeVar("T")

KEPT: Final = 200
"""The most characters that a verdict keeps of a found value."""

DIFFERS: Final = "its conditions do not hold"
"""The reason why a rule does not fire: at least one of its conditions does not hold."""


class Cause(Struct, frozen=True, cache_hash=True):
    """A rule that acted on an answer: its name, and its file and line."""

    name: str
    place: str


class Verdict(Struct, frozen=True):
    """The verdict on one rule at one exchange. The rule fired if `why` is empty; else `why` is the reason.

    `call` is the number of this match, from 1. It is None if conditions do not hold; then `difference` has these
    conditions.
    """

    rule: str
    place: str
    call: int | None = None
    why: str = ""
    difference: dict[str, tuple[Condition, object]] = {}

    @property
    def fired(self) -> bool:
        """Whether the rule fired."""
        return not self.why


class Verdicts(Sequence[Verdict]):
    """The verdict on each rule that was checked at one exchange, in order. A verdict is computed when it is read."""

    @property
    @abstractmethod
    def size(self) -> int:
        """The most bytes that these verdicts may add to the size of the journal."""

    @abstractmethod
    def _verdict(self, i: int) -> Verdict:
        """Return the verdict on the rule at the index `i`."""

    @overload
    def __getitem__(self, i: int) -> Verdict: ...
    @overload
    def __getitem__(self, i: slice) -> Sequence[Verdict]: ...
    def __getitem__(self, i: int | slice) -> Verdict | Sequence[Verdict]:
        if isinstance(i, slice):
            return tuple(self)[i]
        return self._verdict(range(len(self))[i])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Verdicts) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(verdict.rule for verdict in self))

    def __repr__(self) -> str:
        return repr(tuple(self))


class _None(Verdicts):
    @property
    def size(self) -> int:
        return 0

    def __len__(self) -> int:
        return 0

    def _verdict(self, i: int) -> Verdict:
        raise IndexError(i)


NO_VERDICTS: Final[Verdicts] = _None()
"""The verdicts of an exchange at which no rule was checked."""


def kept(facts: Mapping[str, object]) -> dict[str, object]:
    """Return the values by key, with long texts cut and without secrets."""
    return {key: _kept(key, value) for key, value in facts.items()}


def weight(found: Mapping[str, object]) -> int:
    """Return the most bytes that kept values may add to the size of the journal."""
    return (2 * KEPT) * len(found)


# Most rules have only these keys. Their values are cleaned when a reader needs them, so that a request takes no time
# for it.
_OPEN: Final = frozenset({"generation_type", "model_name", "prompt", "project_id", "account", "id", "status"})


def _kept(key: str, value: object) -> object:
    """Return the value for a key of `when` in the form that may be kept. A list or a mapping becomes JSON."""
    text = encode(value).decode() if isinstance(value, (dict, list)) else value
    if not isinstance(text, str):
        return text
    brief = text[:KEPT] + "…" if len(text) > KEPT else text
    return brief if key in _OPEN else _without_secrets(key, brief)


def _without_secrets(key: str, text: str) -> str:
    return REDACTED.decode() if secret(key) else clean(text.encode()).decode()


def differing(tests: Iterable[Test], found: Mapping[str, object]) -> dict[str, tuple[Condition, object]]:
    """Return each condition that did not hold, with the value that was kept.

    A cut value may meet a condition that the whole value did not meet. If no condition fails for this reason, all
    conditions are returned. Secrets are removed from conditions and values.
    """
    tests = tuple(tests)
    whole = {key: (condition, found[key]) for key, condition, _ in tests}
    differs = difference(tests, found.__getitem__) or whole
    return {key: (_shown_condition(key, wanted), _shown(key, value)) for key, (wanted, value) in differs.items()}


def _shown_condition(key: str, wanted: Condition) -> Condition:
    return tuple(_shown(key, one) for one in wanted) if isinstance(wanted, tuple) else _shown(key, wanted)


def _shown(key: str, value: T) -> T | str:
    """Return a value of a request or of a condition, without its secrets."""
    if value is UNSET or value is None:
        return value
    if secret(key):
        return REDACTED.decode()
    if isinstance(value, str):
        return clean(value.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
    return value
