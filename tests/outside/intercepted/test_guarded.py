"""Clients of many libraries, made before the guard begins, call a blocked host: each fails as for an unknown name.

No name server has the name (RFC 2606), and a recorder replaces the system's look-up.
"""

import _socket
from contextlib import ExitStack

import pytest

from mockserver.patching.addresses.guard import LookupGuard

from .rows import ROWS
from .terms import Row

SHUT = "shut.invalid"
IN_PYTHON = {name: row for name, row in ROWS.items() if "curl" not in name}


@pytest.mark.parametrize("row", IN_PYTHON.values(), ids=IN_PYTHON)
def test_the_guard_refuses_a_client_that_looks_up_names_in_python(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    refused: list[str] = []

    def record(host: object, *_: object) -> list[object]:
        asked.append(host)
        return []

    def refusal() -> str:
        refused.append(SHUT)
        return "the sentence of the refusal"

    with ExitStack() as stack:
        client = row.make(stack)
        monkeypatch.setattr(_socket, "getaddrinfo", record)
        guard = LookupGuard(SHUT, refusal)
        guard.begin()
        stack.callback(guard.end)
        with pytest.raises(row.dns):
            client(f"https://{SHUT}/api/v1/auth/me", 30)
    assert set(refused) == {SHUT}
    assert asked == []
