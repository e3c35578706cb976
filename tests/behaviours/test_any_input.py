"""Any input from a client gets no 5xx, each refusal has a sentence, and the wallet stays as it was."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.core.account import Declaration
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.scenario import Scenario
from tests.support.client import Client
from tests.support.customer import BASE, EMAIL, ORDER, PASSWORD
from tests.support.emulator import served

RICH = Declaration(email=EMAIL, password=PASSWORD, credits=1_000_000)
SCENARIO = Scenario(accounts=(RICH,), clock=ClockSettings(mode=Mode.POLL))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=5,
)
orders = st.dictionaries(st.sampled_from([*ORDER, "settings", "project_id", "x"]), json_values).map(lambda o: ORDER | o)
bodies = (
    st.binary(max_size=50)
    | orders.map(lambda order: json.dumps(order).encode())
    | json_values.map(lambda value: json.dumps(value).encode())
    | st.text().map(lambda text: f"username={text}&password={text}".encode("utf-8", "replace"))
)
segments = st.sampled_from(["auth", "me", "login", "signup", "generations", "models", "status", "1842", "media", "w"])
escapes = st.binary(max_size=4).map(lambda raw: "".join(f"%{byte:02x}" for byte in raw))
paths = st.lists(segments | escapes | st.sampled_from(["", ".", "..", "%", "default"]), max_size=5).map("/".join)
queries = st.sampled_from(["", "?page=1", "?page_size=0", "?a=1&a=2", "?generation_type=x", "?signature=", "?%"])
known = ["/auth/signup", "/auth/login", "/generations", "/generations/1842", "/generations/1842/status"]
targets = (
    st.sampled_from([BASE + path for path in known])
    | paths.map(lambda path: f"{BASE}/{path}")
    | paths.map("/{}".format)
)
methods = st.sampled_from(["GET", "POST", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"])
header_values = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20)
types = st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/plain"])
headers = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": types | header_values,
        "Authorization": header_values,
        "Range": header_values,
        "If-None-Match": header_values,
        "Host": header_values,
        "Accept": header_values,
    },
)


@pytest.fixture(scope="module")
def you() -> Iterator[Client]:
    with served(SCENARIO) as server, Client(server.url) as anyone:
        you = anyone.login()
        you.order()
        yield you


def spent(client: Client) -> tuple[int, int]:
    return client.credits(), client.read("/generations?page_size=1").json["total"]


requests = st.tuples(methods, targets, queries, headers, bodies)


@settings(max_examples=400, deadline=None)
@given(request=requests)
@pytest.mark.assumed
def test_any_request_has_an_answer_and_a_refused_one_leaves_no_trace(
    you: Client, request: tuple[str, str, str, dict[str, str], bytes]
) -> None:
    method, target, query, sent, body = request
    latin = {name: value.encode("latin-1") for name, value in sent.items()}
    before = spent(you)
    with Client(you.url, you.token, "") as client:
        answer = client.ask(method, target + query, body, latin)
    assert answer.status < 500
    if answer.status >= 400:
        assert method == "HEAD" or answer.detail
        assert spent(you) == before
