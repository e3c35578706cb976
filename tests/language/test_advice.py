"""Settings that a scenario may have but that are likely mistakes."""

# ruff: noqa: E501 - a row of a table is one line, and its sentence is whole

import pytest
from msgspec import convert

from mockserver.core.document import Path
from mockserver.core.instant import SECOND
from mockserver.core.scenario import Scenario
from mockserver.language import advice, checks


def step(status: str, lasts: int | None = None) -> dict[str, object]:
    return {"status": status, "for": lasts}


def fault(on: str = "status", **keys: object) -> dict[str, object]:
    return {"on": [on], "then": {"status": 500}, **keys}


POLLED = "; a client that polls may never see it"
VIRTUAL = (
    "ttl: `exp` and HTTP dates are virtual; a client that compares them with its own clock needs clock: {start: now}"
)
SHORT = [{"then": [step("pending", SECOND), step("a", 2 * SECOND), step("completed")]}]


@pytest.mark.parametrize(
    ("sections", "findings"),
    [
        ({}, []),
        ({"clock": {"mode": "real", "rate": 60.0}}, []),
        ({"clock": {"mode": "poll", "rate": 60.0}}, [(("clock", "rate"), "rate: a poll clock does not follow real time, so that it has no rate")]),
        ({"clock": {"mode": "manual", "step": 1}}, [(("clock", "step"), "step: a manual clock does not move when a client asks again")]),
        ({"clock": {"mode": "real", "step": "next"}}, [(("clock", "step"), "step: a real clock does not move when a client asks again")]),
        ({"tokens": {"ttl": 1}}, []),
        ({"tokens": {"ttl": 1}, "clock": {"mode": "poll", "start": "now"}}, []),
        ({"tokens": {"ttl": 1}, "clock": {"mode": "poll"}}, [(("tokens", "ttl"), VIRTUAL)]),
        ({"tokens": {"ttl": 1}, "clock": {"start": 0}}, [(("tokens", "ttl"), VIRTUAL)]),
        ({"generations": SHORT}, [(("generations", 0, "then", 0, "for"), f"for: pending is shorter than the clock's step of 2s{POLLED}")]),
        ({"generations": SHORT, "clock": {"step": 500_000}}, []),
        ({"generations": SHORT, "clock": {"step": "next"}}, []),
        ({"generations": SHORT, "clock": {"mode": "real"}}, []),
        ({"generations": [{"when": {"model_name": "seedream-*", "account": "you@example.com"}}]}, []),
        ({"generations": [{"when": {"model_name": "seadream-5.0-lite"}}]}, [
            (("generations", 0, "when", "model_name"), 'model_name: nothing declared matches "seadream-5.0-lite"; orders of it are rejected; did you mean "seedream-5.0-lite"?'),
        ]),
        ({"generations": [{"when": {"model_name": "x"}}], "api": {"unknown_models": "accept"}}, []),
        ({"faults": [fault(then={"status": 500, "text": "nginx-502"}), fault("me", then={"status": 500, "text": "<html>"})]}, []),
        ({"faults": [fault(then={"status": 500, "text": "nginx-503"})]}, [(("faults", 0, "then", "text"), 'text: "nginx-503" is sent as it is; did you mean "nginx-502"?')]),
        ({"faults": [fault(then={"status": 429, "retry_after": {"raw": "soon"}})]}, []),
        ({"faults": [fault(then={"status": 429, "retry_after": {"raw": "0.493"}})]}, []),
        ({"faults": [fault(then={"status": 429, "retry_after": {"raw": "30 sec"}})]}, [(("faults", 0, "then", "retry_after"), 'retry_after: "30 sec" is sent as it is; a duration is written 500ms, 2s, 5m or 1h')]),
        ({"limits": [{"on": ["me"], "allow": 1, "per": 1, "then": {"status": 403, "text": "waf403"}}]}, [(("limits", 0, "then", "text"), 'text: "waf403" is sent as it is; did you mean "waf-403"?')]),
        ({"limits": [{"on": ["me"], "allow": 1, "per": 1}]}, []),
        ({"generations": [{"then": [step("queued", 2 * SECOND), step("moderating", 2 * SECOND), step("completed")]}]}, []),
        ({"generations": [{"then": [step("procesing", 2 * SECOND), step("complete")]}]}, [
            (("generations", 0, "then", 0, "status"), 'procesing is a status that the reference does not know; did you mean "processing"?'),
            (("generations", 0, "then", 1, "status"), 'complete is a status that the reference does not know; did you mean "completed"?'),
        ]),
        ({"faults": [fault(when={"id": [1842, "17*"], "status": ["failed", "p*"]})]}, []),
        ({"faults": [fault(when={"id": [1842, 1841]})]}, [(("faults", 0, "when", "id", 1), "id: no generation has the id 1841; the first one is 1842 (`api: {first_generation}`)")]),
        ({"faults": [fault(when={"id": 5})], "api": {"first_generation": 5}}, []),
        ({"faults": [fault(when={"status": "complete"})]}, [(("faults", 0, "when", "status"), 'status: nothing declared matches "complete"; no generation ever has it; did you mean "completed"?')]),
        ({"faults": [fault(when={"status": "queued"})], "generations": [{"then": [step("queued", 2 * SECOND), step("completed")]}]}, []),
        ({"faults": [fault(when={"account": "me@example.com"})]}, [(("faults", 0, "when", "account"), 'account: nothing declared matches "me@example.com"; it holds for nobody but who signs up so; did you mean "you@example.com"?')]),
        ({"generations": [{"when": {"account": ["you@example.com", "x"]}}]}, [
            (("generations", 0, "when", "account", 1), 'account: nothing declared matches "x"; it holds for nobody but who signs up so'),
        ]),
    ],
)  # fmt: skip
def test_a_likely_mistake_is_a_warning(sections: dict[str, object], findings: list[tuple[Path, str]]) -> None:
    made = convert(sections, Scenario)
    assert list(checks.contradictions(made)) == []
    assert list(advice.warnings(made)) == findings
