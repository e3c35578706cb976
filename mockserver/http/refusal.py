"""The one place where an error becomes an answer."""

from msgspec.json import encode

from mockserver.core.errors import ApiError, Flaw, Invalid
from mockserver.core.scenario import ApiSettings
from mockserver.http.call import Answer


def refusal(error: ApiError, settings: ApiSettings) -> Answer:
    """Return the answer that tells a client of an error: `{"detail": …}` with the headers that belong to it."""
    headers = tuple((name.encode(), value.encode()) for name, value in error.headers)
    if isinstance(error, Invalid) and settings.validation == "fastapi-422":
        return Answer(422, encode({"detail": [_item(flaw) for flaw in error.flaws]}), headers=headers, hint=error.hint)
    return Answer(error.status, encode({"detail": error.detail}), headers=headers, hint=error.hint)


def _item(flaw: Flaw) -> dict[str, object]:
    """Return a flaw as FastAPI lists it. Assumed: the reference says 400 and text, failing clients met this."""
    return {
        "type": "missing" if flaw.missing else "value_error",
        "loc": [flaw.source, flaw.field] if flaw.field else [flaw.source],
        "msg": "Field required" if flaw.missing else flaw.sentence,
        "input": None,
    }
