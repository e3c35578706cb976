"""One world of a mock server, steered from outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import urandom
from pathlib import Path
from urllib.parse import urlencode

from mockserver.client.accounts import Accounts
from mockserver.client.clock import Clock
from mockserver.client.control import Answer, Control, Request, segment
from mockserver.client.errors import ControlError, Problem, refusal
from mockserver.client.events import Events
from mockserver.client.faults import Faults
from mockserver.client.generations import Generations
from mockserver.client.given import patience, script, world_name
from mockserver.client.journal import Journal

FORM = "application/x-www-form-urlencoded"

# Source: API reference, "Login".
EMAIL = "you@example.com"
PASSWORD = "YOUR_PASSWORD"  # noqa: S105

MOST_QUOTED = 200
"""Bytes of an answer without a sentence that are quoted."""

SILENCE = 30.0
"""Real seconds after which a wait for an event ends with an error; the server reports no such end itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The script in force in a world; `text` is its source.

    `problem` says why it is not the one that is saved, where the server follows a file.
    """

    world: str
    name: str
    seed: int
    description: str | None
    text: str
    warnings: tuple[Problem, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copied:
    name: str
    restarts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Discarded:
    """A world that is no more, and how many exchanges it had."""

    world: str
    exchanges: int


class World:
    """One independent run of a scenario; the server makes it when it is first asked for.

    >>> world.reset(seed=7).seed
    7
    >>> world.load("accounts: [{email: me@example.com, password: secret, credits: 5}]").name
    'scenario'
    >>> world.accounts["me@example.com"].credits
    5
    """

    def __init__(self, name: str, control: Control) -> None:
        self.name = name
        self.clock = Clock(control)
        self.journal = Journal(control)
        self.accounts = Accounts(control)
        self.generations = Generations(control)
        self.faults = Faults(control)
        self._control = control

    def __repr__(self) -> str:
        return f"<World {self.name} at {self._control.url}>"

    @property
    def url(self) -> str:
        """Where the world is: `http://127.0.0.1:8402/w/gw3`."""
        return self._control.url

    @property
    def base_url(self) -> str:
        """The base URL for the client under test, in place of `https://…/api/v1`; without a slash at its end."""
        return f"{self._control.url}/api/v1"

    @property
    def scenario(self) -> Scenario:
        """The scenario in force."""
        return self._control.read(Scenario, "/scenario")

    def reset(self, scenario: str | Path | None = None, seed: int | None = None) -> Scenario:
        """Start the world over, with the scenario in force or another one; see `load`."""
        if scenario is not None:
            return self.load(scenario, seed)
        return self._control.send(Scenario, "POST", "/reset", {} if seed is None else {"seed": seed})

    def load(self, scenario: str | Path, seed: int | None = None) -> Scenario:
        """Start the world over with a scenario: a name of the gallery, YAML, or a file whose content is sent.

        Raises Invalid if the scenario has a mistake; `problems` lists them, and the world stays as it was.
        """
        chosen = {} if seed is None else {"seed": seed}
        return self._control.send(Scenario, "PUT", "/scenario", script(scenario) | chosen)

    def events(self, timeout: float | None = SILENCE) -> Events:
        """Return the events of this world from now on; use it in a `with` block.

        >>> with world.events() as events:
        ...     token = world.token()
        ...     next(events).data["operation"]
        'login'

        Raises TimeoutError if an event does not come within `timeout` real seconds; None waits forever.
        """
        return Events(self._control.listen("/events", None if timeout is None else patience(timeout)))

    def token(self, email: str = EMAIL, password: str = PASSWORD) -> str:
        """Log in as a client does, and return the token. Faults and limits apply as for any exchange.

        Raises ControlError if no token comes, Refused for a 401. Its text names the account, the world, the
        answer and the rule behind it.
        """
        form = urlencode({"username": email, "password": password}).encode()
        request = Request("POST", f"{self._control.prefix}/api/v1/auth/login", form, FORM)
        answer = self._control.wire.exchange(request)
        token = (answer.json or {}).get("access_token")
        if answer.status == 200 and isinstance(token, str):
            return token
        raise _no_token(f"login as {email} in world {self.name}", answer)

    def copy_to(self, name: str, before: int | None = None) -> "World":
        """Make a world with this name as a copy of this one, and return it. It replaces a world that has the name.

        `before` is the number of an exchange: the copy is this world as it was before that exchange. To go back to a
        copy, copy it back:

        >>> kept = world.copy_to("kept")
        >>> world.accounts["you@example.com"].grant(50).credits
        150
        >>> _ = kept.copy_to(world.name)
        >>> world.accounts["you@example.com"].credits
        100

        Raises NotFound if the past of this world does not reach back to the exchange.
        """
        order = {"from": self.name} if before is None else {"from": self.name, "before": before}
        self._control.send(_Copied, "PUT", f"/worlds/{segment(world_name(name))}", order)
        return World(name, self._control.of(name))

    def rewind(self, before: int) -> None:
        """Make this world again as it was before an exchange. Raises NotFound if its past does not reach so far."""
        self.copy_to(self.name, before)

    @contextmanager
    def kept(self) -> Iterator["World"]:
        """Go back to the present state of this world at the end of a `with` block. Blocks may be nested.

        The value is the copy that keeps the state. It is a world with a name of its own, and is discarded at the end.

        >>> with world.kept():
        ...     world.accounts["you@example.com"].grant(50).credits
        150
        >>> world.accounts["you@example.com"].credits
        100
        """
        copy = self.copy_to(f"kept-{urandom(16).hex()}")
        try:
            yield copy
        finally:
            copy.copy_to(self.name)
            copy.discard()

    def discard(self) -> Discarded:
        """Let the server forget the world; the next one of this name begins anew. `default` can only be reset."""
        return self._control.send(Discarded, "DELETE", f"/worlds/{segment(self.name)}")


def _no_token(login: str, answer: Answer) -> ControlError:
    """Return the error for a login that brought no token; a fault's 503 says nothing of how full the server is."""
    rule, hint = answer.headers.get("x-mock-rule"), answer.headers.get("x-mock-hint")
    by = "" if rule is None else f" by {rule}"
    way_out = "" if hint is None else f" ({hint})"
    msg = f"{login} was answered {answer.status}{by}: {_said(answer)}{way_out}"
    scripted = rule is not None and hint is None and answer.status != 401
    return ControlError(msg, answer.status) if scripted else refusal(answer.status, msg)


def _said(answer: Answer) -> str:
    if answer.status == 200:
        return "no access_token"
    if answer.json is None:
        return f"{answer.media_type or 'no content type'}, and no word"
    detail = answer.json.get("detail")
    return detail if isinstance(detail, str) else answer.body[:MOST_QUOTED].decode(errors="replace")
