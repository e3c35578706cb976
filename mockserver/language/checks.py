"""Checks for contradictions between the fields of a scenario.

Each check is a function that takes the scenario and yields findings. A finding is a path in the long value, and a
sentence.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mockserver.core.account import PLANS_WITH_KEYS, numbered, require_email
from mockserver.core.document import Finding, Path, below
from mockserver.core.errors import Invalid
from mockserver.core.headers import BODILESS
from mockserver.core.limits import Limit
from mockserver.core.rules import Rule, named
from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.core.wording import did_you_mean, either, quoted, worded
from mockserver.language import rule_checks

_API_KEY: Final = re.compile(r"[!-~]+")
_ORIGIN: Final = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[!-.0-~]+")


def contradictions(scenario: Scenario) -> Iterator[Finding]:
    """Yield the contradictions of a scenario."""
    yield from _accounts(scenario)
    yield from _api_keys(scenario)
    yield from _models(scenario)
    yield from _api(scenario.api)
    yield from _names("generations", scenario.generations)
    yield from _names("faults", scenario.faults)
    yield from _names("limits", scenario.limits)
    for i, life in enumerate(scenario.generations):
        yield from below(("generations", i), rule_checks.of_life(life))
    for i, fault in enumerate(scenario.faults):
        yield from below(("faults", i), rule_checks.of_fault(fault))
    for i, limit in enumerate(scenario.limits):
        yield from below(("limits", i), rule_checks.of_limit(limit))


def _names(section: str, rules: Sequence[Rule | Limit]) -> Iterator[Finding]:
    return _taken("name", (((section, i, "name"), name) for i, (name, _) in enumerate(named(section, rules))))


def _taken(what: str, values: Iterable[tuple[Path, object]]) -> Iterator[Finding]:
    seen = set()
    for path, value in values:
        if value in seen:
            yield path, f"{what}: {worded(str(value))} belongs to an earlier entry; choose another"
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
        # The size is not the default, so the user wrote the other key.
        key = "page_size" if api.page_size != ApiSettings().page_size else "page_size_max"
        yield ("api", key), f"page_size {api.page_size} is over page_size_max {api.page_size_max}; change one of them"
    if api.create_status in BODILESS:
        yield ("api", "create_status"), f"create_status: {api.create_status} allows no body; use 200, 201 or 202"
    if api.cors is not None and not _ORIGIN.fullmatch(api.cors):
        origin = 'expected "*" or an origin without a path, such as http://localhost:3000'
        yield ("api", "cors"), f"cors: {origin}, found {quoted(api.cors)}"
