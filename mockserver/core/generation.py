"""The models and prices on offer, and the state of each accepted order."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType, structs
from msgspec.json import encode

from mockserver.core.age import Age
from mockserver.core.forms import Duration
from mockserver.core.rules import Fact, Name, Rule, rule_name
from mockserver.core.timeline import DEFAULT_LIFE, ScriptedStep, Timeline
from mockserver.core.verdict import DIFFERS, NO_VERDICTS, Cause, Verdict, Verdicts, differing, kept, weight
from mockserver.core.wallet import Credits


class GenerationType(StrEnum):
    """The kinds of things that ImagineLab makes. Source: API reference, "Create a generation"."""

    IMAGE = "image"
    VIDEO = "video"
    VOICE = "voice"
    MUSIC = "music"
    INFOGRAPHIC = "infographic"
    TEXT = "text"


# Source: API reference, "Credits & Wallet".
PRICES: Final = {
    GenerationType.TEXT: 2,
    GenerationType.VOICE: 3,
    GenerationType.IMAGE: 5,
    GenerationType.MUSIC: 8,
    GenerationType.INFOGRAPHIC: 10,
    GenerationType.VIDEO: 15,
}
"""The price in credits of a generation, by its type. A model can set another price."""


class Model(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"since": "from"}):
    """One entry of the section `models`: `credit_cost` None means the price of its type in PRICES.

    The model is on offer from `since` to `until`, in microseconds since the world began. `until` None means for ever.
    """

    name: Name
    generation_type: GenerationType
    credit_cost: Credits | None = None
    since: Duration = 0
    until: Duration | None = None

    @property
    def cost(self) -> int:
        """The price, in credits, of a generation with this model."""
        return PRICES[self.generation_type] if self.credit_cost is None else self.credit_cost

    def offered(self, elapsed: int) -> bool:
        """Return whether the model is on offer `elapsed` microseconds after the world began."""
        return self.since <= elapsed and (self.until is None or elapsed < self.until)


# Source: API reference, "Create a generation" for the first name; the other five are assumed.
MODELS: Final = (
    Model(name="seedream-5.0-lite", generation_type=GenerationType.IMAGE),
    Model(name="video-standard", generation_type=GenerationType.VIDEO),
    Model(name="voice-standard", generation_type=GenerationType.VOICE),
    Model(name="music-standard", generation_type=GenerationType.MUSIC),
    Model(name="infographic-standard", generation_type=GenerationType.INFOGRAPHIC),
    Model(name="text-standard", generation_type=GenerationType.TEXT),
)
"""The models on offer if a scenario declares none."""


class Life(Rule, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """One entry of the section `generations`: the life of matching orders. The first rule that fires decides.

    `then` None means the default life. `visible_after` is in microseconds. `cost` None means the price of the model.
    """

    then: Annotated[tuple[ScriptedStep, ...], Meta(min_length=1, max_length=1000)] | None = None
    visible_after: Duration = 0
    cost: Credits | None = None

    @cached_property
    def timeline(self) -> Timeline:
        """The timeline of this life."""
        return DEFAULT_LIFE if self.then is None else Timeline(self.then)


class Order(Struct, frozen=True):
    """The request of a client for a new generation. `settings` and `project_id` are UNSET if the request lacks them."""

    generation_type: GenerationType
    model_name: str
    prompt: str
    settings: dict[str, object] | UnsetType | None = UNSET
    project_id: str | int | UnsetType | None = UNSET

    @property
    def weight(self) -> int:
        """The size of this order in bytes, as counted against the bound of a world."""
        settings = encode(self.settings) if self.settings else b""
        texts = _length(encode(structs.replace(self, settings=None))) + _length(settings)
        return texts + sum(size * settings.count(sign) for sign, size in _VALUES.items())

    def without_settings(self) -> "Order":
        """Return the order without its settings.

        It is kept after a deletion, because the control plane still shows the rest.
        """
        return structs.replace(self, settings=UNSET)

    def fact(self, key: str) -> object:
        """Return the value of a key of `when`; UNSET if the order has no such value."""
        if key.startswith("settings."):
            return (self.settings or {}).get(key.removeprefix("settings."), UNSET)
        return getattr(self, key, UNSET) if key in _FACTS else UNSET


_FACTS: Final = frozenset({"generation_type", "model_name", "prompt", "project_id"})


# The bytes that Python needs for a value in addition to its text, by the sign that marks such a value in JSON. Signs
# within texts are counted too, so the sum may be too large but not too small. Source: `sys.getsizeof` on CPython 3.11.
_VALUES: Final = {b"{": 200, b"[": 64, b",": 48, b":": 100}


def _length(text: bytes) -> int:
    """Return the most bytes that Python needs for a text: four for each character, if any character is not ASCII."""
    return len(text) if text.isascii() else 4 * len(text)


class ChosenLife(Struct, frozen=True):
    """The life of one order, and how it was chosen."""

    life: Life
    """The rule that scripts the life; DEFAULT if no rule fired."""
    matching: tuple[int, ...]
    """The index of each rule whose conditions the order meets."""
    firing: int | None
    """The index of the rule that scripts the life, None if no rule fired."""
    verdicts: Verdicts
    """The verdict on each rule: why this rule fired and the other rules did not."""

    @property
    def rule(self) -> Cause | None:
        """The name and place of the rule that scripts the life; None if no rule fired."""
        return None if self.firing is None else Cause(_name(self.firing, self.life), self.life.place)


def _name(i: int, life: Life) -> str:
    return rule_name("generations", i + 1, life)


DEFAULT: Final = Life()
"""The rule for an order on which no rule of the scenario fires."""


def choose_life(lives: Sequence[Life], seen: Sequence[int], fact: Fact) -> ChosenLife:
    """Choose the life of an order.

    `seen` holds, for each rule, how many accepted orders the rule has matched so far.
    """
    found: dict[str, object] = {}
    matching = tuple(i for i, life in enumerate(lives) if _matches(life, fact, found))
    calls = {i: seen[i] + 1 for i in matching}
    firing = next((i for i, call in calls.items() if (named := lives[i].calls) is None or named.include(call)), None)
    verdicts = _Seen(lives, calls, firing, kept(found)) if lives else NO_VERDICTS
    return ChosenLife(DEFAULT if firing is None else lives[firing], matching, firing, verdicts)


def _matches(life: Life, fact: Fact, found: dict[str, object]) -> bool:
    """Return whether an order meets all conditions. Store the value of each key of the conditions in `found`."""
    differs = False
    for key, _, holds in life.tests:
        if key not in found:
            found[key] = fact(key)
        differs = differs or not holds(found[key])
    return not differs


class _Seen(Verdicts):
    """The verdict on each rule that was checked for an order.

    `calls` holds, for each matching rule, the number of this order among the orders that the rule matched.
    """

    def __init__(
        self, lives: Sequence[Life], calls: Mapping[int, int], firing: int | None, found: dict[str, object]
    ) -> None:
        self._lives, self._calls, self._firing, self._found = lives, calls, firing, found

    def __len__(self) -> int:
        return len(self._lives)

    @property
    def size(self) -> int:
        """The most bytes that these verdicts may add to the size of the journal."""
        return 300 + 100 * len(self._calls) + weight(self._found)

    def _verdict(self, i: int) -> Verdict:
        life, call = self._lives[i], self._calls.get(i)
        if call is None:
            return Verdict(_name(i, life), life.place, None, DIFFERS, differing(life.tests, self._found))
        return Verdict(_name(i, life), life.place, call, "" if i == self._firing else _silence(life, call))


def _silence(life: Life, call: int) -> str:
    if life.calls is not None and not life.calls.include(call):
        return f"this was call {call}; it fires on: {life.calls}"
    return "an earlier rule scripted the life"


class Generation(Struct, kw_only=True):
    """The state of one accepted order. Only its world changes this state.

    `created_at` is an instant. `answered` maps each operation to the age at which the owner last got an answer to this
    operation. `rule` is the rule that scripted the life; None for the default life.
    """

    id: int
    owner: int
    order: Order
    cost: int
    created_at: int
    timeline: Timeline
    age: Age
    visible_after: int = 0
    rule: Cause | None = None
    deleted: bool = False
    answered: dict[str, int] = {}

    def finished(self, age: int) -> bool:
        """Return whether a generation of this age has begun its last step, and this step has a final status."""
        return self.timeline.finish is not None and age >= self.timeline.finish
