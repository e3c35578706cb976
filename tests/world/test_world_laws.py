"""Laws of a world: credits are conserved, a refusal changes nothing, and the same verbs give the same facts."""

from copy import deepcopy
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mockserver.core import wallet
from mockserver.core.account import Declaration
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.errors import InsufficientCredits, Invalid
from mockserver.core.generation import Generation, GenerationType, Life, Order
from mockserver.core.instant import SECOND
from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from mockserver.core.timeline import Step
from mockserver.core.wallet import EntryKind, WalletSettings
from mockserver.language.loaded import LoadedScenario
from mockserver.world import steering
from mockserver.world.clock import RealTime
from mockserver.world.world import World

STEP = 2 * SECOND
CREDITS = {17: 20, 18: 9}
COSTS = {"text-standard": 2, "voice-standard": 3, "image-unheard-of": None}
PENDING = Step(status="pending", lasts=3 * SECOND)

# The lives by prompt: the life, the age at which it is finished, and whether it has then failed.
LIVES = {
    "works": (None, 8 * SECOND, False),
    "works at once": ((Step(status="completed"),), 0, False),
    "fails": ((PENDING, Step(status="failed")), 3 * SECOND, True),
    "fails at once": ((Step(status="failed"),), 0, True),
    "recovers": ((Step(status="failed", lasts=5 * SECOND), Step(status="completed")), 5 * SECOND, False),
    "is stuck": ((PENDING, Step(status="processing")), None, False),
}


def scenario(mode: Mode, refunds: WalletSettings) -> Scenario:
    return Scenario(
        clock=ClockSettings(mode=mode, step=STEP, start=0),
        accounts=tuple(
            Declaration(id=id_, email=f"{id_}@example.com", password="secret", credits=amount)
            for id_, amount in CREDITS.items()
        ),
        generations=tuple(Life(when={"prompt": prompt}, then=steps) for prompt, (steps, _, _) in LIVES.items()),
        wallet=refunds,
    )


def order(model: str, prompt: str) -> Order:
    return Order(GenerationType(model.partition("-")[0]), model, prompt)


def facts(world: World) -> object:
    """A copy of all facts of a world."""
    accounts = {
        account.id: (account.email, account.session, list(account.ledger), list(account.generations))
        for account in world.accounts
    }
    return deepcopy((world.clock.now(), [life.seen for life in world.lives], world.generations, accounts))


@dataclass
class Job:
    """The model's record of an order: its age runs with the world, or waits for its owner's polls."""

    owner: int
    cost: int
    created: int
    finish: int | None
    fails: bool
    running: bool
    age: int = 0
    answered: dict[Operation, int] = field(default_factory=dict)
    deleted: int | None = None

    def finished(self, age: int) -> bool:
        return self.finish is not None and age >= self.finish


class Conservation(RuleBasedStateMachine):
    """A world beside a model of it that keeps no ledger: the model computes each refund from its order."""

    @initialize(
        mode=st.sampled_from(Mode),
        refunds=st.builds(
            WalletSettings,
            refund_failed=st.booleans(),
            refund_deleted=st.booleans(),
            refund_delay=st.sampled_from([0, 1, 3 * SECOND]),
        ),
    )
    def begin(self, mode: Mode, refunds: WalletSettings) -> None:
        self.elapsed = self.now = 0
        real = RealTime(elapsed=lambda: self.elapsed, today=lambda: 0)
        self.world = World(LoadedScenario(scenario(mode, refunds)), real=real)
        self.refunds = refunds
        self.granted = dict(CREDITS)
        self.jobs: dict[int, Job] = {}

    def until(self, instant: int) -> None:
        for job in self.jobs.values():
            job.age += instant - self.now if job.running else 0
        self.now = instant

    def refunded(self, job: Job) -> bool:
        delay = self.refunds.refund_delay
        if job.deleted is not None and not job.finished(job.deleted):
            return self.refunds.refund_deleted and job.age >= job.deleted + delay
        return self.refunds.refund_failed and job.fails and job.finish is not None and job.age >= job.finish + delay

    def balance(self, owner: int) -> int:
        jobs = [job for job in self.jobs.values() if job.owner == owner]
        return self.granted[owner] - sum(job.cost for job in jobs if not self.refunded(job))

    def outcome(self, owner: int, model: str, prompt: str) -> type[Exception] | Generation:
        asked = order(model, prompt)
        try:
            number = self.world.journal.number()
            return self.world.create(self.world.accounts[owner], asked, asked.fact, number).generation
        except (Invalid, InsufficientCredits) as error:
            return type(error)

    @rule(owner=st.sampled_from(list(CREDITS)), model=st.sampled_from(list(COSTS)), prompt=st.sampled_from(list(LIVES)))
    def create(self, owner: int, model: str, prompt: str) -> None:
        cost, before = COSTS[model], facts(self.world)
        outcome = self.outcome(owner, model, prompt)
        if cost is None or self.balance(owner) < cost:
            assert outcome is (Invalid if cost is None else InsufficientCredits)
            assert facts(self.world) == before
            return
        assert isinstance(outcome, Generation)
        _, finish, fails = LIVES[prompt]
        running = self.world.clock.mode is not Mode.POLL or finish == 0
        self.jobs[outcome.id] = Job(owner, cost, self.now, finish, fails, running)
        assert outcome.id == 1841 + len(self.jobs)

    def some(self, data: st.DataObject) -> tuple[Generation, Job]:
        id_ = data.draw(st.sampled_from([id_ for id_, job in self.jobs.items() if job.deleted is None]))
        return self.world.generations[id_], self.jobs[id_]

    @precondition(lambda self: any(job.deleted is None for job in self.jobs.values()))
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        generation, job = self.some(data)
        self.world.delete(self.world.accounts[job.owner], generation, self.world.journal.number())
        job.deleted, job.running = job.age, True

    @precondition(lambda self: any(job.deleted is None for job in self.jobs.values()))
    @rule(data=st.data(), operation=st.sampled_from([Operation.STATUS, Operation.RESULT]), admitted=st.booleans())
    def ask(self, data: st.DataObject, operation: Operation, admitted: bool) -> None:
        generation, job = self.some(data)
        self.world.time.age_on_poll(generation, operation)
        if admitted:
            self.world.time.note_answer(generation, operation)
        if not job.running and job.answered.get(operation) == job.age:
            job.age += STEP
            self.until(max(self.now, job.created + job.age))
            job.running = job.finished(job.age)
        if admitted and not job.running:
            job.answered[operation] = job.age

    @rule(owner=st.sampled_from(list(CREDITS)), amount=st.integers(-15, 15))
    def grant(self, owner: int, amount: int) -> None:
        before = facts(self.world)
        if self.balance(owner) + amount < 0:
            with pytest.raises(Invalid):
                steering.grant(self.world, self.world.accounts[owner], amount)
            assert facts(self.world) == before
            return
        steering.grant(self.world, self.world.accounts[owner], amount)
        self.granted[owner] += amount

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), status=st.sampled_from(["completed", "failed"]))
    def finish(self, data: st.DataObject, status: str) -> None:
        id_ = data.draw(st.sampled_from(list(self.jobs)))
        generation, job, before = self.world.generations[id_], self.jobs[id_], facts(self.world)
        if job.deleted is not None or job.finished(job.age):
            with pytest.raises(Invalid):
                steering.finish(self.world, generation, Step(status=status))
            assert facts(self.world) == before
            return
        steering.finish(self.world, generation, Step(status=status))
        job.finish, job.fails, job.running = job.age, status == "failed", True

    @rule(duration=st.integers(0, 4 * SECOND))
    def advance(self, duration: int) -> None:
        before = {account.id: self.world.balance(account) for account in self.world.accounts}
        moved = steering.advance(self.world, self.now + duration)
        for job in self.jobs.values():
            job.age += 0 if job.running else duration
        self.until(self.now + duration)
        for job in self.jobs.values():
            job.running = job.running or job.finished(job.age)
        refunded = [(self.jobs[due.generation].owner, due.credits) for due in moved.due if due.what == "refund"]
        for id_, spendable in before.items():
            assert self.balance(id_) == spendable + sum(amount or 0 for owner, amount in refunded if owner == id_)

    @rule(mode=st.sampled_from(Mode))
    def change(self, mode: Mode) -> None:
        self.world.time.change(mode, STEP, 1)
        for job in self.jobs.values():
            job.running = mode is not Mode.POLL or job.deleted is not None or job.finished(job.age)

    @rule(instant=st.integers(-SECOND, 4 * SECOND))
    def reach(self, instant: int) -> None:
        self.world.time.reach(self.now + instant)
        self.until(self.now + max(instant, 0))

    @rule(passed=st.integers(0, 4 * SECOND))
    def real_time_passes(self, passed: int) -> None:
        self.elapsed += passed
        self.world.clock.read()
        self.until(self.now + (passed if self.world.clock.mode is Mode.REAL else 0))

    @invariant()
    def credits_are_conserved(self) -> None:
        for account in self.world.accounts:
            spendable = self.world.balance(account)
            assert spendable == self.balance(account.id) == wallet.balance(account.ledger, self.world.time.age)
            assert 0 <= spendable <= self.granted[account.id]

    @invariant()
    def no_order_has_two_refunds(self) -> None:
        for account in self.world.accounts:
            refunded = [entry.generation for entry in account.ledger if entry.kind is EntryKind.REFUND]
            assert len(refunded) == len(set(refunded))

    @invariant()
    def everything_is_as_old_as_the_model_says(self) -> None:
        assert self.world.clock.now() == self.now
        assert {id_: self.world.time.age(id_) for id_ in self.jobs} == {id_: job.age for id_, job in self.jobs.items()}


TestConservation = Conservation.TestCase
TestConservation.settings = settings(max_examples=100, stateful_step_count=30)


Verb = tuple[str, int]
verbs = st.lists(st.tuples(st.sampled_from(["create", "ask", "delete", "later", "signup", "login"]), st.integers(0, 5)))


def live(world: World, sequence: list[Verb]) -> list[object]:
    """Apply each verb, and return everything that a client could see of it."""
    seen: list[object] = []
    account = world.accounts[17]
    for number, (verb, i) in enumerate(sequence):
        generation = world.generations.get(1842 + i)
        if verb == "create" and world.balance(account) >= 2:
            asked = order("text-standard", list(LIVES)[i])
            seen.append(world.create(account, asked, asked.fact, number).generation.id)
        elif verb == "later":
            world.time.reach(world.clock.now() + i * SECOND)
        elif verb == "login":
            seen.append(world.accounts.log_in(account.email, "secret"))
        elif verb == "signup" and f"new{i}@example.com" not in [each.email for each in world.accounts]:
            seen.append(world.accounts.sign_up(Declaration(email=f"new{i}@example.com", password="secret"), number).id)
        elif verb == "ask" and generation:
            world.time.age_on_poll(generation, Operation.STATUS)
            world.time.note_answer(generation, Operation.STATUS)
            seen += [world.time.snapshot(generation), world.links.sign(f"/media/{generation.id}/0.png")]
        elif verb == "delete" and generation and not generation.deleted:
            world.delete(account, generation, number)
        seen.append(world.balance(account))
    return seen


@given(verbs, st.sampled_from([Mode.POLL, Mode.MANUAL]))
def test_the_same_scenario_seed_and_verbs_give_the_same_facts(sequence: list[Verb], mode: Mode) -> None:
    one, other = (World(LoadedScenario(scenario(mode, WalletSettings()))) for _ in range(2))
    assert live(one, sequence) == live(other, sequence)
    assert facts(one) == facts(other)


@given(verbs, verbs)
def test_worlds_in_one_process_are_independent(sequence: list[Verb], elsewhere: list[Verb]) -> None:
    one, other, alone = (
        World(LoadedScenario(scenario(Mode.POLL, WalletSettings())), name) for name in ("gw0", "gw1", "gw0")
    )
    live(other, elsewhere)
    before = facts(other)
    assert live(one, sequence) == live(alone, sequence)
    assert facts(other) == before


@pytest.mark.parametrize("cost", [3, 4, 5, 21])
def test_a_balance_pays_for_exactly_as_many_orders_as_it_covers(cost: int) -> None:
    accounts = (Declaration(email="a@b.c", password="p", credits=21),)
    world = World(LoadedScenario(Scenario(accounts=accounts, generations=(Life(cost=cost),))))
    accepted = 0
    for number in range(100):
        asked = order("text-standard", "A poem")
        try:
            world.create(world.accounts[17], asked, asked.fact, number)
        except InsufficientCredits:
            continue
        accepted += 1
    assert accepted == 21 // cost
