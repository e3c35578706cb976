"""The end of a request's body is found wherever the bytes are cut, at the same place where h11 finds it."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.serve.body import Body, Chunks, Length
from mockserver.serve.head import Refused


def taken(body: Body, data: bytes, cuts: list[int]) -> int:
    """The bytes of `data` that belong to a body, when they come in these pieces."""
    total, edges = 0, sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    for edge in edges:
        piece = data[total:edge]
        place = 0
        while place < len(piece) and not body.complete:
            place = body.take(piece, place)
        total += place
        if body.complete:
            break
    return total


@given(st.binary(max_size=40), st.integers(0, 30), st.lists(st.integers(0, 40)))
def test_a_body_of_a_known_length_ends_there(data: bytes, size: int, cuts: list[int]) -> None:
    body = Length(size)
    assert taken(body, data, cuts) == min(size, len(data))
    assert body.complete is (size <= len(data))


CHUNK = st.builds(
    lambda data, ending: b"%x%s\r\n%s\r\n" % (len(data), ending, data),
    st.binary(min_size=1, max_size=20),
    st.sampled_from([b"", b" ", b";a=b", b' ;a="\x80"']),
)
TRAILERS = st.lists(st.sampled_from([b"A: b\r\n", b"Content-Length: 9\r\n", b"X:\r\n"]), max_size=3)


@given(st.lists(CHUNK, max_size=6), TRAILERS, st.binary(max_size=20), st.lists(st.integers(0, 200)))
def test_a_chunked_body_ends_after_its_trailers(
    chunks: list[bytes], trailers: list[bytes], rest: bytes, cuts: list[int]
) -> None:
    whole = b"".join(chunks) + b"0\r\n" + b"".join(trailers) + b"\r\n"
    body = Chunks()
    assert taken(body, whole + rest, cuts) == len(whole)
    assert body.complete


def end_by_h11(data: bytes) -> int | None:
    """The end of a chunked body as h11 finds it; None if h11 finds no end or refuses the body."""
    parser = h11.Connection(h11.SERVER)
    parser.receive_data(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + data)
    try:
        while not isinstance(event := parser.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                return None
    except h11.RemoteProtocolError:
        return None
    return len(data) - len(parser.trailing_data[0])


PIECES = st.sampled_from(
    [b"0\r\n", b"\r\n", b"3\r\nabc\r\n", b"3\r\n", b"abc", b"a", b"\n", b"\r", b"A: b\r\n", b";x", b" ", b"g"]
)


@given(st.lists(PIECES, max_size=8).map(b"".join), st.lists(st.integers(0, 60)))
def test_an_accepted_body_ends_where_another_parser_finds_its_end(data: bytes, cuts: list[int]) -> None:
    body = Chunks()
    try:
        end = taken(body, data, cuts)
    except Refused:
        return
    if body.complete:
        assert end == end_by_h11(data)


@pytest.mark.parametrize(
    "data",
    [
        b"x\r\n",
        b"-1\r\n",
        b"0x1\r\n",
        b"\r\n",
        b"1" * 17 + b"\r\n",
        b"3\nabc\r\n",
        b"3\r\nabcd\r\n",
        b"3\r\nabc\n",
        b"3\r\nabc\rx",
        b"0\r\nA b\r\n",
        b"0\r\n: b\r\n",
        b"0\r\nA: b\n",
        b"0\r\nA: \0\r\n",
        b"1;" + b"a" * 4096,
        b"0\r\n" + b"A: %s\r\n" % (b"b" * 4000) * 9,
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_malformed_chunked_body_is_refused(data: bytes, at_once: bool) -> None:
    with pytest.raises(Refused) as refused:
        taken(Chunks(), data, [] if at_once else list(range(len(data))))
    assert refused.value.status == 400
    assert str(refused.value).isprintable()


def test_very_many_chunks_are_not_read_at_once() -> None:
    body, data = Chunks(), b"1\r\na\r\n" * 100_000
    assert 0 < body.take(data, 0) < 2000
