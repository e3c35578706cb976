"""Count each request to the session's own server, and route the request to the world of its test.

Only the server's thread writes the counts; the thread that moves a clock reads them.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


class Middleware:
    """An ASGI application in front of the mock's.

    `in_flight` counts the requests of the API that are not answered yet. `polls` counts the reads of one generation.
    """

    def __init__(self, app: App) -> None:
        self.in_flight = 0
        self.polls = 0
        self._app = app
        self._world: str | None = None
        self._reason: Callable[[], str] = _no_reason

    def leading(self, world: str) -> AbstractContextManager[object]:
        """Route requests for the API's own address to a world, for a `with` block."""
        return self._for_a_while("_world", world)

    def refusing(self, reason: Callable[[], str]) -> AbstractContextManager[object]:
        """Answer the API's requests with 500 once `reason` returns a text, for a `with` block."""
        return self._for_a_while("_reason", reason)

    def _for_a_while(self, name: str, value: object) -> AbstractContextManager[object]:
        ending = ExitStack()
        ending.callback(setattr, self, name, getattr(self, name))
        setattr(self, name, value)
        return ending

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Count and route a request of the API; pass on a request of the control plane unchanged."""
        path = scope["path"]
        if "/__mock" in path:
            await self._app(scope, receive, send)
            return
        self.in_flight += 1
        if scope["method"] == "GET" and "/generations/" in path:
            self.polls += 1
        try:
            if reason := self._reason():
                await _refuse(send, reason)
            else:
                await self._app(self._routed(scope), receive, send)
        finally:
            self.in_flight -= 1

    def _routed(self, scope: Scope) -> Scope:
        # TLS carries only requests for the API's own address, and links into a world, which name that world.
        if self._world is None or scope["scheme"] != "https" or scope["path"].startswith("/w/"):
            return scope
        return {**scope, "path": f"/w/{self._world}{scope['path']}"}


def _no_reason() -> str:
    """Let every request pass."""
    return ""


async def _refuse(send: Any, reason: str) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"detail": reason}).encode()})
