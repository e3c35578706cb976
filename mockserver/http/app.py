"""Every URL on one screen."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.core.operation import Operation
from mockserver.http.api import accounts, generations, media
from mockserver.http.call import Endpoint
from mockserver.http.control.app import control
from mockserver.http.exchange import Api, Settings
from mockserver.http.routing import Routes, split
from mockserver.worlds import DEFAULT, Worlds

BASE: Final = "/api/v1"
"""Source: API reference, "Introduction"."""

ENDPOINTS: Final = (
    Endpoint(
        operation=Operation.SIGNUP,
        method="POST",
        path=f"{BASE}/auth/signup",
        answer=accounts.signup,
        protected=False,
        errors=(400, 413),
    ),
    Endpoint(
        operation=Operation.LOGIN,
        method="POST",
        path=f"{BASE}/auth/login",
        answer=accounts.login,
        protected=False,
        errors=(400, 401, 413),
    ),
    Endpoint(operation=Operation.ME, method="GET", path=f"{BASE}/auth/me", answer=accounts.me, errors=(401,)),
    Endpoint(
        operation=Operation.FORGOT_PASSWORD,
        method="POST",
        path=f"{BASE}/auth/forgot-password",
        answer=accounts.forgot_password,
        protected=False,
        errors=(400, 413),
    ),
    Endpoint(
        operation=Operation.MODELS,
        method="GET",
        path=f"{BASE}/generations/models",
        answer=generations.models,
        errors=(400, 401),
    ),
    Endpoint(
        operation=Operation.CREATE,
        method="POST",
        path=f"{BASE}/generations",
        answer=generations.create,
        success=201,
        errors=(400, 401, 402, 413, 429, 502),
    ),
    Endpoint(
        operation=Operation.HISTORY,
        method="GET",
        path=f"{BASE}/generations",
        answer=generations.history,
        errors=(400, 401),
    ),
    Endpoint(
        operation=Operation.STATUS,
        method="GET",
        path=f"{BASE}/generations/{{id}}/status",
        answer=generations.status,
        errors=(401, 404),
    ),
    Endpoint(
        operation=Operation.RESULT,
        method="GET",
        path=f"{BASE}/generations/{{id}}",
        answer=generations.result,
        errors=(401, 404),
    ),
    Endpoint(
        operation=Operation.DELETE,
        method="DELETE",
        path=f"{BASE}/generations/{{id}}",
        answer=generations.delete,
        errors=(401, 404),
    ),
    *(
        Endpoint(
            operation=Operation.MEDIA,
            method=method,
            path="/media/{id}/{name}",
            answer=media.media,
            protected=False,
            errors=(400, 403, 404, 416),
        )
        for method in ("GET", "HEAD")
    ),
)
"""The emulated API. Source: API reference; what of each is assumed, the documentation of the endpoint says."""


_BESIDE: Final = ("/", "/__mock")


def application(worlds: Worlds, settings: Settings | None = None) -> ASGIApp:
    """Return the whole server as an ASGI application: the API, and beside it `/` and `/__mock`."""
    api = Api(worlds, Routes(ENDPOINTS), settings or Settings())
    beside = control(worlds)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        _, path = split(scope["path"], DEFAULT)
        if path in _BESIDE or path.startswith("/__mock/"):
            await beside(scope, receive, send)
        else:
            await api(scope, receive, send)

    return app
