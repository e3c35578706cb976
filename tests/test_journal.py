import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from mockserver.core.operation import Operation
from mockserver.journal import KEPT, Exchange, Headers, Journal, harmless, recorded

PLAIN = Exchange(
    number=1,
    at=0,
    operation=Operation.STATUS,
    method="GET",
    target=b"/api/v1/generations/1842/status",
    headers=((b"host", b"127.0.0.1"),),
    body=b"",
    status=200,
    answer_headers=((b"content-type", b"application/json"),),
    answer=b'{"id":1842,"status":"pending","progress":0}',
)


def exchange(number: int, size: int = 0, status: int = 200) -> Exchange:
    return structs.replace(PLAIN, number=number, body=b"x" * size, status=status)


def kept(journal: Journal) -> list[int]:
    return [each.number for each in journal.exchanges()]


def test_numbers_count_from_one_whatever_is_recorded() -> None:
    journal = Journal()
    assert [journal.number() for _ in range(3)] == [1, 2, 3]
    journal.record(PLAIN)
    assert journal.number() == 4


def test_the_oldest_exchanges_are_forgotten_when_there_are_too_many() -> None:
    journal = Journal(entries=3)
    for number in range(1, 6):
        journal.record(exchange(number))
    assert kept(journal) == [3, 4, 5]
    assert len(journal) == 3


def test_the_oldest_exchanges_are_forgotten_when_they_are_too_big() -> None:
    journal = Journal(size=PLAIN.size * 3)
    for number in range(1, 6):
        journal.record(exchange(number))
    assert kept(journal) == [3, 4, 5]
    journal.record(exchange(6, size=1))
    assert kept(journal) == [5, 6]


@given(st.lists(st.integers(0, 3000)), st.integers(1, 8), st.integers(0, 8000))
def test_a_journal_keeps_the_newest_that_fit_and_nothing_else(sizes: list[int], entries: int, size: int) -> None:
    journal = Journal(entries, size)
    written = [exchange(number, of) for number, of in enumerate(sizes)]
    for each in written:
        journal.record(each)
        assert sum(one.size for one in journal.exchanges()) <= size
    fitting = [
        i for i in range(len(written) + 1) if sum(e.size for e in written[i:]) <= size and len(written) - i <= entries
    ]
    # An exchange too big for the whole journal empties it.
    fresh = max((i + 1 for i, each in enumerate(written) if each.size > size), default=0)
    assert kept(journal) == list(range(max(fitting[0], fresh), len(written)))


@pytest.mark.parametrize("part", ["target", "body", "answer", "headers", "answer_headers"])
def test_every_part_that_a_client_can_make_big_counts(part: str) -> None:
    big: object = ((b"x-filler", b"x" * 9992),) if part.endswith("headers") else b"x" * 10_000
    assert structs.replace(PLAIN, **{part: big}).size > 10_000


def test_counts_outlive_what_is_forgotten() -> None:
    journal = Journal(entries=1)
    for number in range(5):
        journal.record(exchange(number, status=404 if number == 4 else 200))
    assert journal.counts == {(Operation.STATUS, 200): 4, (Operation.STATUS, 404): 1}


def test_what_carries_no_secret_is_recorded_as_it_was() -> None:
    assert recorded(PLAIN) == PLAIN


SECRET = b"s3cr-3t_"


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"target": b"/m/1/0?signature=" + SECRET}, id="a signature"),
        pytest.param({"target": b"/m/1/0?signature=%41" + SECRET}, id="a signature with an escape at its beginning"),
        pytest.param({"target": b"/m/1/0?signature=A%2D" + SECRET}, id="a signature with an escape within"),
        pytest.param(
            {"answer": b'{"outputs":["/m/1/0?expires=9&signature=' + SECRET + b'"]}'}, id="a signature in an answer"
        ),
        pytest.param({"operation": Operation.LOGIN, "body": b"password=" + SECRET}, id="a login"),
        pytest.param({"operation": Operation.LOGIN, "body": b"password=" + SECRET, "status": 401}, id="a failed login"),
        pytest.param({"operation": Operation.LOGIN, "answer": b'{"access_token":"' + SECRET + b'"}'}, id="a new token"),
        pytest.param({"operation": Operation.SIGNUP, "body": b'{"password":"' + SECRET + b'"}'}, id="a signup"),
        pytest.param(
            {"operation": None, "body": b"password=" + SECRET, "status": 404}, id="a login that missed its path"
        ),
    ],
)
def test_no_secret_is_recorded(parts: dict[str, object]) -> None:
    assert SECRET not in repr(recorded(structs.replace(PLAIN, **parts))).encode()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(((b"authorization", b"Bearer " + SECRET),), id="a token or an API key"),
        pytest.param(((b"cookie", b"session=" + SECRET),), id="a cookie"),
        pytest.param(((b"referer", b"http://h/m/1/0?signature=" + SECRET),), id="a link that led here"),
        pytest.param(((b"location", b"/m/1/0?signature=" + SECRET),), id="a link that leads on"),
    ],
)
def test_no_secret_is_in_harmless_headers(headers: Headers) -> None:
    assert SECRET not in repr(harmless(headers)).encode()


def test_what_surrounds_a_signature_is_recorded() -> None:
    signed = structs.replace(
        PLAIN,
        target=b"/m/1/0?signature=abc-_&expires=9",
        answer=b'{"outputs":["/m/1/0?signature=abc-_","/m/1/1?signature=def-_"],"error":null}',
    )
    assert recorded(signed).target == b"/m/1/0?signature=[redacted]&expires=9"
    assert recorded(signed).answer == (
        b'{"outputs":["/m/1/0?signature=[redacted]","/m/1/1?signature=[redacted]"],"error":null}'
    )


def test_the_sentence_of_a_failed_login_is_recorded() -> None:
    failed = structs.replace(PLAIN, operation=Operation.LOGIN, status=401, answer=b'{"detail":"no"}')
    assert recorded(failed).answer == b'{"detail":"no"}'


def test_of_a_long_body_the_beginning_is_recorded() -> None:
    long = recorded(structs.replace(PLAIN, body=b"a" * KEPT + b"b", answer=b"c" * KEPT + b"d"))
    assert (long.body, long.answer) == (b"a" * KEPT, b"c" * KEPT)
