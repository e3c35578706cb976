"""Every URL on one screen."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from msgspec import Struct, field
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from mockserver.core.scenario import Scenario
from mockserver.http.api import accounts as api_accounts
from mockserver.http.api import generations as api_generations
from mockserver.http.api import media as api_media
from mockserver.http.api.exchange import Api, Surroundings
from mockserver.http.control import accounts, clock, events, faults, generations, journal, scripts, server
from mockserver.http.control.answers import Raw
from mockserver.http.control.exchange import control_plane
from mockserver.http.control.reading import Readings
from mockserver.http.control.request import ControlEndpoint, ControlRequest, places
from mockserver.http.control.request import Server as SteeredServer
from mockserver.http.endpoints import EachWorld, Path, at
from mockserver.http.guard import Guard
from mockserver.http.threads import in_thread
from mockserver.http.tunnel import Tunnels, objection, refuse
from mockserver.world.log import Log
from mockserver.world.worlds import Worlds

BASE: Final = "/api/v1"
"""Source: API reference, "Introduction"."""

ENDPOINTS: Final = (
    at("POST", f"{BASE}/auth/signup", api_accounts.SIGNUP),
    at("POST", f"{BASE}/auth/login", api_accounts.LOGIN),
    at("GET", f"{BASE}/auth/me", api_accounts.ME),
    at("POST", f"{BASE}/auth/forgot-password", api_accounts.FORGOT_PASSWORD),
    at("GET", f"{BASE}/generations/models", api_generations.MODELS),
    at("POST", f"{BASE}/generations", api_generations.CREATE),
    at("GET", f"{BASE}/generations", api_generations.HISTORY),
    at("GET", f"{BASE}/generations/{{id}}/status", api_generations.STATUS),
    at("GET", f"{BASE}/generations/{{id}}", api_generations.RESULT),
    at("DELETE", f"{BASE}/generations/{{id}}", api_generations.DELETE),
    at("GET", "/media/{id}/{name}", api_media.MEDIA),
    at("HEAD", "/media/{id}/{name}", api_media.MEDIA_HEAD),
)
"""The endpoints of the emulated API. Source: API reference; the `source` of each names the assumed parts."""

ABOUT: Final = (
    at("GET", "/", server.INDEX),
    at("GET", "/__mock/health", server.HEALTH),
)
"""The endpoints that say where everything is; the documents follow them in `GET /`."""

STEERING: Final = (
    at("POST", "/__mock/reset", scripts.RESET),
    at("GET", "/__mock/scenario", scripts.SHOW),
    at("PUT", "/__mock/scenario", scripts.PUT),
    at("GET", "/__mock/scenarios", scripts.SHIPPED),
    at("GET", "/__mock/clock", clock.SHOW),
    at("PATCH", "/__mock/clock", clock.CHANGE),
    at("POST", "/__mock/clock/advance", clock.MOVE),
    at("GET", "/__mock/journal", journal.INDEX),
    at("GET", "/__mock/journal/{id}", journal.SHOW),
    at("GET", "/__mock/journal/{id}/explain", journal.EXPLAIN),
    at("GET", "/__mock/accounts", accounts.INDEX),
    at("GET", "/__mock/accounts/{email}", accounts.SHOW),
    at("POST", "/__mock/accounts/{email}/credits", accounts.GRANT),
    at("POST", "/__mock/accounts/{email}/tokens/expire", accounts.EXPIRE),
    at("GET", "/__mock/generations", generations.INDEX),
    at("GET", "/__mock/generations/{id}", generations.SHOW),
    at("POST", "/__mock/generations/{id}/finish", generations.FINISH),
    at("GET", "/__mock/faults", faults.INDEX),
    at("POST", "/__mock/faults", faults.ADD),
    at("DELETE", "/__mock/faults/{name}", faults.REMOVE),
    at("GET", "/__mock/worlds", server.WORLDS),
    at("PUT", "/__mock/worlds/{name}", server.COPY),
    at("DELETE", "/__mock/worlds/{name}", server.DISCARD),
    at("GET", "/__mock/refused", server.REFUSED),
    at("GET", "/__mock/ca.pem", server.CERTIFICATE),
    at("GET", "/__mock/metrics", server.METRICS),
    at("GET", "/__mock/events", events.EVENTS),
)
"""All other endpoints of the control plane."""

ROUTES: Final = (*ABOUT, *STEERING)
"""Every endpoint of the control plane but the documents, which take the endpoints of the API too."""


def document(scenario: Scenario) -> bytes:
    """Return the OpenAPI document of the emulated API as this scenario has it, in JSON."""
    # Not at the top: a server that is not asked for the document need not load its writer.
    from mockserver.http.api.openapi import describe

    return describe(ENDPOINTS, scenario)


def control_document() -> bytes:
    """Return the OpenAPI document of the control plane, in JSON."""
    # Not at the top: as above.
    from mockserver.http.control.openapi import describe

    return describe((*ROUTES, *_DOCUMENTS))


async def _api_document(request: ControlRequest) -> Raw:
    # In a thread: writing it takes milliseconds, and loading its writer more.
    scenario = request.worlds.scenario(request.name, request.worlds.present)
    return Raw(await in_thread(partial(document, scenario)))


async def _control_document(_: ControlRequest) -> Raw:
    return Raw(await in_thread(control_document))


_DOCUMENTS: Final = (
    ControlEndpoint(
        name="describe_api",
        word="openapi",
        method="GET",
        path="/__mock/openapi.json",
        answer=_api_document,
        summary="Describe the emulated API, as the scenario has it",
    ),
    ControlEndpoint(
        name="describe_control",
        word="control",
        method="GET",
        path="/__mock/control.json",
        answer=_control_document,
        summary="Describe the control plane",
    ),
)
"""The endpoints of the two documents. They stand here because describing the API takes its endpoints."""

_PLACES: Final = places((*ABOUT, *_DOCUMENTS, *STEERING))
"""The paths that `GET /` lists, by the word for each."""


class Settings(Struct, frozen=True):
    """The settings of a server."""

    public_url: str | None = None
    """The beginning of links; None for the scheme and host that the client used."""
    log: Log | None = None
    """The function that is called with a line for each exchange; None for no log."""
    guard: Guard = Guard()
    """The rule for requests to the control plane: the host names and the token that it accepts."""
    tunnels: Tunnels = field(default_factory=Tunnels)
    """The hosts that the server answers for as a proxy."""


class _Server(Starlette):
    """Starlette's application without its stack of middlewares, which adds 5 microseconds to the 23 of a poll.

    The API and the control plane answer their errors themselves.
    """

    def __init__(self, routes: Sequence[BaseRoute], elsewhere: ASGIApp, tunnels: Tunnels) -> None:
        super().__init__(routes=routes)
        self.router.redirect_slashes = False
        self.router.default = elsewhere
        self._tunnels = tunnels

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse WebSockets and whole URLs of other hosts, and pass on all else to the routes."""
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        elif scope["type"] == "http" and (sentence := objection(scope, self._tunnels)):
            await refuse(sentence, send)
        else:
            # Not by way of Starlette's own method, which would call this too, with a coroutine more for each request.
            await self.router.app(scope, receive, send)


def application(worlds: Worlds, settings: Settings | None = None) -> Starlette:
    """Return the whole server: the API, beside it `/` and `/__mock`, and the same once more for each world."""
    settings = settings or Settings()
    surroundings = Surroundings(settings.public_url, settings.log, settings.guard, _PLACES)
    api = Api(worlds, ENDPOINTS, surroundings)
    steered = SteeredServer(worlds, settings.tunnels, _PLACES, Readings())
    plane = control_plane(steered, (*ROUTES, *_DOCUMENTS), settings.guard)
    routes = [*api.routes, *(Path(path, plane) for path in ("/", "/__mock", "/__mock/{rest:path}"))]
    each_world = Router(routes, redirect_slashes=False, default=api.nowhere)
    return _Server([*routes, EachWorld(each_world)], api.nowhere, settings.tunnels)
