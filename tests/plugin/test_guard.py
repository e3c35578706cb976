"""The real API is shut outside of interceptions: the refusals, the summary, and the ways to open it.

Beneath the guard lies a recorder in place of Python's own look-up. So no test asks for a foreign name, whatever fails.
"""

import _socket
import re
import socket
import threading
from typing import Any

import pytest

from .sessions import Run

HOST = "api.imagineview.art"

LOOK = """
import socket

def look():
    socket.getaddrinfo("api.imagineview.art", 443)

def swallow():
    try:
        look()
    except OSError:
        pass

def in_a_thread(work=swallow, name="worker"):
    thread = threading.Thread(target=work, name=name)
    thread.start()
    thread.join()
"""

LEFT = (
    LOOK
    + """
go, done = threading.Event(), threading.Event()

def poll():
    go.wait(60)
    for _ in range(21):
        swallow()
    done.set()

@pytest.mark.imaginelab(intercept=True)
def test_it_leaves_a_thread():
    threading.Thread(target=poll, name="poller", daemon=True).start()
"""
)

NEXT = """
def test_the_next_one():
    go.set()
    assert done.wait(60)
"""


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The foreign names whose look-up passed the guard."""
    names: list[str] = []
    real = _socket.getaddrinfo

    def record(host: Any, *arguments: Any) -> object:
        if host in (None, "localhost") or str(host).startswith("127."):
            return real(host, *arguments)
        names.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))]

    monkeypatch.setattr(_socket, "getaddrinfo", record)
    return names


def told(result: pytest.RunResult) -> list[str]:
    """The lines of the summary."""
    text = "\n".join(result.outlines)
    found = re.search(r"^=+ imaginelab =+\n(.*?)\n=", text, re.MULTILINE | re.DOTALL)
    return found[1].splitlines() if found else []


REFUSED = "the real API was asked for {} outside an interception; every look-up was refused:"


def test_a_thread_that_outlives_its_test_is_refused_and_named(run: Run, asked: list[str]) -> None:
    result = run(LEFT + NEXT)
    result.assert_outcomes(passed=2)
    assert asked == []
    file = "test_a_thread_that_outlives_its_test_is_refused_and_named.py"
    assert told(result) == [
        REFUSED.format("21 times"),
        f"  21 times by thread 'poller', left by {file}::test_it_leaves_a_thread, during {file}::test_the_next_one",
    ]


def test_the_refusal_names_the_test_that_left_the_thread_and_the_one_that_runs(run: Run, asked: list[str]) -> None:
    result = run(
        LEFT.replace("        swallow()\n    done", "        refuse()\n    done")
        + """
said = []
def refuse():
    try:
        look()
    except socket.gaierror as refusal:
        said.append(str(refusal))

def test_the_next_one():
    go.set()
    assert done.wait(60)
    raise pytest.fail.Exception(said[0], pytrace=False)
"""
    )
    result.stdout.fnmatch_lines(
        "thread 'poller', left by *.py::test_it_leaves_a_thread asked for the real API (api.imagineview.art) during "
        "*.py::test_the_next_one, outside of an interception: end this thread, or the pool that it works for, in "
        "*.py::test_it_leaves_a_thread"
    )
    assert asked == []


def test_a_thread_started_by_a_thread_belongs_to_the_same_test(run: Run, asked: list[str]) -> None:
    result = run(
        LEFT.replace("    go.wait(60)\n", "    go.wait(60)\n    in_a_thread(name='timer')\n")
        + NEXT
        + """
def test_another(): pass
"""
    )
    result.assert_outcomes(passed=3)
    assert [re.sub(r"test_\w+\.py::", "", line) for line in told(result)[1:]] == [
        "  once by thread 'timer', left by test_it_leaves_a_thread, during test_the_next_one",
        "  21 times by thread 'poller', left by test_it_leaves_a_thread, during test_the_next_one",
    ]
    assert asked == []


def test_a_thread_that_runs_through_many_tests_takes_one_line(run: Run, asked: list[str]) -> None:
    result = run(
        LOOK
        + """
asks = [threading.Event() for _ in range(30)]
answers = [threading.Event() for _ in range(30)]

def poll():
    for ask, answer in zip(asks, answers):
        ask.wait(60)
        swallow()
        answer.set()

@pytest.mark.imaginelab
def test_first():
    threading.Thread(target=poll, name="poller", daemon=True).start()

@pytest.mark.parametrize("number", range(30))
def test_others(number):
    asks[number].set()
    assert answers[number].wait(60)
"""
    )
    result.assert_outcomes(passed=31)
    [_, line] = told(result)
    assert re.fullmatch(
        r"  30 times by thread 'poller', left by \S+::test_first, during \S+::test_others\[0\] and 29 other tests", line
    )
    assert asked == []


def test_a_worker_of_a_pool_is_named_with_the_test_that_started_it(run: Run, asked: list[str]) -> None:
    result = run(
        LOOK
        + """
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(1, thread_name_prefix="pool")

@pytest.mark.imaginelab
def test_first():
    pool.submit(int).result()

def test_second():
    with pytest.raises(socket.gaierror, match="end this thread, or the pool that it works for, in .*::test_first$"):
        pool.submit(look).result()
    pool.shutdown()
"""
    )
    result.assert_outcomes(passed=2)
    [_, line] = told(result)
    assert re.fullmatch(r"  once by thread 'pool_0', left by \S+::test_first, during \S+::test_second", line)
    assert asked == []


# Look-ups of the test itself

ASKS = (
    LOOK
    + """
@pytest.mark.imaginelab
def test_with_a_world(): pass

def test_it():
    ACT
"""
)


def test_a_look_up_of_the_test_itself_fails_it_with_the_way_out(run: Run, asked: list[str]) -> None:
    result = run(ASKS.replace("ACT", "look()"))
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        "E * *.py::test_it asked for the real API (api.imagineview.art), outside of an interception: send the test to "
        "the mock with @pytest.mark.imaginelab(intercept=True), or let it reach the real API with "
        "@pytest.mark.imaginelab_real"
    )
    assert asked == []


@pytest.mark.parametrize(("act", "who"), [("swallow()", ""), ("in_a_thread()", "thread 'worker' of ")])
def test_the_summary_names_a_refusal_that_the_test_swallowed(run: Run, asked: list[str], act: str, who: str) -> None:
    result = run(ASKS.replace("ACT", act))
    result.assert_outcomes(passed=2)
    [head, line] = told(result)
    assert head == REFUSED.format("once")
    assert re.fullmatch(rf"  once by {who}\S+\.py::test_it", line)
    assert asked == []


def test_a_fixture_that_tests_share_is_refused_and_named(run: Run, asked: list[str]) -> None:
    result = run(
        LOOK
        + """
@pytest.fixture(scope="module")
def client():
    look()

@pytest.mark.imaginelab(intercept=True)
def test_it(client): pass
"""
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        "E * the module fixture 'client' asked for the real API (api.imagineview.art) during *.py::test_it, outside of "
        "an interception: only what a test asks is intercepted.*`imaginelab = no-guard` for the session"
    )
    assert asked == []


def test_a_thread_of_a_fixture_that_tests_share_is_no_stray(run: Run, asked: list[str]) -> None:
    result = run(
        LOOK
        + """
import queue

@pytest.fixture(scope="session")
def background():
    work = queue.Queue()
    def serve():
        while (task := work.get()) is not None:
            swallow()
            task.set()
    thread = threading.Thread(target=serve, name="background")
    thread.start()
    def ask():
        answered = threading.Event()
        work.put(answered)
        assert answered.wait(60)
    yield ask
    work.put(None)
    thread.join()

@pytest.mark.imaginelab
def test_a(background): background()

@pytest.mark.imaginelab_real
def test_b(background): background()
"""
    )
    result.assert_outcomes(passed=2)
    [_, line] = told(result)
    assert re.fullmatch(
        r"  once by thread 'background', started by the session fixture 'background', during \S+::test_a", line
    )
    assert asked == [HOST]


def test_the_summary_says_that_a_thread_began_before_the_tests(run: Run, asked: list[str]) -> None:
    result = run(LEFT.replace("def test_it_leaves_a_thread():\n    ", "def test_first(): pass\n") + NEXT + "\n")
    result.assert_outcomes(passed=2)
    [_, line] = told(result)
    assert re.fullmatch(
        r"  21 times by thread 'poller', started by code that ran before the guard, or without `threading`,"
        r" during \S+::test_the_next_one",
        line,
    )
    assert asked == []


def test_the_name_of_a_thread_stays_on_its_line(run: Run) -> None:
    result = run(ASKS.replace("ACT", r"in_a_thread(name='\x1bc\nimaginelab: all is well' + 'x' * 100)"))
    [_, line] = told(result)
    assert line.startswith(r"  once by thread '\x1bc\nimaginelab: all is wellxxx")
    assert "x" * 50 not in line


def test_a_summary_of_many_threads_is_cut(run: Run) -> None:
    result = run(ASKS.replace("ACT", "for number in range(25): in_a_thread(name=str(number))"))
    lines = told(result)
    assert (lines[0], lines[-1], len(lines)) == (REFUSED.format("25 times"), "  … and by 5 more", 22)


# Ways to shut it and to open it


def test_the_fixture_shuts_the_real_api_as_the_marker_does(run: Run, asked: list[str]) -> None:
    run(
        LOOK
        + """
def test_it(imaginelab): pass

def test_that():
    with pytest.raises(socket.gaierror):
        look()
"""
    ).assert_outcomes(passed=2)
    assert asked == []


def test_a_marked_test_that_is_deselected_shuts_it_too(run: Run, asked: list[str]) -> None:
    result = run(ASKS.replace("ACT", "swallow()"), "-k", "test_it")
    result.assert_outcomes(passed=1, deselected=1)
    assert told(result)[0] == REFUSED.format("once")
    assert asked == []


def test_a_marked_item_that_is_no_function_shuts_it_too(run: Run, pytester: pytest.Pytester, asked: list[str]) -> None:
    pytester.makeconftest("""
import pytest

class Item(pytest.Item):
    def runtest(self): pass

def pytest_collect_file(file_path, parent):
    return File.from_parent(parent, path=file_path) if file_path.suffix == ".txt" else None

class File(pytest.File):
    def collect(self):
        item = Item.from_parent(self, name="it")
        item.add_marker("imaginelab")
        yield item
""")
    (pytester.path / "it.txt").touch()
    result = run(LOOK + "def test_it(): swallow()")
    result.assert_outcomes(passed=2)
    assert told(result)[0] == REFUSED.format("once")
    assert asked == []


def test_without_a_test_of_ours_nothing_is_replaced_and_nothing_imported(run_apart: Run) -> None:
    result = run_apart("""
import _socket, socket, sys

BEFORE = _socket.getaddrinfo, socket.socket.connect, threading.Thread.start

def test_it():
    assert (_socket.getaddrinfo, socket.socket.connect, threading.Thread.start) == BEFORE
    unused = ("mockserver.patching.addresses", "mockserver.testing.guarded")
    assert not [name for name in sys.modules if name.startswith(unused)]
""")
    result.assert_outcomes(passed=1)
    assert told(result) == []


def test_the_word_guard_shuts_it_before_any_test_is_imported(
    run: Run, pytester: pytest.Pytester, asked: list[str]
) -> None:
    pytester.makeini("[pytest]\nimaginelab = guard")
    result = run(LOOK + "\nlook()\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("E * the session asked for the real API (api.imagineview.art), outside of an *")
    assert told(result)[1:] == ["  once by the session"]
    assert asked == []


def test_the_word_no_guard_leaves_it_open(run: Run, pytester: pytest.Pytester, asked: list[str]) -> None:
    pytester.makeini("[pytest]\nimaginelab = no-guard")
    result = run(ASKS.replace("ACT", "look()"))
    result.assert_outcomes(passed=2)
    assert told(result) == []
    assert asked == [HOST]


OPEN = (
    LEFT
    + """
@pytest.fixture
def early():
    look()

@pytest.mark.imaginelab_real
def test_real(early):
    look()
    in_a_thread(look)
    go.set()
    assert done.wait(60)

def test_after():
    with pytest.raises(socket.gaierror):
        look()
"""
)


def test_the_marker_opens_it_for_a_test_with_its_threads_and_for_no_other_threads(run: Run, asked: list[str]) -> None:
    result = run(OPEN, "--strict-markers")
    result.assert_outcomes(passed=3)
    assert asked == [HOST] * 3
    assert "  21 times by thread 'poller', left by " in told(result)[1]


def test_the_marker_is_shown(run: Run) -> None:
    result = run("", "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.imaginelab_real: let this test reach the real API*"])


BOTH = {
    "intercept": "@pytest.mark.imaginelab(intercept=True)\n@pytest.mark.imaginelab_real\ndef test_it(): pass",
    "block": "@pytest.mark.imaginelab(block=True)\n@pytest.mark.imaginelab_real\ndef test_it(imaginelab): pass",
    "the fixture": "@pytest.mark.imaginelab_real\ndef test_it(imaginelab_intercept): pass",
    "a class": """
@pytest.mark.imaginelab(intercept=True)
class TestIt:
    @pytest.mark.imaginelab_real
    def test_it(self): pass
""",
}


@pytest.mark.parametrize("tests", BOTH.values(), ids=BOTH)
def test_a_test_cannot_be_intercepted_and_reach_the_real_api(run: Run, tests: str) -> None:
    result = run(tests)
    result.assert_outcomes(errors=1)
    sentence = "@pytest.mark.imaginelab_real: the test is intercepted too (intercept, block or imaginelab_intercept), *"
    result.stdout.fnmatch_lines(["*ERROR at setup of *test_it*", sentence, "=*short test summary*"], consecutive=True)


def test_a_world_without_an_interception_is_beside_the_real_api(run: Run, asked: list[str]) -> None:
    run(
        LOOK
        + """
@pytest.mark.imaginelab_real
def test_it(imaginelab):
    look()
    assert imaginelab.token()
"""
    ).assert_outcomes(passed=1)
    assert asked == [HOST]


WRONG = {
    "gaurd": "unknown word 'gaurd'; did you mean guard?",
    "guard, no-guard": "unknown word 'guard,'; did you mean guard?",
    "noguard": "unknown word 'noguard'; did you mean no-guard?",
    "strict": "unknown word 'strict'; expected guard or no-guard",
    "guard no-guard": "guard and no-guard contradict each other; leave one of them out",
    "'guard": 'unknown word "\'guard"; did you mean guard?',
}


@pytest.mark.parametrize(("given", "sentence"), WRONG.items(), ids=list(WRONG))
def test_the_error_for_a_wrong_word_is_one_sentence(
    run: Run, pytester: pytest.Pytester, given: str, sentence: str
) -> None:
    pytester.makeini(f"[pytest]\nimaginelab = {given}")
    result = run("def test_it(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [f"ERROR: the ini option imaginelab: {sentence}"]


# With other plugins


def test_each_worker_has_a_guard_and_one_summary_has_all_refusals(run_apart: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
import _socket

def never(host, *arguments):
    assert host != "api.imagineview.art"
    return real(host, *arguments)

real, _socket.getaddrinfo = _socket.getaddrinfo, never
""")
    result = run_apart(
        LOOK
        + """
@pytest.mark.imaginelab
@pytest.mark.parametrize("number", range(4))
def test_it(number):
    swallow()
""",
        "-p",
        "xdist",
        "-n",
        "2",
    )
    result.assert_outcomes(passed=4)
    lines = told(result)
    assert lines[0] == REFUSED.format("4 times")
    assert sorted(re.sub(r"\S+::", "", line) for line in lines[1:]) == [
        f"  once by test_it[{number}]" for number in range(4)
    ]


def test_a_plugin_that_restores_the_former_functions_does_not_open_it(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As pytest-socket does after each test, with the functions that it found at its import.
    reached: list[object] = []
    real = socket.socket.connect

    def record(client: socket.socket, address: Any) -> None:
        if address[0] == HOST:
            reached.append(address)
        else:
            real(client, address)

    monkeypatch.setattr(socket.socket, "connect", record)
    pytester.makeconftest("""
import socket

taken = socket.socket.connect

def pytest_runtest_teardown():
    socket.socket.connect = taken
""")
    run("""
import socket

@pytest.mark.imaginelab
@pytest.mark.parametrize("number", range(3))
def test_it(number):
    with socket.socket() as client, pytest.raises(socket.gaierror):
        client.connect(("api.imagineview.art", 443))
""").assert_outcomes(passed=3)
    assert reached == []


def test_the_guard_leaves_nothing_after_the_session(run: Run) -> None:
    before = _socket.getaddrinfo, socket.gethostbyname, vars(socket.socket).get("connect"), threading.Thread.start
    run(ASKS.replace("ACT", "swallow()")).assert_outcomes(passed=2)
    after = _socket.getaddrinfo, socket.gethostbyname, vars(socket.socket).get("connect"), threading.Thread.start
    assert after == before
