"""Clients of many libraries, made beforehand, ask a host that is shut: each takes it for a name that is not known.

The name is one that no name server has (RFC 2606), and a recorder answers in place of the system.
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
def test_a_client_that_looks_names_up_in_python_is_refused(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
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
