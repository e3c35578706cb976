"""One attribute with several replacements: each takes back only its own, in any order."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from mockserver.patching.waits.replacement import Replacement


def original() -> str:
    return "original"


def frozen() -> str:
    return "frozen"


def fresh() -> tuple[SimpleNamespace, Replacement]:
    holder = SimpleNamespace(read=original)

    def made(beneath: Callable[..., str]) -> Callable[..., str]:
        return lambda: f"over {beneath()}"

    return holder, Replacement(holder, "read", made, pristine=lambda: "pristine")


# p: put. t: take. f: put a foreign patch. u: the patch restores the original. Then the value read after each step.
ORDERS = {
    "alone": ("pt", ["over original", "original"]),
    "nested": ("pptt", ["over original", "over original", "over original", "original"]),
    "again": ("ptpt", ["over original", "original", "over original", "original"]),
    "frozen outside": ("fptu", ["frozen", "over frozen", "frozen", "original"]),
    "frozen inside": ("pfut", ["over original", "frozen", "original", "original"]),
    "frozen for longer": ("pftu", ["over original", "frozen", "frozen", "original"]),
    "frozen between": ("pfpttu", ["over original", "frozen", "over frozen", "frozen", "frozen", "original"]),
}


@pytest.mark.parametrize(("order", "expected"), ORDERS.values(), ids=list(ORDERS))
def test_the_function_in_place_after_each_step(order: str, expected: list[str]) -> None:
    holder, replacement = fresh()
    acts: dict[str, Callable[[], None]] = {
        "p": replacement.put,
        "t": replacement.take,
        "f": lambda: setattr(holder, "read", frozen),
        "u": lambda: setattr(holder, "read", original),
    }
    seen = []
    for letter in order:
        acts[letter]()
        seen.append(holder.read())
    assert seen == expected


def test_a_kept_reference_calls_the_pristine_function_in_the_end() -> None:
    holder, replacement = fresh()
    replacement.put()
    kept = holder.read
    replacement.take()
    assert kept() == "over pristine"
