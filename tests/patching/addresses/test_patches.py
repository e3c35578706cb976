"""Replaced attributes are put back in any order, also if other code replaces them meanwhile."""

from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import pytest

from mockserver.patching.addresses.patches import Function, Patches


class Parent:
    def say(self, word: str) -> str:
        return word


class Child(Parent):
    """Inherits its method from the parent."""


def saying(prefix: str) -> Callable[[Function], Function]:
    return lambda previous: lambda *args, **options: prefix + previous(*args, **options)


def module(**attributes: object) -> ModuleType:
    made = ModuleType("made")
    vars(made).update(attributes)
    return made


def test_a_function_is_chained_to_the_former_one_and_put_back() -> None:
    def shout(word: str) -> str:
        return word.upper()

    target, patches = module(shout=shout), Patches()
    patches.chain(target, "shout", saying("> "))
    assert target.shout("hey") == "> HEY"
    patches.end()
    assert target.shout is shout


def test_an_inherited_method_leaves_no_trace() -> None:
    patches = Patches()
    patches.chain(Child, "say", saying("> "))
    assert [Child().say("hey"), Child().say(word="hey"), Parent().say("hey")] == ["> hey", "> hey", "hey"]
    patches.end()
    assert "say" not in vars(Child)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0), (0, 2, 1), (2, 0, 1)])
def test_several_end_in_any_order_and_leave_the_former_functions(order: tuple[int, ...]) -> None:
    all_of_them = [Patches() for _ in order]
    for i, patches in enumerate(all_of_them):
        patches.chain(Child, "say", saying(str(i)))
    assert Child().say("!") == "210!"
    open_ = {0, 1, 2}
    for i in order:
        all_of_them[i].end()
        open_.remove(i)
        assert Child().say("!") == "".join(str(i) for i in sorted(open_, reverse=True)) + "!"
    assert "say" not in vars(Child)


def test_a_foreign_patch_over_ours_stays_and_calls_the_original_afterwards() -> None:
    target, patches = module(say=lambda word: word), Patches()
    patches.chain(target, "say", saying("> "))
    theirs: Any = saying("they: ")(target.say)
    target.say = theirs  # type: ignore[attr-defined]
    patches.end()
    assert target.say is theirs
    assert target.say("hey") == "they: hey"


def test_a_foreign_patch_between_two_of_ours_is_put_back() -> None:
    target, first, second = module(say=lambda word: word), Patches(), Patches()
    first.chain(target, "say", saying("first "))
    theirs = wraps(target.say)(saying("they ")(target.say))
    target.say = theirs  # type: ignore[attr-defined]
    second.chain(target, "say", saying("second "))
    first.end()
    assert target.say("hey") == "second they hey"
    second.end()
    assert target.say is theirs


def test_a_kept_reference_calls_the_original_after_the_end() -> None:
    target, patches = module(say=lambda word: word), Patches()
    patches.chain(target, "say", saying("> "))
    kept = target.say
    patches.end()
    assert kept("hey") == "hey"


def test_any_attribute_can_be_replaced() -> None:
    target, patches = module(kind=Parent), Patches()
    patches.put(target, "kind", Child)
    assert vars(target)["kind"] is Child
    patches.end()
    assert vars(target)["kind"] is Parent
