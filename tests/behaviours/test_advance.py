"""Time moved by hand, on every clock: clients then meet exactly the announced changes."""

from typing import Any

import pytest

from mockserver.core.clock import Mode
from tests.support.customer import EMAIL

from .steering import Begin, shown, state


def due(second: int, generation: int, what: str, **more: object) -> dict[str, object]:
    """One thing that came due, as the control plane writes it; anything but a status is given by its kind."""
    at = f"2026-06-07T12:00:{second:02}Z"
    if what in ("visible", "refund"):
        return {"at": at, "generation": generation, "what": what} | more
    return {"at": at, "generation": generation, "what": "status", "status": what}


@pytest.mark.assumed
def test_a_move_shows_its_end_and_the_things_that_came_due_on_the_way(begin: Begin) -> None:
    steering, you = begin()
    for prompt in ("fails", "hidden", "stale", "at once"):
        you.order(prompt=prompt)
    assert steering.read("/clock")["next"] == due(2, 1842, "processing")
    assert steering.advance(by="7s") == {
        "now": "2026-06-07T12:00:07Z",
        "moved": 7,
        "due": [
            due(2, 1842, "processing"),
            due(2, 1843, "processing"),
            due(4, 1844, "processing"),
            due(5, 1843, "visible"),
            due(6, 1842, "failed"),
            due(6, 1842, "refund", credits=5),
            due(6, 1844, "completed"),
        ],
        "omitted": 0,
    }
    assert steering.read("/clock")["now"] == "2026-06-07T12:00:07Z"
    assert [shown(you, id_) for id_ in (1842, 1843, 1844, 1845)] == [
        ("failed", 99),
        ("processing", 83),
        ("completed", 100),
        ("completed", 100),
    ]


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("body", "moved", "met"),
    [
        ({"by": "2s"}, 2, ("processing", 0)),
        ({"by": 5}, 5, ("processing", 50)),
        ({"by": 0.5}, 0.5, ("pending", 0)),
        ({"by": "1h"}, 3600, ("completed", 100)),
        ({"by": 0}, 0, ("pending", 0)),
        ({"to": "2026-06-07T12:00:08Z"}, 8, ("completed", 100)),
        ({"to": "2026-06-07T14:00:05+02:00"}, 5, ("processing", 50)),
        ({"to": "2026-06-07T12:00:00Z"}, 0, ("pending", 0)),
        ({"until": "next"}, 2, ("processing", 0)),
        ({"until": {"generation": 1842, "status": "processing"}}, 2, ("processing", 0)),
        ({"until": {"generation": 1842, "status": "completed"}}, 8, ("completed", 100)),
        ({"until": {"generation": 1842, "status": "pending"}}, 0, ("pending", 0)),
    ],
)
def test_time_moves_by_a_duration_or_to_an_instant_or_to_the_next_change(
    begin: Begin, body: dict[str, Any], moved: float, met: tuple[str, int]
) -> None:
    steering, you = begin()
    id_ = you.order()
    assert steering.advance(**body)["moved"] == moved
    assert steering.read(f"/generations/{id_}")["age"] == moved
    assert shown(you, id_) == met


REFUSED = {
    "to the past": ({"to": "2026-06-07T12:00:00Z"}, 400, "time never goes back"),
    "by less than nothing": ({"by": -1}, 400, "$.by: "),
    "by no duration": ({"by": "soon"}, 400, "$.by: "),
    "to no instant": ({"to": "noon"}, 400, "$.to: "),
    "to a status that cannot come": (
        {"until": {"generation": 1842, "status": "completed"}},
        400,
        "generation 1842 never becomes completed: it is processing",
    ),
    "to a generation that is not there": ({"until": {"generation": 7, "status": "completed"}}, 404, "generation 7"),
    "where nothing is due": ({"until": "next"}, 400, "nothing is due"),
    "until something else": ({"until": "later"}, 400, "$.until: "),
    "by nothing that is said": ({}, 400, "expected one of by, to, until"),
    "by two things": ({"by": 1, "until": "next"}, 400, "expected one of by, to, until, found by and until"),
    "by a misspelt one": ({"bye": 1}, 400, '"by"'),
}


@pytest.mark.assumed
@pytest.mark.parametrize(("body", "status", "sentence"), REFUSED.values(), ids=list(REFUSED))
def test_a_move_that_is_refused_moves_nothing(begin: Begin, body: object, status: int, sentence: str) -> None:
    steering, you = begin()
    you.order(prompt="stuck")
    steering.advance(by="3s")
    before = state(steering)
    answer = steering.ask("POST", "/clock/advance", body)
    assert answer.status == status
    assert sentence in answer.json["detail"]
    assert state(steering) == before


@pytest.mark.assumed
def test_the_clock_names_each_next_thing_due(begin: Begin) -> None:
    steering, you = begin("wallet: {refund_delay: 3s}")
    you.order(prompt="fails")
    came = []
    while (coming := steering.read("/clock")["next"]) is not None:
        moved = steering.advance(until="next")
        assert (moved["due"], moved["now"]) == ([coming], coming["at"])
        came.append(coming)
    assert came == [due(2, 1842, "processing"), due(6, 1842, "failed"), due(9, 1842, "refund", credits=5)]
    assert you.credits() == 100


@pytest.mark.assumed
def test_a_hidden_generation_is_visible_from_its_instant_on(begin: Begin) -> None:
    steering, you = begin()
    id_ = you.order(prompt="hidden")
    steering.advance(by="4.999999s")
    assert you.result(id_).status == 404
    assert steering.advance(until="next")["due"] == [due(5, id_, "visible")]
    assert you.result(id_).status == 200


@pytest.mark.assumed
def test_a_deleted_generation_brings_only_its_refund(begin: Begin) -> None:
    steering, you = begin("wallet: {refund_delay: 3s}")
    id_ = you.order()
    you.delete(id_)
    assert you.credits() == 95
    assert steering.advance(by="1h")["due"] == [due(3, id_, "refund", credits=5)]
    assert you.credits() == 100


@pytest.mark.assumed
def test_all_dates_of_the_world_move_with_it(begin: Begin) -> None:
    steering, you = begin(
        "tokens: {ttl: 10m}\nmedia: {ttl: 5m}\nlimits: [{on: me, allow: 1, per: 60s}]\n"
        "models: [{name: seedream-5.0-lite, generation_type: image, until: 1h}]\n"
    )
    id_ = you.order(prompt="at once")
    link = you.result(id_).json["outputs"][0]
    assert [you.read("/auth/me").status for _ in range(2)] == [200, 429]
    assert (you.read(link).status, you.read("/generations").headers["date"]) == (200, "Sun, 07 Jun 2026 12:00:00 GMT")
    steering.advance(by="60s")
    assert you.read("/auth/me").status == 200
    steering.advance(by="4m")
    assert you.read(link).status == 403
    steering.advance(by="5m")
    assert you.read("/generations").status == 401
    steering.advance(by="50m")
    assert you.login().create().status == 400
    assert you.read("/generations").headers["date"] == "Sun, 07 Jun 2026 13:00:00 GMT"


@pytest.mark.assumed
def test_polling_continues_from_the_age_that_a_move_reached(begin: Begin) -> None:
    steering, you = begin()
    id_ = you.order()
    before = [shown(you, id_)[1] for _ in range(2)]
    aged = steering.read(f"/generations/{id_}")["age"]
    steering.advance(by="3s")
    steps = [shown(you, id_)[1] for _ in range(2)]
    polled = steering.read("/clock")["mode"] == "poll"
    assert (before, aged, steps) == (([0, 0], 2, [50, 83]) if polled else ([0, 0], 0, [16, 16]))


@pytest.mark.assumed
@pytest.mark.parametrize("mode", Mode)
def test_every_generation_keeps_its_age_when_the_mode_changes(begin: Begin, mode: Mode) -> None:
    steering, you = begin()
    held, finished = you.order(prompt="stuck"), you.order(prompt="at once")
    steering.advance(by="3s")
    before = steering.read("/generations")
    assert steering.change(mode=mode)["mode"] == mode
    assert steering.read("/generations") == before
    seen = [shown(you, held), shown(you, held), shown(you, finished)]
    assert seen == [("processing", 40), ("processing", 40), ("completed", 100)]
    ages = [steering.read(f"/generations/{id_}")["age"] for id_ in (held, finished)]
    assert ages == ([5, 5] if mode is Mode.POLL else [3, 3])


@pytest.mark.assumed
def test_on_a_poll_clock_an_expired_session_still_awaits_its_poll_after_a_move(begin: Begin) -> None:
    steering, you = begin()
    id_ = you.order()
    steering.told("POST", f"/accounts/{EMAIL}/tokens/expire", {})
    steering.advance(by="5s")
    assert you.status(id_).status == 401
    assert shown(you.login(), id_) == ("processing", 50)
