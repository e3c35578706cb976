"""Checkers of each format accept the files that readers copy, and refuse a mistake in each; no network is used."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import mockserver

ROOT = Path(mockserver.__file__).parents[1]
FOLDER = ROOT / "docs" / "sidecar"

SCHEMA = (sys.executable, "-m", "check_jsonschema", "--builtin-schema")
GITLAB = ("vendor.gitlab-ci", "--data-transform", "gitlab-ci")
TIMEOUT = "custom.github-workflows-require-timeout"
KUBERNETES = (sys.executable, "-m", "kubernetes_validate", "--strict")

NOWHERE = "http://127.0.0.1:9"
"""An address without a proxy: a checker that tries to fetch a schema fails."""

VARIABLES = {"MOCKS": "each.example:8402", "HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE}


class Case(NamedTuple):
    """A file, the command that checks it, and a mistake to find: a right text and its wrong replacement."""

    file: str
    judge: tuple[str, ...]
    right: str
    wrong: str


CASES = [
    Case("compose-scaled.yaml", (*SCHEMA, "vendor.compose-spec"), "condition: service_healthy", "condition: healthy"),
    Case("github-container.yml", (*SCHEMA, "vendor.github-workflows"), "options: --network", "option: --network"),
    Case("github-container.yml", (*SCHEMA, TIMEOUT), "    timeout-minutes: 10\n", ""),
    Case("github-runner.yml", (*SCHEMA, "vendor.github-workflows"), "if: failure()", "when: failure()"),
    Case("github-runner.yml", (*SCHEMA, TIMEOUT), "    timeout-minutes: 10\n", ""),
    Case("gitlab-ci.yml", (*SCHEMA, *GITLAB), "alias: imaginelab-mock", "aliases: imaginelab-mock"),
    Case("kubernetes.yaml", KUBERNETES, "maxUnavailable: 1", "maxUnavailables: 1"),
    Case("kubernetes.yaml", KUBERNETES, "containerPort: 8402}\n          startupProbe", "}\n          startupProbe"),
    Case("kubernetes-sidecar.yaml", KUBERNETES, "hostnames: [api.imagineview.art]", "hostnames: api.imagineview.art"),
    Case("haproxy.cfg", ("haproxy", "-c", "-f"), "hash-type consistent", "hash-type constant"),
    Case("nginx.conf", ("nginx", "-t", "-c"), "proxy_pass_header Date;", "proxy_pass_headers Date;"),
]
TOLD = [f"{case.file}-{case.right.split()[0].strip(':}')}" for case in CASES]


def accepted(judge: tuple[str, ...], file: Path) -> bool:
    """Tell whether a checker accepts a file."""
    if not shutil.which(judge[0]):
        pytest.skip(f"{judge[0]} is not installed; CI installs it")
    run = subprocess.run(
        [*judge, str(file)], env=os.environ | VARIABLES, capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in run.stderr, run.stderr
    return run.returncode == 0


def test_each_file_has_a_checker() -> None:
    assert {case.file for case in CASES} == {path.name for path in FOLDER.iterdir()}


@pytest.mark.parametrize("case", CASES, ids=TOLD)
def test_a_file_is_accepted(case: Case) -> None:
    assert accepted(case.judge, FOLDER / case.file)


@pytest.mark.parametrize("case", CASES, ids=TOLD)
def test_a_file_with_a_mistake_is_refused(case: Case, tmp_path: Path) -> None:
    text = (FOLDER / case.file).read_text(encoding="utf-8")
    assert text.count(case.right) == 1
    broken = tmp_path / case.file
    broken.write_text(text.replace(case.right, case.wrong), encoding="utf-8")
    assert not accepted(case.judge, broken)


def test_the_compose_file_of_the_repository_is_accepted() -> None:
    assert accepted((*SCHEMA, "vendor.compose-spec"), ROOT / "compose.yaml")
