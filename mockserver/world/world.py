"""One world: the facts of one run of a scenario, and the verbs on them.

All state hangs off this object, so starting over means making another one. No verb awaits anything, so the facts that
a verb reads still hold when it writes.
"""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

from msgspec import Struct

from mockserver.core import chance, token
from mockserver.core.account import Account, Declaration, numbered, require_email
from mockserver.core.age import Age
from mockserver.core.catalogue import price_of
from mockserver.core.document import quoted, worded
from mockserver.core.errors import Flaw, Forbidden, InsufficientCredits, Invalid, NotFound, Unauthorized, Unavailable
from mockserver.core.generation import Generation, Model, Order, choose_life
from mockserver.core.history import Selection, page
from mockserver.core.instant import SECOND, whole_seconds
from mockserver.core.limits import By
from mockserver.core.operation import Operation
from mockserver.core.rules import Fact
from mockserver.core.verdict import Verdicts
from mockserver.core.wallet import Entry, Kind
from mockserver.language.loaded import LoadedScenario
from mockserver.world.accounts import Accounts
from mockserver.world.bounds import MOST_ACCOUNTS, MOST_GENERATIONS, MOST_ORDER_BYTES, Bounds
from mockserver.world.clock import Clock, RealTime
from mockserver.world.events import Events
from mockserver.world.faults import Faults
from mockserver.world.file_cache import FileCache
from mockserver.world.journal import Journal
from mockserver.world.limits import Judgement, Limits, Visitor
from mockserver.world.rules_in_force import in_force
from mockserver.world.time import Time


class Caller(Struct, frozen=True):
    """The account that a request names: by a token with these claims or, if there are none, by its API key."""

    account: Account
    claims: token.Claims | None = None


class Accepted(Struct, frozen=True):
    """An order that a world has accepted: the generation, and the verdict on each rule that could script its life."""

    generation: Generation
    verdicts: Verdicts


def key(seed: int, name: str) -> bytes:
    """Return the key with which a world of this name signs tokens and links."""
    return chance.secret(seed, "key", name)


def few(names: Iterable[str]) -> str:
    """Return the first three names, to end a sentence that begins with "there is"."""
    return ", ".join(map(worded, islice(names, 3))) or "none at all"


# Seconds since 1970 as a link carries them; a server of this seed signs no others, but its key can be made anew.
_EXPIRES: Final = re.compile(r"[0-9]{1,15}")
# An address with a space for its plus. Source: WHATWG URL, "application/x-www-form-urlencoded": a plus means a space.
_SENT_PLUS: Final = re.compile(r"\S \S+@")


class World:
    """One complete, independent run of a scenario."""

    def __init__(
        self, script: LoadedScenario, name: str = "default", real: RealTime | None = None, bounds: Bounds | None = None
    ) -> None:
        self.script = script
        self.scenario = scenario = script.scenario
        self.name = name
        self.clock = Clock(scenario.clock, real or RealTime())
        self.generations: dict[int, Generation] = {}
        self.time = Time(self.clock, self.generations)
        self.events = Events(self.time)
        self.began = self.clock.now()
        bounds = bounds or Bounds()
        self.journal = Journal(bounds.journal_entries, bounds.journal_bytes)
        self.file_cache = FileCache()
        self.accounts = Accounts()
        self.lives = in_force("generations", scenario.generations)
        self.faults = Faults(scenario.faults, scenario.seed)
        self.limits = Limits(scenario.limits)
        self._unfinished: dict[int, str] = {}
        self.order_bytes = 0
        """Bytes that the orders of all generations are counted with."""
        self._key = key(scenario.seed, name)
        for id_, declaration in numbered(scenario.accounts):
            self._open(id_, declaration, exchange=None)

    # Accounts

    def _open(self, id_: int, declaration: Declaration, exchange: int | None) -> Account:
        account = self.accounts.open(id_, declaration, self.clock.now())
        account.ledger.write(Entry(Kind.GRANT, declaration.credits, account.created_at, exchange))
        return account

    def signup(self, declaration: Declaration, exchange: int) -> Account:
        """Open an account; Invalid if the address is none or taken."""
        require_email(declaration.email)
        if self.accounts.by_email(declaration.email):
            raise Invalid(Flaw("email", "an account with this address exists already"))
        if len(self.accounts) >= MOST_ACCOUNTS:
            raise Unavailable(hint=f"a world holds at most {MOST_ACCOUNTS} accounts; reset it")
        return self._open(self.accounts.next_id, declaration, exchange)

    def login(self, email: str, password: str) -> str:
        """Return a new access token; Unauthorized unless the password is the account's."""
        account = self.accounts.by_email(email)
        if account is None or account.password != password:
            raise Unauthorized("Incorrect email or password", hint=self._stranger(email))
        ttl = self.scenario.tokens.ttl
        return token.issue(token.claims(account.id, account.session, self.name, self.clock.now(), ttl), self._key)

    def _stranger(self, email: str) -> str:
        """Return why a login by this address failed, in full: a test may know everything."""
        if self.accounts.by_email(email) is not None:
            return f"{email} has another password in the world {self.name}"
        unknown = f"there is no account {quoted(email)} in the world {self.name}"
        if _SENT_PLUS.search(email):
            return f"{unknown}; a + in a form is written %2B, else it means a space"
        return f"{unknown}; there is {few(account.email for account in self.accounts)}"

    def caller(self, bearer: str) -> Caller | None:
        """Return the account that a token or API key names, None if there is none; this refuses no request."""
        claims = token.read(bearer, self._key)
        if claims is None:
            owner = self.accounts.by_api_key(bearer)
            return None if owner is None else Caller(owner)
        account = self.accounts.by_id(int(claims.sub)) if claims.world == self.name else None
        return None if account is None else Caller(account, claims)

    def admit(self, caller: Caller | None) -> Account:
        """Return the account of a caller whose token still counts; Unauthorized for any other."""
        if caller is None:
            raise Unauthorized(
                hint="no bearer token that this world signed: log in here; another seed or world signs others"
            )
        if caller.claims is not None and not caller.claims.good(self.clock.now(), caller.account.session):
            raise Unauthorized(hint="this token has expired; `tokens: {ttl}` sets how long one is good")
        return caller.account

    def balance(self, account: Account) -> int:
        """Return the credits that the account can spend now."""
        return account.ledger.balance(self.time.age)

    # Limits

    def judge(self, operation: Operation, visitor: Visitor) -> Judgement:
        """Put a request to the limits: admit and count it, or refuse it."""
        return self.limits.judge(operation, visitor, self.clock.now(), lambda by: self._underway(by, visitor))

    def _underway(self, by: By, visitor: Visitor) -> dict[int, int | None]:
        for id_ in [id_ for id_ in self._unfinished if self._over(self.generations[id_])]:
            del self._unfinished[id_]
        account = self.accounts.by_email(visitor.account or "")
        whose = None if account is None else account.id
        return {
            id_: self._remaining(self.generations[id_])
            for id_, address in self._unfinished.items()
            if by is By.WORLD or (address == visitor.address if by is By.IP else self.generations[id_].owner == whose)
        }

    def _remaining(self, generation: Generation) -> int | None:
        finish = generation.timeline.finish
        return None if finish is None else finish - self.time.age(generation.id)

    def _over(self, generation: Generation) -> bool:
        return generation.deleted or generation.finished(self.time.age(generation.id))

    # Generations

    def models(self) -> list[Model]:
        """Return the models on offer now."""
        elapsed = self.clock.now() - self.began
        return [model for model in self.scenario.models if model.offered(elapsed)]

    def create(self, account: Account, order: Order, fact: Fact, exchange: int, address: str = "") -> Accepted:
        """Accept an order and reserve its cost; Invalid for an unknown model, InsufficientCredits, Unavailable.

        `address` is where it came from, for the limits that count by that.
        """
        if len(self.generations) >= MOST_GENERATIONS:
            raise Unavailable(hint=f"a world holds at most {MOST_GENERATIONS} generations; reset it")
        price = price_of(order, self.models(), unknown=self.scenario.api.unknown_models)
        chosen = choose_life(self.scenario.generations, [life.seen for life in self.lives], fact)
        cost = price if chosen.life.cost is None else chosen.life.cost
        account.ledger.settle(self.time.age)
        balance = self.balance(account)
        if balance < cost:
            raise InsufficientCredits(hint=f"the balance is {balance}, the cost {cost}; `accounts` sets the credits")
        self._keep(order)
        for i in chosen.matching:
            self.lives[i].seen += 1
        if chosen.firing is not None:
            self.lives[chosen.firing].fired += 1
        now = self.clock.now()
        generation = Generation(
            id=self.scenario.api.first_generation + len(self.generations),
            owner=account.id,
            order=order,
            cost=cost,
            created_at=now,
            timeline=chosen.life.timeline,
            age=Age(now),
            visible_after=chosen.life.visible_after,
            rule=chosen.rule,
        )
        self._accept(account, generation, exchange)
        self._unfinished[generation.id] = address
        return Accepted(generation, chosen.verdicts)

    def _keep(self, order: Order) -> None:
        """Count the bytes of an order; Unavailable if the world has no room for them."""
        weight = order.weight
        if self.order_bytes + weight > MOST_ORDER_BYTES:
            raise Unavailable(
                hint=f"a world keeps at most {MOST_ORDER_BYTES} bytes of orders; it has {self.order_bytes}, this order"
                f" {weight}: delete generations with large settings, or reset it"
            )
        self.order_bytes += weight

    def _accept(self, account: Account, generation: Generation, exchange: int) -> None:
        now, id_ = generation.created_at, generation.id
        self.generations[id_] = generation
        self.time.start(generation)
        account.generations[id_] = None
        account.ledger.write(Entry(Kind.RESERVE, generation.cost, now, exchange, id_))
        due = self.scenario.wallet.refund_age(generation.timeline)
        if due is not None:
            account.ledger.write(Entry(Kind.REFUND, generation.cost, now, exchange, id_, due))

    def find(self, account: Account, id_: int) -> Generation:
        """Return an account's generation; NotFound where there is none, it is another's, deleted or not visible yet."""
        generation = self.generations.get(id_)
        if generation is None or generation.owner != account.id or generation.deleted:
            raise NotFound("Generation not found")
        if self.time.age(id_) < generation.visible_after:
            raise NotFound("Generation not found", hint="`visible_after` hides it still")
        return generation

    def delete(self, account: Account, generation: Generation, exchange: int) -> None:
        """Delete a generation; an unfinished one gives back its cost as the section `wallet` says."""
        now, wallet = self.clock.now(), self.scenario.wallet
        age = generation.age.at(now)
        generation.deleted = True
        self._forget_settings(generation)
        self.time.run(generation)
        del account.generations[generation.id]
        if generation.finished(age):
            return
        account.ledger.void(generation.id)
        if wallet.refund_deleted:
            due = age + wallet.refund_delay
            account.ledger.write(Entry(Kind.REFUND, generation.cost, now, exchange, generation.id, due))

    def _forget_settings(self, generation: Generation) -> None:
        """Give back the bytes of the settings: of a deleted generation the control plane shows the rest alone."""
        brief = generation.order.without_settings()
        self.order_bytes -= generation.order.weight - brief.weight
        generation.order = brief

    def history(self, account: Account, selection: Selection) -> tuple[list[Generation], int]:
        """Return one page of an account's generations, and how many there are on all pages."""
        ids = account.generations
        oldest_first = self.scenario.api.order == "oldest-first"
        ordered = (self.generations[id_] for id_ in (ids if oldest_first else reversed(ids)))
        return page(ordered, len(ids), selection, lambda generation: self.time.snapshot(generation).status)

    # Links

    def link(self, path: str) -> str:
        """Return `path` with the query that makes it good for as long as the section `media` says."""
        ttl = self.scenario.media.ttl
        if ttl is None:
            return f"{path}?signature={token.sign(path, self._key)}"
        expires = whole_seconds(self.clock.now() + ttl)
        return f"{path}?expires={expires}&signature={token.sign(f'{path}?{expires}', self._key)}"

    def require_link(self, path: str, expires: str | None, signature: str) -> None:
        """Raise Forbidden unless this world signed the link and it has not expired."""
        signed = token.signed(path if expires is None else f"{path}?{expires}", signature, self._key)
        if not signed or (expires is not None and not _EXPIRES.fullmatch(expires)):
            raise Forbidden("Invalid signature")
        if expires is not None and self.clock.now() >= int(expires) * SECOND:
            raise Forbidden(
                "Link expired", hint="read the generation again for a fresh link; `media: {ttl}` sets how long"
            )
