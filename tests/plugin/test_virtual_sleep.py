"""Tests whose client sleeps: they see the same as in real time, and an endless wait is an error with its reason."""

import re

from .sessions import Run, section

LONG = '"generations: [{then: [{pending: 2s}, {processing: 28s}, completed]}]"'
STUCK = '"generations: [{then: [processing]}]"'

EXACT = f"""
pytestmark = pytest.mark.imaginelab({LONG}, virtual_sleep=True)

def test_one_client(imaginelab):
    assert buy(imaginelab.base_url) == (1842, 16)
    assert imaginelab.clock.mode == "manual"
    assert imaginelab.clock.now - imaginelab.clock.view().began == timedelta(seconds=30)

def test_one_client_in_a_thread(imaginelab):
    counts = []
    thread = threading.Thread(target=lambda: counts.append(buy(imaginelab.base_url)))
    thread.start()
    thread.join()
    assert counts == [(1842, 16)]

def test_a_client_that_sleeps_longer(imaginelab):
    token = login(imaginelab.base_url)
    assert watch(imaginelab.base_url, token, order(imaginelab.base_url, token), pause=9) == [
        "pending", "processing", "processing", "processing", "completed"]

def test_the_test_moves_the_clock_itself(imaginelab):
    token = login(imaginelab.base_url)
    number = order(imaginelab.base_url, token)
    imaginelab.clock.advance("25s")
    assert watch(imaginelab.base_url, token, number) == ["processing"] * 3 + ["completed"]

@pytest.mark.imaginelab(clock="manual")
def test_a_clock_that_is_manual_anyway(imaginelab):
    assert buy(imaginelab.base_url) == (1842, 16)

def test_the_scenario_changes_half_way(imaginelab):
    assert buy(imaginelab.base_url) == (1842, 16)
    imaginelab.load("generations: [{{then: [{{pending: 10s}}, completed]}}]")
    assert imaginelab.clock.mode == "manual"
    assert buy(imaginelab.base_url) == (1842, 6)
    imaginelab.reset()
    assert imaginelab.clock.mode == "manual"
    assert buy(imaginelab.base_url) == (1842, 6)
"""


def test_polls_are_counted_as_in_real_time(run: Run) -> None:
    run("from datetime import timedelta\n" + EXACT).assert_outcomes(passed=6)


SEEN = f"""
from datetime import timedelta

pytestmark = pytest.mark.imaginelab({STUCK}, virtual_sleep=True, clocks=True)

def test_a_deadline_comes(imaginelab):
    token = login(imaginelab.base_url)
    number = order(imaginelab.base_url, token)
    end, polls = time.monotonic() + 60, 0
    while time.monotonic() < end:
        ask(f"{{imaginelab.base_url}}/generations/{{number}}/status", token)
        polls += 1
        time.sleep(2)
    assert polls == 30

def test_a_move_by_the_test_is_seen_at_once(imaginelab):
    date, monotonic = time.time(), time.monotonic()
    assert date == imaginelab.clock.now.timestamp()
    imaginelab.clock.advance("5m")
    assert time.time() == date + 300
    assert 300 <= time.monotonic() - monotonic < 360

def test_a_world_that_starts_over_has_its_first_date_again(imaginelab):
    date, monotonic = time.time(), time.monotonic()
    time.sleep(100)
    assert time.time() == date + 100
    imaginelab.reset()
    assert time.time() == date
    assert time.monotonic() - monotonic >= 100
    time.sleep(7)
    assert imaginelab.clock.now.timestamp() == time.time() == date + 7
    assert 107 <= time.monotonic() - monotonic < 167

def test_a_sleep_goes_on_when_the_world_starts_over(imaginelab):
    imaginelab.clock.advance(100)
    woken = []
    sleepers = [threading.Thread(target=lambda: (time.sleep(30), woken.append(imaginelab.clock.now)))]
    sleepers[0].start()
    imaginelab.load("clock: {{start: 2020-01-01T00:00:00Z}}")
    sleepers[0].join()
    assert [each.isoformat() for each in woken] == ["2020-01-01T00:00:30+00:00"]
"""


def test_virtual_time_is_seen_with_clocks(run: Run) -> None:
    run(SEEN).assert_outcomes(passed=4)


def test_a_test_that_fails_leaves_nothing_to_the_next(run: Run) -> None:
    result = run(
        f"""
@pytest.mark.imaginelab({STUCK}, virtual_sleep=True, clocks=True)
def test_one(imaginelab):
    time.sleep(1000)
    assert False, "on purpose"

def test_two(imaginelab):
    assert abs(time.time() - imaginelab_time) < 600
    assert time.monotonic() - monotonic < 600
    assert imaginelab.clock.mode == "poll"

imaginelab_time, monotonic = time.time(), time.monotonic()
""",
        "-p",
        "no:randomly",
    )
    result.assert_outcomes(passed=1, failed=1)
    assert section(result).startswith("world test-one-HASH, 1000s after it began (manual clock)\n")


def test_the_error_names_the_generation_that_never_ends(run: Run) -> None:
    result = run(f"""
@pytest.mark.imaginelab({STUCK}, virtual_sleep=True, max_virtual=60)
def test_it(imaginelab):
    try:
        buy(imaginelab.base_url)
    except Exception:
        pytest.fail("a client that survives every error survives this one too")
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        "E * the clients have slept for all of the 60 s of virtual time that they may, and still wait for generation"
        " 1842 (processing); let that end, give the client a deadline, or raise max_virtual"
    )
    assert "  33  +60s  status 1842  200 processing" in section(result)


def test_the_error_says_that_a_client_polls_without_sleeping(run: Run) -> None:
    result = run(f"""
@pytest.mark.imaginelab({STUCK}, virtual_sleep=True)
def test_it(imaginelab):
    token = login(imaginelab.base_url)
    status = f"{{imaginelab.base_url}}/generations/{{order(imaginelab.base_url, token)}}/status"
    asked = 0
    while True:
        code, view = ask(status, token)
        if code != 200:
            break
        asked += 1
    assert (asked, code) == (999, 500)
    assert view["detail"].startswith("1000 polls came while virtual time stood still: the client does not sleep ")
    assert False, "on purpose"
""")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("E * assert (*")
    result.stdout.fnmatch_lines("E * on purpose")
    assert re.search(r"\n  1000 polls came while virtual time stood still: ", section(result))
    result = run("""
@pytest.mark.imaginelab(virtual_sleep=True)
def test_the_next(imaginelab):
    assert buy(imaginelab.base_url) == (1842, 5)
""")
    result.assert_outcomes(passed=1)


def test_a_session_without_virtual_sleep_sleeps_for_real(run: Run) -> None:
    run("""
def test_it(imaginelab):
    began = time.perf_counter()
    time.sleep(0.01)
    assert time.perf_counter() - began >= 0.01
    assert imaginelab.clock.now == imaginelab.clock.view().began
""").assert_outcomes(passed=1)
