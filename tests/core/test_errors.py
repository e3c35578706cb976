import pytest

from mockserver.core import errors
from mockserver.core.errors import ApiError, Flaw, Invalid, MethodNotAllowed, NotFound, Unauthorized

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ApiError)]


@pytest.mark.documented
@pytest.mark.parametrize(
    ("kind", "status"),
    [(Invalid, 400), (Unauthorized, 401), (errors.InsufficientCredits, 402), (NotFound, 404)],
)
def test_an_error_has_the_status_of_the_reference(kind: type[ApiError], status: int) -> None:
    assert kind.status == status


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in (ApiError, MethodNotAllowed)])
def test_an_error_without_a_sentence_says_its_phrase(kind: type[ApiError]) -> None:
    assert kind().detail == kind.phrase == str(kind())
    assert kind.phrase


def test_every_error_of_the_module_is_listed_once() -> None:
    assert sorted(errors.ERRORS, key=KINDS.index) == [kind for kind in KINDS if kind is not ApiError]


def test_no_two_errors_share_a_status() -> None:
    statuses = [kind.status for kind in KINDS if kind is not ApiError]
    assert sorted(statuses) == [400, 401, 402, 403, 404, 405, 413, 415, 431, 503]


def test_a_sentence_replaces_the_phrase_and_a_hint_stands_beside_it() -> None:
    error = NotFound("Generation not found", hint="`visible_after` hides it still")
    assert (error.detail, error.hint) == ("Generation not found", "`visible_after` hides it still")


@pytest.mark.parametrize(
    ("flaws", "detail"),
    [
        ((), "Bad request"),
        ((Flaw("", "expected JSON"),), "expected JSON"),
        ((Flaw("prompt", "expected text"),), "prompt: expected text"),
        (
            (Flaw("page", "expected a number", "query"), Flaw("prompt", "missing", missing=True)),
            "page: expected a number; prompt: missing",
        ),
    ],
)
def test_an_invalid_request_names_each_field(flaws: tuple[Flaw, ...], detail: str) -> None:
    error = Invalid(*flaws)
    assert (error.detail, error.flaws) == (detail, flaws)


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (NotFound(), ()),
        (Unauthorized(), (("www-authenticate", "Bearer"),)),
        (MethodNotAllowed(("GET", "HEAD", "DELETE")), (("allow", "GET, HEAD, DELETE"),)),
    ],
)
def test_an_error_brings_the_headers_that_belong_to_it(error: ApiError, headers: tuple[tuple[str, str], ...]) -> None:
    assert error.headers == headers
