"""The bounds of conditions hold at the control plane as in a file: for an added fault and for a sent scenario."""

import json

import pytest

from mockserver.core.rules import LONGEST_GLOB, MOST_CONDITIONS, MOST_VALUES

from .conftest import Steering, sent

BEYOND = {
    "conditions": {f"settings.key{i}": "x" for i in range(MOST_CONDITIONS + 1)},
    "values": {"prompt": ["x"] * (MOST_VALUES + 1)},
    "letters": {"prompt": "x" * (LONGEST_GLOB + 1)},
}
FOUND = {
    "conditions": ("when", "expected at most 100 conditions, found 101; keep those that tell its requests from others"),
    "values": (
        "when.prompt",
        "expected at most 1000 values, found 1001; write a glob that takes many of them, or divide the rule into"
        " several rules",
    ),
    "letters": ("when.prompt", "expected at most 1000 letters, found 1001; write a * for a part of the text"),
}


@pytest.mark.parametrize("bound", BEYOND)
def test_a_fault_beyond_a_bound_is_not_added(steering: Steering, bound: str) -> None:
    before = steering.state()
    fault = {"on": "create", "when": BEYOND[bound], "then": {"status": 500}}
    answer = steering.ask("POST", "/faults", json.dumps(fault).encode())
    place, sentence = FOUND[bound]
    assert answer.status == 400
    assert answer.json["problems"] == [{"place": f"$.{place}", "sentence": sentence}]
    assert steering.state() == before


@pytest.mark.parametrize("bound", BEYOND)
def test_a_scenario_beyond_a_bound_is_not_played(steering: Steering, bound: str) -> None:
    before = steering.state()
    answer = sent(steering, f"generations:\n  - when: {json.dumps(BEYOND[bound])}\n")
    place, sentence = FOUND[bound]
    assert answer.status == 400
    [problem] = answer.json["problems"]
    assert problem["place"].startswith("scenario.yaml:2:")
    assert problem["sentence"] == f"{place.rpartition('.')[2]}: {sentence}"
    assert steering.state() == before
