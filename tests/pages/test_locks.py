"""The lock files: what they hold of what was asked, and that no machine can tell where it came from."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = [
    "requirements.lock",
    "requirements-test.lock",
    "requirements-outside.lock",
    "requirements-alone.lock",
    "requirements-generated.lock",
    "requirements-site.lock",
]


def pins(lock: str) -> list[str]:
    """One line a pinned requirement, its hashes with it."""
    lines = (ROOT / lock).read_text().replace("\\\n", " ").splitlines()
    return [line for line in lines if line and not line.lstrip().startswith("#")]


def versions(lock: str) -> dict[str, str]:
    """Name to pinned version."""
    locked = [Requirement(pin.partition("--hash")[0]) for pin in pins(lock)]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in locked}


def listed(file: str) -> list[str]:
    """The requirements of a file, one a line."""
    return [line for line in (ROOT / file).read_text().splitlines() if line[:1] not in ("", "#")]


def asked(lock: str) -> list[str]:
    """The requirements that people wrote, of which the lock was made."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    own = project["project"]["dependencies"] + project["build-system"]["requires"]
    further: dict[str, list[str]] = {
        "requirements.lock": project["project"]["optional-dependencies"]["tls"],
        "requirements-test.lock": project["dependency-groups"]["test"]
        + project["project"]["optional-dependencies"]["fast"]
        + project["project"]["optional-dependencies"]["tls"],
        "requirements-outside.lock": listed("requirements-outside.in"),
        "requirements-alone.lock": listed("requirements-alone.in"),
        "requirements-generated.lock": listed("requirements-generated.in"),
        "requirements-site.lock": listed("requirements-site.in"),
    }
    return [*own, *further[lock]]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash_and_none_an_address(lock: str) -> None:
    assert [pin for pin in pins(lock) if "--hash=sha256:" not in pin] == []
    assert "://" not in (ROOT / lock).read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_fulfils_every_requirement_it_was_made_of(lock: str) -> None:
    locked = versions(lock)
    requirements = [Requirement(text) for text in asked(lock)]
    unmet = [
        str(one) for one in requirements if not one.specifier.contains(locked.get(canonicalize_name(one.name), "0"))
    ]
    missing = [one.name for one in requirements if canonicalize_name(one.name) not in locked]
    assert (missing, unmet) == ([], [])


@pytest.mark.parametrize("lock", LOCKS[1:])
def test_what_is_tested_is_what_is_served(lock: str) -> None:
    assert versions("requirements.lock").items() <= versions(lock).items()
