from datetime import timedelta
from pathlib import Path

import pytest

from mockserver.client import Invalid, NotFound, Rule, World
from tests.support.client import Client

SCENARIO = """\
faults:
  - {name: slow down, on: create, calls: 2, then: {status: 429}}
limits:
  - {on: me, allow: 1, per: 60s}
generations:
  - {when: {prompt: stuck}, then: [processing]}
"""


def test_the_rules_in_force_have_their_counts(world: World, you: Client) -> None:
    world.load(SCENARIO)
    assert [you.create(prompt="stuck").status for _ in range(2)] == [201, 429]
    assert [you.read("/auth/me").status for _ in range(2)] == [200, 429]
    assert list(world.faults) == [Rule(name="slow down", place="scenario.yaml:2", seen=2, fired=1, on=("create",))]
    assert world.faults.limits == (Rule(name="limits.1", place="scenario.yaml:4", seen=2, fired=1, on=("me",)),)
    assert world.faults.lives == (Rule(name="generations.1", place="scenario.yaml:6", seen=1, fired=1),)


def test_a_fault_is_added_as_arguments_or_as_a_mapping(world: World, you: Client) -> None:
    rule = world.faults.add(on="create", then={"status": 429, "retry_after": "2s"}, calls=1, name="once")
    assert (rule.name, rule.place, rule.on) == ("once", "control:once", ("create",))
    assert world.faults.add({"on": ["me", "create"], "then": {"status": 500}}, calls=2).on == ("me", "create")
    assert [you.create().status for _ in range(3)] == [429, 500, 201]


def test_a_duration_may_be_a_timedelta_wherever_it_stands(world: World, you: Client) -> None:
    then = {"status": 429, "retry_after": {"in": timedelta(minutes=1), "as": "seconds"}, "delay": timedelta(0, 0, 1)}
    world.faults.add(on="create", then=then)
    you.create()
    assert world.journal[-1].answer.headers["retry-after"] == "60"


@pytest.mark.parametrize("status", [{500}, object(), Path("x")])
def test_a_value_that_json_cannot_hold_is_refused(world: World, status: object) -> None:
    with pytest.raises(Invalid, match=r"^expected what JSON can say, a timedelta or a datetime; found "):
        world.faults.add(on="create", then={"status": status})
    with pytest.raises(
        Invalid, match=r"^expected what JSON can say, numbers that are finite too; found {'on': {\('a', "
    ):
        world.faults.add(on={("a", "b"): 1})


def test_the_fault_that_was_added_last_is_tried_first(world: World) -> None:
    world.load(SCENARIO)
    names = [world.faults.add(on="me", then={"status": 500}).name for _ in range(2)]
    assert [rule.name for rule in world.faults] == [*reversed(names), "slow down"]
    assert len(world.faults) == 3


def test_a_fault_is_removed_and_returned_as_it_was_last(world: World, you: Client) -> None:
    world.faults.add(on="create", then={"status": 500}, name="50% down?")
    assert you.create().status == 500
    assert world.faults["50% down?"].fired == 1
    assert world.faults.remove("50% down?").fired == 1
    assert "50% down?" not in world.faults
    assert you.create().status == 201


def test_all_mistakes_in_a_fault_are_listed(world: World) -> None:
    with pytest.raises(Invalid) as error:
        world.faults.add(on="crate", thn={"status": 500})
    assert {problem.place for problem in error.value.problems} >= {"$.on", "$.thn"}
    assert 'did you mean "create"' in str(error.value)
    assert len(world.faults) == 0


def test_a_missing_fault_is_an_error(world: World) -> None:
    with pytest.raises(NotFound, match="nothing"):
        world.faults.remove("nothing")
    with pytest.raises(NotFound, match="no fault in force is called nothing"):
        _ = world.faults["nothing"]
