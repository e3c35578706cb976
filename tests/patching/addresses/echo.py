"""An application that echoes its requests, and the function that makes an interception to it."""

from typing import Protocol

from starlette.types import Receive, Scope, Send

from mockserver.patching.addresses.interception import Interception


class Intercept(Protocol):
    """Make an interception that leads to the server."""

    def __call__(self, host: str = ..., *, block: bool = False, allow: tuple[str, ...] = ()) -> Interception: ...


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the scheme, the host and the path of the request."""
    host = dict(scope["headers"])[b"host"]
    body = b"%s://%s%s" % (scope["scheme"].encode(), host, scope["path"].encode())
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})
