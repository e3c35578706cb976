"""The routes of `/` and `/__mock`; they never count as traffic of the API."""

from msgspec.json import encode
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from mockserver.worlds import Worlds


def _json(view: object, status: int = 200) -> Response:
    return Response(encode(view), status, media_type="application/json")


async def _index(request: Request) -> Response:
    return _json({"name": "imaginelab-mock", "api": "/api/v1", "health": "/__mock/health"})


async def _health(request: Request) -> Response:
    return _json({"status": "ok"})


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Response(encode({"detail": error.detail}), error.status_code, error.headers, "application/json")


def control(worlds: Worlds) -> ASGIApp:
    """Return the application that answers on every path which is not the API's."""
    routes = [
        Route("/", _index),
        Route("/__mock/health", _health),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _refused})
