"""The report of a failed test, compared word for word."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mockserver.testing.imaginelab import Imaginelab, Unmet
from mockserver.testing.play import Play
from mockserver.testing.session_server import SessionServer
from mockserver.testing.world_for_test import world_for_test

from .customer import ask, at_once, login, order, watch
from .sessions import Run, masked, section

ROUGH = """
accounts:
  - {email: you@example.com, password: YOUR_PASSWORD, credits: 20}
  - {email: poor@example.com, password: YOUR_PASSWORD, credits: 0}
generations:
  - when: {generation_type: video}
    then: [{pending: 2s}, failed]
  - when: {prompt: "*dusk*"}
    then: [{pending: 2s}, {failed: {error: Upstream model error}}]
faults:
  - {on: create, calls: 2, then: {status: 429, retry_after: 2s}}
  - {on: status, calls: 2, then: {status: 502, text: nginx-502}}
  - {on: delete, then: {status: 500}}
  - {on: history, when: {query.page: "2", account: you@*}, then: {drop: close}}
limits: [{on: create, allow: 5, per: 60s}]
"""

REPORT = """\
world test-story-HASH, 2s after it began (poll clock)
  1  +0s  login                200
  2  +0s  create 1842          201 pending                                                        generations.2 (scenario.yaml:8)
  3  +0s  status 1842          200 pending 0                                                      generations.2 (scenario.yaml:8)
  4  +2s  status 1842          502 <html> <head><title>502 Bad Gateway</title></head> <body> <c…  faults.2 (scenario.yaml:12)
  5  +2s  status 1842          200 failed 0                                                       generations.2 (scenario.yaml:8)
  6  +2s  history              200
  7  +2s  GET /api/v1/nowhere  404 Not found
  never fired: limits.1 (scenario.yaml:15): the nearest was 2: it had let in 0 in 60s and allows 5
  never fired: faults.1 (scenario.yaml:11): the nearest was 2: this was call 1; it fires on: 2
  never fired: faults.3 (scenario.yaml:13): nothing was asked that it is for (delete)
  never fired: faults.4 (scenario.yaml:14): the nearest was 6: query.page was nothing instead of '2'
  never fired: generations.1 (scenario.yaml:6): the nearest was 2: generation_type was 'image' instead of 'video'
  you@example.com has 20 credits: grant 20, reserve 5, refund 5
  poor@example.com has 0 credits: grant 0
  again: pytest test_story.py (scenario scenario, seed 1842, world test-story-HASH)"""  # noqa: E501

Begin = Callable[[Play], Imaginelab]


@pytest.fixture
def begin(server: SessionServer) -> Iterator[Begin]:
    """Play to a test of the name `test_story`."""
    with ExitStack() as ending:
        yield lambda wanted: ending.enter_context(
            world_for_test("::test_story", server, wanted, "pytest test_story.py")
        )


@pytest.fixture
def story(begin: Begin) -> Imaginelab:
    """A world whose report has every kind of line."""
    world = begin(Play(scenario=ROUGH))
    base, token = world.base_url, login(world.base_url)
    watch(base, token, order(base, token), at_once)
    ask(f"{base}/generations", token)
    ask(f"{base}/nowhere", token)
    return world


def test_the_whole_report(story: Imaginelab) -> None:
    assert masked(story.report()) == REPORT


def test_a_world_without_requests(begin: Begin) -> None:
    assert masked(begin(Play()).report()).splitlines() == [
        "world test-story-HASH, 0s after it began (poll clock)",
        "  nothing was asked; a client that has the API's own address in it comes here with intercept=True",
        "  you@example.com has 100 credits: grant 100",
        "  again: pytest test_story.py (scenario happy-path, seed 1842, world test-story-HASH)",
    ]


def test_the_last_exchanges_of_many_are_shown(begin: Begin) -> None:
    world = begin(Play())
    for _ in range(63):
        ask(f"{world.base_url}/nowhere")
    lines = world.report().splitlines()
    assert lines[1] == "  … 3 exchanges before these"
    assert [lines[i].split()[0] for i in (2, -3)] == ["4", "63"]


def test_the_last_movements_of_many_are_shown(begin: Begin) -> None:
    world = begin(Play(scenario="accounts: [{email: me@example.com, password: pw, credits: 1}]"))
    for amount in range(2, 15):
        world.accounts["me@example.com"].grant(amount)
    told = ", ".join(f"grant {amount}" for amount in range(3, 15))
    assert f"  me@example.com has 105 credits: …, {told}" in world.report().splitlines()


def test_the_first_accounts_of_many_are_shown(begin: Begin) -> None:
    names = ", ".join(f"{{email: a{i}@example.com, password: pw}}" for i in range(7))
    lines = begin(Play(scenario=f"accounts: [{names}]")).report().splitlines()
    assert [line.split()[0] for line in lines[2:-1]] == [*(f"a{i}@example.com" for i in range(5)), "…"]
    assert lines[-2] == "  … 2 accounts more"


def test_a_request_that_was_not_answered(begin: Begin) -> None:
    world = begin(Play(scenario="faults: [{on: me, then: {drop: close}}]"))
    with pytest.raises(OSError, match=r"."):
        ask(f"{world.base_url}/auth/me")
    assert "  1  +0s  me  no answer  faults.1 (scenario.yaml:1)" in world.report().splitlines()


def test_the_report_has_the_diagnosis(begin: Begin) -> None:
    world = begin(Play())
    world.diagnosis = lambda: "it does not sleep"
    assert "  it does not sleep" in world.report().splitlines()


def test_a_world_whose_server_is_gone(server: SessionServer) -> None:
    with world_for_test("test_story", server, Play(), "") as world:
        pass
    gone = Imaginelab(SessionServer(type(server.mock)("http://127.0.0.1:1")), world.name)
    assert gone.report().startswith(f"the world {world.name} cannot be asked any more: nothing listens at ")


# Expectations

MET = (
    ({"operation": "create", "count": 1}, 1),
    ({"operation": "status"}, 3),
    ({"operation": "status", "status": 502}, 1),
    ({"at_least": 7}, 7),
    ({"at_most": 7}, 7),
    ({"operation": "signup", "at_most": 3}, 0),
    ({"operation": "signup", "count": 0}, 0),
    ({"at_least": 6, "at_most": 8}, 7),
    ({"rule": "scenario.yaml:12", "generation": 1842}, 1),
)

UNMET = (
    ({"operation": "create", "count": 2}, "expected 2 exchanges with operation='create', found 1"),
    ({"operation": "create", "count": 0}, "expected 0 exchanges with operation='create', found 1"),
    ({"at_least": 9}, "expected at least 9 exchanges, found 7"),
    ({"at_most": 1, "status": 200}, "expected at most 1 exchange with status=200, found 4"),
    ({"at_least": 1, "at_most": 2, "status": 200}, "expected 1 to 2 exchanges with status=200, found 4"),
    ({"operation": "signup"}, "expected at least 1 exchange with operation='signup', found 0"),
)


def test_an_expectation_that_is_met_returns_the_count(story: Imaginelab) -> None:
    assert [story.expect(**expected) for expected, _ in MET] == [found for _, found in MET]


def test_the_error_of_an_expectation_has_the_whole_report(story: Imaginelab) -> None:
    for expected, sentence in UNMET:
        with pytest.raises(Unmet) as unmet:
            story.expect(**expected)
        assert masked(str(unmet.value)) == f"{sentence}\n\n{REPORT}"


def test_credits_and_statuses_are_expected_too(story: Imaginelab) -> None:
    story.expect_credits(20)
    story.expect_credits(0, "poor@example.com")
    story.expect_status(1842, "failed")
    with pytest.raises(Unmet, match=r"^expected poor@example.com to have 3 credits, found 0\n\nworld "):
        story.expect_credits(3, "poor@example.com")
    with pytest.raises(Unmet, match=r"^expected generation 1842 to be completed, found failed\n\nworld "):
        story.expect_status(1842, "completed")


# In a session

SECTION = """\
world test-it-HASH, 8s after it began (poll clock)
  1  +0s  login        200
  2  +0s  create 1842  201 pending
  3  +0s  status 1842  200 pending 0
  4  +2s  status 1842  200 processing 0
  5  +4s  status 1842  200 processing 33
  6  +6s  status 1842  200 processing 66
  7  +8s  status 1842  200 completed 100
  you@example.com has 95 credits: grant 100, reserve 5
  again: pytest test_a_failed_test_has_a_report.py::test_it (scenario happy-path, seed 1842, world test-it-HASH)"""


def test_a_failed_test_has_a_report(run: Run) -> None:
    result = run("def test_it(imaginelab):\n    assert buy(imaginelab.base_url, at_once) == (1842, 4)")
    result.assert_outcomes(failed=1)
    assert section(result) == SECTION


def test_a_test_whose_fixture_failed_has_a_report(run: Run) -> None:
    result = run("""
@pytest.fixture
def token(imaginelab):
    return login(imaginelab.base_url, password="wrong")

def test_it(token): pass
""")
    result.assert_outcomes(errors=1)
    assert "  1  +0s  login  401 " in section(result)


def test_a_test_that_passes_has_no_report(run: Run) -> None:
    result = run("def test_it(imaginelab): imaginelab.token()", "-rA")
    result.assert_outcomes(passed=1)
    assert "imaginelab -" not in result.stdout.str()


def test_the_report_is_not_repeated_after_an_expectation(run: Run) -> None:
    result = run("def test_it(imaginelab): imaginelab.expect(operation='create')")
    result.assert_outcomes(failed=1)
    assert result.stdout.str().count("0s after it began") == 1
    result.stdout.no_fnmatch_line("*imaginelab.py*")


def test_the_command_of_the_report_runs_the_test_again(run: Run) -> None:
    result = run("@pytest.mark.parametrize('x', ['a b'])\ndef test_it(imaginelab, x): assert 0")
    assert "  again: pytest 'test_the_command_of_the_report_runs_the_test_again.py::test_it[a b]' (" in section(result)


def test_the_report_has_the_warnings_about_the_scenario(run: Run) -> None:
    result = run("""
@pytest.mark.imaginelab("generations: [{then: [{pending: 2s}, {faild: {error: x}}]}]")
def test_it(imaginelab):
    assert False
""")
    result.assert_outcomes(failed=1)
    assert "warning: scenario.yaml:1:39: faild is a status" in result.stdout.str()


def test_a_number_and_bounds_at_once_are_refused(run: Run) -> None:
    run("""
def test_it(imaginelab):
    with pytest.raises(ValueError, match="either count, or at_least and at_most"):
        imaginelab.expect(operation="create", count=0, at_least=5)
""").assert_outcomes(passed=1)
