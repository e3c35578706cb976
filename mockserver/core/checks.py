"""What no single field can show: contradictions within a scenario, and what is likely not meant.

Each check is a function of the scenario that yields findings: a path in the long value, and a sentence.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from mockserver.core import conditions
from mockserver.core.account import PLANS_WITH_KEYS, numbered, require_email
from mockserver.core.age import PATIENCE, Mode
from mockserver.core.document import Finding, Path, quoted
from mockserver.core.errors import Invalid
from mockserver.core.expectation import did_you_mean, either
from mockserver.core.forms import LONGEST
from mockserver.core.generation import Life
from mockserver.core.instant import SECOND
from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.core.timeline import Step

_API_KEY: Final = re.compile(r"[!-~]+")
_ORIGIN: Final = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[!-.0-~]+")

# Source: RFC 9110, sections 15.3.5 and 15.3.6: these answers end after their headers.
_WITHOUT_BODY: Final = (204, 205)


def contradictions(scenario: Scenario) -> Iterator[Finding]:
    """Yield what makes the scenario impossible."""
    yield from _accounts(scenario)
    yield from _api_keys(scenario)
    yield from _models(scenario)
    yield from _api(scenario.api)
    names = [life.name or f"generations.{i}" for i, life in enumerate(scenario.generations, start=1)]
    yield from _taken("name", ((("generations", i, "name"), name) for i, name in enumerate(names)))
    for i, life in enumerate(scenario.generations):
        yield from _below(("generations", i), _life(life))


def warnings(scenario: Scenario) -> Iterator[Finding]:
    """Yield what is possible, but likely not meant."""
    yield from _clock(scenario)
    yield from _unseen(scenario)
    yield from _strangers(scenario)


def _below(path: Path, findings: Iterable[Finding]) -> Iterator[Finding]:
    return (((*path, *inside), sentence) for inside, sentence in findings)


def _taken(what: str, values: Iterable[tuple[Path, object]]) -> Iterator[Finding]:
    seen = set()
    for path, value in values:
        if value in seen:
            yield path, f"{what}: {value} belongs to an earlier entry; choose another"
        seen.add(value)


def _accounts(scenario: Scenario) -> Iterator[Finding]:
    accounts = list(enumerate(scenario.accounts))
    ids = list(enumerate(id_ for id_, _ in numbered(scenario.accounts)))
    yield from _taken("email", ((("accounts", i, "email"), account.email) for i, account in accounts))
    yield from _taken("id", ((("accounts", i, "id"), id_) for i, id_ in ids))
    for i, account in accounts:
        try:
            require_email(account.email)
        except Invalid as error:
            yield ("accounts", i, "email"), f"{error}, found {quoted(account.email)}"


def _api_keys(scenario: Scenario) -> Iterator[Finding]:
    accounts = [(("accounts", i, "api_key"), account) for i, account in enumerate(scenario.accounts) if account.api_key]
    yield from _taken("api_key", ((path, account.api_key) for path, account in accounts))
    for path, account in accounts:
        if not _API_KEY.fullmatch(account.api_key or ""):
            yield path, "api_key: expected visible ASCII characters without spaces, since it travels in a header"
        if account.plan not in PLANS_WITH_KEYS:
            near = did_you_mean(account.plan or "", PLANS_WITH_KEYS)
            yield path, f"api_key: expected the plan {either(PLANS_WITH_KEYS)}, which API keys ship with" + near


def _models(scenario: Scenario) -> Iterator[Finding]:
    models = list(enumerate(scenario.models))
    yield from _taken("name", ((("models", i, "name"), model.name) for i, model in models))
    for i, model in models:
        if model.until is not None and model.until <= model.since:
            yield ("models", i, "until"), "until: expected a time after `from`; like this the model is never offered"


def _api(api: ApiSettings) -> Iterator[Finding]:
    if api.page_size > api.page_size_max:
        # The default size stands nowhere in the file: then the other one was written.
        key = "page_size" if api.page_size != ApiSettings().page_size else "page_size_max"
        yield ("api", key), f"page_size {api.page_size} is over page_size_max {api.page_size_max}; change one of them"
    if api.create_status in _WITHOUT_BODY:
        yield ("api", "create_status"), f"create_status: {api.create_status} allows no body; use 200, 201 or 202"
    if api.cors is not None and not _ORIGIN.fullmatch(api.cors):
        origin = 'expected "*" or an origin without a path, such as http://localhost:3000'
        yield ("api", "cors"), f"cors: {origin}, found {quoted(api.cors)}"


def _life(life: Life) -> Iterator[Finding]:
    yield from _below(("when",), conditions.impossible(life.when, conditions.OF_ORDERS))
    if life.calls is not None and not life.calls.spans and life.calls.every is None:
        yield ("calls",), "calls: expected {every: 3}, found no number, so that the rule never fires"
    if life.then is not None:
        yield from _below(("then",), _timeline(life.then))


def _timeline(steps: tuple[Step, ...]) -> Iterator[Finding]:
    *before, last = steps
    for i, step in enumerate(before):
        if step.lasts is None:
            way_out = f'give it a length, such as "{step.status}: 2s"'
            yield (i,), f"{step.status} has no `for` and lasts for ever, so that no later step begins; {way_out}"
    if last.lasts is not None:
        yield (len(before), "for"), "for: the last step lasts for ever; leave its length out, or add the step after it"
    elif isinstance(last.progress, tuple):
        spread = "a list is spread over the step's `for`, and the last step lasts for ever"
        yield (len(before), "progress"), f"progress: {spread}; write one number"
    if sum(step.lasts or 0 for step in steps) > LONGEST:
        yield (), "then: expected at most a hundred years, found more in all"


def _clock(scenario: Scenario) -> Iterator[Finding]:
    clock = scenario.clock
    if clock.rate != 1 and clock.mode in {Mode.POLL, Mode.MANUAL}:
        yield ("clock", "rate"), f"rate: a {clock.mode} clock does not follow real time, so that it has no rate"
    if clock.step != PATIENCE and clock.mode in {Mode.REAL, Mode.MANUAL}:
        yield ("clock", "step"), f"step: a {clock.mode} clock does not move when a client asks again"
    virtual = isinstance(clock.start, int) or (clock.start is None and clock.mode in {Mode.POLL, Mode.MANUAL})
    if scenario.tokens.ttl is not None and virtual:
        remedy = "a client that compares them with its own clock needs clock: {start: now}"
        yield ("tokens", "ttl"), f"ttl: `exp` and HTTP dates are virtual; {remedy}"


def _unseen(scenario: Scenario) -> Iterator[Finding]:
    step = scenario.clock.step
    if scenario.clock.mode not in {Mode.POLL, None} or step == "next":
        return
    for i, life in enumerate(scenario.generations):
        for j, part in enumerate(life.then or ()):
            if part.lasts is not None and part.lasts < step:
                sentence = f"for: {part.status} is shorter than the clock's step of {step / SECOND:g}s"
                yield ("generations", i, "then", j, "for"), f"{sentence}; a client that polls may never see it"


def _strangers(scenario: Scenario) -> Iterator[Finding]:
    models = [model.name for model in scenario.models]
    emails = [account.email for account in scenario.accounts]
    known = {"account": ("it holds for nobody but who signs up so", emails)}
    if scenario.api.unknown_models == "reject":
        known["model_name"] = ("orders of it are rejected", models)
    for i, life in enumerate(scenario.generations):
        for key, (consequence, words) in known.items():
            for path, word in conditions.choices(key, life.when.get(key, "*")):
                if not conditions.matches_any(word, words):
                    near = did_you_mean(str(word), words)
                    sentence = f"{key}: nothing declared matches {quoted(str(word))}; {consequence}{near}"
                    yield ("generations", i, "when", *path), sentence
