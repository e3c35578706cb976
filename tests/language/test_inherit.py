"""One document that extends another, at the level of nodes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.document import Mapping, Node, Scalar, from_json
from mockserver.core.scenario import Scenario
from mockserver.language.extends import MERGED, inherit, parent_of


def node(value: dict[str, Any], origin: str = "$") -> Mapping:
    made = from_json(value, origin)
    assert isinstance(made, Mapping)
    return made


def plain(it: Node) -> Any:
    if isinstance(it, Mapping):
        return {key.word: plain(value) for key, value in it.entries}
    return it.value if isinstance(it, Scalar) else [plain(item) for item in it.items]


@pytest.mark.parametrize(
    ("child", "parent", "made"),
    [
        ({}, {"seed": 7}, {"seed": 7}),
        ({"seed": 8}, {"seed": 7}, {"seed": 8}),
        ({"clock": {"step": 1}}, {"clock": {"mode": "poll", "step": 2}}, {"clock": {"step": 1, "mode": "poll"}}),
        ({"clock": {}}, {"clock": {"mode": "poll"}}, {"clock": {"mode": "poll"}}),
        ({"clock": None}, {"clock": {"mode": "poll"}}, {"clock": None}),
        ({"clock": {"mode": "poll"}}, {"clock": []}, {"clock": {"mode": "poll"}}),
        ({"faults": [{"on": "me"}]}, {"faults": [{"on": "any"}, 5]}, {"faults": [{"on": "me"}]}),
        ({"faults": []}, {"faults": [{"on": "any"}]}, {"faults": []}),
        ({"faults": {"a": 1}}, {"faults": {"b": 2}}, {"faults": {"a": 1}}),
        ({"extends": "b"}, {"extends": "c", "seed": 7}, {"extends": "b", "seed": 7}),
        ({}, {"extends": "c"}, {}),
    ],
)
def test_given_keys_replace_and_missing_keys_are_inherited(
    child: dict[str, Any], parent: dict[str, Any], made: dict[str, Any]
) -> None:
    assert plain(inherit(node(child), node(parent))) == made


def test_each_part_stays_where_it_stands() -> None:
    clocks = inherit(node({"clock": {"step": 1}}, "child"), node({"clock": {"mode": "poll"}, "seed": 7}, "parent"))
    places = {key.word: key.place for _, section in clocks.entries for key in _keys(section)}
    assert places == {"step": "child.clock.step", "mode": "parent.clock.mode"}
    assert (clocks.place, [str(key.place) for key, _ in clocks.entries]) == ("child", ["child.clock", "parent.seed"])


def _keys(section: Node) -> list[Scalar]:
    return [key for key, _ in section.entries] if isinstance(section, Mapping) else []


@given(
    st.dictionaries(st.sampled_from(["seed", "clock", "faults"]), st.integers() | st.dictionaries(st.text(), st.none()))
)
def test_nothing_is_inherited_twice(document: dict[str, Any]) -> None:
    assert inherit(node(document), node(document)) == node(document)


@pytest.mark.parametrize(
    ("document", "parent"),
    [({}, None), ({"extends": "a"}, "a"), ({"extends": 5}, None), ({"extends": None}, None), ([], None), ("a", None)],
)
def test_a_parent_is_named_by_a_text(document: Any, parent: str | None) -> None:
    named = parent_of(from_json(document))
    assert (named and named.value) == parent


def test_the_sections_that_are_merged_are_mappings_of_settings() -> None:
    assert {name for name in MERGED if hasattr(getattr(Scenario(), name), "__struct_fields__")} == MERGED
