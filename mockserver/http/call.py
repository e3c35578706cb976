"""One request on its way, and the answer to it: plain values between the wire and the handlers."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final

from msgspec import UNSET, Struct

from mockserver.core.account import Account
from mockserver.core.errors import NotFound
from mockserver.core.generation import Generation
from mockserver.core.operation import Operation
from mockserver.core.redaction import Headers
from mockserver.core.verdict import NO_VERDICTS, Cause, Verdicts
from mockserver.http.request import Request
from mockserver.http.wire import Delivery
from mockserver.world.accounts import Caller
from mockserver.world.faults import Occasion
from mockserver.world.journal import NOTHING_CONSIDERED, Explanation
from mockserver.world.limits import Visitor
from mockserver.world.world import Accepted, World

JSON: Final = b"application/json"


class Answer(Struct, frozen=True, gc=False):
    """What goes over the wire; `status` 0 is nothing at all.

    `place` is the rule that scripted it, `hint` a word to the person behind the client, `delivery` None the plain way.
    """

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: Headers = ()
    place: str = ""
    hint: str | None = None
    delivery: Delivery | None = None


class Call:
    """One request in its world: its number there, and what has been identified of it so far.

    `operation` is what it asks for, None as long as it has reached no endpoint; `caller` is whom it names, `subject`
    the generation that its path names; `email` is whom it logs in as, None where that is as it says. `account` is
    whose request it is, once the caller has been admitted; `turned_away` tells that it was not. `accepted` is the
    order that the world has accepted, `rules` are those that had a hand; `limits` and `faults` are the verdicts on the
    limits and the faults that the request was put to.
    """

    account: Account
    operation: Operation | None = None
    ids: Mapping[str, str] = {}
    caller: Caller | None = None
    subject: Generation | None = None
    turned_away = False
    accepted: Accepted | None = None
    rules: tuple[Cause, ...] = ()
    limits: Verdicts = NO_VERDICTS
    faults: Verdicts = NO_VERDICTS

    def __init__(self, world: World, request: Request, email: str | None = None, public_url: str | None = None) -> None:
        self.world = world
        self.request = request
        self.email = email
        self.number = world.journal.number()
        self._public_url = public_url
        self._facts: dict[str, object] = {}

    def reach(self, endpoint: "Endpoint", ids: Mapping[str, str]) -> None:
        """Identify operation, caller and generation, now that the path has led somewhere; nobody is refused yet."""
        self.operation = endpoint.operation
        bearer = self.request.head.bearer
        if bearer is not None and endpoint.protected:
            self.caller = self.world.accounts.identify(bearer)
        if ids:
            self.ids = ids
            self.subject = self.world.generations.get(_number(ids["id"]))

    @property
    def origin(self) -> str:
        """What links begin with."""
        return self._public_url or self.request.origin

    @property
    def asks(self) -> Generation | None:
        """The generation that its owner asks for, whether or not the token is still good; else None."""
        generation = self.subject
        if generation is None or self.caller is None or generation.deleted:
            return None
        return generation if generation.owner == self.caller.account.id else None

    @property
    def shown(self) -> Generation | None:
        """The generation that the request is about: the one it has made, else the one that its path names."""
        return self.subject if self.accepted is None else self.accepted.generation

    @property
    def explanation(self) -> Explanation:
        """The verdict on every rule that was considered."""
        lives = NO_VERDICTS if self.accepted is None else self.accepted.verdicts
        if self.limits is NO_VERDICTS and self.faults is NO_VERDICTS and lives is NO_VERDICTS:
            return NOTHING_CONSIDERED
        return Explanation(self.limits, self.faults, lives)

    @property
    def generation(self) -> Generation:
        """The generation that the path names; NotFound unless it is there for the caller."""
        if self.subject is None:
            raise NotFound("Generation not found")
        return self.world.find(self.account, self.subject.id)

    @property
    def named(self) -> str | None:
        """The e-mail of the account that a request names otherwise than by a token; of media it is the owner's."""
        if self.operation not in _OPEN:
            return None
        email = self.fact("account")
        account = self.world.accounts.by_email(email) if isinstance(email, str) else None
        return None if account is None else account.email

    def fact(self, key: str) -> object:
        """Return what the request has under a key of `when`, looked up once; UNSET where it has nothing."""
        # The facts do not point back to the call: such a circle would keep each body until the next garbage collection.
        if key not in self._facts:
            self._facts[key] = _fact(self, key)
        return self._facts[key]

    @cached_property
    def visitor(self) -> Visitor:
        """Whom it is counted for."""
        whose = self.fact("account")
        return Visitor(whose if isinstance(whose, str) else None, self.request.address)

    def occasion(self, operation: Operation) -> Occasion:
        """Return what the rules for an operation look at."""
        elapsed = self.world.clock.now() - self.world.began
        generation = None if self.subject is None else self.subject.id
        return Occasion(operation, self.fact, self.visitor.name, generation, elapsed)


# Whoever asks for these needs no token: they name their account in another way.
_OPEN: Final = frozenset({Operation.SIGNUP, Operation.LOGIN, Operation.FORGOT_PASSWORD, Operation.MEDIA})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _fact(call: Call, key: str) -> object:
    family, _, name = key.partition(".")
    if family == "header":
        value = call.request.header(name.encode())
        return UNSET if value is None else value
    if family == "query":
        return call.request.parameters.get(name, UNSET)
    if key == "account":
        return _account(call)
    return _of_order(call, key) if call.operation is Operation.CREATE else _of_subject(call, key)


def _account(call: Call) -> object:
    """Return the caller's e-mail, else the one in the body; for media the owner's."""
    if call.operation is Operation.MEDIA and call.subject is not None:
        return call.world.accounts[call.subject.owner].email
    if call.caller is not None:
        return call.caller.account.email
    if call.email is not None:
        return call.email
    fields = call.request.fields
    return fields.get("email", fields.get("username", UNSET))


def _of_order(call: Call, key: str) -> object:
    family, dot, name = key.partition(".")
    value = call.request.fields.get(family, UNSET)
    if not dot:
        return value
    return value.get(name, UNSET) if isinstance(value, dict) else UNSET


def _of_subject(call: Call, key: str) -> object:
    generation = call.subject if call.operation is Operation.MEDIA else call.asks
    if generation is None:
        return UNSET
    if key == "id":
        return generation.id
    if key == "status":
        return call.world.time.snapshot(generation).status
    return generation.order.fact(key)


class Endpoint(Struct, frozen=True, kw_only=True):
    """One method of one path: what it is called, what answers it, and what its documentation says.

    `documented` tells an answer that the reference publishes from one that is assumed, `source` says which part is
    what. `errors` are the statuses beside 405, 413 and 431, which any can answer with. `body` and `view` are what it
    takes and gives, None where that is no JSON; `form` says that the body is a form instead.
    """

    operation: Operation
    method: str
    path: str
    answer: Callable[[Call], Answer]
    protected: bool = True
    documented: bool = False
    success: int = 200
    errors: tuple[int, ...] = ()
    summary: str
    source: str
    body: type[Struct] | None = None
    form: bool = False
    view: type | None = None
