"""The files behind `outputs`: signed links, whole or in parts."""

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from msgspec.json import encode

from mockserver import media as made
from mockserver.core.errors import Flaw, Forbidden, Invalid, NotFound
from mockserver.core.generation import Generation, GenerationType
from mockserver.core.operation import Operation
from mockserver.core.scenario import ApiSettings
from mockserver.http.api.answers import Answer
from mockserver.http.api.request import ApiEndpoint, ApiRequest, Beforehand
from mockserver.http.api.views import Detail, output_key
from mockserver.http.endpoints import TEXT, Parameter
from mockserver.world.file_cache import FileCache

_NAME: Final = re.compile(r"([0-9]{1,3})\.([a-z0-9]{1,5})")
_NOT_THERE: Final = encode(Detail("No byte of the file is in this range"))
_RANGE: Final = re.compile(r"bytes=([0-9]{0,12})-([0-9]{0,12})")


def media(request: ApiRequest) -> Answer:
    """Send an output, or the part of it that was asked for."""
    if request.world.scenario.media.reject_authorization and request.sent.header(b"authorization") is not None:
        flaw = Flaw("authorization", "expected none: a link is signed, and credentials are not for this host")
        raise Invalid(flaw, hint="set by `media: {reject_authorization: true}`")
    key, kind, make = _file(request)
    body = request.world.file_cache.take(key, make)
    return _part(request, body, kind.content_type.encode(), b'"%x-%s"' % (key, kind.extension.encode()))


def beforehand(request: ApiRequest) -> Beforehand | None:
    """Make the file in a thread, unless it is in the cache or will be refused."""
    cache = request.world.file_cache
    key, _, make = _file(request)
    return None if key in cache else Beforehand(make, lambda file: _keep(cache, key, file))


def _keep(cache: FileCache, key: int, file: object) -> None:
    if isinstance(file, bytes):
        cache.take(key, lambda: file)


def _file(request: ApiRequest) -> tuple[int, made.Kind, Callable[[], bytes]]:
    """Return the number and the kind of the file that a good link names, and the function that makes it."""
    parameters = request.sent.query
    generation, index, kind = _output(request)
    path = f"/w/{request.world.name}/media/{generation.id}/{index}.{kind.extension}"
    if "signature" not in parameters:
        raise Forbidden("Missing signature")
    request.world.links.require(path, parameters.get("expires"), parameters["signature"])
    key, order = output_key(request.world, generation, index), generation.order
    return key, kind, partial(made.render, order.generation_type, order.settings or {}, order.prompt, key)


def query(_: ApiSettings) -> tuple[Parameter, ...]:
    """Declare the parameters that `media` reads."""
    return (
        Parameter("signature", None, TEXT, required=True),
        Parameter("expires", "In a link that expires.", TEXT),
    )


def _output(request: ApiRequest) -> tuple[Generation, int, made.Kind]:
    generation, name = request.subject, _NAME.fullmatch(request.ids["name"])
    if (
        generation is None
        or name is None
        or generation.deleted
        or generation.order.generation_type is GenerationType.TEXT
    ):
        raise NotFound
    kind = made.kind(generation.order.generation_type, generation.order.settings or {})
    if kind.extension != name[2] or str(int(name[1])) != name[1]:
        raise NotFound
    return generation, int(name[1]), kind


def _part(request: ApiRequest, body: bytes, content_type: bytes, etag: bytes) -> Answer:
    sent, headers = request.sent, ((b"etag", etag), (b"accept-ranges", b"bytes"))
    known = sent.header(b"if-none-match") or ""
    if etag.decode() in known or known.strip() == "*":
        return Answer(304, b"", headers=headers)
    unchanged = sent.header(b"if-range") in (None, etag.decode())
    bounds = _bounds(sent.header(b"range") or "", len(body)) if unchanged and sent.method == "GET" else None
    if bounds is None:
        return Answer(200, body, content_type, headers)
    first, last = bounds
    if first > last:
        size = (b"content-range", b"bytes */%d" % len(body))
        return Answer(416, _NOT_THERE, headers=(*headers, size))
    part = (b"content-range", b"bytes %d-%d/%d" % (first, last, len(body)))
    return Answer(206, body[first : last + 1], content_type, (*headers, part))


def _bounds(text: str, size: int) -> tuple[int, int] | None:
    """Return the first and last byte of a range; the last is before the first where no byte is in it.

    None where the header names no range or several, or one that is malformed: it then does not count (RFC 9110, 14.2).
    """
    match = _RANGE.fullmatch(text)
    first, last = match.groups() if match else ("", "")
    if not first:
        return (max(size - int(last), 0) if int(last) else size, size - 1) if last else None
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last or size), size - 1)


_MEDIA: Final = partial(
    ApiEndpoint,
    operation=Operation.MEDIA,
    answer=media,
    beforehand=beforehand,
    query=query,
    summary="Fetch the file behind a link of `outputs`",
    source="The reference says that outputs are media URLs; what stands behind them is assumed.",
)
MEDIA: Final = partial(_MEDIA, errors=(400, 403, 404, 416))
MEDIA_HEAD: Final = partial(_MEDIA, errors=(400, 403, 404))
