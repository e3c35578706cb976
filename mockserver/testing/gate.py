"""The gate of the session's own server: it counts each request, and leads it to the world of its test.

Only the server's thread writes its counts; the thread that moves a clock reads them.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


class Gate:
    """An application in front of the mock's.

    `in_flight` is how many requests of the API are under way, `polls` how many have looked at one generation.
    """

    def __init__(self, app: App) -> None:
        self.in_flight = 0
        self.polls = 0
        self._app = app
        self._world: str | None = None
        self._objection: Callable[[], str] = _no_objection

    def leading(self, world: str) -> AbstractContextManager[object]:
        """Lead requests to the API's own address to a world, for a `with` block."""
        return self._for_a_while("_world", world)

    def objecting(self, objection: Callable[[], str]) -> AbstractContextManager[object]:
        """Answer the API's requests 500, in the words of `objection` as soon as it has any, for a `with` block."""
        return self._for_a_while("_objection", objection)

    def _for_a_while(self, name: str, value: object) -> AbstractContextManager[object]:
        ending = ExitStack()
        ending.callback(setattr, self, name, getattr(self, name))
        setattr(self, name, value)
        return ending

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Let a request of the API pass, and any other untouched."""
        path = scope["path"]
        if "/__mock" in path:
            await self._app(scope, receive, send)
            return
        self.in_flight += 1
        if scope["method"] == "GET" and "/generations/" in path:
            self.polls += 1
        try:
            if objection := self._objection():
                await _refuse(send, objection)
            else:
                await self._app(self._led(scope), receive, send)
        finally:
            self.in_flight -= 1

    def _led(self, scope: Scope) -> Scope:
        # By TLS come only requests to the API's own address, and links into a world, which name it.
        if self._world is None or scope["scheme"] != "https" or scope["path"].startswith("/w/"):
            return scope
        return {**scope, "path": f"/w/{self._world}{scope['path']}"}


def _no_objection() -> str:
    """Let every request pass."""
    return ""


async def _refuse(send: Any, why: str) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"detail": why}).encode()})
