"""Every URL on one screen."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct, field
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from mockserver.http.api import accounts, bodies, generations, media, views
from mockserver.http.api.exchange import Api, Surroundings
from mockserver.http.api.request import ApiEndpoint
from mockserver.http.control.answers import Raw
from mockserver.http.control.app import ROUTES, control, listing
from mockserver.http.control.request import ControlEndpoint
from mockserver.http.endpoints import EachWorld, Path
from mockserver.http.guard import Guard
from mockserver.http.tunnel import Tunnels, objection, refuse
from mockserver.world.log import Log
from mockserver.world.worlds import Worlds

BASE: Final = "/api/v1"
"""Source: API reference, "Introduction"."""

ENDPOINTS: Final = (
    ApiEndpoint(
        operation=Operation.SIGNUP,
        method="POST",
        path=f"{BASE}/auth/signup",
        answer=accounts.signup,
        success=201,
        errors=(400,),
        summary="Open an account",
        source="The reference names the route; what it takes and answers is assumed.",
        body=bodies.SignupBody,
        view=views.User,
    ),
    ApiEndpoint(
        operation=Operation.LOGIN,
        method="POST",
        path=f"{BASE}/auth/login",
        answer=accounts.login,
        documented=True,
        errors=(400, 401),
        summary="Exchange e-mail and password for a token",
        source='API reference, "Authentication".',
        body=bodies.LoginForm,
        form=True,
        view=views.Token,
    ),
    ApiEndpoint(
        operation=Operation.ME,
        method="GET",
        path=f"{BASE}/auth/me",
        answer=accounts.me,
        errors=(401,),
        summary="Show your account",
        source="The reference names the route; what it answers is assumed.",
        view=views.User,
    ),
    ApiEndpoint(
        operation=Operation.FORGOT_PASSWORD,
        method="POST",
        path=f"{BASE}/auth/forgot-password",
        answer=accounts.forgot_password,
        errors=(400,),
        summary="Ask for a new password",
        source="The reference names the route; what it takes and answers is assumed, the same for every address.",
        body=bodies.ForgottenBody,
        view=views.Detail,
    ),
    ApiEndpoint(
        operation=Operation.MODELS,
        method="GET",
        path=f"{BASE}/generations/models",
        answer=generations.models,
        query=generations.models_query,
        errors=(400, 401),
        summary="List the models on offer",
        source="The reference names the route; the parameter and the answer are assumed.",
        view=list[views.ModelView],
    ),
    ApiEndpoint(
        operation=Operation.CREATE,
        method="POST",
        path=f"{BASE}/generations",
        answer=generations.create,
        documented=True,
        success=201,
        errors=(400, 401, 402, 429, 502),
        summary="Order a generation",
        source='API reference, "Create a generation". Its cost is reserved at once.',
        body=bodies.OrderBody,
        view=views.RecordView,
    ),
    ApiEndpoint(
        operation=Operation.HISTORY,
        method="GET",
        path=f"{BASE}/generations",
        answer=generations.history,
        query=generations.history_query,
        errors=(400, 401),
        summary="List your generations, a page at a time",
        source="The reference says that it is paginated; the parameters and the page are assumed.",
        view=views.Page,
    ),
    ApiEndpoint(
        operation=Operation.STATUS,
        method="GET",
        path=f"{BASE}/generations/{{id}}/status",
        answer=generations.status,
        documented=True,
        errors=(401, 404),
        summary="Ask how a generation is doing",
        source='API reference, "Poll status".',
        view=views.StatusView,
    ),
    ApiEndpoint(
        operation=Operation.RESULT,
        method="GET",
        path=f"{BASE}/generations/{{id}}",
        answer=generations.result,
        documented=True,
        errors=(401, 404),
        summary="Fetch a generation with its outputs",
        source='API reference, "Fetch the result".',
        view=views.RecordView,
    ),
    ApiEndpoint(
        operation=Operation.DELETE,
        method="DELETE",
        path=f"{BASE}/generations/{{id}}",
        answer=generations.delete,
        errors=(401, 404),
        summary="Delete a generation",
        source="The reference names the route; what it answers is assumed.",
        view=views.Detail,
    ),
    *(
        ApiEndpoint(
            operation=Operation.MEDIA,
            method=method,
            path="/media/{id}/{name}",
            answer=media.media,
            query=media.query,
            errors=errors,
            summary="Fetch the file behind a link of `outputs`",
            source="The reference says that outputs are media URLs; what stands behind them is assumed.",
        )
        for method, errors in (("GET", (400, 403, 404, 416)), ("HEAD", (400, 403, 404)))
    ),
)
"""The endpoints of the emulated API. Source: API reference; each `source` names the assumed parts."""


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


_DOCUMENTS: Final = (
    ControlEndpoint(
        name="describe_api",
        word="openapi",
        method="GET",
        path="/__mock/openapi.json",
        answer=lambda request: Raw(document(request.worlds.scenario(request.name, request.worlds.present))),
        summary="Describe the emulated API, as the scenario has it",
    ),
    ControlEndpoint(
        name="describe_control",
        word="control",
        method="GET",
        path="/__mock/control.json",
        answer=lambda _: Raw(control_document()),
        summary="Describe the control plane",
    ),
)
"""The endpoints of the two documents. They stand here because describing the API takes its endpoints."""


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
    """Starlette's application without its stack of middlewares: the API and the control plane answer their errors."""

    def __init__(self, routes: Sequence[BaseRoute], elsewhere: ASGIApp, tunnels: Tunnels) -> None:
        super().__init__(routes=routes)
        self.router.redirect_slashes = False
        self.router.default = elsewhere
        self._tunnels = tunnels

    def build_middleware_stack(self) -> ASGIApp:
        """Return the routes alone."""
        return self.router.app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse WebSockets and whole URLs of other hosts, and pass on all else."""
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        elif scope["type"] == "http" and (sentence := objection(scope, self._tunnels)):
            await refuse(sentence, send)
        else:
            await super().__call__(scope, receive, send)


def application(worlds: Worlds, settings: Settings | None = None) -> Starlette:
    """Return the whole server: the API, beside it `/` and `/__mock`, and the same once more for each world."""
    settings = settings or Settings()
    surroundings = Surroundings(settings.public_url, settings.log, settings.guard, listing(_DOCUMENTS))
    api = Api(worlds, ENDPOINTS, surroundings)
    plane = control(worlds, _DOCUMENTS, settings.guard, settings.tunnels)
    routes = [*api.routes, *(Path(path, plane) for path in ("/", "/__mock", "/__mock/{rest:path}"))]
    each_world = Router(routes, redirect_slashes=False, default=api.nowhere)
    return _Server([*routes, EachWorld(each_world)], api.nowhere, settings.tunnels)
