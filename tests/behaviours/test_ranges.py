"""Parts of files, and files that the client has already (RFC 9110, 13 and 14)."""

import pytest

from mockserver.core.generation import Life
from mockserver.core.scenario import Scenario
from mockserver.core.timeline import Step
from tests.support.client import Client

from .played import Start


@pytest.fixture
def file(api: Start) -> tuple[Client, str, bytes]:
    """An anonymous client, a link and the bytes of its file."""
    you = api(Scenario(generations=(Life(then=(Step(status="completed"),)),))).login()
    link = you.create().json["outputs"][0]
    anyone = you.other()
    return anyone, link, anyone.read(link).body


File = tuple[Client, str, bytes]

PARTS = [
    ("bytes=0-9", slice(0, 10)),
    ("bytes=0-0", slice(0, 1)),
    ("bytes=5-", slice(5, None)),
    ("bytes=-7", slice(-7, None)),
    ("bytes=10-999999999", slice(10, None)),
    ("bytes=-999999999", slice(0, None)),
]
IGNORED = [
    "",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=9-5",
    "bytes=a-b",
    "items=0-5",
    "bytes=0-5,10-15",
    "bytes=--5",
    "5-9",
]
IGNORED += ["bytes=0x1-5", "bytes=1-5-9", "bytes=" + "9" * 5000 + "-", "bytes=٣-٤".encode().decode("latin-1")]


@pytest.mark.assumed
@pytest.mark.parametrize(("asked", "part"), PARTS)
def test_a_range_is_a_part_of_the_file(file: File, asked: str, part: slice) -> None:
    client, link, body = file
    answer = client.read(link, range=asked)
    first, last, _ = part.indices(len(body))
    assert (answer.status, answer.body) == (206, body[part])
    assert answer.headers["content-range"] == f"bytes {first}-{last - 1}/{len(body)}"
    assert answer.headers["content-type"] == "image/png"


@pytest.mark.assumed
@pytest.mark.parametrize("asked", IGNORED, ids=lambda asked: asked[:20])
def test_any_request_but_a_single_range_gets_the_whole_file(file: File, asked: str) -> None:
    client, link, body = file
    answer = client.read(link, range=asked)
    assert (answer.status, answer.body, answer.headers["content-range"]) == (200, body, None)


@pytest.mark.assumed
@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=99999999-999999999", "bytes=-0"])
def test_a_range_with_no_byte_in_it_is_a_416(file: File, asked: str) -> None:
    client, link, body = file
    answer = client.read(link, range=asked)
    assert (answer.status, answer.detail) == (416, "No byte of the file is in this range")
    assert answer.headers["content-range"] == f"bytes */{len(body)}"


@pytest.mark.assumed
def test_the_last_byte_can_be_requested_and_the_byte_after_it_cannot(file: File) -> None:
    client, link, body = file
    answers = [client.read(link, range=f"bytes={first}-") for first in (len(body) - 1, len(body))]
    assert [(answer.status, len(answer.body)) for answer in answers[:1]] == [(206, 1)]
    assert answers[1].status == 416


@pytest.mark.assumed
def test_the_parts_make_the_whole(file: File) -> None:
    client, link, body = file
    starts = range(0, len(body), 1000)
    assert b"".join(client.read(link, range=f"bytes={start}-{start + 999}").body for start in starts) == body


@pytest.mark.assumed
def test_head_returns_everything_but_the_bytes(file: File) -> None:
    client, link, body = file
    whole, head = client.read(link), client.ask("HEAD", link)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(body)))
    assert head.headers.items() == whole.headers.items()


@pytest.mark.assumed
def test_head_ignores_a_range(file: File) -> None:
    client, link, _ = file
    assert client.ask("HEAD", link, headers={"Range": "bytes=0-5"}).status == 200


@pytest.mark.assumed
@pytest.mark.parametrize("written", ["{}", '"other", {}', "W/{}", "*", " * "])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_file_that_the_client_has_is_not_sent_again(file: File, method: str, written: str) -> None:
    client, link, _ = file
    etag = client.read(link).headers["etag"]
    answer = client.ask(method, link, headers={"If-None-Match": written.format(etag)})
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", etag)
    assert client.read(link).status == 200


@pytest.mark.assumed
@pytest.mark.parametrize("written", ['"other"', "", "nonsense"])
def test_a_file_that_the_client_lacks_is_sent(file: File, written: str) -> None:
    client, link, body = file
    assert client.read(link, if_none_match=written).body == body


@pytest.mark.assumed
def test_a_part_is_sent_only_for_the_current_tag(file: File) -> None:
    client, link, body = file
    etag = client.read(link).headers["etag"]
    known = client.read(link, range="bytes=0-4", if_range=etag)
    other = client.read(link, range="bytes=0-4", if_range='"other"')
    dated = client.read(link, range="bytes=0-4", if_range="Sun, 07 Jun 2026 12:00:00 GMT")
    assert [(answer.status, answer.body) for answer in (known, other, dated)] == [
        (206, body[:5]),
        (200, body),
        (200, body),
    ]


@pytest.mark.assumed
def test_each_output_has_a_tag_of_its_own(api: Start) -> None:
    you = api(Scenario(generations=(Life(then=(Step(status="completed", outputs=2),)),))).login()
    links = [link for _ in range(2) for link in you.create().json["outputs"]]
    assert len({you.read(link).headers["etag"] for link in links}) == 4
