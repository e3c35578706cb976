"""One world of a mock server, steered from outside."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from mockserver.client.accounts import Accounts
from mockserver.client.clock import Clock
from mockserver.client.control import Control, Request, segment
from mockserver.client.errors import ControlError, Problem, refusal
from mockserver.client.events import Events
from mockserver.client.faults import Faults
from mockserver.client.generations import Generations
from mockserver.client.journal import Journal

FORM = "application/x-www-form-urlencoded"

# Source: API reference, "Login".
EMAIL = "you@example.com"
PASSWORD = "YOUR_PASSWORD"  # noqa: S105


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
        """What the client under test takes for `https://…/api/v1`, without a slash at its end."""
        return f"{self._control.url}/api/v1"

    @property
    def scenario(self) -> Scenario:
        """The script in force."""
        return self._control.read(Scenario, "/scenario")

    def reset(self, scenario: str | Path | None = None, seed: int | None = None) -> Scenario:
        """Start the world over: with the scenario in force, or as `load` does."""
        if scenario is not None:
            return self.load(scenario, seed)
        return self._control.send(Scenario, "POST", "/reset", {} if seed is None else {"seed": seed})

    def load(self, scenario: str | Path, seed: int | None = None) -> Scenario:
        """Start the world over with a scenario: the name of one of the gallery, YAML, or a file whose content is sent.

        Invalid, and nothing changed, if anything is wrong with it: `problems` says what and where.
        """
        text = scenario.read_text(encoding="utf-8") if isinstance(scenario, Path) else scenario
        file = scenario.name if isinstance(scenario, Path) else None
        given = {"scenario": text, "seed": seed, "file": file}
        asked = {key: value for key, value in given.items() if value is not None}
        return self._control.send(Scenario, "PUT", "/scenario", asked)

    def events(self, timeout: float | None = None) -> Events:
        """Listen from now on to what happens here; use it in a `with` block.

        >>> with world.events() as events:
        ...     token = world.token()
        ...     next(events).data["operation"]
        'login'

        `timeout` is how many real seconds nothing may come; where nothing happens, the server says so every 15.
        """
        return Events(self._control.listen("/events", timeout))

    def token(self, email: str = EMAIL, password: str = PASSWORD) -> str:
        """Log in as a client would, and return the token: an exchange like any other, with its faults and limits."""
        form = urlencode({"username": email, "password": password}).encode()
        request = Request("POST", f"{self._control.prefix}/api/v1/auth/login", form, FORM)
        answer = self._control.wire.exchange(request)
        view = answer.json or {}
        if answer.status != 200:
            raise refusal(answer.status, str(view.get("detail", f"the login was answered {answer.status}")))
        if not isinstance(view.get("access_token"), str):
            msg = "the login was answered without a token; did a fault of the scenario change it?"
            raise ControlError(msg, answer.status)
        return str(view["access_token"])

    def discard(self) -> Discarded:
        """Let the server forget the world; the next one of this name begins anew. `default` can only be reset."""
        return self._control.send(Discarded, "DELETE", f"/worlds/{segment(self.name)}")
