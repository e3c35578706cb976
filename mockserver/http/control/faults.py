"""Rules in force: what each has seen, and faults that come and go while the world runs."""

from itertools import count, islice

from msgspec import UNSET, Struct, UnsetType, structs

from mockserver.bounds import MOST_ADDED_FAULT_BYTES, MOST_ADDED_FAULTS
from mockserver.core.document import Problem, quoted, worded
from mockserver.core.errors import NotFound, Unavailable
from mockserver.core.faults import Fault
from mockserver.http.control.visit import Faulty, Visit
from mockserver.rulebook import Entry
from mockserver.world import World


class RuleView(Struct, frozen=True):
    """A rule in force: how often its conditions were met, and how often it fired."""

    name: str
    place: str
    seen: int
    fired: int
    on: list[str] | UnsetType = UNSET


class Rules(Struct, frozen=True):
    """The rules in force, in the order in which they are asked."""

    faults: list[RuleView]
    limits: list[RuleView]
    generations: list[RuleView]


def rule_view(entry: Entry) -> RuleView:
    """Return the view of a fault."""
    return RuleView(entry.name, entry.fault.place, entry.seen, entry.fired, [*entry.fault.on])


def rules_view(world: World) -> Rules:
    """Return the view of the rules in force."""
    lives = zip(world.scenario.generations, world.lives_seen, world.lives_fired, strict=True)
    return Rules(
        [rule_view(entry) for entry in world.rulebook.entries],
        [
            RuleView(gate.name, gate.limit.place, gate.seen, gate.fired, [*gate.limit.on])
            for gate in world.traffic.gates
        ],
        [
            RuleView(life.name or f"generations.{i}", life.place, seen, fired)
            for i, (life, seen, fired) in enumerate(lives, start=1)
        ],
    )


def index(visit: Visit) -> Rules:
    """List the rules in the order in which they are asked."""
    return rules_view(visit.world)


def add(visit: Visit) -> RuleView:
    """Put a fault before all others, until it is removed or the world starts over."""
    # Not at the top: they bring the introspection library, as in `Visit.body`.
    from mockserver.core.decode import MOST, decode
    from mockserver.core.rule_checks import of_fault

    decoded = decode(visit.document(), Fault)
    problems = list(decoded.problems)
    if decoded.value is not None:
        findings = islice(of_fault(decoded.value), MOST)
        problems += [Problem(decoded.place(path), sentence) for path, sentence in findings]
    if problems or decoded.value is None:
        raise Faulty(problems)
    return _added(visit.world, decoded.value, len(visit.request.body))


def _added(world: World, fault: Fault, size: int) -> RuleView:
    book = world.rulebook
    if len(book.entries) - len(book.scripted) >= MOST_ADDED_FAULTS:
        raise Unavailable(f"a world takes at most {MOST_ADDED_FAULTS} faults beside its scenario's; remove some")
    if book.added_bytes + size > MOST_ADDED_FAULT_BYTES:
        raise Unavailable(
            f"a world takes at most {MOST_ADDED_FAULT_BYTES} bytes of faults beside its scenario's; it has"
            f" {book.added_bytes}, and this fault {size}; remove some"
        )
    taken = {entry.name for entry in book.entries}
    name = fault.name or next(new for i in count(book.added + 1) if (new := f"added.{i}") not in taken)
    if name in taken:
        raise Faulty(
            [Problem("$.name", f"expected a new name, found {quoted(name)}, which a fault in force has already")]
        )
    return rule_view(book.add(name, structs.replace(fault, name=name, place=f"control:{name}"), size))


def remove(visit: Visit) -> RuleView:
    """Take a fault out of force, an added one or one of the scenario."""
    world, name = visit.world, visit.ids["name"]
    entry = world.rulebook.remove(name)
    if entry is None:
        known = ", ".join(worded(entry.name) for entry in world.rulebook.entries[:5]) or "none"
        raise NotFound(f"there is no fault {worded(name)} in force in the world {world.name}; there is {known}")
    return rule_view(entry)
