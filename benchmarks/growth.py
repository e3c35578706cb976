"""The growth of a request's cost with the size of the world: the cost in a large world in multiples of a small one."""

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial

from benchmarks.account import Account, logged_in
from benchmarks.children import mock
from benchmarks.load import burst
from benchmarks.request import Request, answer
from benchmarks.rounds import interleaved, ratio
from benchmarks.run import Readings, Run

PAGE = 10  # also the number of generations in the small case: its only page is as long as the large case's first
WINDOW = 25_000  # requests that the large window has admitted when the load begins
# The credits suffice for every order of a run; the clock is so fast that all are finished before the load begins.
WEALTHY = """
clock: {mode: real, rate: 1000}
accounts: [{email: you@example.com, password: YOUR_PASSWORD, credits: 10000000}]
"""


def growth(run: Run) -> Readings:
    """Compare few generations with many, then few rules with many."""
    return {**by_generations(run), **by_rules(run), **by_faults(run), **by_chance(run), **by_window(run)}


def by_generations(run: Run) -> Readings:
    """Request one status, and one page of the history, among few generations and among many."""
    with ExitStack() as servers:
        requests: dict[str, Request] = {}
        for size, generations in (("small", PAGE), ("large", run.effort.generations)):
            account = logged_in(servers.enter_context(mock(run.scratch, WEALTHY)).url)
            middle = populate(account, generations)
            requests[f"status {size}"] = account.finished(middle)
            requests[f"page {size}"] = account.history(PAGE)
        rounds = _bursts(run, requests)
    return {
        "growth-status": ratio(rounds, "status small", "status large"),
        "growth-history": ratio(rounds, "page small", "page large"),
    }


def populate(account: Account, generations: int) -> int:
    """Create so many generations; return the id in the middle, so that neither end of a list is favoured."""
    burst(account.order("A neon city skyline at dusk"), generations)
    newest = answer(account.history(1))["items"][0]["id"]
    return int(newest) - generations // 2


def by_rules(run: Run) -> Readings:
    """Order a generation that only the last rule matches, with few and with many rules before it."""
    with ExitStack() as servers:
        orders: dict[str, Request] = {}
        for size, rules in (("small", 2), ("large", 200)):
            account = logged_in(servers.enter_context(mock(run.scratch, WEALTHY + ruled(rules))).url)
            orders[size] = account.order(scene(rules))
        rounds = _bursts(run, orders)
    return {"growth-rules": ratio(rounds, "small", "large")}


def by_faults(run: Run) -> Readings:
    """Request a status that matches no fault, with few faults to try and with many."""
    with ExitStack() as servers:
        polls: dict[str, Request] = {}
        for size, faults in (("small", 2), ("large", 200)):
            account = logged_in(servers.enter_context(mock(run.scratch, WEALTHY + faulted(faults))).url)
            polls[size] = account.finished(populate(account, PAGE))
        rounds = _bursts(run, polls)
    return {"growth-faults": ratio(rounds, "small", "large")}


def by_chance(run: Run) -> Readings:
    """Ask for a status without faults, and under many that all match and that chance keeps from firing."""
    with ExitStack() as servers:
        polls: dict[str, Request] = {}
        for size, faults in (("none", ""), ("many", chancy(200))):
            account = logged_in(servers.enter_context(mock(run.scratch, WEALTHY + faults)).url)
            polls[size] = account.finished(populate(account, PAGE))
        rounds = _bursts(run, polls)
    return {"growth-chance": ratio(rounds, "none", "many")}


def by_window(run: Run) -> Readings:
    """Ask for a status under a limit whose window holds few requests, and under one whose window holds many."""
    with ExitStack() as servers:
        polls: dict[str, Request] = {}
        for size, window in (("small", PAGE), ("large", WINDOW)):
            scenario = WEALTHY + "limits: [{on: status, allow: 100000, per: 100000h}]\n"
            account = logged_in(servers.enter_context(mock(run.scratch, scenario)).url)
            polls[size] = account.finished(populate(account, PAGE))
            burst(polls[size], window)
        rounds = _bursts(run, polls)
    return {"growth-window": ratio(rounds, "small", "large")}


def chancy(faults: int) -> str:
    """Write a `faults` section of so many rules for every `status`, none of which is likely to fire."""
    return "faults:\n" + "  - {on: status, chance: 0.000000000000001, then: {status: 500}}\n" * faults


def faulted(faults: int) -> str:
    """Write a `faults` section of so many rules for `status`, each for the prompts of its own scene."""
    lines = (f"  - {{on: status, when: {{prompt: '*scene {n},*'}}, then: {{status: 500}}}}\n" for n in range(faults))
    return "faults:\n" + "".join(lines)


def ruled(rules: int) -> str:
    """Write a `generations` section of so many rules, each for the prompts of its own scene."""
    lines = (f"  - {{when: {{prompt: '*scene {n},*'}}, then: [pending: 1s, completed]}}\n" for n in range(1, rules + 1))
    return "generations:\n" + "".join(lines)


def scene(number: int) -> str:
    """Write the prompt that one rule of `ruled` matches."""
    return f"A still of scene {number}, ultra-detailed"


def _bursts(run: Run, requests: Mapping[str, Request]) -> list[dict[str, float]]:
    contenders = {name: partial(burst, request, run.effort.burst) for name, request in requests.items()}
    return interleaved(run.effort.rounds, contenders)
