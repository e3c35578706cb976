"""The fixture's world: one independent run for one test, with the assertions of the test."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from mockserver.client.clock import Mode
from mockserver.client.errors import NotFound
from mockserver.client.journal import Filters
from mockserver.client.world import EMAIL, PASSWORD, Scenario, World
from mockserver.core.wording import printable
from mockserver.testing.cached_clock import CachedClock
from mockserver.testing.play import CannotPlay
from mockserver.testing.report import report
from mockserver.testing.session_server import SessionServer
from mockserver.tls.authority import LibraryMissing

if TYPE_CHECKING:
    from mockserver.patching.addresses.interception import Interception


class Unmet(AssertionError):
    """The client did not meet an expectation; the text has the expected and the found value, and every request."""


class BlockedHosts(AssertionError):
    """The client tried to reach blocked hosts, and may have hidden the errors; the text names each host."""


@dataclass(frozen=True)
class Declared:
    """The e-mail address and the password of the first account, and whether the scenario chooses a clock mode."""

    email: str = EMAIL
    password: str = PASSWORD
    clock: bool = False


@lru_cache
def declared(text: str) -> Declared:
    """Return the declarations of a YAML text; the defaults if it has none, or extends a file of the server.

    The control plane shows no passwords. It also does not show whether the scenario chooses a clock mode.
    """
    if not any(section in text for section in ("accounts", "clock", "extends")):
        return Declared()
    # Not at the top: it brings the YAML library.
    from mockserver.language.file import ScenarioError, parse

    try:
        scenario = parse(text, "scenario.yaml").scenario
    except ScenarioError:
        return Declared()
    account = scenario.accounts[0] if scenario.accounts else Declared()
    return Declared(account.email, account.password, scenario.clock.mode is not None)


class Imaginelab(World):
    """A world of its own for one test.

    `base_url` is the address for the client under test. The client logs in with `email` and `password`.
    """

    clock: CachedClock

    def __init__(self, server: SessionServer, name: str, mode: Mode | None = None, rerun: str = "") -> None:
        """Use the world of this name; `mode` is the clock mode, None for the scenario's clock mode.

        `rerun` is the command that runs the test alone.
        """
        control = server.mock.control(name)
        super().__init__(name, control)
        self.clock = CachedClock(control)
        self.diagnosis: Callable[[], str] = _no_diagnosis
        """Return why the clock stands still; the empty text if nothing is wrong."""
        self.restarted: Callable[[], object] = _ignore_restart
        """Called each time the world has started over."""
        self._server = server
        self._mode = mode
        self._rerun = rerun
        self._text = ""
        self._interception: Interception | None = None

    def begin(self, scenario: str | Path | None, seed: int | None) -> None:
        """Play a scenario from the beginning: None is the happy path, or the scenario of a shared server."""
        if self._server.middleware is None:
            # A shared server may still have the world of an interrupted run, with the scenario of that run.
            with suppress(NotFound):
                self.discard()
        elif scenario is None and seed is None:
            self._began("")
            return
        self.reset(scenario, seed)

    def reset(self, scenario: str | Path | None = None, seed: int | None = None) -> Scenario:
        """Start the world over, as `World.reset` does; the chosen clock mode stays."""
        script = super().reset(scenario, seed)
        if scenario is None:
            self._began(script.text)
        return script

    def load(self, scenario: str | Path, seed: int | None = None) -> Scenario:
        """Start the world over with a scenario, as `World.load` does; the chosen clock mode stays."""
        script = super().load(scenario, seed)
        self._began(script.text)
        return script

    def _began(self, text: str) -> None:
        self._text = text
        self.clock.forget()
        mode = self._mode
        if mode is None and self._server.middleware is None and not declared(text).clock:
            mode = "poll"
        if mode is not None:
            self.clock.set(mode=mode)
        self.restarted()

    @property
    def email(self) -> str:
        """The e-mail address of the scenario's first account."""
        return declared(self._text).email

    @property
    def password(self) -> str:
        """The password of the scenario's first account."""
        return declared(self._text).password

    @property
    def credits(self) -> int:
        """The credits that the account can spend now."""
        return self.accounts[self.email].credits

    def token(self, email: str | None = None, password: str | None = None) -> str:
        """Log in as a client would, as the first account if no other is named, and return the token."""
        return super().token(email or self.email, password or self.password)

    def expect(
        self,
        *,
        count: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        **filters: Unpack[Filters],
    ) -> int:
        """Return how many exchanges match; raise Unmet, with a list of all requests, if the number is not expected.

        The expected number is `count`, or a number from `at_least` to `at_most` (ValueError for both); by default it is
        1 or more.
        """
        __tracebackhide__ = True
        if count is not None and (at_least is not None or at_most is not None):
            raise ValueError("expected either count, or at_least and at_most, found both")
        found = self.journal.count(**filters)
        least, most = _bounds(count, at_least, at_most)
        if found < least or (most is not None and found > most):
            named = ", ".join(f"{name}={value!r}" for name, value in filters.items())
            raise self._unmet(f"{_number(least, most)}{named and f' with {named}'}", found)
        return found

    def expect_credits(self, credits_: int, email: str | None = None) -> None:
        """Raise Unmet, with a list of all requests, unless an account, by default the first, has so many credits."""
        __tracebackhide__ = True
        whose = email or self.email
        found = self.accounts[whose].credits
        if found != credits_:
            raise self._unmet(f"{whose} to have {credits_} credits", found)

    def expect_status(self, generation: int, status: str) -> None:
        """Raise Unmet, with a list of all requests, unless a generation shows a status now."""
        __tracebackhide__ = True
        found = self.generations[generation].status
        if found != status:
            raise self._unmet(f"generation {generation} to be {status}", found)

    def has_report(self, problem: BaseException) -> bool:
        """Return whether the text of an error contains the report already."""
        return isinstance(problem, Unmet)

    def _unmet(self, expected: str, found: object) -> Unmet:
        return Unmet(f"{printable(f'expected {expected}, found {found}')}\n\n{self.report()}")

    def report(self) -> str:
        """Return the requests to the world, the rules that never fired, and the command that runs the test again."""
        return report(self, self._rerun, self.diagnosis())

    @contextmanager
    def intercepted(self, *, block: bool = False, allow: Iterable[str] = ()) -> Iterator["Interception"]:
        """Redirect this process's requests to the API's host to this world, over TLS, within a `with` block.

        Other hosts stay reachable. With `block`, a connection to another host raises BlockedHost, except to this
        machine and the hosts in `allow`. At the end, BlockedHosts names all refused hosts.
        Raises CannotPlay if the server is not in this process.
        """
        if self._interception is not None and not (block or allow):
            yield self._interception
            return
        if self._server.tls is None or self._server.middleware is None:
            raise CannotPlay("interception leads to a server in this process: leave --imaginelab-url out")
        # Not at the top: few tests need it.
        from mockserver.patching.addresses.interception import Interception

        tls, outer = self._server.tls, self._interception
        try:
            inner = Interception(tls.address, tls.authority, block=block, allow=allow)
        except LibraryMissing as problem:
            raise CannotPlay(str(problem)) from problem
        self._interception = inner
        try:
            with self._server.middleware.leading(self.name), inner:
                yield inner
        finally:
            self._interception = outer
        if inner.blocked:
            raise BlockedHosts("\n".join(inner.blocked))


def _no_diagnosis() -> str:
    """Return the empty text: without virtual sleep there is no diagnosis."""
    return ""


def _ignore_restart() -> None:
    """Do nothing: no sleep depends on the world."""


def _bounds(count: int | None, at_least: int | None, at_most: int | None) -> tuple[int, int | None]:
    """Return the pair (least, most) of expected exchanges; a most of None means any number."""
    if count is not None:
        return count, count
    if at_least is not None:
        return at_least, at_most
    return (1, None) if at_most is None else (0, at_most)


def _number(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {_exchanges(least)}"
    if least == most:
        return _exchanges(least)
    return f"{least} to {_exchanges(most)}" if least else f"at most {_exchanges(most)}"


def _exchanges(number: int) -> str:
    return "1 exchange" if number == 1 else f"{number} exchanges"
