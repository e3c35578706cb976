"""The bounds of conditions: how many a rule has, how many values each, and how long a glob is."""

import pytest

from mockserver.core.rules import LONGEST_GLOB, MOST_CONDITIONS, MOST_VALUES
from mockserver.language.file import ScenarioError, parse

RULES = {
    "generations": "generations:\n  - {{when: {}}}\n",
    "faults": "faults:\n  - {{on: create, when: {}, then: {{status: 500}}}}\n",
}
"""A file with one rule of each section that has conditions."""


def conditions(count: int) -> str:
    return "{" + ", ".join(f"settings.key{i}: x" for i in range(count)) + "}"


def values(count: int) -> str:
    return "{prompt: [" + ", ".join(f"scene {i}" for i in range(count)) + "]}"


def glob(length: int) -> str:
    return "{prompt: " + "x" * (length - 1) + "*}"


def glob_of_many(length: int) -> str:
    return "{prompt: [scene, " + "x" * (length - 1) + "*]}"


@pytest.mark.parametrize("section", RULES)
@pytest.mark.parametrize(
    "when", [conditions(MOST_CONDITIONS), values(MOST_VALUES), glob(LONGEST_GLOB), glob_of_many(LONGEST_GLOB)]
)
def test_a_rule_at_a_bound_is_sound(section: str, when: str) -> None:
    loaded = parse(RULES[section].format(when), "x.yaml")
    assert len(loaded.scenario.generations) + len(loaded.scenario.faults) == 1


FEWER = "keep those that tell its requests from others"
FEWER_VALUES = "write a glob that takes many of them, or divide the rule into several rules"
SHORTER = "write a * for a part of the text"


@pytest.mark.parametrize("section", RULES)
@pytest.mark.parametrize(
    ("when", "column", "sentence"),
    [
        (conditions(MOST_CONDITIONS + 1), 0, f"when: expected at most 100 conditions, found 101; {FEWER}"),
        (values(MOST_VALUES + 1), 9, f"prompt: expected at most 1000 values, found 1001; {FEWER_VALUES}"),
        (values(20 * MOST_VALUES), 9, f"prompt: expected at most 1000 values, found 20000; {FEWER_VALUES}"),
        (glob(LONGEST_GLOB + 1), 9, f"prompt: expected at most 1000 letters, found 1001; {SHORTER}"),
        (glob_of_many(LONGEST_GLOB + 1), 17, f"prompt: expected at most 1000 letters, found 1001; {SHORTER}"),
    ],
)
def test_a_rule_beyond_a_bound_is_told_with_what_to_do(section: str, when: str, column: int, sentence: str) -> None:
    text = RULES[section].format(when)
    with pytest.raises(ScenarioError) as caught:
        parse(text, "x.yaml")
    place = text.splitlines()[1].index("when: ") + len("when: ") + 1 + column
    assert [str(problem) for problem in caught.value.problems] == [f"x.yaml:2:{place}: {sentence}"]
