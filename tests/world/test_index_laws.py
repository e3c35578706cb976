"""Laws of the indexes of a world: they find what visiting every generation finds, whatever happened before."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mockserver.core import wallet
from mockserver.core.account import Declaration
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.generation import Generation, GenerationType, Life, Order
from mockserver.core.history import Selection
from mockserver.core.instant import SECOND
from mockserver.core.operation import Operation
from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.core.timeline import Step
from mockserver.core.wallet import WalletSettings
from mockserver.language.loaded import LoadedScenario
from mockserver.world import steering
from mockserver.world.clock import RealTime
from mockserver.world.limits import Visitor
from mockserver.world.transitions import Transitions
from mockserver.world.world import World

from .plain import PlainTime, PlainTransitions

OWNERS = (17, 18)
FEW = 3
"""Events of which a look returns the last."""


def step(status: str, seconds: int | None = None) -> Step:
    return Step(status=status, lasts=None if seconds is None else seconds * SECOND)


# By prompt: the steps, and for how many seconds the generation is hidden.
LIVES = {
    "default": (None, 0),
    "at once": ((step("completed"),), 0),
    "fails": ((step("pending", 2), step("processing", 3), step("failed")), 0),
    "stuck": ((step("pending", 2), step("processing")), 0),
    "hidden": ((step("pending", 2), step("queued", 0), step("completed")), 3),
    "hidden for long": ((step("pending", 2), step("failed")), 9),
    "stale": (
        (step("completed", 4), step("processing", 2), step("processing", 2), step("odd", 0), step("completed")),
        0,
    ),
}


def scenario(mode: Mode, delay: int, order: str) -> Scenario:
    return Scenario(
        clock=ClockSettings(mode=mode, start=0, step=2 * SECOND),
        accounts=tuple(Declaration(id=id_, email=f"{id_}@example.com", password="p", credits=10_000) for id_ in OWNERS),
        generations=tuple(
            Life(when={"prompt": prompt}, then=steps, visible_after=hidden * SECOND, cost=1)
            for prompt, (steps, hidden) in LIVES.items()
        ),
        wallet=WalletSettings(refund_delay=delay),
        api=ApiSettings(order="oldest-first" if order == "oldest-first" else "newest-first"),
    )


class Indexes(RuleBasedStateMachine):
    """A world beside the plain computation, and three listeners: one looks after each verb, two when they like."""

    @initialize(
        mode=st.sampled_from(Mode),
        delay=st.sampled_from([0, 1, 3 * SECOND]),
        order=st.sampled_from(["newest-first", "oldest-first"]),
        settles=st.sampled_from([0, 1, 2, 100]),
    )
    def begin(self, mode: Mode, delay: int, order: str, settles: int) -> None:
        self.elapsed = 0
        self.scenario, self.settles = scenario(mode, delay, order), settles
        self.reset()

    @rule()
    def reset(self) -> None:
        self.world = World(LoadedScenario(self.scenario), real=RealTime(elapsed=lambda: self.elapsed, today=lambda: 0))
        self.world.time.settles = self.settles
        self.plain = PlainTime(self.world)
        self.transitions = Transitions(self.world.time)
        self.plain_transitions = PlainTransitions(self.plain)

    @rule()
    def listen(self) -> None:
        self.world.time.watchers.remove(self.transitions)
        self.transitions = Transitions(self.world.time)
        self.plain_transitions = PlainTransitions(self.plain)

    # Verbs

    @rule(
        prompt=st.sampled_from([*LIVES]),
        owner=st.sampled_from(OWNERS),
        kind=st.sampled_from(["text", "voice"]),
        project=st.sampled_from([None, "a", 7]),
        times=st.integers(1, 4),
    )
    def create(self, prompt: str, owner: int, kind: str, project: str | int | None, times: int) -> None:
        order = Order(GenerationType(kind), f"{kind}-standard", prompt, project_id=project)
        for _ in range(times):
            account = self.world.accounts[owner]
            self.plain.create(self.world.create(account, order, order.fact, self.world.journal.number()).generation)

    def some(self, data: st.DataObject) -> Generation:
        return data.draw(st.sampled_from([each for each in self.world.generations.values() if not each.deleted]))

    @precondition(lambda self: not all(each.deleted for each in self.world.generations.values()))
    @rule(data=st.data(), operation=st.sampled_from([Operation.STATUS, Operation.RESULT]), times=st.integers(1, 5))
    def ask(self, data: st.DataObject, operation: Operation, times: int) -> None:
        generation = self.some(data)
        for _ in range(times):
            self.world.time.age_on_poll(generation, operation)
            self.world.time.note_answer(generation, operation)
            self.plain.ask(generation, operation)

    @precondition(lambda self: not all(each.deleted for each in self.world.generations.values()))
    @rule(data=st.data(), wait=st.integers(0, 5 * SECOND))
    def wait(self, data: st.DataObject, wait: int) -> None:
        """A fault or a limit told the client to wait for this generation, and the client comes back after the wait."""
        generation, who = self.some(data), Visitor("17@example.com", "127.0.0.1")
        if self.world.clock.holds:
            until = self.plain.now + wait
            older = self.plain.ages[generation.id].at(self.plain.now) + wait
            self.world.time.note_wait(who, Operation.CREATE, wait, [generation.id])
            self.world.time.end_wait(who.name, Operation.CREATE)
            self.plain.age_to(generation, older)
            self.plain.reach(until)

    @precondition(lambda self: not all(each.deleted for each in self.world.generations.values()))
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        generation = self.some(data)
        self.world.delete(self.world.accounts[generation.owner], generation, self.world.journal.number())
        self.plain.run(generation)

    @precondition(lambda self: not all(each.deleted for each in self.world.generations.values()))
    @rule(data=st.data(), status=st.sampled_from(["completed", "failed"]))
    def finish(self, data: st.DataObject, status: str) -> None:
        generation = self.some(data)
        if not generation.finished(self.world.time.age(generation.id)):
            steering.finish(self.world, generation, step(status))
            self.plain.run(generation)

    @rule(duration=st.one_of(st.integers(0, 5 * SECOND), st.just(20 * SECOND)))
    def advance(self, duration: int) -> None:
        expected = self.plain.dues(self.plain.now + duration)
        move = steering.advance(self.world, self.plain.now + duration)
        assert move.due == tuple(expected[: steering.MOST_TOLD])
        assert move.omitted == len(expected[steering.MOST_TOLD :])
        self.plain.advance(duration)

    @rule()
    def advance_to_next(self) -> None:
        due = next(iter(self.plain.dues()), None)
        if due is not None:
            self.plain.advance(steering.advance_to_next(self.world).by)
            assert self.plain.now == due.at

    @rule(mode=st.sampled_from(Mode))
    def change(self, mode: Mode) -> None:
        self.world.time.change(mode, 2 * SECOND, 1)
        self.plain.change(mode)

    @rule(passed=st.integers(0, 4 * SECOND))
    def real_time_passes(self, passed: int) -> None:
        self.elapsed += passed
        self.world.clock.read()
        if self.world.clock.ticks:
            self.plain.now += passed

    @rule(most=st.sampled_from([FEW, 1000]))
    def look(self, most: int) -> None:
        expected = self.plain_transitions.passed()
        begun = self.transitions.passed(self.world.time, most)
        assert (begun.last, begun.before) == (expected[-most:], max(len(expected) - most, 0))
        if not self.world.clock.holds:
            assert self.transitions.next(self.world.time) == self.plain_transitions.next

    # Questions

    @rule(
        owner=st.sampled_from(OWNERS),
        status=st.sampled_from([None, "pending", "completed", "failed", "odd", "unheard of"]),
        kind=st.sampled_from([None, *GenerationType]),
        project=st.sampled_from([None, "a", "7", "None"]),
        page=st.integers(1, 3),
    )
    def history(
        self, owner: int, status: str | None, kind: GenerationType | None, project: str | None, page: int
    ) -> None:
        selection = Selection(page, 2, status, kind, project)
        found, count = self.world.history(self.world.accounts[owner], selection)
        newest_first = self.scenario.api.order == "newest-first"
        expected = self.plain.history(owner, selection, newest_first=newest_first)
        assert ([generation.id for generation in found], count) == expected

    @rule(
        owner=st.sampled_from([None, *OWNERS, -1]),
        status=st.sampled_from([None, "pending", "processing", "completed", "unheard of"]),
        since=st.integers(1840, 1850),
        limit=st.integers(0, 3),
    )
    def list_all(self, owner: int | None, status: str | None, since: int, limit: int) -> None:
        found = self.world.shelves.after(self.world.time, since, limit, owner, status)
        expected = self.plain.after(since, owner, status)
        assert (found.ids, found.count) == (expected[:limit], len(expected))

    @invariant()
    def every_age_is_the_plain_one(self) -> None:
        assert self.world.clock.now() == self.plain.now
        time = self.world.time
        for generation, age in self.plain.generations:
            assert (time.age_of(generation), time.held(generation)) == (age.at(self.plain.now), age.held)

    @invariant()
    def every_balance_is_the_plain_one(self) -> None:
        for account in self.world.accounts:
            plain = wallet.balance(account.ledger, lambda id_: self.plain.ages[id_].at(self.plain.now))
            assert self.world.balance(account) == plain

    @invariant()
    def the_next_thing_due_is_the_plain_one(self) -> None:
        assert steering.next_due(self.world) == next(iter(self.plain.dues()), None)


TestIndexes = Indexes.TestCase
TestIndexes.settings = settings(max_examples=80, stateful_step_count=40)
