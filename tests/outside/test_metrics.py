"""Prometheus reads the metrics: the strict parser of its library and, if it is installed, its linter."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
import requests
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from mockserver.core.scenario import Scenario
from mockserver.language.file import parse

SCENARIO: Final = """
faults:
  - {name: 'a "name" \\ of its own', on: me, calls: 1, then: {status: 418}}
  - {on: models, then: {drop: close}}
limits:
  - {on: me, allow: 2, per: 60s}
"""
MANUAL: Final = (Path(__file__).parents[2] / "docs" / "control.md").read_text(encoding="utf-8")
OPENMETRICS: Final = {"Accept": "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3"}

PROMTOOL: Final = shutil.which("promtool") or ""

promtool = pytest.mark.skipif(not PROMTOOL, reason="Prometheus is not installed")


@pytest.fixture
def url(serve: Callable[[Scenario], str]) -> str:
    """A server on which everything has happened that a metric counts."""
    url = serve(parse(SCENARIO, "x.yaml").scenario)
    for path in ("/api/v1/auth/me", "/api/v1/auth/me", "/api/v1/auth/me", "/nowhere", "/w/gw3/nowhere"):
        requests.get(url + path, timeout=30)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/api/v1/generations/models", timeout=30)
    assert requests.post(f"{url}/__mock/reset", timeout=30).ok
    return url


def told(url: str, **headers: str) -> str:
    answer = requests.get(f"{url}/__mock/metrics", headers=headers, timeout=30)
    assert answer.ok
    return answer.text


def counters(families: list[Metric]) -> dict[str, float]:
    samples = [sample for family in families if family.type == "counter" for sample in family.samples]
    return {f"{sample.name} {sorted(sample.labels.items())}": sample.value for sample in samples}


def test_both_formats_are_read_by_the_parsers_of_the_library(url: str) -> None:
    text, openmetrics = list(parse_text(told(url))), list(parse_openmetrics(told(url, **OPENMETRICS)))
    assert [family.name for family in text if family.type == "counter"] == [
        family.name for family in openmetrics if family.type == "counter"
    ]
    ours = {name: value for name, value in counters(text).items() if name.startswith("imaginelab_mock_")}
    assert ours == {name: counters(openmetrics)[name] for name in ours}
    assert len(ours) == 9
    assert all(family.documentation for family in (*text, *openmetrics))


def test_no_counter_falls_between_two_scrapes(url: str) -> None:
    before = counters(list(parse_text(told(url))))
    requests.get(f"{url}/api/v1/auth/me", timeout=30)
    assert requests.delete(f"{url}/__mock/worlds/gw3", timeout=30).ok
    after = counters(list(parse_text(told(url))))
    assert [name for name in before if after[name] < before[name]] == []
    assert sum(after.values()) > sum(before.values())


@promtool
def test_the_linter_of_prometheus_finds_no_fault(url: str) -> None:
    check = [PROMTOOL, "check", "metrics"]
    run = subprocess.run(check, input=told(url), capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@promtool
def test_prometheus_accepts_the_configuration_in_the_manual(tmp_path: Path) -> None:
    [written] = re.findall(r"^```yml\n(.*?)^```$", MANUAL, re.MULTILINE | re.DOTALL)
    token, config = tmp_path / "control-token", tmp_path / "prometheus.yml"
    token.write_text("open-sesame")
    config.write_text(written.replace("/run/secrets/control-token", str(token)))
    check = [PROMTOOL, "check", "config", str(config)]
    run = subprocess.run(check, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
