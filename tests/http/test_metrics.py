"""How late an event loop is, on a loop whose time the tests move; and that an unwatched server pays nothing for it."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from starlette.testclient import TestClient

from mockserver.core.verdict import Cause
from mockserver.http.app import application, control_document
from mockserver.http.control.exposition import Figures, exposition
from mockserver.http.control.server import AHEAD, lag
from mockserver.language.loaded import HAPPY_PATH, FixedSource
from mockserver.world.refused_hosts import RefusedHosts
from mockserver.world.worlds import DEFAULT, Worlds


class Loop(asyncio.SelectorEventLoop):
    """A loop on whose clock each look takes a tenth of a millisecond, and which can be held up."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__()

    def time(self) -> float:
        self.now += 0.0001
        return self.now

    def hold_up(self, seconds: float) -> None:
        """Let a callback take so long."""
        self.now += seconds


def run(main: Callable[[], Coroutine[Any, Any, float]]) -> float:
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(main())


def test_a_loop_that_does_nothing_else_is_not_late() -> None:
    assert run(lag) < AHEAD / 2


@pytest.mark.parametrize("seconds", [0.05, 7])
def test_a_loop_that_is_held_up_is_late_by_as_much(seconds: float) -> None:
    async def held_up() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop)
        # From a callback of its own, once the lag is being measured.
        loop.call_soon(loop.hold_up, seconds)
        return await lag()

    assert run(held_up) == pytest.approx(seconds - AHEAD, abs=AHEAD / 2)


def test_a_cancelled_measurement_leaves_nothing_behind() -> None:
    async def cancelled() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop)
        task = loop.create_task(lag())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return max((call.when() for call in loop._scheduled if not call.cancelled()), default=0)  # type: ignore[attr-defined]

    assert run(cancelled) == 0


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text"])
def test_a_rule_of_a_file_whose_name_is_no_text_is_told_all_the_same(accept: str) -> None:
    worlds = Worlds(FixedSource(HAPPY_PATH))
    tally = worlds.find(DEFAULT).journal.counts
    tally.add(None, 404, (Cause('"a"', "\udcff.yaml:1"),))
    written = exposition(Figures(worlds, RefusedHosts(), 0.25), accept).body.decode()
    assert r'imaginelab_mock_rule_hits_total{place="\\udcff.yaml:1",rule="\"a\""} 1.0' in written.splitlines()
    assert "imaginelab_mock_event_loop_lag_seconds 0.25" in written.splitlines()


def test_without_the_extra_the_answer_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    client = TestClient(application(Worlds(FixedSource(HAPPY_PATH))))
    answer = client.get("/__mock/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (501, "application/json")
    assert answer.json() == {"detail": "metrics need the library prometheus-client: pip install prometheus-client"}
    head = client.head("/__mock/metrics")
    assert (head.status_code, head.content) == (501, b"")
    assert client.get("/__mock/health").status_code == 200


def test_the_document_says_that_the_extra_may_be_missing() -> None:
    responses = json.loads(control_document())["paths"]["/__mock/metrics"]["get"]["responses"]
    assert responses["501"] == {"$ref": "#/components/responses/501"}


def test_the_library_is_loaded_at_the_first_look() -> None:
    program = (
        "import sys, mockserver.http.app, mockserver.serve.server; print('prometheus_client' in sys.modules);"
        "import mockserver.http.control.exposition; print('prometheus_client' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]
