"""The longest body that the API reads: 1 MiB, or what the scenario of the request's world says."""

import json
from typing import Any

import pytest

from mockserver.core.scenario import ApiSettings, Scenario
from tests.support.client import Client
from tests.support.customer import JSON, ORDER
from tests.support.emulator import served

MIB = 1024 * 1024


def order_of(size: int) -> bytes:
    """An order of exactly so many bytes, as a client makes it that sends a picture as text."""
    order: dict[str, Any] = {**ORDER, "settings": {"image": ""}}
    order["settings"]["image"] = "x" * (size - len(json.dumps(order)))
    return json.dumps(order).encode()


@pytest.mark.parametrize(
    ("most", "size", "status"),
    [
        (None, MIB, 201),
        (None, MIB + 1, 413),
        (3 * MIB, 3 * MIB, 201),
        (3 * MIB, 3 * MIB + 1, 413),
        (1000, 1000, 201),
        (1000, 1001, 413),
    ],
)
@pytest.mark.parametrize("chunked", [False, True], ids=["by length", "in chunks"])
def test_a_body_may_be_as_long_as_the_scenario_says(most: int | None, size: int, status: int, chunked: bool) -> None:
    settings = ApiSettings() if most is None else ApiSettings(body_max=most)
    with served(Scenario(api=settings)) as server, Client(server.url) as client:
        you = client.login()
        body = order_of(size)
        answer = you.ask("POST", "/generations", iter([body]) if chunked else body, {"Content-Type": JSON})  # type: ignore[arg-type]
        assert answer.status == status
        if status == 413:
            said = f"a body may have at most {most or MIB} bytes; api: {{body_max: ...}} in the scenario allows more"
            assert (answer.detail, answer.headers["x-mock-hint"]) == ("Request body too large", said)
        assert len(you.read("/generations").json["items"]) == (status == 201)
