"""The target of each look-up and each connection, and the refusals; without a network and without a patch."""

import pickle
import socket
from contextlib import suppress

import pytest

from mockserver.patching.addresses.route import BlockedHost, Route

HOST = "api.imagineview.art"
MOCK = ("127.0.0.1", 4433)
MARKER = Route(HOST, MOCK).marker
SIX = socket.AF_INET6


def route(*, block: bool = False, allow: tuple[str, ...] = ()) -> Route:
    return Route("API.imagineview.art", MOCK, block=block, allow=allow)


@pytest.mark.parametrize("name", [HOST, "API.ImagineView.ART", f"{HOST}.", HOST.encode()])
def test_the_host_is_looked_up_as_its_marker_however_it_is_written(name: object) -> None:
    assert route().lookup(name, 443) == (MARKER, 0)
    assert route().lookup(name, 443, SIX) == (f"::ffff:{MARKER}", 0)


@pytest.mark.parametrize("name", ["example.org", f"www.{HOST}", "imagineview.art", None, "", MARKER])
def test_every_other_name_is_looked_up_as_it_is(name: object) -> None:
    assert route().lookup(name, 80, SIX, socket.AI_ADDRCONFIG) == (name, socket.AI_ADDRCONFIG)


def test_the_marker_is_found_also_on_a_machine_without_a_network() -> None:
    flags = socket.AI_ADDRCONFIG | socket.AI_CANONNAME
    assert route().lookup(HOST, 443, flags=flags) == (MARKER, socket.AI_CANONNAME)


@pytest.mark.parametrize("port", [443, "443", "https", b"https", 0, None])
def test_a_look_up_without_a_port_or_for_port_443_is_answered(port: object) -> None:
    assert route().lookup(HOST, port)[0] == MARKER


@pytest.mark.parametrize("name", [HOST, f"{HOST}.", MARKER, f"::ffff:{MARKER}"])
def test_a_connection_to_the_host_goes_to_the_mock(name: str) -> None:
    assert route().connection((name, 443)) == MOCK
    assert route().connection((name, 443, 0, 0), six=True) == ("::ffff:127.0.0.1", 4433, 0, 0)


@pytest.mark.parametrize("address", [("192.0.2.1", 443), ("2001:db8::1", 443, 0, 0), ("127.0.0.1", 443), ("", 80)])
def test_every_other_connection_keeps_its_address(address: tuple[object, ...]) -> None:
    assert route().connection(address) == address
    route().check_datagram(address)


@pytest.mark.parametrize("block", [False, True])
def test_no_other_port_and_no_datagram_leads_to_the_mock_or_to_the_real_host(block: bool) -> None:
    policy = route(block=block)
    with pytest.raises(BlockedHost, match=r"^api\.imagineview\.art:80 does not lead to the mock: only port 443 does"):
        policy.connection((MARKER, 80))
    with pytest.raises(BlockedHost, match=r"^api\.imagineview\.art:http does not lead to the mock: only port 443 does"):
        policy.lookup(HOST, "http")
    with pytest.raises(BlockedHost, match=r"^api\.imagineview\.art:443 does not lead to the mock by UDP"):
        policy.check_datagram((MARKER, 443))


def test_a_blocked_host_is_named_and_remembered_once() -> None:
    policy = route(block=True)
    with pytest.raises(BlockedHost) as refusal:
        policy.lookup("Example.org.", 443)
    with pytest.raises(BlockedHost):
        policy.connection(("example.org", 443))
    with pytest.raises(BlockedHost):
        policy.connection(("192.0.2.1", 80))
    with pytest.raises(BlockedHost):
        policy.check_datagram(("2001:db8::1", 53, 0, 0))
    with pytest.raises(BlockedHost):
        policy.lookup("example.net")
    assert refusal.value.host == "example.org"
    why = "is blocked: only api.imagineview.art, this machine and what `allow` names are not"
    assert list(policy.blocked) == [
        f"{where} {why}" for where in ("example.org:443", "192.0.2.1:80", "2001:db8::1:53", "example.net")
    ]


def test_a_blocked_host_is_no_error_of_the_network_that_a_client_might_handle() -> None:
    assert issubclass(BlockedHost, RuntimeError)
    assert not issubclass(BlockedHost, OSError)


def test_the_error_can_be_pickled() -> None:
    error = BlockedHost("example.org", 443, "is blocked")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (str(again), again.host) == ("example.org:443 is blocked", "example.org")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "", None])
def test_this_machine_is_never_blocked(name: str | None) -> None:
    policy = route(block=True)
    assert policy.lookup(name, 80) == (name, 0)
    assert policy.connection((name or "", 80)) == (name or "", 80)


def test_an_allowed_name_may_be_looked_up_and_its_addresses_reached() -> None:
    policy = route(block=True, allow=("Example.org", "192.0.2.7"))
    assert policy.lookup("example.org.", 443) == ("example.org.", 0)
    policy.note_addresses(["192.0.2.1", b"2001:db8::1"])
    for address in ("192.0.2.1", "2001:db8::1", "192.0.2.7"):
        assert policy.connection((address, 443)) == (address, 443)
    with pytest.raises(BlockedHost):
        policy.connection(("192.0.2.2", 443))


def test_looking_up_an_address_to_listen_on_is_not_intercepted() -> None:
    policy = route(block=True)
    assert policy.lookup("192.0.2.1", 80, flags=socket.AI_PASSIVE) == ("192.0.2.1", socket.AI_PASSIVE)
    policy.note_addresses(["192.0.2.1"], socket.AI_PASSIVE)
    with pytest.raises(BlockedHost):
        policy.connection(("192.0.2.1", 80))


def test_nothing_is_remembered_where_nothing_is_blocked() -> None:
    policy = route()
    policy.note_addresses(["192.0.2.1"])
    with suppress(BlockedHost):
        policy.require_allowed("example.org", 443)
    assert policy.blocked == {}
