"""Every endpoint of `/` and `/__mock` on one screen."""

from collections.abc import Iterable
from typing import Final

from starlette.types import ASGIApp

from mockserver.core.faults import Fault
from mockserver.http.control import accounts, clock, events, exchanges, faults, generations, journal, scripts, server
from mockserver.http.control.exchange import control_plane
from mockserver.http.control.reading import Readings
from mockserver.http.control.request import ACCOUNT, LIMIT, SINCE, ControlEndpoint, Server, places
from mockserver.http.endpoints import TEXT, Parameter
from mockserver.http.guard import Guard
from mockserver.http.tunnel import Tunnels
from mockserver.world.worlds import Worlds

_STATUS: Final = Parameter("status", "Only those that show this status.", TEXT)

ABOUT: Final = (
    ControlEndpoint(
        name="index",
        method="GET",
        path="/",
        answer=server.index,
        summary="Say where everything is",
        view=dict[str, str],
    ),
    ControlEndpoint(
        name="health",
        method="GET",
        path="/__mock/health",
        answer=server.health,
        summary="Say that requests are answered",
        view=server.Health,
    ),
)
"""The endpoints that say where everything is; the documents follow them in `GET /`."""

STEERING: Final = (
    ControlEndpoint(
        name="reset",
        method="POST",
        path="/__mock/reset",
        answer=scripts.reset,
        summary="Start the world over",
        body=scripts.ResetBody,
        view=scripts.ScriptView,
        errors=(503,),
    ),
    ControlEndpoint(
        name="scenario",
        method="GET",
        path="/__mock/scenario",
        answer=scripts.show,
        summary="Show the script that the world plays",
        view=scripts.ScriptView,
        errors=(503,),
    ),
    ControlEndpoint(
        name="load",
        method="PUT",
        path="/__mock/scenario",
        answer=scripts.put,
        summary="Start the world over with another script",
        body=scripts.ScriptBody,
        view=scripts.ScriptView,
        errors=(503,),
    ),
    ControlEndpoint(
        name="scenarios",
        method="GET",
        path="/__mock/scenarios",
        answer=scripts.shipped,
        summary="List the scenarios that come with the program",
        view=scripts.Gallery,
    ),
    ControlEndpoint(
        name="clock",
        method="GET",
        path="/__mock/clock",
        answer=clock.show,
        summary="Show the time, what moves it, and what is due next",
        view=clock.ClockView,
        errors=(503,),
    ),
    ControlEndpoint(
        name="change_clock",
        method="PATCH",
        path="/__mock/clock",
        answer=clock.change,
        summary="Let the time be moved by something else",
        body=clock.ClockBody,
        view=clock.ClockView,
        errors=(503,),
    ),
    ControlEndpoint(
        name="advance",
        method="POST",
        path="/__mock/clock/advance",
        answer=clock.move,
        summary="Move the time forward and tell what came due",
        body=clock.AdvanceBody,
        view=clock.MovedView,
        errors=(404, 503),
    ),
    ControlEndpoint(
        name="journal",
        method="GET",
        path="/__mock/journal",
        answer=journal.index,
        summary="Show what was asked and what was answered",
        view=journal.Page,
        parameters=journal.PARAMETERS,
        errors=(503,),
    ),
    ControlEndpoint(
        name="exchange",
        method="GET",
        path="/__mock/journal/{id}",
        answer=journal.show,
        summary="Show one exchange",
        view=exchanges.ExchangeView,
        errors=(404, 503),
    ),
    ControlEndpoint(
        name="explain",
        method="GET",
        path="/__mock/journal/{id}/explain",
        answer=journal.explain,
        summary="Tell why an exchange went as it did",
        view=journal.ExplanationView,
        errors=(404, 503),
    ),
    ControlEndpoint(
        name="accounts",
        method="GET",
        path="/__mock/accounts",
        answer=accounts.index,
        summary="List the accounts with their wallets",
        view=accounts.Accounts,
        parameters=(SINCE, LIMIT),
        errors=(503,),
    ),
    ControlEndpoint(
        name="account",
        method="GET",
        path="/__mock/accounts/{email}",
        answer=accounts.show,
        summary="Show an account with its wallet",
        view=accounts.AccountView,
        errors=(404, 503),
    ),
    ControlEndpoint(
        name="grant",
        method="POST",
        path="/__mock/accounts/{email}/credits",
        answer=accounts.grant,
        summary="Add credits to an account, or take them",
        body=accounts.GrantBody,
        view=accounts.AccountView,
        errors=(404, 503),
    ),
    ControlEndpoint(
        name="expire_tokens",
        method="POST",
        path="/__mock/accounts/{email}/tokens/expire",
        answer=accounts.expire,
        summary="Make every token worthless that an account was issued",
        body=accounts.NothingBody,
        view=accounts.AccountView,
        errors=(404, 503),
    ),
    ControlEndpoint(
        name="generations",
        method="GET",
        path="/__mock/generations",
        answer=generations.index,
        summary="List the generations of all accounts",
        view=generations.Generations,
        parameters=(_STATUS, ACCOUNT, SINCE, LIMIT),
        errors=(503,),
    ),
    ControlEndpoint(
        name="generation",
        method="GET",
        path="/__mock/generations/{id}",
        answer=generations.show,
        summary="Show a generation",
        view=generations.GenerationView,
        errors=(404, 503),
    ),
    ControlEndpoint(
        name="finish",
        method="POST",
        path="/__mock/generations/{id}/finish",
        answer=generations.finish,
        summary="Let a generation be completed or failed from now on",
        body=generations.FinishBody,
        view=generations.GenerationView,
        errors=(404, 503),
    ),
    ControlEndpoint(
        name="faults",
        method="GET",
        path="/__mock/faults",
        answer=faults.index,
        summary="List the rules in force, with what each has seen",
        view=faults.Rules,
        errors=(503,),
    ),
    ControlEndpoint(
        name="add_fault",
        method="POST",
        path="/__mock/faults",
        answer=faults.add,
        summary="Put a fault before all others",
        body=Fault,
        view=faults.RuleView,
        success=201,
        errors=(503,),
    ),
    ControlEndpoint(
        name="remove_fault",
        method="DELETE",
        path="/__mock/faults/{name}",
        answer=faults.remove,
        summary="Take a fault out of force",
        view=faults.RuleView,
        errors=(404, 503),
    ),
    ControlEndpoint(
        name="worlds",
        method="GET",
        path="/__mock/worlds",
        answer=server.worlds,
        summary="List the worlds of the server",
        view=server.WorldList,
    ),
    ControlEndpoint(
        name="discard",
        method="DELETE",
        path="/__mock/worlds/{name}",
        answer=server.discard,
        summary="Discard a world",
        view=server.Discarded,
        errors=(404,),
    ),
    ControlEndpoint(
        name="refused",
        method="GET",
        path="/__mock/refused",
        answer=server.refused,
        summary="List the other hosts that were asked for by way of this server",
        view=server.RefusedView,
    ),
    ControlEndpoint(
        name="certificate",
        method="GET",
        path="/__mock/ca.pem",
        answer=server.certificate,
        summary="Show the certificate of who vouches for this server over TLS",
        media_type="application/x-pem-file",
        errors=(404,),
    ),
    ControlEndpoint(
        name="metrics",
        method="GET",
        path="/__mock/metrics",
        answer=server.metrics,
        summary="Tell Prometheus what the server has done and holds",
        media_type="text/plain",
        errors=(501,),
    ),
    ControlEndpoint(
        name="events",
        method="GET",
        path="/__mock/events",
        answer=events.events,
        summary="Tell what happens in the world, while it happens",
        media_type="text/event-stream",
        parameters=events.PARAMETERS,
        errors=(404, 503),
    ),
)
"""All other endpoints."""

ROUTES: Final = (*ABOUT, *STEERING)
"""Every endpoint of the control plane but the documents, which take the endpoints of the API too."""


def listing(documents: Iterable[ControlEndpoint]) -> dict[str, str]:
    """Return the paths that `GET /` lists, by the word for each."""
    return places((*ABOUT, *documents, *STEERING))


def control(worlds: Worlds, documents: Iterable[ControlEndpoint], guard: Guard, tunnels: Tunnels) -> ASGIApp:
    """Return the application that answers on every path outside the API, and sends the documents."""
    documents = tuple(documents)
    return control_plane(Server(worlds, tunnels, listing(documents), Readings()), (*ROUTES, *documents), guard)
