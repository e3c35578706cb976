import pytest

from mockserver.client import Due, Invalid, NotFound, World
from mockserver.client.journal import RuleName
from tests.support.client import Client


def test_a_generation_is_live_and_reading_it_moves_nothing(world: World, you: Client) -> None:
    generation = world.generations[you.order()]
    assert (generation.status, generation.progress, generation.finished) == ("pending", 0, False)
    world.clock.advance(5)
    assert (generation.status, generation.progress, generation.finished) == ("processing", 50, False)
    world.clock.advance(until="next")
    assert (generation.status, generation.progress, generation.finished) == ("completed", 100, True)


def test_a_view_of_a_generation_has_all_its_facts(world: World, you: Client) -> None:
    began = world.clock.now
    id_ = you.order(prompt="A cat")
    world.clock.advance(5)
    view = world.generations[id_].view()
    assert (view.id, view.account, view.generation_type) == (1842, "you@example.com", "image")
    assert (view.model_name, view.prompt, view.credit_cost) == ("seedream-5.0-lite", "A cat", 5)
    assert (view.age, view.created_at, view.deleted, view.rule) == (5.0, began, False, None)
    assert view.next is not None
    assert (view.next.what, view.next.status) == ("status", "completed")
    assert isinstance(view.next, Due)


def test_a_scripted_life_names_its_rule(world: World, you: Client) -> None:
    world.load("generations:\n  - {name: stuck, then: [processing]}")
    assert world.generations[you.order()].view().rule == RuleName(name="stuck", place="scenario.yaml:2")


def test_a_generation_can_be_finished_with_any_result(world: World, you: Client) -> None:
    ids = [you.order() for _ in range(4)]
    world.generations[ids[0]].finish()
    world.generations[ids[1]].finish(outputs=["a.png", "b.png"])
    assert world.generations[ids[2]].finish("failed", error="Out of memory").finished
    world.generations[ids[3]].finish("failed", error=None)
    records = [you.read(f"/generations/{id_}").json for id_ in ids]
    assert [record["status"] for record in records] == ["completed", "completed", "failed", "failed"]
    assert [len(record["outputs"]) for record in records] == [1, 2, 0, 0]
    assert [record.get("error", "no key") for record in records] == ["no key", "no key", "Out of memory", None]


def test_a_generation_finished_as_failed_has_a_default_message(world: World, you: Client) -> None:
    id_ = you.order()
    world.generations[id_].finish("failed")
    assert you.read(f"/generations/{id_}").json["error"] == "Generation failed"


def test_a_finished_generation_cannot_be_finished_again(world: World, you: Client) -> None:
    generation = world.generations[you.order()]
    generation.finish()
    with pytest.raises(Invalid, match="generation 1842 is completed already"):
        generation.finish("failed")


def test_generations_are_counted_iterated_and_selected(world: World, you: Client) -> None:
    world.accounts["you@example.com"].grant(1000)
    ids = [you.order() for _ in range(120)]
    world.generations[ids[3]].finish()
    assert len(world.generations) == 120
    assert [generation.id for generation in world.generations] == ids
    assert [generation.id for generation in world.generations.where(status="completed")] == [ids[3]]
    assert sum(1 for _ in world.generations.views(status="pending", account="you@example.com")) == 119
    assert list(world.generations.views(account="nobody@example.com")) == []


def test_a_missing_generation_is_an_error(world: World, you: Client) -> None:
    assert [id_ in world.generations for id_ in (you.order(), 1843, "1842")] == [True, False, False]
    with pytest.raises(NotFound, match="there is no generation 1843 in the world default; the last one is 1842"):
        _ = world.generations[1843].status
