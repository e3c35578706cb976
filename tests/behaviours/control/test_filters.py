"""A filter that can never match is refused with the nearest valid word; a filter that may match later is accepted."""

from urllib.parse import quote

import pytest

from mockserver.language.file import parse

from ..played import Start
from ..steering import Steering

SCRIPT = """\
clock: {mode: manual}
generations:
  - {name: sunset, when: {prompt: dusk}, then: [{queued: 1s}, completed]}
  - {when: {prompt: dawn}}
faults:
  - {on: create, calls: 9, then: {status: 500}}
limits:
  - {on: create, allow: 9, per: 60s}
"""


@pytest.fixture
def steering(api: Start) -> Steering:
    anyone = api(parse(SCRIPT, "rough.yaml").scenario)
    anyone.login().order()
    return Steering(anyone)


RULES = (
    *("sunset", "rough.yaml:3", "generations.2", "rough.yaml:4"),
    *("faults.1", "rough.yaml:6", "limits.1", "rough.yaml:8"),
    *("finish", "control:finish"),
)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_can_be_filtered_by_its_name_and_its_place(steering: Steering, rule: str) -> None:
    assert steering.read(f"/journal?rule={rule}")["count"] == 0


@pytest.mark.parametrize(
    ("rule", "way_out"),
    [
        ("fault.1", "did you mean faults.1?"),
        ("Sunset", "did you mean sunset?"),
        ("rough.yaml:6:5", "a place is a file and a line: did you mean rough.yaml:6?"),
        ("ruogh.yaml:66", "did you mean rough.yaml:6?"),
        ("zzz", "there is faults.1, limits.1, sunset"),
        ("", "there is faults.1, limits.1, sunset"),
    ],
)
def test_an_unknown_rule_is_refused_with_the_nearest_name(steering: Steering, rule: str, way_out: str) -> None:
    answer = steering.ask("GET", f"/journal?rule={quote(rule)}")
    assert (answer.status, answer.detail) == (400, f'rule: there is no rule "{rule}" in the world default; {way_out}')


def test_the_answer_says_when_a_section_has_no_rules(api: Start) -> None:
    answer = Steering(api()).ask("GET", "/journal?rule=faults.1")
    assert answer.detail == 'rule: there is no rule "faults.1" in the world default; there is none at all'


def test_a_fault_that_is_no_longer_in_force_can_still_be_filtered(steering: Steering) -> None:
    steering.told("POST", "/faults", {"name": "late", "on": "me", "then": {"status": 500}})
    assert steering.client().login().read("/auth/me").status == 500
    for name in ("late", "faults.1"):
        steering.told("DELETE", f"/faults/{name}")
    asked = {"late": 1, "control:late": 1, "faults.1": 0, "rough.yaml:6": 0}
    assert {rule: steering.read(f"/journal?rule={rule}")["count"] for rule in asked} == asked
    steering.reset()
    assert steering.ask("GET", "/journal?rule=late").status == 400


@pytest.mark.parametrize("status", ["pending", "processing", "completed", "failed", "queued"])
def test_a_status_that_may_come_can_be_filtered(steering: Steering, status: str) -> None:
    assert steering.read(f"/generations?status={status}")["count"] == (status == "pending")


@pytest.mark.parametrize(
    ("status", "way_out"),
    [
        ("complete", "did you mean completed?"),
        ("Queued", "did you mean queued?"),
        ("zzz", "expected one of pending, processing, completed, failed, queued"),
        ("", "expected one of pending, processing, completed, failed, queued"),
    ],
)
def test_a_status_that_never_comes_is_refused_with_the_nearest_word(
    steering: Steering, status: str, way_out: str
) -> None:
    answer = steering.ask("GET", f"/generations?status={status}")
    assert (answer.status, answer.detail) == (400, f'status: no generation here ever shows "{status}"; {way_out}')


def test_a_clock_move_to_a_status_that_never_comes_is_refused(steering: Steering) -> None:
    before = steering.read("/clock")
    until = {"generation": 1842, "status": "complete"}
    answer = steering.ask("POST", "/clock/advance", {"until": until})
    assert answer.detail == 'until: no generation here ever shows "complete"; did you mean completed?'
    assert steering.read("/clock") == before


def test_a_page_of_generations_gives_the_number_of_matches(steering: Steering) -> None:
    you = steering.client().login()
    ids = [1842, *(you.order(prompt=prompt) for prompt in ("dusk", "dusk", "noon"))]
    steering.finish(ids[1], "failed")

    def counted(query: str) -> tuple[int, int, int, int | None]:
        page = steering.read(f"/generations?{query}")
        return page["count"], page["total"], len(page["generations"]), page["next"]

    assert counted("") == (4, 4, 4, None)
    assert counted("limit=2") == (4, 4, 2, 1843)
    assert counted("limit=2&since=1843") == (2, 4, 2, None)
    assert counted("limit=0") == (4, 4, 0, None)
    assert counted("status=pending&limit=1") == (2, 4, 1, 1842)
    assert counted("status=failed") == (1, 4, 1, None)
    assert counted("account=nobody@example.com") == (0, 4, 0, None)
