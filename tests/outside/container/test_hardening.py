"""The mock runs in a container with few rights: each fact holds there, and not in a container with all rights."""

from collections.abc import Callable
from typing import Final

import pytest

from . import journey
from .conftest import Run
from .engine import HARDENED, Container, Failed


def is_unprivileged(one: Container) -> bool:
    return (one.kernel["Uid"].split()[0], one.kernel["Gid"].split()[0]) == ("10001", "10001")


def has_no_capability(one: Container) -> bool:
    return not any(int(one.kernel[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"))


def gains_no_privileges(one: Container) -> bool:
    return one.kernel["NoNewPrivs"] == "1"


def writes_nowhere(one: Container) -> bool:
    """Tell whether even root cannot write into the container's folders."""
    try:
        one.inside("touch", "/opt/written", "/scenarios/written", "/ca/written")
    except Failed as said:
        return str(said).count("Read-only file system") == 3
    return False


FACTS: Final[tuple[Callable[[Container], bool], ...]] = (
    is_unprivileged,
    has_no_capability,
    gains_no_privileges,
    writes_nowhere,
)


@pytest.mark.parametrize("fact", FACTS)
def test_a_hardened_container_has_few_rights(fact: Callable[[Container], bool], hardened: Container) -> None:
    assert fact(hardened)


@pytest.fixture(scope="module")
def loose(run_once: Run) -> Container:
    return run_once("--user=0")


@pytest.mark.parametrize("fact", FACTS)
def test_a_container_without_hardening_is_recognised(fact: Callable[[Container], bool], loose: Container) -> None:
    assert not fact(loose)


@pytest.mark.parametrize("user", ["4242:4242", "4242:0", "0:0"])
def test_any_other_user_can_run_the_container(user: str, run: Run) -> None:
    container = run(*HARDENED, f"--user={user}", command=("serve", "--tls"))
    container.ready()
    assert container.kernel["Uid"].split()[0] == user.partition(":")[0]
    assert journey.plain(container.address).file.startswith(b"\x89PNG")
