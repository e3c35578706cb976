"""Every URL on one screen."""

from functools import partial
from typing import Final

from msgspec import Struct, field
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from mockserver.http.api import accounts, bodies, generations, media, views
from mockserver.http.api.exchange import Api, Surroundings
from mockserver.http.api.request import ApiEndpoint
from mockserver.http.control.answers import Raw
from mockserver.http.control.app import ROUTES, control, listing
from mockserver.http.control.request import ControlEndpoint, ControlRequest
from mockserver.http.endpoints import Routes, split
from mockserver.http.guard import Guard
from mockserver.http.threads import in_thread
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
        beforehand=generations.create_beforehand,
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
        beforehand=generations.history_beforehand,
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
        beforehand=generations.result_beforehand,
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
            beforehand=media.beforehand,
            query=media.query,
            errors=errors,
            summary="Fetch the file behind a link of `outputs`",
            source="The reference says that outputs are media URLs; what stands behind them is assumed.",
        )
        for method, errors in (("GET", (400, 403, 404, 416)), ("HEAD", (400, 403, 404)))
    ),
)
"""The endpoints of the emulated API. Source: API reference; each `source` names the assumed parts."""


_BESIDE: Final = ("/", "/__mock")


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


def application(worlds: Worlds, settings: Settings | None = None) -> ASGIApp:
    """Return the whole server as an ASGI application: the API, and beside it `/` and `/__mock`."""
    settings = settings or Settings()
    surroundings = Surroundings(settings.public_url, settings.log, settings.guard, listing(_DOCUMENTS))
    api = Api(worlds, Routes(ENDPOINTS), surroundings)
    beside = control(worlds, _DOCUMENTS, settings.guard, settings.tunnels)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        sentence = objection(scope, settings.tunnels)
        if sentence:
            await refuse(sentence, send)
            return
        _, path = split(scope["path"])
        if path in _BESIDE or path.startswith("/__mock/"):
            await beside(scope, receive, send)
        else:
            await api(scope, receive, send)

    return app
