"""Each view of the client has the same keys as the server's view, and the same keys may be absent."""

from dataclasses import MISSING, fields

import pytest
from msgspec import UNSET, Struct
from msgspec.structs import fields as keys

from mockserver import client
from mockserver.client.journal import Answered, Asked, Real
from mockserver.http.control import accounts, clock, exchanges, faults, generations, journal, scripts, server
from mockserver.http.control.answers import ProblemView
from mockserver.world.refused_hosts import Refused

PAIRS = (
    (client.AccountView, accounts.AccountView),
    (client.ClockView, clock.ClockView),
    (client.Discarded, server.Discarded),
    (client.Due, clock.DueView),
    (client.Entry, accounts.EntryView),
    (client.Exchange, exchanges.ExchangeView),
    (Asked, exchanges.RequestView),
    (Answered, exchanges.AnswerView),
    (Real, exchanges.RealView),
    (client.Explanation, journal.ExplanationView),
    (client.GenerationView, generations.GenerationView),
    (client.Moved, clock.MovedView),
    (client.Page, journal.Page),
    (client.Problem, ProblemView),
    (client.RefusedHost, Refused),
    (client.Rule, faults.RuleView),
    (client.RuleName, exchanges.RuleName),
    (client.Sample, scripts.NamedScenario),
    (client.Scenario, scripts.ScriptView),
    (client.Verdict, journal.VerdictView),
    (client.WorldView, server.WorldView),
)


def read(kind: type) -> dict[str, bool]:
    """Return the keys that the client reads, and for each whether it must be present."""
    return {field.name: field.default is MISSING for field in fields(kind)}


def written(view: type[Struct]) -> dict[str, bool]:
    """Return the keys that the server writes, and for each whether it is always present."""
    return {key.name: key.default is not UNSET for key in keys(view)}


@pytest.mark.parametrize(("kind", "view"), PAIRS, ids=lambda each: each.__name__)
def test_the_client_reads_the_keys_that_the_server_writes(kind: type, view: type[Struct]) -> None:
    absent = {name for name, always in written(view).items() if not always}
    assert read(kind).keys() == written(view).keys()
    assert {name for name, needed in read(kind).items() if not needed} >= absent


def test_health_leaves_out_only_the_world_that_was_asked() -> None:
    assert written(server.Health).keys() - read(client.Health).keys() == {"world"}
    assert read(client.Health).keys() <= written(server.Health).keys()
