import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from mockserver.core.errors import NotFound
from mockserver.core.operation import Operation
from mockserver.core.verdict import Cause, Verdict, Verdicts
from mockserver.world.counts import MOST
from mockserver.world.journal import KEPT, Exchange, Explanation, Found, Journal, Query, Real, recorded

PLAIN = Exchange(
    number=1,
    at=0,
    operation=Operation.STATUS,
    method="GET",
    target=b"/api/v1/generations/1842/status",
    headers=((b"host", b"127.0.0.1"),),
    body=b"",
    body_size=0,
    status=200,
    answer_headers=((b"content-type", b"application/json"),),
    answer=b'{"id":1842,"status":"pending","progress":0}',
    answer_size=43,
    real=Real(),
)


def exchange(number: int, size: int = 0, status: int = 200) -> Exchange:
    return structs.replace(PLAIN, number=number, body=b"x" * size, status=status)


def kept(journal: Journal) -> list[int]:
    return [each.number for each in journal.exchanges()]


def test_numbers_count_from_one_in_any_record() -> None:
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
    journal = Journal(size=PLAIN.weight * 3)
    for number in range(1, 6):
        journal.record(exchange(number))
    assert kept(journal) == [3, 4, 5]
    journal.record(exchange(6, size=1))
    assert kept(journal) == [5, 6]


@given(st.lists(st.integers(0, 3000)), st.integers(1, 8), st.integers(0, 8000))
def test_a_journal_keeps_only_the_newest_exchanges_that_fit(sizes: list[int], entries: int, size: int) -> None:
    journal = Journal(entries, size)
    written = [exchange(number, of) for number, of in enumerate(sizes)]
    for each in written:
        journal.record(each)
        assert sum(one.weight for one in journal.exchanges()) <= size
    fitting = [
        i for i in range(len(written) + 1) if sum(e.weight for e in written[i:]) <= size and len(written) - i <= entries
    ]
    # An exchange too big for the whole journal empties it.
    fresh = max((i + 1 for i, each in enumerate(written) if each.weight > size), default=0)
    assert kept(journal) == list(range(max(fitting[0], fresh), len(written)))


@pytest.mark.parametrize("part", ["target", "body", "answer", "headers", "answer_headers"])
def test_every_part_that_a_client_can_make_big_counts(part: str) -> None:
    big: object = ((b"x-filler", b"x" * 9992),) if part.endswith("headers") else b"x" * 10_000
    assert structs.replace(PLAIN, **{part: big}).weight > 10_000


def test_counts_outlive_evicted_exchanges() -> None:
    journal = Journal(entries=1)
    for number in range(5):
        journal.record(exchange(number, status=404 if number == 4 else 200))
    assert journal.counts.statuses() == {200: 4, 404: 1}
    assert (journal.total, journal.evicted, len(journal)) == (5, 4, 1)


class Told(Verdicts):
    """Verdicts that belong to no rule and take some room."""

    @property
    def size(self) -> int:
        return 100_000

    def __len__(self) -> int:
        return 0

    def _verdict(self, i: int) -> Verdict:
        raise IndexError(i)


@pytest.mark.parametrize("part", ["limits", "faults", "generations"])
def test_verdicts_on_rules_count(part: str) -> None:
    assert structs.replace(PLAIN, explanation=Explanation(**{part: Told()})).weight > 100_000


# Removed secrets


def test_a_body_without_a_secret_is_recorded_unchanged() -> None:
    assert recorded(PLAIN) is PLAIN
    kept = structs.replace(PLAIN, target=b"/a?page=1", body=b'{"prompt":"A cat"}', rules=RULES)
    assert recorded(kept) == kept


SECRET = b"s3cr-3t_"
RULES = (Cause("faults.1", "x.yaml:3"),)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"target": b"/m/1/0?signature=" + SECRET}, id="a signature"),
        pytest.param({"answer": b'{"outputs":["/m/1/0?signature=' + SECRET + b'"]}'}, id="a signature in an answer"),
        pytest.param({"operation": Operation.LOGIN, "body": b"password=" + SECRET}, id="a login"),
        pytest.param({"operation": Operation.LOGIN, "body": b"password=" + SECRET, "status": 401}, id="a failed login"),
        pytest.param({"operation": Operation.LOGIN, "answer": b'{"access_token":"' + SECRET + b'"}'}, id="a new token"),
        pytest.param({"operation": Operation.LOGIN, "answer": SECRET}, id="a login with an answer that is not JSON"),
        pytest.param({"operation": Operation.SIGNUP, "body": b'{"password":"' + SECRET + b'"}'}, id="a signup"),
        pytest.param({"operation": Operation.SIGNUP, "body": SECRET}, id="a signup that is not JSON"),
        pytest.param({"operation": None, "body": SECRET, "status": 404}, id="a request to an unknown path"),
        pytest.param({"body": b'{"password":"' + SECRET + b'"}'}, id="a password for another operation"),
        pytest.param({"body": b"username=a&password=" + SECRET}, id="a form for another operation"),
        pytest.param({"answer": b'{"access_token":"' + SECRET + b'"}'}, id="a token in any answer"),
        pytest.param(
            {"answer": b'{"password":"' + SECRET + b'"}', "rules": RULES}, id="a password in a scripted answer"
        ),
        pytest.param(
            {"answer": b'{"API_KEY":"' + SECRET + b'"}', "rules": RULES}, id="an API key in a scripted answer"
        ),
        pytest.param(
            {"body": b'{"a":"' + b"a" * (KEPT - 30) + b'","password":"' + SECRET * 9}, id="a secret cut in two"
        ),
    ],
)
def test_no_secret_is_recorded(parts: dict[str, object]) -> None:
    assert SECRET[:4] not in repr(recorded(structs.replace(PLAIN, **parts))).encode()


def test_the_sentence_of_a_failed_login_is_recorded() -> None:
    failed = structs.replace(PLAIN, operation=Operation.LOGIN, status=401, answer=b'{"detail":"no"}')
    assert recorded(failed).answer == b'{"detail":"no"}'


def test_the_beginning_and_the_length_of_a_long_body_are_recorded() -> None:
    long = recorded(structs.replace(PLAIN, body=b"a" * KEPT + b"b", answer=b"c" * KEPT + b"d", answer_size=KEPT + 1))
    assert (long.body, long.answer, long.answer_size) == (b"a" * KEPT, b"c" * KEPT, KEPT + 1)


# Notes on an exchange


def test_a_client_that_has_gone_is_noted_by_number_and_forgotten_with_the_exchange() -> None:
    journal = Journal(entries=2)
    for _ in range(3):
        journal.record(structs.replace(PLAIN, number=journal.number(), real=Real()))
    for number in (1, 3, 99):
        journal.note_gone(number)
    assert [each.real.gone for each in journal.exchanges()] == [False, True]


# Reading a journal


def filled(entries: int, *exchanges: dict[str, object]) -> Journal:
    journal = Journal(entries)
    for parts in exchanges:
        journal.record(structs.replace(PLAIN, number=journal.number(), **parts))
    return journal


def test_an_exchange_is_found_by_its_number() -> None:
    journal = filled(2, {}, {}, {})
    assert [journal.exchange(number).number for number in (2, 3)] == [2, 3]


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (1, "exchange 1 is evicted: a journal keeps the last 2 exchanges, .*; --journal-entries and --journal-bytes"),
        (4, "there is no exchange 4 yet"),
        (0, "there is no exchange 0$"),
    ],
)
def test_an_evicted_exchange_and_a_future_one_have_different_errors(number: int, sentence: str) -> None:
    with pytest.raises(NotFound, match=sentence):
        filled(2, {}, {}, {}).exchange(number)


def test_an_unused_number_is_no_exchange() -> None:
    journal = filled(5, {})
    journal.number()
    with pytest.raises(NotFound, match=r"there is no exchange 2$"):
        journal.exchange(2)


SLOW, LIFE = Cause("slow", "x.yaml:4"), Cause("life", "x.yaml:9")
KINDS: list[dict[str, object]] = [
    {},
    {"operation": Operation.CREATE, "status": 201, "account": "you@example.com", "generation": 1842},
    {"account": "you@example.com", "generation": 1842, "rules": (SLOW, LIFE)},
    {"account": "b@example.com", "generation": 1843, "rules": (LIFE,)},
    {"status": 0, "account": "b@example.com", "rules": RULES},
    {"operation": None, "status": 404},
]
queries = st.fixed_dictionaries(
    {},
    optional={
        "operation": st.sampled_from([Operation.CREATE, Operation.STATUS, Operation.ME, None]),
        "status": st.sampled_from([200, 201, 404, 0, 500]),
        "account": st.sampled_from(["you@example.com", "b@example.com", "c@example.com"]),
        "generation": st.sampled_from([1842, 1843, 1]),
        "rule": st.sampled_from(["slow", "x.yaml:9", "x.yaml:3", "none"]),
        "since": st.integers(0, 12),
        "limit": st.integers(0, 5),
    },
)


def wanted(asked: dict[str, object], kind: dict[str, object]) -> bool:
    """Return whether a search wants an exchange of this kind, computed the slow way."""
    whole = structs.asdict(structs.replace(PLAIN, **kind))
    names = {name for rule in whole["rules"] for name in (rule.name, rule.place)}
    return all(
        value in names if key == "rule" else whole[key] == value
        for key, value in asked.items()
        if key not in ("since", "limit")
    )


@given(st.lists(st.sampled_from(KINDS), max_size=12), queries, st.integers(1, 12))
def test_a_search_finds_all_matches_and_says_when_some_may_be_missing(
    kinds: list[dict[str, object]], asked: dict[str, object], entries: int
) -> None:
    found = filled(entries, *kinds).search(Query(**asked))  # type: ignore[arg-type]
    oldest = max(len(kinds) - entries, 0) + 1
    since, limit = asked.get("since", 0), asked.get("limit", 100)
    assert isinstance(since, int)
    assert isinstance(limit, int)
    numbers = [number for number, kind in enumerate(kinds, start=1) if number > since and wanted(asked, kind)]
    kept = [number for number in numbers if number >= oldest]
    assert [each.number for each in found.exchanges] == kept[:limit]
    assert found.next == (kept[limit - 1] if 0 < limit < len(kept) else None)
    # A complete count covers all exchanges ever; any other count covers the kept ones.
    assert found.count == len(numbers if found.complete else kept)
    if since >= oldest or not asked.keys() & {"account", "generation", "since"}:
        assert found.complete


def test_pages_follow_one_another_without_a_gap() -> None:
    journal, since, numbers = filled(100, *KINDS * 4), 0, list[int]()
    while True:
        found = journal.search(Query(account="you@example.com", since=since, limit=3))
        numbers += [each.number for each in found.exchanges]
        assert found.count == 8 - len(numbers) + len(found.exchanges)
        if found.next is None:
            break
        since = found.next
    assert numbers == [number for number in range(1, 25) if number % 6 in (2, 3)]


def test_a_count_may_be_too_low_where_an_evicted_exchange_may_have_matched() -> None:
    journal = filled(2, *KINDS[1:5])
    assert journal.search(Query(account="b@example.com")) == Found(journal.exchanges(), 2, complete=False, next=None)
    # No create is kept, and one is evicted; no exchange with 404 was ever recorded.
    assert journal.search(Query(account="b@example.com", operation=Operation.CREATE)).complete is False
    assert journal.search(Query(account="b@example.com", status=404)) == Found((), 0, complete=True, next=None)


def test_with_too_many_rules_no_count_is_called_complete() -> None:
    journal = Journal(2)
    for number in range(MOST + 2):
        rules = (Cause(f"rule.{number}", ""),)
        journal.record(structs.replace(PLAIN, number=journal.number(), rules=rules))
    found = journal.search(Query(rule=f"rule.{MOST + 1}"))
    assert (len(found.exchanges), found.count, found.complete) == (1, 1, False)
    assert journal.search(Query(rule="rule.0")).complete is False
    assert journal.search(Query(status=200)).count == MOST + 2
    assert journal.search(Query(status=200)).complete
