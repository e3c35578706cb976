"""One attribute with several replacements: each takes back its own alone, in any order."""

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


# p: put. t: take. f: a foreign patch is put. u: it restores the original. Beside it, what is read after each.
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
def test_what_is_read_in_whatever_order(order: str, expected: list[str]) -> None:
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


def test_who_keeps_it_reads_the_pristine_one_in_the_end() -> None:
    holder, replacement = fresh()
    replacement.put()
    kept = holder.read
    replacement.take()
    assert kept() == "over pristine"
