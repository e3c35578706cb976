"""From the bytes of a body to its fields, or to everything that is wrong with it."""

import json

import pytest
from msgspec import UNSET

from mockserver.core.errors import Invalid
from mockserver.core.generation import GenerationType
from mockserver.http.api.bodies import LoginForm, OrderBody, SignupBody, read_form, read_json
from mockserver.http.request import DEEPEST, Request

ORDER = {"generation_type": "image", "model_name": "m", "prompt": "p"}


def posted(body: bytes, content_type: str = "application/json") -> Request:
    request = Request({"method": "POST", "path": "/x", "headers": [(b"content-type", content_type.encode())]})
    request.body = body
    return request


def order(**changes: object) -> OrderBody:
    return read_json(posted(json.dumps(ORDER | changes).encode()), OrderBody)


def form(body: bytes) -> LoginForm:
    return read_form(posted(body, "application/x-www-form-urlencoded"), LoginForm)


def nested(levels: int) -> bytes:
    settings = '{"a":' * (levels - 1) + "1" + "}" * (levels - 1)
    return f'{{"generation_type": "image", "model_name": "m", "prompt": "p", "settings": {settings}}}'.encode()


def test_an_absent_field_is_unset() -> None:
    body = order()
    assert (body.generation_type, body.settings, body.project_id) == (GenerationType.IMAGE, UNSET, UNSET)


def test_null_is_not_the_same_as_nothing() -> None:
    assert (order(settings=None).settings, order(project_id=None).project_id) == (None, None)


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"generation_type": "x"}, "generation_type: expected one of image, video, voice, music, infographic, text"),
        ({"generation_type": None}, "generation_type: expected one of image, video, voice, music, infographic, text"),
        ({"prompt": ""}, "prompt: expected at least 1 character"),
        ({"prompt": 1}, "prompt: expected a string, found a number"),
        ({"prompt": True}, "prompt: expected a string, found a boolean"),
        ({"prompt": None}, "prompt: expected a string, found null"),
        ({"prompt": ["p"]}, "prompt: expected a string, found an array"),
        ({"model_name": {}}, "model_name: expected a string, found an object"),
        ({"settings": 1.5}, "settings: expected an object or null, found a number"),
        ({"settings": "16:9"}, "settings: expected an object or null, found a string"),
        ({"model_name": 1, "prompt": 2}, "model_name: expected a string, found a number; prompt: expected a string, "),
    ],
)
def test_each_flaw_is_said_in_words(changes: dict[str, object], detail: str) -> None:
    with pytest.raises(Invalid) as refused:
        order(**changes)
    assert refused.value.detail.startswith(detail)


@pytest.mark.parametrize("value", [1.5, 1e300, True, [], {}])
def test_a_project_is_a_text_or_a_whole_number(value: object) -> None:
    with pytest.raises(Invalid) as refused:
        order(project_id=value)
    assert refused.value.detail.startswith("project_id: expected ")


@pytest.mark.parametrize(("length", "fits"), [(1, True), (200, True), (201, False), (0, False)])
def test_the_bounds_of_a_text_are_exact(length: int, fits: bool) -> None:
    body = posted(json.dumps({"email": "a@b.c", "password": "x" * length}).encode())
    if fits:
        assert len(read_json(body, SignupBody).password) == length
    else:
        with pytest.raises(Invalid, match="password: expected at"):
            read_json(body, SignupBody)


def test_json_is_read_to_its_deepest_level() -> None:
    assert read_json(posted(nested(DEEPEST)), OrderBody).prompt == "p"
    with pytest.raises(Invalid, match="at most 64 levels"):
        read_json(posted(nested(DEEPEST + 1)), OrderBody)


@pytest.mark.parametrize("prompt", ["[" * 1000, '"' + "{" * 1000, "\\" + "[" * 1000, '\\"' * 500 + "[" * 100])
def test_brackets_in_a_string_are_no_levels(prompt: str) -> None:
    assert order(prompt=prompt).prompt == prompt


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "username: missing; password: missing"),
        (b"username=a", "password: missing"),
        (b"username=&password=b", "username: expected at least 1 character"),
        (b"username=a&password=b&password=c", "password: given more than once"),
        (b"username=%ff&password=b", "expected a URL-encoded form of at most 100 fields and 10,000 escapes in UTF-8"),
        (
            b"username=\xc3\xa9&password=b",
            "expected a URL-encoded form of at most 100 fields and 10,000 escapes in UTF-8",
        ),
        (
            b"&".join(b"a%d=" % i for i in range(101)),
            "expected a URL-encoded form of at most 100 fields and 10,000 escapes in UTF-8",
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_form_names_its_flaws(body: bytes, detail: str) -> None:
    with pytest.raises(Invalid) as refused:
        form(body)
    assert refused.value.detail == detail


@pytest.mark.parametrize(
    ("body", "username"),
    [
        (b"username=you%40example.com&password=p", "you@example.com"),
        (b"username=you@example.com&password=p", "you@example.com"),
        (b"username=a+b&password=p&x=1", "a b"),
        (b"username=%C3%A9&password=p", "é"),
        (b"username=%zz&password=p", "%zz"),
    ],
)
def test_a_form_is_decoded(body: bytes, username: str) -> None:
    assert form(body) == LoginForm(username=username, password="p")


@pytest.mark.parametrize("found", ["", "text/json", "application/json-patch", "multipart/form-data"])
def test_the_content_type_is_named_where_it_is_wrong(found: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_json(posted(b"{}", found), OrderBody)
    assert refused.value.detail == f"content-type: expected application/json, found {found or 'none'}"
