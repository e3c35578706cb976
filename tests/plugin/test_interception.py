"""Tests whose client uses the API's own address."""

from .sessions import Run, section

LED = """
@pytest.mark.imaginelab(intercept=True)
def test_by_the_marker(imaginelab):
    assert buy(FIXED, at_once) == (1842, 5)
    imaginelab.expect(operation="status", count=5)

def test_by_the_fixture(imaginelab, imaginelab_intercept):
    assert buy(FIXED, at_once) == (1842, 5)
    imaginelab.expect(operation="status", count=5)

def test_by_a_block(imaginelab):
    with imaginelab.intercepted() as interception:
        assert buy(FIXED, at_once) == (1842, 5)
        with imaginelab.intercepted() as inner:
            assert inner is interception
    with imaginelab.intercepted():
        assert buy(FIXED, at_once) == (1843, 5)
    imaginelab.expect(operation="status", count=10)

@pytest.mark.imaginelab(intercept=True)
def test_by_all_of_them(imaginelab, imaginelab_intercept):
    with imaginelab.intercepted(block=True):
        assert buy(FIXED, at_once) == (1842, 5)
    assert buy(FIXED, at_once) == (1843, 5)

@pytest.mark.imaginelab(intercept=True)
def test_links_lead_to_the_same_world(imaginelab):
    number, _ = buy(FIXED, at_once)
    [link] = ask(f"{FIXED}/generations/{number}", login(FIXED))[1]["outputs"]
    assert link.startswith(f"https://api.imagineview.art/w/{imaginelab.name}/media/")
    with urllib.request.urlopen(link, timeout=60) as picture:
        assert picture.headers["content-type"] == "image/png"
    imaginelab.expect(operation="media", count=1)

@pytest.mark.parametrize("kind", ["dns", "refused", "untrusted"])
def test_troubles(imaginelab, imaginelab_intercept, kind):
    with imaginelab_intercept.fail(kind), pytest.raises(urllib.error.URLError):
        login(FIXED)
    assert login(FIXED)

@pytest.mark.imaginelab(intercept=True, virtual_sleep=True, clocks=True)
def test_a_time_out_takes_no_time(imaginelab):
    assert buy(FIXED) == (1842, 5)
"""


def test_each_client_reaches_the_world_of_its_test(run: Run) -> None:
    run("import urllib.request, urllib.error\n" + LED).assert_outcomes(passed=9)


def test_the_end_of_a_test_names_the_blocked_hosts(run: Run) -> None:
    result = run("""
import urllib.request

def swallow():
    try:
        urllib.request.urlopen("http://example.invalid/", timeout=60)
    except BaseException:
        pass

@pytest.mark.imaginelab(block=True)
def test_it(imaginelab):
    swallow()

@pytest.mark.imaginelab(intercept=True)
def test_within(imaginelab):
    with pytest.raises(AssertionError, match="example.invalid:80 is blocked: "):
        with imaginelab.intercepted(block=True):
            swallow()

@pytest.mark.imaginelab(block=True)
def test_this_machine_is_not(imaginelab):
    assert imaginelab.token()
""")
    result.assert_outcomes(passed=3, errors=1)
    told = ["*ERROR at teardown of test_it*", "example.invalid:80 is blocked: only *", "=*short test summary*"]
    result.stdout.fnmatch_lines(told, consecutive=True)


def test_a_blocked_host_does_not_hide_the_failure_of_the_test(run: Run) -> None:
    result = run("""
import urllib.request

@pytest.mark.imaginelab(virtual_sleep=True)
def test_it(imaginelab):
    with imaginelab.intercepted(block=True):
        urllib.request.urlopen("http://example.invalid/", timeout=60)
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines("E *BlockedHost: example.invalid:80 is blocked: only *")
    assert section(result).startswith("world test-it-HASH, 0s after it began")


def test_a_shared_server_cannot_be_intercepted(run: Run) -> None:
    run(
        """
import socket

before = socket.getaddrinfo

@pytest.mark.imaginelab(intercept=True)
def test_one(imaginelab):
    assert socket.getaddrinfo is not before

def test_two(imaginelab):
    assert socket.getaddrinfo is before
""",
        "-p",
        "no:randomly",
    ).assert_outcomes(passed=2)
