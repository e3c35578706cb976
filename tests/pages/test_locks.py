"""The lock files: they fulfil the requirements, and they do not show on which machine they were made."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = [
    "requirements.lock",
    "requirements-test.lock",
    "requirements-outside.lock",
    "requirements-alone.lock",
    "requirements-generated.lock",
    "requirements-site.lock",
]
LOWEST = "requirements-lowest.lock"
ALL = sorted(file.name for file in ROOT.glob("requirements*.lock"))


def pins(lock: str) -> list[str]:
    """The pinned requirements, one on a line with its hashes."""
    lines = (ROOT / lock).read_text().replace("\\\n", " ").splitlines()
    return [line for line in lines if line and not line.lstrip().startswith("#")]


def versions(lock: str) -> dict[str, str]:
    """The pinned version of each name."""
    locked = [Requirement(pin.partition("--hash")[0]) for pin in pins(lock)]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in locked}


def listed(file: str) -> list[str]:
    """The requirements of a file, one a line."""
    return [line for line in (ROOT / file).read_text().splitlines() if line[:1] not in ("", "#")]


def asked(lock: str) -> list[str]:
    """The requirements, written by people, from which the lock was made."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    own = project["project"]["dependencies"] + project["build-system"]["requires"] + extras["metrics"] + extras["tls"]
    tests = project["dependency-groups"]["test"] + extras["fast"]
    further: dict[str, list[str]] = {
        "requirements.lock": [],
        "requirements-test.lock": tests,
        LOWEST: tests + listed("requirements-lowest.in"),
        "requirements-outside.lock": listed("requirements-outside.in"),
        "requirements-alone.lock": listed("requirements-alone.in"),
        "requirements-generated.lock": listed("requirements-generated.in"),
        "requirements-site.lock": listed("requirements-site.in"),
    }
    return [*own, *further[lock]]


@pytest.mark.parametrize("lock", ALL)
def test_every_pin_has_a_hash_and_no_lock_has_an_address(lock: str) -> None:
    assert [pin for pin in pins(lock) if "--hash=sha256:" not in pin] == []
    assert "://" not in (ROOT / lock).read_text()


@pytest.mark.parametrize("lock", [*LOCKS, LOWEST])
def test_a_lock_fulfils_every_requirement_of_its_source(lock: str) -> None:
    locked = versions(lock)
    requirements = [Requirement(text) for text in asked(lock)]
    unmet = [
        str(one) for one in requirements if not one.specifier.contains(locked.get(canonicalize_name(one.name), "0"))
    ]
    missing = [one.name for one in requirements if canonicalize_name(one.name) not in locked]
    assert (missing, unmet) == ([], [])


@pytest.mark.parametrize("lock", LOCKS[1:])
def test_the_tests_run_with_the_served_versions(lock: str) -> None:
    assert versions("requirements.lock").items() <= versions(lock).items()


def test_ci_tries_the_lowest_declared_versions() -> None:
    locked = versions(LOWEST)
    declared = {
        canonicalize_name(one.name): [Version(each.version) for each in one.specifier if each.operator == ">="]
        for one in map(Requirement, asked(LOWEST))
    }
    assert {name: [Version(locked[name])] for name in declared} == declared


def test_one_extra_has_all_that_the_others_have() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    [everything] = map(Requirement, extras["all"])
    assert everything.extras == extras.keys() - {"all"}
