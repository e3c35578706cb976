"""One request to the emulated API, and the declaration of the endpoints that answer it."""

from collections.abc import Callable, Mapping
from functools import cached_property

from msgspec import UNSET, Struct

from mockserver.core.account import Account
from mockserver.core.errors import NotFound
from mockserver.core.generation import Generation
from mockserver.core.operation import OPEN, TRAITS, Operation
from mockserver.core.scenario import ApiSettings
from mockserver.core.verdict import NO_VERDICTS, Cause, Verdicts
from mockserver.http.api.answers import Answer
from mockserver.http.endpoints import Endpoint, Parameter
from mockserver.http.request import Request, whole_number
from mockserver.world.accounts import Caller
from mockserver.world.faults import Occasion
from mockserver.world.journal import NOTHING_CONSIDERED, Explanation
from mockserver.world.limits import Visitor
from mockserver.world.world import Accepted, World


class ApiRequest:
    """One request in its world. Its parts become known in the order of the fields below."""

    account: Account
    """The account that the request acts for, known once its caller has been admitted."""
    operation: Operation | None = None
    """The operation that it asks for; None until it reaches an endpoint."""
    ids: Mapping[str, str] = {}
    """The placeholders of the endpoint's path, with the texts that stand there."""
    caller: Caller | None = None
    """The caller that its token names, admitted or not."""
    subject: Generation | None = None
    """The generation that its path names, whether or not the caller may see it."""
    turned_away = False
    """Whether its caller was refused for want of a good token."""
    accepted: Accepted | None = None
    """The order that the world has accepted."""
    rules: tuple[Cause, ...] = ()
    """The rules that had a hand in the answer, in their order."""
    limits: Verdicts = NO_VERDICTS
    """The verdicts of the limits that were asked about it."""
    faults: Verdicts = NO_VERDICTS
    """The verdicts of the faults that were asked about it."""

    def __init__(
        self, world: World, sent: Request, number: int, email: str | None = None, public_url: str | None = None
    ) -> None:
        self.world = world
        self.sent = sent
        self.number = number
        """Its number in the world's journal, from 1."""
        self.email = email
        """The account that it logs in as where its address chose a world too; None to use the form's."""
        self._public_url = public_url
        self._facts: dict[str, object] = {}

    def reach(self, endpoint: "ApiEndpoint", ids: Mapping[str, str]) -> None:
        """Identify operation, caller and generation of the endpoint that the path leads to; refuse nothing yet."""
        self.operation = endpoint.operation
        bearer = self.sent.head.bearer
        if bearer is not None and endpoint.protected:
            self.caller = self.world.accounts.identify(bearer)
        self.ids = ids
        if "id" in ids:
            self.subject = self.world.generations.get(whole_number(ids["id"]) or 0)

    @property
    def origin(self) -> str:
        """The beginning of links to the server, such as `http://127.0.0.1:8402`."""
        return self._public_url or self.sent.origin

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
        """The generation that the path names; raises NotFound unless the caller may see it."""
        if self.subject is None:
            raise NotFound("Generation not found")
        return self.world.find(self.account, self.subject.id)

    @property
    def named(self) -> str | None:
        """The e-mail of the account that a request names without a token; of media it is the owner's."""
        if self.operation not in OPEN:
            return None
        email = self.fact("account")
        account = self.world.accounts.by_email(email) if isinstance(email, str) else None
        return None if account is None else account.email

    def fact(self, key: str) -> object:
        """Return the value that the request has under a key of `when`, looked up once; UNSET where it has none."""
        # The facts must not point back to the request: such a circle would keep each body until the next garbage
        # collection.
        if key not in self._facts:
            self._facts[key] = _fact(self, key)
        return self._facts[key]

    @cached_property
    def visitor(self) -> Visitor:
        """The account or address that limits and waits are counted for."""
        account = self.fact("account")
        return Visitor(account if isinstance(account, str) else None, self.sent.address)

    def occasion(self, operation: Operation) -> Occasion:
        """Return the facts that the rules for an operation look at."""
        elapsed = self.world.clock.now() - self.world.began
        generation = None if self.subject is None else self.subject.id
        return Occasion(operation, self.fact, self.visitor.name, generation, elapsed)


def _fact(request: ApiRequest, key: str) -> object:
    family, _, name = key.partition(".")
    if family == "header":
        value = request.sent.header(name.encode())
        return UNSET if value is None else value
    if family == "query":
        return request.sent.parameters.get(name, UNSET)
    if key == "account":
        return _account(request)
    return _of_order(request, key) if request.operation is Operation.CREATE else _of_subject(request, key)


def _account(request: ApiRequest) -> object:
    """Return the caller's e-mail, else the one in the body; for media the owner's."""
    if request.operation is Operation.MEDIA and request.subject is not None:
        return request.world.accounts[request.subject.owner].email
    if request.caller is not None:
        return request.caller.account.email
    if request.email is not None:
        return request.email
    fields = request.sent.fields
    return fields.get("email", fields.get("username", UNSET))


def _of_order(request: ApiRequest, key: str) -> object:
    family, dot, name = key.partition(".")
    value = request.sent.fields.get(family, UNSET)
    if not dot:
        return value
    return value.get(name, UNSET) if isinstance(value, dict) else UNSET


def _of_subject(request: ApiRequest, key: str) -> object:
    generation = request.subject if request.operation is Operation.MEDIA else request.asks
    if generation is None:
        return UNSET
    if key == "id":
        return generation.id
    if key == "status":
        return request.world.time.snapshot(generation).status
    return generation.order.fact(key)


class Beforehand(Struct, frozen=True):
    """Something that an exchange will need, and that takes long to make."""

    make: Callable[[], object]
    """Makes it, in a thread: it must not use anything that the event loop changes."""
    keep: Callable[[object], None]
    """Takes it into a cache, in the event loop, right before the exchange."""


def no_parameters(_: ApiSettings) -> tuple[Parameter, ...]:
    """Declare a query without parameters."""
    return ()


class ApiEndpoint(Endpoint, frozen=True, kw_only=True):
    """One endpoint of the emulated API."""

    operation: Operation
    answer: Callable[[ApiRequest], Answer]
    query: Callable[[ApiSettings], tuple[Parameter, ...]] = no_parameters
    """The parameters of the query as a scenario has them."""
    beforehand: Callable[[ApiRequest], Beforehand | None] | None = None
    """Returns what is to be made before a request is exchanged, if anything; None where nothing ever is."""
    documented: bool = False
    """Whether the reference publishes the answer; else it is assumed."""
    source: str
    """A sentence that tells the published parts from the assumed ones."""
    form: bool = False
    """Whether the body is a form; else it is JSON."""

    @cached_property
    def protected(self) -> bool:
        """Whether the endpoint needs a token."""
        return TRAITS[self.operation].needs_token
