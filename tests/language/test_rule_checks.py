"""Mistakes in a single fault or limit outside its answer."""

# ruff: noqa: E501 - a row of a table is one line, and its sentence is whole

import pytest
from msgspec import convert

from mockserver.core.document import KEY, Path
from mockserver.core.faults import Fault
from mockserver.core.limits import Limit
from mockserver.core.operation import Operation
from mockserver.language.rule_checks import of_fault, of_limit

ANY = [*Operation]
WAIT = {"delay": 1}
ADDRESSED = "expected `on` to be status, result, delete or media"
PHASE = "phase: here the API itself answers, so that its effect takes place at once; leave `phase` out"
PRINTABLE = "expected printable characters on one line, since logs and reports show it"
KEYLESS = "which has no keys; write the whole answer with `status` and `body` or `text`"


@pytest.mark.parametrize(
    ("fault", "findings"),
    [
        ({"on": ["create"], "then": WAIT}, []),
        ({"on": ANY, "when": {"id": 5}, "calls": {"every": 2}, "then": {"patch": {"a": 1}}}, []),
        ({"on": ["status", "media"], "counted": "generation", "then": WAIT}, []),
        ({"on": ["login"], "counted": "account", "between": [0, 1], "chance": 1.0, "then": WAIT}, []),
        ({"on": ["status"], "phase": "after", "then": {"status": 500}}, []),
        ({"on": ["status"], "phase": "before", "then": {"drop": "hang"}}, []),
        ({"on": ["login", "media"], "then": {"patch": {"a": 1}}}, [(("then", "patch"), f"patch: media answers with the bytes of a file, {KEYLESS}")]),
        ({"on": ["models"], "then": {"remove": ["a"]}}, [(("then", "remove"), f"remove: models answers with a list, {KEYLESS}")]),
        ({"on": ["me", "create", "me"], "then": WAIT}, [(("on", 2), "on: me stands in this list already; leave one of them out")]),
        ({"on": ["login"], "when": {"prompt": "x"}, "then": WAIT}, [(("when", "prompt", KEY), "prompt is not known of login; expected account, header.NAME or query.NAME")]),
        ({"on": ["login"], "calls": {}, "then": WAIT}, [(("calls",), "calls: expected {every: 3}, found no number, so that the rule never fires")]),
        ({"on": ["status", "login"], "counted": "generation", "then": WAIT}, [(("counted",), f"counted: a request for login need not name a generation; {ADDRESSED}")]),
        ({"on": ANY, "counted": "generation", "then": WAIT}, [(("counted",), f"counted: any request need not name a generation; {ADDRESSED}")]),
        ({"on": ["me"], "between": [1_500_000, 1_500_000], "then": WAIT}, [(("between", 1), "between: expected a time after 1.5s, since it ends there; like this it never fires")]),
        ({"name": "é 日", "on": ["me"], "then": WAIT}, []),
        ({"name": "x\n\x9b2J", "on": ["me"], "then": WAIT}, [(("name",), f'name: {PRINTABLE}, found "x\\n\\u009b2J"; leave the others out')]),
        ({"on": ["me"], "between": [2, 1], "then": WAIT}, [(("between", 1), "between: expected a time after 2e-06s, since it ends there; like this it never fires")]),
        ({"on": ["me"], "phase": "before", "then": {"patch": {"a": 1}}}, [(("phase",), PHASE)]),
        ({"on": ["me"], "phase": "after", "then": WAIT}, [(("phase",), PHASE)]),
        ({"on": ["me"], "phase": "after", "then": {"status": 204, "text": ""}}, [(("then", "text"), "text: an answer with status 204 has no body; leave it out, or choose another status")]),
        ({"on": ["me"], "phase": "after", "then": {"drop": "hang", "text": ""}}, [(("then", "text"), "text: with `drop: hang` there is no answer that could have it; keep one of them")]),
    ],
)  # fmt: skip
def test_a_fault_can_fire_and_answers_one_way(fault: object, findings: list[tuple[Path, str]]) -> None:
    assert list(of_fault(convert(fault, Fault))) == findings


BESIDE = "counts requests, and `active` unfinished generations; write two limits, or keep one of them"


@pytest.mark.parametrize(
    ("limit", "findings"),
    [
        ({"on": ANY, "allow": 1, "per": 1, "by": "ip"}, []),
        ({"on": ["create"], "active": 1, "by": "world", "then": {"status": 503}}, []),
        ({"on": ["me"]}, [((), "a limit that limits nothing; expected `allow` and `per`, such as `allow: 10, per: 60s`, or on create `active: 3`")]),
        ({"on": ["me"], "allow": 1}, [(("allow",), "allow: expected `per` beside it, the time in which so many are allowed, such as `per: 60s`")]),
        ({"on": ["me"], "per": 1}, [(("per",), "per: expected `allow` beside it, how many are allowed in this time, such as `allow: 10`")]),
        ({"on": ["me"], "allow": 1, "per": 0}, [(("per",), "per: expected a time over 0, found none, so that the limit never refuses")]),
        ({"on": ["me", "me"], "allow": 1, "per": 1}, [(("on", 1), "on: me stands in this list already; leave one of them out")]),
        ({"on": ["create"], "active": 1, "allow": 1, "per": 1}, [(("allow",), f"allow: {BESIDE}"), (("per",), f"per: {BESIDE}")]),
        ({"on": ["create", "status"], "active": 1}, [(("on",), "on: expected create, since only that adds a generation to the `active` ones, found status")]),
        ({"on": ANY, "active": 1}, [(("on",), "on: expected create, since only that adds a generation to the `active` ones, found any")]),
        ({"on": ["create"], "active": 1, "by": "ip"}, []),
        ({"on": ["me"], "allow": 1, "per": 1, "then": {}}, [(("then",), "then: expected `status` or `drop`, found neither; add `status: 429`")]),
    ],
)  # fmt: skip
def test_a_limit_counts_one_thing(limit: object, findings: list[tuple[Path, str]]) -> None:
    assert list(of_limit(convert(limit, Limit))) == findings
