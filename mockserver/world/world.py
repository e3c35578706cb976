"""One world: the state of one run of a scenario, and the functions that change this state.

This object holds all state, so to start over means to make a new world. No method awaits anything, so the state that a
method reads is still the same when the method writes.
"""

from collections.abc import Callable
from itertools import islice
from typing import Protocol

from msgspec import Struct

from mockserver.core.account import Account
from mockserver.core.age import Age
from mockserver.core.catalogue import price_of
from mockserver.core.errors import InsufficientCredits, NotFound, Unavailable
from mockserver.core.generation import Generation, Model, Order, choose_life
from mockserver.core.history import Selection
from mockserver.core.limits import By
from mockserver.core.operation import Operation
from mockserver.core.rules import Fact
from mockserver.core.verdict import Verdicts
from mockserver.core.wallet import EntryKind, LedgerEntry
from mockserver.language.loaded import LoadedScenario
from mockserver.world.accounts import Accounts, signing_key
from mockserver.world.bounds import MOST_GENERATIONS, MOST_ORDER_BYTES, Bounds
from mockserver.world.clock import Clock, RealTime
from mockserver.world.events import Events
from mockserver.world.faults import Faults
from mockserver.world.file_cache import FileCache
from mockserver.world.journal import Journal
from mockserver.world.limits import Judgement, Limits, Visitor
from mockserver.world.links import Links
from mockserver.world.refunds import Refunds
from mockserver.world.rules_in_force import in_force
from mockserver.world.shelves import Shelves
from mockserver.world.time import Time


class Accepted(Struct, frozen=True):
    """An order that a world has accepted: the generation, and the verdict on each rule that could script its life."""

    generation: Generation
    verdicts: Verdicts


Group = tuple[By, int | str | None]
"""The key under which an `active` limit counts orders: the id of an account, an address, or None for all orders."""


def _group(by: By, owner: int | None, address: str) -> Group:
    if by is By.WORLD:
        return by, None
    return by, owner if by is By.ACCOUNT else address


class Recorder(Protocol):
    """Records all that changes a world, so that the past of the world can be made again."""

    def prepare(self, world: "World") -> None:
        """Prepare to record a request or a command that may change the world."""

    def record(self, world: "World", repeat: Callable[["World"], object], size: int) -> None:
        """Record a request or a command that has changed a world.

        `repeat` does the same again in another world; `size` is the number of bytes that it keeps in memory.
        """


class World:
    """One complete, independent run of a scenario."""

    def __init__(
        self, loaded: LoadedScenario, name: str = "default", real: RealTime | None = None, bounds: Bounds | None = None
    ) -> None:
        self.loaded = loaded
        self.scenario = scenario = loaded.scenario
        self.name = name
        self.clock = Clock(scenario.clock, real or RealTime())
        self.generations: dict[int, Generation] = {}
        self.began = self.clock.now()
        bounds = bounds or Bounds()
        self.journal = Journal(bounds.journal_entries, bounds.journal_bytes)
        self.file_cache = FileCache()
        key = signing_key(scenario.seed, name)
        self.accounts = Accounts(scenario, name, self.clock, key)
        self.time = Time(self.clock, self.generations, self.accounts.refund_age)
        self.shelves = Shelves(self.time)
        self.refunds = Refunds(self.time, self.accounts)
        self.events = Events(self.time)
        self.links = Links(self.clock, key, scenario.media.ttl)
        self.lives = in_force("generations", scenario.generations)
        self.faults = Faults(scenario.faults, scenario.seed)
        self.limits = Limits(scenario.limits)
        self._caps = {limit.by for limit in scenario.limits if limit.active is not None}
        self._unfinished: dict[Group, dict[int, None]] = {}
        """The generations that `active` limits may count, by the key of their limit. Some may be finished."""
        self.order_bytes = 0
        """The total size of the orders of all generations, in bytes, as `Order.weight` computes it."""
        self.restarts = 0
        """How many worlds of this name this one has replaced, one after the other."""
        self.recorder: Recorder | None = None
        """Records all changes of this world; None if its past is not kept."""

    def balance(self, account: Account) -> int:
        """Return the credits that the account can spend now."""
        self.refunds.settle(self.time)
        return account.ledger.balance

    # Limits

    def judge(self, operation: Operation, visitor: Visitor) -> Judgement:
        """Check a request against the limits and count the request. Return the decision of the limits."""
        return self.limits.judge(operation, visitor, self.clock.now(), lambda by: self._underway(by, visitor))

    def _underway(self, by: By, visitor: Visitor) -> dict[int, int | None]:
        account = self.accounts.by_email(visitor.account or "") if by is By.ACCOUNT else None
        group = self._unfinished.get(_group(by, None if account is None else account.id, visitor.address), {})
        for id_ in [id_ for id_ in group if self._over(self.generations[id_])]:
            del group[id_]
        return {id_: self._remaining(self.generations[id_]) for id_ in group}

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
        """Accept an order and reserve its cost.

        Raises Invalid if the model is unknown, InsufficientCredits if the balance is too low, and Unavailable if the
        world is full.

        `address` is the address of the client, for the limits that count by address.
        """
        if len(self.generations) >= MOST_GENERATIONS:
            raise Unavailable(hint=f"a world holds at most {MOST_GENERATIONS} generations; reset it")
        price = price_of(order, self.models(), unknown=self.scenario.api.unknown_models)
        chosen = choose_life(self.scenario.generations, [life.seen for life in self.lives], fact)
        cost = price if chosen.life.cost is None else chosen.life.cost
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
        for by in self._caps:
            self._unfinished.setdefault(_group(by, account.id, address), {})[generation.id] = None
        return Accepted(generation, chosen.verdicts)

    def _keep(self, order: Order) -> None:
        """Count the bytes of an order. Raises Unavailable if the world has no room for these bytes."""
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
        self.journal.totals.generations += 1
        account.generations[id_] = None
        account.ledger.write(LedgerEntry(EntryKind.RESERVE, generation.cost, now, exchange, id_))
        due = self.scenario.wallet.refund_age(generation.timeline)
        if due is not None:
            account.ledger.write(LedgerEntry(EntryKind.REFUND, generation.cost, now, exchange, id_, due))
        self.time.start(generation)

    def schedule_refund(self, generation: Generation, due: int | None, exchange: int | None = None) -> None:
        """Schedule the refund of a generation for the age `due`, in microseconds; no refund if `due` is None.

        The new refund replaces an earlier refund that has not come due yet.
        """
        self.refunds.settle(self.time)
        ledger = self.accounts[generation.owner].ledger
        ledger.void(generation.id)
        if due is not None:
            ledger.write(LedgerEntry(EntryKind.REFUND, generation.cost, self.clock.now(), exchange, generation.id, due))
        self.time.refund_changed(generation)
        self.refunds.changed(self.time, generation)

    def find(self, account: Account, id_: int) -> Generation:
        """Return a generation of an account.

        Raises NotFound if it does not exist, belongs to another account, is deleted, or is not visible yet.
        """
        generation = self.generations.get(id_)
        if generation is None or generation.owner != account.id or generation.deleted:
            raise NotFound("Generation not found")
        if generation.visible_after and self.time.age(id_) < generation.visible_after:
            raise NotFound("Generation not found", hint="`visible_after` hides it still")
        return generation

    def delete(self, account: Account, generation: Generation, exchange: int) -> None:
        """Delete a generation. An unfinished generation is refunded as the section `wallet` says."""
        age = self.time.age_of(generation)
        generation.deleted = True
        self._forget_settings(generation)
        self.time.run(generation)
        del account.generations[generation.id]
        if not generation.finished(age):
            self.schedule_refund(generation, self.scenario.wallet.refund_age_if_deleted(age), exchange)

    def _forget_settings(self, generation: Generation) -> None:
        """Drop the settings of a deleted generation, to free their bytes.

        The control plane shows only the rest of the order.
        """
        brief = generation.order.without_settings()
        self.order_bytes -= generation.order.weight - brief.weight
        generation.order = brief

    def history(self, account: Account, selection: Selection) -> tuple[list[Generation], int]:
        """Return one page of an account's generations, and the number of generations on all pages."""
        newest_first = self.scenario.api.order == "newest-first"
        if not selection.everything:
            found = self.shelves.history(self.time, account.id, selection, newest_first=newest_first)
            return [self.generations[id_] for id_ in found.ids], found.count
        ids = account.generations
        first = (selection.page - 1) * selection.size
        ordered = reversed(ids) if newest_first else iter(ids)
        return [self.generations[id_] for id_ in islice(ordered, first, first + selection.size)], len(ids)
