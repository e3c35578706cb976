"""The routes of `/` and `/__mock`; they never count as traffic of the API."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, cast

from msgspec.json import encode
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, ExceptionHandler

from mockserver.core.errors import ApiError, Flaw, Invalid
from mockserver.core.scenario import Scenario
from mockserver.http.routing import split
from mockserver.release import release
from mockserver.world import World
from mockserver.worlds import DEFAULT, Worlds


def control(worlds: Worlds, document: Callable[[Scenario], bytes]) -> ASGIApp:
    """Return the application that answers on every path which is not the API's.

    A world's prefix is the scope's `root_path`; `document` makes the OpenAPI document of a scenario.
    """
    desk = _Desk(worlds, document)
    routes = [
        Route("/", desk.index),
        Route("/__mock/health", desk.health),
        Route("/__mock/openapi.json", desk.openapi),
        Route("/__mock/reset", desk.reset, methods=["POST"]),
    ]
    # Starlette's type asks for functions of any exception; it calls each with its own.
    refusals = cast("Mapping[Any, ExceptionHandler]", {HTTPException: _unrouted, ApiError: _refused})
    app = Starlette(routes=routes, exception_handlers=refusals)
    app.router.redirect_slashes = False
    return app


class _Desk:
    """What there is to read and to do. All of it is of the world that the path's prefix chooses."""

    def __init__(self, worlds: Worlds, document: Callable[[Scenario], bytes]) -> None:
        self._worlds = worlds
        self._document = document

    def _world(self, request: Request) -> World:
        return self._worlds.find(split(request.scope["path"], DEFAULT)[0])

    async def index(self, request: Request) -> Response:
        """Say where everything is."""
        prefix = request.scope["root_path"]
        places = {
            "api": f"{prefix}/api/v1",
            "health": f"{prefix}/__mock/health",
            "openapi": f"{prefix}/__mock/openapi.json",
            "reset": f"{prefix}/__mock/reset",
        }
        return _json({"name": "imaginelab-mock", "version": release(), "world": self._world(request).name, **places})

    async def health(self, request: Request) -> Response:
        """Say that requests are answered."""
        return _json({"status": "ok", "version": release(), "world": self._world(request).name})

    async def openapi(self, request: Request) -> Response:
        """Describe the emulated API as the world's scenario has it."""
        return Response(self._document(self._world(request).scenario), media_type="application/json")

    async def reset(self, request: Request) -> Response:
        """Start the world over, with the scenario as it is saved now, or say why it is the last sound one."""
        async for part in request.stream():
            if part.strip() not in {b"", b"{}"}:
                raise Invalid(Flaw("", "a reset takes no body"))
        world = self._worlds.reset(self._world(request).name)
        problem = self._worlds.broken()
        kept = {"problem": f"{problem}\nthe last sound scenario stays in force"} if problem else {}
        return _json({"world": world.name, "seed": world.scenario.seed, **kept})


def _json(view: object, status: int = 200) -> Response:
    return Response(encode(view), status, media_type="application/json")


async def _refused(_: Request, error: ApiError) -> Response:
    return _json({"detail": error.detail}, error.status)


async def _unrouted(_: Request, error: HTTPException) -> Response:
    """Answer as the API does where there is no such path or method; Starlette's `Allow` is a set, so it is sorted."""
    response = _json({"detail": HTTPStatus(error.status_code).phrase.capitalize()}, error.status_code)
    for name, value in (error.headers or {}).items():
        response.headers[name] = ", ".join(sorted(value.split(", ")))
    return response
