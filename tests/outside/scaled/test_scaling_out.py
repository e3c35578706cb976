"""Worlds on several servers: each world is on one server alone, the worlds are spread, and they stay in place."""

import http.client
import ssl
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from .conftest import HOSTS, UP, Fleet, fleet, needs
from .lives import ORDERED, Client, Told
from .names import Names
from .processes import haproxy, mock

WORLDS = 64
AT_ONCE = 8
SOME = [f"world-{number}" for number in range(32)]

# With nginx the shares follow from the ports, which differ in each run.
LEAST = {"haproxy": WORLDS // 4, "nginx": WORLDS // 8}
"""The least number of worlds that each of two servers must have."""


def lived(place: str, world: str) -> tuple[list[Told], list[dict[str, Any]]]:
    """Make the calls of a client in a world, then start the world over; return the answers and the world's journal."""
    with Client(place, f"/w/{world}") as client:
        client.live()
        answers = [*client.told]
        seen = client.journal()
        assert client.status("POST", "/__mock/reset") == 200
        assert client.journal() == []
        return answers, seen


def all_lived(place: str, worlds: Iterable[str]) -> list[tuple[list[Told], list[dict[str, Any]]]]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [*pool.map(lambda world: lived(place, world), worlds)]


def begun(place: str, worlds: Iterable[str]) -> None:
    """Order a generation in each world."""
    for world in worlds:
        with Client(place, f"/w/{world}") as client:
            client.login()
            assert client.order() == ORDERED


def kept(place: str, worlds: Iterable[str]) -> set[str]:
    """Return the worlds that still have their generation, and order a new one in the other worlds."""
    found = set()
    for world in worlds:
        with Client(place, f"/w/{world}") as client:
            client.login()
            if client.status("GET", f"/api/v1/generations/{ORDERED}") == 200:
                found.add(world)
            else:
                assert client.order() == ORDERED
    return found


def test_each_world_is_on_one_server_and_answers_as_on_a_single_server(two: Fleet) -> None:
    names = [f"whole-{number}" for number in range(WORLDS)]
    through_the_proxy = all_lived(two.place, names)
    shares = [{*names} & worlds for worlds in two.worlds().values()]
    assert sum(map(len, shares)) == WORLDS
    assert set.union(*shares) == {*names}
    assert min(map(len, shares)) >= LEAST[two.kind]
    with mock("127.0.0.1", 0) as alone:
        assert through_the_proxy == all_lived(alone.place, names)


def test_requests_without_a_prefix_reach_the_default_world_of_one_server(two: Fleet) -> None:
    before = two.totals()
    for prefix in ("", "/w/default"):
        with Client(two.place, prefix) as client:
            for _ in range(8):
                client.login()
    assert sorted(after - earlier for after, earlier in zip(two.totals(), before, strict=True)) == [0, 16]


@pytest.mark.parametrize("prefix", ["/w/spelt", "/w/sp%65lt", "/%77/spelt", "/w%2Fspelt"])
def test_all_spellings_of_a_name_reach_the_same_world(two: Fleet, prefix: str) -> None:
    with Client(two.place, prefix) as client:
        client.login()
    assert sorted("spelt" in worlds for worlds in two.worlds().values()) == [False, True]


@pytest.mark.parametrize("prefix", ["/w/..", "/w/a b", "/w/", "/w/" + "a" * 65])
def test_an_invalid_name_of_a_world_reaches_the_server_of_the_default_world(two: Fleet, prefix: str) -> None:
    before = two.totals()
    with Client(two.place) as client:
        client.login()
        assert client.status("GET", prefix.replace(" ", "%20") + "/api/v1/auth/me") in (400, 404)
    changed = [after - earlier for after, earlier in zip(two.totals(), before, strict=True)]
    assert min(changed) == 0


def test_a_world_is_discarded_by_its_name(two: Fleet) -> None:
    names = [f"discarded-{number}" for number in range(8)]
    begun(two.place, names)
    with Client(two.place) as client:
        assert [client.status("DELETE", f"/__mock/worlds/{name}") for name in names] == [200] * 8
    assert not set.union(*two.worlds().values()) & {*names}


def test_a_login_with_a_plus_reaches_the_server_of_the_default_world(two: Fleet) -> None:
    names = [f"plus-{number}" for number in range(8)]
    for name in names:
        with Client(two.place, account=f"you+{name}@example.com") as client:
            client.login()
            client.order()
    assert sorted(len({*names} & worlds) for worlds in two.worlds().values()) == [0, 8]
    assert len(kept(two.place, names)) < len(names)


@needs("haproxy")
def test_tunnelled_requests_reach_the_server_of_the_default_world(tmp_path: Path) -> None:
    with fleet("haproxy", tmp_path) as two:
        with Client(two.place) as client:
            trusted = ssl.create_default_context(cadata=client.ask("GET", "/__mock/ca.pem").decode())
        for world in SOME:
            tunnel = http.client.HTTPSConnection(two.place, timeout=30, context=trusted)
            tunnel.set_tunnel("api.imagineview.art")
            tunnel.request("GET", f"/w/{world}/api/v1/auth/me")
            assert tunnel.getresponse().status == 401
            tunnel.close()
        assert sorted(map(len, two.worlds().values())) == [0, len(SOME)]


# Servers that start and stop


@needs("haproxy")
def test_only_the_worlds_of_a_stopped_server_begin_anew(tmp_path: Path) -> None:
    with fleet("haproxy", tmp_path) as two:
        begun(two.place, SOME)
        gone, left = two.servers
        staying = two.worlds()[left]
        assert two.servers.pop(gone).stop() == 0
        two.proxy.until("is DOWN")
        assert kept(two.place, SOME) == staying
        assert two.worlds() == {left: {*SOME}}


@needs("nginx")
def test_behind_nginx_only_the_worlds_of_a_stopped_server_are_out_of_reach(tmp_path: Path) -> None:
    with fleet("nginx", tmp_path) as two:
        begun(two.place, SOME)
        gone, _ = two.servers
        lost = two.worlds()[gone]
        assert two.servers.pop(gone).stop() == 0
        assert kept(two.place, {*SOME} - lost) == {*SOME} - lost
        # A request without a body: nginx resets a connection that it closes before it has read a body.
        with Client(two.place, f"/w/{lost.pop()}") as client, pytest.raises(http.client.RemoteDisconnected):
            client.ask("GET", "/api/v1/auth/me")


@needs("haproxy", 3, 0)
@pytest.mark.parametrize("first", HOSTS)
def test_proxies_agree_although_they_found_the_servers_in_another_order(tmp_path: Path, first: str) -> None:
    with fleet("haproxy", tmp_path) as two, Names(first) as names, haproxy(tmp_path, names.place, two.port) as other:
        other.until(UP)
        names.addresses = HOSTS
        other.until(UP)
        begun(two.place, SOME)
        assert kept(other.place, SOME) == {*SOME}


@needs("haproxy")
def test_a_further_server_takes_over_only_its_share(tmp_path: Path) -> None:
    with fleet("haproxy", tmp_path) as two, mock("127.0.0.3", two.port) as third:
        begun(two.place, SOME)
        before = two.worlds()
        two.names.addresses += ("127.0.0.3",)
        two.proxy.until(UP)
        staying = kept(two.place, SOME)
        assert len(SOME) // 2 <= len(staying) < len(SOME)
        assert two.worlds() == before
        two.servers[third.place] = third
        assert two.worlds()[third.place] == {*SOME} - staying
