"""Code that takes `time.sleep` at its import, and sleeps later. Each session has a process without an earlier sleep."""

import pytest

from .sessions import Run

EARLY = """
import functools, time

real = time.sleep
taken = functools.partial(time.sleep)
class Client:
    pause = staticmethod(time.sleep)
"""

TESTS = """
from conftest import Client, real, taken

def test_it_is_real_at_first():
    before = time.perf_counter()
    real(0.01)
    assert time.perf_counter() - before >= 0.01
    with pytest.raises(TypeError):
        real("a while")

@pytest.mark.imaginelab(virtual_sleep=True)
def test_it_is_virtual_where_the_test_asks_for_it(imaginelab):
    began = imaginelab.clock.now
    for sleep in (real, taken, Client.pause, time.sleep):
        sleep(100)
    assert (imaginelab.clock.now - began).total_seconds() == 400

def test_it_is_real_afterwards():
    before = time.perf_counter()
    for sleep in (real, taken, time.sleep):
        sleep(0.01)
    assert time.perf_counter() - before >= 0.03
"""


def test_a_client_may_keep_the_function_that_it_found(run_apart: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(EARLY)
    run_apart(TESTS).assert_outcomes(passed=3)


def test_a_foreign_replacement_of_sleep_is_left_alone(run_apart: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
import time

before = time.sleep
slept = []
def counted(seconds):
    slept.append(seconds)
    before(seconds)
time.sleep = counted
""")
    run_apart("""
from conftest import slept

@pytest.mark.imaginelab(virtual_sleep=True)
def test_it(imaginelab):
    began = imaginelab.clock.now
    time.sleep(100)
    assert (imaginelab.clock.now - began).total_seconds() == 100
    assert slept == []

def test_that():
    time.sleep(0.001)
    assert slept == [0.001]
""").assert_outcomes(passed=2)


def test_virtual_sleep_by_hand_may_come_first(run_apart: Run) -> None:
    run_apart("""
from mockserver.patching.waits import VirtualSleep

class Hands:
    at = 0
    def now(self):
        return self.at
    def advance(self, duration):
        self.at += duration

def test_by_hand():
    hands = Hands()
    with VirtualSleep(hands):
        time.sleep(100)
    assert hands.at == 100_000_000

@pytest.mark.imaginelab(virtual_sleep=True)
def test_by_the_fixture(imaginelab):
    began = imaginelab.clock.now
    time.sleep(100)
    assert (imaginelab.clock.now - began).total_seconds() == 100
""").assert_outcomes(passed=2)


def test_sleep_is_virtual_again_after_a_foreign_patch_restored_the_original(run_apart: Run) -> None:
    run_apart("""
@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr(time, "sleep", time.sleep)

@pytest.mark.imaginelab(virtual_sleep=True)
@pytest.mark.parametrize("number", [1, 2])
def test_it(quiet, imaginelab, number):
    began = imaginelab.clock.now
    time.sleep(100)
    assert (imaginelab.clock.now - began).total_seconds() == 100
""").assert_outcomes(passed=2)
