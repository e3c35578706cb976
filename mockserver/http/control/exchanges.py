"""One exchange as JSON: the request and the answer as the journal keeps them, and the rules behind the answer."""

import base64
from collections.abc import Sequence
from contextlib import suppress

from msgspec import UNSET, Struct, UnsetType

from mockserver.core.instant import iso
from mockserver.core.redaction import Headers
from mockserver.core.verdict import Cause
from mockserver.world.journal import Exchange


class RuleName(Struct, frozen=True):
    """A rule by its name and its place."""

    name: str
    place: str


class RequestView(Struct, frozen=True, kw_only=True):
    """A request as it was sent.

    `body` is the recorded part of its body, in `base64` if it is no text. `size` is the number of all its bytes.
    """

    method: str
    target: str
    headers: dict[str, str]
    body: str | UnsetType = UNSET
    base64: str | UnsetType = UNSET
    size: int


class AnswerView(Struct, frozen=True, kw_only=True):
    """An answer as it was sent. The body is given like that of a request. `status` is null if there was no answer."""

    status: int | None
    headers: dict[str, str]
    body: str | UnsetType = UNSET
    base64: str | UnsetType = UNSET
    size: int


class RealView(Struct, frozen=True):
    """The parts that differ from run to run: the real instant, the client's address, whether it disconnected early."""

    at: str
    client: str | None
    gone: bool


class ExchangeView(Struct, frozen=True):
    """One exchange. `rules` are the rules that acted on it, in order."""

    number: int
    at: str
    operation: str | None
    account: str | None
    generation: int | None
    rules: list[RuleName]
    request: RequestView
    answer: AnswerView
    real: RealView


def exchange_view(exchange: Exchange) -> ExchangeView:
    """Return the view of an exchange."""
    real = exchange.real
    client = None if real.client is None else f"{real.client[0]}:{real.client[1]}"
    return ExchangeView(
        exchange.number,
        iso(exchange.at),
        exchange.operation,
        exchange.account,
        exchange.generation,
        rule_names(exchange.rules),
        RequestView(
            method=exchange.method,
            target=exchange.target.decode("latin-1"),
            headers=_headers(exchange.headers),
            size=exchange.body_size,
            **_body(exchange.body, exchange.body_size),
        ),
        AnswerView(
            status=exchange.status or None,
            headers=_headers(exchange.answer_headers),
            size=exchange.answer_size,
            **_body(exchange.answer, exchange.answer_size),
        ),
        RealView(iso(real.at), client, real.gone),
    )


def rule_names(rules: Sequence[Cause]) -> list[RuleName]:
    """Return the view of the rules that had a hand in an answer."""
    return [RuleName(rule.name, rule.place) for rule in rules]


def _headers(headers: Headers) -> dict[str, str]:
    """Return headers by name. The values of a repeated header are joined, as RFC 9110 allows."""
    values: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        values[key] = f"{values[key]}, {text}" if key in values else text
    return values


def _body(kept: bytes, size: int) -> dict[str, str]:
    """Return a body as text, or in base64 if it is no text. A shortened body may end within a character."""
    spare = 4 if len(kept) < size else 1
    for end in range(len(kept), max(len(kept) - spare, -1), -1):
        with suppress(UnicodeDecodeError):
            return {"body": kept[:end].decode()}
    return {"base64": base64.b64encode(kept).decode()}
