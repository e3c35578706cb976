"""By which names the control plane is known: those that no stranger can own, and those it is told of."""

from typing import Final
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.errors import ApiError, Forbidden
from mockserver.http.guard import Guard


def refusal(*hosts: str | bytes, method: str = "POST", allowed: tuple[str, ...] = ()) -> ApiError | None:
    headers = [(b"host", host if isinstance(host, bytes) else host.encode("latin-1")) for host in hosts]
    return Guard(allowed).refusal(method, "/__mock/reset", "http", headers)


def detail(host: str | bytes) -> str:
    error = refusal(host)
    assert isinstance(error, Forbidden)
    return error.detail


FAMILIAR: Final = """
    localhost LocalHost:8402 localhost. localhost.:8402 localhost: a.localhost a.b.localhost.:80
    127.0.0.1 127.0.0.1:8402 127.0.0.1. 192.168.1.20:8402 8.8.8.8
    [::1] [::1]:8402 [2001:DB8::7]:1 [::ffff:127.0.0.1]:8402 ::1 ::ffff:127.0.0.1 fe80::1:2:3:4
    mock mock_server-1:8402 host.docker.internal Host.Docker.Internal.:8402
"""


@pytest.mark.parametrize("host", FAMILIAR.split())
def test_a_name_that_no_stranger_can_own_is_accepted(host: str) -> None:
    assert refusal(host) is None


def test_a_request_without_a_host_is_accepted() -> None:
    assert refusal() is None


FOREIGN: Final = """
    evil.example evil.example:8402 EVIL.EXAMPLE. localhost.evil.example 127.0.0.1.evil.example evil-localhost.example
    a.notlocalhost host.docker.internal.evil.example a.host.docker.internal docker.internal xn--lcalhost-d1a.example
    1.2.3 1.2.3.4.5 256.0.0.1 127.0.0.01 0x7f.0.0.1
"""


@pytest.mark.parametrize("host", FOREIGN.split())
def test_a_name_that_a_stranger_may_own_is_refused_with_the_way_out(host: str) -> None:
    name = host.lower().removesuffix(":8402").removesuffix(".")
    assert detail(host) == (
        f"Host: the control plane is not known as {name}; if that is its name, add --allow-host {name}"
    )


MALFORMED: Final = """
    . .. :8402 .localhost a..localhost localhost.. localhost:http localhost:123456 localhost:80:80 localhost:-1
    evil.example@localhost localhost@evil.example localhost/evil.example localhost#evil.example localhost?evil.example
    localhost,evil.example loc%61lhost löcalhost http://localhost * abc:def
    [localhost] [127.0.0.1] [::1 ::1] [::1]. [::1]evil.example [::1%eth0] [] [:] [1::2::3] 1::2::3
"""


@pytest.mark.parametrize(
    "host", [*MALFORMED.split(), "", "local host", " localhost", "localhost\t", "localhost\n", "localhost\0"]
)
def test_a_host_that_is_neither_name_nor_address_is_refused(host: str) -> None:
    assert detail(host).startswith('Host: expected one name or address, with a port or without, found "')


def test_two_hosts_are_refused() -> None:
    for hosts in (("localhost", "localhost"), ("localhost", "evil.example"), ("evil.example", "localhost")):
        assert isinstance(refusal(*hosts), Forbidden)


@pytest.mark.parametrize("allowed", ["mock.example", "Mock.Example."])
@pytest.mark.parametrize("host", ["mock.example", "MOCK.example:8402", "mock.example.", "mock.example.:80"])
def test_further_names_are_allowed_however_they_are_written(allowed: str, host: str) -> None:
    assert refusal(host, allowed=("first.example", allowed)) is None
    for other in (f"x{host}", f"x.{host}", "other.example", "mock.example.example"):
        assert refusal(other, allowed=("first.example", allowed)) is not None


@pytest.mark.parametrize("host", [b"a." * 20_000 + b"example", b"@" * 20_000])
def test_a_sentence_stays_short_whatever_name_it_tells(host: bytes) -> None:
    assert len(detail(host)) < 400


label = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
foreign = (
    st.lists(label, min_size=2, max_size=5)
    .map(".".join)
    .filter(lambda name: not name.endswith(".localhost") and name != "host.docker.internal")
)
familiar = st.sampled_from(["localhost", "127.0.0.1", "::1", "[::1]", "host.docker.internal", "mock", "a.localhost"])
spelling = st.one_of(
    foreign,
    foreign.map(str.upper),
    foreign.map(str.title),
    st.builds("{}{}{}".format, familiar, st.sampled_from(".@:/\\#?,; \t\0"), foreign),
    st.builds("{}{}{}".format, foreign, st.sampled_from([*"@/\\#?,; \t\0", ":80@", "%00", "%2e"]), familiar),
)


@given(spelling, st.sampled_from(["", ".", ":", ":8402", ".:8402"]), st.sampled_from(["GET", "POST"]))
def test_no_foreign_name_of_any_spelling_is_accepted(name: str, end: str, method: str) -> None:
    assert isinstance(refusal(f"{name}{end}", method=method), Forbidden)


@given(st.binary(max_size=12) | st.text("aL1:.[]@%/-_ ", max_size=12).map(str.encode) | spelling.map(str.encode))
def test_an_accepted_host_leads_nowhere_else_in_a_url(host: bytes) -> None:
    if refusal(host) is None:
        text = host.decode("ascii")
        bare = text.count(":") > 1 and not text.startswith("[")
        name = (urlsplit(f"http://[{text}]" if bare else f"http://{text}").hostname or "").removesuffix(".")
        assert name.isascii()
        assert "." not in name or name.endswith(".localhost") or ":" in name or name.replace(".", "").isdecimal()
