"""A request as it is read, and the parts of it that are identified before it is answered."""

import asyncio
from collections.abc import Iterable

import pytest
from msgspec import UNSET
from starlette.types import Message, Receive

from mockserver.core.errors import Invalid, NotFound, Unauthorized
from mockserver.core.generation import GenerationType, Order
from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from mockserver.http.api.request import ApiRequest
from mockserver.http.app import ENDPOINTS
from mockserver.http.request import ClientGone, Request, once
from mockserver.language.loaded import LoadedScenario
from mockserver.world.world import World

ENDPOINT = {endpoint.operation: endpoint for endpoint in ENDPOINTS}


def request(query: bytes = b"", scheme: str = "http", **headers: str) -> Request:
    """A GET of `/x`; `if_range="x"` is the header `if-range: x`."""
    pairs = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"method": "GET", "path": "/x", "headers": pairs, "query_string": query, "raw_path": b"/%78"}
    return Request(scope | {"scheme": scheme, "server": ("127.0.0.1", 8402)})


def sending(*parts: bytes, gone: bool = False) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append({"type": "http.disconnect"} if gone else {"type": "http.request", "body": b"", "more_body": False})
    left = iter(messages)

    async def receive() -> Message:
        return next(left)

    return receive


def taken_in(asked: Request, receive: Receive, limit: int = 10) -> Request:
    asyncio.run(asked.read(receive, limit))
    return asked


@pytest.mark.parametrize("parts", [[b"hello"], [b"he", b"", b"llo"], [bytes([byte]) for byte in b"hello"]])
def test_a_body_comes_in_parts(parts: Iterable[bytes]) -> None:
    assert taken_in(request(transfer_encoding="chunked"), sending(*parts)).body == b"hello"


def test_a_request_that_announces_no_body_is_not_waited_for() -> None:
    assert not request().announces_body
    assert request(content_length="0").announces_body
    assert request(transfer_encoding="chunked").announces_body


@pytest.mark.parametrize(("size", "oversized"), [(9, False), (10, False), (11, True)])
def test_a_body_has_a_limit(size: int, oversized: bool) -> None:
    assert taken_in(request(transfer_encoding="chunked"), sending(bytes(size))).oversized is oversized


def test_an_announced_body_over_the_limit_is_not_read() -> None:
    asked = taken_in(request(content_length="11"), sending(gone=True))
    assert (asked.oversized, asked.body) == (True, b"")


def test_no_more_is_read_than_shows_that_it_is_too_much() -> None:
    assert taken_in(request(transfer_encoding="chunked"), sending(bytes(11), gone=True)).oversized


def test_a_client_that_goes_away_has_sent_nothing() -> None:
    with pytest.raises(ClientGone):
        taken_in(request(content_length="5"), sending(b"hel", gone=True))


@pytest.mark.parametrize(
    ("value", "bearer"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("BEARER a b", "a b"),
        ("Bearer", ""),
        ("Bearer é", "é"),
        ("Basic abc", None),
        ("abc", None),
        ("", None),
        ("Bearerabc", None),
    ],
)
def test_a_bearer_is_read_from_its_header(value: str, bearer: str | None) -> None:
    assert request(authorization=value).head.bearer == bearer


def test_a_header_may_be_missing() -> None:
    asked = request(if_range="x")
    assert (asked.header(b"if-range"), asked.header(b"range"), asked.head.bearer) == ("x", None, None)


@pytest.mark.parametrize(("query", "target"), [(b"", b"/%78"), (b"a=%zz", b"/%78?a=%zz")])
def test_the_target_is_as_it_was_sent(query: bytes, target: bytes) -> None:
    assert request(query).target == target


def test_the_origin_is_the_host_that_the_client_named_or_the_address_it_reached() -> None:
    assert request(scheme="https", host="mock.example").origin == "https://mock.example"
    assert [request().origin, request(host="").origin] == ["http://127.0.0.1:8402"] * 2


@pytest.mark.parametrize(
    ("query", "values"),
    [
        (b"", {}),
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=&b", {"a": "", "b": ""}),
        (b"a=x+y%20z", {"a": "x y z"}),
        (b"%C3%A9=%ff", {"é": "�"}),
        (b"&".join(b"a%d" % i for i in range(100)), {f"a{i}": "" for i in range(100)}),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_query_is_a_mapping(query: bytes, values: dict[str, str]) -> None:
    assert request(query).query == values


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        (b"a=1&a=1", "a: given more than once"),
        (b"b=1&a&b&a&c", "a: given more than once; b: given more than once"),
        (b"&".join(b"a%d" % i for i in range(101)), "expected at most 100 query parameters and 10,000 escapes"),
    ],
    ids=["one", "two", "too many"],
)
def test_a_query_that_is_no_mapping_is_invalid(query: bytes, detail: str) -> None:
    with pytest.raises(Invalid) as refused:
        _ = request(query).query
    assert refused.value.detail == detail
    assert {flaw.source for flaw in refused.value.flaws} == {"query"}


def test_pairs_that_are_given_once_keep_their_order() -> None:
    assert list(once([("b", "1"), ("a", "2")], "body").items()) == [("b", "1"), ("a", "2")]


@pytest.fixture
def world() -> World:
    """A world in which account 17 has ordered generation 1842."""
    world = World(LoadedScenario(Scenario()))
    order = Order(generation_type=GenerationType.IMAGE, model_name="seedream-5.0-lite", prompt="x")
    world.create(world.accounts[17], order, order.fact, exchange=1)
    return world


def call(world: World, id_: str = "1842", **headers: str) -> ApiRequest:
    asked = ApiRequest(world, request(b"trace=1", **headers), world.journal.number())
    asked.reach(ENDPOINT[Operation.STATUS], {"id": id_})
    return asked


@pytest.mark.parametrize("id_", ["1842", "01842"])
def test_a_generation_is_identified_before_the_caller_is_checked(world: World, id_: str) -> None:
    asked = call(world, id_)
    assert asked.subject is world.generations[1842]
    assert (asked.caller, asked.asks) == (None, None)
    with pytest.raises(Unauthorized):
        world.accounts.admit(asked.caller)


@pytest.mark.parametrize("id_", ["", "0", "1843", "-1842", "+1842", "1_842", "1842.0", "٣", "²", "x", "9" * 5000])
def test_an_id_that_belongs_to_no_generation_is_not_found(world: World, id_: str) -> None:
    asked = call(world, id_)
    assert (asked.subject, asked.asks) == (None, None)
    with pytest.raises(NotFound):
        _ = asked.generation


def test_only_its_owner_asks_for_a_generation(world: World) -> None:
    asked = call(world, authorization=f"Bearer {world.accounts.log_in('you@example.com', 'YOUR_PASSWORD')}")
    asked.account = world.accounts.admit(asked.caller)
    assert asked.asks is asked.generation is world.generations[1842]


@pytest.mark.parametrize(
    ("key", "fact"),
    [
        ("header.x-case", "abc"),
        ("header.x-other", UNSET),
        ("query.trace", "1"),
        ("query.other", UNSET),
        ("account", UNSET),
        ("nonsense", UNSET),
    ],
)
def test_a_request_has_facts(world: World, key: str, fact: object) -> None:
    assert call(world, x_case="abc").fact(key) == fact
