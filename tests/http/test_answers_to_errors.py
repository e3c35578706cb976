"""From an error to its answer."""

import json

import pytest

from mockserver.core.errors import (
    ApiError,
    Flaw,
    Forbidden,
    InsufficientCredits,
    Invalid,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from mockserver.core.scenario import ApiSettings
from mockserver.http.api.answers import refusal

LIKE_FASTAPI = ApiSettings(validation="fastapi-422")
MISSING = Flaw("prompt", "missing", missing=True)
WRONG = Flaw("page", "expected a whole number", "query")


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (Invalid(MISSING), 400, "prompt: missing"),
        (Invalid(MISSING, WRONG), 400, "prompt: missing; page: expected a whole number"),
        (Invalid(Flaw("", "expected a JSON object")), 400, "expected a JSON object"),
        (Unauthorized(), 401, "Missing or invalid bearer token"),
        (InsufficientCredits(), 402, "Insufficient credits"),
        (Forbidden("Link expired"), 403, "Link expired"),
        (NotFound(), 404, "Not found"),
        (MethodNotAllowed(("GET",)), 405, "Method not allowed"),
        (TooLarge(), 413, "Request body too large"),
        (Unavailable("“full”"), 503, "“full”"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, ApiError) else None,
)
@pytest.mark.parametrize("settings", [ApiSettings(), LIKE_FASTAPI], ids=["documented", "fastapi-422"])
def test_an_error_is_one_sentence_with_its_status(
    error: ApiError, status: int, detail: str, settings: ApiSettings
) -> None:
    answer = refusal(error, settings)
    listed = isinstance(error, Invalid) and settings is LIKE_FASTAPI
    assert answer.status == (422 if listed else status)
    assert listed or json.loads(answer.body) == {"detail": detail}
    assert answer.content_type == b"application/json"


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (Unauthorized(), ((b"www-authenticate", b"Bearer"),)),
        (MethodNotAllowed(("POST", "GET")), ((b"allow", b"POST, GET"),)),
        (NotFound(), ()),
    ],
)
def test_some_errors_bring_headers(error: ApiError, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    assert refusal(error, ApiSettings()).headers == headers


def test_a_hint_is_kept_out_of_the_body() -> None:
    answer = refusal(NotFound(hint="declare it"), ApiSettings())
    assert (answer.hint, json.loads(answer.body)) == ("declare it", {"detail": "Not found"})


@pytest.mark.parametrize(
    ("flaw", "item"),
    [
        (MISSING, {"type": "missing", "loc": ["body", "prompt"], "msg": "Field required", "input": None}),
        (WRONG, {"type": "value_error", "loc": ["query", "page"], "msg": "expected a whole number", "input": None}),
        (Flaw("", "no JSON"), {"type": "value_error", "loc": ["body"], "msg": "no JSON", "input": None}),
    ],
    ids=["missing", "wrong", "the whole"],
)
def test_a_flaw_can_be_an_item_as_of_fastapi(flaw: Flaw, item: dict[str, object]) -> None:
    assert json.loads(refusal(Invalid(flaw), LIKE_FASTAPI).body) == {"detail": [item]}
