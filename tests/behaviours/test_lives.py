"""Scripted lives as a client sees them."""

import pytest

from mockserver.core.generation import GenerationType, Life, Model
from mockserver.core.instant import SECOND
from mockserver.core.rules import Calls, When
from mockserver.core.scenario import Scenario
from mockserver.core.timeline import Step
from tests.support.client import Client
from tests.support.customer import ORDER

from .played import FOR_EVER, Start, life


def playing(api: Start, *lives: Life) -> Client:
    return api(Scenario(generations=lives)).login()


@pytest.mark.assumed
def test_a_failed_generation_gives_its_reason(api: Start) -> None:
    reason = Life(then=(Step(status="failed", error="Upstream model error"),))
    record = playing(api, reason).create().json
    assert (record["status"], record["error"], record["outputs"]) == ("failed", "Upstream model error", [])


@pytest.mark.assumed
def test_a_failed_generation_without_a_reason_has_the_default_reason(api: Start) -> None:
    assert playing(api, life(failed=None)).create().json["error"] == "Generation failed"


@pytest.mark.assumed
def test_a_failed_generation_can_hide_its_reason(api: Start) -> None:
    assert playing(api, Life(then=(Step(status="failed", error=None),))).create().json["error"] is None


@pytest.mark.assumed
def test_a_generation_that_has_not_failed_has_no_error(you: Client) -> None:
    assert "error" not in you.create().json


@pytest.mark.assumed
def test_any_status_word_can_be_scripted(api: Start) -> None:
    you = playing(api, life(queued=2, PAUSED=2, completed=None))
    id_ = you.order()
    assert [status for status, _ in you.polls(id_)] == ["queued", "PAUSED", "completed"]


@pytest.mark.assumed
def test_a_completed_generation_can_be_seen_processing_again(api: Start) -> None:
    steps = (Step(status="completed", lasts=2 * SECOND), Step(status="processing", lasts=2 * SECOND))
    you = playing(api, Life(then=(*steps, Step(status="completed"))))
    id_ = you.order()
    assert [you.status(id_).json["status"] for _ in range(4)] == ["completed", "processing", "completed", "completed"]


@pytest.mark.assumed
def test_progress_follows_the_scenario(api: Start) -> None:
    step = Step(status="processing", lasts=8 * SECOND, progress=(5, 40, 40, 10))
    you = playing(api, Life(then=(step, Step(status="completed"))))
    assert [progress for _, progress in you.polls(you.order())] == [5, 40, 40, 10, 100]


@pytest.mark.assumed
def test_the_scenario_can_set_the_number_of_outputs(api: Start) -> None:
    you = playing(api, Life(then=(Step(status="completed", outputs=3),)))
    outputs = you.outputs()
    assert len(set(outputs)) == 3
    assert len({you.read(link).body for link in outputs}) == 3


@pytest.mark.assumed
@pytest.mark.parametrize("outputs", [(), ("https://cdn.example.com/1.png", "any text")])
def test_the_scenario_can_list_the_outputs(api: Start, outputs: tuple[str, ...]) -> None:
    you = playing(api, Life(then=(Step(status="completed", outputs=outputs),)))
    assert you.outputs() == list(outputs)


@pytest.mark.assumed
def test_a_generation_can_become_visible_later_than_it_is_paid_for(api: Start) -> None:
    you = playing(api, Life(visible_after=2 * SECOND))
    id_ = you.order()
    first = you.result(id_)
    assert (first.status, first.detail, you.credits()) == (404, "Generation not found", 95)
    assert "visible_after" in first.headers["x-mock-hint"]
    assert you.result(id_).status == 200


@pytest.mark.assumed
def test_the_first_rule_that_matches_decides(api: Start) -> None:
    dusk = Life(when={"prompt": "*dusk*"}, then=(Step(status="failed"),))
    you = playing(api, dusk, life(queued=None))
    assert you.create().json["status"] == "failed"
    assert you.create(prompt="dawn").json["status"] == "queued"


@pytest.mark.assumed
def test_a_rule_for_one_call_applies_to_one_order(api: Start) -> None:
    first = Life(calls=Calls(spans=((1, 1),)), then=(Step(status="failed"),))
    you = playing(api, first)
    assert [you.create().json["status"] for _ in range(3)] == ["failed", "pending", "pending"]


@pytest.mark.assumed
def test_a_refused_order_does_not_count_as_a_call(api: Start) -> None:
    first = Life(calls=Calls(spans=((1, 1),)), then=(Step(status="failed"),))
    you = playing(api, first)
    assert [you.create(model_name="none").status for _ in range(3)] == [400] * 3
    assert you.create().json["status"] == "failed"


@pytest.mark.assumed
@pytest.mark.parametrize(
    "when",
    [
        {"generation_type": "image"},
        {"model_name": "seedream-*"},
        {"project_id": 7},
        {"settings.aspect_ratio": "16:9"},
        {"settings.hd": True},
        {"account": "you@example.com"},
        {"header.X-Case": "a?c"},
        {"query.trace": "1"},
    ],
    ids=str,
)
def test_a_rule_can_match_anything_in_the_order(api: Start, when: When) -> None:
    you = playing(api, Life(when=when, then=(Step(status="failed"),)))
    plain = you.create()
    body = b"""{"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "x", "project_id": 7,
        "settings": {"aspect_ratio": "16:9", "hd": true}}"""
    full = you.ask("POST", "/generations?trace=1", body, {"Content-Type": "application/json", "x-case": "abc"})
    always = {"generation_type", "model_name", "account"}
    assert plain.json["status"] == ("failed" if always & when.keys() else "pending")
    assert full.json["status"] == "failed"


@pytest.mark.assumed
def test_a_scripted_generation_names_its_rule_wherever_it_is_shown_alone(api: Start) -> None:
    you = playing(api, Life(when={"prompt": "*dusk*"}, place="slow.yaml:12"))
    answers = [you.create(), you.status(1842), you.result(1842)]
    assert [answer.headers["x-mock-rule"] for answer in answers] == ["slow.yaml:12"] * 3


@pytest.mark.assumed
def test_an_unscripted_answer_names_no_rule(api: Start) -> None:
    you = playing(api, Life(when={"prompt": "*dusk*"}, place="slow.yaml:12"))
    answers = [you.create(prompt="dawn"), you.status(1842), you.read("/auth/me"), you.read("/generations")]
    assert [answer.headers["x-mock-rule"] for answer in answers] == [None] * 4


@pytest.mark.documented
def test_the_list_shows_the_name_type_and_cost_of_a_model(you: Client) -> None:
    models = you.read("/generations/models").json
    assert models[0] == {"name": "seedream-5.0-lite", "generation_type": "image", "credit_cost": 5}
    assert [model["generation_type"] for model in models] == ["image", "video", "voice", "music", "infographic", "text"]


@pytest.mark.assumed
def test_the_list_of_models_can_be_filtered_by_type(you: Client) -> None:
    assert [model["name"] for model in you.read("/generations/models?generation_type=video").json] == ["video-standard"]
    answer = you.read("/generations/models?generation_type=hologram")
    assert (answer.status, answer.detail.partition(":")[0]) == (400, "generation_type")


@pytest.mark.assumed
def test_models_come_and_go_on_the_virtual_clock(api: Start) -> None:
    image = GenerationType.IMAGE
    old = Model(name="old", generation_type=image, until=2 * SECOND)
    new = Model(name="new", generation_type=image, since=4 * SECOND)
    plain = Model(name=ORDER["model_name"], generation_type=image)
    you = api(Scenario(models=(old, new, plain), generations=(FOR_EVER,))).login()
    seen = []
    for _ in range(3):
        names = [model["name"] for model in you.read("/generations/models").json]
        seen.append([names, you.create(model_name="old").status, you.create(model_name="new").status])
        you.wait(polls=1)
    name = ORDER["model_name"]
    assert seen == [[["old", name], 201, 400], [[name], 400, 400], [["new", name], 400, 201]]
