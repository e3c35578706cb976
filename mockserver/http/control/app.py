"""Every route of `/` and `/__mock` on one screen."""

from collections.abc import Iterable
from typing import Final

from starlette.types import ASGIApp

from mockserver.core.faults import Fault
from mockserver.http.control import (
    about,
    accounts,
    clock,
    events,
    exchanges,
    faults,
    generations,
    journal,
    scripts,
    worlds,
)
from mockserver.http.control.desk import Desk
from mockserver.http.control.guard import Guard
from mockserver.http.control.route import ACCOUNT, LIMIT, SINCE, TEXT, Parameter, Route, up_to
from mockserver.http.control.visit import MOST
from mockserver.http.routing import Routes
from mockserver.worlds import Worlds

_STATUS: Final = Parameter("status", "Only those that show this status.", TEXT)
_EVENT: Final = Parameter("since", "Go on after the event with this id, where it is still remembered.", up_to(MOST))


ROUTES: Final = (
    Route(
        name="index",
        method="GET",
        path="/",
        answer=about.index,
        summary="Say where everything is",
        view=dict[str, str],
    ),
    Route(
        name="health",
        method="GET",
        path="/__mock/health",
        answer=about.health,
        summary="Say that requests are answered",
        view=about.Health,
    ),
    Route(
        name="reset",
        method="POST",
        path="/__mock/reset",
        answer=scripts.reset,
        summary="Start the world over",
        body=scripts.ResetBody,
        view=scripts.ScriptView,
        errors=(503,),
    ),
    Route(
        name="scenario",
        method="GET",
        path="/__mock/scenario",
        answer=scripts.show,
        summary="Show the script that the world plays",
        view=scripts.ScriptView,
        errors=(503,),
    ),
    Route(
        name="load",
        method="PUT",
        path="/__mock/scenario",
        answer=scripts.put,
        summary="Start the world over with another script",
        body=scripts.ScriptBody,
        view=scripts.ScriptView,
        errors=(503,),
    ),
    Route(
        name="scenarios",
        method="GET",
        path="/__mock/scenarios",
        answer=scripts.shipped,
        summary="List the scenarios that come with the program",
        view=scripts.Gallery,
    ),
    Route(
        name="clock",
        method="GET",
        path="/__mock/clock",
        answer=clock.show,
        summary="Show the time, what moves it, and what is due next",
        view=clock.ClockView,
        errors=(503,),
    ),
    Route(
        name="change_clock",
        method="PATCH",
        path="/__mock/clock",
        answer=clock.change,
        summary="Let the time be moved by something else",
        body=clock.ClockBody,
        view=clock.ClockView,
        errors=(503,),
    ),
    Route(
        name="advance",
        method="POST",
        path="/__mock/clock/advance",
        answer=clock.move,
        summary="Move the time forward and tell what came due",
        body=clock.AdvanceBody,
        view=clock.MovedView,
        errors=(404, 503),
    ),
    Route(
        name="journal",
        method="GET",
        path="/__mock/journal",
        answer=journal.index,
        summary="Show what was asked and what was answered",
        view=journal.Page,
        parameters=journal.PARAMETERS,
        errors=(503,),
    ),
    Route(
        name="exchange",
        method="GET",
        path="/__mock/journal/{id}",
        answer=journal.show,
        summary="Show one exchange",
        view=exchanges.ExchangeView,
        errors=(404, 503),
    ),
    Route(
        name="explain",
        method="GET",
        path="/__mock/journal/{id}/explain",
        answer=journal.explain,
        summary="Tell why an exchange went as it did",
        view=journal.ExplanationView,
        errors=(404, 503),
    ),
    Route(
        name="accounts",
        method="GET",
        path="/__mock/accounts",
        answer=accounts.index,
        summary="List the accounts with their wallets",
        view=accounts.Accounts,
        parameters=(SINCE, LIMIT),
        errors=(503,),
    ),
    Route(
        name="account",
        method="GET",
        path="/__mock/accounts/{email}",
        answer=accounts.show,
        summary="Show an account with its wallet",
        view=accounts.AccountView,
        errors=(404, 503),
    ),
    Route(
        name="grant",
        method="POST",
        path="/__mock/accounts/{email}/credits",
        answer=accounts.grant,
        summary="Add credits to an account, or take them",
        body=accounts.GrantBody,
        view=accounts.AccountView,
        errors=(404, 503),
    ),
    Route(
        name="expire_tokens",
        method="POST",
        path="/__mock/accounts/{email}/tokens/expire",
        answer=accounts.expire,
        summary="Make every token worthless that an account was issued",
        body=accounts.NothingBody,
        view=accounts.AccountView,
        errors=(404, 503),
    ),
    Route(
        name="generations",
        method="GET",
        path="/__mock/generations",
        answer=generations.index,
        summary="List the generations of all accounts",
        view=generations.Generations,
        parameters=(_STATUS, ACCOUNT, SINCE, LIMIT),
        errors=(503,),
    ),
    Route(
        name="generation",
        method="GET",
        path="/__mock/generations/{id}",
        answer=generations.show,
        summary="Show a generation",
        view=generations.GenerationView,
        errors=(404, 503),
    ),
    Route(
        name="finish",
        method="POST",
        path="/__mock/generations/{id}/finish",
        answer=generations.finish,
        summary="Let a generation be completed or failed from now on",
        body=generations.FinishBody,
        view=generations.GenerationView,
        errors=(404, 503),
    ),
    Route(
        name="faults",
        method="GET",
        path="/__mock/faults",
        answer=faults.index,
        summary="List the rules in force, with what each has seen",
        view=faults.Rules,
        errors=(503,),
    ),
    Route(
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
    Route(
        name="remove_fault",
        method="DELETE",
        path="/__mock/faults/{name}",
        answer=faults.remove,
        summary="Take a fault out of force",
        view=faults.RuleView,
        errors=(404, 503),
    ),
    Route(
        name="worlds",
        method="GET",
        path="/__mock/worlds",
        answer=worlds.index,
        summary="List the worlds of the server",
        view=worlds.WorldList,
    ),
    Route(
        name="discard",
        method="DELETE",
        path="/__mock/worlds/{name}",
        answer=worlds.discard,
        summary="Discard a world",
        view=worlds.Discarded,
        errors=(404,),
    ),
    Route(
        name="events",
        method="GET",
        path="/__mock/events",
        answer=events.events,
        summary="Tell what happens in the world, while it happens",
        media_type="text/event-stream",
        parameters=(_EVENT,),
        errors=(404, 503),
    ),
)
"""What can be asked of a running server, besides the documents that describe it."""


def control(worlds_: Worlds, documents: Iterable[Route], guard: Guard) -> ASGIApp:
    """Return the application that answers on every path which is not the API's, and sends the documents."""
    return Desk(worlds_, Routes((*ROUTES, *documents)), guard)
