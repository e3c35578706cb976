"""The two peers, each in its own process: `python -m benchmarks.peers starlette` or `… raw`.

They always return the status of a finished generation and import nothing of the mock, so that they start like a bare
server. Uvicorn gets the same settings as under the mock.
"""

import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

STATUS_PATH = "/api/v1/generations/1842/status"
ANSWER = b'{"id":1842,"status":"completed","progress":100}'

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


async def raw(_scope: Message, _receive: Receive, send: Send) -> None:
    """Give the same answer to every request; no application on this server can be faster."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


def starlette() -> Application:
    """Make the simplest usual app: one route and one constant `JSONResponse`."""
    # Imported here because the raw peer must start without it.
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def status(_request: Request) -> JSONResponse:
        return JSONResponse({"id": 1842, "status": "completed", "progress": 100})

    return Starlette(routes=[Route(STATUS_PATH, status)])


def serve(app: Application) -> None:
    """Serve `app` on a free loopback port until a signal; print the address once connections are accepted."""
    # With an explicit protocol the event loop sends small answers at once, as for the mock's own listener.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    serve(starlette() if sys.argv[1:] == ["starlette"] else raw)
