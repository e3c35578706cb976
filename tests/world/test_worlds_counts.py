"""The counts of a server in all its worlds: exact, and never smaller after a reset or a discard."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from mockserver.core.verdict import Cause
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.world.journal import Exchange, Real
from mockserver.world.world import World
from mockserver.world.worlds import DEFAULT, Worlds
from tests.support.world import create, text

RULE = Cause("faults.1", "x.yaml:1")
NAMES = (DEFAULT, "gw0", "gw1")


def worlds_of() -> Worlds:
    return Worlds(FixedSource(LoadedScenario(Scenario(clock=ClockSettings(mode=Mode.MANUAL)))))


def end(world: World, status: int) -> None:
    """Record an exchange that began in a world, which may be gone already."""
    world.journal.record(
        Exchange(
            number=world.journal.number(),
            at=0,
            operation=Operation.ME,
            method="GET",
            target=b"/api/v1/auth/me",
            headers=(),
            body=b"",
            body_size=0,
            status=status,
            answer_headers=(),
            answer=b"",
            answer_size=0,
            real=Real(),
            rules=(RULE,) if status == 500 else (),
        )
    )


steps = st.lists(
    st.tuples(
        st.sampled_from(["begin", "end", "reset", "discard"]), st.sampled_from(NAMES), st.sampled_from([200, 500])
    ),
    max_size=40,
)


@given(steps)
def test_every_exchange_counts_once_and_for_ever(steps: list[tuple[str, str, int]]) -> None:
    worlds, under_way, ended = worlds_of(), list[World](), Counter[int]()
    for step, name, status in steps:
        if step == "begin":
            under_way.append(worlds.find(name))
        elif step == "end" and under_way:
            # The last world and the first world are discarded in turn.
            end(under_way.pop(0 if status == 200 else -1), status)
            ended[status] += 1
        elif step == "reset":
            worlds.reset(name)
        elif step == "discard" and name != DEFAULT and name in worlds.present:
            worlds.discard(name)
        # Equal to a simple sum, so no count falls either.
        assert worlds.answers() == {(Operation.ME, status): count for status, count in ended.items()}
        assert worlds.causes() == ({RULE: ended[500]} if ended[500] else {})


def test_a_new_world_has_counts_of_its_own() -> None:
    worlds = worlds_of()
    old = worlds.find("gw0")
    end(old, 200)
    new = worlds.reset("gw0")
    end(old, 200)
    end(new, 500)
    assert (old.journal.counts.statuses(), new.journal.counts.statuses()) == ({200: 2}, {500: 1})
    assert worlds.answers() == {(Operation.ME, 200): 2, (Operation.ME, 500): 1}


Verb = tuple[str, str]
verbs = st.lists(st.tuples(st.sampled_from(["order", "ask", "reset", "discard", "late"]), st.sampled_from("ab")))


@given(verbs)
def test_the_totals_are_the_sums_over_the_present_worlds(sequence: list[Verb]) -> None:
    worlds = worlds_of()
    old: World = worlds.find("default")
    for verb, name in sequence:
        world = worlds.find(name)
        if verb == "order":
            create(world, text())
        elif verb == "reset":
            old = world
            worlds.reset(name)
        elif verb == "discard":
            old = worlds.discard(name)
        else:
            # A request that was under way when its world ended is recorded there.
            late = old if verb == "late" else world
            end(late, 200)
        present = worlds.present.values()
        assert worlds.totals.exchanges == sum(world.journal.total for world in present)
        assert worlds.totals.generations == sum(len(world.generations) for world in present)
