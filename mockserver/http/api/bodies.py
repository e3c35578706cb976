"""Request bodies: each is declared once, and read field by field, so that one answer names everything wrong."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Annotated, Final, TypeVar

from msgspec import NODEFAULT, UNSET, Meta, Struct, UnsetType, ValidationError, convert
from msgspec.structs import FieldInfo, fields

from mockserver.core.errors import Flaw, Invalid
from mockserver.core.generation import GenerationType
from mockserver.http.request import FORM, Request, once

# The rule of `require_email` for readers of the document. Spaces are spelled out, as tools differ about white space.
_SPACE: Final = r"\u0000- \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_ADDRESS: Final[dict[str, object]] = {
    "pattern": rf"^[^@{_SPACE}]{{1,64}}@[^@.{_SPACE}]+([.][^@.{_SPACE}]+)+$",
    "maxLength": 254,
}

Required = Annotated[str, Meta(min_length=1)]
Email = Annotated[str, Meta(min_length=1, extra_json_schema=_ADDRESS)]
Short = Annotated[str, Meta(min_length=1, max_length=200)]


class SignupBody(Struct, frozen=True, kw_only=True):
    """What opens an account. Assumed: the reference names the route only."""

    email: Email
    password: Short
    full_name: Short | None = None


class LoginForm(Struct, frozen=True, kw_only=True):
    """The OAuth2 password flow's form. Source: API reference, "Authentication"."""

    username: Required
    password: Required


class ForgottenBody(Struct, frozen=True, kw_only=True):
    """Whose password is forgotten. Assumed: the reference names the route only."""

    email: Email


class OrderBody(Struct, frozen=True, kw_only=True):
    """What is to be generated. Source: API reference, "Create a generation"; `project_id`'s type is assumed."""

    generation_type: GenerationType
    model_name: Required
    prompt: Required
    settings: dict[str, object] | UnsetType | None = UNSET
    project_id: str | int | UnsetType | None = UNSET


Body = TypeVar("Body", bound=Struct)


def read_json(request: Request, body: type[Body]) -> Body:
    """Return the JSON body of a request as one of the structs above; Invalid names every field that is wrong."""
    _require_type(request, "application/json")
    return _read(request.document, body)


def read_form(request: Request, body: type[Body]) -> Body:
    """Return the form of a request as one of the structs above; Invalid names every field that is wrong."""
    _require_type(request, FORM)
    return _read(once(request.form, "body"), body)


def _require_type(request: Request, expected: str) -> None:
    if b"content-type" in request.head.repeated:
        raise Invalid(Flaw("content-type", "given more than once"), hint="send one Content-Type; which counts is open")
    if request.media_type != expected:
        raise Invalid(Flaw("content-type", f"expected {expected}, found {request.media_type or 'none'}"))


def _read(values: Mapping[str, object], body: type[Body]) -> Body:
    known = _fields(body)
    try:
        return convert({field.name: values[field.name] for field in known if field.name in values}, body)
    except ValidationError as error:
        raise Invalid(*(flaw for field in known for flaw in _flaws(field, values))) from error


# Looked up once a type: that takes a third of the time of a create.
_fields: Final = cache(fields)


def _flaws(field: FieldInfo, values: Mapping[str, object]) -> Iterator[Flaw]:
    if field.name not in values:
        if field.default is NODEFAULT:
            yield Flaw(field.name, "missing", missing=True)
        return
    try:
        convert(values[field.name], field.type)
    except ValidationError as error:
        yield Flaw(field.name, _sentence(field, error))


_EXPECTED: Final = {"str": "a string", "int": "a whole number", "object": "an object", "null": "null"}
_FOUND: Final = {**_EXPECTED, "int": "a number", "float": "a number", "bool": "a boolean", "array": "an array"}
_BOUNDS: Final = {">=": "at least", "<=": "at most"}


def _sentence(field: FieldInfo, error: ValidationError) -> str:
    """Return a sentence in the API's words for msgspec's "Expected `str | null`, got `int`" or "… of length >= 1"."""
    if isinstance(field.type, type) and issubclass(field.type, StrEnum):
        return f"expected one of {', '.join(field.type)}"
    expected, _, found = str(error).removeprefix("Expected ").partition(", got ")
    types, _, length = expected.partition(" of length ")
    if length:
        sign, _, count = length.partition(" ")
        return f"expected {_BOUNDS[sign]} {count} {'character' if count == '1' else 'characters'}"
    *most, last = (_EXPECTED[word] for word in types.strip("`").split(" | "))
    listed = f"{', '.join(most)} or {last}" if most else last
    return f"expected {listed}, found {_FOUND[found.strip('`')]}"
