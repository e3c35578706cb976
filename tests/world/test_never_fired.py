"""Rules that never fired, and their nearest misses, over HTTP, because requests meet rules there."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from mockserver.http.app import application
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.world.worlds import Worlds
from tests.support.customer import LOGIN, ORDER


class You:
    """The reference's user at a server that plays some rules."""

    def __init__(self, rules: str) -> None:
        self.worlds = Worlds(FixedSource(parse("clock: {mode: poll}\n" + rules, "x.yaml")))
        self._client = TestClient(application(self.worlds))
        self.login()

    def login(self) -> None:
        token = self._client.post("/api/v1/auth/login", data=LOGIN).json()["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    def order(self) -> None:
        self._client.post("/api/v1/generations", json=ORDER | {"prompt": "A neon city"})

    def look(self) -> None:
        self._client.get("/api/v1/auth/me")

    @property
    def idle(self) -> list[str]:
        return [str(rule) for rule in self.worlds.never_fired()]


def nothing(_: You) -> None:
    """Log in only."""


@pytest.mark.parametrize(
    ("rule", "live", "why"),
    [
        ("faults: [{on: me, then: {status: 500}}]", nothing, "no request for me met its conditions"),
        ("faults: [{on: [me, status], then: {status: 500}}]", nothing, "no request for me, status met its conditions"),
        (
            "faults: [{on: create, when: {prompt: '*x*', project_id: 5}, then: {status: 500}}]",
            You.order,
            "no request met its conditions; "
            'the nearest had prompt "A neon city" instead of "*x*", project_id nothing instead of 5',
        ),
        (
            "faults: [{on: me, calls: 2, then: {status: 500}}]",
            You.look,
            "its conditions were met once; the last time, this was call 1; it fires on: 2",
        ),
        (
            "faults: [{on: me, between: [5s, 9s], then: {status: 500}}]",
            You.look,
            "its conditions were met once; the last time, 0s is not between 5s and 9s",
        ),
        (
            "generations: [{when: {prompt: x}, cost: 1}]",
            You.order,
            "no order that was accepted met its conditions",
        ),
        (
            "generations: [{calls: 3, cost: 1}]",
            You.order,
            "its conditions were met once, and it is for calls 3 only",
        ),
    ],
)
def test_a_rule_that_never_fired_names_its_nearest_miss(rule: str, live: Callable[[You], None], why: str) -> None:
    you = You(rule)
    live(you)
    section = rule.partition(":")[0]
    assert you.idle == [f"x.yaml:2: the rule {section}.1 never fired: {why}"]


def test_the_reason_names_an_earlier_rule() -> None:
    fault = "{on: me, then: {status: %d}}"
    you = You(f"faults: [{fault % 500}]\n")
    you.look()
    assert you.idle == []
    you = You("generations:\n  - {when: {prompt: 'A*'}, cost: 1}\n  - {name: late, when: {prompt: '*y'}, cost: 2}\n")
    you.order()
    why = "its conditions were met once, each time behind a rule that fired"
    assert you.idle == [f"x.yaml:4: the rule late never fired: {why}"]


def test_a_rule_that_fired_is_not_listed_even_when_a_later_rule_changed_the_answer() -> None:
    you = You("faults:\n  - {on: me, then: {headers: {x-a: b}}}\n  - {on: me, then: {patch: {plan: x}}}\n")
    you.look()
    assert you.idle == []


def test_a_rule_that_fired_before_a_reset_counts_as_fired() -> None:
    you = You("faults: [{on: me, then: {status: 500}}, {on: create, then: {status: 500}}]\n")
    you.look()
    you.worlds.reset("default")
    assert [rule.name for rule in you.worlds.never_fired()] == ["faults.2"]
    you.login()
    you.order()
    you.worlds.reset("default")
    assert you.idle == []


def test_a_match_before_a_reset_counts() -> None:
    you = You("faults: [{on: me, calls: 2, then: {status: 500}}]\n")
    you.look()
    you.worlds.reset("default")
    assert you.idle == ["x.yaml:2: the rule faults.1 never fired: its conditions were met once"]


class Saved:
    """A source that gives the script saved last."""

    problem = ""

    def __init__(self, rules: str) -> None:
        self.save(rules)

    def save(self, rules: str) -> None:
        self.script = parse(rules, "x.yaml")

    def latest(self) -> LoadedScenario:
        return self.script


def failing(on: str) -> str:
    return f"faults: [{{on: {on}, then: {{status: 500}}}}]"


def names(worlds: Worlds) -> list[str]:
    return [rule.name for rule in worlds.never_fired()]


def test_rules_of_another_scenario_are_new_rules() -> None:
    source = Saved(failing("me"))
    worlds = Worlds(source)
    client = TestClient(application(worlds))
    client.get("/api/v1/auth/me")
    assert names(worlds) == []
    source.save(failing("any"))
    worlds.reset("default")
    assert names(worlds) == ["faults.1"]


TWO = "faults: [{on: me, then: {status: 500}}, {on: models, then: {status: 500}}]"


def test_a_rule_that_fired_in_any_world_has_fired() -> None:
    worlds = Worlds(FixedSource(parse(TWO, "x.yaml")))
    client = TestClient(application(worlds))
    client.get("/w/gw0/api/v1/auth/me")
    assert names(worlds) == ["faults.2"]
    client.get("/w/gw1/api/v1/generations/models")
    assert names(worlds) == []


def test_a_rule_that_fired_in_a_discarded_world_counts_as_fired() -> None:
    worlds = Worlds(FixedSource(parse(TWO, "x.yaml")))
    TestClient(application(worlds)).get("/w/gw0/api/v1/auth/me")
    worlds.discard("gw0")
    assert names(worlds) == ["faults.2"]


def test_worlds_with_their_own_script_leave_the_rules_of_the_server_alone() -> None:
    worlds = Worlds(FixedSource(parse(failing("me"), "x.yaml")))
    worlds.reset("gw0", parse(failing("any"), "other.yaml"))
    TestClient(application(worlds)).get("/w/gw0/api/v1/auth/me")
    assert names(worlds) == ["faults.1"]
    worlds.reset("gw0")
    worlds.discard("gw0")
    assert names(worlds) == ["faults.1"]


def test_rules_of_both_sections_are_listed_in_the_order_of_the_file() -> None:
    you = You("""
generations:
  - {name: cats, when: {prompt: '*cat*'}}
  - {name: dogs, when: {prompt: '*dog*'}}
faults:
  - {name: down, on: status, then: {status: 503}}
""")
    assert [rule.name for rule in you.worlds.never_fired()] == ["cats", "dogs", "down"]
