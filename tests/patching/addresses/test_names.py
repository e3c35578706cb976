"""How hosts are written, and which of them are this machine."""

import ipaddress

import pytest

from mockserver.patching.addresses.route import local, marker, normal


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("api.imagineview.art", "api.imagineview.art"),
        ("API.ImagineView.art.", "api.imagineview.art"),
        (b"Api.imagineview.art", "api.imagineview.art"),
        (bytearray(b"::1"), "::1"),
        ("", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_a_name_is_written_in_one_way(name: object, expected: str) -> None:
    assert normal(name) == expected


@pytest.mark.parametrize(
    "name",
    ["", "localhost", "db.localhost", "127.0.0.1", "127.9.9.9", "0.0.0.0", "::", "::1", "::ffff:127.0.0.1"],
)
def test_the_loopback_interface_is_local(name: str) -> None:
    assert local(name)


@pytest.mark.parametrize(
    "name", ["example.org", "localhost.example.org", "10.0.0.1", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "<x>"]
)
def test_everything_else_is_not(name: str) -> None:
    assert not local(name)


def test_a_marker_is_a_loopback_address_of_its_own_that_stays_the_same() -> None:
    hosts = ["api.imagineview.art", *(f"{i}.example.org" for i in range(20))]
    markers = [marker(host) for host in hosts]
    assert all(ipaddress.ip_address(each) in ipaddress.ip_network("127.73.0.0/16") for each in markers)
    assert len(set(markers)) == len(hosts)
    assert markers[0] == "127.73.142.45"
