"""Generations finished by hand, on every clock: their owners see them as if they had ended by themselves."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.client import Client

from .steering import Begin, Steering, shown, state


@pytest.mark.assumed
def test_a_generation_completed_by_hand_has_files_that_open(begin: Begin) -> None:
    steering, you = begin()
    id_ = you.order(prompt="stuck")
    steering.advance(by="3s")
    view = steering.finish(id_, "completed", outputs=2)
    assert (view["status"], view["progress"], view["age"], view["finished"], view["next"]) == (
        "completed",
        100,
        3,
        True,
        None,
    )
    record = you.result(id_)
    assert record.headers["x-mock-rule"] == "control:finish"
    assert [you.read(link).status for link in record.json["outputs"]] == [200, 200]
    assert (shown(you, id_), you.credits()) == (("completed", 100), 95)


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, {"error": "Generation failed", "outputs": []}),
        ({"error": "Upstream model error"}, {"error": "Upstream model error", "outputs": []}),
        (
            {"error": None, "outputs": ["https://cdn.example/a.png"]},
            {"error": None, "outputs": ["https://cdn.example/a.png"]},
        ),
    ],
)
def test_a_generation_failed_by_hand_gives_its_reason_and_keeps_its_progress(
    begin: Begin, body: dict[str, Any], said: dict[str, object]
) -> None:
    steering, you = begin()
    id_ = you.order(prompt="stuck")
    steering.advance(by="3s")
    steering.finish(id_, "failed", **body)
    assert shown(you, id_) == ("failed", 40)
    record = you.result(id_).json
    assert {key: record[key] for key in said} == said


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("wallet", "at_once", "later"),
    [("{}", 100, 100), ("{refund_delay: 3s}", 95, 100), ("{refund_failed: false}", 95, 95)],
)
def test_a_generation_failed_by_hand_gives_back_its_cost_as_the_wallet_says(
    begin: Begin, wallet: str, at_once: int, later: int
) -> None:
    steering, you = begin(f"wallet: {wallet}")
    steering.finish(you.order(), "failed")
    assert you.credits() == at_once
    steering.advance(by="3s")
    assert you.credits() == later


@pytest.mark.assumed
def test_a_generation_completed_by_hand_gives_nothing_back_though_it_was_to_fail(begin: Begin) -> None:
    steering, you = begin()
    steering.finish(you.order(prompt="fails"), "completed")
    assert steering.advance(by="1h")["due"] == []
    assert you.credits() == 95


@pytest.mark.assumed
def test_a_finished_generation_frees_its_place_under_an_active_cap(begin: Begin) -> None:
    steering, you = begin("limits: [{on: create, active: 1}]")
    id_ = you.order(prompt="stuck")
    assert you.create().status == 429
    steering.finish(id_, "completed")
    assert you.create().status == 201


def lives_on(steering: Steering, you: Client, id_: int) -> None:
    steering.advance(by="8s")


def is_finished(steering: Steering, you: Client, id_: int) -> None:
    steering.finish(id_, "failed")


def is_deleted(steering: Steering, you: Client, id_: int) -> None:
    assert you.delete(id_).status == 200


@pytest.mark.assumed
@pytest.mark.parametrize("status", ["completed", "failed"])
@pytest.mark.parametrize(
    ("end", "already"), [(lives_on, "completed"), (is_finished, "failed"), (is_deleted, "deleted")]
)
def test_a_generation_that_has_ended_cannot_be_finished(
    begin: Begin, status: str, end: Callable[[Steering, Client, int], None], already: str
) -> None:
    steering, you = begin()
    id_ = you.order()
    end(steering, you, id_)
    before = state(steering)
    answer = steering.ask("POST", f"/generations/{id_}/finish", {"status": status})
    assert answer.status == 400
    assert f"generation {id_} is {already} already" in answer.detail
    assert state(steering) == before


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/generations/7/finish", {"status": "completed"}, 404),
        ("/generations/x/finish", {"status": "completed"}, 404),
        ("/generations/1842/finish", {}, 400),
        ("/generations/1842/finish", {"status": "pending"}, 400),
        ("/generations/1842/finish", {"status": "completed", "outputs": -1}, 400),
        ("/generations/1842/finish", {"status": "completed", "progress": 7}, 400),
    ],
)
def test_an_invalid_finish_changes_nothing(begin: Begin, path: str, body: object, status: int) -> None:
    steering, you = begin()
    you.order()
    before = state(steering)
    assert steering.ask("POST", path, body).status == status
    assert state(steering) == before
