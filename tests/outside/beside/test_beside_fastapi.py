"""The package is installed beside old and new releases of FastAPI: the application stays unchanged, the fixture works.

The applications are locked, so that a new release of one of their packages changes nothing here. The newest FastAPI is
the one that the last `sh scripts/lock --upgrade` found. The packages that the mock needs come from the checkout's lock.
"""

from pathlib import Path

import pytest

from .environments import ROOT, Environment, pinned, wheel

LOCKS = sorted(file.name for file in ROOT.glob("requirements-fastapi-*.lock"))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel(tmp_path_factory.mktemp("wheel"))


def test_the_locks_hold_the_fastapi_releases_that_the_readme_promises() -> None:
    fastapi = [pinned(lock)["fastapi"] for lock in LOCKS]
    assert fastapi[:3] == ["0.110.3", "0.115.12", "0.128.0"]
    starlette = {pinned(lock)["starlette"].rpartition(".")[0] for lock in LOCKS}
    assert len(starlette) == len(LOCKS) == 4


@pytest.mark.parametrize("lock", LOCKS)
def test_an_application_keeps_its_versions_and_passes_its_tests(lock: str, built: Path, tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    environment.sync(lock)
    before = environment.versions()
    assert before["starlette"] == pinned(lock)["starlette"]
    assert environment.passed("test_studio.py") == 3

    environment.add(f"imaginelab-mock @ {built.as_uri()}")
    assert "imaginelab-mock" in environment.versions()
    assert environment.passed("test_studio.py", "test_with_the_mock.py") == 4

    environment.add(f"imaginelab-mock[all] @ {built.as_uri()}")
    assert environment.passed("test_studio.py", "test_with_the_mock.py", "test_intercepted.py") == 5

    after = environment.versions()
    assert {name: after.get(name) for name in before} == before
    environment.pip("check")
