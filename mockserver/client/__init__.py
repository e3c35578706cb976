"""The control plane from Python, for a server in this process, another process or a container.

    from mockserver.client import MockServer

    world = MockServer("http://127.0.0.1:8402").world("gw3")
    world.load("rate-limited")
    TheirClient(base_url=world.base_url).make_a_picture()
    assert world.journal.count(operation="create", status=201) == 1

Objects such as a world or an account are live: each attribute sends a request to the server. Views, pages and the items
of an iteration are values of one moment. The client needs the standard library alone, and no other module of the mock.
"""

from mockserver.client.accounts import Account, Accounts, AccountView, Entry
from mockserver.client.clock import Clock, ClockView, Due, Moved
from mockserver.client.errors import (
    ControlError,
    Incomplete,
    Invalid,
    NotFound,
    Problem,
    Refused,
    Unavailable,
    Unreachable,
)
from mockserver.client.events import Event, Events
from mockserver.client.faults import Faults, Rule
from mockserver.client.generations import Generation, Generations, GenerationView
from mockserver.client.journal import Exchange, Explanation, Journal, Page, RuleName, Verdict
from mockserver.client.server import Health, MockServer, RefusedHost, Sample, Worlds, WorldView
from mockserver.client.world import Discarded, Scenario, World

__all__ = [
    "Account",
    "AccountView",
    "Accounts",
    "Clock",
    "ClockView",
    "ControlError",
    "Discarded",
    "Due",
    "Entry",
    "Event",
    "Events",
    "Exchange",
    "Explanation",
    "Faults",
    "Generation",
    "GenerationView",
    "Generations",
    "Health",
    "Incomplete",
    "Invalid",
    "Journal",
    "MockServer",
    "Moved",
    "NotFound",
    "Page",
    "Problem",
    "Refused",
    "RefusedHost",
    "Rule",
    "RuleName",
    "Sample",
    "Scenario",
    "Unavailable",
    "Unreachable",
    "Verdict",
    "World",
    "WorldView",
    "Worlds",
]
